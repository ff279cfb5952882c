import os
from collections.abc import Callable
from typing import Self

class SystemContext:
    """The identity of a system: its id, and its private key (the bytes of a PEM or DER file, or its path)."""

    system_id: str
    region: str | None
    sign: Callable[[bytes], bytes]
    def __init__(
        self,
        system_id: str,
        private_key: bytes | str | os.PathLike[str] | None = None,
        *,
        region: str | None = None,
        sign: Callable[[bytes], bytes] | None = None,
    ) -> None: ...
    @classmethod
    def from_agent(
        cls,
        configuration: str | os.PathLike[str] | None = None,
        private_key: bytes | str | os.PathLike[str] | None = None,
    ) -> Self:
        """The system that this runs on, from the files of its JumpCloud agent, region included."""
