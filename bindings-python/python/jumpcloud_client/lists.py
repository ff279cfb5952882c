"""Lists: all items of an operation, fetched page by page as they are asked for."""

from __future__ import annotations

from .conversation import AsyncConversation, converse
from .record import Records


class _List:
    """What both kinds of list have in common."""

    def __init__(self, client, call):
        self._client = client
        self._call = call
        # What is wrong with the call is said now and not when the first item is asked for.
        self._begun = call.begin(client)
        self.total = None

    @property
    def operation(self):
        """The operation's dotted name."""
        return self._call.name

    def _task(self, limit=None):
        begun, self._begun = self._begun, None
        if begun is None or limit is not None:
            begun = self._call.begin(self._client, limit)
        return begun

    def _page(self, step):
        _, records, offset, total = step
        self.total = total
        if self._call.progress is not None:
            self._call.progress(offset + len(records), total)
        return records

    def __repr__(self):
        return f"<{type(self).__name__} of {self.operation}>"


class List(_List):
    """All items of an operation: iterate it. Nothing is sent before; every loop starts again.

    `total` is how many items there are, as soon as JumpCloud has said so (`None` before, and where it never does).
    """

    def __iter__(self):
        for page in self.pages():
            yield from page

    def pages(self):
        """The items page by page, each a `Records`."""
        return self._pages(self._task())

    def _pages(self, task):
        for step in converse(self._client, task):
            yield self._page(step)

    def all(self, *, limit=None):
        """All items, or the first `limit` of them, as one `Records`."""
        items = Records()
        for page in self._pages(self._task(limit)):
            items += page
        return items


class AsyncList(_List):
    """All items of an operation: iterate it with `async for`. Nothing is sent before; every loop starts again.

    `total` is how many items there are, as soon as JumpCloud has said so (`None` before, and where it never does).
    """

    def __aiter__(self):
        return _AsyncItems(self.pages())

    def pages(self):
        """The items page by page, each a `Records`."""
        return _AsyncPages(self, self._task())

    async def all(self, *, limit=None):
        """All items, or the first `limit` of them, as one `Records`."""
        items = Records()
        async for page in _AsyncPages(self, self._task(limit)):
            items += page
        return items


# Iterators of their own and not async generators: what is left in the middle of one of those runs on until somebody
# closes it.
class _AsyncPages:
    def __init__(self, list, task):
        self._list = list
        self._conversation = AsyncConversation(list._client, task)

    def __aiter__(self):
        return self

    async def __anext__(self):
        step = await self._conversation.next()
        if step is None:
            raise StopAsyncIteration
        return self._list._page(step)


class _AsyncItems:
    def __init__(self, pages):
        self._pages = pages
        self._items = iter(())

    def __aiter__(self):
        return self

    async def __anext__(self):
        while True:
            for item in self._items:
                return item
            self._items = iter(await self._pages.__anext__())
