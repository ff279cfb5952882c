"""Tokens and deadlines over real HTTP: what the calls of a client share, and that nothing waits for longer than it says."""

import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from jumpcloud_client import AsyncJumpCloud, AuthenticationError, InvalidRequestError, JumpCloud, JumpCloudError
from jumpcloud_client.transport import Response

BACKENDS = ["asyncio", "trio"]



def test_threads_share_one_token_renewal(fakes):
    fake = fakes("--users", "20", "--seed", "4")
    with JumpCloud(service_account=(fake.client_id, fake.client_secret), base_url=fake.url) as jc:
        threads = [threading.Thread(target=jc.v1.system_users.list().all) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(sent["operation"] == "oauth.tokens.create" for sent in fake.requests()) == 1


class Answers:
    """A server of our own: what `answer(path)` gives, a status and a body, or nothing at all. `asked` has the headers that came."""

    def __init__(self, answer):
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                asked.append(self.headers)
                self.rfile.read(int(self.headers.get("content-length", 0)))
                answered = answer(self.path)
                if answered is None:
                    released.wait(20)
                    self.close_connection = True
                    return
                status, body = answered
                body = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.asked = asked = []
        self._released = released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._released.set()
        self._server.shutdown()
        self._server.server_close()


def test_a_token_that_comes_while_its_list_is_paused_serves_the_calls_inside_the_loop():
    tokens = []

    def answer(path):
        if "token" in path:
            tokens.append(path)
            # The first lives for a moment only; the next one takes its time.
            time.sleep(0 if len(tokens) == 1 else 0.3)
            return 200, {"access_token": f"t{len(tokens)}", "expires_in": 1 if len(tokens) == 1 else 3600}
        if "systemusers/" in path:
            return 200, {"_id": "x"}
        skip = int(dict(part.split("=") for part in path.split("?")[1].split("&")).get("skip", 0))
        items = [{"_id": str(1000 + skip + at)} for at in range(min(100, 400 - skip))]
        return 200, {"totalCount": 400, "results": items}

    with Answers(answer) as server, JumpCloud(service_account=("id", "s"), base_url=server.url) as jc:
        begun, users = time.monotonic(), 0
        for user in jc.v1.system_users.list():
            if users == 0:
                # Half the life of the first token goes by.
                time.sleep(0.7)
            users += 1
            if users % 100 == 1:
                jc.v1.system_users.get(id=user._id)
        assert (users, len(tokens)) == (400, 2)
        assert time.monotonic() - begun < 8


@pytest.mark.parametrize("backend", ["sync", *BACKENDS])
def test_one_failure_of_a_renewal_is_everybodys(backend):
    tokens = []

    def answer(path):
        tokens.append(path)
        time.sleep(0.3)
        return 401, {}

    with Answers(answer) as server:
        settings = {"service_account": ("id", "s"), "base_url": server.url}
        failed = []
        if backend == "sync":
            with JumpCloud(**settings) as jc, ThreadPoolExecutor(20) as threads:
                for call in [threads.submit(jc.v1.system_users.get, id="x") for _ in range(20)]:
                    failed.append(type(call.exception()))
        else:

            async def run():
                async with AsyncJumpCloud(**settings) as jc, anyio.create_task_group() as tasks:

                    async def one():
                        try:
                            await jc.v1.system_users.get(id="x")
                        except JumpCloudError as error:
                            failed.append(type(error))

                    for _ in range(20):
                        tasks.start_soon(one)

            anyio.run(run, backend=backend)
        assert failed == [AuthenticationError] * 20
        assert len(tokens) == 1


@pytest.mark.parametrize("name", ["deadline", "longest_wait"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), "soon", -1, 1e300, [1]])
def test_what_is_no_time_is_refused_before_anything_is_sent(name, value):
    with JumpCloud("k", base_url="http://127.0.0.1:1", **{name: value}) as jc:
        with pytest.raises(InvalidRequestError, match=r"deadline|longest_?[wW]ait"):
            jc.v1.system_users.get(id="x")
        with pytest.raises(InvalidRequestError, match=r"deadline|longest_?[wW]ait"):
            jc.v1.system_users.list().all()


