"""How requests are sent: `httpx2` unless something else with a `send` is given."""

from __future__ import annotations

import os
from io import BytesIO
from threading import Lock
from time import monotonic

from .errors import InvalidRequestError

# How many seconds one try may take, from its first byte to its last, unless somebody says so: as in the other packages.
_TIMEOUT = 60.0


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


class TooLarge(Exception):
    """For a transport to raise: the answer's body has more than `request.max_body` bytes."""


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
    if isinstance(error, TooLarge):
        kind = "too_large"
    elif isinstance(error, NotSent) or names & _NOT_SENT:
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


def time_for(request):
    """How many seconds the caller gives to this try of a request, if any."""
    return min(filter(None, (request.timeout, request.deadline)), default=None)


def _prepared(client, request, pieces=iter):
    """An `httpx2` request that goes out as it stands, and how many seconds it may take as a whole."""
    headers, body = request.headers, request.body
    if body is not None and not isinstance(body, bytes):
        headers.append(("content-length", str(len(body))))
        # Piece by piece: `httpx2` would read an upload as a file, and one that an async client can send as one it cannot.
        body = pieces(body)
    # Without this `httpx2` would re-encode the URL, of which System Context signs the very bytes.
    target = request.url[request.url.index("/", 8) :] if "/" in request.url[8:] else "/"
    extensions = {"target": target.encode("ascii")}
    seconds, own = time_for(request), client.timeout.read
    said = {}
    if request.timeout is not None:
        said["timeout"] = seconds
    elif seconds is not None:
        said["timeout"] = seconds = seconds if own is None else min(seconds, own)
    prepared = client.build_request(
        request.method, request.url, headers=headers, content=body, extensions=extensions, **said
    )
    return prepared, own if seconds is None else seconds


class _Body:
    """What has come of a body, which may only grow so far."""

    def __init__(self, request, answer):
        self._answer = answer
        self._left = self._most = request.max_body
        self._bytes = BytesIO()

    def add(self, piece):
        self._left -= len(piece)
        if self._left < 0:
            raise TooLarge(f"the body has more than {self._most} bytes")
        self._bytes.write(piece)

    def response(self):
        return Response(self._answer.status_code, self._answer.headers.multi_items(), self._bytes.getvalue())


def of_httpx(given, wanted):
    """The transport for what a client was given: nothing, a client of `httpx2`, or something that sends."""
    if given is None:
        return wanted(None)
    if isinstance(given, type):
        message = f"transport: expected an httpx2.{wanted.takes}, got the class {given.__name__}: make one of it"
        raise InvalidRequestError(message, parameter="transport")
    if hasattr(given, "build_request"):
        # Each kind has one of the two.
        if not hasattr(given, wanted.closes):
            message = f"transport: expected an httpx2.{wanted.takes}, got {type(given).__name__}"
            raise InvalidRequestError(message, parameter="transport")
        return wanted(given)
    if not callable(getattr(given, "send", None)):
        message = f"transport: expected an httpx2.{wanted.takes} or an object with send(request), got {type(given).__name__}"
        raise InvalidRequestError(message, parameter="transport")
    return given


class HttpxTransport:
    """Sends with an `httpx2.Client`: the given one, or its own, made when it is first needed."""

    takes, closes = "Client", "close"

    def __init__(self, client=None):
        self._given = client
        self._own = None
        self._networks = ()
        self._process = os.getpid()
        self._making = Lock()
        # How often it was closed.
        self._closed = 0

    def _client(self):
        if self._process != os.getpid():
            # Two processes must not talk over one connection: after a fork the child makes its own. Nor may it wait for a
            # lock that a thread held which it does not have.
            self._making, self._own, self._networks, self._process = Lock(), None, (), os.getpid()
        client = self._given or self._own
        if client is None or not self._networks:
            with self._making:
                client = self._given or self._own
                if client is None or not self._networks:
                    from .network import watch

                    if client is None:
                        import httpx2

                        client = httpx2.Client(timeout=_TIMEOUT)
                    self._networks = watch(client)
                    self._own = None if client is self._given else client
        return client

    def send(self, request):
        """Sends a request and gives its answer; redirects are not followed.

        `request.timeout` and `request.deadline` bound all of it, `request.max_body` the body as it is decoded.
        """
        from .network import current

        client, closed = self._client(), self._closed
        prepared, seconds = _prepared(client, request)
        # A hook of the client's may send, too.
        outer, ends = current.ends, None if seconds is None else monotonic() + seconds
        current.ends = ends
        try:
            answer = client.send(prepared, auth=None, follow_redirects=False, stream=True)
            try:
                body = _Body(request, answer)
                for piece in answer.iter_bytes():
                    body.add(piece)
                    if ends is not None and monotonic() > ends:
                        raise TimeoutError("the time for the request is over")
            finally:
                answer.close()
        except Exception as error:
            if self._closed != closed:
                raise Refused("the client was closed while the request was in flight") from None
            if ends is not None and monotonic() >= ends and failure(error)[0] == "no_answer":
                raise TimeoutError(f"the answer was not whole after {seconds:g} s") from error
            raise
        finally:
            current.ends = outer
        return body.response()

    def close(self):
        """Closes its own client's connections, and ends what is in flight on them; a client that was given is its owner's to
        close."""
        if self._own is not None and self._process == os.getpid():
            self._closed += 1
            with self._making:
                own, networks = self._own, self._networks
                self._own, self._networks = None, ()
            for network in networks:
                network.shut()
            if own is not None:
                own.close()

    def __reduce__(self):
        return HttpxTransport, (self._given,)


class AsyncHttpxTransport:
    """Sends with an `httpx2.AsyncClient`: the given one, or its own, made when it is first needed."""

    takes, closes = "AsyncClient", "aclose"

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
        """Sends a request and gives its answer; redirects are not followed.

        `request.timeout` and `request.deadline` bound all of it, `request.max_body` the body as it is decoded.
        """
        import anyio

        client = self._client()
        prepared, seconds = _prepared(client, request, aiter)
        with anyio.move_on_after(seconds) as scope:
            answer = await client.send(prepared, auth=None, follow_redirects=False, stream=True)
            try:
                body = _Body(request, answer)
                async for piece in answer.aiter_bytes():
                    body.add(piece)
            finally:
                await answer.aclose()
            return body.response()
        # Only where its time was over.
        assert scope.cancelled_caught
        raise TimeoutError(f"the answer was not whole after {seconds:g} s")

    async def aclose(self):
        """Closes its own client's connections; a client that was given is its owner's to close."""
        own, self._own = self._own, None
        if own is not None:
            await own.aclose()

    def __reduce__(self):
        return AsyncHttpxTransport, (self._given,)
