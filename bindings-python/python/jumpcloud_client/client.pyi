import os
from collections.abc import Awaitable, Callable, Iterable, Mapping

from typing import Any, Literal, NotRequired, Protocol, TypeAlias, TypedDict, type_check_only
from typing import Self

from ._core import Reply, Request
from ._methods.arguments import Options
from ._methods.async_insights import AsyncInsights
from ._methods.async_oauth import AsyncOauth
from ._methods.async_playbooks import AsyncPlaybooks
from ._methods.async_storage import AsyncStorage
from ._methods.async_v1 import AsyncV1
from ._methods.async_v2 import AsyncV2
from ._methods.calls import AsyncCalls, AsyncPlaybookCalls, Calls, PlaybookCalls
from ._methods.insights import Insights
from ._methods.names import OperationName, PlaybookName
from ._methods.oauth import Oauth
from ._methods.playbooks import Playbooks
from ._methods.storage import Storage
from ._methods.v1 import V1
from ._methods.v2 import V2
from .lists import AsyncList, List
from .record import Record, Records
from .system_context import SystemContext
from .transport import AsyncTransport, HttpxClient, Transport

@type_check_only
class _Secret(Protocol):
    """Text that its holder does not show, as pydantic's `SecretStr`."""

    def get_secret_value(self) -> str: ...

_Credential: TypeAlias = str | _Secret

class _KeyCredential(TypedDict):
    """An API key that a credential function gives; `expires_in` is how many seconds it may be kept."""

    api_key: _Credential
    expires_in: NotRequired[float]

class _AccountCredential(TypedDict):
    """A service account's id and secret that a credential function gives; `expires_in` is how many seconds they may be kept."""

    service_account: tuple[_Credential, _Credential]
    expires_in: NotRequired[float]

class _Client:
    def __init__(
        self,
        api_key: _Credential | None = None,
        *,
        region: Literal["us", "eu", "in"] | str | None = None,
        org_id: str | None = None,
        service_account: tuple[_Credential, _Credential] | None = None,
        system_context: SystemContext | None = None,
        credentials: Callable[[], _KeyCredential | _AccountCredential | Awaitable[_KeyCredential | _AccountCredential]] | None = None,
        base_url: str | None = None,
        base_urls: Mapping[str, str] | None = None,
        allow_http: bool | None = None,
        user_agent: str | None = None,
        transport: Any = None,
        timeout: float | None = None,
        attempts: int | None = None,
        deadline: float | None = None,
        longest_wait: float | None = None,
        max_body: int | None = None,
        concurrency: int | None = None,
        requests_in_flight: int | None = None,
        requests_per_second: int | None = None,
        strict: bool | None = None,
        clock: Callable[[], int | tuple[int, int]] | None = None,
        sleep: Any = None,
    ) -> None: ...
    system_context: SystemContext | None
    credentials: Any
    transport: Any
    clock: Callable[[], int | tuple[int, int]] | None
    def operations(self, *words: str) -> Records[Record]:
        """The operations that these words mean, the likeliest first, each as a short record; without words all of them."""
    def describe(self, name: OperationName | PlaybookName | str) -> Any:
        """All that is known of an operation or a playbook, its parameters and reply or result as JSON Schemas."""
    def scopes(self, names: Iterable[OperationName | str]) -> list[str]:
        """The OAuth scopes that a service account needs for these operations, and no more."""
    def drift(self, name: OperationName | str, status: int, body: Any) -> Records[Record]:
        """Every difference between an answer (its status and its body) and what JumpCloud describes, as records."""
    def prepare(self, name: OperationName | str, /, *, options: Options | None = None, **parameters: Any) -> Request:
        """The request of a call, not sent: without the bearer token or signature, which are made when it is."""

