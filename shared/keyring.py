"""Private keys in a directory: made whole or not at all, used one after the other.

The name of a file is the moment when its key was made. A new key is published at once and
signs two minutes later, when everybody who reads the directory every minute knows it. The one
before it verifies until the last token that it signed has run out, and is removed then.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.clock import now

PUBLISHED_BEFORE_USE = timedelta(minutes=2)
_FORMAT = "%Y%m%d%H%M%S%f"
_NAME = re.compile(r"[0-9]{20}")


def usable(made: Sequence[datetime], moment: datetime, lifetime: timedelta) -> list[datetime]:
    """The keys that count at a moment, the signing one first, by when they were made.

    lifetime  of a token, with the tolerance of its readers
    """
    newest_first = sorted(made, reverse=True)
    known = [one for one in newest_first if one + PUBLISHED_BEFORE_USE <= moment]
    # At the very first start there is nothing older to sign with; two that start at once agree.
    signing = known[0] if known else newest_first[-1]
    kept = [
        one
        for one, next_one in zip(newest_first, [None, *newest_first], strict=False)
        if next_one is None or moment < next_one + PUBLISHED_BEFORE_USE + lifetime
    ]
    return [signing, *(one for one in kept if one != signing)]


def read(directory: Path, lifetime: timedelta) -> list[str]:
    """The private keys that count now, the signing one first; one is made where there is none.

    Raises OSError when the directory cannot be read or written.
    """
    files = _files(directory)
    if not files:
        add(directory)
        files = _files(directory)
    pems: list[str] = []
    for made in usable([*files], now(), lifetime):
        try:
            pems.append(files[made].read_text())
        except FileNotFoundError:
            continue  # removed just now, as no longer needed
    return pems if pems else read(directory, lifetime)


def add(directory: Path) -> Path:
    """Make a new key in the directory. Returns its file, which only the owner may read."""
    directory.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = directory / f"{now().astimezone(UTC):{_FORMAT}}.pem"
    fresh = directory / f".{path.name}.{secrets.token_hex(8)}"
    fresh.touch(mode=0o600)
    with fresh.open("wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    # A reader sees the whole file or none, after a power cut too.
    fresh.replace(path)
    _settle(directory)
    return path


def drop(directory: Path, lifetime: timedelta, *, all_but: Path | None = None) -> list[str]:
    """Remove the keys that no longer count, or all but one. Returns the names of the removed."""
    files = _files(directory)
    if all_but is not None:
        keep = {made for made, path in files.items() if path == all_but}
    else:
        keep = set(usable([*files], now(), lifetime)) if files else set()
    gone = [path for made, path in files.items() if made not in keep]
    for path in gone:
        path.unlink(missing_ok=True)
    _settle(directory)
    return [path.name for path in gone]


def _files(directory: Path) -> dict[datetime, Path]:
    return {
        datetime.strptime(path.stem, _FORMAT).replace(tzinfo=UTC): path
        for path in directory.glob("*.pem")
        if _NAME.fullmatch(path.stem)
    }


def _settle(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
