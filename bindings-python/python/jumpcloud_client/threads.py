"""Threads that send what is in flight at once, and never keep a program from ending."""

from __future__ import annotations

import atexit
import weakref
from queue import SimpleQueue
from threading import Lock, Semaphore, Thread

_MOST = 64
# How long the end of the program waits for an answer that is just being read.
_GRACE = 0.5


class Job:
    """Something to do."""

    __slots__ = ("_work", "cancelled")

    def __init__(self, work):
        self._work = work
        self.cancelled = False

    def cancel(self):
        """It is not done if it has not begun."""
        self.cancelled = True

    def run(self, closed):
        work, self._work = self._work, None
        if not self.cancelled:
            work[0](closed, *work[1:])


class Threads:
    """Made as they are needed. `concurrent.futures` would join its own when the program ends: a server that says nothing
    held it up for as long as a request may take."""

    def __init__(self):
        self._jobs = SimpleQueue()
        self._idle = Semaphore(0)
        self._made = 0
        self._making = Lock()
        # A list, as the threads have it too.
        self._closed = [False]

    def submit(self, function, *arguments):
        """Has `function(closed, *arguments)` called, which must not raise; `closed` says that nobody wants it any more."""
        job = Job((function, *arguments))
        self._jobs.put(job)
        if not self._idle.acquire(blocking=False):
            with self._making:
                if self._made < _MOST:
                    self._made += 1
                    work = self._jobs, self._idle, self._closed
                    Thread(target=_work, args=work, name="jumpcloud", daemon=True).start()
        return job

    def close(self):
        """Ends the threads when they are done."""
        self._closed[0] = True
        made, self._made = self._made, 0
        for _ in range(made):
            self._jobs.put(None)

    __del__ = close


def _work(jobs, idle, closed):
    # Nothing here holds the `Threads`: they end when nobody else does either.
    while (job := jobs.get()) is not None:
        job.run(closed[0])
        del job
        idle.release()


class Gate:
    """Open until the program ends: a thread that is in native code when the interpreter goes away would take it down."""

    def __init__(self):
        self._inside = Lock()
        self._closed = False
        _gates.add(self)

    def __enter__(self):
        self._inside.acquire()
        return not self._closed

    def __exit__(self, *_):
        self._inside.release()

    def close(self):
        """Nobody goes in any more; waits for who is inside."""
        self._closed = True
        if self._inside.acquire(timeout=_GRACE):
            self._inside.release()


_gates: weakref.WeakSet[Gate] = weakref.WeakSet()


@atexit.register
def _end():
    for gate in [*_gates]:
        gate.close()
