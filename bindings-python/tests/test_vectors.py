"""Replays the shared vectors (`tests/vectors` of the repository) through the public surface, sync and async."""

import base64
import json
import math
import pathlib
import re
from concurrent.futures import Future

import anyio
import anyio.lowlevel
import pytest

import jumpcloud_client as package
from jumpcloud_client import AsyncJumpCloud, Attachment, JumpCloud, JumpCloudError, NotSent, Response, SystemContext

FOLDER = pathlib.Path(__file__).parents[2] / "tests" / "vectors"
FILES = sorted(FOLDER.glob("*.json"))
ALL = [(path.stem, vector) for path in FILES for vector in json.loads(path.read_text("utf-8"))]
# Each header goes out as a line of its own here.
VECTORS = [(file, vector) for file, vector in ALL if not vector.get("joinsHeaders")]
NAMES = [f"{file}: {vector['name']}" for file, vector in VECTORS]
DEFAULT_NOW = 1_767_225_600_000
KEYS = {"name", "now", "client", "joinsHeaders", "operation", "playbook", "parameters", "options", "exchange", "outcome", "calls"}


def test_there_are_vectors_and_each_has_its_name():
    assert len(VECTORS) > 600
    assert len(set(NAMES)) == len(NAMES)
    for name, (_, vector) in zip(NAMES, VECTORS, strict=True):
        assert set(vector) <= KEYS, name


class NoAnswer(Exception):
    """What a script's `noAnswer` is to the client: an error of the transport like any other."""


class Script:
    """What must happen, in order; the client's clock, sleep, signer and transport follow it."""

    def __init__(self, client, now):
        self.now = now * 1_000_000
        program = client.get("userAgent")
        self.agent = r"jumpcloud-client/\d+\.\d+\.\d+ \(Python\)" + re.escape(f" {program}" if program else "")
        self.credential = None
        if not {"serviceAccount", "systemContext", "credentials"} & set(client):
            self.credential = client.get("apiKey", "test-key")
        self.entries = []
        self.attachments = []

    def clock(self):
        return self.now

    def next(self, key, what):
        assert self.entries, f"the script is over, but the client wants {what}"
        assert key in self.entries[0], f"expected {self.entries[0]}, but the client wants {what}"
        return self.entries.pop(0)

    def sleep(self, seconds):
        milliseconds = math.floor(seconds * 1000 + 1e-6)
        entry = self.next("wait", f"to wait {milliseconds} ms")
        assert entry["wait"] == milliseconds
        self.now += math.ceil(seconds * 1_000_000_000)

    def sign(self, data):
        entry = self.next("sign", f"{data!r} signed")
        assert entry["sign"] == data.decode()
        if "failure" in entry:
            raise RuntimeError(entry["failure"])
        return base64.b64decode(entry["signature"])

    def credentials(self):
        identify = self.next("identify", "to know who calls")["identify"]
        if identify is False:
            raise RuntimeError("no vault")
        names = {"apiKey": "api_key", "serviceAccount": "service_account", "expiresIn": "expires_in"}
        known = {names[name]: value for name, value in identify.items()}
        if "service_account" in known:
            known["service_account"] = tuple(known["service_account"].values())
        if "expires_in" in known:
            known["expires_in"] /= 1000
        return known

    def send(self, request):
        entry = self.answering(request)
        if "failure" in entry:
            ((kind, why),) = entry["failure"].items()
            raise {"notSent": NotSent, "noAnswer": NoAnswer}[kind](why)
        return response(entry["response"])

    def answering(self, request):
        """The entry for a request: the first, or with several in flight any of those that stand together."""
        sent = self.described(request)
        together = []
        for entry in self.entries:
            if "request" not in entry:
                break
            together.append(entry)
        assert together, f"the client sends {sent}, but the script goes on with {self.entries[:1]}"
        if self.concurrency == 1:
            del together[1:]
        expected = [self.expected(entry["request"]) for entry in together]
        assert sent in expected, f"expected the request\n  {expected[0]}\nbut it is\n  {sent}"
        entry = together[expected.index(sent)]
        self.entries.remove(entry)
        return entry

    def described(self, request):
        assert "user-agent" in {name for name, _ in request.headers}
        headers = {}
        for name, value in request.headers:
            assert name == name.lower()
            if name == "user-agent" and re.fullmatch(self.agent, value):
                continue
            known = headers.get(name)
            headers[name] = value if known is None else [*([known] if isinstance(known, str) else known), value]
        body = request.body
        if body is not None and not isinstance(body, bytes):
            whole = body.read()
            assert len(whole) == len(body)
            body = whole.replace(self.attachments[0].content, b"{attachment}", 1)
        return {"method": request.method, "url": request.url, "headers": headers, "body": body}

    def expected(self, request):
        headers = request.get("headers")
        if headers is None:
            headers = {"accept": "application/json"}
            if self.credential is not None:
                headers["x-api-key"] = self.credential
            if "body" in request:
                headers["content-type"] = "application/json"
        body = request.get("body")
        body = body.encode() if body is not None else None
        if "bodyBase64" in request:
            body = base64.b64decode(request["bodyBase64"])
        return {"method": request.get("method", "GET"), "url": request["url"], "headers": headers, "body": body}


