"""Writes what comes: tables, JSON, a JSON object a line, CSV."""

from __future__ import annotations

import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, TextIO

FORMATS = ("table", "json", "ndjson", "csv")

#: How wide a column of a table may be on a terminal, so that one long text does not push out all others.
WIDEST = 40


def writer(format: str, fields: Sequence[str], out: TextIO) -> Writer:
    """A writer for `--format`."""
    return {"table": Table, "json": Json, "ndjson": JsonLines, "csv": Csv}[format](fields, out)


#: What people look for first in a table of anything.
LOOKED_FOR = ("id", "name", "displayname", "username", "hostname", "email", "type", "state", "status")


class Writer:
    """Writes the items of a list as they come (`page` and then `end`), or one value."""

    def __init__(self, fields: Sequence[str], out: TextIO) -> None:
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

            self.lines = writer(self.out, lineterminator="\n")
            self.fields = self.fields or keys(items)
            self.lines.writerow(self.fields or ["value"])
        for item in items:
            self.lines.writerow([cell(field(item, name)) for name in self.fields] or [cell(item)])

    def one(self, value: Any) -> None:
        self.page(value if isinstance(value, list) else [value])


class Table(Writer):
    """Columns as wide as the first page needs, and no more of them than the terminal holds."""

    widths: list[int] | None = None
    def page(self, items: Sequence[Any]) -> None:
        if not items and self.widths is None:
            return
        room = terminal_width(self.out) if self.cuts else None
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
        if left_out > 0 and room is not None and sys.stderr.isatty():
            sys.stderr.write(f"{left_out} more fields: choose with --fields, or --format json\n")

    def line(self, cells: Sequence[str], room: int | None) -> None:
        widths = self.widths or [WIDEST]
        texts = []
        for index, text in enumerate(map(plain, cells)):
            wide = widths[index] if index < len(widths) else WIDEST
            if room is not None:
                text = cut(text, wide)
            texts.append(text + " " * (wide - width(text)))
        line = "  ".join(texts).rstrip()
        self.out.write((line if room is None else cut(line, room)) + "\n")

    def one(self, value: Any) -> None:
        if isinstance(value, list):
            self.page(value)
        elif isinstance(value, dict):
            names = self.fields or list(value)
            wide = max(map(width, names), default=0)
            room = terminal_width(self.out)
            for name in names:
                line = f"{name}{' ' * (wide - width(name))}  {plain(cell(field(value, name)))}".rstrip()
                self.out.write((line if room is None else cut(line, room)) + "\n")
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


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def plain(text: str) -> str:
    """Text that moves no cursor and changes no colour, whatever JumpCloud holds."""
    return text if text.isprintable() else "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def cut(text: str, columns: int) -> str:
    if width(text) <= columns:
        return text
    while text and width(text) > columns - 1:
        text = text[: min(len(text) - 1, columns - 1)]
    return text + "…"


def terminal_width(out: TextIO) -> int | None:
    """The columns of the terminal that is written to; none elsewhere: nothing is cut for a program."""
    if not out.isatty():
        return None
    try:
        return int(os.environ.get("COLUMNS", "")) or 80
    except ValueError:
        return os.get_terminal_size(out.fileno()).columns or 80


class Progress:
    """A bar on stderr while the pages of a list come, where a person looks."""

    def __init__(self, wanted: bool) -> None:
        self.on = wanted and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self.drawn = 0.0

    def __call__(self, received: int, total: int | None) -> None:
        if not self.on:
            return
        from time import monotonic

        if monotonic() - self.drawn < 0.1:
            return
        self.drawn = monotonic()
        text = f"{received:,}"
        if total:
            part = min(received / total, 1)
            text = f"{text} of {total:,}  {'█' * round(part * 24):░<24}  {part:4.0%}"
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    def __enter__(self) -> None:
        """The list begins."""

    def __exit__(self, *_: object) -> None:
        self.clear()

    def clear(self) -> None:
        """Makes room for what is written to the same terminal."""
        if self.on and self.drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
