"""What replies are made of: `Record`, lists of them, and bytes that are a file."""

from __future__ import annotations


class Record(dict):
    """A JSON object: a `dict` whose values are attributes too.

    >>> user = Record(username="ada", items=3)
    >>> user.username
    'ada'

    Names are JumpCloud's own. What a dict has already (`items`, `keys`, `get`, …) stays what it is; such a key is
    `user["items"]`, and so is one that is no Python name.
    """

    __slots__ = ()

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            pass
        raise AttributeError(f"this record has no {name!r}", name=name, obj=self)

    def __setattr__(self, name, value):
        if name in _OF_DICT:
            raise AttributeError(f"{name!r} is a method of every record: set record[{name!r}]")
        self[name] = value

    def __delattr__(self, name):
        if name not in self:
            raise AttributeError(f"this record has no {name!r}", name=name, obj=self)
        del self[name]

    def __dir__(self):
        return sorted({*super().__dir__(), *(key for key in self if key.isidentifier())})

    def copy(self):
        """A shallow copy, a `Record` like this one."""
        return Record(self)

    def _repr_html_(self):
        rows = "".join(f"<tr><th>{_cell(key)}</th><td>{_cell(value)}</td></tr>" for key, value in self.items())
        return f"<table>{rows}</table>"


_OF_DICT = frozenset(dir(dict))

_ROWS_SHOWN = 60
_CELL_SHOWN = 80


class Records(list):
    """A list of records, which a notebook shows as a table."""

    __slots__ = ()

    def __getitem__(self, index):
        found = super().__getitem__(index)
        return Records(found) if isinstance(index, slice) else found

    def _repr_html_(self):
        shown = self[:_ROWS_SHOWN]
        columns = list(dict.fromkeys(key for record in shown if isinstance(record, dict) for key in record))
        if not columns:
            return f"<pre>{_cell(list(shown))}</pre>"
        head = "".join(f"<th>{_cell(column)}</th>" for column in columns)
        rows = "".join(
            "<tr>"
            + "".join(f"<td>{_cell(record[key]) if key in record else ''}</td>" for key in columns)
            + "</tr>"
            for record in shown
            if isinstance(record, dict)
        )
        rest = f"<p>{len(self) - len(shown)} more</p>" if len(self) > len(shown) else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{rest}"


def _cell(value):
    import html

    text = value if isinstance(value, str) else repr(value)
    return html.escape(text if len(text) <= _CELL_SHOWN else text[: _CELL_SHOWN - 1] + "…")


class Content(bytes):
    """The bytes of a file that JumpCloud answered; `media_type` says what it is."""

    def __new__(cls, content=b"", media_type=""):
        new = super().__new__(cls, content)
        new.media_type = media_type
        return new

    def __getnewargs__(self):
        return bytes(self), self.media_type

    def __repr__(self):
        return f"<Content {self.media_type or 'of no media type'}, {len(self)} bytes>"
