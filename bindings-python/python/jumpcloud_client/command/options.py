"""What can be given on the command line: the command's own options, and each operation's parameters as options."""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any


class Wrong(Exception):
    """The command line is wrong: says what, and what to do."""


class Option:
    """`--name VALUE`, or `--name` alone where `takes` is empty."""

    __slots__ = ("group", "means", "name", "parameter", "repeats", "required", "schema", "takes", "values")

    def __init__(
        self,
        name: str,
        takes: str = "",
        means: str = "",
        *,
        values: Sequence[str] = (),
        repeats: bool = False,
        group: str = "",
        required: bool = False,
        parameter: str = "",
        schema: Any = None,
    ) -> None:
        self.name = name
        self.takes = takes
        self.means = means
        self.values = values
        self.repeats = repeats
        self.group = group
        self.required = required
        self.parameter = parameter
        self.schema = schema


OUTPUT = "Output"
CONNECTION = "Connection"

#: Options of every call.
OWN = (
    Option("format", "FORMAT", "table, json, ndjson or csv; unless said, table on a terminal and json elsewhere",
           values=("table", "json", "ndjson", "csv"), group=OUTPUT),
    Option("fields", "A,B", "only these fields, in this order; `a.b` for what is inside", repeats=True, group=OUTPUT),
    Option("limit", "N", "stop after so many items of a list; unless said, all of them", group=OUTPUT),
    Option("page-size", "N", "how many items of a list to ask for at once; unless said, as many as JumpCloud allows",
           group=OUTPUT),
    Option("position", "FILE", "begin a list where FILE says that another one stood, if it is there, and keep there where it stands",
           group=OUTPUT),
    Option("output", "FILE", "write to a file", group=OUTPUT),
    Option("no-progress", "", "no progress bar, though this is a terminal", group=OUTPUT),
    Option("dry-run", "", "print the request, without secrets, and send nothing", group=OUTPUT),
    Option("help", "", "what this is and takes", group=OUTPUT),
    Option("api-key-file", "FILE", "read the API key from a file, instead of $JUMPCLOUD_API_KEY", group=CONNECTION),
    Option("api-key", "-", "ask for the API key, or read it from stdin", values=("-",), group=CONNECTION),
    Option("client-id", "ID", "a service account, instead of $JUMPCLOUD_CLIENT_ID", group=CONNECTION),
    Option("client-secret-file", "FILE", "read its secret from a file, instead of $JUMPCLOUD_CLIENT_SECRET",
           group=CONNECTION),
    Option("system-context", "", "sign as this system, with its agent's key", group=CONNECTION),
    Option("region", "REGION", "us, eu or in, instead of $JUMPCLOUD_REGION", values=("us", "eu", "in"),
           group=CONNECTION),
    Option("org", "ID", "the organization, instead of $JUMPCLOUD_ORG_ID; events take several", repeats=True,
           group=CONNECTION),
    Option("base-url", "URL", "another server (a proxy, a fake JumpCloud), instead of $JUMPCLOUD_BASE_URL",
           group=CONNECTION),
    Option("header", "NAME:VALUE", "one more header", repeats=True, group=CONNECTION),
    Option("attempts", "N", "how often to try at most", group=CONNECTION),
    Option("timeout", "SECONDS", "how long one try may take as a whole; unless said, 60", group=CONNECTION),
    Option("max-body", "BYTES", "how long an answer may be; unless said, 268435456 (256 MiB)", group=CONNECTION),
    Option("strict", "", "refuse fields of a body that JumpCloud does not describe", group=CONNECTION),
)


#: Where a word begins, and what stands between words beside that.
STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
MARKS = re.compile(r"[^A-Za-z0-9.]+")


def kebab(name: str) -> str:
    """`v1.systemUsers.list` as it is written here: `v1.system-users.list`."""
    return STARTS.sub("-", MARKS.sub("-", name).strip("-")).lower()


