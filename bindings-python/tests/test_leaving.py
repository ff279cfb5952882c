"""Who leaves has left within a second, whatever is in flight: over sockets, in programs of their own, with a silent server."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest

from jumpcloud_client import AsyncJumpCloud, JumpCloud, TransportError

KINDS = ["sync", "asyncio", "trio"]
# What a program waits in, and how many requests have come by then.
WAITS = {
    "a call": ("{wait} jc.v1.system_users.get(id='5f1b')", 1),
    "a whole list": ("{wait} jc.v1.system_users.list().all()", 4),
    "a list's items": ("{each} item in jc.v1.system_users.list(): pass", 4),
    "a list's pages": ("{each} page in jc.v1.system_users.list().pages(): pass", 4),
    "a playbook": ("{wait} jc.playbooks.users.find(user='ada')", 1),
    "many at once": ("{many}", 8),
}
MANY = {
    "sync": "import threading\ndef one():\n    try: jc.v1.systems.get(id='x')\n    except Exception: pass\n"
    "for _ in range(7): threading.Thread(target=one, daemon=True).start()\njc.v1.systems.get(id='x')",
    "asyncio": "await gather(*[jc.v1.systems.get(id='x') for _ in range(8)])",
    "trio": "await gather(*[jc.v1.systems.get(id='x') for _ in range(8)])",
}
SYNC = """\
from jumpcloud_client import JumpCloud
with JumpCloud("key", base_url="{url}") as jc:
    {body}
"""
ASYNC = """\
import anyio
from jumpcloud_client import AsyncJumpCloud

async def gather(*waiting):
    async def one(it):
        await it
    async with anyio.create_task_group() as tasks:
        for it in waiting:
            tasks.start_soon(one, it)

async def main():
    async with AsyncJumpCloud("key", base_url="{url}") as jc:
        {body}

