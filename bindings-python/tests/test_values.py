"""Nothing changes its meaning by where it stands: credentials, parameters and options, and what mistakes with them say."""

import datetime
import decimal
import enum
import importlib
import io
import json
import pathlib
import traceback
import uuid

import anyio
import pytest

from jumpcloud_client import (
    AsyncJumpCloud,
    Attachment,
    AuthenticationError,
    F,
    InvalidRequestError,
    JumpCloud,
    Response,
)


def optional(name):
    """A package that only the tests of types and examples bring; where it is not there, the other values are tested."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


class Secret:
    """As pydantic's `SecretStr`."""

    def __init__(self, value):
        self._value = value

    def get_secret_value(self):
        return self._value


# ── credentials


@pytest.mark.parametrize("kind", [JumpCloud, AsyncJumpCloud])
def test_a_credential_is_text_or_has_it(kind):
    for key in ("key-1", Secret("key-1")):
        assert dict(kind(key).prepare("v1.systems.list").headers)["x-api-key"] == "key-1"
    assert kind(service_account=(Secret("id"), Secret("s"))) and kind(service_account=["id", "s"])
    wrong = [b"hidden-key", bytearray(b"hidden-key"), {"hidden-key": 1}, 5, ["hidden-key"], Secret(b"hidden-key"), pathlib.Path("hidden-key"), object()]
    for key in wrong:
        for settings in ({"api_key": key}, {"service_account": ("id", key)}, {"service_account": (key, "secret")}):
            (name,) = settings
            with pytest.raises(InvalidRequestError, match=f"{name}: expected a string or an object") as caught:
                kind(**settings)
            assert caught.value.parameter == name
            frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
            assert "hidden-key" not in "".join(line for line in frames if "test_values" not in line)
    for account in ("ab", {"id": "a", "secret": "b"}, ("id",), ("id", "s", "s"), 5, b"ab"):
        with pytest.raises(InvalidRequestError, match=r"service_account: expected \(id, secret\)"):
            kind(service_account=account)


def test_a_function_gives_such_a_credential_too():
    class Mock:
        def send(self, request):
            sent.append(dict(request.headers)["x-api-key"])
            return Response(200, {"content-type": "application/json"}, b"{}")

    sent = []
    JumpCloud(credentials=lambda: {"api_key": Secret("key-2")}, transport=Mock()).v1.systems.get(id="x")
    assert sent == ["key-2"]
    for wrong in ({"api_key": b"k"}, {"service_account": "ab"}, {"service_account": ("id", b"s")}):
        with pytest.raises(AuthenticationError) as caught:
            JumpCloud(credentials=lambda wrong=wrong: wrong, transport=Mock()).v1.systems.get(id="x")
        assert isinstance(caught.value.__cause__, InvalidRequestError)


# ── parameters


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Mixed(str, enum.Enum):
    A = "a"


def test_values_of_python_say_what_they_mean():
    zone = datetime.timezone(datetime.timedelta(hours=2))
    expected = {
        "enum": (Color.RED, "red"),
        "int enum": (Level.HIGH, 3),
        "text enum": (Mixed.A, "a"),
        "uuid": (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        "whole decimal": (decimal.Decimal("5"), 5),
        "large decimal": (decimal.Decimal("123456789012345678901234567890"), 123456789012345678901234567890),
        "decimal": (decimal.Decimal("1.25"), 1.25),
        "a tenth": (decimal.Decimal("0.1"), 0.1),
        "aware": (datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=zone), "2026-01-02T01:04:05Z"),
        "date": (datetime.date(2026, 1, 2), "2026-01-02"),
    }
    numpy = optional("numpy")
    if numpy is not None:
        expected |= {
            "int64": (numpy.int64(5), 5),
            "uint8": (numpy.uint8(5), 5),
            "float32": (numpy.float32(1.5), 1.5),
            "float64": (numpy.float64(1.5), 1.5),
            "bool": (numpy.bool_(True), True),
            "str": (numpy.str_("a"), "a"),
            "array": (numpy.array([1, 2]), [1, 2]),
        }
    sent = json.loads(JumpCloud("k").prepare("v1.systemUsers.create", body=made({name: one for name, (one, _) in expected.items()})).body)
    for name, (_, wanted) in expected.items():
        assert sent[name] == wanted and type(sent[name]) is type(wanted), name
    if numpy is not None:
        assert "limit=7" in JumpCloud("k").prepare("v1.systemUsers.list", limit=numpy.int64(7)).url
        JumpCloud("k").v1.system_users.list(options={"limit": numpy.int64(7), "timeout": numpy.float32(1.5)})


