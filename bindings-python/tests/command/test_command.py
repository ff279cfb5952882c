"""The command `jumpcloud`, as it is installed, against a fake."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from jumpcloud_client import _core
from jumpcloud_client.command.catalogue import Callable, find
from jumpcloud_client.command.help import of as help_of
from jumpcloud_client.command.options import OWN, kebab, moment, of_operation, of_playbook

PROGRAM = str(Path(sys.executable).parent / "jumpcloud")


@pytest.fixture
def jumpcloud(fake):
    """Runs the command with the fake's address and key in its environment."""

    def run(*words, stdin="", **environment):
        return subprocess.run(
            [PROGRAM, *words], input=stdin, capture_output=True, text=True, env=variables(fake, environment)
        )

    return run


def variables(fake, changed=None):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JUMPCLOUD_")}
    known = {"JUMPCLOUD_API_KEY": fake.api_key, "JUMPCLOUD_BASE_URL": fake.url, "LC_ALL": "C.UTF-8"}
    merged = {**kept, **known, **(changed or {})}
    return {name: value for name, value in merged.items() if value is not None}


def items(result):
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


# ── ranges of time


def test_every_operation_that_takes_a_range_takes_since_and_until():
    with_range = 0
    for name, *_ in _core.operations():
        described = _core.describe(name)
        keys = {option.name: option.parameter for option in of_operation(described)}
        ranged = "x-jc-bound" in json.dumps(described["parameters"])
        assert ("since" in keys) == ("until" in keys) == ranged, name
        if ranged:
            assert (keys["since"], keys["until"]) == ("body.start_time", "body.end_time")
            with_range += 1
    assert with_range >= 8


@pytest.mark.parametrize(
    ("given", "ago"), [("24h", 86400), ("-24h", 86400), ("90s", 90), ("30m", 1800), ("7d", 604800), ("2w", 1209600)]
)
def test_a_time_may_be_how_long_ago(given, ago):
    then = datetime.strptime(moment(given), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    assert abs(datetime.now(timezone.utc) - timedelta(seconds=ago) - then) < timedelta(seconds=5)


@pytest.mark.parametrize("given", ["2026-01-31T09:00:00Z", "yesterday", "24", "h", "1y", "--24h", "1.5h", "24h ", "٢h", ""])
def test_another_text_is_left_to_the_core(given):
    assert moment(given) == given


def test_since_and_until_bound_what_is_asked_for(jumpcloud, fake):
    count = ("insights.events.count", "--body", '{"service":["all"]}')
    number = lambda *more: items(jumpcloud(*count, *more))["count"]  # noqa: E731
    everything = number("--since", "2000-01-01T00:00:00Z")
    assert 0 < everything
    assert number("--since", "2000-01-01T00:00:00Z", "--until", "520w") <= everything
    fake.forget()
    assert number("--since", "1h") < everything
    sent = fake.requests()[0]["body"]
    assert set(sent) == {"service", "start_time"}
    started = datetime.strptime(sent["start_time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    assert timedelta(minutes=59) < datetime.now(timezone.utc) - started < timedelta(minutes=61)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--body", '{"service":["all"]}', "--since", "yesterday"], "start_time"),
        (["--body", '{"service":["all"]}', "--since", "2026-01-01"], "start_time"),
        (["--body", '{"service":["all"]}', "--since", "1h", "--until", "2h"], "a start that is before the end"),
        (["--body", '{"service":["all"],"start_time":"2026-01-01T00:00:00Z"}', "--since", "1h"], "both say start_time"),
        (["--body", '["all"]', "--since", "1h"], "no JSON object"),
        (["--body", '{"service":["all"]}', "--since", "999999w"], "before 1970"),
    ],
)
def test_a_range_that_is_none_is_refused_before_anything_is_sent(jumpcloud, fake, words, says):
    fake.forget()
    result = jumpcloud("insights.events.count", *words)
    assert (result.returncode, result.stdout) == (2, "")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1
    assert fake.requests() == []


# ── lists


def test_a_list_gives_all_its_pages(jumpcloud, fake):
    fake.forget()
    users = items(jumpcloud("v1.system-users.list", "--page-size", "40"))
    assert len(users) == 250
    assert len({user["_id"] for user in users}) == 250
    assert all("limit=40" in request["target"] for request in fake.requests())
    # One request has it as JumpCloud's own parameter, and a search as an option like any list.
    assert "limit=40" in jumpcloud("v1.system-users.list", "--page-size", "40", "--dry-run").stdout
    fake.forget()
    assert len(items(jumpcloud("v1.system-users.search", "--body", "{}", "--page-size", "50", "--limit", "60"))) == 60
    assert len(fake.requests()) == 2