def same(name: str) -> str:
    """What is left of a name when its case and the marks between its words do not count."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def of_operation(described: dict[str, Any]) -> list[Option]:
    """The options of an operation: its parameters, and the command's own."""
    parameters = described["parameters"]
    paging = described.get("paging") or {}
    options = []
    for name, schema in parameters["properties"].items():
        required = name in parameters["required"]
        if name == "body":
            options += body(schema, required, parameters.get("$defs", {}))
        elif name != paging.get("size"):
            # A list's own word for the size of a page is --page-size.
            options.append(of_parameter(kebab(name).replace(".", "-"), name, schema, required))
    return [*sorted(options, key=lambda option: not option.required), *own(options, paging)]


def of_playbook(described: dict[str, Any]) -> list[Option]:
    """The options of a playbook."""
    parameters = described["parameters"]
    options = [
        of_parameter(kebab(name), name, schema, name in parameters["required"])
        for name, schema in parameters["properties"].items()
    ]
    return [*sorted(options, key=lambda option: not option.required), *own(options, {})]


def own(options: list[Option], paging: dict[str, Any]) -> list[Option]:
    """The command's own options beside those of an operation, whose come first."""
    taken = {option.name for option in options}
    taken |= set() if paging else {"limit", "position"}
    taken |= set() if paging.get("size") else {"page-size"}
    for option in OWN:
        for known in options:
            if known.name == option.name and not known.means:
                known.means = option.means
    return [option for option in OWN if option.name not in taken]


#: The ends of the time that is asked about.
BOUNDS = {
    "start": lambda key: Option("since", "TIME", "from when on: how long ago (90s, 30m, 24h, 7d, 2w), or a time with its zone",
                                parameter=key),
    "end": lambda key: Option("until", "TIME", "until when, in the same way; unless given, now", parameter=key),
}

#: How long ago, in seconds.
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def moment(text: str) -> str:
    """A time as JumpCloud takes it: so long ago, or the text as it is, for the core to check."""
    ago = re.fullmatch(r"-?([0-9]{1,6})([smhdw])", text)
    if ago is None:
        return text
    from time import gmtime, strftime, time

    then = time() - int(ago[1]) * UNITS[ago[2]]
    if then < 0:
        raise Wrong(f"{text} ago is before 1970")
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(then))


def of_parameter(name: str, parameter: str, schema: Any, required: bool) -> Option:
    kind = schema.get("type")
    inner = schema.get("items", schema)
    values = inner.get("enum", ())
    means = schema.get("description", "")
    if values and not all(value in means for value in values):
        listed = ", ".join(values[:-1]) + f" or {values[-1]}" if len(values) > 1 else values[0]
        means = f"{means} One of {listed}.".strip() if means else listed
    if kind == "boolean":
        # `--flag` alone is true; `--flag=false` is possible.
        return Option(name, "", means, values=("true", "false"), required=required, parameter=parameter, schema=schema)
    if isinstance(kind, list) and "array" in kind:
        takes, means = "FILTER", means or "field:operator:value, or JSON; may be repeated: all must hold"
    elif kind == "array":
        takes, means = "A,B", means
    elif isinstance(kind, list):
        takes = "TEXT|JSON" if "object" in kind else "N"
    else:
        takes = {"integer": "N", "number": "N", "object": "JSON"}.get(kind or "", "TEXT")
    repeats = takes in ("FILTER", "A,B") or "anyOf" in schema
    return Option(name, takes, means, values=values, repeats=repeats, required=required, parameter=parameter,
                  schema=schema)


