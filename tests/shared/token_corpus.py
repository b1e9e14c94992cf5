"""Forged, stale and mangled access tokens, each under the name of the trick.

Built by hand from bytes and primitives, not by a token library: a library refuses to
write most of these. Every one of them has to be refused by anything that takes tokens.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_ORDER = int("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def b64(raw: bytes) -> str:
    """Base64url without padding, as tokens have it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(frozen=True)
class Forger:
    """Somebody who knows the format, the public key and, for stale tokens, our own key.

    pem     the issuer's private key, to sign claims that the issuer would never write
    honest  claims that would be accepted, so that one thing at a time can be wrong
    """

    pem: str
    issuer: str
    audience: str
    moment: int = field(default_factory=lambda: int(time.time()))

    @cached_property
    def key(self) -> ec.EllipticCurvePrivateKey:
        """The issuer's key."""
        loaded = serialization.load_pem_private_key(self.pem.encode(), None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        return loaded

    @property
    def jwk(self) -> dict[str, Any]:
        """The issuer's public key as it is published."""
        numbers = self.key.public_key().public_numbers()
        x, y = (b64(part.to_bytes(32, "big")) for part in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": x[:16]}

    @property
    def header(self) -> dict[str, Any]:
        """The header of a token that would be accepted."""
        return {"alg": "ES256", "typ": "at+jwt", "kid": self.jwk["kid"]}

    @property
    def honest(self) -> dict[str, Any]:
        """The claims of a token that would be accepted."""
        return {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": "client_es51",
            "client_id": "client_es51",
            "iat": self.moment,
            "exp": self.moment + 600,
            "jti": "0123456789abcdef",
            "scope": "practices:write",
            "regions": ["ES51"],
        }

    def signed(self, header: Any, claims: Any, key: Any = None) -> str:
        """A token over any header and claims, by the issuer's key unless another is given."""
        text = f"{_json(header)}.{_json(claims)}"
        return f"{text}.{b64(raw_signature(key or self.key, text))}"

    def with_header(self, **changes: Any) -> str:
        """The honest claims under another header; `...` removes a field."""
        return self.signed(_changed(self.header, changes), self.honest)

    def with_claims(self, **changes: Any) -> str:
        """Other claims under the honest header; `...` removes one."""
        return self.signed(self.header, _changed(self.honest, changes))

    def hmac(self, secret: bytes, algorithm: str = "HS256") -> str:
        """A token whose HMAC secret is something public."""
        text = f"{_json(self.header | {'alg': algorithm})}.{_json(self.honest)}"
        return f"{text}.{b64(hmac.digest(secret, text.encode(), 'sha' + algorithm[2:]))}"


def forged(forger: Forger) -> dict[str, str]:
    """All the tokens by name. None of them is good."""
    return {
        **_without_signature(forger),
        **_confused(forger),
        **_foreign(forger),
        **_headers(forger),
        **_claims(forger),
        **_mangled(forger),
        **_shapes(forger),
    }


def raw_signature(key: ec.EllipticCurvePrivateKey, text: str) -> bytes:
    """r and s side by side, as JWS has them."""
    digest = hashes.SHA256() if key.curve.key_size == 256 else hashes.SHA384()
    size = key.curve.key_size // 8
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(digest)))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _json(value: Any) -> str:
    if isinstance(value, bytes):
        return b64(value)
    return b64(json.dumps(value, separators=(",", ":")).encode())


def _changed(facts: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**facts, **changes}.items() if value is not ...}


def _without_signature(forger: Forger) -> dict[str, str]:
    honest = forger.signed(forger.header, forger.honest)
    found = {}
    for name in ("none", "None", "NONE", "nOnE", ""):
        text = f"{_json(forger.header | {'alg': name})}.{_json(forger.honest)}"
        found[f"alg {name!r}, no signature"] = f"{text}."
        found[f"alg {name!r}, a real signature"] = f"{text}.{honest.rsplit('.', 1)[1]}"
    found["alg is a list"] = forger.with_header(alg=["ES256", "none"])
    found["alg is null"] = forger.with_header(alg=None)
    found["alg missing"] = forger.with_header(alg=...)
    return found


def _confused(forger: Forger) -> dict[str, str]:
    public = forger.key.public_key()
    secrets = {
        "PEM": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "PEM without newline": public.public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        ).strip(),
        "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "SSH": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        "point": public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
        "JWK": json.dumps(forger.jwk).encode(),
        "compact JWK": json.dumps(forger.jwk, separators=(",", ":")).encode(),
        "JWKS": json.dumps({"keys": [forger.jwk]}).encode(),
        "x of the JWK": forger.jwk["x"].encode(),
        "kid": forger.jwk["kid"].encode(),
        "nothing": b"",
        "the word secret": b"secret",
    }
    found = {f"HS256 with {name} as secret": forger.hmac(raw) for name, raw in secrets.items()}
    for algorithm in ("HS384", "HS512"):
        found[f"{algorithm} with DER as secret"] = forger.hmac(secrets["DER"], algorithm)
    # The same, but the header claims ES256 over an HMAC.
    text = f"{_json(forger.header)}.{_json(forger.honest)}"
    digest = hmac.digest(secrets["PEM"], text.encode(), hashlib.sha512)
    found["ES256 in the header, HMAC in the signature"] = f"{text}.{b64(digest)}"
    return found


