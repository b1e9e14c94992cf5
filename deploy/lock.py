"""Write requirements.lock from pyproject.toml: one file, hashes, no address of any index.

The part above the divider is what the services need to run; `make run` and the
image stop reading there. The whole file is what `make test` installs. Both parts
come from one resolution, so a test never runs on other versions than production.

Needs `uv` on the PATH; only maintainers who change a dependency run it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIVIDER = "# ---- below this line: only for tests, checks and documentation ----\n"


def compiled(*extras: str) -> list[str]:
    """One text block per pinned distribution, as `uv pip compile` prints them."""
    command = ["uv", "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.11"]
    command += [
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-header",
        "--no-annotate",
        "--quiet",
    ]
    for extra in extras:
        command += ["--extra", extra]
    text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return re.split(r"(?m)^(?=\S)", text)[1:]


def main() -> int:
    """Compile with the test extra, then split by what the plain resolution names."""
    everything = compiled("test")
    needed_to_run = {block.split("==")[0] for block in compiled()}
    run = [block for block in everything if block.split("==")[0] in needed_to_run]
    test = [block for block in everything if block not in run]
    head = "# Made by `python deploy/lock.py` from pyproject.toml. Do not edit.\n"
    (ROOT / "requirements.lock").write_text(head + "".join(run) + DIVIDER + "".join(test))
    print(f"{len(run)} distributions to run, {len(test)} more to test")
    return 0


if __name__ == "__main__":
    sys.exit(main())
