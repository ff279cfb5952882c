"""The command `jumpcloud`: every operation and playbook from a shell. `jumpcloud --help` says how."""

from __future__ import annotations

import os
import sys

from .options import Wrong

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


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command line and gives its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # Whatever the machine's encoding is, names hold all letters.
        if not stream.isatty():
            stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        return run(words)
    except Wrong as wrong:
        return failed(str(wrong), 2)
    except KeyboardInterrupt:
        return failed("interrupted", 130)
    except BrokenPipeError:
        # The reader has seen enough (`| head`); Python would complain once more when it closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        from ..errors import JumpCloudError

        if not isinstance(error, JumpCloudError):
            raise
        return failed(described(error), EXIT_CODES.get(error.kind, 1))


def run(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        from . import help

        sys.stdout.write(help.overview())
        return 0 if words else 2
    first, *rest = words
    if first == "--version":
        from importlib.metadata import version

        sys.stdout.write(f"jumpcloud {version('jumpcloud-client')}\n")
        return 0
    from . import catalogue, completion

    if first == completion.ASK:
        sys.stdout.writelines(f"{word}\n" for word in completion.candidates(rest))
        return 0
    if first in catalogue.COMMANDS:
        return about(first, rest)
    if first.startswith("-"):
        raise Wrong(f"the name of what to call comes first: jumpcloud NAME {first} …")
    found = catalogue.find(first)
    if any(word in ("-h", "--help") for word in rest):
        from . import help

        sys.stdout.write(help.of(found))
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
        sys.stdout.write(f"jumpcloud {command}: {catalogue.COMMANDS[command]}\n")
        return 0
    if command == "completion":
        if len(words) != 1:
            raise Wrong(f"jumpcloud completion {' | '.join(completion.SHELLS)}")
        sys.stdout.write(completion.script(words[0]))
        return 0
    if command == "describe":
        if len(words) != 1:
            raise Wrong("jumpcloud describe NAME")
        sys.stdout.write(output.pretty(catalogue.find(words[0]).described) + "\n")
        return 0
    if command == "scopes":
        from .. import _core

        if not words:
            raise Wrong("jumpcloud scopes NAME…")
        sys.stdout.writelines(f"{scope}\n" for scope in _core.scopes(words))
        return 0
    own = [option for option in OWN if option.name == "format"]
    starts = next((index for index, word in enumerate(words) if word.startswith("-")), len(words))
    given = parse(words[starts:], own)
    search = catalogue.operations_with if command == "operations" else catalogue.playbooks_with
    found = search(words[:starts])
    if not found:
        return failed(f"no {command[:-1]} holds {' and '.join(words[:starts])}", 4)
    writer = output.writer(given.get("format", ["table"])[0], [], sys.stdout)
    # A name that is cut cannot be called.
    writer.cuts = False
    writer.page(found)
    writer.end()
    sys.stdout.flush()
    return 0


def described(error: Exception) -> str:
    """An error in one line."""
    from .catalogue import as_written

    text = as_written(" ".join(str(error).split()))
    request_id = getattr(error, "request_id", None)
    return f"{text} (request {request_id})" if request_id else text


def failed(message: str, code: int) -> int:
    sys.stderr.write(f"jumpcloud: {message}\n")
    return code
