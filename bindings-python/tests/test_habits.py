"""What every language makes of a server with bad habits, over real sockets (`tests/habits.json` of the repository)."""

import json
import pathlib
import time

import anyio
import pytest

from jumpcloud_client import AsyncJumpCloud, JumpCloud, JumpCloudError

FILE = pathlib.Path(__file__).parents[2] / "tests" / "habits.json"
CASES = json.loads(FILE.read_text("utf-8"))


@pytest.fixture(scope="module")
def fake(fakes):
    return fakes("--users", "200", "--systems", "200")


def options_of(given):
    """What Python calls the options; times are seconds."""
    known = {"deadline": ("deadline", 1000), "maxBody": ("max_body", 1)}
    options = {}
    for name, value in given.items():
        name, divisor = known.get(name, (name, 1))
        options[name] = value / divisor if divisor > 1 else value
    return options


def run(jc, case):
    given = {"options": options_of(case["options"]), **case.get("parameters", {})}
    return jc.list(case["operation"], **given).all() if case.get("list") else jc.send(case["operation"], **given)


async def run_async(settings, case):
    async with AsyncJumpCloud(**settings) as jc:
        await run(jc, case)


@pytest.mark.parametrize("backend", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_of_a_server_with_bad_habits(case, backend, fake):
    fake.ask("POST", "/__fake/reset")
    fake.misbehave(**case["habits"])
    fake.forget()
    settings = {"api_key": fake.api_key, "base_url": fake.url}
    begun = time.monotonic()
    with pytest.raises(JumpCloudError) as caught:
        if backend == "sync":
            with JumpCloud(**settings) as jc:
                run(jc, case)
        else:
            anyio.run(run_async, settings, case, backend=backend)
    assert time.monotonic() - begun < 15
    error, expected = caught.value, case["error"]
    assert (error.kind, error.tries, len(fake.requests())) == (expected["kind"], expected["tries"], case["requests"]), error
    for words in expected.get("says", []):
        assert words in str(error)
    if "isRetryable" in expected:
        assert error.is_retryable == expected["isRetryable"]
