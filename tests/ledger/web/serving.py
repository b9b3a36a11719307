"""A real server in this process, on a port of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ledger.api import Ledger
from ledger.web.app import create_app
from ledger.web.server import Server, listen
from ledger.web.settings import Settings


@contextmanager
def serving(ledger: Ledger, settings: Settings) -> Iterator[str]:
    """Serve a ledger, and say where."""
    listening = listen("127.0.0.1", 0)
    host, port = listening.getsockname()
    server = Server(create_app(settings, ledger))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.should_exit = True
        thread.join()
