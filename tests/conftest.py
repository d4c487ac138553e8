"""What all tests share: one hypothesis profile, one thread each, and no silent skips."""

import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # two workers on two cores, and the same bits everywhere

import hypothesis
import pytest

# A test that is skipped is not delivered; these need hardware or packages that few machines have.
MAY_SKIP = ("gpu", "trl", "verifiers", "ray")

hypothesis.settings.register_profile(
    "fixed", derandomize=True, deadline=None, max_examples=50, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("fixed")

_started = time.time()


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The skips that are not allowed, and the time that the run took against its budget of ten minutes."""
    if hasattr(terminalreporter.config, "workerinput"):
        return
    bad = _unexpected(terminalreporter)
    allowed = len(terminalreporter.stats.get("skipped", [])) - len(bad)
    terminalreporter.write_line(f"skips: {allowed} on the allow-list ({', '.join(MAY_SKIP)}), {len(bad)} others")
    for line in bad:
        terminalreporter.write_line(f"  not allowed: {line}", red=True)
    terminalreporter.write_line(f"time: {time.time() - _started:.0f} s of a budget of 600 s")
