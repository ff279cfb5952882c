"""What can go wrong: one class for every kind of failure, all of them a `JumpCloudError`."""

from __future__ import annotations


class JumpCloudError(Exception):
    """Why a call failed, with everything that JumpCloud said about it and nothing secret.

    `operation` is the dotted name of what was called, `parameter` the one that was refused, `status` the HTTP status,
    `code` JumpCloud's own code, `details` what it said beside its message, `request_id` what to quote to its support,
    `retry_after` the seconds that it asked to wait, `headers` (pairs) and `body` (bytes) what it answered. `tries` is how
    often the request was sent; `is_retryable` says that the same call may succeed later, and does nothing twice.
    """

    kind = ""

    def __init__(
        self,
        message,
        *,
        operation=None,
        parameter=None,
        status=None,
        code=None,
        details=None,
        request_id=None,
        retry_after=None,
        tries=0,
        is_retryable=False,
        headers=(),
        body=b"",
    ):
        super().__init__(message)
        self.message = message
        self.operation = operation
        self.parameter = parameter
        self.status = status
        self.code = code
        self.details = details
        self.request_id = request_id
        self.retry_after = retry_after
        self.tries = tries
        self.is_retryable = is_retryable
        self.headers = list(headers)
        self.body = body

    def __str__(self):
        return f"{self.operation}: {self.message}" if self.operation else self.message

    def __reduce__(self):
        facts = {name: value for name, value in vars(self).items() if name in _FACTS}
        return _restored, (type(self), self.message, facts)


_FACTS = (
    "operation",
    "parameter",
    "status",
    "code",
    "details",
    "request_id",
    "retry_after",
    "tries",
    "is_retryable",
    "headers",
    "body",
)


def _restored(kind, message, facts):
    return kind(message, **facts)


class InvalidRequestError(JumpCloudError):
    """Refused before anything was sent: a parameter is missing, unknown or wrong."""

    kind = "invalid_request"


class AuthenticationError(JumpCloudError):
    """401: the credential is missing, wrong or ended."""

    kind = "authentication"


class PermissionDeniedError(JumpCloudError):
    """403: the credential is known, but its role or scopes do not allow the operation."""

    kind = "permission"


class NotFoundError(JumpCloudError):
    """404: there is no such object, or no longer."""

    kind = "not_found"


class ConflictError(JumpCloudError):
    """409: the object is there already, or is being changed."""

    kind = "conflict"


class RateLimitedError(JumpCloudError):
    """429: too many requests; `retry_after` says how many seconds to wait."""

    kind = "rate_limited"


class ValidationError(JumpCloudError):
    """400, 422 and the other 4xx: JumpCloud refused what was sent; `details` may say why."""

    kind = "validation"


class ServerError(JumpCloudError):
    """5xx: JumpCloud failed."""

    kind = "server"


class TransportError(JumpCloudError):
    """No answer came: connection, TLS, timeout, or a redirect that may not be followed. `__cause__` has the reason."""

    kind = "transport"


class DecodeError(JumpCloudError):
    """An answer came that is not what it should be; `body` has its bytes."""

    kind = "decode"


class SigningError(JumpCloudError):
    """The signature that System Context needs could not be made."""

    kind = "signing"


class IncompleteError(JumpCloudError):
    """A list ended before its end, or may have passed an item by: what was handed out is not all."""

    kind = "incomplete"


_KINDS = {kind.kind: kind for kind in JumpCloudError.__subclasses__()}


def of_kind(kind, message, **facts):
    """The error of that kind; a kind that is newer than this file is a plain `JumpCloudError`."""
    return _KINDS.get(kind, JumpCloudError)(message, **facts)
