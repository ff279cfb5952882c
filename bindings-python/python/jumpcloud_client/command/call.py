"""Calls an operation or a playbook as the command line says."""

from __future__ import annotations

import os
import sys

from .. import JumpCloud
from .catalogue import Callable
from .options import Wrong, is_text, moment, number, value
from .output import Progress, writer
from .printing import File, Out, end_with_reader, lines, stdout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: What may hold a secret is read from here, and never from an argument.
STDIN = "-"


def call(callable: Callable, given: dict[str, list[str]]) -> None:
    """Calls it and writes what it answers."""
    parameters = parameters_of(callable, given)
    options = options_of(callable, given)
    with client(given) as jumpcloud:
        if callable.is_playbook:
            # Its own --dry-run is a parameter like any other.
            answered(jumpcloud.playbook(callable.name, options=options, **parameters), given)
        elif "dry-run" in given:
            size: str = callable.described["paging"]["size"] if "page-size" in given else ""
            if size in callable.described["parameters"]["properties"]:
                # A single request has it as JumpCloud's own parameter.
                parameters[size] = whole("page-size", given)
            with destination(given) as out:
                out.write(lines(f"{jumpcloud.prepare(callable.name, options=options, **parameters)}\n"))
        elif callable.is_list:
            for name in ("limit", "page-size"):
                if name in given:
                    options[name.replace("-", "_")] = whole(name, given)
            if "position" in given:
                options["from_position"] = kept(given["position"][0])
            listed(jumpcloud.call(callable.name, options=options, **parameters), given)
        else:
            answered(jumpcloud.call(callable.name, options=options, **parameters), given)


def listed(items: Any, given: dict[str, list[str]]) -> None:
    limit = whole("limit", given) if "limit" in given else None
    progress = Progress("no-progress" not in given)
    received = 0
    pages = items.pages()
    if "output" not in given:
        # Only a list: what changes something is done, whoever reads of it.
        end_with_reader()
    # A list that fails at once writes no file.
    page = next(pages, None)
    # Items that are in a file only when it is whole are not passed by before.
    keeps = given["position"][0] if "position" in given and "output" not in given else None
    with destination(given) as out, progress:
        writer = written(given, out)
        while page is not None:
            received += len(page)
            if out.terminal:
                progress.clear()
            writer.page(page)
            if out.terminal or keeps is not None:
                out.flush()
            if keeps is not None:
                keep(keeps, items.position)
            progress(received, min(filter(None, (items.total, limit)), default=None))
            page = next(pages, None)
        writer.end()
    if "position" in given:
        keep(given["position"][0], items.position)


