"""Files to upload: bytes, paths and open files wherever an operation takes a file."""

from __future__ import annotations

import os

_CHUNK = 256 * 1024


class Attachment:
    """A file to upload: `bytes`, a path (`os.PathLike`) or a file that is open for reading bytes.

    These may also stand in a body by themselves; this class says by which name and media type they go.
    """

    def __init__(self, content, file_name=None, media_type=None):
        # How long the content is must be known before it is sent, and a second try starts where the first did.
        if isinstance(content, bytes | bytearray | memoryview):
            content = bytes(content)
            self.length, self._start = len(content), None
            name = None
        elif isinstance(content, os.PathLike):
            self.length, self._start = os.stat(content).st_size, None
            name = os.path.basename(content)
        elif hasattr(content, "read") and hasattr(content, "seek"):
            self._start = content.tell()
            self.length = content.seek(0, os.SEEK_END) - self._start
            content.seek(self._start)
            name = getattr(content, "name", None)
            name = os.path.basename(name) if isinstance(name, str) else None
        else:
            raise TypeError(
                f"an attachment is bytes, a path or a binary file that can seek, not {type(content).__name__}"
            )
        self.content = content
        self.file_name = file_name or name or "file"
        if media_type is None:
            import mimetypes

            media_type = mimetypes.guess_type(self.file_name)[0] or "application/octet-stream"
        self.media_type = media_type

    def json(self):
        """What stands in the parameters in its place."""
        facts = {"length": self.length, "fileName": self.file_name, "mediaType": self.media_type}
        return {"attachment": facts}

    def chunks(self):
        """The content, piece by piece, from its start."""
        if isinstance(self.content, bytes):
            yield self.content
        elif self._start is None:
            with open(self.content, "rb") as file:
                yield from _chunks(file)
        else:
            self.content.seek(self._start)
            yield from _chunks(self.content)

    def __repr__(self):
        return f"<Attachment {self.file_name}, {self.media_type}, {self.length} bytes>"


def _chunks(file):
    while chunk := file.read(_CHUNK):
        if not isinstance(chunk, bytes):
            raise TypeError("the file to upload is open for text: open it with mode 'rb'")
        yield chunk


class Upload:
    """The body of a request that holds an attachment: iterate it, with or without `async`, or `read()` all of it.

    `len()` is what goes into `Content-Length`.
    """

    def __init__(self, before, attachment, after):
        self._before, self._attachment, self._after = before, attachment, after

    def __len__(self):
        return len(self._before) + self._attachment.length + len(self._after)

    def __iter__(self):
        yield self._before
        yield from self._attachment.chunks()
        yield self._after

    async def __aiter__(self):
        # Files are read where the event loop runs: a piece takes well under a millisecond from a disk.
        for chunk in self:
            yield chunk

    def read(self):
        """All of it as bytes."""
        return b"".join(self)
