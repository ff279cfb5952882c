"""What type checkers say: of the stubs, of programs that are right, of programs that are wrong."""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import jumpcloud_client
import pytest
from jumpcloud_client import AsyncJumpCloud, JumpCloud, _core, bodies, models

HERE = Path(__file__).parent
PAGES = [HERE.parents[1] / "README.md", HERE.parents[1] / "docs" / "tutorial.md"]
NAMES = HERE.parents[2] / "core/api/names.tsv"
METHODS = Path(jumpcloud_client.__file__).parent / "_methods"
RIGHT = sorted((HERE / "right").glob("*.py"))
WRONG = sorted((HERE / "wrong").glob("*.py"))


def checked(*command, folder):
    """Runs a checker in a folder of its own, where no configuration and no cache is found."""
    return subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True)


def marked(file):
    lines = file.read_text().splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}


def mypy(file, folder):
    """The lines that `mypy --strict` finds wrong."""
    result = checked("mypy", "--strict", "--no-error-summary", str(file), folder=folder)
    assert result.stderr == "", result.stderr
    found = re.findall(rf"{file.name}:(\d+): error", result.stdout)
    assert found or result.returncode == 0, result.stdout
    return {int(line) for line in found}, result.stdout


def pyright(file, folder):
    """The lines that pyright finds wrong."""
    command = ["pyright", "--outputjson", "--pythonpath", sys.executable, str(file)]
    result = checked(*command, folder=folder)
    report = json.loads(result.stdout[result.stdout.index("{") :])
    assert report["summary"]["filesAnalyzed"] == 1, report
    errors = [one for one in report["generalDiagnostics"] if one["severity"] == "error"]
    return {one["range"]["start"]["line"] + 1 for one in errors}, result.stdout


@pytest.mark.parametrize("checker", [mypy, pyright], ids=["mypy", "pyright"])
@pytest.mark.parametrize("file", [*RIGHT, *WRONG], ids=lambda file: file.stem)
def test_what_is_wrong_is_found_and_nothing_else(file, checker, tmp_path):
    lines, report = checker(file, tmp_path)
    assert lines == marked(file), report
    assert (file.parent.name == "wrong") == bool(lines)


def program(page):
    """The Python blocks of a page as one program, each line where it stands in the page."""
    # Cells may await, modules may not: they are the body of a function, which takes the place of the page's title.
    lines, inside = ["async def documentation() -> None:"], False
    for line in page.read_text("utf-8").splitlines()[1:]:
        fence = line.startswith("```")
        lines.append("    " + line if inside and not fence else "")
        inside = line == "```python" if fence else inside
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("checker", [mypy, pyright], ids=["mypy", "pyright"])
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_the_documentation_are_right(page, checker, tmp_path):
    file = tmp_path / f"{page.stem}.py"
    file.write_text(program(page), "utf-8")
    lines, report = checker(file, tmp_path)
    assert lines == marked(file), report


def test_the_stubs_agree_with_the_modules(tmp_path):
    allowed = tmp_path / "allowed"
    lines = [
        # Of the methods there are stubs alone: they are made at run time. The test below compares them.
        r"jumpcloud_client\._methods(\..*)?",
        # Python 3.11 alone takes the `__dict__` of a subclass of bytes for a layout of its own.
        r"(jumpcloud_client\.record\.Content)?",
        # Only type checkers know of the kinds of events; at run time each of them is a record.
        r"jumpcloud_client\.models\.InsightsEvent",
    ]
    allowed.write_text("\n".join(lines))
    command = ["mypy.stubtest", "jumpcloud_client", "--concise", "--allowlist", str(allowed)]
    result = checked(*command, folder=tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def stubs(prefix):
    """Every method of the stubs: its name after the client, its parameters, those that are required, whether awaited."""
    found = {}
    for module in ("v1", "v2", "insights", "oauth", "storage", "playbooks"):
        tree = ast.parse((METHODS / f"{prefix}{module}.pyi").read_text())
        for group in (node for node in tree.body if isinstance(node, ast.ClassDef)):
            path = ast.get_docstring(group).strip("`")
            for node in group.body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    taken = node.args
                    names = [argument.arg for argument in taken.kwonlyargs]
                    required = {name for name, default in zip(names, taken.kw_defaults, strict=True) if default is None}
                    found[f"{path}.{node.name}"] = set(names), required, isinstance(node, ast.AsyncFunctionDef)
    return found


def attribute(client, path):
    for name in path.split("."):
        client = getattr(client, name)
    return client


@pytest.mark.parametrize(("client", "prefix"), [(JumpCloud, ""), (AsyncJumpCloud, "async_")], ids=["sync", "async"])
def test_every_method_of_the_stubs_is_there_and_takes_the_same(client, prefix):
    jc = client(api_key="key")
    known = stubs(prefix)
    named = [line for line in NAMES.read_text().splitlines() if not line.startswith("#")]
    assert len(named) == len(_core.operations())
    assert len(known) == len(named) + len(_core.playbooks())
    paged = {name: is_list for name, is_list, *_ in _core.operations()}
    for path, (names, required, awaited) in known.items():
        method = attribute(jc, path)
        assert inspect.getdoc(method), path
        parameters = inspect.signature(method).parameters
        assert set(parameters) == names, path
        needed = {name for name, parameter in parameters.items() if parameter.default is inspect.Parameter.empty}
        assert needed == required, path
        assert awaited == (prefix != "" and not paged.get(method.name, False)), path


def test_the_names_that_call_knows_are_all_names():
    text = (METHODS / "names.pyi").read_text()
    names = re.findall(r'^    "(.+)",$', text, re.MULTILINE)
    operations = [name for name in names if name.count(".") > 1]
    assert sorted(_core.find(name)[0] for name in operations) == sorted(name for name, *_ in _core.operations())
    assert len(names) - len(operations) == len(_core.playbooks())
    calls = re.findall(r'"([a-z0-9_.]+)"', (METHODS / "calls.pyi").read_text())
    assert sorted(calls) == sorted([*names, *names])


def test_models_and_bodies_can_be_used_at_run_time():
    user = models.SystemUser(username="ada")
    assert user.username == "ada" and isinstance(user, jumpcloud_client.Record)
    assert bodies.SystemUserPost(username="ada", email="a@example.com") == {"username": "ada", "email": "a@example.com"}
    assert "username" in bodies.SystemUserPost.__annotations__
