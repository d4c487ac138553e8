"""Vetting of whole Python: honest programs pass, those that remember, draw, hang, grow, lie or break out do not."""

import os
import time

import numpy as np
import pytest
from core.sandbox.jail.attacks import FILES, KERNEL, NETWORK, PROC, PROCESSES
from core.sandbox.jail.servers import refusing
from core.sandbox.test_vetting import HONEST, STEPS
from core.sandbox.test_worker import TRYING

from rewardlab.core.errors import BadBatch, SandboxUnavailable
from rewardlab.core.sandbox import Limits, vet, vet_python, vet_python_many
from rewardlab.core.sandbox.jail import session

QUICK = Limits(seconds=1.0, rows=32, seconds_per_row=0.05, memory=16 << 20)
WHOLE = """
from dataclasses import dataclass
import functools

@dataclass(frozen=True)
class Goal:
    sharp: float = 4.0
    def near(self, x): return np.exp(-self.sharp * np.linalg.norm(x))

@functools.lru_cache
def goal(): return Goal()

def reward(obs, action, next_obs, info):
    k = 0
    while k < 3:
        k += 1
    try:
        near = goal().near(next_obs[1:3])
    except ValueError:
        near = 0.0
    effort = -0.01 * sum(a**2 for a in action)
    return near + effort, {"near": near, "effort": effort}
"""


def test_whole_python_gets_the_figures_that_the_reward_language_gets():
    mine, other = vet_python(WHOLE, STEPS), vet(HONEST, STEPS)
    assert mine.accepted and mine.problems == () and {"landlock", "seccomp"} <= set(mine.layers)
    for key in ("minimum", "maximum", "mean", "correlation", "extreme", "share_not_finite", "rows"):
        assert mine.report[key] == pytest.approx(other.report[key], rel=1e-6), key
    assert mine.report["parts"].keys() == other.report["parts"].keys() and mine.report["cost"] is None
    assert mine.report["parts"]["near"]["mean"] == pytest.approx(other.report["parts"]["near"]["mean"], rel=1e-6)
    assert mine.report["uses"] == ["action", "next_obs"]
    assert 0 < mine.report["seconds_per_row"] < 1e-3 and mine.report["memory"] < 16 << 20
    assert not other.accepted or not vet(WHOLE, STEPS).accepted  # the language has no classes


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("n = [0]\ndef reward(obs):\n n[0] += 1\n return obs[0] + n[0]", "pay differently"),
        ("import random\ndef reward(obs): return random.random()", "pay differently"),
        ("import time\ndef reward(obs): return time.perf_counter() % 1", "pay differently"),
        ("last = [0.0]\ndef reward(obs):\n was, last[0] = last[0], obs[0]\n return obs[0] - was", "pay differently"),
        ("seen = set()\ndef reward(obs):\n seen.add(obs[0])\n return min(len(seen), 9)", "pay differently"),
        ("import os\ndef reward(obs): return os.getpid() % 977", "pay differently"),
        ("def reward(obs): return 1 / 0", "not finite on 32 of 32 recorded steps (step 0: line 1, in reward; Zero"),
        ("def reward(obs, info): return obs[0] / info['distance']", "all numbers 0"),
        ("def reward(obs): return 1.0, {'a': np.inf}", "it pays inf as 'a'"),
        ("def reward(obs): return obs[0] * 1e9", "scale it"),
        ("def reward(obs, info): return info['gripper']", "KeyError: 'gripper'"),
        ("def reward(goal): return 1.0", "parameter 'goal'"),
        ("def reward(obs:\n return 1", "line 1"),
        ("x = 1", "no function"),
        ("", "no program"),
        ("x" * 300_000, "300000 characters"),
        ("import os\nos._exit(0)", "ends its process"),
        ("while True: pass", "no answer within"),
        ("def reward(obs):\n while True: pass", "did not finish within 1 s"),
        ("import time\ndef reward(obs): time.sleep(0.02); return obs[0]", "did not finish within 1 s"),
        ("def reward(obs):\n import os; os._exit(7)", "exit code 7"),
        ("def reward(obs):\n import ctypes; ctypes.string_at(1)", "SIGSEGV"),
        ("def reward(obs):\n import os; os.write(3, b'{}'); return 1.0", "none"),
        ("x = []\ndef reward(obs):\n x or x.append(np.ones(1 << 22)); return obs[0]", "MiB; at most 16"),
        ("def reward(obs): return obs[0], {str(k): 1.0 for k in range(99)}", "99 parts"),
        ("raise SystemExit", "SystemExit"),
    ],
)
def test_a_bad_one_is_refused_with_a_sentence(source, said):
    begun = time.monotonic()
    v = vet_python(source, STEPS, limits=QUICK)
    assert not v.accepted and said in " ".join(v.problems), v.problems
    assert time.monotonic() - begun < 4.0 and all(len(p) < 1000 for p in v.problems)