@pytest.mark.parametrize("backend", ["sync", *BACKENDS])
@pytest.mark.parametrize("answer", [lambda _: None, lambda _: (503, {})], ids=["silent", "busy"])
def test_a_deadline_ends_a_call_whatever_the_server_does(answer, backend):
    with Answers(answer) as server:
        for credential in ({"api_key": "k"}, {"service_account": ("id", "s")}):
            settings = {**credential, "base_url": server.url, "deadline": 0.7}
            if backend == "sync":
                jc = JumpCloud(**settings)
                calls = [lambda jc=jc: jc.v1.system_users.get(id="x"), jc.v1.system_users.list().all]
                calls.append(lambda jc=jc: jc.playbooks.users.find(user="ada"))
                for call in calls:
                    begun = time.monotonic()
                    with pytest.raises(JumpCloudError, match=r"the deadline of \d+ ms"):
                        call()
                    assert time.monotonic() - begun < 3
            else:

                async def run(settings=settings):
                    async with AsyncJumpCloud(**settings) as jc:
                        for call in (lambda: jc.v1.system_users.get(id="x"), jc.v1.system_users.list().all):
                            begun = time.monotonic()
                            with pytest.raises(JumpCloudError, match=r"the deadline of \d+ ms"):
                                await call()
                            assert time.monotonic() - begun < 3

                anyio.run(run, backend=backend)


@pytest.mark.parametrize("backend", ["sync", *BACKENDS])
@pytest.mark.parametrize("bounds", [{"requests_in_flight": 1}, {"requests_in_flight": 3}, {"requests_per_second": 15}])
def test_all_calls_of_a_client_keep_its_bounds_together(bounds, backend):
    lock, open_now, most, begun = threading.Lock(), 0, 0, []

    def answer(path):
        nonlocal open_now, most
        with lock:
            begun.append(time.monotonic())
            open_now += 1
            most = max(most, open_now)
        time.sleep(0.02)
        with lock:
            open_now -= 1
        if "token" in path:
            return 200, {"access_token": "t", "expires_in": 3600}
        if "limit" in path:
            skip = int(path.split("skip=")[1].split("&")[0]) if "skip=" in path else 0
            return 200, {"totalCount": 30, "results": [{"_id": f"{item:024}"} for item in range(skip, min(skip + 5, 30))]}
        return 200, {"_id": "x"}

    with Answers(answer) as server:
        settings = {"service_account": ("id", "s"), "base_url": server.url, **bounds}
        if backend == "sync":
            with JumpCloud(**settings) as jc, ThreadPoolExecutor(12) as pool:
                users = pool.submit(lambda: jc.v1.system_users.list(options={"page_size": 5}).all())
                calls = [pool.submit(jc.v1.system_users.get, id="x") for _ in range(12)]
                assert [call.result()["_id"] for call in calls] == ["x"] * 12
                assert len(users.result()) == 30
        else:

            async def run():
                async with AsyncJumpCloud(**settings) as jc, anyio.create_task_group() as tasks:
                    got = []

                    async def one():
                        got.append(await jc.v1.system_users.get(id="x"))

                    for _ in range(12):
                        tasks.start_soon(one)
                    users = await jc.v1.system_users.list(options={"page_size": 5}).all()
                    assert len(users) == 30
                assert len(got) == 12

            anyio.run(run, backend=backend)
    assert most <= bounds.get("requests_in_flight", 100)
    if per_second := bounds.get("requests_per_second"):
        begun.sort()
        # What is sent in time may arrive a little late.
        assert all(later - earlier > 0.8 for earlier, later in zip(begun, begun[per_second:]))


@pytest.mark.parametrize("backend", ["threads", *BACKENDS])
def test_what_calls_that_are_held_cost_grows_as_they_do(backend):
    looks = []

    def clock():
        looks.append(1)
        return time.time_ns(), time.monotonic_ns()

    class Transport:
        def send(self, request):
            return Response(200, {"content-type": "application/json"}, b'{"_id":"x"}')

        def close(self):
            pass

    class AsyncTransport:
        async def send(self, request):
            await anyio.sleep(0)
            return Transport().send(request)

        async def aclose(self):
            pass

    def cost(calls):
        looks.clear()
        settings = {"api_key": "k", "clock": clock, "requests_in_flight": 4}
        if backend == "threads":
            with JumpCloud(transport=Transport(), **settings) as jc, ThreadPoolExecutor(calls) as threads:
                for reply in [threads.submit(jc.v1.system_users.get, id="x") for _ in range(calls)]:
                    reply.result()
        else:

            async def main():
                async with AsyncJumpCloud(transport=AsyncTransport(), **settings) as jc:

                    async def get():
                        await jc.v1.system_users.get(id="x")

                    async with anyio.create_task_group() as tasks:
                        for _ in range(calls):
                            tasks.start_soon(get)

            anyio.run(main, backend=backend)
        return len(looks)

    # Two looks for each call and its answer, and as many as it is woken: not as many as there are calls.
    for calls in [50, 200]:
        assert cost(calls) <= 12 * calls


