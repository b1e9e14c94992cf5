"""Starting, ending, dying, and what is still there afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.search.engine import corpus
from tests.search.engine.running import MASTER_KEY, RunningEngine, RunningIndex


def test_it_ends_when_its_parent_does(tmp_path: Path):
    engine = RunningEngine(tmp_path)
    started = time.monotonic()
    assert engine.stop() == 0
    assert time.monotonic() - started < 15


def test_it_ends_even_when_its_parent_is_killed(tmp_path: Path):
    code = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'services.search.engine', '--data', "
        f"{str(tmp_path)!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "sys.stdout.write(child.stdout.readline().decode()); sys.stdout.flush(); time.sleep(60)"
    )
    environment = os.environ | {"ENGINE_MASTER_KEY": MASTER_KEY}
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment)
    pid = int(parent.stdout.readline().decode().split('"pid": ')[1].rstrip("}\n"))
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 5
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(pid)


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(") ")[-1][0] != "Z"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told_to(tmp_path: Path, number: signal.Signals):
    engine = RunningEngine(tmp_path)
    engine.process.send_signal(number)
    assert engine.stop() == 0


def test_detached_it_does_not_look_at_standard_input(tmp_path: Path):
    engine = RunningEngine(tmp_path, "--detached")
    engine.process.stdin.close()
    time.sleep(0.3)
    assert engine.get("/health") == {"status": "available"}
    engine.process.terminate()
    assert engine.stop() == 0


def refused(*options: str, key: str = MASTER_KEY) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "services.search.engine", *options],
        env=os.environ | {"ENGINE_MASTER_KEY": key},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
    )
    assert done.stdout == b""
    return done.returncode, done.stderr.decode()


def test_a_folder_in_use_is_refused_in_one_line(tmp_path: Path):
    engine = RunningEngine(tmp_path)
    code, said = refused("--data", str(tmp_path))
    assert code == 2
    assert said.count("\n") == 1
    assert "in use by another search engine" in said
    engine.stop()


def test_a_short_master_key_and_a_taken_port_are_refused(tmp_path: Path):
    code, said = refused("--data", str(tmp_path), key="short")
    assert (code, "at least 16 bytes" in said) == (2, True)
    engine = RunningEngine(tmp_path / "a")
    port = str(engine.ready["port"])
    code, said = refused("--data", str(tmp_path / "b"), "--port", port)
    assert (code, "cannot listen on" in said) == (2, True)
    engine.stop()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path):
    (tmp_path / "file").write_text("")
    code, said = refused("--data", str(tmp_path / "file" / "data"))
    assert (code, said.count("\n")) == (2, 1)


def test_everything_is_there_after_a_restart(tmp_path: Path):
    engine = RunningEngine(tmp_path)
    index = RunningIndex(engine, "kept").put(
        [{"id": 1, "t": "Región", "n": 3}, {"id": 2, "t": "gone"}], filterableAttributes=["n"]
    )
    index.do("DELETE", "/documents/2")
    index.do("POST", "/documents", [{"id": 3, "t": "regiones"}])
    engine.stop()
    again = RunningEngine(tmp_path)
    kept = RunningIndex(again, "kept")
    assert kept.ids("region") == [1, 3]
    assert kept.ids(filter="n = 3") == [1]
    assert again.get("/tasks")["total"] == 4
    again.stop()


def test_what_was_replaced_or_removed_is_not_met_again_after_a_restart(tmp_path: Path):
    engine = RunningEngine(tmp_path)
    index = RunningIndex(engine, "p").put([{"id": n, "t": "housing"} for n in range(4)])
    index.do("POST", "/documents", [{"id": 1, "t": "housing again"}])
    index.do("DELETE", "/documents/2")
    engine.stop()
    again = RunningEngine(tmp_path)
    assert sorted(RunningIndex(again, "p").ids("housing")) == [0, 1, 3]
    again.stop()


def test_nothing_said_to_have_succeeded_is_lost_when_it_is_killed(tmp_path: Path):
    documents = corpus.documents(300, words=40)
    acknowledged: set[int] = set()
    for life in range(4):
        engine = RunningEngine(tmp_path)
        index = RunningIndex(engine, "p")
        tasks = {}
        for start in range(life * 60, life * 60 + 60, 10):
            some = documents[start : start + 10]
            path = "/indexes/p/documents?primaryKey=id"
            tasks[engine.call("POST", path, some).json()["taskUid"]] = {d["id"] for d in some}
        time.sleep(0.03 * (life + 1))
        for task, ids in tasks.items():
            if engine.get(f"/tasks/{task}")["status"] == "succeeded":
                acknowledged |= ids
        engine.kill()
    engine = RunningEngine(tmp_path)
    index = RunningIndex(engine, "p")
    last = max(task["uid"] for task in engine.get("/tasks")["results"])
    assert engine.ended(last)["status"] == "succeeded"
    found = set(index.ids(limit=1000))
    assert acknowledged <= found
    assert found == set(range(240)), "what was accepted is done after the restart"
    for number in (3, 77, 239):
        assert number in index.ids(documents[number]["title"], matchingStrategy="all")
    engine.stop()


def test_an_inverted_index_of_a_former_form_is_made_again(tmp_path: Path):
    engine = RunningEngine(tmp_path)
    RunningIndex(engine, "p").put([{"id": n, "t": f"housing number{n}"} for n in range(50)])
    engine.stop()
    (now,) = tmp_path.glob("inverted*")
    now.rename(tmp_path / "inverted")
    again = RunningEngine(tmp_path)
    index = RunningIndex(again, "p")
    assert index.ids("number7")[0] == 7
    assert list(tmp_path.glob("inverted*")) == [now]
    again.stop()


@pytest.mark.parametrize("damage", ["removed", "flipped", "cut", "meta"])
def test_a_damaged_inverted_index_is_made_again(tmp_path: Path, damage: str):
    engine = RunningEngine(tmp_path)
    RunningIndex(engine, "p").put([{"id": n, "t": f"housing number{n}"} for n in range(50)])
    engine.stop()
    folder = next(next(tmp_path.glob("inverted*")).iterdir())
    file = next(folder.glob("*.idx"))
    if damage == "removed":
        for each in folder.iterdir():
            each.unlink()
    elif damage == "flipped":
        data = bytearray(file.read_bytes())
        data[10] ^= 0xFF
        file.write_bytes(data)
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:20])
    else:
        (folder / "meta.json").write_text("{")
    again = RunningEngine(tmp_path)
    index = RunningIndex(again, "p")
    assert index.ids("number7")[0] == 7
    assert len(index.ids("housing", limit=100)) == 50
    index.do("POST", "/documents", [{"id": 99, "t": "housing"}])
    assert 99 in index.ids("housing", limit=100)
    again.stop()


def test_a_damaged_database_is_put_aside_and_the_start_is_empty(tmp_path: Path):
    (tmp_path / "data.db").write_bytes(b"no database at all " * 500)
    engine = RunningEngine(tmp_path)
    assert engine.get("/indexes")["results"] == []
    assert list(tmp_path.glob("data.damaged-*"))
    RunningIndex(engine, "p").put([{"id": 1}])
    engine.stop()


@pytest.mark.parametrize("kept", [8192, 200_000])
def test_a_database_damaged_inside_is_noticed_and_put_aside(tmp_path: Path, kept: int):
    engine = RunningEngine(tmp_path)
    RunningIndex(engine, "p").put([{"id": n, "t": "housing " * 50} for n in range(900)])
    engine.stop()
    file = tmp_path / "data.db"
    data = file.read_bytes()
    file.write_bytes(data[:kept] + b"\xaa" * (len(data) - kept))
    if kept > 8192:
        # Noticed when the documents are read: it ends with 3, and the next start is an empty one.
        keep_open, held = os.pipe()
        started = subprocess.run(
            [sys.executable, "-m", "services.search.engine", "--data", str(tmp_path)],
            env=os.environ | {"ENGINE_MASTER_KEY": MASTER_KEY},
            stdin=keep_open,
            capture_output=True,
            timeout=20,
        )
        os.close(held)
        os.close(keep_open)
        assert started.returncode == 3
    engine = RunningEngine(tmp_path)
    index = RunningIndex(engine, "p").put([{"id": 1, "t": "again"}])
    assert index.ids("again") == [1]
    assert list(tmp_path.glob("data.damaged-*"))
    engine.stop()


def test_it_ends_quickly_in_the_middle_of_a_long_task(tmp_path: Path):
    engine = RunningEngine(tmp_path)
    documents = corpus.documents(3000, words=120)
    task = engine.call("POST", "/indexes/p/documents?primaryKey=id", documents).json()["taskUid"]
    started = time.monotonic()
    assert engine.stop() == 0
    assert time.monotonic() - started < 30
    again = RunningEngine(tmp_path)
    assert again.ended(task)["details"]["indexedDocuments"] == 3000
    assert RunningIndex(again, "p").search()["estimatedTotalHits"] == 1000
    again.stop()
