"""The clients over real HTTP, against the fake."""

import copy
import inspect
import json
import os
import pathlib
import pickle
import pprint
import socket
import subprocess
import sys
import threading
import traceback

import anyio
import pytest

from jumpcloud_client import (
    AsyncJumpCloud,
    Attachment,
    AuthenticationError,
    Content,
    DecodeError,
    F,
    InvalidRequestError,
    JumpCloud,
    JumpCloudError,
    NotFoundError,
    Record,
    Records,
    Response,
    SystemContext,
    TransportError,
    _core,
)
from jumpcloud_client.operations import snake_case

BACKENDS = ["asyncio", "trio"]



# ── names


def test_every_operation_can_be_reached_by_its_attributes():
    jc = JumpCloud("key")
    for name, *_ in _core.operations():
        group = jc
        for part in name.split("."):
            assert snake_case(part) in dir(group)
            group = getattr(group, snake_case(part))
        assert group.name == name
        assert name in group.__doc__
        parameters = inspect.signature(group).parameters
        assert [*parameters][-1] == "options"
        described = group.describe()["parameters"]["properties"]
        # A parameter that were called `options` could not be given.
        assert {snake_case(parameter) for parameter in described} == set(parameters) - {"options"}
        assert len(parameters) == len(described) + 1


def test_every_playbook_can_be_reached_by_its_attributes():
    jc = JumpCloud("key")
    for playbook in _core.playbooks():
        area, name = map(snake_case, playbook["name"].split("."))
        found = getattr(getattr(jc.playbooks, area), name)
        assert playbook["description"] in found.__doc__
        assert set(inspect.signature(found).parameters) >= {snake_case(taken) for taken in playbook["parameters"]["properties"]}


def test_a_wrong_name_is_answered_with_the_nearest():
    jc = JumpCloud("key")
    with pytest.raises(AttributeError, match="did you mean 'system_users'"):
        jc.v1.system_user  # noqa: B018
    with pytest.raises(AttributeError, match="did you mean 'insights'"):
        jc.insight  # noqa: B018
    with pytest.raises(InvalidRequestError, match=r'did you mean "v1.systemUsers.list"'):
        jc.call("v1.systemUser.list")
    assert not hasattr(jc, "__wrapped__")


def test_help_shows_what_an_operation_takes():
    import pydoc

    text = pydoc.render_doc(JumpCloud("key").v2.user_groups.members.change)
    assert "POST /api/v2/usergroups/{group_id}/members" in text
    assert "group_id: str, required, Id of the user group." in text
    assert sentence("v2.userGroups.members.change") in text
    v1 = JumpCloud("key").v1
    assert "What the body leaves out is reset." in v1.commands.replace.__doc__
    assert "may be reset" in v1.radius_servers.update.__doc__ and "reset" not in v1.system_users.update.__doc__


def sentence(name):
    """What `core/api/names.tsv` says that the operation does."""
    lines = (pathlib.Path(__file__).parents[2] / "core/api/names.tsv").read_text("utf-8").splitlines()
    return next(line.split("\t")[3] for line in lines if line.startswith(f"{name}\t"))


def test_the_catalogue(jc):
    found = jc.operations("user_groups members")
    assert "v2.userGroups.members.list" in [operation.name for operation in found]
    assert len(jc.operations()) == len(_core.operations())
    assert jc.describe("UserGroups_listAll").name == "v2.userGroups.list"
    assert jc.scopes(["v2.userGroups.list"]) == ["groups.readonly"]
    reply = jc.send("v1.systemUsers.list", limit=1)
    assert not [drift for drift in jc.drift("v1.systemUsers.list", reply.status, reply.body) if drift.wrong]
    (drift,) = jc.drift("v1.systemUsers.list", 200, {"totalCount": "many", "results": []})
    assert drift.wrong and drift.path.endswith("totalCount")


# ── filters


def test_filters_are_expressions_or_text(jc):
    def found(condition):
        return {user.id for user in jc.v1.system_users.list(filter=condition)}

    everyone = {user.id: user for user in jc.v1.system_users.list()}
    engineering = {key for key, user in everyone.items() if user.department == "Engineering"}
    assert engineering
    assert found(F.department == "Engineering") == engineering == found("department:$eq:Engineering")
    suspended = {key for key, user in everyone.items() if user.state == "SUSPENDED"}
    assert found((F.department == "Engineering") & (F.state != "SUSPENDED")) == engineering - suspended


