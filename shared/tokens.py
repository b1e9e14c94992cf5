"""Access tokens: ES256 JWTs of type `at+jwt` (RFC 9068), strict on both ends.

python-jose stands behind two functions because its defaults are weak: left alone it
takes a token without audience or expiry, any `typ`, a wrong `kid`, and HS256 signed
with our public key. Here one algorithm, one key object and every claim are demanded.
Each refusal below has a test.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk, jwt
from jose.exceptions import JOSEError

from shared.clock import now
from shared.problems import Unauthorized

ALGORITHM = "ES256"
LIFETIME = timedelta(minutes=10)
_LARGEST = 8192
_LEEWAY_SECONDS = 30
_HEADER = {"alg", "typ", "kid"}
_REQUIRED = ("aud", "exp", "iat", "iss", "sub", "jti")
# What a library may raise over bytes that somebody chose with care.
_REFUSED = (
    JOSEError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says: who, what it may do, for which regions."""

    subject: str
    client_id: str
    scopes: frozenset[str]
    regions: frozenset[str]
    token_id: str


class Keys:
    """The signing key and every public key that is still accepted, by key id."""

    def __init__(self, private_pems: list[str]) -> None:
        """The first key signs; all of them verify."""
        self._signing = private_pems[0]
        self._public: dict[str, Any] = {}
        self.signing_id = ""
        for pem in private_pems:
            public = _public_jwk(pem)
            self.signing_id = self.signing_id or public["kid"]
            self._public[public["kid"]] = public

    @classmethod
    def kept_in(cls, directory: Path) -> Keys:
        """The keys of a directory, newest first; one is made where there is none."""
        directory.mkdir(parents=True, exist_ok=True)
        if not any(directory.glob("*.pem")):
            rotate(directory)
        return cls([path.read_text() for path in sorted(directory.glob("*.pem"), reverse=True)])

    def jwks(self) -> dict[str, Any]:
        """The public keys (RFC 7517)."""
        return {"keys": list(self._public.values())}

    def issue(
        self,
        client_id: str,
        scopes: frozenset[str],
        regions: frozenset[str],
        *,
        issuer: str,
        audience: str,
    ) -> str:
        """A token for a client, valid for ten minutes."""
        moment = int(now().timestamp())
        claims = {
            "iss": issuer,
            "aud": audience,
            "sub": client_id,
            "client_id": client_id,
            "iat": moment,
            "exp": moment + int(LIFETIME.total_seconds()),
            "jti": secrets.token_urlsafe(16),
            "scope": " ".join(sorted(scopes)),
            "regions": sorted(regions),
        }
        headers = {"typ": "at+jwt", "kid": self.signing_id}
        return jwt.encode(claims, self._signing, algorithm=ALGORITHM, headers=headers)

    def verify(self, token: str, *, issuer: str, audience: str) -> Claims:
        """The claims of a token. Unauthorized, without saying which check failed."""
        try:
            return self._verified(token, issuer, audience)
        except _REFUSED as why:
            raise Unauthorized(
                "The access token is not valid or has expired. Ask for a new one.",
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
            ) from why

    def _verified(self, token: str, issuer: str, audience: str) -> Claims:
        if len(token) > _LARGEST or token.count(".") != 2:
            raise ValueError("not a compact token")
        # Every part, the signature too: otherwise one token could be written in many ways.
        parts = [_decoded(part) for part in token.split(".")]
        header = _object(parts[0])
        # crit, jku, jwk, x5u, x5c, zip: whatever else the header asks for is refused.
        if set(header) != _HEADER or header["alg"] != ALGORITHM or header["typ"] != "at+jwt":
            raise ValueError("header")
        claims = jwt.decode(
            token,
            jwk.construct(self._public[header["kid"]], ALGORITHM),
            algorithms=[ALGORITHM],
            audience=audience,
            issuer=issuer,
            options={"leeway": _LEEWAY_SECONDS, **{f"require_{name}": True for name in _REQUIRED}},
        )
        if claims["iat"] > now().timestamp() + _LEEWAY_SECONDS:
            raise ValueError("issued in the future")
        return Claims(
            subject=_word(claims["sub"]),
            client_id=_word(claims["client_id"]),
            scopes=frozenset(_word(claims["scope"], empty=True).split()),
            regions=frozenset(_word(code) for code in _array(claims["regions"])),
            token_id=_word(claims["jti"]),
        )


def rotate(directory: Path) -> Path:
    """Make a new signing key in the directory; older ones go on verifying. Returns its file."""
    directory.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = directory / f"{now():%Y%m%d%H%M%S%f}.pem"
    path.touch(mode=0o600)
    path.write_bytes(pem)
    return path


def _public_jwk(private_pem: str) -> dict[str, Any]:
    loaded = serialization.load_pem_private_key(private_pem.encode(), None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    numbers = loaded.public_key().public_numbers()
    x, y = (_b64(number.to_bytes(32)) for number in (numbers.x, numbers.y))
    # The thumbprint of RFC 7638 would do as well; a part of x is as unique and shorter.
    return {
        "kty": "EC",
        "crv": "P-256",
        "alg": ALGORITHM,
        "use": "sig",
        "kid": x[:16],
        "x": x,
        "y": y,
    }


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    """The bytes of a part; ValueError unless it is their only spelling in base64url."""
    raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if _b64(raw) != part:
        raise ValueError("not canonical base64url")
    return raw


def _object(raw: bytes) -> dict[str, Any]:
    found = json.loads(raw)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _word(found: object, *, empty: bool = False) -> str:
    if not isinstance(found, str) or not (found or empty):
        raise ValueError("not a text")
    return found


def _array(found: object) -> list[object]:
    # Text is a sequence too: "*" would be read as every region.
    if not isinstance(found, list):
        raise ValueError("not a list")
    return found
