"""One-time codes of an authenticator (RFC 6238): six digits, thirty seconds, each good once."""

from __future__ import annotations

import hmac

import pyotp.totp
from pyotp import random_base32

from shared.clock import now

_SECONDS = 30


def new_secret() -> str:
    """A secret for an authenticator, 160 bits in base32."""
    return random_base32()


def address(secret: str, name: str, issuer: str) -> str:
    """What an authenticator reads as a QR code."""
    return pyotp.totp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def step_of(secret: str, code: str) -> int | None:
    """The time step whose code this is: now, or one before or after; None for a wrong code."""
    moment = int(now().timestamp()) // _SECONDS
    totp = pyotp.totp.TOTP(secret)
    for step in (moment - 1, moment, moment + 1):
        if hmac.compare_digest(totp.at(step * _SECONDS).encode(), code.encode()):
            return step
    return None
