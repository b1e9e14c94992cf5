"""The command line: `python -m services` serves everything; `--help` lists the rest."""

from __future__ import annotations

import os

# Before NumPy is imported. The products here are small: a second thread costs more than it
# brings, spins while it waits, and takes a processor from the answers of everybody else.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import asyncio
import socket
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from services import commands, embedded
from services.embedded import House, InUse
from services.gateway.trusted import Proxies, networks
from services.gateway.wire import Lobby, protocol
from shared.migrations import NewerDatabase
from shared.problems import Problem
from shared.settings import Unusable
from shared.telemetry import configure_logging

_SERVICES = {"indicators": 8001, "practices": 8002, "search": 8003, "gateway": 8000}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when it did what was asked, 1 with one clear line when it did not.

    2 with a line for each setting that cannot be used.
    """
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.command
    try:
        embedded.complete(options)
        return run(options)
    except Unusable as wrong:
        for line in wrong.lines:
            print(f"error: {line}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        return 130
    except (InUse, NewerDatabase, Problem) as expected:
        print(f"error: {expected}", file=sys.stderr)  # noqa: T201 - the answer of a command
    except PermissionError as refused:
        where = refused.filename or options.data_dir
        print(f"error: {where} cannot be written: {refused.strerror}", file=sys.stderr)  # noqa: T201
    except (OSError, SQLAlchemyError) as failed:
        print(f"error: {failed}", file=sys.stderr)  # noqa: T201
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services", description=__doc__)
    parser.add_argument("--data-dir", type=Path, help="or DATA_DIR")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, help="or PORT")
    parser.set_defaults(command=serve_all)
    verbs = parser.add_subparsers(metavar="COMMAND")
    run = verbs.add_parser("run", help="serve one service")
    run.add_argument("name", choices=list(_SERVICES))
    run.set_defaults(command=serve_one)
    load = verbs.add_parser("migrate", aliases=["load"], help="update databases, load first data")
    load.set_defaults(command=migrate)
    commands.add(verbs)
    return parser


def _port(text: str) -> int:
    # 0 is the usual one.
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port; choose 1 to 65535")
    return int(text)


def serve_all(options: argparse.Namespace) -> int:
    """Serve everything in one process until Ctrl-C."""
    started = time.monotonic()
    configure_logging(options.log_level or "WARNING")
    listening = _listen(options.host, options.port or embedded.PORT)
    with embedded.alone(options.data_dir):
        settings = embedded.settings_of(options)
        embedded.prepare(settings, _say)
        house = House(settings)
        proxies = Proxies(networks(settings.gateway.trusted_proxies))
        asyncio.run(_serve(house, listening, settings.gateway.site, proxies, started))
    return 0


async def _serve(
    house: House, listening: socket.socket, site: str, proxies: Proxies, started: float
) -> None:
    _say("starting the search engine")
    async with house.running():
        config = uvicorn.Config(
            house.door,
            http=protocol(Lobby(proxies)),
            # Who asks is found out by the gateway, from the proxies that the settings name.
            proxy_headers=False,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
        )
        server = _Announcing(config, house, site, started)
        await server.serve([listening])


class _Announcing(uvicorn.Server):
    """Says where it listens once everything, the search index too, can answer."""

    def __init__(self, config: uvicorn.Config, house: House, site: str, started: float) -> None:
        super().__init__(config)
        self._door = house.door
        self._site = site
        self._started = started

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """As uvicorn does, but a signal ends here: raised again it would cancel or kill what
        ends after the server, the services with what they have not written down yet."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announcing = asyncio.create_task(self._announce())

    async def _announce(self) -> None:
        transport = httpx.ASGITransport(self._door)
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            while not (await client.get("/readyz")).is_success:  # noqa: ASYNC110 - asked, not told
                await asyncio.sleep(0.05)
        seconds = time.monotonic() - self._started
        _say(f"ready after {seconds:.1f} s")
        _say(f"open {self._site}  (Ctrl-C stops everything)")


def serve_one(options: argparse.Namespace) -> int:
    """Serve one service; its neighbours are where its settings say."""
    configure_logging(options.log_level or "INFO")
    settings = embedded.settings_of(options)
    commands.check_apart(options, settings)
    app = commands.one_app(options.name, settings)
    # A service behind the gateway has one peer, which holds as many connections as it needs.
    is_door = options.name == "gateway"
    proxies = Proxies(networks(settings.gateway.trusted_proxies))
    uvicorn.run(
        app,
        http=protocol(Lobby(proxies) if is_door else Lobby(per_peer=0)),
        proxy_headers=False,
        ws="none",
        host=options.host,
        port=options.port or _SERVICES[options.name],
        # A long poll of the feed would hold up the end for twenty seconds.
        timeout_graceful_shutdown=3,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    return 0


def migrate(options: argparse.Namespace) -> int:
    """Update all databases and load the first data."""
    embedded.prepare(embedded.settings_of(options), _say)
    return 0


def _listen(host: str, port: int) -> socket.socket:
    # Without the protocol asyncio does not switch Nagle's algorithm off, and every answer of
    # two packets waits 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as taken:
        raise OSError(
            f"port {port} of {host} is taken ({taken.strerror}); choose another with PORT="
        ) from taken
    return listening


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - progress for the person who started it


if __name__ == "__main__":
    sys.exit(main())
