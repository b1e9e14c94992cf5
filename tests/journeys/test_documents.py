"""What a reader types from the documents does what they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.habits.blocks import block, blocks
from tests.server import ROOT, Server, free_port, running

pytestmark = pytest.mark.xdist_group("platform")

README = ROOT / "README.md"
FIRST_RUN = ROOT / "docs/tutorial/first-run.md"
FIRST_PUSH = ROOT / "docs/tutorial/first-push.md"
EMBED = ROOT / "docs/how-to/embed-search.md"
BACKUP = ROOT / "docs/how-to/back-up-and-restore.md"
OUTCOMES = ROOT / "docs/how-to/import-outcomes.md"
PRODUCTION = ROOT / "docs/how-to/run-in-production.md"
PROGRAM = ROOT / "docs/tutorial/push-from-a-program.md"
FIRST_EMBED = ROOT / "docs/tutorial/first-embed.md"
PUSH_MANY = ROOT / "docs/how-to/push-many.md"

# Pages for a browser (test_partner_page.py, test_two_lines.py), a command that tests/habits runs,
# and those of the guide to personal data (tests/practices/test_personal_guide.py).
NOT_HERE = {"page", "main", "two-lines", "partner", "score offline", "export", "sweep"}

TABLE = """\
external_id,regions,title,role,areas,activities,summary
desk-1,ES51,Reading rooms,leader,reception,Rooms in four towns,A room to read in.
desk-2,catalonia,Sports clubs,funding,culture,A fund for clubs,Clubs that take newcomers in.
"""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A platform of its own: readers write to it."""
    with running(tmp_path_factory.mktemp("documents") / "data") as server:
        yield server


