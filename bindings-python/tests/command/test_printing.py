"""What the command prints, and where: nothing harms a terminal, every failure is one line, and files are whole."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import jumpcloud_client.command
import pytest
from jumpcloud_client.command.printing import as_json, lines, plain

PROGRAM = str(Path(sys.executable).parent / "jumpcloud")
# Everything that a terminal may act on, each beside a letter, and what it shows as it is.
CONTROLS = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0)), *"\u2028\u2029\u202a\u202e\u2066\u2069\ufff9"]
HARMLESS = "Grüße 世界 👩‍👩‍👧 می‌خواهم é\u00a0x"
EVIL = "".join(f"{control}x" for control in CONTROLS) + "\x1b[2J\x1b]0;owned\x07\x9b31m" + HARMLESS


def answer(value, status="200 OK", kind="application/json", headers=""):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{headers}content-length: {len(body)}\r\n\r\n"
    return head.encode("utf-8") + body


def environment(url, **more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUMPCLOUD_", "LC_", "LANG"))}
    return {**kept, "JUMPCLOUD_API_KEY": "key", "JUMPCLOUD_BASE_URL": url, "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "", **more}


def run(url, *words, stdin=b"", **more):
    """Runs it with bytes in and out."""
    return subprocess.run([PROGRAM, *words], input=stdin, capture_output=True, env=environment(url, **more), timeout=60)


def on_terminal(terminal, url, *words, **more):
    """What comes to a wide terminal, and the exit code."""
    return terminal([PROGRAM, *words], environment(url, COLUMNS="200", TERM="xterm", **more))


def one_line(result, code):
    """A failure as every one is: one line on stderr, and its exit code."""
    said = result.stderr.decode()
    assert result.returncode == code, (result.returncode, said)
    assert said.startswith("jumpcloud: ") and said.count("\n") == 1 and said.endswith("\n"), said
    assert "Traceback" not in said
    return said


# ── one place


def test_everything_that_is_printed_goes_through_one_place():
    folder = Path(jumpcloud_client.command.__file__).parent
    for path in sorted(folder.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"sys\.std(?:out|err)|\bprint\(|os\.write\(", text)
        assert not found or path.name == "printing.py", (path.name, found)


def test_what_is_safe_is_what_terminals_do_not_act_on():
    for point in range(0x110000):
        letter = chr(point)
        harmful = point < 0x20 or 0x7F <= point < 0xA0 or 0xD800 <= point < 0xE000 or letter in "\u2028\u2029\ufff9\ufffa\ufffb"
        harmful = harmful or letter in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        assert (plain(letter) != letter) == harmful, hex(point)
        assert (lines(letter) != letter) == (harmful and letter not in "\t\n"), hex(point)
    # JSON keeps what it cannot show.
    for text in (EVIL, "\ud800", "a\udfffb", HARMLESS):
        written = as_json(json.dumps({"a": text}, ensure_ascii=False))
        assert json.loads(written) == {"a": text} and plain(written) == written
    assert HARMLESS in as_json(json.dumps(HARMLESS, ensure_ascii=False))


# ── nothing from a server harms a terminal

REPLIES = {
    "a list": ["v2.user-groups.list"],
    "an object": ["v2.user-groups.get", "--id", "x"],
}


def hostile(path, send):
    thing = {"id": "1", "name": EVIL, f"key {EVIL}": 5, "inner": {"a": [EVIL]}, "names": [EVIL, "b"]}
    send(answer([thing] if "usergroups?" in path or path.endswith("usergroups") else thing))


def unharmed(seen):
    """Only ends of lines, the progress bar's own marks and letters have come."""
    text = seen.decode("utf-8").replace("\r\x1b[K", "").replace("\r\n", "\n")
    left = [letter for letter in text if letter != "\n" and (letter < " " or "\x7f" <= letter < "\xa0" or letter in "\u2028\u202e\u2066")]
    assert left == [], left
    return text


@pytest.mark.parametrize("format", ["table", "json", "ndjson", "csv"])
@pytest.mark.parametrize("reply", REPLIES)
def test_no_reply_moves_the_cursor(serve, reply, format, terminal):
    server = serve(hostile)
    seen, code = on_terminal(terminal, server.url, *REPLIES[reply], "--format", format)
    assert code == 0
    text = unharmed(seen)
    if format != "table":
        assert HARMLESS in text and "owned" in text
    if "json" in format:
        # All of it is there for a program, in whatever it is written.
        piped = json.loads(run(server.url, *REPLIES[reply], "--format", format).stdout)
        thing = piped[0] if isinstance(piped, list) else piped
        assert thing["name"] == EVIL and thing["names"] == [EVIL, "b"]


