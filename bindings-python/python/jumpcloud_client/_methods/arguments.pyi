"""What methods take."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO, TypeAlias, TypedDict

from ..attachment import Attachment
from ..filter import Filter

FilterLike: TypeAlias = Filter | str | Sequence[Filter | str] | Mapping[str, Any]
"""An expression, JumpCloud's own text, or several of which all must hold."""

File: TypeAlias = Attachment | bytes | bytearray | memoryview | os.PathLike[str] | BinaryIO
"""A file to upload."""

class Options(TypedDict, total=False):
    """What a call may set for itself."""

    timeout: float | None
    """Seconds for one try, from its first byte to its last."""
    attempts: int
    """How often to try at most."""
    deadline: float
    """Seconds for a call with all its tries, its waits and its token; of a list for each of its pages."""
    longest_wait: float
    """Seconds; what JumpCloud wants to wait longer is an error."""
    max_body: int
    """How many bytes an answer may have, decompressed; 256 MiB unless told."""
    concurrency: int
    """How many pages to ask for at once."""
    strict: bool
    """Refuse fields of a body that JumpCloud does not describe."""
    org_id: str | Sequence[str]
    """The organization; Directory Insights takes several."""
    headers: Mapping[str, str]
    limit: int | None
    """How many items of a list are wanted in all; the same as an operation's own `limit`, of which only one may be given."""
    page_size: int | None
    """How many items a page should have; as many as JumpCloud allows unless told."""
    max_pages: int
    from_position: str | None
    """Where a list begins: the `position` where another one stood; `None` for its start."""
    lag: float
    """Of a list of events, which arrive minutes late: nothing newer than so many seconds is asked for. Two minutes where a list
    goes on from a position; else only when it is given."""
    overlap: float
    """Of a list of events: how many seconds before its end the list that goes on from there begins; ten minutes unless told.
    What was handed out does not come again; an event is lost only if it is later than `lag` and `overlap` together."""
    seed: int
    progress: Callable[[int, int | None], object]
    """Called after each page with how many items have come, and the total where it is known."""
