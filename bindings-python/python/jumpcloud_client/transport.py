"""How requests are sent: `httpx2` unless something else with a `send` is given."""

from __future__ import annotations

import os

# As long as any of the peers waits for an answer.
_TIMEOUT = 30.0


class Response:
    """What a transport's `send` gives back: the status, the headers as pairs, the body's bytes as they came."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status, headers=(), body=b""):
        self.status = status
        self.headers = list(headers.items() if hasattr(headers, "items") else headers)
        self.body = body

    def __repr__(self):
        return f"<Response {self.status}, {len(self.body)} bytes>"


class NotSent(Exception):
    """For a transport to raise: the request never reached JumpCloud, so anything may be tried again."""


class Refused(Exception):
    """For a transport to raise: it will not do this request, now or later."""


# What tells that no connection was made, in `httpx2`, `httpx`, `aiohttp`, `requests` and Python itself: by name, as none
# of them is imported here.
_NOT_SENT = {
    "ConnectError",
    "ConnectTimeout",
    "PoolTimeout",
    "ClientConnectorError",
    "ConnectionRefusedError",
    "ConnectionTimeoutError",
    "NewConnectionError",
    "gaierror",
}
_REFUSED = {"InvalidURL", "UnsupportedProtocol", "TooManyRedirects", "LocalProtocolError", "Refused"}
# Mistakes in a program are not answers that did not come.
MISTAKES = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, TypeError)


def failure(error):
    """What kind of failure an exception of a transport is, and in words why."""
    names = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, NotSent) or names & _NOT_SENT:
        kind = "not_sent"
    elif names & _REFUSED:
        kind = "refused"
    else:
        kind = "no_answer"
    return kind, str(error) or type(error).__name__


def without_frames(error):
    """The exception, and those behind it, without their frames: a transport's variables hold credentials."""
    seen = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            one.__traceback__ = None
            waiting += [one.__cause__, one.__context__]
    return error


def _prepared(client, request, pieces=iter):
    """An `httpx2` request that goes out as it stands."""
    headers, body = request.headers, request.body
    if body is not None and not isinstance(body, bytes):
        headers.append(("content-length", str(len(body))))
        # Piece by piece: `httpx2` would read an upload as a file, and one that an async client can send as one it cannot.
        body = pieces(body)
    # Without this `httpx2` would re-encode the URL, of which System Context signs the very bytes.
    target = request.url[request.url.index("/", 8) :] if "/" in request.url[8:] else "/"
    extensions = {"target": target.encode("ascii")}
    timeout = request.timeout
    if timeout is None and request.deadline is not None:
        timeout = client.timeout.read
    if request.deadline is not None:
        timeout = request.deadline if timeout is None else min(timeout, request.deadline)
    if timeout is None:
        return client.build_request(request.method, request.url, headers=headers, content=body, extensions=extensions)
    return client.build_request(
        request.method, request.url, headers=headers, content=body, extensions=extensions, timeout=timeout
    )


class HttpxTransport:
    """Sends with an `httpx2.Client`: the given one, or its own, made when it is first needed."""

    def __init__(self, client=None):
        self._given = client
        self._own = None
        self._process = 0

    def _client(self):
        if self._given is not None:
            return self._given
        # Two processes must not talk over one connection: after a fork the child makes its own.
        if self._own is None or self._process != os.getpid():
            import httpx2

            self._own, self._process = httpx2.Client(timeout=_TIMEOUT), os.getpid()
        return self._own

    def send(self, request):
        """Sends a request and gives its answer; redirects are not followed."""
        client = self._client()
        answer = client.send(_prepared(client, request), auth=None, follow_redirects=False)
        return Response(answer.status_code, answer.headers.multi_items(), answer.content)

    def close(self):
        """Closes its own client's connections; a client that was given is its owner's to close."""
        if self._own is not None and self._process == os.getpid():
            self._own.close()
        self._own = None

    def __reduce__(self):
        return HttpxTransport, (self._given,)


class AsyncHttpxTransport:
    """Sends with an `httpx2.AsyncClient`: the given one, or its own, made when it is first needed."""

    def __init__(self, client=None):
        self._given = client
        self._own = None
        self._loop = None

    def _client(self):
        if self._given is not None:
            return self._given
        import anyio.lowlevel

        # Connections belong to the event loop that made them, and that to its process.
        loop = os.getpid(), anyio.lowlevel.current_token()
        if self._own is None or self._loop != loop:
            import httpx2

            self._own, self._loop = httpx2.AsyncClient(timeout=_TIMEOUT), loop
        return self._own

    async def send(self, request):
        """Sends a request and gives its answer; redirects are not followed."""
        client = self._client()
        answer = await client.send(_prepared(client, request, aiter), auth=None, follow_redirects=False)
        return Response(answer.status_code, answer.headers.multi_items(), answer.content)

    async def aclose(self):
        """Closes its own client's connections; a client that was given is its owner's to close."""
        own, self._own = self._own, None
        if own is not None:
            await own.aclose()

    def __reduce__(self):
        return AsyncHttpxTransport, (self._given,)