@pytest.mark.parametrize("status", ["400 Bad", "401 No", "403 No", "404 No", "409 Taken", "422 Wrong", "501 No", "302 Away"])
def test_no_error_moves_the_cursor(serve, status, terminal):
    raw = "".join(letter for letter in EVIL if letter not in "\r\n\0")
    ids = "".join(letter for letter in raw if 0x20 <= ord(letter) < 0x7F)
    for body in ({"message": EVIL, "error": EVIL, "code": EVIL}, raw.encode(), f"<html>{raw}</html>".encode()):
        headers = f"x-request-id: {ids}\r\nlocation: https://x/{ids}\r\n"
        server = serve(lambda path, send, body=body, headers=headers: send(answer(body, status, headers=headers)))
        seen, code = on_terminal(terminal, server.url, "v2.user-groups.list", "--attempts", "1")
        text = seen.decode("utf-8")
        assert code in (1, 3, 4, 6) and text.startswith("jumpcloud: ") and text.count("\r\n") == 1, text
        assert plain(text.removesuffix("\r\n")) == text.removesuffix("\r\n")


def test_text_that_comes_moves_no_cursor(serve, terminal):
    server = serve(lambda path, send: send(answer(EVIL.encode(), kind="text/plain")))
    seen, code = on_terminal(terminal, server.url, "v2.user-groups.get", "--id", "x")
    if code == 0:
        unharmed(seen)
    else:
        assert plain(seen.decode().strip()) == seen.decode().strip()


# ── CSV


def test_a_spreadsheet_runs_no_cell(serve):
    starts = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1"]
    people = [{"=id": str(number), "name": start, "list": [start, "b"], "n": -5, "x": {"a": 1}} for number, start in enumerate(starts)]
    people.append({"=id": "8", "name": "plain - text", "list": ["b", "=c"], "n": -5.5, "x": None})
    server = serve(lambda path, send: send(answer(people)))
    text = run(server.url, "v2.user-groups.list", "--format", "csv").stdout.decode("utf-8")
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    assert head[0] == "'=id" and [row[1] for row in rows] == [*(f"'{start}" for start in starts), "plain - text"]
    for row in rows:
        assert not any(value.startswith(("=", "+", "@", "\t", "\r", "\n", "＝")) for value in row)
        # A number is a number.
        assert row[3] in ("-5", "-5.5") and not row[1].startswith("-")


def test_an_empty_csv_has_its_header(serve):
    server = serve(lambda path, send: send(answer([])))
    assert run(server.url, "v2.user-groups.list", "--format", "csv", "--fields", "id,name").stdout == b"id,name\n"


def test_a_number_that_is_too_large_is_still_json(serve):
    server = serve(lambda path, send: send(answer(b'{"id":"1","a":1e999,"b":[-1e999,1.5]}')))
    for format in ("json", "ndjson"):
        shown = run(server.url, "v2.user-groups.get", "--id", "x", "--format", format)
        if shown.returncode:
            one_line(shown, 1)
        else:
            assert b"Infinity" not in shown.stdout and b"-1e999" in shown.stdout


# ── every failure is one line


@pytest.fixture
def calm(serve):
    return serve(lambda path, send: send(answer([{"id": str(item), "name": "n" * 60} for item in range(99)] if "usergroups" in path else {})))


DEEP = b"[" * 200_000 + b"]" * 200_000


