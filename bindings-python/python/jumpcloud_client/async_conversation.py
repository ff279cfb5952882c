"""Drives the core's conversations with tasks, under asyncio and trio."""

from __future__ import annotations

from .conversation import closed, said
from .errors import JumpCloudError
from .transport import time_for

# How long who is cancelled waits for what it had in flight to end.
_GRACE = 1.0


class _Air:
    """The requests of a conversation that are in flight. It does not hold the conversation: one that is left ends them."""

    __slots__ = ("__weakref__", "back", "busy", "ended", "flights", "loop", "mistake", "news", "task")

    def __init__(self, task):
        self.task = task
        # Each request by its ticket, with what ends it.
        self.flights = {}
        # What came back without an answer, to be sent anew.
        self.back = []
        # How many tasks there are, and whether nobody asks for more.
        self.busy = 0
        self.ended = False
        self.mistake = None
        # An event belongs to its loop.
        self.loop = None
        self.news = None

    def wake(self):
        if self.news is not None:
            self.news.set()

    def begin(self, client, ticket, request):
        """Sends a request in a task of its own."""
        client._flying.add(self)
        self.busy += 1
        end = _task(lambda: self._fly(client, ticket, request), lambda: self._landed(client, ticket, request))
        self.flights[ticket] = request, end

    async def _fly(self, client, ticket, request):
        answer = await exchange(client, request)
        # Its answer is handed over at once, whatever the caller does meanwhile.
        if self.flights.pop(ticket, None) is not None:
            self.settle(client, ticket, answer)

    def _landed(self, client, ticket, request):
        self.busy -= 1
        if self.flights.pop(ticket, None) is not None:
            # Somebody else ended the task, with the loop perhaps.
            self.back.append((ticket, request))
            self.wake()
        elif self.ended and not self.busy:
            # What it had is for others now.
            self.task = None
            client._news()

    def settle(self, client, ticket, answer):
        try:
            self.task.settle(client, ticket, answer)
        except Exception as error:
            self.mistake = error
        self.wake()

    def end(self):
        """Ends all that is in flight, without an answer; may be called from anywhere."""
        flights, self.flights = self.flights, {}
        for _, end in flights.values():
            end()

    def close(self, client):
        """The client was closed: nothing comes any more."""
        tickets = [*self.flights]
        self.end()
        for ticket in tickets:
            self.settle(client, ticket, closed())


def _task(work, landed):
    """Starts a task that outlives this `await`, and calls `landed` when it is over; gives what ends it, from anywhere."""
    import asyncio

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return _trio_task(work, landed)
    begun = []

    async def run():
        begun.append(True)
        try:
            await work()
        finally:
            landed()

    def over(task):
        _tasks.discard(task)
        if not begun:
            # It was ended before.
            landed()

    task = loop.create_task(run())
    # asyncio itself holds tasks weakly.
    _tasks.add(task)
    task.add_done_callback(over)
    return lambda: _from_anywhere(loop.call_soon_threadsafe, task.cancel)


_tasks: set[object] = set()


def _trio_task(work, landed):
    import contextvars

    import trio

    scope = trio.CancelScope()

    async def run():
        try:
            with scope:
                await work()
        finally:
            landed()

    # It ends with `trio.run`, as it must not be in a nursery of the caller's.
    trio.lowlevel.spawn_system_task(run, context=contextvars.copy_context())
    token = trio.lowlevel.current_trio_token()
    return lambda: _from_anywhere(token.run_sync_soon, scope.cancel)


def _from_anywhere(soon, end):
    try:
        soon(end)
    except RuntimeError:
        # The loop is over, and so is the task.
        pass


async def exchange(client, request):
    """What comes of a request: a response or an exception. Who is cancelled is."""
    try:
        seconds = time_for(request)
        if seconds is None:
            return await client.transport.send(request)
        import anyio

        with anyio.move_on_after(seconds):
            return await client.transport.send(request)
        return TimeoutError(f"the answer was not whole after {seconds:g} s")
    except Exception as error:
        return error


