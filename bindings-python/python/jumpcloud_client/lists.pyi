from collections.abc import AsyncIterator, Iterator
from typing import Any, Generic, TypeVar

from .record import Records

_T = TypeVar("_T")

class _List(Generic[_T]):
    total: int | None
    """How many items there are, as soon as JumpCloud has said so."""
    @property
    def position(self) -> str | None:
        """Where it stands: behind the item, or the page, that was handed out last. Another list begins there, in this program or
        after it, with the option `from_position`."""
    def __init__(self, client: Any, call: Any) -> None: ...
    @property
    def operation(self) -> str:
        """The operation's dotted name."""

class List(_List[_T]):
    """All items of an operation: iterate it. Nothing is sent before; every loop starts again."""

    def __iter__(self) -> Iterator[_T]: ...
    def pages(self) -> Iterator[Records[_T]]:
        """The items page by page."""
    def all(self, *, limit: int | None = None) -> Records[_T]:
        """All items, or the first `limit` of them."""

class AsyncList(_List[_T]):
    """All items of an operation: iterate it with `async for`. Nothing is sent before; every loop starts again."""

    def __aiter__(self) -> AsyncIterator[_T]: ...
    def pages(self) -> AsyncIterator[Records[_T]]:
        """The items page by page."""
    async def all(self, *, limit: int | None = None) -> Records[_T]:
        """All items, or the first `limit` of them."""