@pytest.mark.parametrize(
    ("words", "stdin", "code"),
    [
        ([b"v1.system-users.create", b"--body", b"@FILE"], b"", 2),
        ([b"v1.system-users.create", b"--body", b"-"], b"\xff\xfe{}", 2),
        ([b"v1.system-users.create", b"--body", b"-"], DEEP, 2),
        ([b"v1.system-users.create", b"--body", b"-"], b'{"username": "\\ud800", "email": "e"}', 2),
        ([b"v1.system-users.create", b"--body", b"@DEEP"], b"", 2),
        ([b"v1.system-users.create", b"--body", b"@/"], b"", 2),
        ([b"v1.system-users.create", b"--body", b'"\xff"'], b"", 2),
        ([b"v1.system-users.list", b"--filter", b"[" * 100_000], b"", 2),
        ([b"v1.system-users.list", b"--limit", b"[" * 100_000], b"", 2),
        ([b"v1.system-users.list", b"--limit", b"9" * 10_000], b"", 2),
        ([b"v1.system-users.list", b"--filter", b"name:eq:\xff"], b"", 2),
        ([b"v1.system-users.get", b"--id", b"\xff\x1b[2J"], b"", 2),
        ([b"v1.\xff\x1b[2J"], b"", 2),
        ([b"v1.system-users.list", b"--\xff\x1b[2J", b"x"], b"", 2),
        ([b"v1.system-users.list", b"--api-key-file", b"FILE"], b"", 2),
        ([b"v1.system-users.list", b"--api-key", b"-"], b"\xff\n", 2),
        ([b"v1.system-users.list", b"--position", b"FILE"], b"", 2),
        ([b"v1.system-users.list", b"--header", b"x-a:\xff"], b"", 2),
        ([b"v1.system-users.list", b"--header", b"x-a:\x1b"], b"", 2),
        ([b"v1.system-users.list", b"--org", b"\xff"], b"", 2),
        ([b"v1.system-users.list", b"--base-url", b"\xff"], b"", 2),
        ([b"v1.system-users.list", b"--timeout", b"0"], b"", 2),
        ([b"v1.system-users.list", b"--timeout", b"soon"], b"", 2),
        ([b"v1.system-users.list", b"--max-body", b"0"], b"", 2),
        ([b"v2.user-groups.list", b"--output", b"/"], b"", 2),
        ([b"v2.user-groups.list", b"--output", b"/no\xff/such"], b"", 2),
        ([b"operations", b"\xff\x1b[2J"], b"", 2),
        ([b"describe", b"\xff"], b"", 2),
        ([b"scopes", b"\xff"], b"", 2),
        ([b"completion", b"\xff"], b"", 2),
    ],
)
def test_a_mistake_is_one_line_whatever_it_is_made_of(calm, words, stdin, code, tmp_path):
    (tmp_path / "file").write_bytes(b"\xff\xfe secret-in-file")
    (tmp_path / "deep").write_bytes(DEEP)
    named = {b"FILE": b"file", b"@FILE": b"@file", b"@DEEP": b"@deep"}
    words = [os.fsencode(tmp_path) + b"/" + named[word] if word == b"FILE" else word for word in words]
    words = [b"@" + os.fsencode(tmp_path) + b"/" + named[word][1:] if word in (b"@FILE", b"@DEEP") else word for word in words]
    for more in ({}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}):
        result = subprocess.run([os.fsencode(PROGRAM), *words], input=stdin, capture_output=True, env=environment(calm.url, **more), timeout=60)
        said = one_line(result, code)
        assert plain(said[:-1]) == said[:-1] and "secret-in-file" not in said


PRINTING = {
    "a table": ["v2.user-groups.list", "--format", "table"],
    "json": ["v2.user-groups.list", "--format", "json"],
    "ndjson": ["v2.user-groups.list", "--format", "ndjson"],
    "csv": ["v2.user-groups.list", "--format", "csv"],
    "an object": ["v1.system-users.get", "--id", "x"],
    "a dry run": ["v2.user-groups.list", "--dry-run"],
    "help": ["--help"],
    "help of one": ["v2.user-groups.list", "--help"],
    "operations": ["operations"],
    "describe": ["describe", "v2.user-groups.list"],
    "scopes": ["scopes", "v2.user-groups.list"],
    "completion": ["completion", "bash"],
    "candidates": ["_complete", "v2"],
}


@pytest.mark.parametrize("what", PRINTING)
def test_what_cannot_be_written_is_one_line(calm, what):
    words = PRINTING[what]
    with open("/dev/full", "wb") as full:
        result = subprocess.run([PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, env=environment(calm.url), timeout=60)
    assert "No space left" in one_line(result, 8)
    # With no stdout, no stderr, and neither.
    shell = ["bash", "-c", '"$0" "$@" >&-', PROGRAM, *words]
    result = subprocess.run(shell, stderr=subprocess.PIPE, env=environment(calm.url), timeout=60)
    assert "there is no stdout" in one_line(result, 8)
    shell = ["bash", "-c", '"$0" "$@" 2>&-', PROGRAM, *words]
    result = subprocess.run(shell, stdout=subprocess.PIPE, env=environment(calm.url), timeout=60)
    assert result.returncode == 0 and result.stdout
    shell = ["bash", "-c", '"$0" "$@" >&- 2>&-', PROGRAM, *words]
    assert subprocess.run(shell, env=environment(calm.url), timeout=60).returncode == 8


def test_a_failure_that_could_not_be_written_before_is_one_line_too(serve):
    server = serve(pages(lambda send: send(answer({"message": "no"}, "400 Bad"))))
    with open("/dev/full", "wb") as full:
        command = [PROGRAM, "v1.system-users.list", "--format", "csv"]
        one_line(subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment(server.url), timeout=60), 1)


def test_what_changes_something_is_done_whoever_reads_of_it(serve):
    def habit(path, send):
        time.sleep(0.5)
        done.append(path)
        send(answer({"id": "1"}))

    done = []
    server = serve(habit)
    line = '"$0" v2.user-groups.create --body \'{"name": "x"}\' | true; exit ${PIPESTATUS[0]}'
    result = subprocess.run(["bash", "-c", line, PROGRAM], stderr=subprocess.PIPE, env=environment(server.url), timeout=60)
    assert len(done) == 1 and result.returncode == 141 and result.stderr == b""


