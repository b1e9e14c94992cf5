"""Start the embedded engine: `python -m services.search.engine --data DIR`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.search.engine.engine import Engine
    from services.search.engine.keys import Keys

USAGE = 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m services.search.engine",
        description="A small search server for a declared subset of Meilisearch's HTTP API. "
        "The master key comes from the environment variable ENGINE_MASTER_KEY.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", type=Path, help="folder for all data")
    what.add_argument(
        "--capabilities", action="store_true", help="print what is spoken, as JSON, and end"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", default=0, type=int, help="port; 0 takes a free one")
    parser.add_argument(
        "--detached",
        action="store_true",
        help="go on when standard input ends; without it the engine ends with its parent",
    )
    return parser.parse_args()


def _tell_capabilities() -> int:
    from dataclasses import asdict

    from services.search.engine.capabilities import CAPABILITIES

    sys.stdout.write(json.dumps(asdict(CAPABILITIES), indent=2) + "\n")
    return 0


def _refuse(message: str) -> int:
    sys.stderr.write(f"search engine: {message}\n")
    return USAGE


def _listening(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(512)
    listener.setblocking(False)
    return listener


def _end_with_parent() -> None:
    """End when standard input does: the parent is gone, even if it was killed."""

    def watch() -> None:
        try:
            while os.read(0, 4096):
                pass
        except OSError:
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def main() -> int:
    """Serve until told to stop; the exit code."""
    asked = _arguments()
    if asked.capabilities:
        return _tell_capabilities()
    master = os.environ.get("ENGINE_MASTER_KEY", "")

    from services.search.engine.engine import Engine, InUse
    from services.search.engine.keys import SHORTEST_MASTER_KEY, Keys
    from services.search.engine.tasks import Worker

    if len(master.encode()) < SHORTEST_MASTER_KEY:
        return _refuse(f"ENGINE_MASTER_KEY must have at least {SHORTEST_MASTER_KEY} bytes")
    try:
        listener = _listening(asked.host, asked.port)
    except OSError as error:
        return _refuse(f"cannot listen on {asked.host}:{asked.port}: {error.strerror}")
    try:
        engine = Engine(asked.data)
    except InUse as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"cannot use {asked.data}: {error.strerror}")

    # A search gets its turn within a millisecond while documents are read in.
    sys.setswitchinterval(0.001)
    worker = Worker(engine)
    worker.start()
    if not asked.detached:
        _end_with_parent()
    _serve(engine, Keys(master), listener)
    if not worker.stop():
        os._exit(0)
    engine.close()
    return 0


def _serve(engine: Engine, keys: Keys, listener: socket.socket) -> None:
    import uvicorn

    from services.search.engine.server import Server

    class Announcing(uvicorn.Server):
        """Says on standard output when and where it serves."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready = {"ready": True, "port": listener.getsockname()[1], "pid": os.getpid()}
            sys.stdout.write(json.dumps(ready) + "\n")
            sys.stdout.flush()

    config = uvicorn.Config(
        Server(engine, keys).app(),
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
        server_header=False,
    )
    # The server raises the signal again that stopped it; there is still something to close.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    Announcing(config).run(sockets=[listener])


if __name__ == "__main__":
    sys.exit(main())
