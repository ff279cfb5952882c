"""Writes what comes: tables, JSON, a JSON object a line, CSV."""

from __future__ import annotations

import json
import math

from .printing import Out, Status, as_json, plain, remark

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

FORMATS = ("table", "json", "ndjson", "csv")

#: How wide a column of a table may be on a terminal, so that one long text does not push out all others.
WIDEST = 40


def writer(format: str, fields: Sequence[str], out: Out) -> Writer:
    """A writer for `--format`."""
    return {"table": Table, "json": Json, "ndjson": JsonLines, "csv": Csv}[format](fields, out)


#: What people look for first in a table of anything.
LOOKED_FOR = ("id", "name", "displayname", "username", "hostname", "email", "type", "state", "status")


class Writer:
    """Writes the items of a list as they come (`page` and then `end`), or one value."""

    def __init__(self, fields: Sequence[str], out: Out) -> None:
        self.fields = list(fields)
        self.out = out

    #: Whether what is too wide for the terminal is cut.
    cuts = True

    def page(self, items: Sequence[Any]) -> None:
        """Some items more."""
        raise NotImplementedError

    def end(self) -> None:
        """All items are there."""

    def one(self, value: Any) -> None:
        """A reply that is no list of items."""
        self.out.write(pretty(chosen(value, self.fields)) + "\n")


class Json(Writer):
    """One array, written item by item."""

    count = 0

    def page(self, items: Sequence[Any]) -> None:
        for item in items:
            text = pretty(chosen(item, self.fields)).replace("\n", "\n  ")
            self.out.write((",\n  " if self.count else "[\n  ") + text)
            self.count += 1

    def end(self) -> None:
        self.out.write("\n]\n" if self.count else "[]\n")


class JsonLines(Writer):
    def page(self, items: Sequence[Any]) -> None:
        for item in items:
            self.out.write(compact(chosen(item, self.fields)) + "\n")

    def one(self, value: Any) -> None:
        self.page(value if isinstance(value, list) else [value])


class Csv(Writer):
    """A line a record. The columns are `--fields`, or what the first page's records have."""

    lines: Any = None

    def page(self, items: Sequence[Any]) -> None:
        if self.lines is None:
            from csv import writer

            # It puts marks around a text for the letters of its own end of line only.
            self.lines = writer(Lines(self.out), lineterminator="\r\n")
            self.fields = self.fields or keys(items)
            self.lines.writerow([harmless(name) for name in self.fields or ["value"]])
        for item in items:
            self.lines.writerow([harmless(field(item, name)) for name in self.fields] or [harmless(item)])

    def end(self) -> None:
        # A program that reads it finds the columns that it asked for, though there are no lines.
        if self.lines is None and self.fields:
            self.page([])

    def one(self, value: Any) -> None:
        self.page(value if isinstance(value, list) else [value])


class Lines:
    """Takes lines that end as `csv` ends them, and ends them as everything else here."""

    def __init__(self, out: Out) -> None:
        self.out = out

    def write(self, line: str) -> None:
        self.out.write(line.removesuffix("\r\n") + "\n")


class Table(Writer):
    """Columns as wide as the first page needs, and no more of them than the terminal holds."""

    widths: list[int] | None = None

    def page(self, items: Sequence[Any]) -> None:
        if not items and self.widths is None:
            return
        room = self.out.width if self.cuts else None
        if self.widths is None:
            self.head(items, room)
        for item in items:
            self.line([cell(field(item, name)) for name in self.fields] or [cell(item)], room)

    def head(self, items: Sequence[Any], room: int | None) -> None:
        known = keys(items)
        widths = {}
        for name in self.fields or known:
            longest = max([width(name), *(width(plain(cell(field(item, name)))) for item in items)])
            widths[name] = longest if room is None else min(longest, WIDEST)
        self.fields = self.fields or telling(items, known, widths, room)
        self.widths = [widths[name] for name in self.fields]
        if self.fields:
            self.line([name.upper() for name in self.fields], room)
        left_out = len(known) - len(self.fields)
        if left_out > 0 and room is not None:
            remark(f"{left_out} more fields: choose with --fields, or --format json")

    def line(self, cells: Sequence[str], room: int | None) -> None:
        widths = self.widths or [WIDEST]
        texts = []
        for index, text in enumerate(map(plain, cells)):
            wide = widths[index] if index < len(widths) else WIDEST
            if room is not None:
                text = cut(text, wide)
            texts.append(text + " " * (wide - width(text)))
        self.show("  ".join(texts).rstrip(), room)

    def show(self, line: str, room: int | None) -> None:
        if room is not None:
            line = self.out.can_show(cut(line, room))
        self.out.write(line + "\n")

    def one(self, value: Any) -> None:
        if isinstance(value, list):
            self.page(value)
        elif isinstance(value, dict):
            names = self.fields or list(value)
            wide = max(map(width, names), default=0)
            room = self.out.width
            for name in names:
                line = f"{plain(name)}{' ' * (wide - width(name))}  {plain(cell(field(value, name)))}".rstrip()
                self.show(line, room)
        else:
            self.out.write(plain(cell(value)) + "\n")