def test_a_list_that_lacks_items_has_an_exit_code_of_its_own(jumpcloud):
    class Same(BaseHTTPRequestHandler):
        def do_GET(self):
            body = b'[{"id":"1"},{"id":"2"}]'
            self.send_response(200)
            for name, value in ("content-type", "application/json"), ("x-total-count", "9"), ("content-length", len(body)):
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Same) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        result = jumpcloud("v2.user-groups.list", "--base-url", f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert result.returncode == 7 and "2 of 9" in result.stderr


def test_filter_fields_and_sort_are_the_operations_own(jumpcloud, fake):
    fake.forget()
    users = items(
        jumpcloud("v1.system-users.list", "--filter", "department:eq:IT", "--fields", "email,username", "--sort=email")
    )
    assert users and all(list(user) == ["email", "username"] for user in users)
    assert users == sorted(users, key=lambda user: user["email"])
    target = fake.requests()[0]["target"]
    assert "filter=department:$eq:IT" in target and "fields=email%20username" in target


def test_a_list_goes_on_where_another_one_stood(jumpcloud, fake, tmp_path):
    kept = tmp_path / "position"
    ids = []
    for limit, expected in [("90", 90), ("100", 100), ("1000", 60), ("1000", 0)]:
        users = items(jumpcloud("v1.system-users.list", "--limit", limit, "--position", str(kept)))
        assert len(users) == expected
        ids += [user["_id"] for user in users]
    assert len(set(ids)) == 250
    assert list(tmp_path.iterdir()) == [kept]
    # One that is killed has written all that its position passes by, and a page more at most.
    kept.unlink()
    words = ["v1.system-users.list", "--page-size", "40", "--format", "ndjson", "--position", str(kept)]
    with subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, text=True, env=variables(fake)) as running:
        lines = [running.stdout.readline() for _ in range(41)]
        running.kill()
        lines += [line for line in running.stdout if line.endswith("\n")]
    seen = {json.loads(line)["_id"] for line in lines}
    rest = {user["_id"] for user in items(jumpcloud("v1.system-users.list", "--position", str(kept)))}
    assert len(seen | rest) == 250 and len(seen & rest) <= 40
    for text, says in [("", "--position: expected a position"), ("page 7", "--position: expected a position")]:
        kept.write_text(text)
        refused = jumpcloud("v1.system-users.list", "--position", str(kept))
        assert (refused.returncode, refused.stdout) == (2, "") and says in refused.stderr
    other = jumpcloud("v1.systems.list", "--limit", "1", "--position", str(tmp_path / "none" / "position"))
    assert other.returncode == 2 and "--position" in other.stderr
    assert "there is no option --position" in jumpcloud("v1.system-users.get", "--id", "x", "--position", "x").stderr


def test_several_filters_must_all_hold(jumpcloud):
    both = ["--filter", "department:eq:IT", "--filter", '{"field":"state","operator":"eq","value":"ACTIVATED"}']
    users = items(jumpcloud("v1.system-users.list", *both, "--fields", "department,state"))
    assert users and {(user["department"], user["state"]) for user in users} == {("IT", "ACTIVATED")}
    assert len(users) < len(items(jumpcloud("v1.system-users.list", *both[:2])))


def test_limit_stops_early_and_names_are_taken_in_any_case(jumpcloud):
    for name in ("v1.system-users.list", "v1.systemUsers.list", "v1.system_users.list", "getApiSystemusers"):
        assert len(items(jumpcloud(name, "--limit", "3"))) == 3


def test_the_formats_hold_the_same(jumpcloud):
    words = ["v2.user-groups.list", "--fields", "name,type", "--limit", "7"]
    expected = items(jumpcloud(*words))
    assert len(expected) == 7
    lines = jumpcloud(*words, "--format", "ndjson").stdout.splitlines()
    assert [json.loads(line) for line in lines] == expected
    assert list(csv.DictReader(io.StringIO(jumpcloud(*words, "--format", "csv").stdout))) == expected
    head, *rows = jumpcloud(*words, "--format", "table").stdout.splitlines()
    assert head.split() == ["NAME", "TYPE"]
    assert [re.split(r"\s{2,}", row) for row in rows] == [[group["name"], group["type"]] for group in expected]