def test_a_filter_is_no_truth_value():
    with pytest.raises(TypeError, match="join filters with"):
        F.a == 1 and F.b == 2  # noqa: B015
    with pytest.raises(TypeError, match="is a field"):
        bool(F.a)
    with pytest.raises(TypeError, match="joined with a filter"):
        (F.a == 1) & 3
    assert str(JumpCloud("k").prepare("v2.userGroups.list", filter=F["name"].is_in(["a", "b"])))


# ── results


def test_a_record_is_a_dict_with_attributes(jc):
    user = jc.v1.system_users.list().all(limit=1)[0]
    assert isinstance(user, dict) and type(user) is Record
    assert user.email == user["email"]
    assert type(user.mfa) is Record and user.mfa.configured is user["mfa"]["configured"]
    assert "email" in dir(user) and "mfa" in dir(user)
    assert json.loads(json.dumps(user)) == user
    for copied in (copy.copy(user), copy.deepcopy(user), pickle.loads(pickle.dumps(user)), user.copy()):
        assert copied == user and type(copied) is Record
    assert pprint.pformat(user) == pprint.pformat(dict(user))
    match user:
        case {"email": email}:
            assert email == user.email
    with pytest.raises(AttributeError, match="no 'emial'"):
        user.emial  # noqa: B018
    user.note = "new"
    assert user["note"] == "new"
    del user.note
    assert "note" not in user
    odd = Record(items=3, get=4)
    assert callable(odd.items) and odd["items"] == 3
    with pytest.raises(AttributeError, match="method of every record"):
        odd.items = 5


def test_records_show_as_a_table(jc):
    users = jc.v1.system_users.list().all(limit=3)
    table = users._repr_html_()
    assert table.count("<tr>") == 4 and "<th>email</th>" in table
    assert Records([Record(a="<script>")])._repr_html_().count("&lt;script&gt;") == 1
    assert type(users[:2]) is Records
    assert "<th>email</th>" in users[0]._repr_html_()


def test_what_json_can_say_is_read():
    text = r'{"a":[1,-2,1.5,1e400,123456789012345678901234567890,true,false,null,"","é\u00e9\ud83d\ude00\n"],"":{},"a\"b":[[]]}'
    read = _core.decode(text.replace("1e400", "1e30").encode())
    assert read == json.loads(text.replace("1e400", "1e30"))
    assert type(read[""]) is Record
    repeated = ",".join('{"k":"v","n":{"k":"%d"},"x":"v"}' % number for number in range(50))
    assert _core.decode(f" [ {repeated} ] \n".encode()) == json.loads(f"[{repeated}]")
    assert _core.decode(b'[{"a":1,"b":2},{"b":3},{"a":4,"c":5,"a":6},{}]') == [{"a": 1, "b": 2}, {"b": 3}, {"a": 6, "c": 5}, {}]
    for wrong in ["", "{", "[1", "[1,]", '{"a"}', '{"a":}', '{"a":1,}', "nul", "01", "1 2", '"\\ud800"', '"\x01"', "[" * 300 + "]" * 300, "{1:2}"]:
        with pytest.raises(ValueError):
            _core.decode(wrong.encode())


def test_replies_of_all_kinds(changeable, tmp_path):
    jc = changeable.jc
    application = jc.v1.applications.list().all(limit=1)[0]
    logo = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
    path = tmp_path / "logo.png"
    path.write_bytes(logo)
    with path.open("rb") as file:
        for given in (logo, path, file, Attachment(logo, "logo.png", "image/png")):
            jc.v2.applications.logo.upload(application_id=application.id, body={"image": given})
    uploads = [sent for sent in changeable.requests() if sent["operation"] == "v2.applications.logo.upload"]
    assert len(uploads) == 4
    reply = jc.send("v1.systemUsers.get", id=jc.v1.system_users.list().all(limit=1)[0].id)
    assert reply.status == 200 and reply.media_type == "application/json" and reply.request_id
    assert reply.value is reply.value and reply.body.startswith(b"{")
    assert "password" not in repr(reply) and "@" not in repr(reply)
    content = pickle.loads(pickle.dumps(Content(b"abc", "image/png")))
    assert content == b"abc" and content.media_type == "image/png"


