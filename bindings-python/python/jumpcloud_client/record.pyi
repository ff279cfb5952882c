from collections.abc import Iterable
from typing import Any, SupportsIndex, TypeVar, overload
from typing import Self

_T = TypeVar("_T")

class Record(dict[str, Any]):
    """A JSON object: a `dict` whose values are attributes too.

    The models know their own fields; any other is `record["name"]`.
    """

    def __setattr__(self, name: str, value: Any) -> None: ...
    def __delattr__(self, name: str) -> None: ...
    def __dir__(self) -> list[str]: ...
    def copy(self) -> Record: ...

class Records(list[_T]):
    """A list of records, which a notebook shows as a table."""

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> _T: ...
    @overload
    def __getitem__(self, index: slice, /) -> Records[_T]: ...

class Content(bytes):
    """The bytes of a file that JumpCloud answered; `media_type` says what it is."""

    media_type: str
    def __new__(cls, content: bytes = b"", media_type: str = "") -> Self: ...
    def __getnewargs__(self) -> tuple[bytes, str]: ...  # type: ignore[override]
