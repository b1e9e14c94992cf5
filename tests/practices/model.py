"""The workflow told a second time, in plain Python, to compare the service with.

Nothing here is imported from the workflow itself: a mistake in its table would otherwise be
a mistake of the model too. `expected` gives the status of an answer and moves the model.
"""

from __future__ import annotations

from dataclasses import dataclass, field

AUTHOR, PUBLISHER, ANNA, BRUNO = "author", "publisher", "anna", "bruno"
LOCAL, STRANGER = "local", "stranger"
WHO = (AUTHOR, PUBLISHER, ANNA, BRUNO, LOCAL, STRANGER)
JUDGES = (ANNA, BRUNO)
EITHER = "author or publisher"

# Action: the states in which it is legal, and whose it is.
STEPS: dict[str, tuple[set[str], str]] = {
    "save": (
        {"draft", "selected", "changes_requested", "rejected", "published", "withdrawn"},
        AUTHOR,
    ),
    "submit": ({"draft", "selected", "changes_requested"}, AUTHOR),
    "take-back": ({"submitted"}, AUTHOR),
    "discard": ({"draft", "rejected"}, AUTHOR),
    "select": ({"submitted"}, PUBLISHER),
    "assign": ({"selected", "in_review"}, PUBLISHER),
    "request-changes": ({"submitted", "in_review", "accepted"}, PUBLISHER),
    "accept": ({"in_review"}, PUBLISHER),
    "reject": (
        {"submitted", "selected", "in_review", "changes_requested", "accepted"},
        PUBLISHER,
    ),
    "publish": ({"submitted", "accepted"}, PUBLISHER),
    "withdraw": ({"published"}, EITHER),
}
JUDGING = ("evaluate", "hand-in", "agree")
ACTIONS = (*STEPS, *JUDGING)
TAGS = ("fresh", "fresh", "fresh", "stale", "none")


@dataclass
class Model:
    """What should be: where the practice stands, who judges it, how far they are."""

    state: str = "draft"
    public: bool = False
    version: int = 0
    answered: bool = False
    back: str = ""
    named: bool = False
    saved: set[str] = field(default_factory=set[str])
    handed: set[str] = field(default_factory=set[str])
    agreed: set[str] | None = None
    gone: bool = False

    @property
    def face(self) -> str:
        """What the public sees."""
        if self.version == 0:
            return "draft"
        return "published" if self.public else "withdrawn"

    @property
    def has_draft(self) -> bool:
        """Whether a draft is open."""
        return self.state not in ("published", "withdrawn")

    @property
    def in_round(self) -> bool:
        """Whether a round of evaluation is open."""
        if self.state == "changes_requested":
            return self.back == "in_review"
        return self.state in ("selected", "in_review", "accepted")

    def concerns(self, who: str) -> bool:
        """Whether there is such a practice for this caller."""
        return who in (AUTHOR, PUBLISHER) or (who in JUDGES and self.named and self.in_round)

    def expected(self, who: str, action: str, tag: str) -> int:
        """The status of the answer; the model moves when it is a success."""
        if not self.concerns(who):
            return 404
        return self._judge(who, action, tag) if action in JUDGING else self._step(who, action, tag)

    def _step(self, who: str, action: str, tag: str) -> int:
        states, whose = STEPS[action]
        if action == "discard" and not self.has_draft:
            return 404
        state = self.face if action == "withdraw" else self.state
        if state not in states:
            return 409
        if who not in whose.split(" or "):
            return 403
        if tag != "fresh":
            return 412 if tag == "stale" else 428
        return self._move(action)

    def _move(self, action: str) -> int:
        if action == "save":
            self.answered = True
            if self.state in ("rejected", "published", "withdrawn"):
                self.state, self.back = "draft", ""
        elif action == "submit":
            if not self.answered and (self.state == "selected" or self.back == "in_review"):
                return 422
            after = {"draft": "submitted", "selected": "in_review"}
            self.state = after.get(self.state) or self.back
        elif action == "discard":
            self.state, self.gone = self.face, self.version == 0
            return 204
        elif action == "select":
            self.state, self.named = "selected", False
            self._new_round()
        elif action == "assign":
            self.named = True
        elif action == "request-changes":
            self.back = "submitted" if self.state == "submitted" else "in_review"
            self.state = "changes_requested"
            if self.back == "in_review":
                self._new_round(again=True)
        elif action == "accept":
            if self.handed != set(JUDGES) or self.agreed is None:
                return 409
            self.state = "accepted"
        elif action == "publish":
            self.state, self.public, self.version = "published", True, self.version + 1
        elif action == "withdraw":
            self.public = False
            self.state = self.state if self.has_draft else "withdrawn"
        else:
            self.state = {"take-back": "draft", "reject": "rejected"}[action]
        if self.state not in ("changes_requested", "in_review"):
            self.back = ""
        return 200

    def _judge(self, who: str, action: str, tag: str) -> int:
        if not self.in_round:
            return 404
        if action != "agree" and who not in JUDGES:
            return 404
        if self.state != "in_review":
            return 409
        if action == "agree":
            return self._agree(who, tag)
        if who in self.handed:
            return 409
        if tag != "fresh":
            return 412 if tag == "stale" else 428
        if action == "hand-in":
            if who not in self.saved:
                return 422
            self.handed.add(who)
        else:
            self.saved.add(who)
        return 200

    def _agree(self, who: str, tag: str) -> int:
        if who == AUTHOR:
            return 403
        if self.handed != set(JUDGES):
            return 409
        if tag != "fresh":
            return 412 if tag == "stale" else 428
        judge = {who} & set(JUDGES)
        # The publisher writes the wording anew; an evaluator confirms what there is.
        self.agreed = judge if self.agreed is None or not judge else self.agreed | judge
        return 200

    def _new_round(self, *, again: bool = False) -> None:
        self.saved = set(self.saved) if again else set()
        self.handed, self.agreed = set(), None

    def next_step(self) -> tuple[str, str]:
        """A step that brings the practice forward from here: who, and what."""
        if self.state == "in_review":
            if not self.named:
                return PUBLISHER, "assign"
            for judge in JUDGES:
                if judge not in self.handed:
                    return judge, "hand-in" if judge in self.saved else "evaluate"
            if self.agreed is None:
                return ANNA, "agree"
            return (BRUNO, "agree") if BRUNO not in self.agreed else (PUBLISHER, "accept")
        if self.state == "selected" and not self.answered:
            return AUTHOR, "save"
        return {
            "draft": (AUTHOR, "submit"),
            "submitted": (PUBLISHER, "select"),
            "selected": (AUTHOR, "submit"),
            "changes_requested": (AUTHOR, "submit" if self.answered else "save"),
            "accepted": (PUBLISHER, "publish"),
            "rejected": (AUTHOR, "save"),
            "published": (AUTHOR, "save"),
            "withdrawn": (AUTHOR, "save"),
        }[self.state]

    @property
    def turn(self) -> str:
        """Whose turn it is."""
        if self.state == "in_review":
            settled = self.agreed is not None and set(JUDGES) <= self.agreed
            return "publisher" if settled or not self.named else "evaluators"
        return {
            "draft": "author",
            "submitted": "publisher",
            "selected": "author",
            "changes_requested": "author",
            "accepted": "publisher",
        }.get(self.state, "nobody")