def made(values):
    return {"username": "u", "email": "e", **values}


def refused():
    naive = datetime.datetime(2026, 1, 2, 3, 4, 5)
    yield naive, "has no time zone: give it one"
    yield decimal.Decimal("NaN"), "is no number"
    yield decimal.Decimal("Infinity"), "is no number"
    yield decimal.Decimal("0.12345678901234567890123"), "more digits"
    yield object(), "object is no JSON"
    yield datetime.timedelta(1), "timedelta is no JSON"
    yield complex(1, 2), "complex is no JSON"
    numpy = optional("numpy")
    if numpy is not None:
        yield numpy.datetime64("2026-01-01"), "has no time zone"
        yield numpy.datetime64("2026-01-01T00:00:00.000000001"), "has no time zone"
        yield numpy.datetime64("NaT"), "has no time zone"
        yield numpy.timedelta64(1, "D"), "no unit"
        yield numpy.float64("nan"), "not JSON compliant"
        yield numpy.float32("nan"), "not JSON compliant"
        yield numpy.complex128(1), "is no JSON"
    pandas = optional("pandas")
    if pandas is not None:
        yield pandas.NaT, "NaT is no time: leave it out"
        yield pandas.Timestamp("2026-01-01"), "has no time zone"
        yield pandas.NA, "is no JSON"


def test_what_has_no_one_meaning_is_refused_with_what_to_write():
    for value, says in refused():
        for body in (made({"x": value}), made({"x": [{"y": value}]})):
            with pytest.raises(InvalidRequestError, match="^v1.systemUsers.create: body: ") as caught:
                JumpCloud("k").prepare("v1.systemUsers.create", body=body)
            assert says in str(caught.value) and caught.value.parameter == "body"
    with pytest.raises(InvalidRequestError, match="has no time zone"):
        JumpCloud("k").prepare("v1.systemUsers.list", filter=F.created > datetime.datetime(2026, 1, 2))


FILES = [b"bytes", bytearray(b"bytes"), memoryview(b"bytes"), pathlib.Path(__file__), Attachment(b"bytes")]


@pytest.mark.parametrize("file", [*FILES, "open"], ids=lambda file: type(file).__name__)
def test_a_file_stands_only_where_files_go(file):
    jc = JumpCloud("k", base_url="http://127.0.0.1:1", attempts=1)
    file = io.BytesIO(b"open") if file == "open" else file
    for path, body in {
        "body.x": made({"x": file}),
        "body.attributes[0].value": made({"attributes": [{"name": "n", "value": file}]}),
        "body.username": {"username": file, "email": "e"},
    }.items():
        for call in (jc.prepare, jc.send, jc.call):
            with pytest.raises(InvalidRequestError, match="is no JSON: give text") as caught:
                call("v1.systemUsers.create", body=body)
            assert str(caught.value).startswith(f"v1.systemUsers.create: {path}: ") and caught.value.parameter == "body"
    for name, parameters in {"v1.systemUsers.list": {"filter": file}, "v1.systemUsers.get": {"id": file}}.items():
        with pytest.raises(InvalidRequestError):
            jc.prepare(name, **parameters)
    with pytest.raises(InvalidRequestError):
        jc.playbooks.users.find(user=file)
    # Where one goes, two are one too many, wherever the other one stands.
    upload = jc.prepare("v2.applications.logo.upload", application_id="a", body={"image": file})
    assert upload.body is not None
    with pytest.raises(InvalidRequestError):
        jc.prepare("v2.applications.logo.upload", application_id="a", body={"image": file, "more": {"x": b"y"}})

    async def asynchronous():
        async with AsyncJumpCloud("k") as jc:
            with pytest.raises(InvalidRequestError, match="is no JSON"):
                await jc.v1.system_users.create(body=made({"x": file}))

    anyio.run(asynchronous)


