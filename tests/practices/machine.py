"""A state machine that plays the workflow against the model, over the store or over HTTP."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, ClassVar, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Engine, StaticPool, create_engine
from sqlalchemy import event as on
from sqlmodel import Session

from services.practices import trail
from services.practices.drafts import store as drafts
from services.practices.record.practice import PracticeIn
from services.practices.review import store as reviews
from services.practices.tables import FEED, AuditHead, Draft, Practice
from services.practices.webhooks import tables as webhook_tables
from services.practices.workflow import standing, steps
from services.practices.workflow.steps import Details
from services.practices.workflow.tables import METADATA
from shared import feed
from shared.actor import Actor
from shared.idempotency import Answer
from shared.problems import Problem
from tests.examples import a_practice
from tests.practices import model, review
from tests.practices.model import ACTIONS, TAGS, WHO, Model

assert webhook_tables.METADATA is METADATA

ACTORS = {
    model.AUTHOR: review.AUTHOR,
    model.PUBLISHER: review.PUBLISHER,
    model.ANNA: review.ANNA,
    model.BRUNO: review.BRUNO,
    model.LOCAL: Actor("person", "p_local", frozenset({"practices:evaluate"}), frozenset({"ES51"})),
    model.STRANGER: review.STRANGER,
}
NAMED = (review.ANNA.id, review.BRUNO.id)
DETAILS = {
    "assign": Details(evaluators={one.id: one for one in (review.ANNA, review.BRUNO)}),
    "request-changes": Details(said=(("/summary", "Say for whom."),)),
    "reject": Details(said=((None, "It is a plan."),)),
    "publish": Details(reason="A new version"),
}
_STALE = '"v99.99"'


class Driver(Protocol):
    """How the machine acts on a practice and looks at it."""

    def begin(self) -> str:
        """A new complete draft; its id."""
        ...

    def act(self, practice: str, who: str, action: str, tag: str) -> int:
        """The status of the answer."""
        ...

    def look(self, practice: str) -> tuple[str, str, int | None]:
        """State, next actor, public version; as the author sees them."""
        ...

    def sound(self) -> bool:
        """Whether the chain of the audit is whole."""
        ...


class StoreDriver:
    """The store over SQLite in memory, without anything between."""

    def __init__(self) -> None:
        self.engine: Engine = create_engine("sqlite://", poolclass=StaticPool)
        on.listen(self.engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=ON"))
        METADATA.create_all(self.engine)
        with Session(self.engine) as session, session.begin():
            session.add(AuditHead(id=1, number=0, digest=""))
            feed.begin(session, FEED)

    def _do(self, work: Any, *args: Any) -> Any:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            return work(session, *args)

    def begin(self) -> str:
        """A new complete draft."""
        record = PracticeIn.model_validate(a_practice()).record()
        answer: Answer = self._do(drafts.create, record, review.AUTHOR, None)
        return self._do(standing.complete, answer)["id"]

    def act(self, practice: str, who: str, action: str, tag: str) -> int:
        """Call the function of the action."""
        try:
            return self._do(self._act, practice, ACTORS[who], action, tag) or 200
        except Problem as refused:
            return refused.status

    def _act(
        self, session: Session, practice: str, actor: Actor, action: str, tag: str
    ) -> int | None:
        sent = {"fresh": self._tag(session, practice, actor, action), "stale": _STALE}.get(tag)
        if action == "save":
            body = a_practice(questionnaire=review.ANSWERED)
            record = PracticeIn.model_validate(body).record()
            drafts.save(session, practice, sent, record, actor)
        elif action == "discard":
            drafts.discard(session, practice, sent, actor)
            return 204
        elif action == "evaluate":
            answers = review.an_evaluation()
            reviews.save(session, practice, actor.id, sent, answers, actor)
        elif action == "hand-in":
            reviews.submit(session, practice, actor.id, sent, actor, None)
        elif action == "agree":
            self._agree(session, practice, sent, actor)
        else:
            details = DETAILS.get(action, Details())
            steps.move(session, practice, action, sent, actor, None, details)
        return None

    def _agree(self, session: Session, practice: str, sent: str | None, actor: Actor) -> None:
        if actor.id in NAMED and self._consensus(session, practice) != '"c0"':
            reviews.confirm_consensus(session, practice, sent, actor, None)
        else:
            answers = review.an_evaluation()
            reviews.write_consensus(session, practice, sent, answers, actor)

    def _tag(self, session: Session, practice: str, actor: Actor, action: str) -> str:
        if action in ("evaluate", "hand-in"):
            try:
                return f'"{reviews.read(session, practice, actor.id, actor)[1]}"'
            except Problem:
                return '"e0.0"'
        if action == "agree":
            return self._consensus(session, practice)
        row = session.get_one(Practice, practice)
        return f'"{standing.tag_of(row, session.get(Draft, practice))}"'

    def _consensus(self, session: Session, practice: str) -> str:
        try:
            return f'"{reviews.read_consensus(session, practice, review.PUBLISHER)[1]}"'
        except Problem:
            return '"c0"'

    def look(self, practice: str) -> tuple[str, str, int | None]:
        """As the author sees it."""

        def seen(session: Session) -> dict[str, Any]:
            return standing.shown(*standing.held(session, practice, review.AUTHOR, lock=False))

        found = self._do(seen)
        return found["state"], found["next_actor"], found["published_version"]

    def sound(self) -> bool:
        """Whether the chain of the audit is whole."""
        return self._do(trail.broken_at) is None


class Machine(RuleBasedStateMachine):
    """Anybody does anything; whatever the answer, it is the one of the model."""

    driver: ClassVar[Driver]

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.practice = ""

    @initialize()
    def begin(self) -> None:
        """A new practice."""
        self.model, self.practice = Model(), self.driver.begin()

    @rule(who=st.sampled_from(WHO), action=st.sampled_from(ACTIONS), tag=st.sampled_from(TAGS))
    def anybody_does_anything(self, who: str, action: str, tag: str) -> None:
        """Mostly refused, and always for the right reason."""
        self._act(who, action, tag)

    @rule(who=st.sampled_from(WHO))
    def somebody_tries_all_that_is_refused(self, who: str) -> None:
        """Every action that the model refuses here is refused, and changes nothing."""
        for action in ACTIONS:
            if deepcopy(self.model).expected(who, action, "fresh") >= 400:
                self._act(who, action, "fresh")

    @rule(times=st.integers(1, 4))
    def forward(self, times: int) -> None:
        """The steps that bring it further, so that late states are reached."""
        for _ in range(times):
            self._act(*self.model.next_step(), "fresh")

    def _act(self, who: str, action: str, tag: str) -> None:
        before = repr(self.model)
        expected = self.model.expected(who, action, tag)
        found = self.driver.act(self.practice, who, action, tag)
        assert found == expected, f"{who} {action} {tag}: {found}, not {expected}, in {before}"
        if self.model.gone:
            self.begin()

    @invariant()
    def stands_where_the_model_says(self) -> None:
        """State, whose turn it is, and what is public."""
        if self.practice:
            public = self.model.version if self.model.public else None
            wanted = (self.model.state, self.model.turn, public)
            assert self.driver.look(self.practice) == wanted

    def teardown(self) -> None:
        """Whatever happened, the audit is whole."""
        assert self.driver.sound()
