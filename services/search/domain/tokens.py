"""A filter's text cut into tokens, and a reader that walks along them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.search.domain.refusal import Refusal

CODE = "invalid_search_filter"
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<sign>!=|>=|<=|=|>|<|\(|\)|\[|\]|,)
    | (?P<word>[\w./-]+)
    | (?P<end>$)
    )""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text. kind is `text` (quoted), `sign`, `word` or `end`."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def value(self) -> str:
        """What a word or a quoted text says: without quotes, `\\"` and `\\\\` undone."""
        if self.kind != "text":
            return self.text
        return re.sub(r"\\([\\" + self.text[0] + "])", r"\1", self.text[1:-1])


class Tokens:
    """The tokens of one text and how far they are read.

    place  names the text in messages, such as `[0][1]`; empty when there is only one
    """

    def __init__(self, text: str, place: str) -> None:
        self.text = text
        self.place = place
        self.at = 0
        self.tokens = list(self._tokens())

    @property
    def here(self) -> Token:
        """The token that is read next; the last one is of the kind `end`."""
        return self.tokens[self.at]

    @property
    def rest(self) -> str:
        """The text that is not read yet, shortened for a message."""
        return self.text[self.here.start :][:80]

    def word_is(self, word: str, ahead: int = 0) -> bool:
        """Whether the next token (or one further ahead) is this bare word."""
        token = self._ahead(ahead)
        return token.kind == "word" and token.text == word

    def next_is(self, sign: str) -> bool:
        """Whether the token after the next one is this sign."""
        token = self._ahead(1)
        return token.kind == "sign" and token.text == sign

    def take_word(self, word: str) -> bool:
        """Read the word if it comes next; whether it did."""
        found = self.word_is(word)
        self.at += found
        return found

    def take_sign(self, sign: str) -> bool:
        """Read the sign if it comes next; whether it did."""
        found = self.here.kind == "sign" and self.here.text == sign
        self.at += found
        return found

    def expect_sign(self, sign: str, wanted: str) -> None:
        """Read the sign. Refusal, saying what was wanted, when something else comes next."""
        if not self.take_sign(sign):
            found = "nothing" if self.here.kind == "end" else f"`{self.here.text[:40]}`"
            raise self.refusal(f"Was expecting {wanted} but found {found}.")

    def refusal(self, reason: str, code: str = CODE, token: Token | None = None) -> Refusal:
        """A refusal that names the place of the token: first and last column, then the text."""
        where = token or self.here
        before = f"`.filter{self.place}` " if self.place else ""
        shown = self.text if len(self.text) <= 200 else self.text[:200] + "…"
        return Refusal(f"{reason}\n{before}{where.start + 1}:{where.end + 1} {shown}", code)

    def _ahead(self, number: int) -> Token:
        return self.tokens[min(self.at + number, len(self.tokens) - 1)]

    def _tokens(self) -> Iterator[Token]:
        at = 0
        while True:
            found = _TOKEN.match(self.text, at)
            if found is None:
                start = at + len(self.text[at:]) - len(self.text[at:].lstrip())
                raise self.refusal(self._unreadable(start), token=Token("", "", start, start + 1))
            kind = found.lastgroup
            assert kind is not None
            yield Token(kind, found[kind], found.start(kind), found.end(kind))
            if kind == "end":
                return
            at = found.end()

    def _unreadable(self, start: int) -> str:
        letter = self.text[start]
        if letter in "\"'":
            return f"The value that begins with {letter} has no closing {letter}."
        return f"`{letter}` cannot be read here. Put names and values with such letters in quotes."
