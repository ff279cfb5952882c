from collections.abc import Iterable
from typing import Any

class JumpCloudError(Exception):
    """Why a call failed, with everything that JumpCloud said about it and nothing secret."""

    kind: str
    message: str
    operation: str | None
    """The dotted name of what was called."""
    parameter: str | None
    """The parameter that was refused."""
    status: int | None
    """The HTTP status, when an answer came."""
    code: str | None
    """JumpCloud's own code."""
    details: Any
    """What JumpCloud said beside its message."""
    request_id: str | None
    """What to quote to JumpCloud's support."""
    retry_after: float | None
    """The seconds that JumpCloud asked to wait."""
    tries: int
    """How often the request was sent: 0 when it was refused before."""
    is_retryable: bool
    """Whether the same call may succeed later, and does nothing twice."""
    headers: list[tuple[str, str]]
    """All headers that came, as pairs in the order in which they came."""
    body: bytes
    """What was answered."""
    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        parameter: str | None = None,
        status: int | None = None,
        code: str | None = None,
        details: Any = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        tries: int = 0,
        is_retryable: bool = False,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> None: ...

class InvalidRequestError(JumpCloudError):
    """Refused before anything was sent: a parameter is missing, unknown or wrong."""

class AuthenticationError(JumpCloudError):
    """401: the credential is missing, wrong or ended."""

class PermissionDeniedError(JumpCloudError):
    """403: the credential is known, but its role or scopes do not allow the operation."""

class NotFoundError(JumpCloudError):
    """404: there is no such object, or no longer."""

class ConflictError(JumpCloudError):
    """409: the object is there already, or is being changed."""

class RateLimitedError(JumpCloudError):
    """429: too many requests; `retry_after` says how many seconds to wait."""

class ValidationError(JumpCloudError):
    """400, 422 and the other 4xx: JumpCloud refused what was sent; `details` may say why."""

class ServerError(JumpCloudError):
    """5xx: JumpCloud failed."""

class TransportError(JumpCloudError):
    """No answer came: connection, TLS, timeout, or a redirect that may not be followed. `__cause__` has the reason."""

class DecodeError(JumpCloudError):
    """An answer came that is not what it should be; `body` has its bytes."""

class SigningError(JumpCloudError):
    """The signature that System Context needs could not be made."""

class IncompleteError(JumpCloudError):
    """A list ended before its end, or may have passed an item by: what was handed out is not all."""

def of_kind(kind: str, message: str, **facts: Any) -> JumpCloudError:
    """The error of that kind; a kind that is newer than this file is a plain `JumpCloudError`."""
