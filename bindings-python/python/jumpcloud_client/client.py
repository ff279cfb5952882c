"""The clients: `JumpCloud`, and `AsyncJumpCloud`, which differ only in how they wait."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from weakref import WeakSet

from . import _core, values
from .async_conversation import AsyncConversation
from .conversation import Conversation, Task, complete
from .errors import InvalidRequestError
from .lists import AsyncList, List
from .operations import Group, Operation, Playbook, missing, operations_tree, playbooks_tree
from .threads import Threads
from .transport import AsyncHttpxTransport, HttpxTransport, of_httpx
from .values import Hidden, Unseen, Writer, account, in_python, place, seconds, secret, settings

_SETTINGS = {
    "api_key",
    "service_account",
    "system_context",
    "base_url",
    "base_urls",
    "allow_http",
    "user_agent",
    "requests_in_flight",
    "requests_per_second",
    "org_id",
}


def _from_environment():
    """An API key, or a service account's id and secret."""
    key, who = os.environ.get("JUMPCLOUD_API_KEY"), os.environ.get("JUMPCLOUD_CLIENT_ID")
    if key is not None or who is None:
        return Hidden(key) if key else None, None
    return None, (who, Hidden(os.environ.get("JUMPCLOUD_CLIENT_SECRET", "")))


