"""How the tests of what all services share are run."""

from __future__ import annotations

from hypothesis import settings

# A machine that is busy is no bug.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
