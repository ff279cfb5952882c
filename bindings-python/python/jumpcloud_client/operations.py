"""The operations as attributes: `jc.v2.user_groups.members.list(…)`. Names come from the core's table."""

from __future__ import annotations

import keyword

from . import _core


def snake_case(name):
    """A name of JumpCloud's in Python's case: `userGroups` is `user_groups`, `import` is `import_`."""
    words = []
    for index, letter in enumerate(name):
        before, after = name[index - 1 : index], name[index + 1 : index + 2]
        if not letter.isalnum():
            letter = "_"
        elif letter.isupper() and index and (
            before.islower() or before.isdigit() or (before.isupper() and after.islower())
        ):
            letter = "_" + letter
        words.append(letter.lower())
    name = "".join(words).strip("_")
    while "__" in name:
        name = name.replace("__", "_")
    return name + "_" if keyword.iskeyword(name) else name


def _tree(names):
    """Names with dots as nested dicts; what stands for a name itself is the name."""
    tree = {}
    for name in names:
        *groups, last = name.split(".")
        inner = tree
        for group in groups:
            inner = inner.setdefault(snake_case(group), {})
        inner[snake_case(last)] = name
    return tree


_trees = {}


def operations_tree():
    """All operations, by their names in Python's case."""
    if "operations" not in _trees:
        _trees["operations"] = _tree(operation[0] for operation in _core.operations())
    return _trees["operations"]


def playbooks_tree():
    """All playbooks, by their names in Python's case."""
    if "playbooks" not in _trees:
        _trees["playbooks"] = _tree(playbook["name"] for playbook in _core.playbooks())
    return _trees["playbooks"]


class Group:
    """A part of the API: its attributes are operations and further groups."""

    def __init__(self, client, path, tree, made):
        self._client, self._path, self._tree, self._made = client, path, tree, made

    def __getattr__(self, name):
        found = None if name.startswith("__") else self._tree.get(name)
        if found is None:
            raise AttributeError(missing(name, self._path, self._tree), name=name, obj=self)
        if isinstance(found, dict):
            found = Group(self._client, f"{self._path}.{name}", found, self._made)
        else:
            found = self._made(self._client, found, f"{self._path}.{name}")
        self.__dict__[name] = found
        return found

    def __dir__(self):
        return sorted(self._tree)

    def __repr__(self):
        return f"<{self._path}: {', '.join(sorted(self._tree))}>"


def missing(name, path, known):
    """That there is no such name, and which one is near."""
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(known))}"
    return f"{path} has no {name!r}{hint}"


class Callable:
    """Something of the table that can be called; its documentation and signature are made when they are asked for."""

    def __init__(self, client, name, path):
        self._client, self.name, self._path = client, name, path
        self.__name__ = self.__qualname__ = path

    @property
    def __signature__(self):
        import inspect

        schema = self._schema()
        required = set(schema["required"])
        parameters = [
            inspect.Parameter(
                snake_case(name),
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if name in required else None,
                annotation=_Annotation(_words(facts)),
            )
            for name, facts in sorted(schema["properties"].items(), key=lambda item: item[0] not in required)
        ]
        parameters.append(inspect.Parameter("options", inspect.Parameter.KEYWORD_ONLY, default=None))
        return inspect.Signature(parameters)

    def _takes(self):
        """The parameters, a line each."""
        schema = self._schema()
        lines = []
        for name, facts in schema["properties"].items():
            notes = [_words(facts)]
            if name in schema["required"]:
                notes.append("required")
            if facts.get("enum") or facts.get("examples"):
                notes.append("such as " + ", ".join(map(str, (facts.get("enum") or facts["examples"])[:8])))
            if facts.get("description"):
                notes.append(facts["description"])
            lines.append(f"    {snake_case(name)}: {', '.join(notes)}")
        return "\n".join(["", "", "Takes:", *lines]) if lines else ""

    def __repr__(self):
        return f"<{self._path}>"


class _Annotation(str):
    """Text that a signature shows as it is."""

    __repr__ = str.__str__


def _words(facts):
    """The type of a JSON Schema, in Python's words."""
    if "$ref" in facts:
        return "dict"
    if "anyOf" in facts:
        return " | ".join(dict.fromkeys(_words(one) for one in facts["anyOf"]))
    kinds = facts.get("type", "object")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if set(kinds) == {"string", "array", "object"}:
        return "str | list | Filter"
    return " | ".join(_TYPES[kind] for kind in kinds)


_TYPES = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "list",
    "object": "dict",
    "null": "None",
}


class Operation(Callable):
    """An operation of JumpCloud's API. Its parameters are keywords, its body is `body`."""

    def __call__(self, *, options=None, **parameters):
        return self._client.call(self.name, options=options, **parameters)

    def describe(self):
        """All that is known of it: method, path, paging, credentials, scopes, and its parameters as a JSON Schema."""
        return _core.describe(self.name)

    def _schema(self):
        return self.describe()["parameters"]

    @property
    def __doc__(self):
        facts = self.describe()
        effect = "destroys" if facts["destructive"] else "only reads" if facts["safe"] else "changes data"
        lines = [facts["summary"], "", f"{facts['method']} {facts['path']} ({facts['name']}); {effect}."]
        if facts["paging"]:
            lines.append("A list: iterate it, or take its `pages()` or `all()`.")
        if facts["fullReplace"]:
            lines.append("What the body leaves out is reset.")
        elif facts["fullReplace"] is None:
            lines.append("What is left out may be reset (no source says): send the whole.")
        if facts.get("filterFields"):
            lines.append(f"Filters know {', '.join(facts['filterFields'])}.")
        if facts["scopes"]:
            lines.append(f"Needs one of the scopes {', '.join(facts['scopes'])}.")
        return "\n".join(lines) + self._takes()


class Playbook(Callable):
    """Several calls to one end. Its parameters are keywords."""

    def __call__(self, *, options=None, **parameters):
        return self._client.playbook(self.name, options=options, **parameters)

    def describe(self):
        """What it does, whether it changes or destroys, the operations it may call, its parameters and result as JSON Schemas."""
        return _core.describe(self.name)

    def _schema(self):
        return self.describe()["parameters"]

    @property
    def __doc__(self):
        facts = self.describe()
        return f"{facts['description']}.\n\nMay call {', '.join(facts['operations'])}.{self._takes()}"