class AtOnce:
    """In place of the client's threads, which begin when they please: each request is answered when it is handed over."""

    def submit(self, run, *arguments):
        run(False, *arguments)
        return Future()

    def close(self):
        """There are no threads."""


class AsyncScript:
    """The same for a client that awaits its transport and its sleep."""

    def __init__(self, script):
        self.script = script

    async def send(self, request):
        await anyio.lowlevel.checkpoint()
        return self.script.send(request)

    async def sleep(self, seconds):
        await anyio.lowlevel.checkpoint()
        self.script.sleep(seconds)


def response(described):
    headers = dict(described.get("headers", {}))
    if "json" in described:
        body = json.dumps(described["json"], ensure_ascii=False, separators=(",", ":")).encode()
        if "content-type" not in {name.lower() for name in headers}:
            headers["content-type"] = "application/json; charset=utf-8"
    elif "bodyBase64" in described:
        body = base64.b64decode(described["bodyBase64"])
    else:
        body = described.get("body", "").encode()
    return Response(described.get("status", 200), headers, body)


def client_of(kind, described, script, **seams):
    settings = {"region": described.get("region"), "org_id": described.get("organization")}
    settings["base_url"] = described.get("baseUrl")
    settings["user_agent"] = described.get("userAgent")
    if "serviceAccount" in described:
        account = described["serviceAccount"]
        settings["service_account"] = account["id"], account["secret"]
    elif "credentials" in described:
        settings["credentials"] = script.credentials
    elif "systemContext" in described:
        settings["system_context"] = SystemContext(described["systemContext"]["systemId"], sign=script.sign)
    else:
        settings["api_key"] = described.get("apiKey", "test-key")
    return kind(**settings, clock=script.clock, **seams)


#: The options whose names are others in Python; errors name them so.
OPTIONS = {
    "longestWait": "longest_wait",
    "maxBody": "max_body",
    "organizations": "org_id",
    "pageSize": "page_size",
    "maxPages": "max_pages",
    "from": "from_position",
}


def options_of(described):
    known = dict(described)
    wants_list = known.pop("list", False)
    options = {OPTIONS.get(name, name): value for name, value in known.items()}
    for name in {"deadline", "longest_wait", "lag", "overlap"} & set(options):
        options[name] /= 1000
    options.setdefault("concurrency", 1)
    options.setdefault("seed", 0)
    return wants_list, options