def test_values_of_python_are_written_as_json():
    import datetime
    import uuid

    jc = JumpCloud("key")
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    body = {"a": moment, "b": moment.date(), "c": uuid.UUID(int=5), "d": {"x"}, "e": ("y",), "f": Record(z=1)}
    sent = json.loads(jc.prepare("v1.systemUsers.create", body={"username": "u", "email": "e", **body}).body)
    assert sent["a"] == "2026-01-02T03:04:05Z" and sent["b"] == "2026-01-02"
    assert sent["c"].endswith("0005") and sent["d"] == ["x"] and sent["e"] == ["y"] and sent["f"] == {"z": 1}
    ahead = datetime.timezone(datetime.timedelta(hours=2))
    request = jc.prepare("v1.systemUsers.list", filter=F.created > moment.replace(tzinfo=ahead))
    assert request.url.endswith("created:$gt:2026-01-02T01:04:05Z")
    with pytest.raises(InvalidRequestError, match="has no time zone"):
        jc.prepare("v1.systemUsers.list", filter=F.created > moment.replace(tzinfo=None))
    assert jc.prepare("v2.userGroups.list", filter=F.name.matches("a*")).url.endswith("filter=name:eq:a%2A")
    for wrong in (object(), float("nan"), "\ud800", {1: object()}):
        with pytest.raises(InvalidRequestError, match="^v1.systemUsers.create: body: ") as caught:
            jc.prepare("v1.systemUsers.create", body={"x": wrong})
        assert caught.value.parameter == "body"


# ── errors and secrets


def test_errors_say_what_happened(jc):
    with pytest.raises(NotFoundError) as caught:
        jc.v1.system_users.get(id="0" * 24)
    error = caught.value
    assert (error.kind, error.status, error.operation) == ("not_found", 404, "v1.systemUsers.get")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is NotFoundError and vars(again) == vars(error) and str(again) == str(error)
    with pytest.raises(AuthenticationError):
        JumpCloud("wrong", base_url=jc_url(jc)).v1.system_users.list().all()


UNREADABLE = {
    "a misspelt word": ("v1.system_users.list", b'{"totalCount":1,"results":[{"username":tru}]}'),
    "a comma too many": ("v2.user_groups.list", b'[{"a":1,}]'),
    "a comma too few": ("v2.user_groups.list", b'[{"a":1 "b":2}]'),
    "no colon": ("v2.user_groups.list", b'[{"id":"1"},{"id" "2"}]'),
    "a bare key": ("v1.systems.list", b'{"totalCount":2,"results":[{"_id":"1"},{_id:"2"}]}'),
    "an odd number": ("v1.systems.list", b'{"totalCount":1,"results":[{"a":01}]}'),
    "brackets that cross": ("v2.user_groups.list", b'[{"a":[1}]]'),
    "in one record": ("v1.system_users.get", b'{"username":"ada","state":nul}'),
}


@pytest.mark.parametrize(("name", "body"), UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("backend", ["sync", *BACKENDS])
def test_an_answer_that_is_no_json_inside_is_a_decode_error(name, body, backend):
    parameters = {"id": "5f1b"} if name.endswith(".get") else {}

    class Mock:
        def send(self, request):
            return Response(200, {"content-type": "application/json", "x-request-id": "r-1"}, body)

    class AsyncMock:
        async def send(self, request):
            return Mock().send(request)

    def sync():
        called = JumpCloud("key", transport=Mock()).call(name, **parameters)
        return called.all() if name.endswith(".list") else called

    async def awaited():
        called = AsyncJumpCloud("key", transport=AsyncMock()).call(name, **parameters)
        return await (called.all() if name.endswith(".list") else called)

    with pytest.raises(DecodeError) as caught:
        sync() if backend == "sync" else anyio.run(awaited, backend=backend)
    error = caught.value
    assert (error.operation, error.status, error.request_id) == (_core.find(name)[0], 200, "r-1")
    assert error.body == body
    assert ("x-request-id", "r-1") in error.headers and "does not decode" in str(error)
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)
    # Where it is, and nothing of what stands there.
    assert "ada" not in str(error) and "tru" not in str(error)