@pytest.mark.parametrize("backend", ["threads", *BACKENDS])
def test_a_function_says_who_calls(backend):
    right, asked = ["key-1"], []

    def answer(_):
        return (200 if server.asked[-1]["x-api-key"] == right[0] else 401), {"_id": "x"}

    def said():
        asked.append(1)
        time.sleep(0.03)
        return {"api_key": right[0], "expires_in": 60}

    class Sealed(Exception):
        pass

    def sealed():
        raise Sealed("the vault is sealed")

    def refused(error):
        assert isinstance(error.value.__cause__, Sealed) and error.value.status is None
        assert "sealed" not in str(error.value)

    def with_threads():
        with JumpCloud(credentials=said, base_url=server.url) as jc, ThreadPoolExecutor(8) as threads:
            for key in ["key-1", "key-2"]:
                right[0] = key
                for reply in [threads.submit(jc.v1.system_users.get, id="x") for _ in range(8)]:
                    reply.result()
        with JumpCloud(credentials=sealed, base_url=server.url) as jc, pytest.raises(AuthenticationError) as error:
            jc.v1.system_users.get(id="x")
        refused(error)

    async def awaited():
        await anyio.sleep(0)
        return said()

    async def never():
        await anyio.sleep(3600)

    async def with_tasks():
        async with AsyncJumpCloud(credentials=awaited, base_url=server.url) as jc:

            async def get():
                await jc.v1.system_users.get(id="x")

            for key in ["key-1", "key-2"]:
                right[0] = key
                async with anyio.create_task_group() as tasks:
                    for _ in range(8):
                        tasks.start_soon(get)
        async with AsyncJumpCloud(credentials=sealed, base_url=server.url) as jc:
            with pytest.raises(AuthenticationError) as error:
                await jc.v1.system_users.get(id="x")
            refused(error)
        async with AsyncJumpCloud(credentials=never, base_url=server.url, deadline=0.1) as jc:
            with pytest.raises(JumpCloudError) as error:
                await jc.v1.system_users.get(id="x")
            assert isinstance(error.value.__cause__, TimeoutError)
            with anyio.move_on_after(0.05) as left:
                await jc.v1.system_users.get(id="x", options={"deadline": 60})
            assert left.cancelled_caught

    with Answers(answer) as server:
        if backend == "threads":
            with_threads()
        else:
            anyio.run(with_tasks, backend=backend)
    assert len(asked) == 2
    for wrong in ["key", None, {}, {"api_key": "k", "service_account": ("a", "b")}, {"token": "k"}]:
        with JumpCloud(credentials=lambda wrong=wrong: wrong) as jc, pytest.raises(AuthenticationError) as error:
            jc.v1.system_users.get(id="x")
        assert isinstance(error.value.__cause__, InvalidRequestError)
    with pytest.raises(InvalidRequestError, match="expected a function"):
        JumpCloud(credentials={"api_key": "k"})


@pytest.mark.parametrize("backend", ["sync", "asyncio", "trio"])
def test_requests_say_who_sends_them(backend):
    with Answers(lambda _: (200, {})) as server:
        for program in [None, "offboarding/2.1"]:
            settings = {"api_key": "k", "base_url": server.url, "user_agent": program}
            if backend == "sync":
                with JumpCloud(**settings) as jc:
                    jc.v1.system_users.get(id="u1")
            else:

                async def call(settings=settings):
                    async with AsyncJumpCloud(**settings) as jc:
                        await jc.v1.system_users.get(id="u1")

                anyio.run(call, backend=backend)
            ours = r"jumpcloud-client/\d+\.\d+\.\d+ \(Python\)" + re.escape(f" {program}" if program else "")
            (said,) = server.asked[-1].get_all("user-agent")
            assert re.fullmatch(ours, said)
        for wrong in ["", "a\r\nx-evil: 1", "é", "a  b", "a" * 257]:
            with pytest.raises(InvalidRequestError) as error:
                JumpCloud(api_key="k", base_url=server.url, user_agent=wrong)
            assert error.value.parameter == "user_agent"
