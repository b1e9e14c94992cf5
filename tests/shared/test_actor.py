"""Who asks: only the gateway's signature is believed."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.actor import NOBODY, Actor, read, signed
from shared.problems import NotAllowed, Unauthorized

KEY = b"thirty-two bytes of a shared key"
AUTHOR = Actor("client", "client_1", frozenset({"practices:write"}), frozenset({"ES51"}))
words = st.frozensets(st.text(), max_size=4)
pairs = st.frozensets(st.tuples(st.text(), st.text()), max_size=4)
actors = st.builds(Actor, kind=st.text(), id=st.text(), scopes=words, regions=words, grants=pairs)


@given(actors, st.binary(min_size=1))
def test_an_actor_is_read_as_it_was_signed(actor: Actor, key: bytes):
    assert read(signed(actor, key), key) == actor


@given(actors)
def test_a_signature_is_plain_ascii_and_fits_a_header(actor: Actor):
    value = signed(actor, KEY)
    assert value.isascii()
    assert value.isprintable()


@pytest.mark.parametrize("header", [None, ""])
def test_without_a_header_nobody_asks(header: str | None):
    assert read(header, KEY) is NOBODY


def test_a_signature_by_another_key_is_refused():
    with pytest.raises(Unauthorized):
        read(signed(AUTHOR, b"another key"), KEY)


@given(st.integers(0), st.characters(max_codepoint=255))
def test_a_signed_actor_with_one_letter_changed_is_refused(place: int, letter: str):
    header = signed(AUTHOR, KEY)
    place %= len(header)
    assume(header[place] != letter)
    with pytest.raises(Unauthorized):
        read(header[:place] + letter + header[place + 1 :], KEY)


@given(st.text(min_size=1))
def test_any_other_header_is_refused_without_another_error(header: str):
    with pytest.raises(Unauthorized):
        read(header, KEY)


def test_an_empty_key_signs_nothing():
    with pytest.raises(ValueError, match="internal key is empty"):
        signed(AUTHOR, b"")


def test_a_service_without_a_key_believes_nobody():
    with pytest.raises(Unauthorized):
        read(signed(AUTHOR, KEY), b"")


def test_nobody_is_asked_for_a_token_first():
    with pytest.raises(Unauthorized) as refusal:
        NOBODY.needs("practices:write")
    assert refusal.value.headers == {"WWW-Authenticate": "Bearer"}


def test_an_actor_without_the_scope_is_told_which_one_is_needed():
    with pytest.raises(NotAllowed, match="practices:review") as refusal:
        AUTHOR.needs("practices:review")
    assert 'error="insufficient_scope"' in refusal.value.headers["WWW-Authenticate"]


def test_one_of_several_scopes_is_enough():
    AUTHOR.needs("practices:review", "practices:write")
    assert AUTHOR.holds("practices:review", "practices:write")
    assert not AUTHOR.holds("practices:review")
    assert not AUTHOR.holds()


def test_an_actor_speaks_for_its_own_regions_only():
    assert AUTHOR.speaks_for("ES51", "practices:write")
    assert not AUTHOR.speaks_for("ES51", "practices:publish")
    assert not AUTHOR.speaks_for("ES51")
    assert not AUTHOR.speaks_for("SE22", "practices:write")
    assert not AUTHOR.speaks_for("", "practices:write")


def test_a_person_holds_each_scope_for_the_region_beside_it_only():
    grants = [("practices:write", "ES51"), ("practices:evaluate", "*")]
    person = Actor.granted("person", "person_1", grants)
    assert person.holds("practices:write")
    assert person.speaks_for("ES51", "practices:write")
    assert not person.speaks_for("SE22", "practices:write")
    assert person.speaks_for("SE22", "practices:evaluate")
    assert person.regions_for("practices:write") == {"ES51"}


def test_a_star_speaks_for_every_region():
    everywhere = Actor("service", "internal", frozenset({"internal"}), frozenset({"*"}))
    assert everywhere.speaks_for("SE22", "internal")
