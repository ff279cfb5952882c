"""The network under `httpx2`, as one request sees it: its time is one time for all of it, and a closed client ends it.

`httpx2` gives every read the same number of seconds, so a server that sends a byte a second, or one `100 Continue` after the
other, holds a request for ever; and a connection that is closed does not wake the thread that reads from it.
"""

from __future__ import annotations

import socket
import threading
import weakref
from time import monotonic

import httpcore2


class _Current(threading.local):
    """When the request that this thread sends must be over, on the clock that nobody sets."""

    ends = None


current = _Current()


def left(timeout, late):
    """How many seconds are left of the request's time, and of this step's own."""
    if current.ends is None:
        return timeout
    seconds = current.ends - monotonic()
    if seconds <= 0:
        raise late("the time for the request is over")
    return seconds if timeout is None else min(timeout, seconds)


def watch(client):
    """Puts itself between an `httpx2.Client` and the network. Requests of others go through as they were."""
    networks = []
    for transport in (client._transport, *client._mounts.values()):
        pool = getattr(transport, "_pool", None)
        backend = getattr(pool, "_network_backend", None)
        if backend is None:
            continue
        if not isinstance(backend, Network):
            backend = pool._network_backend = Network(backend)
        networks.append(backend)
    # One at least: somebody's own transport has none, and is not looked at again.
    return networks or [Network(None)]


class Network(httpcore2.NetworkBackend):
    """Makes connections."""

    def __init__(self, backend):
        self._backend = backend
        self._open = weakref.WeakSet()
        self._ended = False

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        # Each address that a name stands for would have the whole time.
        mistake = None
        for address in _addresses(host, port, left(timeout, httpcore2.ConnectTimeout)):
            seconds = left(timeout, httpcore2.ConnectTimeout)
            try:
                return self._opened(
                    self._backend.connect_tcp(address, port, seconds, local_address, socket_options)
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                mistake = error
        raise mistake or httpcore2.ConnectError(f"{host} has no address")

    def connect_unix_socket(self, path, timeout=None, socket_options=None):
        seconds = left(timeout, httpcore2.ConnectTimeout)
        return self._opened(self._backend.connect_unix_socket(path, seconds, socket_options))

    def sleep(self, seconds):
        self._backend.sleep(seconds)

    def _opened(self, stream):
        stream = Stream(self, stream)
        self._open.add(stream)
        if self._ended:
            stream.close()
            raise httpcore2.ConnectError("the client was closed")
        return stream

    def shut(self):
        """Ends every connection, also under a thread that reads from it."""
        self._ended = True
        for stream in [*self._open]:
            connected = stream.get_extra_info("socket")
            try:
                connected.shutdown(socket.SHUT_RDWR)
            except (AttributeError, OSError):
                # It has ended already.
                pass


def _addresses(host, port, seconds):
    """What a name stands for. The system's own search for it knows neither a timeout nor Ctrl-C: a thread waits for it."""
    if host.replace(".", "").isdigit() or ":" in host:
        return [host]
    import queue

    found = queue.SimpleQueue()

    def search():
        try:
            found.put(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
        except Exception as error:
            found.put(error)

    threading.Thread(target=search, name="jumpcloud-name", daemon=True).start()
    try:
        entries = found.get(timeout=seconds)
    except queue.Empty:
        raise httpcore2.ConnectTimeout(f"no address for {host} was found in time") from None
    if isinstance(entries, Exception):
        raise httpcore2.ConnectError(str(entries)) from entries
    return list(dict.fromkeys(entry[4][0] for entry in entries))


class Stream(httpcore2.NetworkStream):
    """A connection."""

    def __init__(self, network, stream):
        self._network, self._stream = network, stream

    def read(self, max_bytes, timeout=None):
        return self._stream.read(max_bytes, left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer, timeout=None):
        # In pieces, each of which may take what is left: one `send` after the other would start the time anew.
        view = memoryview(buffer)
        while view:
            piece, view = view[:_PIECE], view[_PIECE:]
            self._stream.write(piece, left(timeout, httpcore2.WriteTimeout))

    def close(self):
        self._stream.close()

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        stream = self._stream.start_tls(ssl_context, server_hostname, left(timeout, httpcore2.ConnectTimeout))
        return self._network._opened(stream)

    def get_extra_info(self, info):
        return self._stream.get_extra_info(info)


_PIECE = 16 * 1024
