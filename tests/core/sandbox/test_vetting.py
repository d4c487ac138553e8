"""Vetting: honest programs pass with the right figures, others get sentences that their designer can act on."""

import os
import time

import numpy as np
import pytest
import torch
from core.sandbox.honest_rewards import HONEST as PUBLISHED
from core.sandbox.honest_rewards import steps as world
from core.sandbox.hostile_rewards import HARMLESS, REFUSED
from core.sandbox.jail.servers import refusing

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadBatch, SandboxUnavailable
from rewardlab.core.sandbox import Limits, vet, vet_many, vetting
from rewardlab.core.sandbox.jail import session
from rewardlab.core.sandbox.jail.session import Ended

HEAD = "def reward(obs, action, next_obs, info):\n    "
HONEST = """
def reward(obs, action, next_obs, info):
    distance = np.linalg.norm(next_obs[1:3])
    near = np.exp(-4.0 * distance)
    effort = -0.01 * np.sum(action**2)
    return near + effort, {"near": near, "effort": effort}
"""


def played(rows=300, seed=0):
    """Steps with numbers, truths, codes and words."""
    r = np.random.default_rng(seed)
    return Transitions(
        obs=r.normal(size=(rows, 4)).astype(np.float32),
        action=r.normal(size=(rows, 2)),
        reward=r.random(rows),
        next_obs=r.normal(size=(rows, 4)).astype(np.float32),
        terminated=r.random(rows) < 0.1,
        truncated=np.zeros(rows, bool),
        info={
            "distance": r.random(rows) + 1.0,
            "stage": r.integers(1, 4, rows),
            "held": r.random(rows) < 0.5,
            "words": np.array(["a"] * rows, dtype=object),
        },
    )


STEPS = played()


def test_an_honest_program_is_accepted_with_its_figures():
    v = vet(HONEST, STEPS)
    assert v.accepted and v.problems == () and v.notes == () and v.line is None
    near = np.exp(-4.0 * np.linalg.norm(STEPS.next_obs[:, 1:3].astype(float), axis=1))
    effort = -0.01 * (STEPS.action**2).sum(1)
    pay = near + effort
    report = v.report
    assert report["minimum"] == pytest.approx(pay.min(), rel=1e-6) and report["rows"] == len(pay)
    assert report["maximum"] == pytest.approx(pay.max(), rel=1e-6)
    assert report["mean"] == pytest.approx(pay.mean(), rel=1e-6)
    assert report["correlation"] == pytest.approx(np.corrcoef(pay, STEPS.reward)[0, 1], abs=1e-6)
    assert report["share_not_finite"] == 0.0 and report["constant"] is False
    assert report["parts"]["near"]["mean"] == pytest.approx(near.mean(), rel=1e-6)
    assert report["parts"]["effort"]["minimum"] == pytest.approx(effort.min(), rel=1e-6)
    assert 0 < report["seconds_per_row"] < report["seconds_per_call"] < 1e-3
    assert report["extreme"] == pytest.approx(2e10, rel=1e-6)  # 0.01 · 2 · (10⁶)²
    assert set(report["uses"]) == {"action", "next_obs"}
    assert {"landlock", "seccomp"} <= set(v.layers)


@pytest.mark.parametrize("lead", [(300,), (30, 10), (5, 6, 10)])
def test_leading_axes_and_tensors_give_the_same_report(lead):
    shaped = STEPS.map(lambda x: x.reshape(*lead, *x.shape[1:]))
    numbers = Transitions(**{k: v for k, v in vars(shaped).items() if k != "info"})
    want = vet(HONEST, STEPS).report
    for batch in (shaped, numbers.map(torch.as_tensor)):
        got = vet(HONEST, batch).report
        assert {k: got[k] for k in ("minimum", "mean", "correlation")} == {
            k: want[k] for k in ("minimum", "mean", "correlation")
        }


def test_rows_are_spread_over_the_record():
    late = played(5000)
    late.info["distance"][-1] = 77.0
    v = vet(HEAD + "return info['distance']", late, limits=Limits(rows=100))
    assert v.report["rows"] == 100 and v.report["maximum"] == 77.0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return info['distnce']", "did you mean 'distance'"),
        ("return np.log(obs[0])", "guard divisions, logarithms"),
        ("return 1.0 / obs[0]", "all numbers 0"),
        ("return np.exp(info['distance'])", "all numbers 1e+06"),
        ("return np.exp(-info['distance'])", "all numbers -1e+06"),
        ("return np.log(1e-6 + np.abs(next_obs[0] - obs[0] - 2e6))", None),
        ("return 1e9 * obs[0]", "scale it to at most 1e+06"),
        ("return None", "line 2"),
        ("return 'text'", "line 2"),
        ("import os\n    return os.getpid()", "line 2"),
        ("while True:\n        pass", "line 2"),
        ("return obs.__class__", "line 2"),
        ("return 9**9**9", "line 2"),
        ("return (", "line 2"),
    ],
)
def test_a_problem_is_a_sentence_to_act_on(body, said):
    v = vet(HEAD + body, STEPS)
    assert v.accepted == (said is None)
    if said:
        assert said in " ".join(v.problems) and all(len(p) < 900 for p in v.problems)
        assert v.line in (None, 2)