def test_a_list_of_nothing_is_an_empty_list(jumpcloud):
    nobody = ["v1.system-users.list", "--filter", "username:eq:nobody-has-this"]
    assert jumpcloud(*nobody).stdout == "[]\n"
    for format in ("ndjson", "table"):
        assert jumpcloud(*nobody, "--format", format).stdout == ""


def test_output_goes_to_a_file(jumpcloud, tmp_path):
    file = tmp_path / "groups.json"
    result = jumpcloud("v2.user-groups.list", "--output", str(file))
    assert (result.returncode, result.stdout) == (0, "")
    assert json.loads(file.read_text())
    missing = jumpcloud("v2.user-groups.list", "--output", str(tmp_path / "no" / "such.json"))
    assert missing.returncode == 2 and "No such file" in missing.stderr


def test_a_list_that_fails_writes_no_file(jumpcloud, tmp_path):
    file = tmp_path / "groups.json"
    assert jumpcloud("v2.user-groups.list", "--output", str(file), JUMPCLOUD_API_KEY="wrong").returncode == 3
    assert not file.exists()


def test_a_reader_that_has_seen_enough_is_no_error(fake):
    line = f"{shlex.quote(PROGRAM)} v1.system-users.list --page-size 1 --format ndjson | head -n 1"
    result = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=variables(fake))
    assert json.loads(result.stdout)["_id"]
    assert result.stderr == ""


# ── single replies, bodies, files


def test_create_get_and_delete(jumpcloud):
    made = items(jumpcloud("v2.user-groups.create", "--body", '{"name": "Made here"}'))
    assert items(jumpcloud("v2.user-groups.get", "--id", made["id"]))["name"] == "Made here"
    table = jumpcloud("v2.user-groups.get", "--id", made["id"], "--fields", "name,type", "--format", "table")
    assert table.stdout == "name  Made here\ntype  user_group\n"
    again = jumpcloud("v2.user-groups.create", "--body", '{"name": "Made here"}')
    assert again.returncode == 1 and "409" in again.stderr
    assert jumpcloud("v2.user-groups.delete", "--id", made["id"]).returncode == 0
    gone = jumpcloud("v2.user-groups.get", "--id", made["id"])
    assert gone.returncode == 4 and gone.stderr.startswith("jumpcloud: v2.user-groups.get: 404")
    assert gone.stderr.count("\n") == 1


def test_a_body_comes_from_stdin_or_a_file(jumpcloud, tmp_path):
    body = {"name": "Grüße, 世界"}
    file = tmp_path / "body.json"
    file.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
    for words, stdin in ((["-"], json.dumps(body)), ([f"@{file}"], "")):
        made = items(jumpcloud("v2.system-groups.create", "--body", *words, stdin=stdin))
        assert made["name"] == body["name"]
        assert jumpcloud("v2.system-groups.delete", "--id", made["id"]).returncode == 0
    wrong = jumpcloud("v2.system-groups.create", "--body", "-", stdin='{"password": "hunter2"')
    assert wrong.returncode == 2 and "not JSON" in wrong.stderr and "hunter2" not in wrong.stderr
    assert jumpcloud("v2.system-groups.create", "--body", "@/no/such").returncode == 2


def test_files_are_sent(jumpcloud, fake, tmp_path):
    logo = tmp_path / "logo.png"
    logo.write_bytes(b"\x89PNG\r\n\x1a\n")
    application = items(jumpcloud("v1.applications.list", "--limit", "1"))[0]["_id"]
    upload = ["v2.applications.logo.upload", "--application-id", application]
    fake.forget()
    assert jumpcloud(*upload, "--file", f"image={logo}").returncode == 0
    sent = fake.requests()[0]
    assert dict(sent["headers"])["content-type"].startswith("multipart/form-data")
    assert jumpcloud(*upload, "--file", str(logo)).returncode == 2
    assert jumpcloud(*upload, "--file", "image=/no/such").returncode == 2


def test_a_file_that_comes_is_written_as_it_is(jumpcloud, fake, tmp_path):
    file = tmp_path / "csr"
    mdms = json.loads(jumpcloud("v2.apple-mdms.list", "--format", "json").stdout)
    download = ["v2.apple-mdms.csr.download", "--apple-mdm-id", mdms[0]["id"]]
    result = jumpcloud(*download, "--output", str(file))
    assert result.returncode == 0, result.stderr
    assert file.read_bytes()
    piped = subprocess.run([PROGRAM, *download], capture_output=True, env=variables(fake))
    assert piped.stdout == file.read_bytes()


