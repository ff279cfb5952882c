"""The package's figures, each beside a peer's from the same run, against a fake: the one that `JUMPCLOUD_FAKE` names."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time

import httpx2
import orjson

from jumpcloud_client import AsyncJumpCloud, JumpCloud, _core

USERS = int(os.environ.get("BENCH_USERS", "100000"))


def fake(*options):
    process = subprocess.Popen(
        [os.environ.get("JUMPCLOUD_FAKE", "jumpcloud-fake"), "--port", "0", *options], stdout=subprocess.PIPE, text=True
    )
    url = next(line.split()[1] for line in process.stdout if line.startswith("URL"))
    return process, url, httpx2.get(url + "/__fake/access").json()["api_key"]


def best(run, seconds=1.5):
    """The shortest of many runs: what else the machine does only makes them longer."""
    times, until = [], time.perf_counter() + seconds
    while time.perf_counter() < until:
        begun = time.perf_counter()
        run()
        times.append(time.perf_counter() - begun)
    return min(times)


def imports():
    print("\nimport, in a new interpreter (ms over the bare one)")
    programs = {
        "bare": "pass",
        "jumpcloud_client, first request built": "from jumpcloud_client import JumpCloud; "
        "JumpCloud(api_key='k').prepare('v1.systemUsers.list')",
        "httpx2 alone": "import httpx2",
        "httpx2, client made": "import httpx2; httpx2.Client()",
    }
    times = {name: [] for name in programs}
    for _ in range(20):
        for name, program in programs.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            times[name].append(time.perf_counter() - begun)
    bare = min(times.pop("bare"))
    for name, found in times.items():
        print(f"  {name:40} {(min(found) - bare) * 1000:6.1f}")


def decoding(url, key):
    print("\nbytes to objects (MB/s; 100 of each)")
    for name, path in (("users", "/api/systemusers"), ("systems", "/api/systems")):
        body = httpx2.get(f"{url}{path}?limit=100", headers={"x-api-key": key}).content
        runs = {
            "Records": lambda body=body: _core.decode(body),
            "orjson, dicts": lambda body=body: orjson.loads(body),
            "json, dicts": lambda body=body: json.loads(body),
        }
        speeds = {what: len(body) / best(run) / 1e6 for what, run in runs.items()}
        shown = ", ".join(f"{what} {speed:.0f}" for what, speed in speeds.items())
        print(f"  {name:10} {shown}; Records / orjson = {speeds['Records'] / speeds['orjson, dicts']:.2f}")


def overhead():
    print("\none call without a network (µs)")
    answer = b'{"_id":"5f1b2c3d4e5f60718293a4b5","username":"ada","email":"ada@example.com"}'

    def respond(request):
        return httpx2.Response(200, headers={"content-type": "application/json"}, content=answer)

    client = httpx2.Client(transport=httpx2.MockTransport(respond))
    jc = JumpCloud("key", transport=client)
    get = jc.v1.system_users.get
    headers = {"x-api-key": "key", "accept": "application/json"}
    url = "https://console.jumpcloud.com/api/systemusers/5f1b2c3d4e5f60718293a4b5"
    bare, ours = [], []
    for _ in range(4000):
        begun = time.perf_counter()
        client.get(url, headers=headers).json()
        middle = time.perf_counter()
        get(id="5f1b2c3d4e5f60718293a4b5")
        bare.append(middle - begun)
        ours.append(time.perf_counter() - middle)
    for what, measure in (("shortest", min), ("median", statistics.median)):
        one, other = measure(ours) * 1e6, measure(bare) * 1e6
        print(f"  {what:10} httpx2 {other:.0f}, jumpcloud_client {one:.0f}: {one - other:.0f} more")


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def walking(url, key):
    print(f"\n{USERS} users, every answer after 20 ms (s; MB of memory in use after the first tenth, and at the end)")

    def serial():
        with httpx2.Client(headers={"x-api-key": key}) as client:
            skip = 0
            while page := client.get(f"{url}/api/systemusers?limit=100&sort=_id&skip={skip}").json()["results"]:
                yield from page
                skip += 100

    def ours():
        with JumpCloud(key, base_url=url) as jc:
            yield from jc.v1.system_users.list()

    async def asynchronous():
        async with AsyncJumpCloud(key, base_url=url) as jc:
            return await timed_async(jc.v1.system_users.list())

    def timed(users):
        begun, count, early = time.perf_counter(), 0, 0
        for _ in users:
            count += 1
            if count == USERS // 10:
                early = resident()
        return time.perf_counter() - begun, count, early, resident()

    async def timed_async(users):
        begun, count, early = time.perf_counter(), 0, 0
        async for _ in users:
            count += 1
            if count == USERS // 10:
                early = resident()
        return time.perf_counter() - begun, count, early, resident()

    one = timed(serial())
    for name, run in (
        ("httpx2, one after the other", lambda: one),
        ("jumpcloud_client, 4 in flight", lambda: timed(ours())),
        ("the same, asyncio", lambda: asyncio.run(asynchronous())),
    ):
        seconds, count, early, late = run()
        assert count >= USERS
        print(f"  {name:30} {seconds:6.1f}  {early:6.0f} {late:6.0f}   {one[0] / seconds:.1f} times")


def main():
    print(f"Python {sys.version.split()[0]}, httpx2 {httpx2.__version__}, orjson {orjson.__version__}")
    imports()
    process, url, key = fake("--users", "1000")
    try:
        decoding(url, key)
    finally:
        process.kill()
    overhead()
    process, url, key = fake("--users", str(USERS), "--latency", "20")
    try:
        walking(url, key)
    finally:
        process.kill()


if __name__ == "__main__":
    main()
