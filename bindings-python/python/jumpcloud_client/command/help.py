"""What `--help` prints."""

from __future__ import annotations

from .catalogue import COMMANDS, Callable
from .options import CONNECTION, OUTPUT, OWN, Option, kebab

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EXIT_CODES = """\
Exit codes
  0    done
  1    JumpCloud refused or failed: validation, conflict, a server error, a reply that does not decode
  2    the command line or a parameter is wrong; nothing was sent
  3    the credential is missing, wrong, or may not do this
  4    there is no such object
  5    too many requests
  6    no answer came
  7    the list is incomplete: what was written is not all
  8    what came could not be written
  130  interrupted"""


def overview() -> str:
    """The help of the command itself."""
    commands = {
        "NAME [--parameter VALUE]…": "call an operation or a playbook: v1.system-users.list, users.suspend",
        "NAME --help": "what it takes",
        **{f"{name} {'WORD…' if name.endswith('s') and name != 'scopes' else 'NAME'}": does
           for name, does in COMMANDS.items()},
    }
    commands["scopes NAME…"] = commands.pop("scopes NAME")
    commands["completion SHELL"] = commands.pop("completion NAME")
    return "\n".join(
        [
            "All of JumpCloud's REST API: a list gives all its pages, a failure its reason.",
            "",
            "Usage: jumpcloud NAME [--parameter VALUE]…",
            "",
            *table(commands),
            "",
            *listed(OUTPUT, OWN),
            "",
            *listed(CONNECTION, OWN),
            "",
            "The credential comes from $JUMPCLOUD_API_KEY, or $JUMPCLOUD_CLIENT_ID and $JUMPCLOUD_CLIENT_SECRET.",
            "No option takes a secret itself: other users of this machine could read it from the list of processes.",
            "",
            EXIT_CODES,
            "",
            "Examples",
            "  jumpcloud v1.system-users.list --filter department:eq:IT --fields email,username --format csv",
            "  jumpcloud v2.user-groups.create --body '{\"name\": \"Engineers\"}' --dry-run",
            "  jumpcloud users.suspend --user ada",
            "",
        ]
    )


def of(callable: Callable) -> str:
    """The help of an operation or a playbook."""
    described = callable.described
    name = kebab(callable.name)
    required = " ".join(f"--{option.name} {option.takes}".strip() for option in callable.options if option.required)
    own = [option for option in callable.options if option.group == ""]
    lines = [
        f"{described['description'][:1].upper()}{described['description'][1:]}."
        if callable.is_playbook
        else described["summary"],
        *([] if callable.is_playbook else [f"{described['method']} {described['path']}"]),
        "",
        f"Usage: jumpcloud {name}{' ' + required if required else ''} [OPTION]…",
        "",
        *(listed("Parameters", own) if own else ["It takes no parameters."]),
        *body(own),
        *facts(described),
        "",
        *listed(OUTPUT, callable.options),
        "",
        *listed(CONNECTION, callable.options),
        "",
    ]
    return "\n".join(lines)


def listed(title: str, options: list[Option] | tuple[Option, ...]) -> list[str]:
    rows = {}
    for option in options:
        if option.group == (title if title in (OUTPUT, CONNECTION) else ""):
            means = f"{option.means} (required)".strip() if option.required else option.means
            rows[f"--{option.name} {option.takes}".strip()] = means
    return [title, *table(rows)]


def table(rows: dict[str, str]) -> list[str]:
    wide = min(max(map(len, rows), default=0), 36)
    lines = []
    for left, right in rows.items():
        if len(left) > wide and right:
            lines += [f"  {left}", f"  {'':{wide}}  {right}"]
        else:
            lines.append(f"  {left:{wide}}  {right}".rstrip())
    return lines


def body(options: list[Option]) -> list[str]:
    """The keys of the body."""
    for option in options:
        properties = option.schema.get("properties") if option.name == "body" and option.schema else None
        if properties:
            required = option.schema.get("required", [])
            rows = {
                name: ": ".join(filter(None, [kind(schema) + (" (required)" if name in required else ""),
                                              schema.get("description")]))
                for name, schema in properties.items()
            }
            return ["", "Keys of the body", *table(rows)]
    return []


def kind(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "examples" in schema:
        return " | ".join(schema["examples"])
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}))}"
    found = schema.get("type", "object" if "$ref" in schema else "anything")
    return " or ".join(found) if isinstance(found, list) else str(found)


def facts(described: dict[str, Any]) -> list[str]:
    """What else a caller should know."""
    lines = []
    if described.get("paging"):
        lines.append("Gives all items of all pages, unless --limit says how many.")
        if described["paging"]["size"]:
            lines.append(f"A page has {described['paging']['maximum']} items at most.")
    if described.get("destructive"):
        lines.append("What it changes cannot be brought back.")
    # A playbook has no such key.
    full = described.get("fullReplace", False)
    if full:
        lines.append("What the body leaves out is reset.")
    elif full is None:
        lines.append("What is left out may be reset (no source says): send the whole.")
    if described.get("organization") == "required":
        lines.append("Needs an organization: --org or $JUMPCLOUD_ORG_ID.")
    if described.get("scopes"):
        lines.append(f"Scope: {' or '.join(described['scopes'])}.")
    if described.get("filterFields"):
        lines.append(f"Fields to filter by: {', '.join(described['filterFields'])}.")
    return ["", *lines] if lines else []