@pytest.mark.parametrize(
    "source", ["", "  \n", "Here is the reward you asked for!", "x = 1", "\0", "\ud800", "x" * 30_000]
)
def test_what_is_no_program_is_refused(source):
    v = vet(source, STEPS)
    assert not v.accepted and v.problems[0] and v.report == {}


def test_notes_say_what_an_accepted_program_does_not_tell():
    v = vet(HEAD + "return 2.0", STEPS)
    assert v.accepted and v.report["constant"] and v.report["correlation"] is None and "tells no two" in v.notes[0]
    v = vet(HEAD + "return obs[0], {'still': 3.0, 'moves': obs[0]}", STEPS)
    assert v.accepted and "still" in v.notes[0] and "moves" not in v.notes[0]


def test_figures_of_a_program_that_is_not_finite():
    v = vet(HEAD + "return np.log(obs[0])", STEPS)
    bad = (STEPS.obs[:, 0] <= 0).mean()
    assert v.report["share_not_finite"] == pytest.approx(bad, abs=1e-12)
    good = np.log(STEPS.obs[STEPS.obs[:, 0] > 0, 0].astype(float))
    assert v.report["mean"] == pytest.approx(good.mean(), rel=1e-6)
    assert f"{(STEPS.obs[:, 0] <= 0).sum()} of 300" in v.problems[0]


def test_extremes_can_be_left_out_and_limits_be_moved():
    body = HEAD + "return np.exp(info['distance'])"
    assert vet(body, STEPS, limits=Limits(extreme=0)).accepted
    assert vet(body, STEPS, limits=Limits(extreme=100.0)).accepted
    assert "takes" in vet(HONEST, STEPS, limits=Limits(seconds_per_row=1e-9)).problems[0]
    assert "MiB" in vet(HONEST, STEPS, limits=Limits(memory=1)).problems[-1]
    assert "scale it" in vet(HONEST, STEPS, limits=Limits(magnitude=1e-3)).problems[0]
    assert "did not finish within 0.001 s" in vet(HONEST, STEPS, limits=Limits(seconds=0.001)).problems[0]


def test_many_programs_side_by_side_keep_their_order():
    bodies = [f"return {k}.0 * info['distance']" for k in range(8)] + ["return ("] + ["return np.log(obs[0])"]
    got = vet_many([HEAD + b for b in bodies], STEPS, workers=4)
    assert [v.accepted for v in got] == [True] * 8 + [False] * 2
    assert [round(v.report["maximum"] / STEPS.info["distance"].max()) for v in got[:8]] == list(range(8))
    assert vet_many([], STEPS) == []


def test_bad_batches():
    with pytest.raises(BadBatch, match="no steps"):
        vet(HONEST, STEPS.rows(slice(0, 0)))
    words = Transitions(**{**vars(STEPS), "obs": STEPS.info["words"]})
    with pytest.raises(BadBatch, match="obs holds no numbers"):
        vet(HONEST, words)


def test_dict_observations_and_truths():
    held = STEPS.info["held"]
    obs, after = {"a": STEPS.obs, "b": held}, {"a": STEPS.next_obs, "b": held}
    batch = Transitions(**{**vars(STEPS), "obs": obs, "next_obs": after})
    v = vet(HEAD + "return np.tanh(obs['a'][0]) if obs['b'] else 0.5", batch)
    want = np.where(STEPS.info["held"], np.tanh(STEPS.obs[:, 0].astype(float)), 0.5)
    assert v.accepted and v.report["mean"] == pytest.approx(want.mean(), rel=1e-6)


# -- the corpora of the language ---------------------------------------------------------------------------------------

RNG = np.random.default_rng(1)
WORLD = world(lambda shape: RNG.normal(size=shape), 40)
HOSTILE = [(family, source) for family, sources in REFUSED.items() for source in sources]


def check_hostile(programs):
    """Each is refused, for a reason that can be printed, and the trainer goes on."""
    for (family, source), v in zip(programs, vet_many([s for _, s in programs], WORLD), strict=True):
        assert not v.accepted and v.problems[0].startswith(("reward program", "there is no")), (family, source[:200])
        assert all(c.isprintable() or c == "\n" for c in v.problems[0]) and len(v.problems[0]) <= 800


def test_hostile_programs_are_refused():
    check_hostile(HOSTILE[::16])


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1, 16))
def test_all_hostile_programs_are_refused(start):
    check_hostile(HOSTILE[start::16])


