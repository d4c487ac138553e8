"""Programs beside networks: what is played is what the table says, teachers say what is true, counts are kept."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import language_comparisons as L
from rewardlab.benchmarks.effects import program
from rewardlab.benchmarks.effects.language_design import GAMMA, WORLDS, sparse, world


def test_claims_speak_of_sides_that_are_run():
    (effect,) = L.effects()
    assert effect.name == "language_design_comparisons" in {e.name for e in program.effects()}
    sides = {arm.side for arm in effect.arms}
    assert effect.claims and all({c.side, c.against} <= sides for c in effect.claims)
    assert all(c.measure in (*WORLDS, "mean") for c in effect.claims)
    assert effect.cost(5) < 20 * 60


@pytest.mark.parametrize("name", ["CliffSparse", "PickCarry"])
def test_episodes_follow_the_table_and_the_policy(name):
    w = world(name)
    P, actions = w.truth.P, w.truth.num_actions
    policy = np.zeros((w.truth.num_states, actions))
    policy[:, 1] = 1.0
    played = L.played(w, policy, 400, np.random.default_rng(0))
    pair = np.repeat(np.arange(P.shape[0]), np.diff(P.indptr))
    state, action, after = pair // actions, pair % actions, P.indices
    for t in range(L.STEPS - 1):
        going = played[:, t + 1] >= 0
        assert np.array_equal(state[played[going, t + 1]], after[played[going, t]])
        assert np.all(w.truth.terminal[after[played[~going & (played[:, t] >= 0), t]]])
    moves = action[played[played >= 0]]
    want = 1 - L.STRAY + L.STRAY / actions
    assert abs((moves == 1).mean() - want) < 4 * np.sqrt(want * (1 - want) / len(moves))


def test_the_numbers_of_a_step_are_those_that_programs_see():
    obs = np.array(world("CliffSparse").batch.obs)
    assert np.allclose(L.seen("CliffSparse").obs, np.stack([obs // 12, obs % 12], -1) / 11)
    assert L.seen("PickCarry").obs.shape == L.seen("PickCarry").next_obs.shape


def test_teachers_say_what_is_true():
    w = world("CliffSparse")
    won = int(np.flatnonzero(w.batch.reward == 1)[0])
    other = int(np.flatnonzero(w.batch.reward == 0)[0])
    segments = np.array([[won, -1, -1], [other, won, -1], [other, other, other]])
    assert np.allclose(L.soon(w, segments), [1.0, GAMMA, 0.0])
    best = w.truth.solve()
    policy = (best.V[:, None] - 1e-9 <= best.Q).astype(float)
    policy /= policy.sum(-1, keepdims=True)
    rng = np.random.default_rng(1)
    played = L.played(w, policy, 200, rng)
    short = L.progress(w, played)
    kept = np.all((L.advantages("CliffSparse")[played] > -1e-9) | (played < 0), -1)
    assert kept.any() and np.allclose(short[kept], 0) and np.all(short[~kept] < 0)
    items = L.asked(w, played, 50, "progress", rng)
    assert items.shape == (50, 2, L.WINDOW) and set(np.unique(items.info["label"])) <= {0.0, 0.5, 1.0}
    assert (items.info["label"] != 0.5).mean() > 0.3


def test_runs_are_repeatable_and_a_network_without_weight_changes_nothing(monkeypatch):
    monkeypatch.setattr(L, "EPOCHS", 1)
    w = world("CliffSparse")
    one = [L.compared(w, 0, count=10, teacher="progress", weight=0.01) for _ in range(2)]
    assert one[0] == one[1] and 0 <= one[0] <= 1 + 1e-9
    assert L.compared(w, 0, count=10, teacher="progress", weight=0.0) == pytest.approx(sparse(w, 0))


def test_the_judge_of_programs_compares_at_most_seven_times_a_round():
    assert 28 <= L.judged(world("CliffSparse"), 0)["comparisons"] <= 35  # fewer where a program could not be used
