import inspect
from typing import Any

def snake_case(name: str) -> str:
    """A name of JumpCloud's in Python's case: `userGroups` is `user_groups`, `import` is `import_`."""

def operations_tree() -> dict[str, Any]:
    """All operations, by their names in Python's case."""

def playbooks_tree() -> dict[str, Any]:
    """All playbooks, by their names in Python's case."""

def missing(name: str, path: str, known: Any) -> str:
    """That there is no such name, and which one is near."""

class Group:
    """A part of the API: its attributes are operations and further groups."""

    def __init__(self, client: Any, path: str, tree: dict[str, Any], made: type[Callable]) -> None: ...
    def __getattr__(self, name: str) -> Any: ...
    def __dir__(self) -> list[str]: ...

class Callable:
    """Something of the table that can be called; its documentation and signature are made when they are asked for."""

    name: str
    def __init__(self, client: Any, name: str, path: str) -> None: ...
    @property
    def __signature__(self) -> inspect.Signature: ...

class Operation(Callable):
    def __call__(self, *, options: Any = None, **parameters: Any) -> Any: ...
    def describe(self) -> Any: ...

class Playbook(Callable):
    def __call__(self, *, options: Any = None, **parameters: Any) -> Any: ...
    def describe(self) -> Any: ...