class _Client:
    """What both clients have in common: everything but waiting."""

    def __init__(
        self,
        api_key=None,
        *,
        region=None,
        org_id=None,
        service_account=None,
        system_context=None,
        credentials=None,
        base_url=None,
        base_urls=None,
        allow_http=None,
        user_agent=None,
        transport=None,
        timeout=None,
        attempts=None,
        deadline=None,
        longest_wait=None,
        max_body=None,
        concurrency=None,
        requests_in_flight=None,
        requests_per_second=None,
        strict=None,
        clock=None,
        sleep=None,
    ):
        # An error's frame may be shown with its variables.
        api_key, service_account = Unseen(api_key), Unseen(service_account)
        api_key = None if api_key.value is None else secret(api_key, "api_key")
        service_account = None if service_account.value is None else account(service_account)
        environment = os.environ.get
        if credentials is not None and not callable(credentials):
            message = "credentials: expected a function that gives {'api_key': …} or {'service_account': (id, secret)}"
            raise InvalidRequestError(message, parameter="credentials")
        if api_key is None and service_account is None and system_context is None and credentials is None:
            api_key, found = _from_environment()
            service_account = found and account(Unseen(found))
            if api_key is None and service_account is None:
                raise InvalidRequestError(
                    "there is no credential: give api_key, service_account=(id, secret), system_context or credentials, or set "
                    "JUMPCLOUD_API_KEY, or JUMPCLOUD_CLIENT_ID and JUMPCLOUD_CLIENT_SECRET"
                )
        if region is None and system_context is not None:
            region = system_context.region
        credential = [api_key, service_account, system_context, credentials]
        if sum(one is not None for one in credential) > 1:
            raise InvalidRequestError("expected one of api_key, service_account, system_context and credentials, and got several")
        known = settings(
            {
                "api_key": api_key,
                "service_account": service_account,
                "system_context": system_context and {"systemId": system_context.system_id},
                "credentials": credentials and True,
                "region": region or environment("JUMPCLOUD_REGION") or "us",
                "org_id": org_id or environment("JUMPCLOUD_ORG_ID") or None,
                "base_url": base_url or (None if base_urls else environment("JUMPCLOUD_BASE_URL") or None),
                "base_urls": base_urls,
                "allow_http": allow_http,
                "language": "Python",
                "user_agent": user_agent,
                "requests_in_flight": requests_in_flight,
                "requests_per_second": requests_per_second,
            }
        )
        options = {
            "timeout": seconds(timeout, "timeout"),
            "attempts": attempts,
            "deadline": deadline,
            "longest_wait": longest_wait,
            "max_body": max_body,
            "concurrency": concurrency,
            "strict": strict,
        }
        self._restore(known, system_context, credentials, self._transport(transport), options, clock, sleep)

    def _restore(self, known, system_context, credentials, transport, options, clock, sleep):
        self._settings = known
        try:
            self._core = _core.Client(known)
        except InvalidRequestError as error:
            raise in_python(error, _SETTINGS) from None
        self.system_context = system_context
        self.credentials = credentials
        self.transport = transport
        self._options = {name: value for name, value in options.items() if value is not None}
        self.clock = clock
        self._given_sleep = sleep
        self._holding = deque()
        # What has requests in flight in tasks.
        self._flying = WeakSet()
        self._pool, self._pool_process = None, 0

    def __getstate__(self):
        """The settings, with their secrets: who has the pickle can do what the client can."""
        return (
            str(self._settings),
            self.system_context,
            self.credentials,
            self.transport,
            self._options,
            self.clock,
            self._given_sleep,
        )

    def __setstate__(self, state):
        self._restore(Hidden(state[0]), *state[1:])

    def _now(self):
        """The time in nanoseconds: since 1970, and on a clock that nobody sets."""
        if self.clock is None:
            return time.time_ns(), time.monotonic_ns()
        now = self.clock()
        return now if isinstance(now, tuple) else (now, now)

    def __getattr__(self, name):
        tree = None if name.startswith("_") else operations_tree()
        if tree is not None and name in tree:
            group = Group(self, name, tree[name], Operation)
        elif name == "playbooks":
            group = Group(self, name, playbooks_tree(), Playbook)
        elif tree is None:
            raise AttributeError(f"{type(self).__name__} has no {name!r}", name=name, obj=self)
        else:
            raise AttributeError(missing(name, type(self).__name__, dir(self)), name=name, obj=self)
        self.__dict__[name] = group
        return group

    def __dir__(self):
        public = (name for name in super().__dir__() if not name.startswith("_"))
        return sorted({*public, *operations_tree(), "playbooks"})

    def __repr__(self):
        return f"<{type(self).__name__}>"

    # ── what there is to call

    def operations(self, *words):
        """The operations that these words mean, the likeliest first, each as a short record; without words all of them."""
        found = _core.search(" ".join(words))
        for operation in found:
            operation["operation_ids"] = operation.pop("operationIds", [])
        return found

    def describe(self, name):
        """All that is known of an operation or a playbook, its parameters and reply or result as JSON Schemas."""
        return _core.describe(name)

    def scopes(self, names):
        """The OAuth scopes that a service account needs for these operations, and no more."""
        return _core.scopes(list(names))

    def drift(self, name, status, body):
        """Every difference between an answer (its status and its body) and what JumpCloud describes, as records."""
        from .record import Record, Records

        body = body.decode() if isinstance(body, bytes) else body if isinstance(body, str) else json.dumps(body)
        drifts = _core.drift(name, status, body)
        return Records(Record(path=path, message=message, wrong=wrong) for path, message, wrong in drifts)

    def prepare(self, name, /, *, options=None, **parameters):
        """The request of a call, not sent: without the bearer token or signature, which are made when it is.

        Printing it hides what is secret.
        """
        call = _Call(self, name, parameters, options, "prepare")
        request = call.made(self)
        complete(request, call.attachments, call.timeout)
        return request

    def _begin(self, kind, name, parameters, options):
        return _Call(self, name, parameters, options, kind)


