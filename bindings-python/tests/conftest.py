"""A fake JumpCloud to test against: the one that `JUMPCLOUD_FAKE` names, or that of this checkout."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from jumpcloud_client import JumpCloud

ROOT = Path(__file__).resolve().parents[2]

# Where the tests run in a shell's background, SIGINT is ignored, and by every program that they start: those of Ctrl-C are of
# programs that people start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Fake:
    """A running `jumpcloud-fake`: its address, its credentials, and what it was sent."""

    def __init__(self, *options):
        program = os.environ.get("JUMPCLOUD_FAKE") or built()
        self.process = subprocess.Popen([program, "--port", "0", *options], stdout=subprocess.PIPE, text=True)
        # It prints its address when it can be called.
        for line in self.process.stdout:
            if line.startswith("URL"):
                self.url = line.split()[1]
                break
        else:
            raise RuntimeError(f"{program} said no address")
        for name, value in self.ask("GET", "/__fake/access").items():
            setattr(self, name, value)

    def ask(self, method, path, body=None):
        """What only a fake answers: `/__fake/…`."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def requests(self):
        """What it was sent."""
        return self.ask("GET", "/__fake/requests")

    def forget(self):
        """Forgets what it was sent."""
        self.ask("DELETE", "/__fake/requests")

    def misbehave(self, **quirks):
        """From now on it does that, and nothing else that is bad."""
        self.ask("PUT", "/__fake/quirks", quirks)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def built():
    """The fake of this checkout, built."""
    command = ["cargo", "build", "--quiet", "--package", "jumpcloud-fake"]
    subprocess.run(command, cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "debug" / "jumpcloud-fake"


@pytest.fixture(scope="session")
def fakes():
    """Starts fakes, and ends them when the tests are over."""
    started = []

    def start(*options):
        started.append(Fake(*options))
        return started[-1]

    yield start
    for fake in started:
        fake.close()


@pytest.fixture(scope="session")
def fake(fakes):
    """A fake for tests that only read."""
    return fakes("--users", "250", "--seed", "7")


@pytest.fixture
def jc(fake):
    with JumpCloud(fake.api_key, base_url=fake.url) as client:
        yield client


@pytest.fixture
def changeable(fakes):
    fake = fakes("--users", "120", "--seed", "5", "--work", "20")
    fake.jc = JumpCloud(fake.api_key, base_url=fake.url)
    return fake


class Server:
    """A server with habits: `answer(path, send)` does what it wants with the connection, and silence is one of them.

    `asked` has the paths that came, `closed` is set when the test is over.
    """

    def __init__(self, answer):
        self._answer = answer
        self.asked = []
        self.closed = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as reader:
            try:
                while line := reader.readline():
                    length = 0
                    while (header := reader.readline().strip().lower()) != b"":
                        if header.startswith(b"content-length:"):
                            length = int(header.split(b":")[1])
                    reader.read(length)
                    self.asked.append(line.split()[1].decode())
                    self._answer(self.asked[-1], connection.sendall)
            except OSError:
                # The client has left.
                pass

    def silence(self):
        """Says nothing until the test is over."""
        self.closed.wait(30)
        raise ConnectionError

    def until_asked(self, times):
        """Waits until so many requests have come."""
        end = time.monotonic() + 20
        while len(self.asked) < times:
            assert time.monotonic() < end, self.asked
            time.sleep(0.01)

    def close(self):
        self.closed.set()
        self._listening.close()


def json_answer(value, status="200 OK", headers=""):
    """An answer's bytes."""
    body = json.dumps(value).encode()
    return f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {len(body)}\r\n\r\n".encode() + body


@pytest.fixture
def serve():
    """Starts servers with habits, and ends them with the test."""
    servers = []

    def start(answer):
        servers.append(Server(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def silent(serve):
    """A server that answers the first page of four, and the token, and is silent then."""

    def answer(path, send):
        query = dict(part.split("=", 1) for part in path.partition("?")[2].split("&") if "=" in part)
        if "systemusers?" in path and query.get("skip", "0") == "0":
            items = [{"_id": f"{item:024x}", "username": f"u{item}"} for item in range(100)]
            return send(json_answer({"totalCount": 400, "results": items}))
        return server.silence()

    server = serve(answer)
    return server
