"""The harness: nothing finished is ever lost, whatever is killed."""

import dataclasses
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import fake_jobs
import pytest
from fake_jobs import make, many, ran, work

from rewardlab.benchmarks import harness, report
from rewardlab.benchmarks.results import FILE, load
from rewardlab.benchmarks.train import TIMES
from rewardlab.core.errors import BadOption, BadStore, RewardlabError, UnknownName
from rewardlab.core.store import Store

run = partial(harness.run, progress=False, jobs=2, train=work)


def results(folder: Path) -> dict[str, dict[str, Any]]:
    with Store(folder / FILE, create=False) as s:
        return {k: {f: v for f, v in r.items() if f not in TIMES} for k, r in s.results().items()}


def driver(folder: Path, *arguments: object) -> subprocess.Popen:
    """The same command every time, in a process group of its own."""
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            # Ctrl-C is heard even where the tests themselves run in the background of a shell, which is deaf to it.
            "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
            "import fake_jobs; raise SystemExit(fake_jobs.main())",
            str(folder),
            *map(str, arguments),
        ],
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(fake_jobs.__file__).parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def alive(group: int) -> list[int]:
    """Processes of a group that are no zombies."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] not in "ZX":
            found.append(int(stat.parent.name))
    return found


def until(condition: Any, seconds: float = 30.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.005)
    return False


@pytest.mark.parametrize(("seeds", "kills"), [(6, 4), pytest.param(50, 50, marks=pytest.mark.slow)])
def test_a_sweep_killed_at_random_moments_ends_like_one_that_was_not(tmp_path: Path, seeds: int, kills: int) -> None:
    rng, killed, whole = random.Random(11), tmp_path / "killed", tmp_path / "whole"
    total = 4 * seeds
    seen: dict[str, Any] = {}
    dealt = 0
    while dealt < kills:
        d = driver(killed, seeds)
        begun = len(ran(killed))
        goal = begun + rng.randrange(1, max(2, (total - len(seen)) // max(1, kills - dealt) + 1))
        assert until(lambda d=d, goal=goal: len(ran(killed)) >= goal or d.poll() is not None)
        time.sleep(rng.random() * 0.03)
        if d.poll() is None:
            os.killpg(d.pid, signal.SIGKILL)
        d.communicate()
        dealt += 1
        if (killed / FILE).exists():
            now = results(killed)
            assert seen.items() <= now.items()  # nothing that was finished is lost or changed
            seen = now
    last = driver(killed, seeds)
    assert last.wait(120) == 0, last.communicate()
    last.communicate()
    assert len(ran(killed)) <= total + 2 * kills  # only what was in flight on two workers was run again
    shutil.rmtree(whole, ignore_errors=True)
    run(many(seeds), whole)
    assert results(killed) == results(whole) and len(results(whole)) == total
    assert [*results(killed)] == [*results(whole)]
    assert report.table(killed) == report.table(whole)


def test_orphans_die_with_their_driver(tmp_path: Path) -> None:
    d = driver(tmp_path, 6, 60.0)  # two workers, busy for a minute
    assert until(lambda: len(ran(tmp_path)) >= 2)
    assert len(alive(d.pid)) >= 3
    os.kill(d.pid, signal.SIGKILL)  # the driver alone
    d.communicate()
    assert until(lambda: not alive(d.pid), 10)


def test_ctrl_c_says_one_sentence_keeps_what_is_done_and_ends_the_workers(tmp_path: Path) -> None:
    d = driver(tmp_path, 6, 0.05)
    assert until(lambda: len(ran(tmp_path)) >= 6)
    os.killpg(d.pid, signal.SIGINT)  # as the terminal does it: to the whole group
    out, err = d.communicate(timeout=20)
    assert d.returncode == 130 and err == b""
    done = len(results(tmp_path))
    said = out.decode().strip().splitlines()
    assert said == [f"stopped: {done} of 24 runs are finished and kept in {tmp_path}; the same command goes on"]
    assert 4 <= done < 24 and until(lambda: not alive(d.pid), 10)
    with Store(tmp_path / FILE) as s:
        assert s.count()["running"] == 0
    begun = len(ran(tmp_path))
    run(many(6), tmp_path)
    assert len(results(tmp_path)) == 24 and len(ran(tmp_path)) == begun + 24 - done


@pytest.mark.parametrize("wait", [0.0, 0.1, 0.25])
def test_ctrl_c_while_workers_still_import_is_as_quiet(tmp_path: Path, wait: float) -> None:
    d = driver(tmp_path, 6, 60.0)
    assert until(lambda: len(alive(d.pid)) >= 4)  # driver, resource tracker, two workers
    time.sleep(wait)
    os.killpg(d.pid, signal.SIGINT)
    out, err = d.communicate(timeout=20)
    assert (d.returncode, err) == (130, b"") and out.decode().startswith("stopped: 0 of 24 runs")
    assert until(lambda: not alive(d.pid), 10)


def test_whatever_happens_to_a_worker_costs_that_job_alone(tmp_path: Path) -> None:
    bad = {
        "killed": "SIGKILL",
        "segfault": "SIGSEGV",
        "raises": "ValueError: a mistake in the reward",
        "memory": "MemoryError",
        "no json": "not JSON serializable",
        "leaves": "SystemExit: 5",
    }
    once = [f"{kind} once" for kind in ("killed", "segfault", "raises")]
    cases = [make(m, seeds=1) for m in (*bad, *once)] + [make("none", seeds=4)]
    run(cases, tmp_path)
    done = {r["method"] for r in results(tmp_path).values()}
    assert done == {*once, "none"} and len(results(tmp_path)) == len(once) + 4
    jobs = {j.spec["method"]: j for j in load(tmp_path).jobs.values()}
    for kind, words in bad.items():
        assert (jobs[kind].state, jobs[kind].tries) == ("quarantined", 3), kind
        assert words in jobs[kind].log and f"{kind} 0 begins" in jobs[kind].log, jobs[kind].log
        assert ran(tmp_path).count(f"{kind} 0") == 3
    assert "string_at" in jobs["segfault"].log  # where it happened, in Python's words
    for kind in once:
        assert ran(tmp_path).count(f"{kind} 0") == 2
    assert all(ran(tmp_path).count(f"none {k}") == 1 for k in range(4))
    begun = len(ran(tmp_path))
    run(cases, tmp_path)  # the same command does not touch what is in quarantine
    assert len(ran(tmp_path)) == begun
    assert "six runs failed three times" in report.table(tmp_path)
    run(cases, tmp_path, retry=True)
    assert len(ran(tmp_path)) == begun + 3 * len(bad)


def test_a_hang_is_ended_by_the_time_limit(tmp_path: Path) -> None:
    began = time.monotonic()
    run([make("hang once", seeds=1), make("stopped once", seeds=1), make("none", seeds=2)], tmp_path, timeout=0.7)
    assert len(results(tmp_path)) == 4 and time.monotonic() - began < 30
    assert ran(tmp_path).count("hang once 0") == ran(tmp_path).count("stopped once 0") == 2


def test_a_full_disk_stops_the_sweep_without_blaming_the_job(tmp_path: Path) -> None:
    cases = [make("none", seeds=2), make("disk once", seeds=1)]
    with pytest.raises(BadStore, match="No space left"):
        run(cases, tmp_path, jobs=1)
    jobs = {j.spec["method"]: j for j in load(tmp_path).jobs.values()}
    assert (jobs["disk once"].state, jobs["disk once"].tries) == ("waiting", 0)
    run(cases, tmp_path)  # there is room again: the same command goes on
    assert len(results(tmp_path)) == 3 and ran(tmp_path).count("none 0") == 1


def test_too_little_room_is_found_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 1 << 20))
    with pytest.raises(BadStore, match="only 1 MB are free"):
        run(many(1), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_small_disk_that_is_really_full_and_a_read_only_one(tmp_path: Path) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], check=False)
    if mounted.returncode:
        return  # not root: the file-size limit in tests/core/test_store.py stands for the full disk there
    try:
        with Store(place / FILE) as s:
            s.add({str(i): i for i in range(8)})
            s.claim()
            s.finish("0", "kept")
            s.claim()
            (place / "filler").write_bytes(b"x" * (os.statvfs(place).f_bavail * 4096))
            with pytest.raises(BadStore, match="cannot write"):
                s.finish("1", "x" * 300_000)
            (place / "filler").unlink()
            s.finish("1", "x" * 300_000)
            assert s.results()["0"] == "kept" and len(s.results()["1"]) == 300_000
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        with pytest.raises(BadStore, match="cannot write"):
            Store(place / "new" / FILE)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_folder_of_something_else_is_refused_before_anything_starts(tmp_path: Path) -> None:
    run([make("none", seeds=1)], tmp_path)
    begun = ran(tmp_path)
    with pytest.raises(BadStore, match="of cases that have changed"):
        run([make("double", seeds=1)], tmp_path)
    with pytest.raises(BadStore, match="suite 'own'"):
        harness.run("smoke", tmp_path)
    with Store(tmp_path / FILE) as s:
        s.describe({"version": "0.0.1"})
    with pytest.raises(BadStore, match=r"version '0\.0\.1'"):
        run([make("none", seeds=1)], tmp_path)
    assert ran(tmp_path) == begun
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / FILE).write_bytes(b"what is this" * 100)
    with pytest.raises(BadStore, match="damaged, or no database"):
        run([make("none", seeds=1)], tmp_path / "broken")
    (tmp_path / "file").write_text("")
    with pytest.raises(BadStore, match="cannot write"):
        run([make("none", seeds=1)], tmp_path / "file" / "folder")


def test_more_seeds_may_be_added_to_a_folder(tmp_path: Path) -> None:
    run([make("none", seeds=2)], tmp_path)
    run([make("none", seeds=3)], tmp_path)
    assert ran(tmp_path).count("none 0") == 1 and len(results(tmp_path)) == 3


def test_a_part_may_be_run_first_and_the_rest_later(tmp_path: Path) -> None:
    cases = [make("none", seeds=2), make("count", seeds=2)]
    run(cases, tmp_path, only=lambda case: case.method == "count")
    assert sorted(ran(tmp_path)) == ["count 0", "count 1"]
    run(cases, tmp_path, only=lambda case: case.method == "none")
    assert sorted(ran(tmp_path)) == ["count 0", "count 1", "none 0", "none 1"] and len(results(tmp_path)) == 4


def test_what_waits_from_before_is_not_run_unless_it_is_asked_for(tmp_path: Path) -> None:
    cases = [make("none", seeds=2), make("count", seeds=2)]
    with Store(tmp_path / FILE) as store:  # as a run of the whole that was stopped leaves it
        store.add({case.key(seed): case.spec(seed) for case in cases for seed in case.seeds})
    run(cases, tmp_path, only=lambda case: case.method == "count")
    assert sorted(ran(tmp_path)) == ["count 0", "count 1"]
    run(cases, tmp_path)
    assert sorted(ran(tmp_path)) == ["count 0", "count 1", "none 0", "none 1"]


def test_results_go_to_runs_if_nothing_else_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    place = run([make("none", seeds=1)])
    assert place == Path("runs/own") and len(results(tmp_path / place)) == 1


def test_two_drivers_share_one_folder(tmp_path: Path) -> None:
    both = [driver(tmp_path, 4, 0.05) for _ in range(2)]
    assert [d.wait(60) for d in both] == [0, 0], [d.communicate() for d in both]
    for d in both:
        d.communicate()
    assert len(results(tmp_path)) == 16 and len(ran(tmp_path)) == 16


def test_mistakes_are_named_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="smoke"):
        harness.run("smok", tmp_path)
    with pytest.raises(UnknownName, match="DeepSea"):
        run([make("none", env="rewardlab/DepSea-v0")], tmp_path)
    with pytest.raises(BadOption, match="stands there twice"):
        run([make("double"), make("double", weight=3.0)], tmp_path)
    with pytest.raises(BadOption, match=r"stands there with \{\} and with \{'size': 5\}"):
        run([make("none"), dataclasses.replace(make("double"), env_kwargs={"size": 5})], tmp_path)
    for wrong in ({"jobs": 0}, {"jobs": True}, {"timeout": 0.0}):
        with pytest.raises(BadOption):
            run([make("none")], tmp_path, **wrong)
    with pytest.raises(BadOption, match="no cases"):
        run([], tmp_path)
    assert not (tmp_path / FILE).exists()


def test_workers_that_cannot_start_are_explained(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import fake_jobs\nfrom rewardlab.benchmarks import harness\n"
        f"place = {str(tmp_path / 'r')!r}\n"
        "harness.run([fake_jobs.make('none')], place, jobs=1, progress=False, train=fake_jobs.work)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(fake_jobs.__file__).parent)}
    command = [sys.executable, str(script)]
    ended = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60, check=False)
    assert ended.returncode == 1
    assert '__name__ == "__main__"' in ended.stderr and RewardlabError.__name__ in ended.stderr


def test_output_of_runs_goes_to_logs_and_not_to_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run([make("none", seeds=1)], tmp_path)
    assert capfd.readouterr().out == ""
    assert [p.read_text() for p in (tmp_path / "logs").iterdir()] == ["none 0 begins\n"]