# ── dry runs


def test_a_dry_run_prints_the_request_and_sends_nothing(jumpcloud, fake):
    fake.forget()
    body = '{"username":"ada","email":"ada@example.com","password":"hunter2"}'
    result = jumpcloud("v1.system-users.create", "--body", body, "--dry-run")
    assert result.stdout.startswith(f"POST {fake.url}/api/systemusers\n")
    assert "ada" in result.stdout
    assert "hunter2" not in result.stdout and fake.api_key not in result.stdout
    assert fake.requests() == []


def test_a_playbooks_dry_run_only_looks(jumpcloud, fake):
    username = items(jumpcloud("v1.system-users.list", "--fields", "username", "--limit", "1"))[0]["username"]
    fake.forget()
    outcome = items(jumpcloud("users.suspend", "--user", username, "--dry-run"))
    assert outcome["changed"] is False and "/state/suspend" in outcome["requests"][0]
    assert {request["method"] for request in fake.requests() if "search" not in request["target"]} <= {"GET"}
    assert items(jumpcloud("users.find", "--user", username))["username"] == username


# ── credentials


def test_no_option_takes_a_secret(jumpcloud, fake, tmp_path):
    without = {"JUMPCLOUD_API_KEY": None}
    refused = jumpcloud("v2.user-groups.list", "--api-key", "jca_visible", **without)
    assert refused.returncode == 2 and "jca_visible" not in refused.stderr
    file = tmp_path / "key"
    file.write_text(fake.api_key + "\n")
    one = ["v2.user-groups.list", "--limit", "1"]
    assert len(items(jumpcloud(*one, "--api-key-file", str(file), **without))) == 1
    assert len(items(jumpcloud(*one, "--api-key", "-", stdin=fake.api_key + "\n", **without))) == 1
    file.write_text(fake.client_secret)
    account = ["--client-id", fake.client_id, "--client-secret-file", str(file)]
    assert len(items(jumpcloud(*one, *account, **without))) == 1
    nothing = jumpcloud(*one, **without)
    assert nothing.returncode == 2 and "JUMPCLOUD_API_KEY" in nothing.stderr


def test_system_context_needs_an_agent(jumpcloud):
    if os.path.exists("/opt/jc/jcagent.conf"):
        pytest.skip("this machine is a system of JumpCloud's")
    result = jumpcloud("v2.system-groups.list", "--system-context")
    assert result.returncode == 2 and "--system-context" in result.stderr


# ── mistakes and exit codes


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["v1.system-users.lst"], 2, 'did you mean "v1.system-users.list"?'),
        (["users.suspnd"], 2, "did you mean users.suspend?"),
        (["v1.system-users.list", "--filtr", "x"], 2, "did you mean --filter?"),
        (["v1.system-users.list", "--filter"], 2, "--filter takes a value"),
        (["v1.system-users.list", "extra"], 2, "'extra' is not expected"),
        (["v1.system-users.list", "--format", "xml"], 2, "table, json, ndjson, csv"),
        (["v1.system-users.list", "--limit", "x"], 2, "--limit takes a whole number"),
        (["v1.system-users.list", "--page-size", "x"], 2, "--page-size takes a whole number"),
        (["v1.system-users.list", "--page-size", "0"], 2, "--page-size: expected 1 or more"),
        (["v1.system-users.list", "--limit", "-1"], 2, "--limit takes a whole number"),
        (["v1.system-users.list", "--limit", "1e400"], 2, "--limit takes a whole number"),
        (["v1.system-users.list", "--limit", "99999999999999999999"], 2, "limit: expected a whole number"),
        (["v1.system-users.list", "--limit", "1", "--limit", "2"], 2, "given twice"),
        (["v1.system-users.get"], 2, "needs --id"),
        (["--region", "eu", "v1.system-users.list"], 2, "comes first"),
        (["v1.system-users.list", "--region", "mars"], 2, "us, eu, in"),
        (["v1.system-users.get", "--id", "5f1b2c3d4e5f60718293a4b5"], 4, "404"),
        (["users.find", "--user", "nobody-has-this"], 4, "nobody-has-this"),
        (["v2.user-groups.list", "--base-url", "http://127.0.0.1:1", "--attempts", "1"], 6, "no answer"),
        (["operations", "xylophone"], 4, "no operation holds"),
        (["completion", "tcsh"], 2, "bash, zsh, fish"),
    ],
)
def test_a_mistake_is_one_line_and_an_exit_code(jumpcloud, words, code, says):
    result = jumpcloud(*words)
    assert (result.returncode, result.stdout) == (code, ""), result
    assert result.stderr.startswith("jumpcloud: ") and result.stderr.count("\n") == 1
    assert says in result.stderr