# ── mistakes speak Python

CAMEL = ("apiKey", "serviceAccount", "systemContext", "baseUrl", "allowHttp", "userAgent", "requestsIn", "requestsPer", "longestWait", "maxBody", "pageSize", "maxPages", "organizations")


def test_mistakes_of_settings_speak_python(monkeypatch):
    for settings, says in [
        ({"service_account": ("i", "s"), "api_key": "k"}, "expected one of api_key, service_account"),
        ({"base_url": "http://mars.example"}, "allow_http=True"),
        ({"base_url": "ftp://x"}, "base_url"),
        ({"base_url": b"https://x"}, "base_url: expected a string, got bytes"),
        ({"base_urls": {"oauth": "ftp://x"}}, "base_url"),
        ({"base_urls": {"outh": "https://x"}}, "oauth"),
        ({"allow_http": "yes"}, "allow_http: expected true or false"),
        ({"requests_in_flight": 0}, "requests_in_flight: expected 1 or more"),
        ({"requests_in_flight": "x"}, "requests_in_flight: expected a whole number"),
        ({"requests_per_second": -1}, "requests_per_second: expected a whole number"),
        ({"requests_per_second": float("nan")}, "requests_per_second"),
        ({"user_agent": 5}, "user_agent: expected a string, got int"),
        ({"user_agent": ""}, "user_agent"),
        ({"org_id": 5}, "org_id: expected a string, got int"),
        ({"region": "mars"}, "us, eu or in"),
        ({"region": 5}, "region: expected a string, got int"),
    ]:
        with pytest.raises(InvalidRequestError) as caught:
            JumpCloud(**{"api_key": "k", **settings})
        said = str(caught.value)
        assert says in said and not any(name in said for name in CAMEL), said
        assert not any(name in str(caught.value.parameter) for name in CAMEL)


def test_mistakes_of_options_speak_python():
    jc = JumpCloud("k", base_url="http://127.0.0.1:1")
    for options, says in [
        ({"longest_wait": "x"}, "longest_wait: expected seconds"),
        ({"longest_wait": -1}, "longest_wait: expected"),
        ({"longestWait": 1}, 'there is no option "longestWait"; did you mean "longest_wait"'),
        ({"page_sze": 1}, 'did you mean "page_size"'),
        ({"pageSize": 1}, 'did you mean "page_size"'),
        ({"xyzzy": 1}, "there are timeout, attempts"),
        ({"page_size": 0}, "page_size: expected 1 or more"),
        ({"page_size": "x"}, "page_size: expected a whole number"),
        ({"max_pages": 0}, "max_pages: expected 1 or more"),
        ({"max_body": 0}, "max_body: expected 1 or more"),
        ({"from_position": 5}, "from_position: expected a position"),
        ({"org_id": 5}, "org_id: expected a string"),
        ({"org_id": b"x"}, "org_id: cannot be written"),
        ({"headers": {"a": 1}}, "headers: expected"),
        ({"strict": 1}, "strict: expected true or false"),
    ]:
        with pytest.raises(InvalidRequestError) as caught:
            jc.v1.system_users.list(options=options).all()
        said = str(caught.value)
        mine = [name for name in CAMEL if name in said and name not in options]
        assert says in said and mine == [], said
        (given,) = options
        assert caught.value.parameter == given