def typed(text: str, folder: Path, **environment: str) -> str:
    """Type the block into a shell that stops at the first failure; what it printed."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def checkout(folder: Path) -> Path:
    """A folder in which the commands of the repository can be typed and files be left behind."""
    for part in (".venv", "services", "shared"):
        (folder / part).symlink_to(ROOT / part)
    return folder


def client(platform: Server, document: Path) -> dict[str, str]:
    """The variables that a reader fills in after making a client."""
    printed = typed(block(document, "client"), ROOT, DATA_DIR=str(platform.data_dir))
    found = dict(re.findall(r"^(client_\w+)=(.+)$", printed, re.M))
    return {"BASE": platform.url} | {name.upper(): value for name, value in found.items()}


def titles(platform: Server, words: str) -> list[str]:
    found = httpx.get(f"{platform.api}/practices", params={"q": words}).json()
    return [one["title"] for one in found["items"]]


def test_every_block_that_is_said_to_be_run_is_run_here():
    here = Path(__file__).read_text("utf-8")
    names = {one.name for page in _pages() for one in blocks(page) if one.name}
    assert [name for name in names - NOT_HERE if f'"{name}"' not in here] == []


def _pages() -> list[Path]:
    return [README, *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_push_of_the_readme_publishes_once_however_often_it_is_run(
    platform: Server, tmp_path: Path
):
    given = client(platform, README)
    assert typed(block(README, "push"), tmp_path, **given) == "published\n"
    assert typed(block(README, "push"), tmp_path, **given) == "published\n"
    panel = httpx.get(f"{platform.api}/regions/ES51").json()
    newest = [one["title"] for one in panel["practices"]["newest"]]
    assert newest.count("Welcome desk for newcomers") == 1


def test_a_table_is_looked_at_and_then_pushed_by_command_and_by_curl(
    platform: Server, tmp_path: Path
):
    given = client(platform, README)
    (checkout(tmp_path) / "practices.csv").write_text(TABLE)
    for document, name in ((README, "dry-run"), (PUSH_MANY, "push-many-check")):
        assert "2 rows: 2 created" in typed(block(document, name), tmp_path, **given)
    typed(block(PUSH_MANY, "push-many"), tmp_path, **given)
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["created"], report["failed"]) == (2, 0)
    text = block(PUSH_MANY, "push-many-curl") + block(PUSH_MANY, "push-one-curl")
    printed = typed(text, tmp_path, **given)
    assert printed.count('"unchanged":2') == 2
    assert '"external_id":"desk-7"' in printed


@pytest.mark.parametrize(
    ("language", "file"), [("push-python", "push.py"), ("push-js", "push.mjs")]
)
def test_a_program_publishes_once_however_often_it_is_run(
    language: str, file: str, platform: Server, tmp_path: Path
):
    given = client(platform, README)
    (tmp_path / file).write_text(block(PROGRAM, language))
    start = {"push-python": "push-python-start", "push-js": "push-js-start"}[language]
    assert typed(block(PROGRAM, start), tmp_path, **given) == 'published "v1"\n'
    assert typed(block(PROGRAM, start), tmp_path, **given) == 'published "v1"\n'


def test_a_partner_asks_the_same_from_the_shell_and_from_python(platform: Server, tmp_path: Path):
    here = {"BASE": platform.url}
    (title,) = typed(block(FIRST_EMBED, "find-curl"), tmp_path, **here).splitlines()[:1]
    (tmp_path / "find.py").write_text(block(FIRST_EMBED, "find-python"))
    printed = typed("python3 find.py", tmp_path, **here)
    assert printed.startswith(f"{title} {platform.url}/practices/")
    assert "'Spain': 1" in printed


def test_a_partner_gets_a_key_that_searches_from_the_own_pages_only(
    platform: Server, tmp_path: Path
):
    printed = typed(block(FIRST_EMBED, "embed-key"), ROOT, DATA_DIR=str(platform.data_dir))
    (key,) = re.findall(r"prk_\S+", printed)
    asked = {"queries": [{"indexUid": "practices", "q": "robotic"}]}

    def status(origin: str) -> int:
        headers = {"authorization": f"Bearer {key}", "origin": origin}
        return httpx.post(
            f"{platform.api}/search/multi-search", json=asked, headers=headers
        ).status_code

    # Running gateways read the keys anew every few seconds.
    for _ in range(100):
        if status("http://127.0.0.1:8080") != 401:
            break
        time.sleep(0.1)
    assert status("http://127.0.0.1:8080") == 200
    assert status("https://elsewhere.example") == 403


def test_the_first_administrator_signs_in_and_has_to_choose_a_password(platform: Server):
    printed = typed(block(README, "administrator"), ROOT, DATA_DIR=str(platform.data_dir))
    given = dict(re.findall(r"^(name|password)=(.+)$", printed, re.M))
    with httpx.Client(base_url=platform.api, headers={"origin": platform.url}) as browser:
        assert browser.post("/session", json=given).status_code == 200
        assert browser.get("/admin/people").status_code == 403
        new = {"password": given["password"], "new_password": "four-quokkas-over-a-wall"}
        assert browser.post("/session/password", json=new).is_success
        people = browser.get("/admin/people").json()["items"]
    assert [one["name"] for one in people] == ["root"]


def test_the_search_of_the_guide_finds_with_the_client_of_partners(
    platform: Server, tmp_path: Path
):
    modules = ROOT / "web" / "node_modules"
    if not (modules / "@meilisearch").is_dir():
        pytest.skip("the packages of the web app are not installed")
    (tmp_path / "node_modules").symlink_to(modules)
    text = block(FIRST_EMBED, "search").replace("http://127.0.0.1:8000", platform.url)
    (tmp_path / "search.mjs").write_text(text)
    printed = typed("node search.mjs", tmp_path)
    assert "After-school programming and robotics for pupils" in printed
    assert "Spain: 1" in printed


def test_the_first_run_prints_what_the_tutorial_says(platform: Server, tmp_path: Path):
    here = {"BASE": platform.url}
    assert typed(block(FIRST_RUN, "count"), tmp_path, **here) == "25\n"
    first, second = typed(block(FIRST_RUN, "catalonia"), tmp_path, **here).splitlines()
    assert first == "policy-output 71 published"
    assert second.endswith(" practices")
    typed(block(FIRST_RUN, "csv"), tmp_path, **here)
    assert len((tmp_path / "health.csv").read_text("utf-8").splitlines()) > 20


def test_the_first_push_goes_from_a_draft_to_the_map_and_back(platform: Server, tmp_path: Path):
    steps = ("token", "draft", "save", "publish", "see")
    text = "\n".join(block(FIRST_PUSH, name) for name in steps)
    given = client(platform, FIRST_PUSH)
    printed = typed(text, tmp_path, **given).splitlines()
    assert printed[-2:] == ["Evening courses in companies"] * 2
    known = 'ID=$(python3 -c \'import json; print(json.load(open("practice.json"))["id"])\')\n'
    typed(block(FIRST_PUSH, "token") + known + block(FIRST_PUSH, "withdraw"), tmp_path, **given)
    newest = httpx.get(f"{platform.api}/practices").json()["items"]
    assert "Evening courses in companies" not in [one["title"] for one in newest]


def test_a_search_from_the_shell_forgives_a_typo(platform: Server, tmp_path: Path):
    printed = typed(block(EMBED, "curl"), tmp_path, BASE=platform.url)
    assert "health" in printed.splitlines()[0]


def test_one_box_shows_the_region_and_then_its_practices(platform: Server, tmp_path: Path):
    lines = typed(block(EMBED, "both"), tmp_path, BASE=platform.url).splitlines()
    assert lines[0] == "regions Catalonia"
    assert [line.split()[0] for line in lines[1:]] == ["practices"] * 5


def test_a_gap_is_answered_with_reasons(platform: Server, tmp_path: Path):
    lines = typed(block(EMBED, "gap"), tmp_path, BASE=platform.url).splitlines()
    assert len(lines) == 5
    assert all("Works in housing." in line for line in lines)


def test_the_secrets_are_long_and_all_different(tmp_path: Path):
    found = dict(line.split("=") for line in typed(block(PRODUCTION, "secrets"), tmp_path).split())
    asked = set(re.findall(r"\$\{(\w+):\?", (ROOT / "compose.yaml").read_text("utf-8")))
    assert found.keys() == asked - {"SITE"}
    assert len(set(found.values())) == len(found)
    assert min(map(len, found.values())) == 64


def test_a_restored_backup_holds_what_was_there_and_its_followers_begin_anew(tmp_path: Path):
    data = tmp_path / "data"
    kept = {"DATA_DIR": str(data), "BACKUP_DIR": str(tmp_path / "backup")}
    (tmp_path / "push.py").write_text(block(PROGRAM, "push-python"))
    with running(data, PRACTICES_WEBHOOKS_LOCAL="true") as server:
        given = client(server, README)
        webhook = f"/webhooks/{registered(server, given)}/deliveries"
        typed(block(README, "push"), tmp_path, **given)
        typed(block(README, "administrator"), ROOT, **kept)
        typed(block(BACKUP, "backup"), tmp_path, **kept)
        typed("python3 push.py", tmp_path, **given)
        soon(lambda: "Mentors for apprentices" in titles(server, "mentors apprentices"))
    # All is lost but the index, which knows of more than the backup does.
    for path in data.iterdir():
        if path.name != "search":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    typed(block(BACKUP, "restore"), tmp_path, **kept)
    with running(data, PRACTICES_WEBHOOKS_LOCAL="true") as server:
        soon(lambda: "Mentors for apprentices" not in titles(server, "mentors apprentices"))
        assert titles(server, "welcome desk newcomers")[0] == "Welcome desk for newcomers"
        again = given | {"BASE": server.url}
        assert typed(block(README, "push"), tmp_path, **again) == "published\n"
        bearer = {"authorization": f"Bearer {token(server, given)}"}
        soon(lambda: "feed.restarted" in httpx.get(server.api + webhook, headers=bearer).text)
        assert "root" in server.command("people", "list").stdout
        for trail in (("audit", "verify"), ("practices", "audit-verify")):
            assert server.command(*trail).returncode == 0


def token(server: Server, given: dict[str, str]) -> str:
    """An access token of the client."""
    who = (given["CLIENT_ID"], given["CLIENT_SECRET"])
    form = {"grant_type": "client_credentials"}
    return httpx.post(f"{server.api}/oauth/token", auth=who, data=form).json()["access_token"]


def registered(server: Server, given: dict[str, str]) -> str:
    """The id of a webhook to which nobody listens."""
    body = {"url": f"http://127.0.0.1:{free_port()}/", "events": ["practice.published"]}
    bearer = {"authorization": f"Bearer {token(server, given)}"}
    made = httpx.post(f"{server.api}/webhooks", json=body, headers=bearer)
    assert made.status_code == 201, made.text
    return made.json()["id"]


def soon(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < 20, "it never came to hold"
        time.sleep(0.1)


def test_the_rates_of_the_manual_are_imported_and_shown(platform: Server, tmp_path: Path):
    given = {"FOLDER": str(tmp_path), "DATA_DIR": str(platform.data_dir)}
    typed(block(OUTCOMES, "file"), ROOT, **given)
    printed = typed(block(OUTCOMES, "import"), ROOT, **given)
    assert printed.count("new, 2 values") == 2
    assert printed.count("new, 1 value as of") == 2
    assert typed(block(OUTCOMES, "filter"), ROOT, **given).count("unchanged") == 2
    asked = {"indicator": "employment-rate-by-citizenship", "region": "catalonia"}
    # The platform runs meanwhile and looks for new data once a second.
    for _ in range(30):
        found = httpx.get(f"{platform.api}/outcomes/gaps", params=asked).json()["items"]
        if found:
            break
        time.sleep(0.1)
    assert [(one["gap"], one["flag"]) for one in found] == [(-13.7, "bu")]
