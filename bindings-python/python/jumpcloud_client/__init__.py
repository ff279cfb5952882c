"""A client for all of JumpCloud's REST API, sync and async.

>>> from jumpcloud_client import JumpCloud, F
>>> jc = JumpCloud(api_key="…")                                           # doctest: +SKIP
>>> for user in jc.v1.system_users.list(filter=F.department == "IT"):     # doctest: +SKIP
...     print(user.email)
"""

from ._core import Reply, Request
from .attachment import Attachment, Upload
from .client import AsyncJumpCloud, JumpCloud
from .errors import (
    AuthenticationError,
    ConflictError,
    DecodeError,
    IncompleteError,
    InvalidRequestError,
    JumpCloudError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    SigningError,
    TransportError,
    ValidationError,
)
from .filter import F, Field, Filter
from .lists import AsyncList, List
from .record import Content, Record, Records
from .system_context import SystemContext
from .transport import AsyncHttpxTransport, HttpxTransport, NotSent, Refused, Response, TooLarge

__all__ = [
    "AsyncHttpxTransport",
    "AsyncJumpCloud",
    "AsyncList",
    "Attachment",
    "AuthenticationError",
    "ConflictError",
    "Content",
    "DecodeError",
    "F",
    "Field",
    "Filter",
    "HttpxTransport",
    "IncompleteError",
    "InvalidRequestError",
    "JumpCloud",
    "JumpCloudError",
    "List",
    "NotFoundError",
    "NotSent",
    "PermissionDeniedError",
    "RateLimitedError",
    "Record",
    "Records",
    "Refused",
    "Reply",
    "Request",
    "Response",
    "ServerError",
    "SigningError",
    "SystemContext",
    "TooLarge",
    "TransportError",
    "Upload",
    "ValidationError",
]
