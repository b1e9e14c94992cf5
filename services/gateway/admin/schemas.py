"""Bodies and answers of administration."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from services.gateway.domain.access import SCOPES
from services.gateway.domain.roles import ROLES
from services.gateway.people.schemas import Change, Grant, Name, Strict
from services.gateway.people.store import Account
from services.gateway.tables import Client
from services.gateway.tables_people import Audit
from shared.clock import stamp
from shared.text import Text

RegionName = Annotated[
    str,
    Field(
        pattern=r"^(\*|[A-Za-z0-9-]{1,80})$",
        description="The code or slug of a region; `*` is every one.",
        examples=["ES51"],
    ),
]
DisplayName = Annotated[Text, Field(min_length=1, max_length=200, examples=["Maria Puig"])]


class GrantIn(Strict):
    """A role to give for a region."""

    role: str = Field(
        max_length=40, examples=["region-editor"], json_schema_extra={"enum": [*ROLES]}
    )
    region: RegionName


class PersonIn(Strict):
    """A person to make."""

    name: Name
    display_name: DisplayName | None = None
    roles: list[GrantIn] = Field(default_factory=list[GrantIn], max_length=200)


class PersonChange(Change):
    """What changes of a person; what is left out stays."""

    display_name: DisplayName | SkipJsonSchema[None] = None
    disabled: bool | SkipJsonSchema[None] = Field(
        None, description="A disabled person cannot sign in."
    )


class PersonOut(BaseModel):
    """A person as administrators see one."""

    id: str
    name: str
    display_name: str
    roles: list[Grant]
    state: Literal["active", "disabled"]
    must_change_password: bool
    second_factor: bool
    sign_in: Literal["password", "provider"]
    version: int = Field(description="Its ETag is `v` with this number.")
    created_at: str

    @classmethod
    def of(cls, account: Account) -> PersonOut:
        return cls(**_person(account))


class PersonMade(PersonOut):
    """A new person, with the password to hand over."""

    one_time_password: str = Field(description="Shown once. It has to be changed when it is used.")

    @classmethod
    def with_password(cls, account: Account, password: str) -> PersonMade:
        return cls(**_person(account), one_time_password=password)


class PersonList(BaseModel):
    """A page of people, by name."""

    items: list[PersonOut]
    next: str | None


class OneTimePassword(BaseModel):
    """A password to hand over."""

    one_time_password: str = Field(description="Shown once. It has to be changed when it is used.")


class RoleOut(BaseModel):
    """A role that can be given."""

    role: str
    what: str
    scopes: list[str]
    regional: bool = Field(description="Whether it can be given for one region.")


class RoleList(BaseModel):
    """All roles."""

    items: list[RoleOut]
    next: None = None


_PLAIN = {"type": "string", "pattern": r"^[\x20-\x7e]*$"}
_PARTS = {"anyOf": [_PLAIN, {"type": "array", "items": _PLAIN}]}
_KEY = {"type": "object", "propertyNames": _PLAIN, "additionalProperties": _PARTS}
# Whether the keys can be used is for the reader of keys to say, which names each that cannot.
KeySet = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "properties": {"keys": {"type": "array", "minItems": 1, "maxItems": 10, "items": _KEY}},
            "required": ["keys"],
            "additionalProperties": False,
        }
    ),
]


class ClientIn(Strict):
    """A client to make: a system that pushes or reads with tokens."""

    name: Annotated[Text, Field(max_length=200, examples=["Catalonia's practice register"])] = ""
    scopes: list[Annotated[str, Field(json_schema_extra={"enum": [*SCOPES]})]] = Field(
        min_length=1, max_length=20, examples=[["practices:write"]]
    )
    regions: list[RegionName] = Field(default_factory=list[str], max_length=300)
    jwks: KeySet | None = Field(
        None,
        description="The client's public keys (RFC 7517). It then signs its own assertions "
        "(`private_key_jwt`) and gets no secret.",
    )


class ClientOut(BaseModel):
    """A client as administrators see one."""

    id: str
    name: str
    scopes: list[str]
    regions: list[str]
    signs_with: Literal["secret", "key"]
    state: Literal["active", "revoked"]
    created_at: str
    revoked_at: str | None

    @classmethod
    def of(cls, client: Client) -> ClientOut:
        return cls(**_client(client))


class ClientMade(ClientOut):
    """A new client with its secret."""

    client_secret: str | None = Field(
        description="Shown once; null for a client with a key of its own."
    )

    @classmethod
    def with_secret(cls, client: Client, secret: str | None) -> ClientMade:
        return cls(**_client(client), client_secret=secret)


class ClientList(BaseModel):
    """A page of clients, the newest first."""

    items: list[ClientOut]
    next: str | None


class NewSecret(BaseModel):
    """The next secret of a client."""

    client_secret: str = Field(description="Shown once.")
    previous_until: str = Field(description="Until then the secret before it works as well.")


class AuditRow(BaseModel):
    """One deed."""

    number: int
    at: str
    actor: str = Field(description="An id; `command` for the command line, empty for nobody known.")
    action: str
    target: str
    detail: dict[str, str]
    trace_id: str

    @classmethod
    def of(cls, row: Audit) -> AuditRow:
        return cls(
            number=row.number,
            at=row.at,
            actor=row.actor,
            action=row.action,
            target=row.target,
            detail=row.detail,
            trace_id=row.trace,
        )


class AuditList(BaseModel):
    """A page of the trail, the newest first."""

    items: list[AuditRow]
    next: str | None


def _person(account: Account) -> dict[str, Any]:
    person = account.person
    return {
        "id": person.id,
        "name": person.name,
        "display_name": person.display_name,
        "roles": [Grant(role=role, region=region) for role, region in account.grants],
        "state": "disabled" if person.disabled_at else "active",
        "must_change_password": person.must_change,
        "second_factor": person.totp_confirmed,
        "sign_in": "provider" if person.issuer else "password",
        "version": person.version,
        "created_at": stamp(person.created_at),
    }


def _client(client: Client) -> dict[str, Any]:
    return {
        "id": client.id,
        "name": client.name,
        "scopes": client.scopes,
        "regions": client.regions,
        "signs_with": "key" if client.jwks else "secret",
        "state": "revoked" if client.revoked_at else "active",
        "created_at": stamp(client.created_at),
        "revoked_at": stamp(client.revoked_at) if client.revoked_at else None,
    }
