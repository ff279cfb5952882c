"""The clients: `JumpCloud`, and `AsyncJumpCloud`, which differ only in how they wait."""

from __future__ import annotations

import datetime
import json
import os
import time
from collections import deque

from . import _core
from .attachment import Attachment
from .conversation import AsyncConversation, Conversation, Task, complete
from .errors import InvalidRequestError
from .filter import Filter
from .lists import AsyncList, List
from .operations import Group, Operation, Playbook, missing, operations_tree, playbooks_tree
from .transport import AsyncHttpxTransport, HttpxTransport

# What a call may set for itself, by the core's names where they are others.
_OPTIONS = {
    "org_id": "organizations",
    "longest_wait": "longestWait",
    "page_size": "pageSize",
    "max_pages": "maxPages",
    "from_position": "from",
}
_SECONDS = {"longest_wait", "deadline", "lag", "overlap"}
_THREADS = 64


class _Hidden(str):
    """Text that must not be seen in a traceback that shows variables."""

    def __repr__(self):
        return "<hidden>"


def _from_environment():
    """An API key, or a service account's id and secret."""
    key, account = os.environ.get("JUMPCLOUD_API_KEY"), os.environ.get("JUMPCLOUD_CLIENT_ID")
    if key is not None or account is None:
        return key and _Hidden(key), None
    return None, (account, _Hidden(os.environ.get("JUMPCLOUD_CLIENT_SECRET", "")))


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
        concurrency=None,
        requests_in_flight=None,
        requests_per_second=None,
        strict=None,
        clock=None,
        sleep=None,
    ):
        # An error's frame may be shown with its variables.
        api_key = api_key and _Hidden(api_key)
        service_account = service_account and tuple(map(_Hidden, service_account))
        environment = os.environ.get
        if credentials is not None and not callable(credentials):
            message = "credentials: expected a function that gives {'api_key': …} or {'service_account': (id, secret)}"
            raise InvalidRequestError(message, parameter="credentials")
        if api_key is None and service_account is None and system_context is None and credentials is None:
            api_key, service_account = _from_environment()
            if api_key is None and service_account is None:
                raise InvalidRequestError(
                    "there is no credential: give api_key, service_account=(id, secret), system_context or credentials, or set "
                    "JUMPCLOUD_API_KEY, or JUMPCLOUD_CLIENT_ID and JUMPCLOUD_CLIENT_SECRET"
                )
        if region is None and system_context is not None:
            region = system_context.region
        if service_account is not None and len(service_account) != 2:
            raise InvalidRequestError("service_account: expected (id, secret)", parameter="service_account")
        settings = {
            "apiKey": api_key,
            "serviceAccount": service_account and dict(zip(("id", "secret"), service_account)),
            "systemContext": system_context and {"systemId": system_context.system_id},
            "credentials": credentials and True,
            "region": region or environment("JUMPCLOUD_REGION") or "us",
            "organization": org_id or environment("JUMPCLOUD_ORG_ID") or None,
            "baseUrl": base_url or (None if base_urls else environment("JUMPCLOUD_BASE_URL") or None),
            "baseUrls": base_urls,
            "allowHttp": allow_http,
            "language": "Python",
            "userAgent": user_agent,
            "requestsInFlight": requests_in_flight,
            "requestsPerSecond": requests_per_second,
        }
        settings = _Hidden(json.dumps(settings))
        options = {
            "timeout": timeout,
            "attempts": attempts,
            "deadline": deadline,
            "longest_wait": longest_wait,
            "concurrency": concurrency,
            "strict": strict,
        }
        self._restore(settings, system_context, credentials, self._transport(transport), options, clock, sleep)

    def _restore(self, settings, system_context, credentials, transport, options, clock, sleep):
        self._settings = settings
        self._core = _core.Client(settings)
        self.system_context = system_context
        self.credentials = credentials
        self.transport = transport
        self._options = {name: value for name, value in options.items() if value is not None}
        self.clock = clock
        self._given_sleep = sleep
        self._holding = deque()
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
        self._restore(_Hidden(state[0]), *state[1:])

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
        request = self._core.prepare(name, call.parameters, call.options())
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
        self.timeout = self._given.get("timeout")
        self.progress = self._given.get("progress")
        self.start = self._given.get("from_position")
        self.attachments = []
        self.parameters = self._json(parameters) if parameters else "{}"

    def begin(self, client, limit=None):
        """Starts the conversation."""
        make = getattr(client._core, self.kind)
        return Task(make(self.name, self.parameters, self.options(limit)), self.attachments, self.timeout)

    def options(self, limit=None):
        """The options as JSON, with a seed of this call's own."""
        known = {}
        for name, value in self._given.items():
            if name in ("timeout", "progress"):
                continue
            if name in _SECONDS and value is not None:
                # The core takes whole milliseconds.
                try:
                    value = round(value * 1000)
                except (TypeError, ValueError, OverflowError):
                    message = f"{name}: expected seconds, got {value!r}"
                    raise InvalidRequestError(message, operation=self.name, parameter=name) from None
            known[_OPTIONS.get(name, name)] = value
        known.setdefault("seed", int.from_bytes(os.urandom(7)))
        try:
            if limit is not None:
                other = known.get("limit")
                known["limit"] = limit if other is None else min(limit, other)
            return json.dumps(known, allow_nan=False)
        except (TypeError, ValueError):
            pass
        # It is worth finding out which one it was.
        for name, value in known.items():
            try:
                json.dumps(value, allow_nan=False)
            except (TypeError, ValueError) as error:
                message = f"{name}: cannot be written as JSON: {error}"
                raise InvalidRequestError(message, operation=self.name, parameter=name) from None
        raise InvalidRequestError("limit: expected a whole number, 0 or more", operation=self.name, parameter="limit")

    def _json(self, parameters):
        try:
            return self._dumps(parameters)
        except (TypeError, ValueError, RecursionError):
            self.attachments.clear()
        # It is worth finding out which one it was.
        for name, value in parameters.items():
            try:
                self._dumps(value)
            except (TypeError, ValueError, RecursionError) as error:
                message = f"{name}: cannot be written as JSON: {error}"
                raise InvalidRequestError(message, operation=self.name, parameter=name) from None
        raise InvalidRequestError("the parameters cannot be written as JSON", operation=self.name)

    def _dumps(self, value):
        text = json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=self._replaced
        )
        # Half of a surrogate pair is no text.
        text.encode()
        return text

    def _replaced(self, value):
        """What stands in JSON for an object that is none."""
        if isinstance(value, Filter):
            return value.json
        if isinstance(value, datetime.datetime):
            if value.utcoffset() is None:
                raise ValueError(f"{value.isoformat()} has no time zone: give it one, as datetime.now(timezone.utc) has")
            return value.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
        if hasattr(value, "isoformat"):
            return value.isoformat()
        if isinstance(value, set | frozenset):
            return sorted(value)
        if type(value).__name__ == "UUID":
            return str(value)
        if hasattr(value, "keys") and hasattr(value, "__getitem__"):
            return dict(value)
        if not isinstance(value, Attachment):
            if not (isinstance(value, bytes | bytearray | memoryview | os.PathLike) or hasattr(value, "read")):
                raise TypeError(f"{type(value).__name__} is no JSON")
            value = Attachment(value)
        self.attachments.append(value)
        return value.json()


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

    `transport` is an `httpx2.Client`, or anything with `send(request) -> Response`. `timeout` (seconds), `attempts`,
    `deadline` (seconds for a call with all its tries), `longest_wait` (seconds), `concurrency` and `strict` are the defaults of
    every call; a call may set them in its `options`, as `timeout`, `attempts`, `deadline`, `longest_wait`, `concurrency`,
    `strict`, `org_id`, `headers`, `limit`, `page_size`, `max_pages`, `from_position`, `lag`, `overlap`, `seed` and `progress`.

    `clock` (nanoseconds since 1970, or a pair: these, and those of a clock that nobody sets) and `sleep` are there for tests. A client may be shared by threads, pickled, and used after a fork.
    """

    @staticmethod
    def _transport(given):
        if given is None or hasattr(given, "build_request"):
            return HttpxTransport(given)
        return given

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
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="jumpcloud")
            self._pool_process = os.getpid()
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
        """Closes connections and ends threads; the client may be used again, and makes new ones."""
        if self._pool is not None and self._pool_process == os.getpid():
            self._pool.shutdown(wait=False, cancel_futures=True)
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
        if given is None or hasattr(given, "build_request"):
            return AsyncHttpxTransport(given)
        return given

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
            loop = anyio.lowlevel.current_token()
            first = next((held for held in self._holding if held.loop == loop), None)
            if first is not None:
                first.event.set()

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
        step = await AsyncConversation(self, call.begin(self)).next()
        return step[1]

    async def aclose(self):
        """Closes connections; the client may be used again, and makes new ones."""
        if hasattr(self.transport, "aclose"):
            await self.transport.aclose()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self.aclose()