def _foreign(forger: Forger) -> dict[str, str]:
    other = ec.generate_private_key(ec.SECP256R1())
    wide = ec.generate_private_key(ec.SECP384R1())
    koblitz = ec.generate_private_key(ec.SECP256K1())
    stranger = Forger(_pem(other), forger.issuer, forger.audience, forger.moment)
    big = rsa.generate_private_key(65537, 2048)

    def by_rsa(algorithm: str, pad: Any) -> str:
        text = f"{_json(forger.header | {'alg': algorithm})}.{_json(forger.honest)}"
        return f"{text}.{b64(big.sign(text.encode(), pad, hashes.SHA256()))}"

    text = f"{_json(forger.header | {'alg': 'EdDSA'})}.{_json(forger.honest)}"
    edwards = ed25519.Ed25519PrivateKey.generate().sign(text.encode())
    return {
        "another EC key under our kid": forger.signed(forger.header, forger.honest, other),
        "another EC key under its own kid": stranger.signed(stranger.header, forger.honest),
        "a P-384 key, ES384": forger.signed(forger.header | {"alg": "ES384"}, forger.honest, wide),
        "a P-384 key, ES256 in the header": forger.signed(forger.header, forger.honest, wide),
        "a secp256k1 key": forger.signed(forger.header, forger.honest, koblitz),
        "ES256K": forger.signed(forger.header | {"alg": "ES256K"}, forger.honest, koblitz),
        "RS256": by_rsa("RS256", padding.PKCS1v15()),
        "PS256": by_rsa("PS256", padding.PSS(padding.MGF1(hashes.SHA256()), 32)),
        "EdDSA": f"{text}.{b64(edwards)}",
        "the key comes in the header (jwk)": forger.signed(
            forger.header | {"jwk": stranger.jwk}, forger.honest, other
        ),
        "the key comes in the header, kid too": forger.signed(
            stranger.header | {"jwk": stranger.jwk}, forger.honest, other
        ),
        "the key is fetched (jku)": forger.signed(
            forger.header | {"jku": "https://keys.example/jwks.json"}, forger.honest, other
        ),
    }


def a_key() -> str:
    """A new private key as PEM, of the kind that the issuer has."""
    return _pem(ec.generate_private_key(ec.SECP256R1()))


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _headers(forger: Forger) -> dict[str, str]:
    kinds = ("JWT", "jwt", "AT+JWT", "application/at+jwt", "id+jwt", "logout+jwt", "", None, ...)
    found = {f"typ {kind!r}": forger.with_header(typ=kind) for kind in kinds}
    names = ("", "unknown", "../../dev/null", "' OR 1=1 --", None, 7, [], {"a": 1}, ...)
    found |= {f"kid {name!r}": forger.with_header(kid=name) for name in names}
    extras = {
        "crit": ["exp"],
        "crit unknown": ["https://example.org/understand-me"],
        "jku": "https://keys.example/jwks.json",
        "jwk": forger.jwk,
        "x5u": "https://keys.example/certificate",
        "x5c": ["MIIB"],
        "x5t": "AAAA",
        "zip": "DEF",
        "b64": False,
        "cty": "JWT",
        "enc": "A128GCM",
    }
    for name, value in extras.items():
        found[f"header with {name}"] = forger.with_header(**{name.split()[0]: value})
    return found


def _claims(forger: Forger) -> dict[str, str]:
    at = forger.moment
    found = {f"no {name}": forger.with_claims(**{name: ...}) for name in forger.honest}
    wrong: dict[str, dict[str, Any]] = {
        "another issuer": {"iss": "https://issuer.example"},
        "the issuer with a slash": {"iss": forger.issuer + "/"},
        "the issuer as a list": {"iss": [forger.issuer]},
        "no issuer said": {"iss": None},
        "another audience": {"aud": "another-platform"},
        "the audience longer": {"aud": forger.audience + "-2"},
        "audiences without ours": {"aud": [forger.audience + "-2", ""]},
        "an empty list of audiences": {"aud": []},
        "audience null": {"aud": None},
        "audience a map": {"aud": {forger.audience: True}},
        "expired a minute ago": {"iat": at - 660, "exp": at - 60},
        "expired in 1970": {"exp": 0},
        "expiry true": {"exp": True},
        "expiry a word": {"exp": "never"},
        "expiry null": {"exp": None},
        "expiry a list": {"exp": [at + 600]},
        "expiry not a number": {"exp": float("nan")},
        "expiry infinite": {"exp": float("inf")},
        "issued in an hour": {"iat": at + 3600, "exp": at + 7200},
        "issued at a word": {"iat": "today"},
        "issued null": {"iat": None},
        "issued infinitely late": {"iat": float("inf")},
        "issued at text": {"iat": str(at)},
        "not before an hour": {"nbf": at + 3600},
        "subject a number": {"sub": 7},
        "subject empty": {"sub": ""},
        "client a number": {"client_id": 7},
        "client empty": {"client_id": ""},
        "client null": {"client_id": None},
        "token id empty": {"jti": ""},
        "token id a number": {"jti": 7},
        "scope a list": {"scope": ["practices:write"]},
        "scope null": {"scope": None},
        "scope a number": {"scope": 1},
        "regions a text": {"regions": "*"},
        "regions a map": {"regions": {"*": True}},
        "regions null": {"regions": None},
        "regions with a number": {"regions": [7]},
        "regions with a list": {"regions": [["*"]]},
        "at_hash without access token": {"at_hash": "AAAA"},
    }
    found |= {name: forger.with_claims(**changes) for name, changes in wrong.items()}
    for name, raw in {
        "claims a list": b"[]",
        "claims null": b"null",
        "claims a text": b'"client_es51"',
        "claims not JSON": b"{",
        "claims nothing": b"",
        "claims not UTF-8": b'{"sub":"\xff"}',
        "claims very deep": b"[" * 3000,
    }.items():
        found[name] = forger.signed(forger.header, raw)
    return found