def jc_url(jc):
    return json.loads(str.__str__(jc._settings))["baseUrl"]


def test_no_connection_is_a_transport_error_with_its_cause():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    waits = []
    with JumpCloud("very-secret-key", base_url=url, sleep=waits.append, clock=lambda: len(waits) * 10**11) as jc:
        with pytest.raises(TransportError) as caught:
            # A POST is tried again too: it surely did not arrive.
            jc.v1.system_users.unlock(id="5f1b")
    assert len(waits) == 3
    assert type(caught.value.__cause__).__name__ == "ConnectError"


def test_no_secret_is_shown(monkeypatch):
    secret = "very-secret-key"

    class Broken:
        def send(self, request):
            held = dict(request.headers)
            raise OSError(f"lost after {len(held)} headers")

    def shown(make):
        try:
            made = make()
        except Exception as error:
            lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
            # The lines of this very file have it in plain sight.
            return "".join(line for line in lines if "test_http" not in line)
        return repr(made) + str(made) + repr(getattr(made, '__dict__', None))

    monkeypatch.setenv("JUMPCLOUD_API_KEY", secret)
    for make in (
        lambda: JumpCloud(api_key=secret),
        lambda: JumpCloud(),
        lambda: JumpCloud(service_account=("id", secret)),
        lambda: JumpCloud(api_key=secret, region="mars"),
        lambda: JumpCloud(api_key=secret, service_account=("id", secret)),
        lambda: JumpCloud(service_account=("id", secret, secret)),
        lambda: JumpCloud(api_key=secret, transport=Broken(), attempts=1).v1.system_users.get(id="x"),
        lambda: JumpCloud(api_key=secret, transport=Broken()).prepare("v1.systemUsers.get", id="x").__repr__,
        lambda: SystemContext("5f0c1e2d3b4a59687766554a", secret.encode()),
    ):
        assert secret not in shown(make)
    assert secret not in repr(JumpCloud(secret).prepare("v1.systemUsers.list"))


def test_a_mistake_in_a_transport_is_not_a_lost_answer():
    class Mistaken:
        def send(self, request):
            return request.no_such_thing

    with pytest.raises(AttributeError, match="no_such_thing"):
        JumpCloud("key", transport=Mistaken()).v1.system_users.get(id="x")


