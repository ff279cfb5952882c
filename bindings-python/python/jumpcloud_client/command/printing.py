"""The one place that everything goes through that the command prints: to a terminal, a pipe or a file.

What comes from a server moves no cursor, changes no color and hides nothing; what cannot be written is said in one line.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
import sys

from .options import Wrong

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TextIO

#: What a terminal acts on (C0, DEL, C1), lines that no program counts as such, what turns the direction of what follows, and
#: half a surrogate pair, which no encoding has. What joins letters and emoji (U+200C, U+200D) stays.
UNSAFE = "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ufff9-\\ufffb\\ud800-\\udfff"
_UNSAFE = re.compile(f"[{UNSAFE}]")
_UNSAFE_IN_LINE = re.compile(f"[{UNSAFE}\\t\\n]")
_UNKNOWN = "\ufffd"


class Unwritable(Exception):
    """What was to be printed could not be: the disk is full, or nobody is there."""


def plain(text: str) -> str:
    """Text of one line."""
    return _UNSAFE_IN_LINE.sub(_UNKNOWN, text)


def lines(text: str) -> str:
    """Text of several lines."""
    return _UNSAFE.sub(_UNKNOWN, text)


def as_json(text: str) -> str:
    """JSON that any terminal and any encoding takes: what is unsafe stands only in strings, and is written as an escape there."""
    return _UNSAFE.sub(lambda found: escape(found[0]), text)


def escape(text: str) -> str:
    """The letters as JSON's escapes."""
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _escaped(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return escape(error.object[error.start : error.end]), error.end


#: For terminals whose encoding has not all letters: an escape is still JSON.
codecs.register_error("jumpcloud-escape", _escaped)


def prepare() -> None:
    """Makes stdout and stderr take all text."""
    for stream in (sys.stdout, sys.stderr):
        # Whatever the machine's encoding is, names hold all letters.
        if hasattr(stream, "reconfigure"):
            encoding = None if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="jumpcloud-escape")


class Out:
    """Where something is printed to."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream = stream
        self._name = name
        self.terminal: bool = stream.isatty()

    def write(self, text: str) -> None:
        try:
            self._stream.write(lines(text).replace("\t", " ") if self.terminal else text)
        except OSError as error:
            raise self._unwritable(error) from None

    def bytes(self, content: bytes) -> None:
        """A file, as it is."""
        try:
            self._stream.flush()
            self._stream.buffer.write(content)
        except OSError as error:
            raise self._unwritable(error) from None

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> Exception:
        if isinstance(error, BrokenPipeError):
            return error
        return Unwritable(f"cannot write to {self._name}: {error.strerror or error}")

    def can_show(self, text: str) -> str:
        """The text with `?` for letters that this terminal has not, as they would be wider than they are."""
        encoding = self._stream.encoding or "utf-8"
        return text.encode(encoding, "replace").decode(encoding)

    @property
    def width(self) -> int | None:
        """The columns of a terminal; none elsewhere: nothing is cut for a program."""
        if not self.terminal:
            return None
        try:
            return int(os.environ.get("COLUMNS", "")) or 80
        except ValueError:
            return os.get_terminal_size(self._stream.fileno()).columns or 80


def stdout() -> Out:
    if sys.stdout is None:
        raise Unwritable("there is no stdout to write to: --output FILE writes to a file")
    return Out(sys.stdout, "stdout")


def say(text: str) -> None:
    """Prints what was asked for."""
    out = stdout()
    out.write(text)
    out.flush()


def complain(message: str) -> None:
    """Says in one line what went wrong."""
    try:
        if sys.stderr is not None:
            sys.stderr.write(f"jumpcloud: {plain(' '.join(message.split()))}\n")
            sys.stderr.flush()
    except OSError:
        # Nobody is there to hear it; the exit code tells, which is Python's own where it cannot write out what is left.
        sys.stderr = None


def emptied() -> bool:
    """Writes what is still in stdout's buffer, if it can be written."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError):
        forget()
        return False
    return True


def forget() -> None:
    """Nobody reads what is still in stdout's buffer: Python would complain once more when it closes it."""
    if sys.stdout is not None:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except (OSError, ValueError):
            pass


class Status:
    """A line on a person's terminal that is drawn over and over."""

    def __init__(self, wanted: bool) -> None:
        self.on = wanted and sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._drawn = False

    def draw(self, text: str) -> None:
        # Drawing is no reason to fail.
        try:
            sys.stderr.write(f"\r\x1b[K{Out(sys.stderr, 'stderr').can_show(plain(text))}")
            sys.stderr.flush()
            self._drawn = True
        except OSError:
            self.on = False

    def clear(self) -> None:
        """Makes room for what is written to the same terminal."""
        if self._drawn:
            self._drawn = False
            try:
                sys.stderr.write("\r\x1b[K")
                sys.stderr.flush()
            except OSError:
                self.on = False


def remark(text: str) -> None:
    """A hint for a person; nothing for a program."""
    if sys.stderr is not None and sys.stderr.isatty():
        try:
            sys.stderr.write(f"{plain(text)}\n")
        except OSError:
            pass


def permissions(path: str) -> int | None:
    """Those of the file that is there, 0 if there is none; nothing when it is no file."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return 0
    return stat.S_IMODE(found.st_mode) if stat.S_ISREG(found.st_mode) else None


class File:
    """A file that is there whole or not at all: it is written beside its place and put there at the end.

    What is no file (a device, a pipe) is written to as it is.
    """

    def __init__(self, path: str) -> None:
        self._shown = path
        # The link stays, and the file that it means changes.
        self._path = os.path.realpath(path)
        self._fresh: str | None = None
        try:
            mode = permissions(path)
            if mode is None:
                descriptor = os.open(path, os.O_WRONLY)
            else:
                self._fresh = f"{self._path}.{os.getpid()}.new"
                descriptor = os.open(self._fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
                if mode:
                    os.chmod(self._fresh, mode)
        except OSError as error:
            raise Wrong(f"--output: {path}: {error.strerror}") from None
        self._stream: Any = open(descriptor, "w", encoding="utf-8", errors="jumpcloud-escape", newline="")

    def __enter__(self) -> Out:
        return Out(self._stream, self._shown)

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            self._stream.close()
            if self._fresh is not None and kind is None:
                os.replace(self._fresh, self._path)
                self._fresh = None
        except BrokenPipeError:
            raise
        except OSError as error:
            if kind is None:
                raise Unwritable(f"cannot write to {self._shown}: {error.strerror or error}") from None
        finally:
            if self._fresh is not None:
                try:
                    os.unlink(self._fresh)
                except OSError:
                    pass


def end_with_reader() -> None:
    """From now on the command ends when nobody reads its stdout any more (`| head`), also while it waits for an answer."""
    import select
    import threading

    if sys.stdout is None or not hasattr(select, "poll"):
        return
    try:
        descriptor = sys.stdout.fileno()
        if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            return
    except (OSError, ValueError):
        return
    poll = select.poll()
    # Errors are told of unasked.
    poll.register(descriptor, 0)

    def watch() -> None:
        if poll.poll():
            os._exit(READER_GONE)

    threading.Thread(target=watch, name="jumpcloud-reader", daemon=True).start()


#: The exit code when nobody reads any more, as of a program that SIGPIPE ends.
READER_GONE = 141
