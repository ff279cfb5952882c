import os
from collections.abc import AsyncIterator, Iterator
from typing import Any, BinaryIO

class Attachment:
    """A file to upload: `bytes`, a path (`os.PathLike`) or a file that is open for reading bytes."""

    content: bytes | os.PathLike[str] | BinaryIO
    length: int
    file_name: str
    media_type: str
    def __init__(
        self,
        content: bytes | bytearray | memoryview | os.PathLike[str] | BinaryIO,
        file_name: str | None = None,
        media_type: str | None = None,
    ) -> None: ...
    def json(self) -> dict[str, Any]: ...
    def chunks(self) -> Iterator[bytes]: ...

class Upload:
    """The body of a request that holds an attachment: iterate it, with or without `async`, or `read()` all of it."""

    def __init__(self, before: bytes, attachment: Attachment, after: bytes) -> None: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[bytes]: ...
    def __aiter__(self) -> AsyncIterator[bytes]: ...
    def read(self) -> bytes:
        """All of it as bytes."""
