"""What Python's values are in JSON: credentials, parameters and options. Nothing changes its meaning by where it stands."""

from __future__ import annotations

import datetime
import json
import os

from .errors import InvalidRequestError
from .filter import Filter


class Hidden(str):
    """Text that must not be seen in a traceback that shows variables."""

    def __repr__(self):
        return "<hidden>"


class Unseen:
    """Something that may be secret, whatever it is, on its way through frames that an error may show."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return "<hidden>"


def secret(unseen, name):
    """A credential: text, or an object of pydantic's kind that has it. Nothing else has a text that is surely the right one."""
    value = unseen.value
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
    if isinstance(value, str):
        return Hidden(value)
    kind = type(value).__name__
    del value
    message = f"{name}: expected a string or an object with get_secret_value(), got {kind}"
    raise InvalidRequestError(message + (": decode it first" if "byte" in kind else ""), parameter=name)


def account(unseen):
    """The id and the secret of a service account."""
    value = unseen.value
    if isinstance(value, tuple | list) and len(value) == 2:
        two = [Unseen(one) for one in value]
        del value
        return dict(zip(("id", "secret"), [secret(one, "service_account") for one in two]))
    del value
    raise InvalidRequestError("service_account: expected (id, secret)", parameter="service_account")


# The core's names of settings and options, where Python's are others.
_NAMES = {
    "api_key": "apiKey",
    "service_account": "serviceAccount",
    "system_context": "systemContext",
    "base_url": "baseUrl",
    "base_urls": "baseUrls",
    "allow_http": "allowHttp",
    "user_agent": "userAgent",
    "requests_in_flight": "requestsInFlight",
    "requests_per_second": "requestsPerSecond",
    "org_id": "organizations",
    "longest_wait": "longestWait",
    "max_body": "maxBody",
    "page_size": "pageSize",
    "max_pages": "maxPages",
    "from_position": "from",
}
_OURS = {theirs: ours for ours, theirs in _NAMES.items()} | {"organization": "org_id"}
OPTIONS = (
    "timeout",
    "attempts",
    "deadline",
    "longest_wait",
    "max_body",
    "concurrency",
    "strict",
    "org_id",
    "headers",
    "limit",
    "page_size",
    "max_pages",
    "from_position",
    "lag",
    "overlap",
    "seed",
    "progress",
)
_HOSTS = ("console", "insights", "oauth")
_SECONDS = {"longest_wait", "deadline", "lag", "overlap"}
_HERE = {"timeout", "progress"}


def in_python(error, known):
    """An error of the core about a setting or option, with Python's name of it, as far as it is one of the known."""
    ours = _OURS.get(error.parameter)
    if error.parameter is None or ours not in known:
        return error
    theirs, colon, rest = error.message.partition(":")
    message = f"{ours}:{rest}" if colon and theirs == error.parameter else f"{ours}: {error.message}"
    if error.parameter == "baseUrl":
        message = message.replace("allowHttp", "allow_http=True")
    return InvalidRequestError(message, operation=error.operation, parameter=ours)


def settings(given):
    """A client's settings as the core reads them."""
    for name in ("region", "org_id", "base_url", "user_agent"):
        if given.get(name) is not None and not isinstance(given[name], str):
            message = f"{name}: expected a string, got {type(given[name]).__name__}"
            raise InvalidRequestError(message, parameter=name)
    core = {_NAMES.get(name, name): value for name, value in given.items()}
    core["organization"] = core.pop("organizations", None)
    urls = given.get("base_urls")
    if urls is not None:
        if not hasattr(urls, "items") or not all(name in _HOSTS and isinstance(url, str) for name, url in urls.items()):
            message = f"base_urls: expected strings under {', '.join(_HOSTS)}"
            raise InvalidRequestError(message, parameter="base_urls")
        core["baseUrls"] = dict(urls)
    try:
        return Hidden(json.dumps(core, allow_nan=False))
    except (TypeError, ValueError):
        pass
    # It is worth finding out which one it was.
    for name, value in given.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            message = f"{name}: cannot be written as JSON: {type(value).__name__}"
            raise InvalidRequestError(message, parameter=name) from None
    raise InvalidRequestError("the settings cannot be written as JSON")


def seconds(value, name, operation=None):
    """A time that is not over before it begins."""
    if value is None:
        return None
    # Of numpy's numbers too.
    number = None if isinstance(value, str | bytes | bool) else getattr(value, "__float__", None)
    number = number() if number is not None else None
    if number is None or not 0 < number < float("inf"):
        message = f"{name}: expected seconds, more than 0, got {value!r}"
        raise InvalidRequestError(message, operation=operation, parameter=name)
    return number


