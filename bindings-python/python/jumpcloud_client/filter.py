"""Filters as expressions: `(F.state == "ACTIVATED") & ~F.email.contains("test")`."""

from __future__ import annotations


class Filter:
    """A condition, or several joined by `&`, `|` and `~`. What an operation's filters cannot say is refused when it is called."""

    __slots__ = ("json",)

    def __init__(self, json):
        self.json = json

    def __and__(self, other):
        return Filter({"and": [self.json, _joined(other)]})

    def __or__(self, other):
        return Filter({"or": [self.json, _joined(other)]})

    def __invert__(self):
        return Filter({"not": self.json})

    # `F.a == 1 and F.b == 2` would silently be the second one alone.
    def __bool__(self):
        raise TypeError("a filter is neither true nor false: join filters with & | ~ and put each into parentheses")

    def __repr__(self):
        return f"Filter({self.json!r})"


def _joined(other):
    if not isinstance(other, Filter | str):
        raise TypeError(f"a filter is joined with a filter or JumpCloud's text for one, not with {type(other).__name__}")
    return other.json if isinstance(other, Filter) else other


class Field:
    """A field to compare: `F.department`, or `F["attributes.value"]` for what is no Python name."""

    __slots__ = ("_name",)
    __hash__ = None

    def __init__(self, name):
        self._name = name

    def _compared(self, operator, **operands):
        return Filter({"field": self._name, "operator": operator, **operands})

    def __eq__(self, value):
        return self._compared("eq", value=value)

    def __ne__(self, value):
        return self._compared("ne", value=value)

    def __gt__(self, value):
        return self._compared("gt", value=value)

    def __ge__(self, value):
        return self._compared("ge", value=value)

    def __lt__(self, value):
        return self._compared("lt", value=value)

    def __le__(self, value):
        return self._compared("le", value=value)

    def matches(self, pattern):
        """It is the text, in which each `*` stands for any text: the lists of v2 know that. (In `==` a `*` is itself.)"""
        return self._compared("eq", value={"wildcard": pattern})

    def is_in(self, values):
        """It is one of these."""
        return self._compared("in", values=list(values))

    def between(self, low, high):
        """It lies between these two, or is one of them."""
        return self._compared("between", low=low, high=high)

    def contains(self, text):
        """The text is somewhere in it."""
        return self._compared("search", value=text)

    def starts_with(self, text):
        """It starts with the text."""
        return self._compared("starts_with", value=text)

    def ends_with(self, text):
        """It ends with the text."""
        return self._compared("ends_with", value=text)

    def equals_ignoring_case(self, text):
        """It is this text, in whatever case."""
        return self._compared("eq_ignoring_case", value=text)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Field(f"{self._name}.{name}")

    def __bool__(self):
        raise TypeError(f"F.{self._name} is a field, not a filter: compare it with something")

    def __repr__(self):
        return f"F[{self._name!r}]"


class Fields:
    """Where fields come from: `F.department`, `F["attributes.value"]`."""

    __slots__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Field(name)

    def __getitem__(self, name):
        return Field(name)

    def __repr__(self):
        return "F"


F = Fields()
