"""Webhooks: told at least once, in order, signed, over restarts and failures."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from services.practices.webhooks import announcements, outbox
from services.practices.webhooks.outbox import Rules
from services.practices.webhooks.sender import Message, Outcome, Sender
from services.practices.webhooks.tables import Delivery, Endpoint
from shared import clock
from shared.db import Database
from tests.examples import an_actor, as_caller
from tests.practices.lab import AUTHOR, published, revised, running, step
from tests.practices.receiver import Receiver, failing
from tests.prove import prove_webhooks

OTHER = as_caller(an_actor("ITF4", scopes=("practices:write",)))
STRANGER = as_caller(
    type(an_actor())("client", "another", frozenset({"practices:write"}), frozenset({"ES51"}))
)
PAGE = {"url": "https://hooks.example.org/lab"}


# Most of it does not touch what the databases do differently.
sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def client(database_url, tmp_path, indicators_settings, anyio_backend):
    async with running(tmp_path, database_url, indicators_settings) as found:
        yield found


async def _listening(client, receiver: Receiver, **more) -> str:
    answer = await client.post("/webhooks", json={"url": receiver.url, **more}, headers=AUTHOR)
    assert answer.status_code == 201, answer.text
    receiver.secret = answer.json()["secret"]
    return answer.json()["id"]


def _told(receiver: Receiver) -> list[tuple[str, str]]:
    return [(one["type"], one["data"]["id"]) for one in receiver.taken]


@pytest.mark.anyio
async def test_what_happens_to_a_practice_is_told_in_order_and_signed(client):
    async with Receiver().open() as receiver:
        await _listening(client, receiver)
        first = await published(client)
        second = await revised(client, first, title="Welcome desk, again")
        name = first.json()["id"]
        gone = await step(client, second, "withdraw")
        assert gone.status_code == 200
        await revised(client, gone, title="Welcome desk, once more")
        await receiver.until(lambda one: len(one.taken) == 4)
    assert _told(receiver) == [
        ("practice.published", name),
        ("practice.updated", name),
        ("practice.withdrawn", name),
        ("practice.published", name),
    ]
    assert receiver.unsigned == 0
    assert len(set(receiver.ids)) == 4


@sqlite
@pytest.mark.anyio
async def test_a_fault_of_our_own_in_sending_holds_up_no_other_webhook(client, monkeypatch):
    async with Receiver().open() as broken, Receiver().open() as receiver:
        sent = Sender.send

        async def send(sender: Sender, message: Message, at: datetime) -> Outcome:
            if message.url == broken.url:
                raise TypeError("a fault that nobody thought of")
            return await sent(sender, message, at)

        monkeypatch.setattr(Sender, "send", send)
        webhook = await _listening(client, broken)
        await _listening(client, receiver)
        await published(client)
        await receiver.until(lambda one: len(one.taken) == 1)
        async with asyncio.timeout(20):
            attempts = []
            while not attempts:  # noted in the next turn of the worker
                log = await client.get(f"/webhooks/{webhook}/deliveries", headers=AUTHOR)
                [delivery] = log.json()["items"]
                attempts = delivery["attempts"]
        assert attempts[0]["error"] == "it could not be sent"


@sqlite
@pytest.mark.anyio
async def test_only_the_events_that_were_asked_for_are_sent(client):
    async with Receiver().open() as receiver:
        await _listening(client, receiver, events=["practice.withdrawn"])
        answer = await published(client)
        await step(client, answer, "withdraw")
        await receiver.until(lambda one: len(one.taken) == 1)
    assert _told(receiver) == [("practice.withdrawn", answer.json()["id"])]


@sqlite
@pytest.mark.anyio
async def test_a_receiver_that_fails_a_third_of_the_time_gets_everything(client):
    async with Receiver(failing(0.3, seed=4)).open() as receiver:
        await _listening(client, receiver)
        made = [(await published(client, title=f"Desk {n}")).json()["id"] for n in range(12)]
        await receiver.until(lambda one: len(set(one.ids)) == 12)
        assert receiver.asked > 12
    assert sorted(one for _, one in _told(receiver)) == sorted(made)


@sqlite
@pytest.mark.anyio
async def test_the_next_event_of_a_practice_waits_for_the_one_before(client):
    async with Receiver(lambda number: 500 if number < 3 else 200).open() as receiver:
        await _listening(client, receiver)
        first = await published(client)
        await revised(client, first, title="Another title")
        await receiver.until(lambda one: len(one.taken) == 2)
    assert [one["data"]["version"] for one in receiver.taken] == [1, 2]


@sqlite
@pytest.mark.anyio
async def test_what_could_not_be_sent_is_sent_after_a_restart(
    database_url, tmp_path, indicators_settings
):
    async with Receiver(lambda _: 503).open() as receiver:
        async with running(tmp_path, database_url, indicators_settings) as client:
            await _listening(client, receiver)
            name = (await published(client)).json()["id"]
            await receiver.until(lambda one: one.asked > 0)
        receiver.status = lambda _: 200
        async with running(tmp_path, database_url, indicators_settings):
            await receiver.until(lambda one: len(one.taken) == 1, seconds=70)
    assert _told(receiver) == [("practice.published", name)]


@sqlite
@pytest.mark.anyio
async def test_the_log_says_what_the_receiver_answered_and_it_can_be_sent_again(client):
    async with Receiver(lambda number: 500 if number == 0 else 200).open() as receiver:
        name = await _listening(client, receiver)
        sent = await client.post(f"/webhooks/{name}/test", headers=AUTHOR)
        assert sent.status_code == 202
        await receiver.until(lambda one: len(one.taken) == 1)
        log = f"/webhooks/{name}/deliveries"
        await _until_logged(client, log, "delivered")
        (line,) = (await client.get(log, headers=AUTHOR)).json()["items"]
        assert [one["status"] for one in line["attempts"]] == [500, 200]
        again = await client.post(f"{log}/{line['id']}/redeliver", headers=AUTHOR)
        assert again.status_code == 202
        await receiver.until(lambda one: len(one.taken) == 2)
    assert receiver.ids == [line["id"], line["id"]]


async def _until_logged(client, log: str, state: str) -> None:
    async with asyncio.timeout(10):
        while (await client.get(log, headers=AUTHOR)).json()["items"][0]["state"] != state:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@sqlite
@pytest.mark.anyio
async def test_after_a_change_of_the_secret_both_sign(client):
    async with Receiver().open() as receiver:
        name = await _listening(client, receiver)
        old = receiver.secret
        new = (await client.post(f"/webhooks/{name}/secret", headers=AUTHOR)).json()["secret"]
        for secret in (old, new):
            receiver.secret = secret
            await client.post(f"/webhooks/{name}/test", headers=AUTHOR)
            count = receiver.asked + 1
            await receiver.until(lambda one, count=count: one.asked == count)
    assert new != old
    assert receiver.unsigned == 0
    assert [len(one["webhook-signature"].split()) for one in receiver.headers] == [2, 2]


@pytest.mark.anyio
async def test_an_old_secret_signs_for_a_day():
    at = clock.now()
    endpoint = Endpoint(secret="new", old_secret="old", old_secret_until=at)
    assert outbox.secrets_of(endpoint, at - timedelta(seconds=1)) == ["new", "old"]
    assert outbox.secrets_of(endpoint, at) == ["new"]


@sqlite
@pytest.mark.anyio
async def test_a_receiver_that_is_gone_is_not_asked_again(client):
    async with Receiver(lambda _: 410).open() as receiver:
        name = await _listening(client, receiver)
        await client.post(f"/webhooks/{name}/test", headers=AUTHOR)
        await receiver.until(lambda one: one.asked == 1)
        shown = f"/webhooks/{name}"
        while (await client.get(shown, headers=AUTHOR)).json()["state"] == "active":
            pass
        assert "410" in (await client.get(shown, headers=AUTHOR)).json()["reason"]
        receiver.status = lambda _: 200
        answer = await client.patch(shown, json={"state": "active"}, headers=AUTHOR)
        assert answer.json()["reason"] is None
        await receiver.until(lambda one: len(one.taken) == 1)


@sqlite
@pytest.mark.anyio
async def test_a_webhook_belongs_to_the_client_that_made_it(client):
    made = await client.post("/webhooks", json=PAGE, headers=AUTHOR)
    path = f"/webhooks/{made.json()['id']}"
    assert (await client.get("/webhooks", headers=STRANGER)).json()["items"] == []
    asked = [
        await client.get(path, headers=STRANGER),
        await client.delete(path, headers=STRANGER),
        await client.patch(path, json={"description": "mine"}, headers=STRANGER),
        await client.post(f"{path}/secret", headers=STRANGER),
        await client.post(f"{path}/test", headers=STRANGER),
        await client.get(f"{path}/deliveries", headers=STRANGER),
    ]
    assert [one.status_code for one in asked] == [404] * 6
    assert (await client.post("/webhooks", json=PAGE)).status_code == 401


@sqlite
@pytest.mark.anyio
async def test_the_secret_is_shown_once(client):
    made = (await client.post("/webhooks", json=PAGE, headers=AUTHOR)).json()
    assert made["secret"].startswith("whsec_")
    for path in ("/webhooks", f"/webhooks/{made['id']}"):
        assert made["secret"] not in (await client.get(path, headers=AUTHOR)).text


@sqlite
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"url": "https://10.0.0.1/"}, "/url"),
        ({"url": "http://hooks.example.org/"}, "/url"),
        (PAGE | {"events": ["practice.exploded"]}, "/events/0"),
        (PAGE | {"events": []}, "/events"),
        (PAGE | {"events": ["practice.updated"] * 2}, "/events"),
        (PAGE | {"secret": "mine"}, "/secret"),
        ({}, "/url"),
    ],
)
@pytest.mark.anyio
async def test_a_webhook_that_cannot_be_is_refused_with_the_place(client, body, pointer):
    answer = await client.post("/webhooks", json=body, headers=AUTHOR)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


@sqlite
@pytest.mark.anyio
async def test_a_client_has_ten_webhooks_at_the_most(client):
    made = [await client.post("/webhooks", json=PAGE, headers=AUTHOR) for _ in range(11)]
    assert [one.status_code for one in made] == [201] * 10 + [409]


@pytest.fixture
def database(database_url, tmp_path, client):
    found = Database(database_url)
    yield found
    found.close()


@pytest.mark.anyio
async def test_a_step_of_the_workflow_is_told_to_those_who_speak_for_the_region(client, database):
    events = {"events": ["practice.reminder_due"]}
    for caller in (AUTHOR, OTHER):
        await client.post("/webhooks", json=PAGE | events, headers=caller)
    facts = {"state": "submitted"}

    def tell(session: Session) -> int:
        return announcements.announce(session, "practice.reminder_due", "p1", "ES51", facts)

    assert database.run(database.writer, tell) == 1
    with Session(database.reader) as session:
        (row,) = session.exec(select(Delivery)).all()
    assert '"region": "ES51"' in row.body
    assert '"state": "submitted"' in row.body


@sqlite
@pytest.mark.anyio
async def test_after_days_of_failures_a_webhook_is_disabled(client, database):
    rules = Rules(first_pause=60, patience=timedelta(days=5))
    await client.post(
        "/webhooks", json=PAGE | {"events": ["practice.reminder_due"]}, headers=AUTHOR
    )
    start = clock.now()
    state, tries = "active", 0

    def fail(session: Session) -> tuple[str, object]:
        for claimed in outbox.claim(session, [], 10):
            outbox.record(session, [(claimed, Outcome(None, "refused", 1))], rules)
        return session.exec(select(Endpoint.state, Delivery.next_at).join(Delivery)).one()

    def tell(session: Session) -> int:
        return announcements.announce(session, "practice.reminder_due", "p1", "ES51", {})

    with clock.held(start):
        database.run(database.writer, tell)
    at = start
    while state == "active":
        with clock.held(at):
            state, at = database.run(database.writer, fail)
        tries += 1
    assert timedelta(days=5) < at - start < timedelta(days=7)
    assert 10 < tries < 40


@pytest.mark.anyio
async def test_two_workers_do_not_take_the_same_delivery(client, database):
    await client.post(
        "/webhooks", json=PAGE | {"events": ["practice.reminder_due"]}, headers=AUTHOR
    )

    def tell(session: Session) -> None:
        for number in range(4):
            announcements.announce(session, "practice.reminder_due", f"p{number}", "ES51", {})

    database.run(database.writer, tell)
    first = database.run(database.writer, outbox.claim, [], 3)
    second = database.run(database.writer, outbox.claim, [], 3)
    assert (len(first), len(second)) == (3, 1)
    assert not {one.delivery_id for one in first} & {one.delivery_id for one in second}


@sqlite
@pytest.mark.anyio
async def test_old_deliveries_are_forgotten(client, database):
    await client.post(
        "/webhooks", json=PAGE | {"events": ["practice.reminder_due"]}, headers=AUTHOR
    )

    def tell(session: Session) -> int:
        return announcements.announce(session, "practice.reminder_due", "p1", "ES51", {})

    with clock.held(clock.now() - timedelta(days=31)):
        database.run(database.writer, tell)
    database.run(database.writer, tell)
    assert database.run(database.writer, outbox.sweep, timedelta(days=30)) == 1
    assert database.run(database.writer, outbox.sweep, timedelta(days=30)) == 0


@sqlite
def test_two_hundred_events_come_all_and_in_order_though_the_receiver_fails(database_url):
    done = asyncio.run(prove_webhooks.deliveries(database_url, 200))
    assert (done.received, done.out_of_order, done.unsigned) == (200, 0, 0)
    assert done.requests > 200
