"""System Context: a system that JumpCloud manages speaks for itself, with its agent's own key."""

from __future__ import annotations

import sys

from . import _core


class _Hidden(bytes):
    """Bytes that must not be seen in a traceback that shows variables."""

    def __repr__(self):
        return "<hidden>"

    # As plain bytes, or the pickle would hold a class that only this module needs.
    def __reduce__(self):
        return bytes, (bytes(self),)


class SystemContext:
    """The identity of a system: its id, and its private key (the contents of a PEM or DER file, or its path).

    `sign` may take the key's place: a callable that makes the RSASSA-PKCS1-v1_5 signature with SHA-256 of the bytes it
    is given, for keys that never leave their hardware.
    """

    def __init__(self, system_id, private_key=None, *, region=None, sign=None):
        if (private_key is None) == (sign is None):
            raise ValueError("a SystemContext needs private_key (bytes, or the path of the file) or sign, and not both")
        self.system_id = system_id
        self.region = region
        self._file = None
        if sign is None:
            # The text of a key is no path: as one it would stand in the error.
            if isinstance(private_key, str) and "PRIVATE KEY" in private_key:
                private_key = private_key.encode()
            if not isinstance(private_key, bytes):
                with open(private_key, "rb") as file:
                    private_key = file.read()
            private_key = _Hidden(private_key)
            self._file = private_key
            sign = _core.PrivateKey(private_key).sign
        self.sign = sign

    @classmethod
    def from_agent(cls, configuration=None, private_key=None):
        """The system that this runs on, from the files of its JumpCloud agent, region included. Only root may read them.

        The paths are the agent's own unless given.
        """
        paths = _core.agent_paths(sys.platform)
        with open(configuration or paths[0], "rb") as file:
            system_id, region = _core.agent_configuration(file.read())
        return cls(system_id, private_key or paths[1], region=region)

    def __reduce__(self):
        if self._file is None:
            return _restored, (self.system_id, None, self.region, self.sign)
        return _restored, (self.system_id, self._file, self.region, None)

    def __repr__(self):
        return f"<SystemContext of {self.system_id}>"


def _restored(system_id, private_key, region, sign):
    return SystemContext(system_id, private_key, region=region, sign=sign)
