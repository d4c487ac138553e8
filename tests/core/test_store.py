"""The store of jobs and results: claims, kills, full disks, strangers' files."""

import json
import random
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from rewardlab.core import store as module
from rewardlab.core.errors import BadOption, BadStore
from rewardlab.core.owner import is_alive, owner_name
from rewardlab.core.store import Store


def python(code: str, *arguments: object) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)], stdout=subprocess.PIPE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results.sqlite"


def test_a_job_is_added_once_claimed_once_and_finished_once(path: Path) -> None:
    with Store(path) as s, Store(path) as t:
        assert s.add({"a": {"x": 1}, "b": [2]}) == 2
        assert s.add({"b": "another specification", "c": 3}) == 1
        assert [s.claim(), t.claim(), s.claim()] == [("a", {"x": 1}), ("b", [2]), ("c", 3)]
        assert s.claim() is None and t.claim() is None
        s.finish("a", {"score": 0.1})
        assert t.results() == {"a": {"score": 0.1}}
        with pytest.raises(BadOption, match="is done"):
            s.finish("a", {"score": 9})
        assert s.results() == {"a": {"score": 0.1}}
        assert s.count() == {"waiting": 0, "running": 2, "done": 1, "quarantined": 0}


def test_results_stand_in_the_order_of_jobs_not_of_their_ends(path: Path) -> None:
    with Store(path) as s:
        s.add(dict.fromkeys("dacb"))
        for _ in range(4):
            s.claim()
        for key in "bcad":
            s.finish(key, key.upper())
        assert s.results() == {"d": "D", "a": "A", "c": "C", "b": "B"}
        assert [*s.results()] == [*s.jobs()] == ["d", "a", "c", "b"]


def test_three_tries_then_quarantine_with_the_log_and_a_pardon(path: Path) -> None:
    with Store(path) as s:
        s.add({"bad": 0, "good": 0})
        order = []
        for n in range(4):
            key, _ = s.claim()  # type: ignore[misc]
            order.append(key)
            if key == "good":
                s.finish(key, 1)
            else:
                assert s.fail(key, f"log {n}") == (n == 3)
        assert order == ["bad", "good", "bad", "bad"]  # the untried one first
        assert s.claim() is None
        job = s.jobs()["bad"]
        assert (job.state, job.tries, job.log) == ("quarantined", 3, "log 3")
        assert s.pardon() == 1 and s.claim() == ("bad", 0)
        assert s.release() == 1 and s.jobs()["bad"].tries == 0


def test_a_result_that_is_no_json_changes_nothing(path: Path) -> None:
    with Store(path) as s:
        s.add({"a": 0})
        s.claim()
        with pytest.raises(BadOption, match="set"):
            s.finish("a", {1, 2})
        assert s.count()["running"] == 1
        s.finish("a", {"nan": float("nan")})
        assert s.results()["a"]["nan"] != s.results()["a"]["nan"]


def test_claims_of_a_dead_process_come_back_and_those_of_a_live_one_stay(path: Path) -> None:
    code = """
        import sys
        from rewardlab.core.store import Store
        s = Store(sys.argv[1]); s.add({"a": 1}); s.claim(); print("claimed", flush=True); sys.stdin.read()
    """
    held = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert held.stdout is not None and held.stdout.readline() == b"claimed\n"
    with Store(path) as s:
        assert s.requeue() == 0 and s.claim() is None
        held.kill()
        held.communicate()
        assert s.requeue() == 1 and s.claim() == ("a", 1)
        assert s.jobs()["a"].tries == 0  # the driver's death is not the job's fault


def test_a_recycled_process_id_is_another_owner() -> None:
    place, pid, started = owner_name().rsplit(" ", 2)
    assert is_alive(f"{place} {pid} {started}") is True
    assert is_alive(f"{place} {pid} {int(started) - 1}") is False
    assert is_alive(f"{place} {2**22 + 1} 5") is False
    assert is_alive(f"elsewhere {pid} {started}") is None