def test_its_own_clock_and_its_own_word_decide_nothing():
    """The program shares its process with the worker: it may change what the worker would say of it."""
    source = """
import time, resource, sys
for m in list(sys.modules.values()):
    if getattr(m, "__name__", "").endswith("limits"): m.peak_memory = lambda: 0
time.thread_time = time.process_time = time.perf_counter = lambda: 0.0
def reward(obs):
    return sum(i for i in range(40_000)) * 0 + obs[0]
"""
    v = vet_python(source, STEPS, limits=Limits(rows=32, seconds_per_row=1e-4))
    assert not v.accepted and "ms for one step" in v.problems[0]


def test_late_malice_meets_the_walls_and_the_limits(tmp_path):
    """Good while it is tried, bad when it is trusted: what it may do then is pay a number, or fail."""
    canary = tmp_path / "canary"
    canary.write_text("text")
    constants = (str(canary), str(tmp_path / "target"), os.getpid(), 9, "rewardlab-none", 1)
    attacks = {**FILES, **PROC, **NETWORK, **PROCESSES, **KERNEL}
    names = [n for n in attacks if "bomb" not in n and n not in ("ignore the end", "write to standard output")][::9]
    found = vet_python_many([TRYING.format(constants=constants, code=attacks[n]) for n in names], STEPS, limits=QUICK)
    for name, v in zip(names, found, strict=True):
        assert not v.report or v.report["maximum"] in (0.0, None), name
    assert os.listdir(tmp_path) == ["canary"] and canary.read_text() == "text"


def test_many_keep_their_order_and_bad_batches_are_refused():
    found = vet_python_many([f"def reward(obs): return {k} * obs[0]" for k in (1, 2)] + ["x"], STEPS, limits=QUICK)
    assert [v.accepted for v in found] == [True, True, False]
    assert found[1].report["maximum"] == 2 * found[0].report["maximum"]
    with pytest.raises(BadBatch, match="no steps"):
        vet_python(HONEST, STEPS.rows(slice(0, 0)))


def test_hidden_columns_stay_hidden():
    v = vet_python("def reward(info): return len(info)", STEPS, limits=QUICK)
    assert v.report["maximum"] == 3.0  # words are no numbers


def test_without_a_wall_nothing_is_tried(monkeypatch, tmp_path):
    weak = refusing("landlock_create_ruleset")
    monkeypatch.setattr(session, "server", lambda pid: weak)
    mark = tmp_path / "ran"
    source = f"open({str(mark)!r}, 'w')\ndef reward(obs): return obs[0]"
    try:
        with pytest.raises(SandboxUnavailable, match="landlock"):
            vet_python(source, STEPS)
        assert not mark.exists()
        with pytest.raises(SandboxUnavailable, match="landlock"):
            session.require()
        v = vet_python(source, STEPS, sandbox="none")
        assert v.accepted and set(v.layers) == {"none"}
    finally:
        weak.close()


def test_the_steps_are_not_changed():
    before = np.array(STEPS.obs)
    vet_python("def reward(obs, info):\n obs[:] = 9; info.clear(); return 1.0", STEPS, limits=QUICK)
    assert np.array_equal(before, STEPS.obs)


def test_published_rewards_are_accepted_as_they_are():
    """What models wrote, run as the Python it is; extremes aside, for which they were not written."""
    from core.sandbox.test_worker import PLAIN, WORLD

    found = dict(zip(PLAIN, vet_python_many(list(PLAIN.values()), WORLD, workers=2), strict=True))
    assert len(found) > 30
    other = {name: v.problems for name, v in found.items() if not v.accepted and "at the extremes" not in v.problems[0]}
    assert not other
