"""Access tokens: what is issued is accepted, and nothing else is."""

from __future__ import annotations

import json
import os
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.clock import held
from shared.problems import Unauthorized
from shared.tokens import LIFETIME, Claims, Keys, rotate
from tests.shared.token_corpus import Forger, a_key, forged

ISSUER = "https://platform.example"
AUDIENCE = "regional-integration-platform"
PEM = a_key()
KEYS = Keys([PEM])
FORGER = Forger(PEM, ISSUER, AUDIENCE)
CORPUS = forged(FORGER)


def verified(token: str, keys: Keys = KEYS) -> Claims:
    return keys.verify(token, issuer=ISSUER, audience=AUDIENCE)


def issued(keys: Keys = KEYS, audience: str = AUDIENCE) -> str:
    scopes = frozenset({"practices:write", "practices:read"})
    regions = frozenset({"ES51", "SE22"})
    return keys.issue("client_1", scopes, regions, issuer=ISSUER, audience=audience)


def is_refused(token: str, keys: Keys = KEYS) -> bool:
    with pytest.raises(Unauthorized):
        verified(token, keys)
    return True


def test_what_is_issued_says_the_same_when_it_is_read():
    claims = verified(issued())
    assert (claims.subject, claims.client_id) == ("client_1", "client_1")
    assert claims.scopes == {"practices:write", "practices:read"}
    assert claims.regions == {"ES51", "SE22"}


def test_a_token_without_any_scope_and_region_is_still_a_token():
    token = KEYS.issue("client_1", frozenset(), frozenset(), issuer=ISSUER, audience=AUDIENCE)
    assert (verified(token).scopes, verified(token).regions) == (frozenset(), frozenset())


def test_two_tokens_for_the_same_client_differ():
    assert verified(issued()).token_id != verified(issued()).token_id


def test_the_forger_writes_good_tokens_when_nothing_is_wrong():
    """Otherwise the corpus would be refused for a reason of its own."""
    forger = Forger(PEM, ISSUER, AUDIENCE)
    assert verified(forger.signed(forger.header, forger.honest)).client_id == "client_es51"
    assert verified(forger.with_claims(aud=["other", AUDIENCE])).client_id == "client_es51"
    assert verified(forger.with_claims(exp=forger.moment)).client_id == "client_es51"


def test_the_corpus_holds_more_than_150_tokens_that_all_differ():
    assert len(CORPUS) > 150
    assert len(set(CORPUS.values())) == len(CORPUS)


@pytest.mark.parametrize("trick", CORPUS)
def test_a_forged_token_is_refused(trick: str):
    assert is_refused(CORPUS[trick])


@pytest.mark.parametrize("trick", ["expired a minute ago", "another audience", "no jti"])
def test_a_refusal_does_not_say_which_check_failed(trick: str):
    with pytest.raises(Unauthorized) as refusal:
        verified(CORPUS[trick])
    assert refusal.value.detail.startswith("The access token is not valid or has expired.")
    assert refusal.value.headers == {"WWW-Authenticate": 'Bearer error="invalid_token"'}


@given(place=st.integers(min_value=0), letter=st.sampled_from(string.printable))
def test_a_token_with_one_letter_changed_is_refused(place: int, letter: str):
    token = issued()
    place %= len(token)
    assume(token[place] != letter)
    assert is_refused(token[:place] + letter + token[place + 1 :])


@given(st.text(max_size=300))
def test_any_text_is_refused_without_another_error(text: str):
    assert is_refused(text)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_three_parts_are_refused_without_another_error(first: str, second: str, third: str):
    assert is_refused(f"{first}.{second}.{third}")


def test_a_token_lives_ten_minutes_and_half_a_minute_of_grace():
    ago = datetime.now(UTC) - LIFETIME
    with held(ago - timedelta(seconds=20)):
        just = issued()
    with held(ago - timedelta(seconds=40)):
        late = issued()
    assert verified(just).client_id == "client_1"
    assert is_refused(late)


def test_a_token_from_a_clock_a_little_ahead_is_accepted():
    with held(datetime.now(UTC) + timedelta(seconds=20)):
        token = issued()
    assert verified(token).client_id == "client_1"


def test_a_token_for_another_audience_of_ours_is_refused():
    assert is_refused(issued(audience="another"))


def later(minutes: float) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


def test_a_new_key_signs_once_everybody_knows_it_and_the_old_one_still_verifies(tmp_path: Path):
    before = Keys.kept_in(tmp_path)
    rotate(tmp_path)
    published = Keys.kept_in(tmp_path)
    assert published.signing_id == before.signing_id
    assert len(published.jwks()["keys"]) == 2
    with held(later(2.1)):
        old = issued(before)
        after = Keys.kept_in(tmp_path)
        assert after.signing_id != before.signing_id
        assert verified(old, after) == verified(old, before)
        assert is_refused(issued(after), before)


def test_an_old_key_goes_when_its_last_token_has_run_out(tmp_path: Path):
    old = issued(Keys.kept_in(tmp_path))
    rotate(tmp_path)
    with held(later(12)):
        assert len(Keys.kept_in(tmp_path).jwks()["keys"]) == 2
    with held(later(14)):
        keys = Keys.kept_in(tmp_path)
        assert len(keys.jwks()["keys"]) == 1
        assert is_refused(old, keys)
        rotate(tmp_path)
        assert len(list(tmp_path.glob("*.pem"))) == 2, "the first one's file is gone"


def test_a_compromised_key_counts_no_more_from_now_on(tmp_path: Path):
    old = issued(Keys.kept_in(tmp_path))
    rotate(tmp_path, compromised=True)
    keys = Keys.kept_in(tmp_path)
    assert is_refused(old, keys)
    assert verified(issued(keys), keys).client_id == "client_1"


def test_a_key_that_is_half_written_is_no_key(tmp_path: Path):
    first = Keys.kept_in(tmp_path)
    (tmp_path / ".20990101000000000000.pem.ab12").write_text("-----BEGIN PRIV")
    assert Keys.kept_in(tmp_path).jwks() == first.jwks()


def test_two_who_start_at_once_agree_which_key_signs(tmp_path: Path):
    rotate(tmp_path)
    first = Keys.kept_in(tmp_path)
    rotate(tmp_path)
    assert Keys.kept_in(tmp_path).signing_id == first.signing_id


def test_when_an_old_key_is_removed_its_tokens_are_refused(tmp_path: Path):
    old = issued(Keys.kept_in(tmp_path))
    (first,) = tmp_path.glob("*.pem")
    rotate(tmp_path)
    first.unlink()
    assert is_refused(old, Keys.kept_in(tmp_path))


def test_keys_that_were_made_are_found_again(tmp_path: Path):
    assert Keys.kept_in(tmp_path).jwks() == Keys.kept_in(tmp_path).jwks()


def test_a_private_key_is_readable_by_its_owner_only(tmp_path: Path):
    path = rotate(tmp_path)
    assert os.stat(path).st_mode & 0o077 == 0


def test_nothing_private_is_published(tmp_path: Path):
    published = json.dumps(Keys.kept_in(tmp_path).jwks())
    assert all('"d"' not in published and key in published for key in ('"x"', '"y"', '"kid"'))