class JumpCloud(Calls, PlaybookCalls, _Client):
    """A client for JumpCloud.

    Credentials are one of `api_key`, `service_account=(id, secret)`, `system_context=SystemContext(…)` and `credentials`, a function
    that gives `{"api_key": …}` or `{"service_account": (id, secret)}`; without any, those of the environment: `JUMPCLOUD_API_KEY`,
    or `JUMPCLOUD_CLIENT_ID` and `JUMPCLOUD_CLIENT_SECRET`. `region` (`us`, `eu`, `in`),
    `org_id` and `base_url` come from `JUMPCLOUD_REGION`, `JUMPCLOUD_ORG_ID` and `JUMPCLOUD_BASE_URL` unless they are given.
    """

    v1: V1
    v2: V2
    insights: Insights
    oauth: Oauth
    storage: Storage
    playbooks: Playbooks
    def __init__(
        self,
        api_key: _Credential | None = None,
        *,
        region: Literal["us", "eu", "in"] | str | None = None,
        org_id: str | None = None,
        service_account: tuple[_Credential, _Credential] | None = None,
        system_context: SystemContext | None = None,
        credentials: Callable[[], _KeyCredential | _AccountCredential] | None = None,
        base_url: str | None = None,
        base_urls: Mapping[str, str] | None = None,
        allow_http: bool | None = None,
        user_agent: str | None = None,
        transport: Transport | HttpxClient | None = None,
        timeout: float | None = None,
        attempts: int | None = None,
        deadline: float | None = None,
        longest_wait: float | None = None,
        max_body: int | None = None,
        concurrency: int | None = None,
        requests_in_flight: int | None = None,
        requests_per_second: int | None = None,
        strict: bool | None = None,
        clock: Callable[[], int | tuple[int, int]] | None = None,
        sleep: Callable[[float], object] | None = None,
    ) -> None: ...
    @property
    def sleep(self) -> Callable[[float], object]: ...
    def threads(self) -> Any: ...
    def list(self, name: OperationName | str, /, *, options: Options | None = None, **parameters: Any) -> List[Any]:
        """All items of an operation that is a list."""
    def send(self, name: OperationName | str, /, *, options: Options | None = None, **parameters: Any) -> Reply:
        """One call, of a list too: its `Reply`, with status, headers and all."""
    def close(self) -> None:
        """Closes connections and ends threads, and what is in flight with an error; the client may be used again, and makes new
        ones."""
    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...

class AsyncJumpCloud(AsyncCalls, AsyncPlaybookCalls, _Client):
    """`JumpCloud` for asyncio and trio: `async for` over lists, `await` for everything else, `async with` to close it."""

    v1: AsyncV1
    v2: AsyncV2
    insights: AsyncInsights
    oauth: AsyncOauth
    storage: AsyncStorage
    playbooks: AsyncPlaybooks
    def __init__(
        self,
        api_key: _Credential | None = None,
        *,
        region: Literal["us", "eu", "in"] | str | None = None,
        org_id: str | None = None,
        service_account: tuple[_Credential, _Credential] | None = None,
        system_context: SystemContext | None = None,
        credentials: Callable[[], _KeyCredential | _AccountCredential | Awaitable[_KeyCredential | _AccountCredential]] | None = None,
        base_url: str | None = None,
        base_urls: Mapping[str, str] | None = None,
        allow_http: bool | None = None,
        user_agent: str | None = None,
        transport: AsyncTransport | HttpxClient | None = None,
        timeout: float | None = None,
        attempts: int | None = None,
        deadline: float | None = None,
        longest_wait: float | None = None,
        max_body: int | None = None,
        concurrency: int | None = None,
        requests_in_flight: int | None = None,
        requests_per_second: int | None = None,
        strict: bool | None = None,
        clock: Callable[[], int | tuple[int, int]] | None = None,
        sleep: Callable[[float], Any] | None = None,
    ) -> None: ...
    @property
    def sleep(self) -> Callable[[float], Any]: ...
    def list(self, name: OperationName | str, /, *, options: Options | None = None, **parameters: Any) -> AsyncList[Any]:
        """All items of an operation that is a list."""
    async def send(self, name: OperationName | str, /, *, options: Options | None = None, **parameters: Any) -> Reply:
        """One call, of a list too: its `Reply`, with status, headers and all."""
    async def aclose(self) -> None:
        """Closes connections, and ends what is in flight with an error; the client may be used again, and makes new ones."""
    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...
