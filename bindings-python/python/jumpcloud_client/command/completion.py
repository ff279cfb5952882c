"""Completion in shells: the scripts, and the words that they ask for."""

from __future__ import annotations

from . import catalogue
from .options import Option, Wrong, kebab, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

#: What the scripts call, with the words before the cursor and the one at it.
ASK = "_complete"

BASH = """\
_jumpcloud() {
    local IFS=$'\\n' word="${COMP_WORDS[COMP_CWORD]}"
    if [[ $word == @* ]]; then
        COMPREPLY=($(compgen -P @ -f -- "${word#@}"))
        return
    fi
    COMPREPLY=($(compgen -W "$(jumpcloud _complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "$word"))
}
complete -o default -F _jumpcloud jumpcloud
"""

ZSH = """\
#compdef jumpcloud
_jumpcloud() {
    local -a found
    found=("${(@f)$(jumpcloud _complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if (( ${#found} )) && [[ -n ${found[1]} ]]; then
        compadd -a found
    else
        _files
    fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _jumpcloud "$@"
else
    compdef _jumpcloud jumpcloud
fi
"""

FISH = """\
function __jumpcloud_words
    set -l words (commandline -opc) (commandline -ct)
    jumpcloud _complete $words[2..-1] 2>/dev/null
end
complete -c jumpcloud -n 'count (__jumpcloud_words) >/dev/null' -f -a '(__jumpcloud_words)'
"""

SHELLS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def script(shell: str) -> str:
    """The script for a shell: `eval "$(jumpcloud completion bash)"`."""
    if shell not in SHELLS:
        raise Wrong(f"there is completion for {', '.join(SHELLS)}, not for {shell!r}")
    return SHELLS[shell]


def candidates(words: Sequence[str]) -> list[str]:
    """What may stand where the last word is begun; nothing where a file or a free text is wanted."""
    *before, begun = words or [""]
    return [word for word in possible(before, begun) if word.startswith(begun)]


def possible(before: Sequence[str], begun: str) -> list[str]:
    if not before:
        if begun.startswith("-"):
            return ["--help", "--version"]
        names = [kebab(name) for name, *_ in catalogue.operations()]
        return [*names, *map(kebab, catalogue.playbooks()), *catalogue.COMMANDS]
    first = before[0]
    if first == "completion":
        return list(SHELLS) if len(before) == 1 else []
    if first in ("describe", "scopes"):
        return possible([], begun) if first == "scopes" or len(before) == 1 else []
    if first in catalogue.COMMANDS:
        return ["--format", "--help"]
    try:
        options = catalogue.find(first).options
    except Wrong:
        return []
    return after_name(options, before[1:], begun)


def after_name(options: Sequence[Option], before: Sequence[str], begun: str) -> list[str]:
    known = {same(option.name): option for option in options}
    last = before[-1] if before else ""
    waiting = known.get(same(last)) if last.startswith("--") and "=" not in last else None
    if waiting is not None and waiting.takes:
        return list(waiting.values)
    name, equals, _ = begun.partition("=")
    if equals:
        return [f"{name}={value}" for value in known[same(name)].values] if same(name) in known else []
    given = {same(word.partition("=")[0]) for word in before if word.startswith("--")}
    return [f"--{option.name}" for option in options if option.repeats or same(option.name) not in given]