def test_an_owner_elsewhere_lives_as_long_as_it_beats(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    with Store(path) as far, Store(path) as s:
        far.owner = "elsewhere 1 1"
        far.add({"a": 0})
        far.claim()
        assert s.requeue() == 0
        clock[0] += 59
        far.beat()
        assert s.requeue() == 0
        clock[0] += 59
        assert s.requeue() == 0
        clock[0] += 2
        assert s.requeue() == 1


@pytest.mark.parametrize("jobs", [120, pytest.param(4000, marks=pytest.mark.slow)])
def test_four_processes_claim_every_job_exactly_once_while_a_reader_reads(path: Path, jobs: int) -> None:
    code = """
        import sys
        from rewardlab.core.store import Store
        with Store(sys.argv[1]) as s:
            s.add({f"{i:04}": i for i in range(int(sys.argv[2]))})
            mine = []
            while (got := s.claim()) is not None:
                mine.append(got[0]); s.finish(got[0], {"square": got[1] ** 2})
        print(" ".join(mine))
    """
    workers = [python(code, path, jobs) for _ in range(4)]
    while not path.exists():
        time.sleep(0.01)
    counts = [0]
    with Store(path) as s:
        while any(w.poll() is None for w in workers):
            counts.append(len(s.results()))
            time.sleep(0.01)
        claimed = [w.communicate()[0].decode().split() for w in workers]
        assert [w.returncode for w in workers] == [0] * 4
        assert sorted(key for keys in claimed for key in keys) == [f"{i:04}" for i in range(jobs)]
        assert s.results() == {f"{i:04}": {"square": i**2} for i in range(jobs)}
        assert counts == sorted(counts)


@pytest.mark.parametrize("copies", [12, pytest.param(200, marks=pytest.mark.slow)])
def test_copies_of_the_files_in_the_middle_of_writes_open_and_lose_nothing_committed(
    path: Path, tmp_path: Path, copies: int
) -> None:
    rng = random.Random(5)
    for n in range(copies):
        copy = tmp_path / "copy" / path.name
        with Store(path) as s:
            for i in range(rng.randrange(1, 4)):
                s.add({f"{n}.{i}": i})
                s.claim()
                s.finish(f"{n}.{i}", {"n": n, "text": "x" * rng.randrange(3000)})
            done = s.results()
            s._database._db.execute("BEGIN IMMEDIATE")  # a write that is never committed
            s._database._db.execute("INSERT INTO job (key, spec) VALUES ('torn', '0')")
            shutil.rmtree(copy.parent, ignore_errors=True)
            copy.parent.mkdir()
            for file in path.parent.glob("results.sqlite*"):
                shutil.copy(file, copy.parent / file.name)
            (copy.parent / f"{copy.name}-shm").unlink(missing_ok=True)  # it lives in memory and dies with the machine
            s._database._db.execute("ROLLBACK")
        wal = copy.with_name(f"{copy.name}-wal")
        torn = rng.randrange(0, 200)
        with wal.open("ab") as f:  # a frame of which only a part reached the disk
            f.write(rng.randbytes(torn))
        with Store(copy) as t:
            assert t._database._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert t.results() == done and "torn" not in t.jobs()


def test_a_write_ahead_log_cut_anywhere_loses_whole_transactions_from_its_end(path: Path, tmp_path: Path) -> None:
    rng = random.Random(6)
    with Store(path) as s:
        s.add({str(i): i for i in range(30)})
        s._database._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for i in range(30):
            s.claim()
            s.finish(str(i), {"i": i})
        image, log = path.read_bytes(), path.with_name(f"{path.name}-wal").read_bytes()
    kept = set()
    for n in range(25):
        copy = tmp_path / f"cut{n}" / path.name
        copy.parent.mkdir()
        copy.write_bytes(image)
        copy.with_name(f"{path.name}-wal").write_bytes(log[: rng.randrange(len(log))])
        with Store(copy) as t:
            assert t._database._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            results, count = t.results(), t.count()
            assert results == {str(i): {"i": i} for i in range(len(results))}
            assert count["done"] == len(results) and count["running"] <= 1
            kept.add(len(results))
    assert len(kept) > 5


def test_a_clock_that_jumps_back_changes_no_order(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 2e9
    with Store(path) as s:
        for i in range(5):
            monkeypatch.setattr(time, "time", lambda now=now, i=i: now - 1e6 * i)
            s.add({f"{9 - i}": i})
        assert [s.claim()[0] for _ in range(5)] == ["9", "8", "7", "6", "5"]  # type: ignore[index]


def test_a_missing_store_is_not_made_by_a_reader(path: Path) -> None:
    with pytest.raises(BadStore, match="no results here"):
        Store(path, create=False)
    assert not path.exists()


def test_a_full_disk_loses_nothing_and_the_same_call_goes_on_afterwards(path: Path) -> None:
    with Store(path) as s:
        s.add({"a": 0, "b": 0})
        s.claim()
        s.finish("a", {"kept": True})
        s.claim()
        pages = s._database._db.execute("PRAGMA page_count").fetchone()[0]
        s._database._db.execute(f"PRAGMA max_page_count={pages + 2}")  # SQLite's own way to be out of room: SQLITE_FULL
        with pytest.raises(BadStore, match="full") as e:
            s.finish("b", {"large": "x" * 100_000})
        assert "bytes of room" in e.value.expected and "free" in e.value.mend and str(path) in e.value.where
        assert s.results() == {"a": {"kept": True}} and s.jobs()["b"].state == "running"
        s._database._db.execute("PRAGMA max_page_count=1073741823")
        s.finish("b", {"large": "x" * 100_000})
        assert s._database._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_write_that_the_system_refuses_is_told_and_leaves_the_store_whole(path: Path) -> None:
    code = """
        import resource, signal, sys
        from rewardlab.core.errors import BadStore
        from rewardlab.core.store import Store, write_atomic
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        with Store(sys.argv[1]) as s:
            s.add({"a": 0, "b": 0}); s.claim(); s.finish("a", 1); s.claim()
            write_atomic(sys.argv[1] + ".txt", "old")
            soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))  # no file may grow beyond this
            big = "x" * 300_000
            for write in (lambda: s.finish("b", big), lambda: write_atomic(sys.argv[1] + ".txt", big)):
                try: write()
                except BadStore as e: print(e.what)
                else: print("written")
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            s.finish("b", "later")
            print(s.results(), open(sys.argv[1] + ".txt").read())
    """
    run = python(code, path)
    lines = run.communicate()[0].decode().splitlines()
    assert run.returncode == 0 and len(lines) == 3
    assert all(line.startswith("cannot write") for line in lines[:2])
    assert lines[2] == "{'a': 1, 'b': 'later'} old"
    assert sorted(p.name for p in path.parent.iterdir()) == ["results.sqlite", "results.sqlite.txt"]


def test_a_kill_between_any_two_writes_leaves_finished_jobs_finished(path: Path) -> None:
    code = """
        import json, sys
        from rewardlab.core.store import Store
        with Store(sys.argv[1]) as s:
            s.requeue()
            s.add({str(i): i for i in range(1000)})
            while (got := s.claim()) is not None:
                s.finish(got[0], {"i": got[1]})
                sys.stdout.write(got[0] + "\\n"); sys.stdout.flush()
    """
    rng, told = random.Random(7), []
    for _ in range(5):
        run = python(code, path)
        assert run.stdout is not None
        told += [run.stdout.readline().decode().strip() for _ in range(rng.randrange(3, 25))]
        time.sleep(rng.random() * 0.01)
        run.kill()
        told += run.communicate()[0].decode().splitlines()
    with Store(path) as s:
        results = s.results()
        assert [t for t in told if t and t not in results] == []  # what was acknowledged is there
        assert s.requeue() <= 1
        assert s._database._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert all(json.loads(json.dumps(v)) == {"i": int(k)} for k, v in results.items())


def test_about_is_set_and_replaced(path: Path) -> None:
    with Store(path) as s:
        s.describe({"suite": "x", "tags": ["a"]})
        s.describe({"suite": "y"})
        assert s.about() == {"suite": "y", "tags": ["a"]}