class _Call:
    """What a caller asked for, as the core reads it."""

    __slots__ = ("_given", "attachments", "kind", "name", "parameters", "progress", "start", "timeout")

    def __init__(self, client, name, parameters, options, kind):
        self.name, self.kind = name, kind
        self._given = {**client._options, **options} if options else client._options
        self.timeout = seconds(self._given.get("timeout"), "timeout", name)
        self.progress = self._given.get("progress")
        self.start = self._given.get("from_position")
        self.attachments = []
        self.parameters = self._json(parameters) if parameters else "{}"
        if self.attachments:
            self._only_where_files_go(client, parameters)

    def begin(self, client, limit=None):
        """Starts the conversation."""
        return Task(self.made(client, limit), self.attachments, self.timeout)

    def made(self, client, limit=None, kind=None):
        """What the core makes of it."""
        try:
            return getattr(client._core, kind or self.kind)(
                self.name, self.parameters, values.options(self._given, self.name, limit)
            )
        except InvalidRequestError as error:
            raise in_python(error, self._given) from None

    def _only_where_files_go(self, client, parameters):
        """In a free-form value a file would be sent as what the core knows of it."""
        # A whole body may be bytes where its schema says nothing of them.
        goes = self.kind != "playbook" and (
            values.is_file(parameters.get("body")) or values.takes_files(_core.describe(self.name)["parameters"])
        )
        taken = self.made(client, kind="prepare").attachment() if goes else None
        if taken is None or len(self.attachments) > 1:
            name, kind = next(filter(None, (place(value, name) for name, value in parameters.items())))
            what = "one file goes out with a request, and there are several" if taken else f"a {kind} is no JSON: give text"
            message = f"{name}: {what}"
            raise InvalidRequestError(message, operation=self.name, parameter=name.partition(".")[0].partition("[")[0])

    def _json(self, parameters):
        writer = Writer()
        self.attachments = writer.attachments
        try:
            return writer.text(parameters)
        except (TypeError, ValueError, RecursionError):
            self.attachments.clear()
        # It is worth finding out which one it was.
        for name, value in parameters.items():
            try:
                writer.text(value)
            except (TypeError, ValueError, RecursionError) as error:
                message = f"{name}: cannot be written as JSON: {error}"
                raise InvalidRequestError(message, operation=self.name, parameter=name) from None
        raise InvalidRequestError("the parameters cannot be written as JSON", operation=self.name)