def telling(items: Sequence[Any], names: Sequence[str], widths: dict[str, int], room: int | None) -> list[str]:
    """The columns to show when nobody said which: as many as there is room for; first what people look for, then what
    tells the items apart."""
    values = {name: [field(item, name) for item in items] for name in names}
    short = [name for name in names if any(map(is_short, values[name]))]
    if room is None:
        return short
    distinct = {name: len({cell(value) for value in values[name]}) for name in short}

    def rank(name: str) -> tuple[int, int]:
        plain = name.lower().strip("_")
        return LOOKED_FOR.index(plain) if plain in LOOKED_FOR else len(LOOKED_FOR), -distinct[name]

    chosen: list[str] = []
    for name in sorted(short, key=rank):
        same = any(values[name] == values[other] for other in chosen) and len(items) > 1
        if not same and (not chosen or widths[name] + 2 <= room):
            room -= widths[name] + (2 if chosen else 0)
            chosen.append(name)
    return [name for name in names if name in chosen]


def keys(items: Sequence[Any]) -> list[str]:
    """The keys of all records, in the order in which they come."""
    found: dict[str, None] = {}
    for item in items:
        if isinstance(item, dict):
            found.update(dict.fromkeys(item))
    return list(found)


def field(item: Any, name: str) -> Any:
    """A field by its name; `a.b` is `b` inside `a`, unless there is a field of that very name."""
    if not isinstance(item, dict):
        return None
    if name in item:
        return item[name]
    outer, dot, inner = name.partition(".")
    return field(item.get(outer), inner) if dot else None


def chosen(item: Any, fields: Sequence[str]) -> Any:
    """The record with only these fields, as far as it has them."""
    if not fields or not isinstance(item, dict):
        return item
    values = {name: field(item, name) for name in fields}
    return {name: value for name, value in values.items() if value is not None or name in item}


def is_short(value: Any) -> bool:
    """Whether a value is worth a column when nobody asked for it."""
    return value not in (None, "") and not isinstance(value, (dict, list))


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, (str, int, float)) for item in value):
        return ", ".join(map(cell, value))
    return compact(value)


#: What a spreadsheet takes for the beginning of a formula, or skips before one: OWASP, "CSV injection".
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def harmless(value: Any) -> str:
    """A cell of CSV that a spreadsheet shows and does not run. Numbers are none of its formulas."""
    text = cell(value)
    if text.startswith(FORMULA) and (isinstance(value, bool) or not isinstance(value, (int, float))):
        return f"'{text}"
    return text


def compact(value: Any) -> str:
    return written(value, separators=(",", ":"))


def pretty(value: Any) -> str:
    return written(value, indent=2)


def written(value: Any, **how: Any) -> str:
    """JSON, also where a number is larger than any that Python has."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, **how)
    except ValueError:
        text = json.dumps(finite(value), ensure_ascii=False, **how)
        for mark, number in ((_LARGE, "1e999"), (_SMALL, "-1e999")):
            text = text.replace(json.dumps(mark), number)
    return as_json(text)


# No text of JumpCloud's begins so.
_LARGE, _SMALL = "\0larger than any number", "\0smaller than any number"


def finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return _LARGE if value > 0 else _SMALL
    if isinstance(value, dict):
        return {name: finite(inner) for name, inner in value.items()}
    return [finite(inner) for inner in value] if isinstance(value, list) else value


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(
        0 if combining(letter) or letter in "\u200c\u200d\ufe0e\ufe0f" else 2 if east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def cut(text: str, columns: int) -> str:
    if width(text) <= columns:
        return text
    while text and width(text) > columns - 1:
        text = text[: min(len(text) - 1, columns - 1)]
    return text + "…"


class Progress:
    """A bar on stderr while the pages of a list come, where a person looks."""

    def __init__(self, wanted: bool) -> None:
        self.status = Status(wanted)
        self.drawn = 0.0

    def __call__(self, received: int, total: int | None) -> None:
        if not self.status.on:
            return
        from time import monotonic

        if monotonic() - self.drawn < 0.1:
            return
        self.drawn = monotonic()
        text = f"{received:,}"
        if total:
            part = min(received / total, 1)
            text = f"{text} of {total:,}  {'█' * round(part * 24):░<24}  {part:4.0%}"
        self.status.draw(text)

    def __enter__(self) -> None:
        """The list begins."""

    def __exit__(self, *_: object) -> None:
        self.clear()

    def clear(self) -> None:
        """Makes room for what is written to the same terminal."""
        self.status.clear()
