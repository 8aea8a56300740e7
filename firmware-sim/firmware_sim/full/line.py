"""The line between device and broker: a TCP forwarder that can be cut and, worse, can fall silent."""

import selectors
import socket
import threading

LOCALHOST = "127.0.0.1"
CHUNK = 65536


class Line:
    """Forwards connections on its own port to the broker's while it is up.

    Cut, it ends every connection and takes no new ones; silent, it takes everything and forwards nothing.
    """

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port
        self._selector = selectors.DefaultSelector()
        self._peers: dict[socket.socket, socket.socket] = {}
        self._lock = threading.Lock()
        self._up = self._closed = False
        self._silent = False
        self._listener = socket.create_server((LOCALHOST, 0))
        self.port = int(self._listener.getsockname()[1])
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="line", daemon=True)
        self._thread.start()

    def raise_up(self) -> None:
        """Let connections through."""
        with self._lock:
            self._up = True
            self._silent = False

    def cut(self) -> None:
        """End all connections; new ones are closed as soon as they are made."""
        with self._lock:
            self._up = False
            for sock in list(self._peers):
                self._drop(sock)

    def fall_silent(self) -> None:
        """Swallow whatever either side says."""
        with self._lock:
            self._silent = True

    def close(self) -> None:
        self._closed = True
        self._thread.join(5)
        self.cut()
        self._listener.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._closed:
            for key, _ in self._selector.select(timeout=0.05):
                with self._lock:
                    if key.fileobj is self._listener:
                        self._accept()
                    elif isinstance(key.fileobj, socket.socket):
                        self._forward(key.fileobj)

    def _accept(self) -> None:
        device, _ = self._listener.accept()
        if not self._up:
            device.close()
            return
        try:
            broker = socket.create_connection((LOCALHOST, self._broker_port), timeout=2)
        except OSError:
            device.close()
            return
        for one, other in ((device, broker), (broker, device)):
            self._peers[one] = other
            self._selector.register(one, selectors.EVENT_READ)

    def _forward(self, source: socket.socket) -> None:
        target = self._peers.get(source)
        if target is None:
            return
        try:
            data = source.recv(CHUNK)
            if data and not self._silent:
                target.sendall(data)
        except OSError:
            data = b""
        if not data:
            self._drop(source)

    def _drop(self, sock: socket.socket) -> None:
        peer = self._peers.pop(sock, None)
        for end in (sock, peer):
            if end is not None:
                self._peers.pop(end, None)
                if end.fileno() >= 0:
                    self._selector.unregister(end)
                    end.close()