def kept(path: str) -> str | None:
    """The position that a file keeps; none where there is no file yet."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise Wrong(f"--position: {path}: {getattr(error, 'strerror', None) or 'it holds no text'}") from None


def keep(path: str, position: str | None) -> None:
    """Keeps a position, whole or not at all."""
    if position is None:
        return
    fresh = f"{path}.new"
    try:
        with open(fresh, "w", encoding="utf-8") as file:
            file.write(position)
        os.replace(fresh, path)
    except OSError as error:
        raise Wrong(f"--position: {path}: {error.strerror}") from None


def answered(reply: Any, given: dict[str, list[str]]) -> None:
    if isinstance(reply, bytes):
        binary(reply, given)
    elif reply is not None:
        with destination(given) as out:
            if isinstance(reply, str):
                out.write(reply if reply.endswith("\n") else reply + "\n")
            else:
                written(given, out).one(reply)


def binary(content: bytes, given: dict[str, list[str]]) -> None:
    with destination(given) as out:
        if out.terminal:
            raise Wrong(f"the reply is a file of {len(content)} bytes: say where to with --output FILE")
        out.bytes(content)


def written(given: dict[str, list[str]], out: Out) -> Any:
    format = given.get("format", ["table" if out.terminal else "json"])[0]
    fields = [name for text in given.get("fields", ()) for name in text.split(",") if name]
    return writer(format, fields, out)


class destination:
    """The file of `--output`, or stdout, which stays open."""

    def __init__(self, given: dict[str, list[str]]) -> None:
        self.file = File(given["output"][0]) if "output" in given else None
        self.out = stdout() if self.file is None else None

    def __enter__(self) -> Out:
        return self.file.__enter__() if self.file is not None else self.out  # type: ignore[return-value]

    def __exit__(self, *failed: object) -> None:
        if self.file is not None:
            self.file.__exit__(*failed)
        elif self.out is not None and failed[0] is None:
            self.out.flush()


def read(option: str, path: str) -> str:
    """The text of a file that an option names, or of stdin."""
    name = "stdin" if path == STDIN else path
    try:
        if path != STDIN:
            with open(path, "rb") as file:
                content = file.read()
        elif sys.stdin is None:
            raise Wrong(f"--{option}: there is no stdin to read from")
        else:
            content = sys.stdin.buffer.read()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise Wrong(f"--{option}: {name}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        # What stands there may be a secret.
        raise Wrong(f"--{option}: {name} is no UTF-8 (byte {error.start + 1})") from None


def parameters_of(callable: Callable, given: dict[str, list[str]]) -> dict[str, Any]:
    """The parameters by their own names."""
    parameters: dict[str, Any] = {}
    bounds: dict[str, tuple[str, str]] = {}
    for option in callable.options:
        if option.name not in given or not option.parameter:
            continue
        texts = given[option.name]
        for text in texts:
            # A file may be called anything; what is sent is text.
            if not text.startswith("@") and option.name != "file" and not is_text(text):
                raise Wrong(f"--{option.name}: the argument is no UTF-8")
        if option.parameter.startswith("body."):
            bounds[option.parameter.removeprefix("body.")] = option.name, moment(texts[0])
        elif option.name == "body" and option.parameter == "body":
            parameters["body"] = body(texts[0])
        elif option.name == "file" and option.parameter == "body":
            upload(option.repeats, texts, parameters)
        else:
            parameters[option.parameter] = value(option, texts)
    for key, (name, time) in bounds.items():
        content = parameters.setdefault("body", {})
        if not isinstance(content, dict):
            raise Wrong(f"--{name} goes into the body, which is no JSON object")
        if content.get(key) is not None:
            raise Wrong(f"--{name} and the body both say {key}: give one")
        content[key] = time
    return parameters


def body(text: str) -> Any:
    import json

    source = "--body"
    if text == STDIN:
        source, text = "stdin", read("body", STDIN)
    elif text.startswith("@"):
        source, text = text[1:], read("body", text[1:])
    try:
        return json.loads(text)
    except RecursionError:
        raise Wrong(f"{source} is nested too deeply") from None
    except ValueError as error:
        # The text may hold a secret.
        raise Wrong(f"{source} is not JSON: {error}; --body takes JSON, @FILE, or - for stdin") from None


def upload(named: bool, texts: list[str], parameters: dict[str, Any]) -> None:
    from pathlib import Path

    for text in texts:
        name, equals, path = text.partition("=") if named else ("", "", text)
        if named and not equals:
            raise Wrong(f"--file says what the file is for: --file NAME={text}")
        if not Path(path).is_file():
            raise Wrong(f"--file: there is no file {path}")
        if named:
            parameters.setdefault("body", {})[name] = Path(path)
        else:
            parameters["body"] = Path(path)


def options_of(callable: Callable, given: dict[str, list[str]]) -> Any:
    """The options of the call, as far as they are said."""
    # A parameter may have the name of one: then there is none.
    own = {option.name for option in callable.options if option.group}
    given = {name: texts for name, texts in given.items() if name in own}
    options: dict[str, Any] = {}
    if "org" in given:
        options["org_id"] = given["org"]
    if "header" in given:
        options["headers"] = dict(header(text) for text in given["header"])
    if "attempts" in given:
        options["attempts"] = whole("attempts", given)
    if "strict" in given:
        options["strict"] = True
    if "timeout" in given:
        options["timeout"] = seconds("timeout", given)
    if "max-body" in given:
        options["max_body"] = whole("max-body", given)
    return options


def header(text: str) -> tuple[str, str]:
    name, colon, content = text.partition(":")
    if not colon:
        raise Wrong("--header takes NAME:VALUE")
    return name.strip(), content.strip()


def whole(name: str, given: dict[str, list[str]]) -> int:
    found = number(given[name][0], "integer")
    if not isinstance(found, int) or found < 0:
        raise Wrong(f"--{name} takes a whole number, not {given[name][0]!r}")
    return found


def seconds(name: str, given: dict[str, list[str]]) -> float:
    found = number(given[name][0], "number")
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not 0 < found < float("inf"):
        raise Wrong(f"--{name} takes seconds, more than 0, not {given[name][0]!r}")
    return found


def client(given: dict[str, list[str]]) -> JumpCloud:
    """A client with the credential that is meant: that of an option, or of the environment."""
    settings: dict[str, Any] = {}
    if "api-key-file" in given:
        settings["api_key"] = secret_of("api-key-file", given)
    if "api-key" in given:
        if given["api-key"][0] != STDIN:
            raise Wrong("a secret is no argument, as others can see it: --api-key - asks for it, "
                        "--api-key-file FILE and $JUMPCLOUD_API_KEY hold it")
        settings["api_key"] = asked("API key: ")
    if "client-id" in given:
        secret = secret_of("client-secret-file", given) if "client-secret-file" in given else None
        secret = secret or os.environ.get("JUMPCLOUD_CLIENT_SECRET")
        if not secret:
            raise Wrong("--client-id needs --client-secret-file FILE, or $JUMPCLOUD_CLIENT_SECRET")
        settings["service_account"] = (given["client-id"][0], secret)
    elif "client-secret-file" in given:
        raise Wrong("--client-secret-file needs --client-id ID")
    if "system-context" in given:
        from .. import SystemContext

        try:
            settings["system_context"] = SystemContext.from_agent()
        except OSError as error:
            raise Wrong(f"--system-context: {error.filename}: {error.strerror}") from None
    if "region" in given:
        settings["region"] = given["region"][0]
    if "base-url" in given:
        settings["base_url"] = given["base-url"][0]
    return JumpCloud(**settings)


def secret_of(name: str, given: dict[str, list[str]]) -> str:
    found = read(name, given[name][0]).strip()
    if not found:
        raise Wrong(f"--{name}: {given[name][0]} is empty")
    return found


def asked(prompt: str) -> str:
    if sys.stdin is None:
        raise Wrong("--api-key -: there is no stdin to read from")
    if sys.stdin.isatty():
        from getpass import getpass

        return getpass(prompt).strip()
    try:
        return sys.stdin.buffer.readline().decode().strip()
    except UnicodeDecodeError:
        raise Wrong("--api-key -: stdin is no UTF-8") from None


