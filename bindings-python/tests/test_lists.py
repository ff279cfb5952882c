"""Lists over real HTTP, against the fake: each item once, however the list is read."""

import asyncio
import datetime
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest

from jumpcloud_client import (
    AsyncJumpCloud,
    HttpxTransport,
    IncompleteError,
    InvalidRequestError,
    JumpCloud,
    Records,
    Response,
)

BACKENDS = ["asyncio", "trio"]



def many(fake, **settings):
    return AsyncJumpCloud(fake.api_key, base_url=fake.url, **settings)


def test_a_list_gives_everything_in_order_and_starts_again(jc):
    users = jc.v1.system_users.list(sort=["_id"])
    assert users.total is None
    ids = [user.id for user in users]
    assert ids == sorted(set(ids))
    assert users.total == len(ids)
    assert [user.id for page in users.pages() for user in page] == ids
    assert [user.id for user in users.all(limit=7)] == ids[:7]
    assert type(users.all(limit=1)) is Records


def test_nothing_is_sent_before_the_first_item_is_asked_for(fakes):
    fake = fakes("--users", "20", "--seed", "2")
    with JumpCloud(fake.api_key, base_url=fake.url) as jc:
        fake.forget()
        users = jc.v1.system_users.list()
        assert not fake.requests()
        next(iter(users))
        assert len(fake.requests()) == 1


def test_leaving_a_loop_early_ends_its_requests(fakes):
    fake = fakes("--users", "3000", "--seed", "2")
    with JumpCloud(fake.api_key, base_url=fake.url) as jc:
        fake.forget()
        for _ in jc.v1.system_users.list():
            break
        time.sleep(0.3)
        assert len(fake.requests()) <= 9


def lists_to_kill(jc):
    """Lists that are sorted by id, that are not, and of events; each takes options."""
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=6)
    body = {"service": ["all"], "start_time": f"{start:%Y-%m-%dT%H:%M:%SZ}"}
    return [
        lambda **options: jc.v1.system_users.list(options=options),
        lambda **options: jc.v2.user_groups.list(options=options),
        lambda **options: jc.insights.events.query(body=body, options=options),
    ]


def id_of(item):
    return item.get("_id") or item["id"]


def test_a_list_that_is_killed_goes_on_where_it_stood(fakes):
    fake = fakes("--users", "200", "--seed", "2")
    with JumpCloud(fake.api_key, base_url=fake.url) as jc:
        for begin in lists_to_kill(jc):
            whole = {id_of(item) for item in begin(lag=60)}
            met, position, after, killed = set(), None, 1, True
            while killed:
                killed, taken = False, 0
                items = begin(from_position=position, page_size=7, lag=60)
                assert items.position == position
                # In a page, at its end, and between them; by items and by pages.
                shares = ([item] for item in items) if after % 3 else items.pages()
                for share in shares:
                    for item in share:
                        assert id_of(item) not in met
                        met.add(id_of(item))
                    taken += len(share)
                    if taken >= after:
                        killed = True
                        break
                position, after = items.position, after * 2 + 1
            assert len(whole) > 10 and whole <= met
        with pytest.raises(InvalidRequestError, match="from_position: expected a position"):
            jc.v1.systems.list(options={"from_position": "page 7"})


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_async_list_that_is_killed_goes_on_where_it_stood(fake, backend):
    async def run():
        async with many(fake) as jc:
            for begin in lists_to_kill(jc):
                whole = {id_of(item) async for item in begin(lag=60)}
                met, position, after, killed = set(), None, 1, True
                while killed:
                    killed, taken = False, 0
                    items = begin(from_position=position, page_size=7, lag=60)
                    async for item in items:
                        assert id_of(item) not in met
                        met.add(id_of(item))
                        taken += 1
                        if taken == after:
                            killed = True
                            break
                    position, after = items.position, after * 2 + 1
                assert len(whole) > 10 and whole <= met

    anyio.run(run, backend=backend)


def test_threads_that_share_an_iterator_get_each_item_once(fakes):
    fake = fakes("--users", "1000", "--seed", "2", "--latency", "5")
    with JumpCloud(fake.api_key, base_url=fake.url) as jc:
        shared = iter(jc.v1.system_users.list(options={"page_size": 10}))
        got = in_threads(lambda: [user.id for user in shared])
        assert len(got) == len(set(got)) == 1000
        pages = jc.v1.system_users.list(options={"page_size": 10}).pages()
        got = in_threads(lambda: [user.id for page in pages for user in page])
        assert len(got) == len(set(got)) == 1000
        # A list is not an iterator: each loop over it is a walk of its own.
        users = jc.v1.system_users.list()
        assert len(in_threads(lambda: [user.id for user in users])) == 8 * 1000


def in_threads(work):
    """What eight threads come back with."""
    with ThreadPoolExecutor(8) as pool:
        begun = [pool.submit(work) for _ in range(8)]
        return [item for one in begun for item in one.result()]


