"""Bodies and answers about sessions."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.gateway.domain.roles import scopes_of
from services.gateway.people.store import Account
from shared.text import Text

Name = Annotated[Text, Field(min_length=1, max_length=100, examples=["maria.puig"])]
Password = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=200,
        json_schema_extra={"format": "password", "writeOnly": True},
        examples=["four words that only you know"],
    ),
]
Code = Annotated[str, Field(pattern="^[0-9]{6}$", examples=["492039"])]


class Strict(BaseModel):
    """A body that says nothing but what is listed."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Change(Strict):
    """What is to be changed of something, at least one thing; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    @field_validator("*", mode="before")
    @classmethod
    def _is_given(cls, value: Any) -> Any:  # noqa: ANN401 - any JSON
        # Runs only for what the body names.
        if value is None:
            raise ValueError("leave it out to keep it")
        return value


class Grant(BaseModel):
    """A role for a region."""

    role: str = Field(examples=["region-editor"])
    region: str = Field(description="The code of a region; `*` is every one.", examples=["ES51"])


class Credentials(Strict):
    """What a person signs in with."""

    name: Name
    password: Password
    code: Code | None = Field(None, description="Of the authenticator, where one is in use.")


class NewPassword(Strict):
    """The password of now, and the next one."""

    password: Password
    new_password: Password


class PasswordOnly(Strict):
    """The password, asked for again."""

    password: Password


class CodeOnly(Strict):
    """A code of the authenticator."""

    code: Code


class SecondFactor(BaseModel):
    """What an authenticator is told, once."""

    secret: str = Field(description="Base32, for typing.")
    uri: str = Field(description="The same as an address, for a QR code.")


class PersonHere(BaseModel):
    """Who is signed in."""

    id: str
    name: str
    display_name: str
    roles: list[Grant]
    scopes: list[str] = Field(description="What the roles allow, for the region of each.")
    regions: list[str]
    must_change_password: bool = Field(
        description="The password was given by somebody else: nothing but changing it is allowed."
    )
    second_factor: bool = Field(description="Whether signing in needs a code.")
    has_password: bool = Field(description="False for people of the provider.")

    @classmethod
    def of(cls, account: Account) -> PersonHere:
        person = account.person
        scopes = [] if person.must_change else scopes_of(account.grants)
        return cls(
            id=person.id,
            name=person.name,
            display_name=person.display_name,
            roles=[Grant(role=role, region=region) for role, region in account.grants],
            scopes=sorted({scope for scope, _ in scopes}),
            regions=sorted({region for _, region in scopes}),
            must_change_password=person.must_change,
            second_factor=person.totp_confirmed,
            has_password=bool(person.password),
        )


class ProviderOut(BaseModel):
    """The provider of identities."""

    name: str
    url: str = Field(description="Send the browser there; add `return=/path` to come back to.")


class SignIn(BaseModel):
    """The ways to sign in."""

    password: bool
    provider: ProviderOut | None


class SessionOut(BaseModel):
    """Who is signed in, null when nobody is, and how to."""

    person: PersonHere | None
    sign_in: SignIn