class AsyncConversation:
    """Drives a conversation; `next()` gives its next page or its end.

    A request that nothing else goes on beside is sent right here, unless one was cancelled. Several at once are tasks of their
    own, which go on while the caller works; they end with the conversation. A `next()` that is cancelled leaves them in flight,
    and who asks again gets their answers.
    """

    def __init__(self, client, task):
        self._client = client
        self._task = task
        self._unsent = []
        self._asking = False
        self._cancelled = False
        self._air = _Air(task)
        self._holds = False

    async def next(self):
        """The next page, or the end; `None` when the list has no more pages."""
        client, task, unsent, air = self._client, self._task, self._unsent, self._air
        self._here()
        while True:
            if air.back:
                unsent += air.back
                air.back.clear()
            if air.mistake is not None:
                mistake, air.mistake = air.mistake, None
                raise mistake
            try:
                step = task.step(client)
            except JumpCloudError:
                self._leave()
                air.end()
                raise
            kind = step[0]
            if self._holds and kind != "hold":
                self._leave()
            if kind == "send":
                unsent.append((step[1], step[2]))
            elif kind == "identify":
                # Who is cancelled while it is asked asks again.
                self._asking = True
            elif kind in ("receive", "wait", "hold"):
                if self._asking:
                    await self._identify(step[1])
                elif kind == "receive" and len(unsent) == 1 and not air.flights and not self._cancelled:
                    ticket, request = unsent[0]
                    try:
                        answer = await exchange(client, request)
                    except BaseException:
                        # It goes out anew, in a task: whoever never waits long enough for it would send it for ever.
                        self._cancelled = True
                        raise
                    unsent.clear()
                    task.settle(client, ticket, answer)
                else:
                    await self._wait(step)
            elif kind == "end":
                return None
            else:
                # While the caller looks at a page, the next ones are on their way.
                self._start()
                return step

    def _here(self):
        """What was begun in another event loop is begun anew in this one."""
        import anyio.lowlevel

        air, loop = self._air, anyio.lowlevel.current_token()
        if air.loop != loop:
            lost = [(ticket, request) for ticket, (request, _) in air.flights.items()]
            air.end()
            air.back += lost
            air.loop, air.news = loop, None

    def _start(self):
        while self._unsent:
            self._air.begin(self._client, *self._unsent.pop(0))

    async def _wait(self, step):
        """Until there is an answer, or something to hold for, or the time is over."""
        import anyio

        self._start()
        air, kind = self._air, step[0]
        if not air.flights and kind == "wait":
            return await self._client.sleep(step[1])
        air.news = anyio.Event()
        if kind == "hold" and not self._holds:
            self._holds = True
            self._client._holding.append(air)
            # What it holds for may have come just before.
            return None
        try:
            with anyio.move_on_after(step[1] if len(step) > 1 else None):
                await air.news.wait()
        except BaseException:
            # Others go on without who has given up.
            self._leave()
            raise
        return None

    def _leave(self):
        """It holds no longer: the next one looks."""
        if self._holds:
            self._holds = False
            self._client._holding.remove(self._air)
            self._client._news()

    async def _identify(self, seconds):
        import anyio

        credential = said(self._client)
        if hasattr(credential, "__await__"):
            with anyio.move_on_after(seconds) as scope:
                try:
                    credential = await credential
                except Exception as error:
                    credential = error
            if scope.cancelled_caught:
                credential = TimeoutError("the credential function has not answered in time")
        self._asking = False
        self._task.identified(self._client, credential)

    async def whole(self, steps):
        """Awaits what nobody can go on with when it is cancelled: then nothing stays in flight."""
        try:
            return await steps
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self):
        """Ends what is in flight, and waits until it has."""
        import anyio

        self._leave()
        self._air.end()
        with anyio.move_on_after(_GRACE, shield=True):
            while self._air.busy:
                await anyio.sleep(0.001)

    def __del__(self):
        # The caller may have left in the middle.
        self._air.ended = True
        self._air.end()
        self._leave()
        self._client._news()
