"""The command `jumpcloud`: every operation and playbook from a shell. `jumpcloud --help` says how."""

from __future__ import annotations

import sys

from .options import Wrong, is_text
from .printing import complain, say, stdout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: The exit code of each kind of failure; others are 1. `help.py` documents them.
EXIT_CODES = {
    "invalid_request": 2,
    "authentication": 3,
    "permission": 3,
    "signing": 3,
    "not_found": 4,
    "rate_limited": 5,
    "transport": 6,
    "incomplete": 7,
}
#: What came could not be written.
UNWRITABLE = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command line and gives its exit code."""
    from . import printing

    code = ended(arguments)
    # What a failure has left in the buffer is written now: Python would complain of it in lines of its own.
    return code if printing.emptied() else code or UNWRITABLE


def ended(arguments: Sequence[str] | None) -> int:
    """The exit code of a command line, however it ends."""
    from . import printing

    try:
        printing.prepare()
        return run(list(sys.argv[1:] if arguments is None else arguments))
    except Wrong as wrong:
        return failed(str(wrong), 2)
    except KeyboardInterrupt:
        return failed("interrupted", 130)
    except printing.Unwritable as error:
        printing.forget()
        return failed(str(error), UNWRITABLE)
    except BrokenPipeError:
        # The reader has seen enough (`| head`).
        printing.forget()
        return printing.READER_GONE
    except Exception as error:
        from ..errors import JumpCloudError

        if isinstance(error, JumpCloudError):
            return failed(described(error), EXIT_CODES.get(error.kind, 1))
        # A mistake of the command's own, or of the machine: still a line, as whoever runs it can do nothing with more.
        return failed(f"{type(error).__name__}: {error}", 1)


def run(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        from . import help

        say(help.overview())
        return 0 if words else 2
    first, *rest = words
    if first == "--version":
        from importlib.metadata import version

        say(f"jumpcloud {version('jumpcloud-client')}\n")
        return 0
    from . import catalogue, completion

    # Beside names there are only the values of options, of which files may be called anything.
    if not all(map(is_text, words if first in catalogue.COMMANDS else words[:1])):
        raise Wrong("an argument is no UTF-8")
    if first == completion.ASK:
        say("".join(f"{word}\n" for word in completion.candidates(rest)))
        return 0
    if first in catalogue.COMMANDS:
        return about(first, rest)
    if first.startswith("-"):
        raise Wrong(f"the name of what to call comes first: jumpcloud NAME {first} …")
    found = catalogue.find(first)
    if any(word in ("-h", "--help") for word in rest):
        from . import help

        say(help.of(found))
        return 0
    from .options import parse

    given = parse(rest, found.options)
    missing = [f"--{option.name} {option.takes}" for option in found.options
               if option.required and option.name not in given]
    if missing:
        raise Wrong(f"{first} needs {', '.join(missing)}; see jumpcloud {first} --help")
    from .call import call

    call(found, given)
    return 0


def about(command: str, words: list[str]) -> int:
    """The commands that tell of what there is."""
    from . import catalogue, completion, output
    from .options import OWN, parse

    if any(word in ("-h", "--help") for word in words):
        say(f"jumpcloud {command}: {catalogue.COMMANDS[command]}\n")
        return 0
    if command == "completion":
        if len(words) != 1:
            raise Wrong(f"jumpcloud completion {' | '.join(completion.SHELLS)}")
        say(completion.script(words[0]))
        return 0
    if command == "describe":
        if len(words) != 1:
            raise Wrong("jumpcloud describe NAME")
        say(output.pretty(catalogue.find(words[0]).described) + "\n")
        return 0
    if command == "scopes":
        from .. import _core

        if not words:
            raise Wrong("jumpcloud scopes NAME…")
        say("".join(f"{scope}\n" for scope in _core.scopes(words)))
        return 0
    own = [option for option in OWN if option.name == "format"]
    starts = next((index for index, word in enumerate(words) if word.startswith("-")), len(words))
    given = parse(words[starts:], own)
    search = catalogue.operations_with if command == "operations" else catalogue.playbooks_with
    found = search(words[:starts])
    if not found:
        return failed(f"no {command[:-1]} holds {' and '.join(words[:starts])}", 4)
    out = stdout()
    writer = output.writer(given.get("format", ["table"])[0], [], out)
    # A name that is cut cannot be called.
    writer.cuts = False
    writer.page(found)
    writer.end()
    out.flush()
    return 0


def described(error: Exception) -> str:
    """An error in one line, with names as they are written here."""
    from .catalogue import as_written
    from .options import kebab

    text, parameter = str(error), getattr(error, "parameter", None)
    if parameter:
        option = {"from_position": "position", "org_id": "org"}.get(parameter, kebab(parameter))
        text = text.replace(f"{parameter}:", f"--{option}:", 1)
    request_id = getattr(error, "request_id", None)
    return f"{as_written(text)} (request {request_id})" if request_id else as_written(text)


def failed(message: str, code: int) -> int:
    complain(message)
    return code