def test_what_only_looks_hostile_pays_what_it_says_or_is_refused():
    for (name, (_, value)), v in zip(HARMLESS.items(), vet_many([s for s, _ in HARMLESS.values()], WORLD), strict=True):
        assert v.problems or v.report["mean"] == pytest.approx(value), name


def test_programs_as_they_are_published_run_in_the_jail():
    found = dict(zip(PUBLISHED, vet_many(list(PUBLISHED.values()), WORLD), strict=True))
    refused = {name: v.problems for name, v in found.items() if not v.report}
    assert not refused
    assert all(v.report["share_not_finite"] == 0.0 for v in found.values())
    other = {name: v.problems for name, v in found.items() if not v.accepted and "extremes" not in v.problems[0]}
    assert not other


# -- fail closed -----------------------------------------------------------------------------------------------------


def test_without_a_wall_nothing_is_tried(monkeypatch):
    weak = refusing("landlock_create_ruleset")
    monkeypatch.setattr(session, "server", lambda pid: weak)
    try:
        with pytest.raises(SandboxUnavailable, match="landlock"):
            vet(HONEST, STEPS)
        v = vet(HONEST, STEPS, sandbox="none")
        assert v.accepted and set(v.layers) == {"none"}  # asked for in so many words, and said
    finally:
        weak.close()


# -- what a broken-out program could answer ----------------------------------------------------------------------------

GOOD = {
    "parts": [],
    "batch": 1e-6,
    "row": 1e-5,
    "growth": 0,
    "same": True,
    "cost": 1,
    "uses": [],
    "errors": [],
}


@pytest.fixture
def answering(monkeypatch):
    """A session whose process answers what the test says."""

    def set_answer(reply, block):
        class Fake:
            layers = {"seccomp": "on"}

            def __init__(self, *a, **k):
                pass

            def __enter__(self):
                return self

            def __exit__(self, *e):
                pass

            def ask(self, message, sent):
                if isinstance(reply, Exception):
                    raise reply
                return dict(reply), bytearray(block(message))

        monkeypatch.setattr(vetting, "Session", Fake)

    return set_answer


def ones(message):
    return np.ones(message["rows"] + len(message["single"])).tobytes()


def test_the_answers_of_the_process_are_judged_here(answering):
    answering(GOOD, ones)
    assert vet(HONEST, STEPS).accepted
    answering({**GOOD, "same": False}, ones)
    assert "two calls on the same steps" in vet(HONEST, STEPS).problems[0]
    answering(GOOD, lambda m: np.r_[np.ones(m["rows"]), 1.0 + np.arange(len(m["single"]))].tobytes())
    assert "alone and another beside others" in vet(HONEST, STEPS).problems[0]
    answering(GOOD, lambda m: np.full(m["rows"] + len(m["single"]), np.nan).tobytes())
    assert len(vet(HONEST, STEPS).problems) == 2


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"refused": 7},
        {**GOOD, "parts": 7},
        {**GOOD, "parts": ["a"]},
        {**GOOD, "batch": "x"},
        {**GOOD, "growth": None},
        {**GOOD, "growth": 1e400},
        {**GOOD, "errors": [[1]]},
        {**GOOD, "errors": {"a": 1}},
        {**GOOD, "uses": 3},
        {**GOOD, "row": float("nan")},
        {**GOOD, "batch": [1]},
    ],
)
def test_a_forged_answer_accepts_nothing(answering, reply):
    answering(reply, ones)
    v = vet(HONEST, STEPS)
    assert not v.accepted and len(v.problems) == 1


@pytest.mark.parametrize("size", [0, 8, 7, 1 << 16])
def test_a_block_of_another_size_accepts_nothing(answering, size):
    answering(GOOD, lambda m: bytes(size))
    assert not vet(HONEST, STEPS).accepted


def test_terminal_codes_of_a_program_are_not_printed(answering):
    answering({"refused": "line 1: \x1b[2J\ud800" + "x" * 5000, "line": "7"}, ones)
    v = vet(HONEST, STEPS)
    assert "\x1b" not in v.problems[0] and len(v.problems[0]) <= 800 and v.line is None
    v.problems[0].encode()


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (Ended("late", "no answer"), "did not finish within 5 s"),
        (Ended("died", "the process ended by SIGKILL"), "SIGKILL"),
        (Ended("forged", "a frame of 9 bytes"), "no such code is accepted"),
    ],
)
def test_a_program_that_ends_its_process_has_a_problem(answering, end, said):
    answering(end, ones)
    v = vet(HONEST, STEPS)
    assert not v.accepted and said in v.problems[0] and v.layers


def test_no_process_stays(monkeypatch):
    begun = time.monotonic()
    vet_many([HEAD + "return obs[0]"] * 4, STEPS)
    mine = session.server(os.getpid())
    with open(f"/proc/{mine._process.pid}/task/{mine._process.pid}/children") as f:
        assert f.read().split() == []
    assert time.monotonic() - begun < 5