@pytest.mark.parametrize("backend", BACKENDS)
def test_tasks_that_share_an_iterator_get_each_item_once_also_when_one_is_cancelled(fake, backend):
    async def run():
        async with many(fake) as jc:
            for share in ("items", "pages"):
                users = jc.v1.system_users.list(options={"page_size": 10})
                shared = aiter(users) if share == "items" else users.pages()
                got = []

                async def take(limit=None):
                    async for one in shared:
                        got.extend([one] if share == "items" else one)
                        await anyio.sleep(0)
                        if limit is not None and len(got) >= limit:
                            return

                async with anyio.create_task_group() as tasks:
                    for _ in range(7):
                        tasks.start_soon(take)
                    tasks.start_soon(take, 20)
                    while len(got) < 250:
                        # One more that gives up while it waits.
                        with anyio.move_on_after(0.002):
                            if (one := await anext(shared, None)) is not None:
                                got.extend([one] if share == "items" else one)
                        await anyio.sleep(0)
                ids = [user.id for user in got]
                assert len(ids) == len(set(ids)) == 250
                with pytest.raises(StopAsyncIteration):
                    await anext(shared)

    anyio.run(run, backend=backend)


@pytest.mark.parametrize("backend", ["sync", *BACKENDS])
def test_a_list_that_was_interrupted_goes_on(fake, backend):
    """Whoever asks again gets what was on its way."""

    class Interrupted(BaseException):
        pass

    class Now(HttpxTransport):
        left = 3

        def send(self, request):
            self.left -= 1
            if self.left in (0, 1):
                raise Interrupted
            return super().send(request)

    if backend == "sync":
        jc = JumpCloud(fake.api_key, base_url=fake.url)
        jc.transport = Now()
        users = iter(jc.v1.system_users.list(options={"page_size": 50, "concurrency": 1}))
        ids = set()
        interruptions = 0
        while True:
            try:
                ids.add(next(users).id)
            except Interrupted:
                interruptions += 1
            except StopIteration:
                break
        assert (len(ids), interruptions) == (250, 2)
        return

    async def run():
        async with many(fake) as jc:
            users = aiter(jc.v1.system_users.list(options={"page_size": 50}))
            ids = []
            given_up = 0
            while True:
                # Longer each time, so that it is cancelled wherever it can wait, and comes to its end.
                with anyio.move_on_after(0.0002 * 1.2**given_up) as scope:
                    try:
                        ids.append((await anext(users)).id)
                    except StopAsyncIteration:
                        break
                given_up += scope.cancelled_caught
            assert given_up > 3 and len(ids) == len(set(ids)) == 250

    anyio.run(run, backend=backend)


def test_limit_is_of_the_whole_and_page_size_of_a_page(fakes):
    fake = fakes("--users", "120", "--seed", "2")
    with JumpCloud(fake.api_key, base_url=fake.url) as jc:

        def sent(users):
            fake.forget()
            count = len(users.all())
            return count, [request["target"].partition("?")[2] for request in fake.requests()]

        for users in (
            jc.v1.system_users.list(limit=5),
            jc.v1.system_users.list(options={"limit": 5}),
            jc.v1.system_users.list(limit=5, options={"limit": 5}),
            jc.v1.system_users.search(body={"limit": 5}),
            jc.v2.system_groups.list(limit=1),
        ):
            count, requests = sent(users)
            assert (count, len(requests)) == (1 if "Groups" in users.operation else 5, 1), requests
        count, requests = sent(jc.v1.system_users.list(limit=90, options={"page_size": 40, "concurrency": 1}))
        assert count == 90 and all("limit=40" in request for request in requests) and len(requests) > 2
        assert [len(jc.v1.system_users.list(options={"limit": n}).all(limit=13 - n)) for n in (4, 9)] == [4, 4]
        # A single call is JumpCloud's: its limit is the page's.
        assert len(jc.send("v1.systemUsers.list", limit=5).value.results) == 5
        fake.forget()
        for wrong in (float("nan"), float("inf"), -1, 2.5, 1e300, 10**20, "5", True, [5]):
            for options in ({"limit": wrong}, {"page_size": wrong}):
                with pytest.raises(InvalidRequestError, match="limit|page_?[sS]ize"):
                    jc.v1.system_users.list(options=options).all()
            with pytest.raises(InvalidRequestError, match="limit"):
                jc.v1.system_users.list().all(limit=wrong)
            if wrong != "5":
                with pytest.raises(InvalidRequestError, match="limit"):
                    jc.v1.system_users.list(limit=wrong).all()
        with pytest.raises(InvalidRequestError, match="limit is given twice"):
            jc.v1.system_users.list(limit=9, options={"limit": 5})
        with pytest.raises(InvalidRequestError, match="page_size: expected 1 or more"):
            jc.v1.system_users.list(options={"page_size": 0})
        assert not fake.requests()


