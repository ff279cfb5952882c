"""Everything ends: a server may send a byte at a time, for ever, or a bomb. Over sockets, with threads and tasks."""

import gzip
import subprocess
import sys
import time
import zlib

import anyio
import httpx2
import pytest

from jumpcloud_client import AsyncJumpCloud, InvalidRequestError, JumpCloud, Response, TooLarge, TransportError

KINDS = ["sync", "asyncio", "trio"]
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


def slowly(content):
    def habit(server, send):
        for byte in content:
            if server.closed.wait(0.1):
                return
            send(bytes([byte]))
        server.silence()

    return habit


def flood(piece, pause=0.0):
    def habit(server, send):
        while not server.closed.wait(pause):
            send(piece)

    return habit


def after(head, habit):
    def both(server, send):
        send(head)
        habit(server, send)

    return both


# What holds a request up, whatever each single read may take.
SLOW = {
    "silence": lambda server, send: server.silence(),
    "a byte at a time": slowly(HEAD + b"content-length: 900\r\n\r\n" + b" " * 900),
    "a body byte by byte": after(HEAD + b"content-length: 900\r\n\r\n", slowly(b" " * 900)),
    "chunks byte by byte": after(HEAD + b"transfer-encoding: chunked\r\n\r\n", slowly(b"1\r\n \r\n" * 200)),
    "a chunk's size that goes on": after(HEAD + b"transfer-encoding: chunked\r\n\r\n1;", slowly(b"x" * 900)),
    "100 Continue": flood(b"HTTP/1.1 100 Continue\r\n\r\n", 0.05),
    "a flood of 100 Continue": flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "gzip of nothing": after(
        HEAD + b"content-encoding: gzip\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", flood(b"\x00\x00\x00\xff\xff", 0.02)
    ),
}


def bomb(encoding):
    packed = gzip.compress(bytes(64 << 20)) if encoding == "gzip" else zlib.compress(bytes(64 << 20))
    return HEAD + f"content-encoding: {encoding}\r\ncontent-length: {len(packed)}\r\n\r\n".encode() + packed


# What is larger than anybody wants.
LARGE = {
    "endless": after(HEAD + b"\r\n", flood(b" " * 65536)),
    "endless chunks": after(HEAD + b"transfer-encoding: chunked\r\n\r\n", flood((b"40\r\n" + b" " * 64 + b"\r\n") * 500)),
    "a large length": after(HEAD + b"content-length: 99999999999\r\n\r\n", flood(b" " * 65536)),
    "a gzip bomb": lambda server, send: send(bomb("gzip")),
    "a deflate bomb": lambda server, send: send(bomb("deflate")),
    "a refusal": after(b"HTTP/1.1 400 Bad\r\n\r\n", flood(b" " * 65536)),
}


def with_habit(serve, habit):
    server = serve(lambda path, send: habit(server, send))
    return server


def failed(kind, url, given=None, options=None, post=False, **settings):
    """What comes of a call and of a list, each with its time."""
    name = "v1.systemUsers.create" if post else "v1.systemUsers.get"
    parameters = {"body": {"username": "u", "email": "e"}} if post else {"id": "x"}
    found = []

    def note(begun, error):
        found.append((error, time.monotonic() - begun))

    if kind == "sync":
        with JumpCloud("key", base_url=url, transport=given and httpx2.Client(), **settings) as jc:
            calls = [lambda: jc.call(name, options=options, **parameters), lambda: jc.v1.system_users.list(options=options).all()]
            for call in calls:
                begun = time.monotonic()
                with pytest.raises(TransportError) as caught:
                    call()
                note(begun, caught.value)
        return found

    async def main():
        async with AsyncJumpCloud("key", base_url=url, transport=given and httpx2.AsyncClient(), **settings) as jc:
            calls = [lambda: jc.call(name, options=options, **parameters), lambda: jc.v1.system_users.list(options=options).all()]
            for call in calls:
                begun = time.monotonic()
                with pytest.raises(TransportError) as caught:
                    await call()
                note(begun, caught.value)

    anyio.run(main, backend=kind)
    return found


