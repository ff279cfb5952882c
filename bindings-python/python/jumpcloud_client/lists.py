"""Lists: all items of an operation, fetched page by page as they are asked for."""

from __future__ import annotations

from contextlib import nullcontext
from operator import length_hint
from threading import RLock

from .async_conversation import AsyncConversation
from .conversation import Conversation
from .record import Records


class _Place:
    """Where a walk stands. It holds nothing that sends, so that a list that is left ends what is in flight."""

    __slots__ = ("_conversation", "lock", "page")

    def __init__(self, conversation, lock):
        self._conversation = conversation
        self.lock = lock
        # How long the page is that was handed out last, and what is left of it.
        self.page = (0, ())

    def position(self):
        with self.lock:
            length, left = self.page
            return self._conversation.position(length - length_hint(left))


class _List:
    """What both kinds of list have in common."""

    def __init__(self, client, call):
        self._client = client
        self._call = call
        # What is wrong with the call is said now and not when the first item is asked for.
        self._begun = [call.begin(client)]
        self.total = None
        self._place = None

    @property
    def operation(self):
        """The operation's dotted name."""
        return self._call.name

    @property
    def position(self):
        """Where it stands: behind the item, or the page, that was handed out last. Another list begins there, in this
        program or after it, with the option `from_position`."""
        place = self._place
        return self._call.start if place is None else place.position()

    def _task(self, limit=None):
        if limit is None:
            try:
                # Of two threads one gets it.
                return self._begun.pop()
            except IndexError:
                pass
        return self._call.begin(self._client, limit)

    def _page(self, step, place, whole):
        _, records, offset, total = step
        place.page = (len(records), () if whole else records)
        self._place = place
        self.total = total
        if self._call.progress is not None:
            self._call.progress(offset + len(records), total)
        return records

    def __repr__(self):
        return f"<{type(self).__name__} of {self.operation}>"


class List(_List):
    """All items of an operation: iterate it. Nothing is sent before; every loop starts again.

    `total` is how many items there are, as soon as JumpCloud has said so (`None` before, and where it never does).
    An iterator may be shared by threads, which then get each item once.
    """

    def __iter__(self):
        return _Items(_Pages(self, self._task(), whole=False))

    def pages(self):
        """The items page by page, each a `Records`."""
        return _Pages(self, self._task())

    def all(self, *, limit=None):
        """All items, or the first `limit` of them, as one `Records`."""
        items = Records()
        for page in _Pages(self, self._task(limit)):
            items += page
        return items


# Iterators of their own and not generators, which refuse a second thread.
class _Pages:
    def __init__(self, list, task, whole=True):
        self._list = list
        self._conversation = Conversation(list._client, task)
        self._lock = RLock()
        self._place = _Place(task.conversation, self._lock)
        self._whole = whole

    def __iter__(self):
        return self

    def __next__(self):
        with self._lock:
            step = self._conversation.next()
            if step is None:
                raise StopIteration
            return self._list._page(step, self._place, self._whole)


class _Items:
    def __init__(self, pages):
        self._pages = pages
        self._items = []

    def __iter__(self):
        return self

    def __next__(self):
        while True:
            items = self._items
            try:
                # Of several threads one gets it, also where no lock holds the interpreter together.
                return items.pop()
            except IndexError:
                pass
            with self._pages._lock:
                if self._items is items:
                    items = next(self._pages)
                    items.reverse()
                    self._items = items


async def _all(pages):
    items = Records()
    async for page in pages:
        items += page
    return items


class AsyncList(_List):
    """All items of an operation: iterate it with `async for`. Nothing is sent before; every loop starts again.

    `total` is how many items there are, as soon as JumpCloud has said so (`None` before, and where it never does).
    An iterator may be shared by tasks, which then get each item once; a task that is cancelled takes none with it.
    """

    def __aiter__(self):
        return _AsyncItems(_AsyncPages(self, self._task(), whole=False))

    def pages(self):
        """The items page by page, each a `Records`."""
        return _AsyncPages(self, self._task())

    async def all(self, *, limit=None):
        """All items, or the first `limit` of them, as one `Records`."""
        pages = _AsyncPages(self, self._task(limit))
        return await pages._conversation.whole(_all(pages))


# Iterators of their own and not async generators: those refuse a second task, end when a task that waits is cancelled, and
# run on, when they are left in the middle, until somebody closes them.
class _AsyncPages:
    def __init__(self, list, task, whole=True):
        self._list = list
        self._conversation = AsyncConversation(list._client, task)
        self._place = _Place(task.conversation, nullcontext())
        self._whole = whole
        self._loop = self._lock = None

    def lock(self):
        """One task at a time asks for a page. A lock belongs to its event loop."""
        import anyio.lowlevel

        loop = anyio.lowlevel.current_token()
        if self._loop != loop:
            self._loop, self._lock = loop, anyio.Lock(fast_acquire=True)
        return self._lock

    def __aiter__(self):
        return self

    async def __anext__(self):
        async with self.lock():
            return await self._next()

    async def _next(self):
        step = await self._conversation.next()
        if step is None:
            raise StopAsyncIteration
        return self._list._page(step, self._place, self._whole)


class _AsyncItems:
    def __init__(self, pages):
        self._pages = pages
        self._items = iter(())

    def __aiter__(self):
        return self

    async def __anext__(self):
        while True:
            items = self._items
            for item in items:
                return item
            async with self._pages.lock():
                if self._items is items:
                    page = await self._pages._next()
                    self._items = iter(page)
                    self._pages._place.page = (len(page), self._items)