def test_no_stdin_and_no_stderr_are_no_traceback(calm):
    shell = ["bash", "-c", '"$0" v1.system-users.create --body - <&-', PROGRAM]
    assert "stdin" in one_line(subprocess.run(shell, capture_output=True, env=environment(calm.url), timeout=60), 2)
    shell = ["bash", "-c", '"$0" v1.system-users.lst 2>&-', PROGRAM]
    assert subprocess.run(shell, stdout=subprocess.PIPE, env=environment(calm.url), timeout=60).returncode == 2
    with open("/dev/full", "wb") as full:
        result = subprocess.run([PROGRAM, "v1.system-users.lst"], stderr=full, stdout=subprocess.PIPE, env=environment(calm.url), timeout=60)
    assert result.returncode == 2 and result.stdout == b""


@pytest.mark.parametrize("format", ["table", "json", "csv"])
def test_a_terminal_without_our_letters_shows_others(serve, format, terminal):
    server = serve(lambda path, send: send(answer([{"id": "1", "name": HARMLESS * 20}])))
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    seen, code = on_terminal(terminal, server.url, "v2.user-groups.list", "--format", format, "--no-progress", **ascii_only)
    assert code == 0 and seen.isascii(), seen
    if format == "json":
        assert json.loads(seen) == [{"id": "1", "name": HARMLESS * 20}]


def test_an_answer_that_is_nested_too_deeply_is_one_line(serve):
    server = serve(lambda path, send: send(answer(DEEP)))
    one_line(run(server.url, "v2.user-groups.get", "--id", "x"), 1)


# ── --timeout and --max-body


def test_the_command_bounds_its_requests(serve):
    server = serve(lambda path, send: server.silence())
    begun = time.monotonic()
    assert "not whole after 0.5 s" in one_line(run(server.url, "v2.user-groups.list", "--timeout", "0.5", "--attempts", "1"), 6)
    assert time.monotonic() - begun < 5
    large = serve(lambda path, send: send(answer([{"id": "1", "name": "x" * 5000}])))
    assert "1000 bytes" in one_line(run(large.url, "v2.user-groups.list", "--max-body", "1000"), 6)
    assert run(large.url, "v2.user-groups.list", "--max-body", "10000").returncode == 0


# ── --output


def pages(rest):
    """A server whose second page is something else."""

    def habit(path, send):
        if "skip=0" in path or "skip=" not in path:
            items = [{"_id": f"{item:024x}", "username": "u"} for item in range(100)]
            send(answer({"totalCount": 400, "results": items}))
        else:
            rest(send)

    return habit


def test_a_file_is_there_whole_or_not_at_all(serve, tmp_path):
    file = tmp_path / "users.json"
    words = ["v1.system-users.list", "--output", str(file), "--attempts", "1", "--position", str(tmp_path / "position")]
    server = serve(pages(lambda send: send(answer({"message": "no"}, "400 Bad"))))
    for before in (None, "as it was"):
        if before is not None:
            file.write_text(before)
        one_line(run(server.url, *words), 1)
        # Nor does the position pass by what is in no file.
        assert [path.name for path in tmp_path.iterdir()] == ([file.name] if before else [])
    assert file.read_text() == "as it was"


def test_a_file_that_is_interrupted_stays_as_it_was(serve, tmp_path):
    file = tmp_path / "users.json"
    file.write_text("as it was")
    server = serve(pages(lambda send: server.silence()))
    command = [PROGRAM, "v1.system-users.list", "--output", str(file)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment(server.url))
    server.until_asked(4)
    time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    assert running.communicate(timeout=5)[1] == b"jumpcloud: interrupted\n" and running.returncode == 130
    assert list(tmp_path.iterdir()) == [file] and file.read_text() == "as it was"


def test_a_file_keeps_its_link_and_its_permissions(calm, tmp_path):
    file, link = tmp_path / "groups.json", tmp_path / "link"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    assert run(calm.url, "v2.user-groups.list", "--output", str(link)).returncode == 0
    assert link.is_symlink() and stat.S_IMODE(file.stat().st_mode) == 0o640 and len(json.loads(file.read_text())) == 99
    fresh = tmp_path / "fresh"
    assert run(calm.url, "v2.user-groups.list", "--output", str(fresh)).returncode == 0
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o666 & ~mask


def test_what_is_no_file_is_written_to(calm, tmp_path):
    assert "No space left" in one_line(run(calm.url, "v2.user-groups.list", "--output", "/dev/full"), 8)
    assert len(json.loads(run(calm.url, "v2.user-groups.list", "--output", "/dev/stdout").stdout)) == 99
    assert run(calm.url, "v2.user-groups.list", "--output", "/dev/null").returncode == 0
