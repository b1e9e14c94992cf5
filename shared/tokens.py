"""Access tokens: ES256 JWTs of type `at+jwt` (RFC 9068), strict on both ends.

python-jose stands behind two functions because its defaults are weak: left alone it
takes a token without audience or expiry, any `typ`, a wrong `kid`, and HS256 signed
with our public key. Here one algorithm, one key object and every claim are demanded.
Each refusal below has a test.
"""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jose import jwk, jwt
from jose.exceptions import JOSEError

from shared import keyring
from shared.clock import now
from shared.problems import InputError, Invalid, Unauthorized

ALGORITHM = "ES256"
LIFETIME = timedelta(minutes=10)
_LARGEST = 8192
_LEEWAY_SECONDS = 30
# How long a key is needed after it signed its last token.
KEPT = LIFETIME + timedelta(seconds=2 * _LEEWAY_SECONDS)
_HEADER = {"alg", "typ", "kid"}
# A thumbprint of the key is harmless: nothing is fetched or chosen by it.
_FOREIGN_HEADER = {"alg", "typ", "kid", "x5t"}
_KINDS = {"RSA": ("RS256", ("n", "e")), "EC": ("ES256", ("crv", "x", "y"))}
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
        """The keys of a directory that count now; one is made where there is none."""
        return cls(keyring.read(directory, KEPT))

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


def rotate(directory: Path, *, compromised: bool = False) -> Path:
    """Make a new signing key in the directory; returns its file.

    It signs in two minutes, and older ones go on verifying until their tokens have run out.
    With `compromised` the older ones are removed: it signs at once, and no token of theirs counts.
    """
    path = keyring.add(directory)
    keyring.drop(directory, KEPT, all_but=path if compromised else None)
    return path


class Jwks:
    """Public keys of somebody else (RFC 7517), each by its id."""

    @staticmethod
    def checked(raw: Mapping[str, Any]) -> dict[str, Any]:
        """The keys as they are to be kept: public parts only.

        Invalid for a private or symmetric key, one without `kid`, one that is weak or of another
        kind than RSA and P-256, and for more than ten.
        """
        keys = raw.get("keys")
        if not isinstance(keys, list) or not 1 <= len(keys) <= 10:
            raise _unusable("A key set has 1 to 10 `keys`.", "/jwks/keys")
        kept: list[dict[str, Any]] = []
        for place, key in enumerate(keys):
            try:
                kept.append(_public_part(key))
            except _REFUSED as why:
                raise _unusable(f"The key cannot be used: {why}.", f"/jwks/keys/{place}") from why
        if len({key["kid"] for key in kept}) < len(kept):
            raise _unusable("Two keys have one `kid`.", "/jwks/keys")
        return {"keys": kept}

    @staticmethod
    def usable(raw: object) -> dict[str, dict[str, Any]]:
        """The keys of a provider that can be used, by id; it may publish others for other ends."""
        keys = _object_in(raw).get("keys")
        found: dict[str, dict[str, Any]] = {}
        for key in _array(keys)[:50]:
            with contextlib.suppress(*_REFUSED):
                part = _public_part(key)
                found[part["kid"]] = part
        return found


def foreign(
    token: str, keys: Mapping[str, Mapping[str, Any]], *, audience: str, issuer: str
) -> dict[str, Any]:
    """The claims of a token that somebody else signed, with one of these keys, for us.

    Demands `iss`, `aud`, `exp`, `iat`, `sub` and an id of a known key. Unauthorized otherwise,
    without saying why. What else the claims have to be is the caller's to ask.
    """
    try:
        return _foreign(token, keys, audience, issuer)
    except _REFUSED as why:
        raise Unauthorized("The signed token is not valid or has expired.") from why


def _foreign(
    token: str, keys: Mapping[str, Mapping[str, Any]], audience: str, issuer: str
) -> dict[str, Any]:
    if len(token) > _LARGEST or token.count(".") != 2:
        raise ValueError("not a compact token")
    parts = [_decoded(part) for part in token.split(".")]
    header = _object(parts[0])
    if not {"alg", "kid"} <= set(header) <= _FOREIGN_HEADER:
        raise ValueError("header")
    if str(header.get("typ", "JWT")).upper() != "JWT":
        raise ValueError("typ")
    key = keys[header["kid"]]
    # The key says with what it signs, never the token.
    if header["alg"] != key["alg"]:
        raise ValueError("alg")
    claims = jwt.decode(
        token,
        jwk.construct(dict(key), key["alg"]),
        algorithms=[key["alg"]],
        audience=audience,
        issuer=issuer,
        options={
            "leeway": _LEEWAY_SECONDS,
            "verify_at_hash": False,
            **{f"require_{name}": True for name in ("aud", "exp", "iat", "iss", "sub")},
        },
    )
    if _number(claims["iat"]) > now().timestamp() + _LEEWAY_SECONDS:
        raise ValueError("issued in the future")
    _number(claims["exp"])
    _word(claims["sub"])
    return claims


def _public_part(key: object) -> dict[str, Any]:
    given = _object_in(key)
    kind, kid = given.get("kty"), _word(given.get("kid"))
    if kind not in _KINDS:
        raise ValueError("its `kty` is neither RSA nor EC")
    if "d" in given or "k" in given:
        raise ValueError("it is private")
    algorithm, members = _KINDS[kind]
    if given.get("alg", algorithm) != algorithm or given.get("use", "sig") != "sig":
        raise ValueError(f"it is not for {algorithm} signatures")
    part = {name: _word(given[name]) for name in members}
    if kind == "EC" and part["crv"] != "P-256":
        raise ValueError("its curve is not P-256")
    if kind == "RSA" and int.from_bytes(_decoded(part["n"])).bit_length() < 2048:
        raise ValueError("it has fewer than 2048 bits")
    if kind == "RSA" and int.from_bytes(_decoded(part["e"])) < 3:
        raise ValueError("its exponent is less than 3")
    found = {"kty": kind, "kid": kid, "alg": algorithm, "use": "sig", **part}
    jwk.construct(found, algorithm)
    return found


def _unusable(detail: str, pointer: str) -> Invalid:
    return Invalid("The keys cannot be used.", [InputError("bad_jwks", detail, pointer)])


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
    return _object_in(json.loads(raw))


def _number(found: object) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise ValueError("not a number")
    return found


def _object_in(found: object) -> dict[str, Any]:
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