@pytest.mark.parametrize("habit", SLOW)
@pytest.mark.parametrize("kind", KINDS)
def test_a_timeout_bounds_a_try_as_a_whole(serve, kind, habit):
    server = with_habit(serve, SLOW[habit])
    for error, took in failed(kind, server.url, timeout=0.5, attempts=1):
        assert "not whole after 0.5 s" in str(error) and error.tries == 1, error
        assert 0.4 < took < 3
    # A call has its own, and each try its whole time.
    for error, took in failed(kind, server.url, timeout=30, options={"timeout": 0.3, "attempts": 2}):
        assert error.tries == 2 and 0.6 < took < 4, (error, took)


@pytest.mark.parametrize("habit", ["a body byte by byte", "100 Continue"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_client_that_was_given_is_bounded_too(serve, kind, habit):
    server = with_habit(serve, SLOW[habit])
    for error, took in failed(kind, server.url, given=True, timeout=0.5, attempts=1):
        assert "not whole after 0.5 s" in str(error) and 0.4 < took < 3


@pytest.mark.parametrize("habit", SLOW)
@pytest.mark.parametrize("kind", KINDS)
def test_a_deadline_bounds_a_call_as_a_whole(serve, kind, habit):
    server = with_habit(serve, SLOW[habit])
    for error, took in failed(kind, server.url, deadline=0.7):
        assert "the deadline of 700 ms" in str(error) and 0.5 < took < 3


@pytest.mark.parametrize("habit", LARGE)
@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_ends_where_its_limit_is(serve, kind, habit):
    server = with_habit(serve, LARGE[habit])
    for error, took in failed(kind, server.url, max_body=200_000):
        # It would be as large the next time.
        assert error.tries == 1 and "200000" in str(error) and took < 3, (error, took)
    asked = len(server.asked)
    assert asked == 2
    ((error, _), _) = failed(kind, server.url, post=True, options={"max_body": 200_000})
    assert error.tries == 1 and "may have been done" in str(error)


@pytest.mark.parametrize("habit", ["endless chunks", "a gzip bomb"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_wanted_takes_no_memory(serve, kind, habit):
    server = with_habit(serve, LARGE[habit])
    program = f"""
import resource, anyio
from jumpcloud_client import AsyncJumpCloud, JumpCloud, TransportError
if {kind!r} == "sync":
    import httpx2
    jc = JumpCloud("key", base_url={server.url!r}, max_body=4_000_000)
    run = lambda: jc.v1.system_users.get(id="x")
else:
    async def call():
        async with AsyncJumpCloud("key", base_url={server.url!r}, max_body=4_000_000) as jc:
            await jc.v1.system_users.get(id="x")
    run = lambda: anyio.run(call, backend={kind!r})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    run()
except TransportError:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    # In KiB, the modules and certificates that the first request reads among them.
    assert int(shown.stdout) < 60_000, shown


def test_what_is_no_time_or_size_is_refused_at_once():
    for wrong in (0, -1, float("nan"), float("inf"), "x", "1", [1], True):
        with pytest.raises(InvalidRequestError, match="timeout: expected seconds, more than 0") as caught:
            JumpCloud("key", timeout=wrong)
        assert caught.value.parameter == "timeout"
        with JumpCloud("key", base_url="http://127.0.0.1:1") as jc, pytest.raises(InvalidRequestError, match="timeout: expected"):
            jc.v1.system_users.get(id="x", options={"timeout": wrong})
    for wrong in (0, -1, 1.5, "x", True):
        with JumpCloud("key", base_url="http://127.0.0.1:1") as jc, pytest.raises(InvalidRequestError) as caught:
            jc.v1.system_users.get(id="x", options={"max_body": wrong})
        assert caught.value.parameter == "max_body" and "max_body: expected" in str(caught.value)


def test_a_transport_of_ones_own_says_that_it_is_too_large():
    class Counting:
        def send(self, request):
            assert request.max_body == 10
            raise TooLarge

    class Careless:
        def send(self, request):
            return Response(200, {"content-type": "application/json"}, b'{"username": "ada"}')

    for transport in (Counting(), Careless()):
        with pytest.raises(TransportError, match="10 bytes") as caught:
            JumpCloud("key", transport=transport, max_body=10).v1.system_users.get(id="x")
        assert caught.value.tries == 1


def test_the_wrong_kind_of_client_is_said_at_once():
    for kind, given in ((JumpCloud, httpx2.AsyncClient()), (AsyncJumpCloud, httpx2.Client()), (JumpCloud, 5), (JumpCloud, httpx2.Client)):
        with pytest.raises(InvalidRequestError, match="transport: expected an httpx2"):
            kind("key", transport=given)
