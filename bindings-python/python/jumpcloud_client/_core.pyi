import builtins
from typing import Any, final

from .attachment import Upload

__all__ = [
    "Client",
    "Conversation",
    "PrivateKey",
    "Reply",
    "Request",
    "agent_configuration",
    "agent_paths",
    "decode",
    "describe",
    "drift",
    "find",
    "operations",
    "playbooks",
    "scopes",
    "search",
]

@final
class Request:
    """An HTTP request, to be sent as it stands. Printing it hides credentials and secret values."""

    @property
    def method(self) -> str:
        """`GET`, `POST`, `PUT`, `PATCH` or `DELETE`."""
    @property
    def url(self) -> str:
        """The whole URL, percent-encoded: System Context signs its very bytes."""
    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers as pairs, names in lower case. `Content-Length` and `Host` are the transport's."""
    @property
    def body(self) -> bytes | Upload | None:
        """The body; of an upload what can be iterated and read."""
    @property
    def timeout(self) -> float | None:
        """How many seconds the caller wants to wait at most, to the last byte; `None` leaves it to the transport."""
    @property
    def is_presigned(self) -> bool:
        """Whether the URL is a secret: whoever has it may do what it is for."""
    @property
    def deadline(self) -> float | None:
        """How many seconds are left for the answer to come, to its last byte, when the call has a deadline."""
    @property
    def max_body(self) -> int:
        """How many bytes of the answer's body are wanted, decompressed; a transport stops behind them, and raises `TooLarge`."""
    def attachment(self) -> tuple[bytes, int, bytes] | None: ...
    def attach(self, upload: Upload) -> None: ...

@final
class Reply:
    """The answer to a call that succeeded: `value`, and what came with it."""

    @property
    def operation(self) -> str:
        """The operation's dotted name."""
    @property
    def status(self) -> int:
        """The HTTP status, a 2xx."""
    @property
    def headers(self) -> list[tuple[str, str]]:
        """All headers, as pairs in the order in which they came."""
    @property
    def request_id(self) -> str | None:
        """The id that JumpCloud gave the request."""
    @property
    def media_type(self) -> str | None:
        """The body's media type, without parameters."""
    @property
    def body(self) -> bytes:
        """The body as it came."""
    @property
    def value(self) -> Any:
        """The body as an object: JSON with its objects as `Record`s, text as `str`, a file as `Content`, nothing as `None`."""

@final
class PrivateKey:
    def __new__(cls, file: bytes) -> PrivateKey: ...
    def sign(self, bytes: builtins.bytes) -> builtins.bytes: ...

@final
class Conversation:
    def step(self, now: tuple[int, int]) -> tuple[Any, ...]: ...
    def received(self, ticket: int, status: int, headers: list[tuple[str, str]], body: bytes, now: tuple[int, int]) -> None: ...
    def failed(self, ticket: int, kind: str, why: str, now: tuple[int, int]) -> None: ...
    def signed(self, signature: bytes) -> None: ...
    def unsigned(self, why: str) -> None: ...
    def identified(self, json: str | None, now: tuple[int, int]) -> None: ...
    def position(self, taken: int) -> str | None: ...

@final
class Client:
    def __new__(cls, settings: str) -> Client: ...
    def prepare(self, name: str, parameters: str, options: str) -> Request: ...
    def call(self, name: str, parameters: str, options: str) -> Conversation: ...
    def pages(self, name: str, parameters: str, options: str) -> Conversation: ...
    def playbook(self, name: str, parameters: str, options: str) -> Conversation: ...

def operations() -> list[tuple[str, bool, str, str, list[str]]]: ...
def search(words: str) -> Any: ...
def find(name: str) -> tuple[str, bool]: ...
def describe(name: str) -> Any: ...
def playbooks() -> Any: ...
def scopes(names: list[str]) -> list[str]: ...
def drift(name: str, status: int, body: str) -> list[tuple[str, str, bool]]: ...
def decode(json: bytes) -> Any: ...
def agent_paths(platform: str) -> tuple[str, str]: ...
def agent_configuration(file: bytes) -> tuple[str, str | None]: ...