def test_credentials_are_needed_and_only_one(monkeypatch):
    for name in ("JUMPCLOUD_API_KEY", "JUMPCLOUD_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InvalidRequestError, match="there is no credential"):
        JumpCloud()
    with pytest.raises(InvalidRequestError, match="expected one of"):
        JumpCloud("key", service_account=("id", "secret"))
    monkeypatch.setenv("JUMPCLOUD_CLIENT_ID", "id")
    monkeypatch.setenv("JUMPCLOUD_CLIENT_SECRET", "secret")
    monkeypatch.setenv("JUMPCLOUD_REGION", "eu")
    request = JumpCloud().prepare("v1.systemUsers.list")
    assert request.url.startswith("https://console.eu.jumpcloud.com/")


def test_other_credentials(fake, tmp_path):
    with JumpCloud(service_account=(fake.client_id, fake.client_secret), base_url=fake.url) as jc:
        assert jc.v1.system_users.list().all(limit=2)
    for name in ("client.key", "jcagent.conf"):
        text = urlopen(f"{fake.url}/__fake/systems/{fake.system_id}/{name}")
        (tmp_path / name).write_bytes(text)
    context = SystemContext.from_agent(tmp_path / "jcagent.conf", tmp_path / "client.key")
    assert context.system_id == fake.system_id
    for identity in (context, pickle.loads(pickle.dumps(context))):
        with JumpCloud(system_context=identity, base_url=fake.url) as jc:
            assert jc.v1.systems.get(id=fake.system_id).id == fake.system_id
            with pytest.raises(InvalidRequestError, match="System Context may not call this"):
                jc.v1.system_users.list()


def urlopen(url):
    import urllib.request

    with urllib.request.urlopen(url) as answer:
        return answer.read()


# ── threads, processes, transports


def test_threads_share_a_client(jc):
    found = []
    run = lambda: found.append(len(jc.v1.system_users.list(options={"page_size": 20}).all()))  # noqa: E731
    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1


def test_pickling_keeps_a_client(jc, fake):
    again = pickle.loads(pickle.dumps(jc))
    assert again.v1.system_users.list().all(limit=3) == jc.v1.system_users.list().all(limit=3)
    with JumpCloud(fake.api_key, base_url=fake.url, attempts=7, timeout=3.5) as settled:
        assert pickle.loads(pickle.dumps(settled))._options == settled._options


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_child_makes_its_own_connections(jc):
    jc.v1.system_users.list().all()
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if len(jc.v1.system_users.list(options={"page_size": 20}).all()) > 100 else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
    assert jc.v1.system_users.list().all(limit=1)


def test_a_closed_client_opens_again(jc):
    jc.v1.system_users.list().all()
    jc.close()
    jc.close()
    assert jc.v1.system_users.list().all(limit=1)


def test_a_client_of_httpx2_is_used_as_it_is(fake):
    import httpx2

    seen = []
    with httpx2.Client(event_hooks={"request": [lambda request: seen.append(request)]}) as given:
        with JumpCloud(fake.api_key, base_url=fake.url, transport=given) as jc:
            jc.v1.system_users.list().all(limit=1)
        assert not given.is_closed
    assert len(seen) == 1


def test_redirects_are_not_followed(fake):
    sent = []

    class Elsewhere:
        def send(self, request):
            sent.append(request.url)
            return Response(302, {"location": "https://elsewhere.example/"})

    with pytest.raises(TransportError, match="redirect"):
        JumpCloud("key", transport=Elsewhere()).v1.system_users.get(id="x")
    assert len(sent) == 1


def test_options_reach_the_request(fake):
    requests = []

    class Watching:
        def send(self, request):
            requests.append(request)
            return Response(200, {}, b"{}")

    jc = JumpCloud("key", transport=Watching(), timeout=4, org_id="org")
    jc.v1.system_users.get(id="x")
    jc.v1.system_users.get(id="x", options={"timeout": 9, "org_id": "other", "headers": {"X-Note": "n"}})
    assert [request.timeout for request in requests] == [4, 9]
    assert dict(requests[0].headers)["x-org-id"] == "org"
    assert {"x-org-id": "other", "x-note": "n"}.items() <= dict(requests[1].headers).items()
    with pytest.raises(InvalidRequestError, match='there is no option "atempts"; did you mean "attempts"'):
        jc.v1.system_users.get(id="x", options={"atempts": 1})


def test_the_import_is_light():
    program = (
        "import sys; from jumpcloud_client import JumpCloud; JumpCloud('k').prepare('v1.systemUsers.list'); "
        "print([name for name in ('httpx2', 'anyio', 'asyncio', 'typing', 'inspect', 'logging', 'ssl') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_interrupting_ends_a_list(jc):
    class Interrupting:
        def send(self, request):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        JumpCloud("key", transport=Interrupting()).v1.system_users.list().all()


def test_all_errors_have_one_base():
    import jumpcloud_client

    named = [getattr(jumpcloud_client, name) for name in jumpcloud_client.__all__ if name.endswith("Error")]
    assert len(named) == 13 and all(issubclass(error, JumpCloudError) for error in named)
    assert len({error.kind for error in named}) == 13


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_several_organizations_go_out_as_a_header_line_each(fakes, kind):
    fake = fakes("--users", "30", "--multi-tenant")
    both = fake.organizations[:2]
    body = {"service": ["all"], "start_time": "2000-01-01T00:00:00Z"}

    async def count_async(org_id):
        async with AsyncJumpCloud(fake.api_key, base_url=fake.url) as jc:
            return await jc.insights.events.count(body=body, options={"org_id": org_id})

    def count(org_id):
        if kind == "async":
            return anyio.run(count_async, org_id)["count"]
        with JumpCloud(fake.api_key, base_url=fake.url) as jc:
            return jc.insights.events.count(body=body, options={"org_id": org_id})["count"]

    each = [count(org_id) for org_id in both]
    fake.forget()
    assert count(both) == sum(each) > max(each)
    (request,) = fake.requests()
    assert [value for name, value in request["headers"] if name == "x-org-id"] == both
