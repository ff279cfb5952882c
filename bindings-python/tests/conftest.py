"""A fake JumpCloud to test against: the one that `JUMPCLOUD_FAKE` names, or that of this checkout."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from pathlib import Path

import pytest

from jumpcloud_client import JumpCloud

ROOT = Path(__file__).resolve().parents[2]


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
