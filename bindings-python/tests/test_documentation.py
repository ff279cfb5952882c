"""Every Python block of the README and of the tutorial runs, one after the other, against the fake."""

import ast
import asyncio
import pathlib
import re

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
    names = {"__name__": "documentation"}

    async def run():
        ran = 0
        for line, text in blocks(HERE / page):
            # A cell's place in the page is where its errors are.
            code = compile("\n" * (line - 1) + text, page, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            if (outcome := eval(code, names)) is not None:
                await outcome
            ran += 1
        return ran

    assert asyncio.run(run()) >= least
