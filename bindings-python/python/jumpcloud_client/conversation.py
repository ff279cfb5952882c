"""Drives the core's conversations: does what they say they need next, until they are finished.

`Conversation` does it with threads where several requests are in flight, `AsyncConversation` with tasks. Both hand out what is
for the caller: `("page", …)`, `("done", …)`, `("outcome", …)`.
"""

from __future__ import annotations

import json

from .attachment import Upload
from .errors import InvalidRequestError, JumpCloudError
from .transport import MISTAKES, failure, without_frames


# The kinds of errors that something outside of JumpCloud may have caused.
OUTSIDE = {"transport", "signing", "authentication"}


class Task:
    """One conversation, with what its requests need that the core does not know."""

    __slots__ = ("attachments", "conversation", "discreet", "failure", "timeout")

    def __init__(self, conversation, attachments, timeout):
        self.conversation = conversation
        self.attachments = attachments
        self.timeout = timeout
        self.failure = None
        # Exceptions of transports name the URL.
        self.discreet = False

    def step(self, client):
        """The next step, after those that need no waiting."""
        conversation = self.conversation
        try:
            step = conversation.step(client._now())
            while step[0] == "sign":
                self._sign(client, step[1])
                step = conversation.step(client._now())
        except JumpCloudError as error:
            # Nothing of JumpCloud's is behind it.
            if error.status is None and error.kind in OUTSIDE and self.failure is not None:
                raise error from without_frames(self.failure)
            raise
        if step[0] == "send":
            self.discreet = step[2].is_presigned
            complete(step[2], self.attachments, self.timeout)
        return step

    def _sign(self, client, text):
        try:
            signature = client.system_context.sign(text)
        except Exception as error:
            self.failure = error
            self.conversation.unsigned(str(error) or type(error).__name__)
        else:
            self.conversation.signed(signature)

    def identified(self, client, credential):
        """Hands over what the caller's function said of who calls, or the exception that came instead."""
        try:
            if isinstance(credential, Exception):
                raise credential
            known = _credential(credential)
        except Exception as error:
            self.failure = error
            known = None
        self.conversation.identified(known, client._now())
        client._news()

    def settle(self, client, ticket, answer):
        """Hands over what came of a request: a response, or the exception that came instead. Others may hold for it."""
        try:
            if not isinstance(answer, Exception):
                self.conversation.received(ticket, answer.status, answer.headers, answer.body, client._now())
            elif isinstance(answer, MISTAKES):
                self.conversation.failed(ticket, "refused", type(answer).__name__, client._now())
                raise answer
            else:
                self.failure = None if self.discreet else answer
                self.conversation.failed(ticket, *failure(answer), client._now())
        finally:
            client._news()


def _credential(given):
    """What the core takes, of what a caller's function gave."""
    given = dict(given) if hasattr(given, "keys") else None
    account, seconds = (given or {}).pop("service_account", None), (given or {}).pop("expires_in", None)
    key = (given or {}).pop("api_key", None)
    if given is None or given or (key is None) == (account is None):
        raise InvalidRequestError(
            "credentials: the function gives {'api_key': …} or {'service_account': (id, secret)}, and 'expires_in' (seconds) where it ends",
            parameter="credentials",
        )
    credential = {"apiKey": key}
    if account is not None:
        credential = {"serviceAccount": dict(zip(("id", "secret"), account, strict=True))}
    if seconds is not None:
        credential["expiresIn"] = max(0, round(seconds * 1000))
    return json.dumps(credential)


def complete(request, attachments, timeout):
    """Gives a request the body of its upload, and its timeout."""
    if timeout is not None:
        request.timeout = timeout
    if attachments and (parts := request.attachment()) is not None:
        before, _, after = parts
        request.attach(Upload(before, attachments[0], after))


def _exchange(client, request):
    """What comes of a request: a response or an exception. What ends the program is not caught."""
    try:
        return client.transport.send(request)
    except Exception as error:
        return error


def _said(client):
    """What the caller's function says of who calls, or its exception."""
    try:
        return client.credentials()
    except Exception as error:
        return error