def test_a_wrong_key_and_too_many_requests_have_their_codes(fakes, jumpcloud):
    wrong = jumpcloud("v2.user-groups.list", JUMPCLOUD_API_KEY="wrong")
    assert wrong.returncode == 3 and "401" in wrong.stderr
    busy = fakes("--users", "5", "--rate-limit-every", "1")
    limited = jumpcloud(
        "v2.user-groups.list", "--attempts", "1", JUMPCLOUD_BASE_URL=busy.url, JUMPCLOUD_API_KEY=busy.api_key
    )
    assert limited.returncode == 5 and "429" in limited.stderr


# ── what there is


def named():
    """How many operations `core/api` names: what each of them must be in."""
    names = (Path(__file__).parents[3] / "core/api/names.tsv").read_text()
    return sum(not line.startswith("#") for line in names.splitlines())


def test_operations_are_found_by_words(jumpcloud):
    names = jumpcloud("operations", "user-groups", "members").stdout
    assert "v2.user-groups.members.change" in names
    rows = items(jumpcloud("operations", "--format", "json"))
    assert len(rows) == len(_core.operations()) == named()
    assert len(items(jumpcloud("playbooks", "--format", "json"))) == len(_core.playbooks())


def test_describe_gives_all_that_is_known(jumpcloud):
    assert items(jumpcloud("describe", "v1.system-users.get"))["parameters"]["required"] == ["id"]
    assert items(jumpcloud("describe", "users.suspend"))["name"] == "users.suspend"
    assert jumpcloud("scopes", "v2.user-groups.list", "v2.user-groups.create").stdout == "groups\n"


def test_help_shows_an_operations_own_options(jumpcloud):
    overview = jumpcloud("--help").stdout
    assert "Exit codes" in overview and "--api-key-file" in overview
    text = jumpcloud("v2.user-groups.members.change", "--help").stdout
    assert "POST /api/v2/usergroups/{group_id}/members" in text and "--group-id TEXT" in text
    assert "timeout" in jumpcloud("commands.run", "-h").stdout
    assert jumpcloud("--version").stdout.startswith("jumpcloud ")


def test_help_of_every_put_and_patch_says_what_becomes_of_what_is_left_out():
    said = {
        True: "What the body leaves out is reset.",
        False: None,
        None: "What is left out may be reset (no source says): send the whole.",
    }
    seen = set()
    for name, _, method, *_ in _core.operations():
        callable = Callable(_core.describe(name))
        full = callable.described["fullReplace"]
        text, seen = help_of(callable), seen | {full}
        assert [line for line in said.values() if line and line in text] == [said[full]] * (full is not False), name
        assert full is False or method in ("PUT", "PATCH"), name
    assert seen == {True, False, None}
    assert "reset" not in help_of(find("users.suspend"))


def test_every_operation_has_options_of_its_own_names():
    """No parameter hides one of the command's own options, but those that mean the same."""
    own = {option.name for option in OWN}
    for name, *_ in _core.operations():
        options = of_operation(_core.describe(name))
        names = [option.name for option in options]
        assert len(names) == len(set(names)), name
        mine = {option.name for option in options if option.parameter}
        assert mine & own <= {"fields", "limit"}, name
        assert kebab(name) == kebab(kebab(name)) and _core.find(kebab(name))[0] == name
    for playbook in _core.playbooks():
        mine = {option.name for option in of_playbook(playbook) if option.parameter}
        # A playbook's timeout is its own: how long it waits for a command.
        assert mine & own <= {"dry-run", "timeout"}, playbook["name"]


# ── completion