anyio.run(main, backend="{kind}")
"""


def program(kind, url, body):
    body = body.replace("{wait} ", "" if kind == "sync" else "await ").replace("{many}", MANY[kind])
    body = body.replace("{each}", "for" if kind == "sync" else "async for")
    indented = body.replace("\n", "\n    " if kind == "sync" else "\n        ")
    text = (SYNC if kind == "sync" else ASYNC).replace("{url}", url).replace("{kind}", kind).replace("{body}", indented)
    return subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def left(running, within=1.0):
    """What a program has said when it has ended, which it does in time."""
    begun = time.monotonic()
    try:
        said = running.communicate(timeout=15)
    finally:
        running.kill()
    took = time.monotonic() - begun
    assert took < within or took < within + program_that_does_nothing(), (took, said)
    return said


def program_that_does_nothing():
    """How long one takes here and now, where the machine is so busy that it takes long."""
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", "import httpx2, anyio"], check=True)
    return time.monotonic() - begun


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("kind", KINDS)
def test_ctrl_c_ends_a_program(silent, kind, wait):
    body, requests = WAITS[wait]
    running = program(kind, silent.url, body)
    silent.until_asked(requests)
    time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _, said = left(running)
    assert running.returncode == -signal.SIGINT or running.returncode == 1
    # The one that was asked for, and no other. (trio puts those of a nursery into a group, and draws a frame around it.)
    assert said.rstrip(" \n|+-").endswith("KeyboardInterrupt"), said
    assert "threading" not in said and "Exception ignored" not in said and "never retrieved" not in said


@pytest.mark.parametrize("kind", KINDS)
def test_ctrl_c_ends_a_wait_for_another_try(serve, kind):
    server = serve(lambda path, send: send(b"HTTP/1.1 503 Busy\r\nretry-after: 20\r\ncontent-length: 0\r\n\r\n"))
    running = program(kind, server.url, WAITS["a call"][0])
    server.until_asked(1)
    time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _, said = left(running)
    assert said.rstrip().endswith("KeyboardInterrupt"), said


# The first hundred items are there, and three requests are in flight.
ENDS = {
    "break": ("{each} item in jc.v1.system_users.list():\n    if item.username == 'u99': break\nprint('left', flush=True)", 0),
    "an exception": (
        "{each} item in jc.v1.system_users.list():\n    if item.username == 'u99': print('left', flush=True); raise SystemExit(3)",
        3,
    ),
    "the end of the program": (
        "items = {iter}(jc.v1.system_users.list())\n{wait} {next}(items)\nglobals()['kept'] = items\nprint('left', flush=True)",
        0,
    ),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("kind", KINDS)
def test_leaving_a_loop_ends_a_program(silent, kind, end):
    body, code = ENDS[end]
    names = ("iter", "next") if kind == "sync" else ("aiter", "anext")
    running = program(kind, silent.url, body.replace("{iter}", names[0]).replace("{next}", names[1]))
    assert running.stdout.readline() == "left\n", running.stderr.read()
    _, said = left(running)
    assert (running.returncode, said) == (code, "")


def test_close_ends_what_threads_have_in_flight(silent):
    import threading

    jc = JumpCloud("key", base_url=silent.url)
    failed = []

    def work(call):
        try:
            call()
        except Exception as error:
            failed.append((type(error), str(error), time.monotonic()))

    calls = [lambda: jc.v1.systems.get(id="x"), jc.v1.system_users.list().all, lambda: jc.playbooks.users.find(user="ada")]
    threads = [threading.Thread(target=work, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    silent.until_asked(6)
    time.sleep(0.1)
    begun = time.monotonic()
    jc.close()
    for thread in threads:
        thread.join(10)
    assert len(failed) == 3
    for kind, said, at in failed:
        assert kind is TransportError and "the client was closed" in said and at - begun < 1, said


@pytest.mark.parametrize("backend", KINDS[1:])
def test_close_ends_what_tasks_have_in_flight(silent, backend):
    async def main():
        jc = AsyncJumpCloud("key", base_url=silent.url)
        items = aiter(jc.v1.system_users.list())
        for _ in range(100):
            await anext(items)
        failed = []

        async def rest():
            try:
                await anext(items)
            except TransportError as error:
                failed.append(str(error))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(rest)
            await anyio.to_thread.run_sync(silent.until_asked, 4)
            await anyio.sleep(0.1)
            begun = time.monotonic()
            await jc.aclose()
        assert time.monotonic() - begun < 1
        assert len(failed) == 1 and "the client was closed" in failed[0]

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", KINDS[1:])
def test_cancelling_ends_every_await(silent, backend):
    """Each in a scope of its own, and nothing stays in flight behind it."""

    async def main():
        async with AsyncJumpCloud("key", base_url=silent.url) as jc:
            items, pages = aiter(jc.v1.system_users.list()), jc.v1.system_users.list().pages()
            for _ in range(100):
                await anext(items)
            await anext(pages)
            for wait in (
                lambda: jc.v1.system_users.get(id="x"),
                lambda: jc.send("v1.systemUsers.get", id="x"),
                lambda: jc.v1.system_users.list().all(),
                lambda: jc.playbooks.users.find(user="ada"),
                lambda: anext(items),
                lambda: anext(pages),
                lambda: anext(items),
            ):
                begun = time.monotonic()
                with anyio.move_on_after(0.15) as scope:
                    await wait()
                assert scope.cancelled_caught and 0.1 < time.monotonic() - begun < 1

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("backend", KINDS[1:])
def test_an_anext_that_was_cancelled_leaves_its_iterator_usable(fakes, backend):
    fake = fakes("--users", "300", "--seed", "3", "--latency", "20")

    async def main():
        async with AsyncJumpCloud(fake.api_key, base_url=fake.url) as jc:
            fake.forget()
            items = aiter(jc.v1.system_users.list(options={"page_size": 30}))
            got, given_up = [], 0
            while True:
                with anyio.move_on_after(0.004) as scope:
                    try:
                        got.append((await anext(items)).id)
                    except StopAsyncIteration:
                        break
                given_up += scope.cancelled_caught
            assert given_up and len(got) == len(set(got)) == 300
            # What was in flight was not sent anew, but for the first page, which went out in the caller's own task.
            asked = [request["target"] for request in fake.requests()]
            later = [target for target in asked if "skip=0" not in target and "skip=" in target]
            assert len(later) == len(set(later))
            # That one goes on, too, once it was sent anew.
            assert len(asked) - len(later) <= 2, asked

    anyio.run(main, backend=backend)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_who_holds_goes_on_when_the_one_that_renews_is_cancelled(serve, kind):
    server = serve(lambda path, send: server.silence())

    async def main():
        settings = {"service_account": ("id", "s"), "base_url": server.url}
        async with AsyncJumpCloud(**settings) as jc, anyio.create_task_group() as tasks:

            async def call(scope):
                with scope:
                    await jc.v1.systems.get(id="x")
                assert scope.cancelled_caught

            async def asked(times):
                with anyio.fail_after(5):
                    while len(server.asked) < times:
                        await anyio.sleep(0.01)

            scopes = [anyio.CancelScope() for _ in range(3)]
            tasks.start_soon(call, scopes[0])
            await asked(1)
            for scope in scopes[1:]:
                tasks.start_soon(call, scope)
            await anyio.sleep(0.1)
            assert len(server.asked) == 1
            scopes[0].cancel()
            # Another one takes its place.
            await asked(2)
            for scope in scopes:
                scope.cancel()

    anyio.run(main, backend=kind)


def test_another_loop_goes_on_with_what_was_in_flight(fakes):
    fake = fakes("--users", "120", "--seed", "3", "--latency", "20")
    jc = AsyncJumpCloud(fake.api_key, base_url=fake.url)
    items = aiter(jc.v1.system_users.list(options={"page_size": 30}))

    async def some(count):
        got = []
        for _ in range(count):
            got.append((await anext(items)).id)  # noqa: PERF401
        return got

    got = anyio.run(some, 31, backend="asyncio") + anyio.run(some, 40, backend="trio") + anyio.run(some, 49, backend="asyncio")
    assert len(set(got)) == 120


# ── the command

PROGRAM = str(Path(sys.executable).parent / "jumpcloud")


def command(url, *words, **options):
    environment = {**os.environ, "JUMPCLOUD_API_KEY": "key", "JUMPCLOUD_BASE_URL": url}
    return subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, **options)


@pytest.mark.parametrize("words", [["v1.systems.get", "--id", "x"], ["v1.system-users.list"], ["users.find", "--user", "ada"]])
def test_ctrl_c_ends_the_command(silent, words):
    running = command(silent.url, *words)
    silent.until_asked(4 if "list" in words[0] else 1)
    time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _, said = left(running)
    assert (running.returncode, said) == (130, "jumpcloud: interrupted\n")


def test_the_command_ends_when_its_reader_does(silent):
    running = command(silent.url, "v1.system-users.list", "--format", "ndjson")
    silent.until_asked(4)
    assert running.stdout.readline()
    running.stdout.close()
    begun = time.monotonic()
    assert running.wait(15) == 141
    took = time.monotonic() - begun
    assert took < 1 or took < 1 + program_that_does_nothing()
    assert running.stderr.read() == ""
