"""A token that was checked a moment ago is not believed any longer than one that was not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from services.gateway.seen import Seen
from shared.clock import held, now
from shared.problems import Unauthorized
from shared.tokens import LIFETIME, Keys

SITE = "https://platform.example"


def issued(keys: Keys) -> str:
    return keys.issue(
        "client_1", frozenset({"admin"}), frozenset({"*"}), issuer=SITE, audience="here"
    )


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys.kept_in(tmp_path / "a")


def test_a_token_is_believed_again_and_is_the_same(keys):
    seen, token = Seen(SITE, "here"), issued(keys)
    assert seen.verify(keys, token) == seen.verify(keys, token)


def test_a_token_that_has_run_out_is_checked_again_although_it_was_seen(keys):
    seen, token = Seen(SITE, "here"), issued(keys)
    seen.verify(keys, token)
    seen._issuer = "https://other.example"  # checked again, it is refused
    assert seen.verify(keys, token).client_id == "client_1"
    with held(now() + LIFETIME + timedelta(minutes=2)), pytest.raises(Unauthorized):
        seen.verify(keys, token)


def test_a_token_of_a_key_that_is_gone_is_refused_although_it_was_seen(keys, tmp_path: Path):
    seen, token = Seen(SITE, "here"), issued(keys)
    seen.verify(keys, token)
    with pytest.raises(Unauthorized):
        seen.verify(Keys.kept_in(tmp_path / "b"), token)


def test_a_token_that_differs_in_one_letter_is_refused_although_the_other_was_seen(keys):
    seen, token = Seen(SITE, "here"), issued(keys)
    seen.verify(keys, token)
    for place in (5, len(token) // 2, len(token) - 5):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(Unauthorized):
            seen.verify(keys, token[:place] + other + token[place + 1 :])


def test_a_refused_token_is_refused_again(keys):
    seen = Seen("https://other.example", "here")
    for _ in range(2):
        with pytest.raises(Unauthorized):
            seen.verify(keys, issued(keys))
