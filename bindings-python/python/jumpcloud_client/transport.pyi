from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Protocol, type_check_only

from ._core import Request

class Response:
    """What a transport's `send` gives back: the status, the headers as pairs, the body's bytes as they came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    def __init__(
        self, status: int, headers: Mapping[str, str] | Iterable[tuple[str, str]] = (), body: bytes = b""
    ) -> None: ...

@type_check_only
class Transport(Protocol):
    """What sends requests."""

    def send(self, request: Request, /) -> Response: ...

@type_check_only
class AsyncTransport(Protocol):
    """What sends requests, awaited."""

    async def send(self, request: Request, /) -> Response: ...

@type_check_only
class HttpxClient(Protocol):
    """An `httpx2.Client` or `httpx2.AsyncClient`."""

    def build_request(self, *args: Any, **options: Any) -> Any: ...
    def send(self, *args: Any, **options: Any) -> Any: ...

class NotSent(Exception):
    """For a transport to raise: the request never reached JumpCloud, so anything may be tried again."""

class Refused(Exception):
    """For a transport to raise: it will not do this request, now or later."""

class TooLarge(Exception):
    """For a transport to raise: the answer's body has more than `request.max_body` bytes."""

class HttpxTransport:
    """Sends with an `httpx2.Client`: the given one, or its own, made when it is first needed."""

    takes: ClassVar[str]
    closes: ClassVar[str]
    def __init__(self, client: HttpxClient | None = None) -> None: ...
    def send(self, request: Request) -> Response: ...
    def close(self) -> None: ...

class AsyncHttpxTransport:
    """Sends with an `httpx2.AsyncClient`: the given one, or its own, made when it is first needed."""

    takes: ClassVar[str]
    closes: ClassVar[str]
    def __init__(self, client: HttpxClient | None = None) -> None: ...
    async def send(self, request: Request) -> Response: ...
    async def aclose(self) -> None: ...

MISTAKES: tuple[type[Exception], ...]

def time_for(request: Request) -> float | None:
    """How many seconds the caller gives to this try of a request, if any."""

def of_httpx(given: Any, wanted: type[Any]) -> Any:
    """The transport for what a client was given: nothing, a client of `httpx2`, or something that sends."""

def failure(error: Exception) -> tuple[str, str]:
    """What kind of failure an exception of a transport is, and in words why."""

def without_frames(error: BaseException) -> BaseException:
    """The exception, and those behind it, without their frames: a transport's variables hold credentials."""