def completed(fake, line):
    """What bash offers at the end of a line."""
    words = line.split(" ")
    script = (
        f'source <({shlex.quote(PROGRAM)} completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _jumpcloud; '
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    environment = variables(fake) | {"PATH": f"{Path(PROGRAM).parent}:{os.environ['PATH']}"}
    shell = ["bash", "-c", script, "bash", *words]
    return subprocess.run(shell, capture_output=True, text=True, check=True, env=environment).stdout.split()


def test_bash_completes_names_options_and_values(fake):
    assert completed(fake, "jumpcloud v2.user-groups.li") == ["v2.user-groups.list"]
    assert "users.suspend" in completed(fake, "jumpcloud users.")
    assert completed(fake, "jumpcloud v1.system-users.list --fo") == ["--format"]
    assert completed(fake, "jumpcloud v1.system-users.list --format ") == ["table", "json", "ndjson", "csv"]
    assert "--group-id" in completed(fake, "jumpcloud v2.user-groups.members.change --")
    assert completed(fake, "jumpcloud describe v2.user-groups.members.li") == ["v2.user-groups.members.list"]
    assert completed(fake, "jumpcloud compl") == ["completion"]


#: How each of the other shells is asked what it offers at the end of a line.
ASKED = {
    "zsh": "compdef() { :; }; compadd() { print -rl -- ${(P)@[-1]}; }; _files() { :; }; source $1; "
    "words=(${(z)2}); CURRENT=$#words; _jumpcloud",
    "fish": "source $argv[1]; complete -C $argv[2]",
}


@pytest.mark.parametrize("shell", ASKED)
def test_the_other_shells_complete_where_they_are_installed(jumpcloud, fake, shell, tmp_path):
    script = tmp_path / "script"
    script.write_text(jumpcloud("completion", shell).stdout)
    if not shutil.which(shell):
        pytest.skip(f"there is no {shell} here, and bash is asked the same above")
    environment = variables(fake) | {"PATH": f"{Path(PROGRAM).parent}:{os.environ['PATH']}"}
    for line, expected in [
        ("jumpcloud v2.user-groups.li", ["v2.user-groups.list"]),
        ("jumpcloud v1.system-users.list --form", ["--format"]),
    ]:
        ask = [shell, "-c", ASKED[shell], *([shell] if shell == "zsh" else []), str(script), line]
        result = subprocess.run(ask, capture_output=True, text=True, env=environment)
        assert result.stdout.split() == expected, result.stderr


# ── terminals


def on_terminal(terminal, fake, *words):
    """What a person sees on a terminal of 80 columns."""
    seen, code = terminal([PROGRAM, *words], variables(fake) | {"COLUMNS": "80", "TERM": "xterm"})
    assert code == 0, seen
    return seen.decode()


def test_a_terminal_shows_a_table_that_fits(fake, terminal):
    lines = [re.sub(r".*\x1b\[K", "", line) for line in on_terminal(terminal, fake, "v1.system-users.list").split("\r\n")]
    lines = [line for line in lines if line and "more fields" not in line]
    assert len(lines) == 251
    assert max(map(len, lines)) <= 80
    assert lines[0].split()[0] == "_ID" and {"USERNAME", "EMAIL"} & set(lines[0].split())


def test_a_terminal_shows_progress_and_can_be_asked_not_to(fake, tmp_path, terminal):
    words = ["v1.system-users.list", "--output", str(tmp_path / "users.json")]
    assert "100 of 250" in on_terminal(terminal, fake, *words)
    assert on_terminal(terminal, fake, *words, "--no-progress") == ""


def test_nothing_that_comes_moves_the_cursor(fake, jumpcloud, terminal):
    made = items(jumpcloud("v2.user-groups.create", "--body", json.dumps({"name": "red \x1b[31m\x07 wide 世界"})))
    seen = on_terminal(terminal, fake, "v2.user-groups.get", "--id", made["id"])
    assert jumpcloud("v2.user-groups.delete", "--id", made["id"]).returncode == 0
    assert "\x1b[31m" not in seen and "\x07" not in seen and "世界" in seen


# ── what is written of it

GUIDE = Path(__file__).parents[2] / "docs" / "command.md"
EXAMPLES = re.findall(r"```sh\n(.+?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_guides_examples_run(fakes, example):
    own = fakes("--users", "50")
    environment = variables(own) | {"PATH": f"{Path(PROGRAM).parent}:{os.environ['PATH']}"}
    script = f"set -e\n{example}"
    result = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr


def test_the_guide_and_the_help_name_the_same_exit_codes(jumpcloud):
    told = {code for code in re.findall(r"^\| (\d+) \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)}
    assert told - {"141"} == set(re.findall(r"^  (\d+) ", jumpcloud("--help").stdout, re.MULTILINE))
