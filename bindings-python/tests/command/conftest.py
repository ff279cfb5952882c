"""What the tests of the command share."""

from __future__ import annotations

import os
import pty

import pytest


@pytest.fixture
def terminal():
    """Runs a program on a terminal: gives what comes to it, from stdout and stderr, and the exit code."""

    def run(words, environment):
        pid, descriptor = pty.fork()
        if pid == 0:
            os.execve(words[0], words, environment)
        seen = b""
        while True:
            try:
                piece = os.read(descriptor, 65536)
            except OSError:
                break
            if not piece:
                break
            seen += piece
        os.close(descriptor)
        return seen, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    return run
