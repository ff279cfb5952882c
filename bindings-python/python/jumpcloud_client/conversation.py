"""Drives the core's conversations: does what they say they need next, until they are finished.

`Conversation` does it with threads where several requests are in flight; `AsyncConversation` of `async_conversation` with tasks.
Both hand out what is for the caller: `("page", …)`, `("done", …)`, `("outcome", …)`.
"""

from __future__ import annotations

import json

from .attachment import Upload
from .errors import InvalidRequestError, JumpCloudError
from .threads import Gate
from .transport import MISTAKES, Refused, failure, without_frames
from .values import Unseen, account, secret


# The kinds of errors that something outside of JumpCloud may have caused.
OUTSIDE = {"transport", "signing", "authentication"}


def closed():
    """What comes of a request whose client was closed."""
    return Refused("the client was closed while the request was in flight")


class Task:
    """One conversation, with what its requests need that the core does not know."""

    __slots__ = ("attachments", "conversation", "discreet", "failure", "gate", "timeout")

    def __init__(self, conversation, attachments, timeout):
        self.conversation = conversation
        self.attachments = attachments
        self.timeout = timeout
        self.failure = None
        # What threads go through, if there are any.
        self.gate = None
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
    whose, seconds = (given or {}).pop("service_account", None), (given or {}).pop("expires_in", None)
    key = (given or {}).pop("api_key", None)
    if given is None or given or (key is None) == (whose is None):
        raise InvalidRequestError(
            "credentials: the function gives {'api_key': …} or {'service_account': (id, secret)}, and 'expires_in' (seconds) where it ends",
            parameter="credentials",
        )
    credential = {"apiKey": secret(Unseen(key), "api_key")} if whose is None else {"serviceAccount": account(Unseen(whose))}
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


def said(client):
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
                task.identified(client, said(client))
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
        if self._unsent and self._task.gate is None:
            self._task.gate = Gate()
        while self._unsent:
            ticket, request = self._unsent[0]
            work = (_into, self._box(), ticket, self._client, self._task, request)
            self._in_flight[ticket] = self._client.threads().submit(*work)
            del self._unsent[0]

    def __del__(self):
        # The caller may have left in the middle: what has not begun, never will.
        for job in self._in_flight.values():
            job.cancel()
        self._leave()
        self._client._news()


def _into(ended, inbox, ticket, client, task, request):
    """Does a request and hands over its answer at once: whoever iterates may be busy, and others hold for a token in it."""
    answer = closed() if ended else _exchange(client, request)
    mistake = None
    with task.gate as opened:
        if not opened:
            return
        try:
            task.settle(client, ticket, answer)
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