def with_content(value, attachments):
    """The parameters, with content behind what stands for an attachment."""
    if isinstance(value, dict):
        if list(value) == ["attachment"] and isinstance(value["attachment"].get("length"), int):
            facts = value["attachment"]
            content = (b"\x00content\xff" * (facts["length"] // 9 + 1))[: facts["length"]]
            attachment = Attachment(content, facts.get("fileName"), facts.get("mediaType", "application/octet-stream"))
            attachments.append(attachment)
            return attachment
        return {key: with_content(inner, attachments) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_content(inner, attachments) for inner in value]
    return value


def begun(script, call):
    """Gets the script ready for a call; gives what to call it with."""
    script.entries = list(call.get("exchange", []))
    wants_list, options = options_of(call.get("options", {}))
    script.concurrency = options["concurrency"]
    script.attachments.clear()
    parameters = with_content(call.get("parameters", {}), script.attachments)
    return wants_list, options, parameters


def replayed(jc, script, call):
    wants_list, options, parameters = begun(script, call)
    pages = []
    try:
        if "playbook" in call:
            return {"result": jc.playbook(call["playbook"], options=options, **parameters)}, pages
        if not wants_list:
            return decoded(jc.send(call["operation"], options=options, **parameters)), pages
        items = jc.list(call["operation"], options=options, **parameters)
        for page in items.pages():
            pages.append(page)
        return {"total": items.total, "position": items.position}, pages
    except JumpCloudError as error:
        return error, pages


async def replayed_async(jc, script, call):
    wants_list, options, parameters = begun(script, call)
    pages = []
    try:
        if "playbook" in call:
            return {"result": await jc.playbook(call["playbook"], options=options, **parameters)}, pages
        if not wants_list:
            return decoded(await jc.send(call["operation"], options=options, **parameters)), pages
        items = jc.list(call["operation"], options=options, **parameters)
        async for page in items.pages():
            pages.append(page)
        return {"total": items.total, "position": items.position}, pages
    except JumpCloudError as error:
        return error, pages


def decoded(reply):
    """The reply, decoded now: its value is read when it is asked for."""
    reply.value  # noqa: B018
    return reply


def calls_of(vector):
    return vector.get("calls", [vector])


def compare(call, ended, pages, script):
    assert not script.entries, f"it ended ({ended!r}), but the script goes on with {script.entries[0]}"
    expected = dict(call["outcome"])
    items = [item for page in pages for item in page]
    if isinstance(ended, JumpCloudError):
        assert "error" in expected, f"expected {expected}, but it failed: {ended}"
        came = facts_of(ended)
        wanted = dict(expected["error"])
        said = wanted.pop("says", [])
        theirs = {ours: name for name, ours in OPTIONS.items()}.get(ended.parameter)
        if theirs is not None and theirs in call.get("options", {}):
            came["parameter"] = theirs
            came["message"] = came["message"].replace(f"{ended.parameter}:", f"{theirs}:", 1)
        for text in [said] if isinstance(said, str) else said:
            assert text in came["message"]
        assert {name: came[name] for name in wanted} == wanted
        assert type(ended) is not JumpCloudError
        came = {"error": expected["error"], "items": items}
    elif isinstance(ended, dict) and "result" in ended:
        came = ended
    elif isinstance(ended, dict):
        came = {"items": items, "total": ended["total"], "pages": len(pages), "position": ended["position"]}
    else:
        expected.setdefault("status", 200)
        came = {"status": ended.status, "mediaType": ended.media_type}
        if ended.value is None and not ended.body.strip():
            came["empty"] = True
        elif isinstance(ended.value, str | bytes) and ended.body[:1] != b'"':
            came["base64"] = base64.b64encode(ended.body).decode()
            came["text"] = ended.body.decode("utf-8", "replace")
            whole = ended.value.encode() if isinstance(ended.value, str) else ended.value
            assert whole == ended.body
        else:
            came["json"] = ended.value
    assert {name: came.get(name) for name in expected} == expected
    assert {"error", "items", "json", "text", "base64", "empty", "result"} & set(expected) & set(came)


def facts_of(error):
    return {
        "kind": error.kind,
        "message": error.message,
        "operation": error.operation,
        "parameter": error.parameter,
        "status": error.status,
        "code": error.code,
        "details": error.details,
        "requestId": error.request_id,
        "retryAfter": None if error.retry_after is None else round(error.retry_after * 1000),
        "tries": error.tries,
        "isRetryable": error.is_retryable,
        "body": error.body.decode("utf-8", "replace"),
    }


@pytest.mark.parametrize(("file", "vector"), VECTORS, ids=NAMES)
def test_sync(file, vector):
    described = vector.get("client", {})
    script = Script(described, vector.get("now", DEFAULT_NOW))
    with client_of(JumpCloud, described, script, transport=script, sleep=script.sleep) as jc:
        jc.threads = AtOnce
        for call in calls_of(vector):
            compare(call, *replayed(jc, script, call), script)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize(("file", "vector"), VECTORS, ids=NAMES)
def test_async(file, vector, backend):
    described = vector.get("client", {})
    script = Script(described, vector.get("now", DEFAULT_NOW))
    seams = AsyncScript(script)

    async def replay():
        async with client_of(AsyncJumpCloud, described, script, transport=seams, sleep=seams.sleep) as jc:
            for call in calls_of(vector):
                compare(call, *await replayed_async(jc, script, call), script)

    anyio.run(replay, backend=backend)


def test_the_package_says_what_it_gives():
    assert all(hasattr(package, name) for name in package.__all__)