def test_a_list_that_lacks_items_is_incomplete():
    class Mock:
        def send(self, request):
            return Response(200, {"content-type": "application/json", "x-total-count": "9"}, b'[{"id":"1"},{"id":"2"}]')

    got = []
    with pytest.raises(IncompleteError) as caught:
        for group in JumpCloud("key", transport=Mock()).v2.user_groups.list():
            got.append(group.id)
    assert got == ["1", "2"]
    assert (caught.value.kind, caught.value.operation) == ("incomplete", "v2.userGroups.list")
    assert "2 of 9" in str(caught.value)


def test_progress_is_told(jc):
    told = []
    users = jc.v1.system_users.list(options={"progress": lambda *now: told.append(now)}).all()
    assert told[-1] == (len(users), len(users))
    assert told == sorted(told)


@pytest.mark.parametrize("backend", BACKENDS)
def test_async_gives_the_same(jc, fake, backend):
    async def run():
        async with many(fake) as jc:
            users = jc.v1.system_users.list()
            ids = [user.id async for user in users]
            one = await jc.v1.system_users.get(id=ids[0])
            pages = [page async for page in users.pages()]
            return ids, one, sum(map(len, pages)), users.total, await users.all(limit=3)

    ids, one, paged, total, three = anyio.run(run, backend=backend)
    assert ids == [user.id for user in jc.v1.system_users.list()]
    assert one == jc.v1.system_users.get(id=ids[0])
    assert (paged, total) == (len(ids), len(ids))
    assert [user.id for user in three] == ids[:3]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_cancelled_async_list_leaves_nothing_behind(fake, backend):
    class Slow:
        running = 0

        async def send(self, request):
            self.running += 1
            try:
                await anyio.sleep(3600)
            finally:
                self.running -= 1

    async def run():
        transport = Slow()
        async with many(fake, transport=transport) as jc:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(jc.v1.system_users.list().all)
                while not transport.running:
                    await anyio.sleep(0.001)
                tasks.cancel_scope.cancel()
        assert transport.running == 0

    anyio.run(run, backend=backend)


def test_an_async_client_outlives_its_event_loop(fake):
    jc = many(fake)

    async def run():
        return len(await jc.v1.system_users.list().all(limit=5))

    assert [asyncio.run(run()), asyncio.run(run()), anyio.run(run, backend="trio")] == [5, 5, 5]


def paged(path):
    """Which of eight pages is asked for, and its answer."""
    skip = int(path.split("skip=")[1].split("&")[0]) if "skip=" in path else 0
    items = [{"_id": f"{item:024x}"} for item in range(skip, min(skip + 10, 80))]
    body = json.dumps({"totalCount": 80, "results": items}).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return skip // 10, head.encode() + body


@pytest.mark.parametrize("backend", ["sync", *BACKENDS])
def test_one_slow_answer_holds_up_nobody(serve, backend):
    """The second page comes only after the sixth was asked for: with requests in batches it never would."""
    sixth = threading.Event()

    def answer(path, send):
        page, content = paged(path)
        if page == 5:
            sixth.set()
        if page == 1 and not sixth.wait(10):
            raise ConnectionError
        send(content)

    server = serve(answer)
    options = {"page_size": 10, "concurrency": 4, "attempts": 1}
    if backend == "sync":
        with JumpCloud("k", base_url=server.url) as jc:
            assert len(jc.v1.system_users.list(options=options).all()) == 80
        return

    async def run():
        async with AsyncJumpCloud("k", base_url=server.url) as jc:
            assert len(await jc.v1.system_users.list(options=options).all()) == 80

    anyio.run(run, backend=backend)


@pytest.mark.parametrize("backend", ["sync", *BACKENDS])
def test_requests_go_on_while_the_caller_works(serve, backend):
    def answer(path, send):
        time.sleep(0.02)
        send(paged(path)[1])

    server = serve(answer)
    options = {"page_size": 10, "concurrency": 4}
    if backend == "sync":
        with JumpCloud("k", base_url=server.url) as jc:
            pages = jc.v1.system_users.list(options=options).pages()
            next(pages), next(pages)
            asked = len(server.asked)
            time.sleep(0.3)
            begun = time.monotonic()
            next(pages), next(pages)
            # They were there.
            assert asked >= 4 and time.monotonic() - begun < 0.02
        return

    async def run():
        async with AsyncJumpCloud("k", base_url=server.url) as jc:
            pages = jc.v1.system_users.list(options=options).pages()
            await anext(pages), await anext(pages)
            await anyio.sleep(0.3)
            asked = len(server.asked)
            begun = time.monotonic()
            await anext(pages), await anext(pages)
            assert asked >= 4 and time.monotonic() - begun < 0.02

    anyio.run(run, backend=backend)