class JumpCloud(_Client):
    """A client for JumpCloud.

    >>> jc = JumpCloud(api_key="…")                                     # doctest: +SKIP
    >>> for user in jc.v1.system_users.list(filter=F.department == "IT"):  # doctest: +SKIP
    ...     print(user.email)

    Credentials are one of `api_key`, `service_account=(id, secret)`, `system_context=SystemContext(…)` and `credentials`, a function
    that gives `{"api_key": …}` or `{"service_account": (id, secret)}`; without any, those of the environment: `JUMPCLOUD_API_KEY`,
    or `JUMPCLOUD_CLIENT_ID` and `JUMPCLOUD_CLIENT_SECRET`. The function is asked when a call needs it, once for all calls that wait
    for it; what it gives is kept for its `expires_in` seconds if it has any, and asked for once more where JumpCloud refuses it. `region` (`us`, `eu`, `in`),
    `org_id` and `base_url` come from `JUMPCLOUD_REGION`, `JUMPCLOUD_ORG_ID` and `JUMPCLOUD_BASE_URL` unless they are given.
    `base_url` is one address for everything (a proxy, a fake), `base_urls` one each for `console`, `insights` and `oauth`.

    `transport` is an `httpx2.Client`, or anything with `send(request) -> Response`. `timeout` (seconds for one try, from its first byte to its last), `attempts`,
    `deadline` (seconds for a call with all its tries), `longest_wait` (seconds), `max_body` (bytes), `concurrency` and `strict` are the defaults of
    every call; a call may set them in its `options`, as `timeout`, `attempts`, `deadline`, `longest_wait`, `max_body`, `concurrency`,
    `strict`, `org_id`, `headers`, `limit`, `page_size`, `max_pages`, `from_position`, `lag`, `overlap`, `seed` and `progress`.

    `clock` (nanoseconds since 1970, or a pair: these, and those of a clock that nobody sets) and `sleep` are there for tests. A client may be shared by threads, pickled, and used after a fork.
    """

    @staticmethod
    def _transport(given):
        return of_httpx(given, HttpxTransport)

    @property
    def sleep(self):
        """How it waits."""
        return self._given_sleep or time.sleep

    def _news(self):
        """Wakes the first of those that hold; when it holds no longer, it wakes the next one."""
        try:
            self._holding[0].put((None, None))
        except IndexError:
            pass

    def threads(self):
        """The threads that send what is in flight at once, made when they are first needed."""
        # A fork takes no threads with it.
        if self._pool is None or self._pool_process != os.getpid():
            self._pool, self._pool_process = Threads(), os.getpid()
        return self._pool

    def call(self, name, /, *, options=None, **parameters):
        """Calls an operation by name: a list gives a `List`, everything else the value of its reply."""
        name, paged = _core.find(name)
        if paged:
            return self.list(name, options=options, **parameters)
        return self.send(name, options=options, **parameters).value

    def list(self, name, /, *, options=None, **parameters):
        """All items of an operation that is a list, as a `List`."""
        return List(self, self._begin("pages", name, parameters, options))

    def send(self, name, /, *, options=None, **parameters):
        """One call, of a list too: its `Reply`, with status, headers and all."""
        return self._finish(self._begin("call", name, parameters, options))

    def playbook(self, name, /, *, options=None, **parameters):
        """Runs a playbook and gives its result."""
        return self._finish(self._begin("playbook", name, parameters, options))

    def _finish(self, call):
        return Conversation(self, call.begin(self)).next()[1]

    def close(self):
        """Closes connections and ends threads, and what is in flight with an error; the client may be used again, and makes
        new ones."""
        if self._pool is not None and self._pool_process == os.getpid():
            self._pool.close()
        self._pool = None
        if hasattr(self.transport, "close"):
            self.transport.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class AsyncJumpCloud(_Client):
    """`JumpCloud` for asyncio and trio: `async for` over lists, `await` for everything else, `async with` to close it.

    `transport` is an `httpx2.AsyncClient`, or anything with `async def send(request) -> Response`.
    """

    @staticmethod
    def _transport(given):
        return of_httpx(given, AsyncHttpxTransport)

    @property
    def sleep(self):
        """How it waits."""
        if self._given_sleep is not None:
            return self._given_sleep
        import anyio

        return anyio.sleep

    def _news(self):
        """Wakes the first of those that hold in this loop; when it holds no longer, it wakes the next one."""
        if self._holding:
            import anyio.lowlevel

            # An event belongs to its loop: who uses the client in another one looks again in its own time.
            try:
                loop = anyio.lowlevel.current_token()
            except RuntimeError:
                # A list that was left is cleared away after its loop.
                return
            first = next((held for held in self._holding if held.loop == loop), None)
            if first is not None:
                first.wake()

    def call(self, name, /, *, options=None, **parameters):
        """Calls an operation by name: a list gives an `AsyncList`, everything else is awaited for the value of its reply."""
        name, paged = _core.find(name)
        if paged:
            return self.list(name, options=options, **parameters)
        return self._value(name, options, parameters)

    def list(self, name, /, *, options=None, **parameters):
        """All items of an operation that is a list, as an `AsyncList`."""
        return AsyncList(self, self._begin("pages", name, parameters, options))

    async def _value(self, name, options, parameters):
        return (await self.send(name, options=options, **parameters)).value

    async def send(self, name, /, *, options=None, **parameters):
        """One call, of a list too: its `Reply`, with status, headers and all."""
        return await self._finish(self._begin("call", name, parameters, options))

    async def playbook(self, name, /, *, options=None, **parameters):
        """Runs a playbook and gives its result."""
        return await self._finish(self._begin("playbook", name, parameters, options))

    async def _finish(self, call):
        conversation = AsyncConversation(self, call.begin(self))
        return (await conversation.whole(conversation.next()))[1]

    async def aclose(self):
        """Closes connections, and ends what is in flight with an error; the client may be used again, and makes new ones."""
        for air in [*self._flying]:
            air.close(self)
        if hasattr(self.transport, "aclose"):
            await self.transport.aclose()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.aclose()