def body(schema: Any, required: bool, definitions: dict[str, Any]) -> list[Option]:
    """`--body`, and `--file` where there are bytes to send."""
    resolved = definitions.get(schema.get("$ref", "").removeprefix("#/$defs/"), schema)
    if resolved.get("format") == "binary":
        return [Option("file", "FILE", "the file to send", required=required, parameter="body")]
    options = [Option("body", "JSON", "JSON, or @FILE, or - for stdin", required=required, parameter="body",
                      schema=resolved)]
    bounds = {part.get("x-jc-bound"): f"body.{key}" for key, part in resolved.get("properties", {}).items()}
    options += [option(bounds[bound]) for bound, option in BOUNDS.items() if bound in bounds]
    files = [name for name, part in resolved.get("properties", {}).items() if part.get("format") == "binary"]
    if files:
        options.append(Option("file", "NAME=FILE", f"a file to send as {' or '.join(files)}", repeats=True,
                              parameter="body"))
    return options


def parse(words: Sequence[str], options: Iterable[Option]) -> dict[str, list[str]]:
    """The values of each option by its name; of a flag `true`."""
    known = {same(option.name): option for option in options}
    given: dict[str, list[str]] = {}
    waiting = list(reversed(words))
    while waiting:
        word = waiting.pop()
        if word == "-h":
            word = "--help"
        if not word.startswith("--") or word == "--":
            raise Wrong(f"{word!r} is not expected here; parameters are given as --name VALUE")
        name, equals, value = word[2:].partition("=")
        option = known.get(same(name))
        if option is None:
            raise Wrong(f"there is no option --{name}{near(name, [option.name for option in known.values()], '--')}")
        if not equals and not option.takes:
            value = "true"
        elif not equals:
            if not waiting or waiting[-1].startswith("--"):
                raise Wrong(f"--{option.name} takes a value: --{option.name} {option.takes}")
            value = waiting.pop()
        elif not option.takes and option.schema is None and value != "true":
            raise Wrong(f"--{option.name} takes no value")
        # A parameter's values are the core's to check; what stands for a secret is not repeated.
        if option.takes and option.values and not option.parameter and option.name != "api-key":
            if value not in option.values:
                raise Wrong(f"--{option.name} is one of {', '.join(option.values)}, not {value!r}")
        values = given.setdefault(option.name, [])
        if values and not option.repeats:
            raise Wrong(f"--{option.name} is given twice")
        values.append(value)
    return given


def is_text(argument: str) -> bool:
    """Whether an argument was UTF-8: what is not comes as halves of surrogate pairs."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def near(name: str, known: Sequence[str], prefix: str = "") -> str:
    """`; did you mean …?` when a known name is near enough."""
    from difflib import get_close_matches

    found = get_close_matches(name.lower(), known, 1, 0.6)
    return f"; did you mean {prefix}{found[0]}?" if found else ""


def value(option: Option, texts: Sequence[str]) -> Any:
    """What an operation is given for the texts of an option. What is of the wrong kind goes on as text: the core says
    what it expects instead."""
    schema = option.schema or {}
    kind = schema.get("type")
    if kind == "array":
        return [item for text in texts for item in several(text)]
    if option.repeats:
        items = [structured(text) for text in texts]
        return items[0] if len(items) == 1 else items
    return number(texts[-1], kind) if kind in ("integer", "number", "boolean") else structured(texts[-1], kind)


def several(text: str) -> list[Any]:
    if text.startswith("["):
        found = structured(text)
        return found if isinstance(found, list) else [found]
    return text.split(",")


def structured(text: str, kind: Any = ("object",)) -> Any:
    """JSON where it looks like it and a parameter can be so, else text."""
    if kind is None or "object" in kind:
        if text[:1] in ("{", "["):
            try:
                return json.loads(text)
            except RecursionError:
                raise Wrong(f"{text[:40]!r} is nested too deeply") from None
            except ValueError as error:
                raise Wrong(f"{text[:40]!r} is not JSON: {error}") from None
    elif "integer" in kind and isinstance(kind, list):
        return number(text, "integer")
    return text


def number(text: str, kind: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    kinds: dict[str, tuple[type, ...]] = {"integer": (int,), "number": (int, float), "boolean": (bool,)}
    return found if isinstance(found, kinds[kind]) else text
