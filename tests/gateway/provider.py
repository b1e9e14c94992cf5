"""A small OpenID provider with real keys, and the tricks that a hostile one could try."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, Form, Header
from fastapi.responses import JSONResponse, RedirectResponse
from jose import jwt

CLIENT, SECRET = "platform", "the platform's secret at the provider"


def _b64(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Provider:
    """The provider. `claims` and `header` change the next ID tokens; `say` the whole answer.

    signs_with  another key or secret than the published one, with `algorithm`
    """

    issuer: str
    subject: str = "subject-1"
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    signs_with: Any = None
    id_token: str | None = None
    key: rsa.RSAPrivateKey = field(
        default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def pem(self) -> str:
        """The private key."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    @property
    def public_pem(self) -> bytes:
        """The public key, for those who sign with it as if it were a secret."""
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def jwk(self) -> dict[str, str]:
        """The public key as it is published."""
        numbers = self.key.public_key().public_numbers()
        return {"kty": "RSA", "kid": "k1", "use": "sig", "alg": "RS256"} | {
            "n": _b64(numbers.n),
            "e": _b64(numbers.e),
        }

    def token(self, nonce: str) -> str:
        """An ID token for the platform, with whatever is to be wrong about it."""
        moment = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT,
            "iat": moment,
            "exp": moment + 300,
            "nonce": nonce,
            "name": "Anna Andersson",
        } | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        headers = {"kid": "k1"} | self.header
        return jwt.encode(claims, self.signs_with or self.pem, self.algorithm, headers)

    def app(self) -> FastAPI:
        """The provider as an application."""
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def document() -> dict[str, Any]:
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "authorization_response_iss_parameter_supported": True,
            } | self.document

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            return {"keys": [{"kty": "oct", "kid": "x", "k": "AA"}, self.jwk]}

        @app.get("/authorize")
        def authorize(
            redirect_uri: str, state: str, nonce: str, code_challenge: str, client_id: str
        ) -> RedirectResponse:
            code = secrets.token_urlsafe(16)
            self.codes[code] = {"challenge": code_challenge, "nonce": nonce, "to": redirect_uri}
            assert client_id == CLIENT
            extra = "session_state=some-word"
            return RedirectResponse(
                f"{redirect_uri}?code={code}&state={state}&iss={self.issuer}&{extra}", 302
            )

        @app.post("/token")
        def token(
            code: str = Form(),
            redirect_uri: str = Form(),
            code_verifier: str = Form(),
            authorization: str = Header(),
        ) -> JSONResponse:
            known = self.codes.pop(code, None)
            basic = base64.b64decode(authorization.removeprefix("Basic ")).decode()
            challenge = hashlib.sha256(code_verifier.encode()).digest()
            right = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
            if (
                known is None
                or known["challenge"] != right
                or known["to"] != redirect_uri
                or not basic.startswith(f"{CLIENT}:")
            ):
                return JSONResponse({"error": "invalid_grant"}, 400)
            id_token = self.id_token or self.token(known["nonce"])
            return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": id_token})

        return app
