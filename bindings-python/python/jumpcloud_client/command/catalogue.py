"""What there is to call: by the names that are written on a command line."""

from __future__ import annotations

import re

from .. import _core
from ..errors import InvalidRequestError
from .options import Option, Wrong, kebab, near, of_operation, of_playbook, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Callable:
    """An operation or a playbook."""

    def __init__(self, described: dict[str, Any]) -> None:
        self.name: str = described["name"]
        self.described = described
        self.is_playbook = "method" not in described
        self.options: list[Option] = of_playbook(described) if self.is_playbook else of_operation(described)
        self.is_list = bool(described.get("paging"))


def find(name: str) -> Callable:
    """The operation or playbook of that name, in whatever case, or by its operationId."""
    for described in _core.playbooks():
        if same(described["name"]) == same(name):
            return Callable(described)
    try:
        return Callable(_core.describe(name))
    except InvalidRequestError as error:
        message = as_written(error.message)
        if "did you mean" not in message:
            message += near(name, [*COMMANDS, *map(kebab, playbooks())])
        if "did you mean" not in message:
            message += "; `jumpcloud operations WORD` finds names"
        raise Wrong(message) from None


def as_written(message: str) -> str:
    """A message of the core with the operations' names as they are written here."""
    return re.sub(r"\b(?:v1|v2|insights|oauth|storage)(?:\.\w+)+", lambda found: kebab(found[0]), message)


#: What is no operation and no playbook, and what it does.
COMMANDS = {
    "operations": "find operations by what they do: operations reset mfa",
    "playbooks": "find playbooks",
    "describe": "all that is known of an operation or playbook, as JSON",
    "scopes": "the OAuth scopes that calling these operations takes",
    "completion": "the script that completes in bash, zsh or fish",
}


def playbooks() -> list[str]:
    return [described["name"] for described in _core.playbooks()]


def operations() -> list[tuple[str, bool, str, str, list[str]]]:
    return _core.operations()


def operations_with(words: list[str]) -> list[dict[str, Any]]:
    """The operations that these words mean, the likeliest first."""
    return [
        {
            "name": kebab(found["name"]),
            "method": found["method"],
            "path": found["path"],
            "gives": "list" if found["list"] else "",
            "does": found["summary"],
        }
        for found in _core.search(" ".join(words))
    ]


def playbooks_with(words: list[str]) -> list[dict[str, Any]]:
    """The playbooks whose name or description holds every word."""
    wanted = [word.lower() for word in words]
    rows = [{"name": kebab(found["name"]), "does": found["description"]} for found in _core.playbooks()]
    return [row for row in rows if all(word in f"{row['name']} {row['does']}".lower() for word in wanted)]
