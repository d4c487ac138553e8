"""What all tests share: one hypothesis profile, one thread each, no silent skips, and the record of a long run."""

import gc
import json
import os
import subprocess
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # two workers on two cores, and the same bits everywhere

import hypothesis
import pytest

# A test that is skipped is not delivered; these need hardware or packages that few machines have.
MAY_SKIP = ("gpu", "trl", "verifiers", "ray", "a browser")

hypothesis.settings.register_profile(
    "fixed", derandomize=True, deadline=None, max_examples=50, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("fixed")

_started = time.time()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--evidence FILE`: what ran, how it ended, how long it took, when and of which commit, as JSON.

    `--rotate WORD`: which ten ids beside one of each class a short run takes; by default the date's.
    """
    parser.addoption("--evidence", type=Path, metavar="FILE", help="write what ran and how it ended to FILE, as JSON")
    parser.addoption("--rotate", metavar="WORD", help="the word that picks the ids of a short run; by default the date")


def pytest_configure(config: pytest.Config) -> None:
    """Settle which ids are short before any is collected; pytest's workers inherit the variable."""
    if hasattr(config, "workerinput"):
        return
    from contracts.chosen import NONE, ONLY_SHORT, VARIABLE, today

    wanted = str(config.getoption("markexpr", "")).strip()
    long = wanted == "slow"
    os.environ[ONLY_SHORT] = "1" if wanted == "not slow" else ""
    os.environ[VARIABLE] = config.getoption("rotate") or os.environ.get(VARIABLE) or (NONE if long else today())


def pytest_sessionstart(session: pytest.Session) -> None:
    """Twenty thousand tests are no garbage: looking through them again and again is a third of collecting them."""
    gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """From here on garbage is collected again, but not among the tests, and not every 700 objects."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


def _unexpected(reporter: pytest.TerminalReporter) -> list[str]:
    skipped = [
        (r.nodeid, str(r.longrepr[2] if isinstance(r.longrepr, tuple) else r.longrepr))
        for r in reporter.stats.get("skipped", [])
    ]
    return [f"{name}: {why}" for name, why in skipped if not any(f"needs {word}" in why for word in MAY_SKIP)]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Turn a run with a skip that is not on the list into a failed one."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and exitstatus == 0 and _unexpected(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    place = session.config.getoption("evidence")
    if place is not None and reporter is not None and not hasattr(session.config, "workerinput"):
        place.write_text(json.dumps(_evidence(reporter, session), indent=1) + "\n", encoding="utf-8")


def _evidence(reporter: pytest.TerminalReporter, session: pytest.Session) -> dict[str, object]:
    """What a session did. A test counts once, with the time of its set-up and clean-up; one that fails there failed."""
    from rewardlab.benchmarks.measure import machine

    tests: dict[str, dict[str, object]] = {}
    for outcome in ("passed", "skipped", "failed", "error"):
        for r in reporter.stats.get(outcome, []):
            tests.setdefault(r.nodeid, {})["outcome"] = outcome
    for reports in reporter.stats.values():
        for r in reports:
            if isinstance(r, pytest.TestReport) and r.nodeid in tests:
                tests[r.nodeid]["seconds"] = round(float(tests[r.nodeid].get("seconds", 0.0)) + r.duration, 1)  # type: ignore[arg-type]
    outcomes = [t["outcome"] for t in tests.values()]
    return {
        "command": "make long",
        "commit": _git("rev-parse", "HEAD"),
        "changed_since": bool(
            _git("status", "--porcelain", "--", "src", "tests", ":!src/rewardlab/benchmarks/evidence")
        ),
        "machine": machine(),
        "seconds": round(time.time() - _started),
        "ended_well": int(session.exitstatus) == 0,
        "counts": {o: outcomes.count(o) for o in sorted(set(map(str, outcomes)))},
        "tests": dict(sorted(tests.items())),
    }


def _git(*arguments: str) -> str:
    """What git says of the sources; empty outside a repository."""
    here = Path(__file__).parent
    done = subprocess.run(["git", "-C", str(here.parent), *arguments], capture_output=True, text=True)
    return done.stdout.strip()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The skips that are not allowed, and the time that the run took against its budget of ten minutes."""
    if hasattr(terminalreporter.config, "workerinput"):
        return
    bad = _unexpected(terminalreporter)
    allowed = len(terminalreporter.stats.get("skipped", [])) - len(bad)
    terminalreporter.write_line(f"skips: {allowed} on the allow-list ({', '.join(MAY_SKIP)}), {len(bad)} others")
    for line in bad:
        terminalreporter.write_line(f"  not allowed: {line}", red=True)
    budget = "" if terminalreporter.config.getoption("evidence") else " of a budget of 600 s"
    terminalreporter.write_line(f"ids of a short run: --rotate {os.environ['REWARDLAB_ROTATE']}")
    terminalreporter.write_line(f"time: {time.time() - _started:.0f} s{budget}")
