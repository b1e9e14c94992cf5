"""What a password has to be. Length is what helps; the rest keeps out what is tried first."""

from __future__ import annotations

import re

from shared.problems import InputError, Invalid
from shared.text import folded

SHORTEST = 12
LONGEST = 200
# What remains of the passwords in every list of common ones when digits and signs are taken off.
_WORDS = """
    abc abcd abcde abcdef abcdefgh abcdefghijkl access account adgjmptw admin administrator azerty
    baseball batman changeme charlie computer default donald dragon facebook flower football
    freedom google hello helloworld iloveyou integration internet jesus killer letmein letmeinplease
    linkedin
    login lovely loveme master michael migration monkey mustang mypassword newpassword onepassword
    open opensesame pass passphrase passwd password passwordpassword platform princess qazwsx
    qazwsxedc qwerty qwertyqwerty qwertyuiop qwertz qwertzuiop region regional root secret security
    shadow starwars summer sunshine superman temporary test testing thisisapassword trustno user
    welcome whatever winter zaq zxcvbn zxcvbnm asdf asdfgh asdfghjkl asdfasdf qweasdzxc passw
"""
_COMMON = frozenset(_WORDS.split())
_RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")


def check_password(password: str, *names: str, pointer: str = "/password") -> None:
    """Raises Invalid, saying which rule, for a password that is not to be used.

    names  of the account and its holder: a password is not made of them
    """
    reason = _wrong(password, [folded(name) for name in names if len(name) > 3])
    if reason:
        allowed = f"{SHORTEST} to {LONGEST} characters, not a common password, not the name"
        raise Invalid(
            "The password cannot be used.",
            [InputError("weak_password", reason, pointer, allowed=allowed)],
        )


def _wrong(password: str, names: list[str]) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters."
    plain = folded(password)
    letters = re.sub(r"[^a-z]", "", plain)
    if letters in _COMMON or _unleet(plain) in _COMMON:
        return "It is one of the passwords that are tried first."
    if len(set(plain)) < 5 or any(plain in 2 * run or plain[::-1] in 2 * run for run in _RUNS):
        return "It is one character or one row of keys over and over."
    if any(name in plain and len(plain) - len(name) < SHORTEST - 4 for name in names):
        return "It is little more than the name."
    return ""


def _unleet(plain: str) -> str:
    core = re.sub(r"^[^a-z]+|[^a-z]+$", "", plain)
    return re.sub(r"[^a-z]", "", core.translate(str.maketrans("013457@$!", "oleastasi")))