def _mangled(forger: Forger) -> dict[str, str]:
    one = forger.signed(forger.header, forger.honest)
    header, claims, signature = one.split(".")
    mine = _json(forger.honest | {"regions": ["*"]})
    raw = base64.urlsafe_b64decode(signature + "==")
    r, s = raw[:32], raw[32:]
    zero, order = bytes(32), _ORDER.to_bytes(32, "big")
    other = forger.with_claims(jti="another", sub="client_se22", client_id="client_se22")
    der = forger.key.sign(f"{header}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    last = _LETTERS[_LETTERS.index(signature[-1]) ^ 1]
    parts = {
        "signature flipped at its first bit": b64(bytes([raw[0] ^ 128]) + raw[1:]),
        "signature flipped at its last bit": b64(raw[:-1] + bytes([raw[-1] ^ 1])),
        "signature in another spelling": signature[:-1] + last,
        "signature padded": signature + "==",
        "signature with noise": signature[:40] + "!!!!" + signature[40:],
        "signature and a newline": signature + "\n",
        "signature of another token": other.rsplit(".", 1)[1],
        "signature all zero": b64(zero + zero),
        "signature with r zero": b64(zero + s),
        "signature with s zero": b64(r + zero),
        "signature with s the order": b64(r + order),
        "signature all ones": b64(b"\xff" * 64),
        "signature as DER": b64(der),
        "signature cut": b64(raw[:63]),
        "signature halved": b64(r),
        "signature doubled": b64(raw + raw),
        "signature turned around": b64(s + r),
        "signature stripped": "",
    }
    found = {name: f"{header}.{claims}.{part}" for name, part in parts.items()}
    return found | {
        "claims exchanged": f"{header}.{mine}.{signature}",
        "claims of another token": f"{header}.{other.split('.')[1]}.{signature}",
        "claims padded": f"{header}.{claims}==.{signature}",
        "header padded": f"{header}==.{claims}.{signature}",
        "header with noise": f"{header[:4]}!!!!{header[4:]}.{claims}.{signature}",
        "header and claims exchanged": f"{claims}.{header}.{signature}",
    }


def _shapes(forger: Forger) -> dict[str, str]:
    one = forger.signed(forger.header, forger.honest)
    header, claims, signature = one.split(".")
    return {
        "nothing": "",
        "one dot": ".",
        "two dots": "..",
        "three dots": "...",
        "one part": header,
        "two parts": f"{header}.{claims}",
        "four parts": f"{one}.{signature}",
        "five parts, as encrypted ones have": f"{header}....{signature}",
        "a dot behind": f"{one}.",
        "a dot before": f".{one}",
        "a space before": f" {one}",
        "a space behind": f"{one} ",
        "the word Bearer": f"Bearer {one}",
        "JSON serialisation": json.dumps(
            {"protected": header, "payload": claims, "signature": signature}
        ),
        "more than 8 KB": forger.with_claims(padding="x" * 8192),
        "a megabyte": "x" * 1_000_000,
        "a megabyte of dots": "." * 1_000_000,
        "a deep header": f"{b64(b'[' * 4000)}.{claims}.{signature}",
        "a header that is a list": forger.signed([], forger.honest),
        "a header that is null": forger.signed(None, forger.honest),
        "a header that is no JSON": forger.signed(b"{", forger.honest),
        "a header that is not UTF-8": forger.signed(b"\xff\xfe", forger.honest),
        "letters beyond ASCII": f"{header}é.{claims}.{signature}",
        "letters beyond Latin-1": f"{header}.{claims}中.{signature}",
        "half a surrogate pair": f"{header}.{claims}.{signature}\ud800",
        "a NUL behind": f"{one}\x00",
        "the word null": "null",
        "a scope injected behind": f"{one}&scope=*",
    }