def options(given, operation, limit=None):
    """A call's options as the core reads them, with a seed of its own."""
    known = {}
    for name, value in given.items():
        if name in _HERE:
            continue
        if name not in OPTIONS:
            import difflib

            near = difflib.get_close_matches(str(name), OPTIONS, 1)
            hint = f'; did you mean "{near[0]}"?' if near else f"; there are {', '.join(OPTIONS)}"
            raise InvalidRequestError(f'there is no option "{name}"{hint}', operation=operation, parameter=str(name))
        if name in _SECONDS and value is not None:
            # The core takes whole milliseconds.
            try:
                value = round(value * 1000)
            except (TypeError, ValueError, OverflowError):
                message = f"{name}: expected seconds, got {value!r}"
                raise InvalidRequestError(message, operation=operation, parameter=name) from None
        known[_NAMES.get(name, name)] = value
    known.setdefault("seed", int.from_bytes(os.urandom(7)))
    try:
        if limit is not None:
            other = known.get("limit")
            known["limit"] = limit if other is None else min(limit, other)
        return json.dumps(known, allow_nan=False, default=_number)
    except (TypeError, ValueError):
        pass
    # It is worth finding out which one it was.
    for name, value in known.items():
        try:
            json.dumps(value, allow_nan=False, default=_number)
        except (TypeError, ValueError) as error:
            name = _OURS.get(name, name)
            message = f"{name}: cannot be written as JSON: {error}"
            raise InvalidRequestError(message, operation=operation, parameter=name) from None
    raise InvalidRequestError("limit: expected a whole number, 0 or more", operation=operation, parameter="limit")


class Writer:
    """Writes a call's parameters as JSON; files among them are kept, and stand there as what the core knows of them."""

    def __init__(self):
        self.attachments = []

    def text(self, value):
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=self._replaced)
        # Half of a surrogate pair is no text.
        text.encode()
        return text

    def _replaced(self, value):
        """What stands in JSON for an object that is none."""
        if isinstance(value, Filter):
            return value.json
        if is_file(value):
            from .attachment import Attachment

            if not isinstance(value, Attachment):
                value = Attachment(value)
            self.attachments.append(value)
            return value.json()
        return replaced(value)


def is_file(value):
    """Whether this is something to upload."""
    from .attachment import Attachment

    return isinstance(value, Attachment | bytes | bytearray | memoryview | os.PathLike) or hasattr(value, "read")


def replaced(value):
    """What stands in JSON for a value that is none: the same for everybody who reads it, or an error."""
    kind = type(value).__name__
    if isinstance(value, datetime.datetime):
        # What is not equal to itself is pandas' `NaT`, which is a datetime, too.
        if value != value:
            raise ValueError("NaT is no time: leave it out, or give None")
        if value.utcoffset() is None:
            raise ValueError(f"{value.isoformat()} has no time zone: give it one, as datetime.now(timezone.utc) has")
        return value.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    if kind in ("datetime64", "timedelta64"):
        raise ValueError(
            f"numpy's {kind} has no time zone: give pandas.Timestamp(value, tz='UTC') or a datetime with one"
            if kind == "datetime64"
            else "numpy's timedelta64 has no unit in JSON: give a number"
        )
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if kind == "UUID":
        return str(value)
    if kind == "Decimal":
        return _decimal(value)
    if hasattr(value, "keys") and hasattr(value, "__getitem__"):
        return dict(value)
    return _number(value)


def _number(value):
    """A number, text or truth value of numpy's, or what an `Enum` stands for."""
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        plain = value.tolist()
        if isinstance(plain, bool | int | float | str | list):
            return plain
    elif _is_enum(value):
        return value.value
    raise TypeError(f"{type(value).__name__} is no JSON")


def _is_enum(value):
    # Who has made one has imported it.
    import sys

    enum = sys.modules.get("enum")
    return enum is not None and isinstance(value, enum.Enum)


def _decimal(value):
    """The number, if JSON's numbers, as everybody reads them, hold all of it."""
    if not value.is_finite():
        raise ValueError(f"Decimal {value} is no number in JSON")
    if value == value.to_integral_value():
        return int(value)
    number = float(value)
    if type(value)(repr(number)) != value:
        raise ValueError(f"Decimal {value} has more digits than a number in JSON keeps: give a text, or a float")
    return number


def takes_files(schema):
    """Whether a file goes somewhere into what a JSON Schema describes."""
    if isinstance(schema, dict):
        return schema.get("format") == "binary" or any(map(takes_files, schema.values()))
    return isinstance(schema, list) and any(map(takes_files, schema))


def place(value, path):
    """Where the first file stands in a value."""
    if is_file(value):
        return path, type(value).__name__
    inner = value.items() if hasattr(value, "items") else enumerate(value) if isinstance(value, list | tuple) else ()
    for name, one in inner:
        found = place(one, f"{path}.{name}" if isinstance(name, str) else f"{path}[{name}]")
        if found is not None:
            return found
    return None
