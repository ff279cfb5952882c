"""Every Python block of the README and of the tutorial runs, one after the other, against the fake."""

import ast
import asyncio
import json
import pathlib
import re
import urllib.parse
import urllib.request

import pytest

HERE = pathlib.Path(__file__).parents[1]


def blocks(path):
    """The Python blocks of a page: the line each starts at, and its text."""
    text = path.read_text("utf-8")
    for found in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield text.count("\n", 0, found.start(1)) + 1, found.group(1)


@pytest.mark.parametrize(("page", "least"), [("README.md", 18), ("docs/tutorial.md", 12)])
def test_every_block_runs(page, least, fakes, monkeypatch, tmp_path):
    fake = fakes("--users", "120", "--seed", "3")
    monkeypatch.setenv("JUMPCLOUD_API_KEY", fake.api_key)
    monkeypatch.setenv("JUMPCLOUD_BASE_URL", fake.url)
    monkeypatch.chdir(tmp_path)
    filters = set()
    names = {"__name__": "documentation"}

    async def run():
        ran = 0
        for line, text in blocks(HERE / page):
            # A cell's place in the page is where its errors are.
            code = compile("\n" * (line - 1) + text, page, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            if (outcome := eval(code, names)) is not None:
                await outcome
            filters.update(sent_filters(fake))
            ran += 1
        return ran

    assert asyncio.run(run()) >= least
    assert len(filters) >= (4 if page == "README.md" else 1)


def sent_filters(fake):
    """The filters that were sent, each of which finds some of what there is: neither none nor all."""

    def count(method, target, body):
        request = urllib.request.Request(fake.url + target, data=body, method=method)
        request.add_header("x-api-key", fake.api_key)
        request.add_header("content-type", "application/json")
        with urllib.request.urlopen(request) as answer:
            found = json.loads(answer.read())
            return found["totalCount"] if "totalCount" in found else int(answer.headers["x-total-count"])

    filters = set()
    sent_requests = fake.requests()
    fake.forget()
    for sent in sent_requests:
        path, _, query = sent["target"].partition("?")
        query = urllib.parse.parse_qsl(query)
        body = sent["body"] if isinstance(sent["body"], dict) else {}
        texts = [value for name, value in query if name == "filter"]
        if sent["method"] == "POST" and "/search/" in path and "filter" in body:
            texts.append(json.dumps(body["filter"]))
        # Whom the tutorial takes in, its playbook looks for before she is there.
        if not texts or sent["status"] != 200 or "grace" in " ".join(texts):
            continue
        filters.update(texts)
        there = [(name, value) for name, value in query if name not in ("filter", "skip")]
        rest = {name: value for name, value in body.items() if name not in ("filter", "skip")}
        asked = dict(query) | {"skip": "0"} if "skip" in dict(query) else dict(query)
        bodies = [json.dumps(one).encode() if body else None for one in (body, rest)]
        found = count(sent["method"], f"{path}?{urllib.parse.urlencode(asked)}", bodies[0])
        all_of_them = count(sent["method"], f"{path}?{urllib.parse.urlencode(there)}", bodies[1])
        assert 0 < found < all_of_them, f"{texts} finds {found} of {all_of_them}"
    return filters