class Conversation:
    """Drives a conversation; `next()` gives its next page or its end.

    A request that nothing else goes on beside is sent right here; several at once are sent by the client's threads. What is
    interrupted goes on when somebody asks again.
    """

    def __init__(self, client, task):
        self._client = client
        self._task = task
        self._unsent = []
        self._in_flight = {}
        self._inbox = None
        self._holds = False

    def next(self):
        """The next page, or the end; `None` when the list has no more pages."""
        client, task, unsent, in_flight = self._client, self._task, self._unsent, self._in_flight
        while True:
            try:
                step = task.step(client)
            except JumpCloudError:
                self._leave()
                raise
            kind = step[0]
            if self._holds and kind != "hold":
                self._leave()
            if kind == "send":
                unsent.append((step[1], step[2]))
            elif kind == "identify":
                task.identified(client, _said(client))
            elif kind == "receive" and len(unsent) == 1 and not in_flight:
                ticket, request = unsent[0]
                answer = _exchange(client, request)
                unsent.clear()
                task.settle(client, ticket, answer)
            elif kind in ("receive", "wait", "hold"):
                self._start()
                if kind == "hold" and not self._holds:
                    self._holds = True
                    client._holding.append(self._box())
                    # What it holds for may have come just before.
                    continue
                if in_flight or kind == "hold":
                    ticket, mistake = _next(self._inbox, step)
                    if ticket is not None:
                        del in_flight[ticket]
                    if mistake is not None:
                        raise mistake
                else:
                    client.sleep(step[1])
            elif kind == "end":
                return None
            else:
                # While the caller looks at a page, the next ones are on their way.
                self._start()
                return step

    def _leave(self):
        """It holds no longer: the next one looks."""
        if self._holds:
            self._holds = False
            self._client._holding.remove(self._inbox)
            self._client._news()

    def _box(self):
        if self._inbox is None:
            import queue

            self._inbox = queue.SimpleQueue()
        return self._inbox

    def _start(self):
        while self._unsent:
            ticket, request = self._unsent[0]
            work = (_into, self._box(), ticket, self._client, self._task, request)
            self._in_flight[ticket] = self._client.threads().submit(*work)
            del self._unsent[0]

    def __del__(self):
        # The caller may have left in the middle: what has not begun, never will.
        for future in self._in_flight.values():
            future.cancel()
        self._leave()
        self._client._news()


def _into(inbox, ticket, client, task, request):
    """Does a request and hands over its answer at once: whoever iterates may be busy, and others hold for a token in it."""
    mistake = None
    try:
        task.settle(client, ticket, _exchange(client, request))
    except Exception as error:
        mistake = error
    inbox.put((ticket, mistake))


def _next(inbox, step):
    """Which request has had its answer, and the mistake that came of it; none when the conversation is to go on before."""
    import queue

    try:
        return inbox.get(timeout=step[1] if len(step) > 1 else None)
    except queue.Empty:
        return None, None


class _Held:
    """The place of a conversation among those that hold."""

    __slots__ = ("event", "loop")

    def __init__(self, loop):
        self.loop = loop
        self.event = None


class AsyncConversation:
    """Drives a conversation; `next()` gives its next page or its end.

    Requests are in flight only while someone awaits `next()`: tasks that outlive an `await` could neither be cancelled
    with their caller nor hand their errors to it, and trio does not have them. One that is cancelled is sent anew when
    somebody asks again.
    """

    def __init__(self, client, task):
        self._client = client
        self._task = task
        self._unsent = []
        self._asking = False
        self._held = None

    async def next(self):
        """The next page, or the end; `None` when the list has no more pages."""
        client, task, unsent = self._client, self._task, self._unsent
        while True:
            try:
                step = task.step(client)
            except JumpCloudError:
                self._leave()
                raise
            kind = step[0]
            if self._held is not None and kind != "hold":
                self._leave()
            if kind == "send":
                unsent.append((step[1], step[2]))
            elif kind == "identify":
                # Who is cancelled while it is asked asks again.
                self._asking = True
            elif kind in ("receive", "wait", "hold"):
                if self._asking:
                    await self._identify(step[1])
                elif unsent:
                    await self._exchange_all()
                elif kind == "hold":
                    await self._hold(step[1])
                else:
                    await client.sleep(step[1])
            else:
                return None if kind == "end" else step

    async def _hold(self, seconds):
        import anyio
        import anyio.lowlevel

        if self._held is None:
            self._held = _Held(anyio.lowlevel.current_token())
            self._client._holding.append(self._held)
        self._held.event = anyio.Event()
        try:
            with anyio.move_on_after(seconds):
                await self._held.event.wait()
        except BaseException:
            self._leave()
            raise

    def _leave(self):
        """It holds no longer: the next one looks."""
        if self._held is not None:
            self._client._holding.remove(self._held)
            self._held = None
            self._client._news()

    async def _identify(self, seconds):
        import anyio

        credential = _said(self._client)
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

    async def _exchange(self, ticket, request):
        try:
            if request.deadline is None:
                answer = await self._client.transport.send(request)
            else:
                import anyio

                with anyio.fail_after(request.deadline):
                    answer = await self._client.transport.send(request)
        except Exception as error:
            answer = error
        self._unsent.remove((ticket, request))
        self._task.settle(self._client, ticket, answer)

    async def _exchange_all(self):
        if len(self._unsent) == 1:
            return await self._exchange(*self._unsent[0])
        import anyio

        mistakes = []

        async def exchange(ticket, request):
            try:
                await self._exchange(ticket, request)
            except MISTAKES as error:
                mistakes.append(error)

        async with anyio.create_task_group() as tasks:
            for ticket, request in [*self._unsent]:
                tasks.start_soon(exchange, ticket, request)
        if mistakes:
            raise mistakes[0]
