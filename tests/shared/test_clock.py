"""The clock stands still when held, and identifiers sort by time."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import held, new_id, now, stamp

MOMENT = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)
moments = st.integers(0, 253_000_000_000_000).map(
    lambda milliseconds: datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)
)


def test_a_held_clock_stands_still():
    with held(MOMENT):
        assert now() == now() == MOMENT


def test_a_clock_that_is_let_go_runs_again():
    with held(MOMENT):
        pass
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_clock_is_let_go_when_the_block_fails():
    with pytest.raises(ZeroDivisionError), held(MOMENT):
        raise ZeroDivisionError
    assert now() != MOMENT


def test_a_clock_held_twice_goes_back_to_the_outer_moment():
    with held(MOMENT):
        with held(MOMENT + timedelta(days=1)):
            assert now() == MOMENT + timedelta(days=1)
        assert now() == MOMENT


def test_a_clock_held_here_runs_in_another_thread():
    seen: list[datetime] = []
    with held(MOMENT):
        thread = threading.Thread(target=lambda: seen.append(now()))
        thread.start()
        thread.join()
    assert seen != [MOMENT]


def test_now_is_in_utc():
    assert now().tzinfo is UTC


def test_a_stamp_is_to_the_second_in_utc():
    east = timezone(timedelta(hours=2))
    assert stamp(MOMENT.astimezone(east)) == "2026-11-22T09:30:00Z"


@given(moments, moments)
def test_stamps_sort_as_the_moments_do(one: datetime, other: datetime):
    earlier, later = sorted((one, other))
    assert stamp(earlier) <= stamp(later)


@given(moments)
def test_an_identifier_is_a_uuid_of_version_7(moment: datetime):
    with held(moment):
        made = uuid.UUID(new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


@given(moments, moments)
def test_identifiers_sort_by_the_millisecond_of_their_making(one: datetime, other: datetime):
    earlier, later = sorted((one, other))
    with held(earlier):
        first = new_id()
    with held(later):
        second = new_id()
    assert first[:13] <= second[:13]


def test_identifiers_of_one_moment_differ():
    with held(MOMENT):
        assert len({new_id() for _ in range(10_000)}) == 10_000
