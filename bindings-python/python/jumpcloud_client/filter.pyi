from collections.abc import Iterable
from typing import Any, ClassVar, Final, NoReturn

class Filter:
    """A condition, or several joined by `&`, `|` and `~`."""

    json: Any
    def __init__(self, json: Any) -> None: ...
    def __and__(self, other: Filter | str) -> Filter: ...
    def __or__(self, other: Filter | str) -> Filter: ...
    def __invert__(self) -> Filter: ...
    def __bool__(self) -> NoReturn: ...

class Field:
    """A field to compare: `F.department`, or `F["attributes.value"]` for what is no Python name."""

    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __init__(self, name: str) -> None: ...
    def __eq__(self, value: object) -> Filter: ...  # type: ignore[override]
    def __ne__(self, value: object) -> Filter: ...  # type: ignore[override]
    def __gt__(self, value: Any) -> Filter: ...
    def __ge__(self, value: Any) -> Filter: ...
    def __lt__(self, value: Any) -> Filter: ...
    def __le__(self, value: Any) -> Filter: ...
    def __bool__(self) -> NoReturn: ...
    def matches(self, pattern: str) -> Filter:
        """It is the text, in which each `*` stands for any text: the lists of v2 know that. (In `==` a `*` is itself.)"""
    def is_in(self, values: Iterable[Any]) -> Filter:
        """It is one of these."""
    def between(self, low: Any, high: Any) -> Filter:
        """It lies between these two, or is one of them."""
    def contains(self, text: str) -> Filter:
        """The text is somewhere in it."""
    def starts_with(self, text: str) -> Filter:
        """It starts with the text."""
    def ends_with(self, text: str) -> Filter:
        """It ends with the text."""
    def equals_ignoring_case(self, text: str) -> Filter:
        """It is this text, in whatever case."""
    def __getattr__(self, name: str) -> Field: ...

class Fields:
    """Where fields come from: `F.department`, `F["attributes.value"]`."""

    def __getattr__(self, name: str) -> Field: ...
    def __getitem__(self, name: str) -> Field: ...

F: Final[Fields]
