"""The suite of preferences: one change at a time, and utilities that are what they are called."""

import numpy as np
import pytest

from rewardlab.benchmarks.evaluation import make_vec
from rewardlab.benchmarks.preference_runs import Asking, table_of
from rewardlab.benchmarks.recording import random_play
from rewardlab.benchmarks.suites import preferences
from rewardlab.rewards.preference import pair_segments

CASES = preferences.CASES
ENVS = list(dict.fromkeys(c.env for c in CASES))


@pytest.mark.parametrize("env", ENVS)
def test_one_thing_at_a_time_is_changed(env):
    cases = {c.method: c for c in CASES if c.env == env}
    specs = [{k: v for k, v in c.spec(0).items() if k not in ("method", "reward")} for c in cases.values()]
    assert all(s == specs[0] for s in specs) and all(c.seeds == (0, 1, 2, 3, 4) for c in cases.values())
    default = cases["default"].reward.keywords
    for method, case in cases.items():
        if method not in ("none", "the bill"):
            changed = {k for k, v in case.reward.keywords.items() if v != default[k]}
            assert len(changed) == (method != "default"), method


@pytest.mark.parametrize("case", [c for c in CASES if c.env == ENVS[0] or c.method == "default"], ids=lambda c: c.name)
def test_every_teacher_strategy_and_model_works_on_play(case):
    envs = make_vec(case, 4)
    asking = case.reward(envs, 0)
    if not isinstance(asking, Asking):
        return
    pairs = pair_segments(random_play(envs, 200, seed=0), pairs=30, length=asking.length, seed=0)
    label = np.asarray(asking.teacher(asking.utility, 0)(pairs))
    answered = np.isfinite(label)
    assert label.shape == (30,) and answered.any() and (case.method == "skipping teacher") == (not answered.all())
    judged = pairs.paying(pairs.reward, label=label).rows(np.flatnonzero(answered))
    asking.model.fit(judged, epochs=1)
    chosen = asking.strategy(pairs, asking.model, 7, np.random.default_rng(0))
    assert len(set(np.asarray(chosen).tolist())) == 7


def test_the_pendulums_teacher_knows_gymnasiums_reward():
    envs = make_vec(next(c for c in CASES if c.env == "Pendulum-v1"), 6)
    play = random_play(envs, 30, seed=0)
    np.testing.assert_allclose(preferences.swung(play), play.reward, atol=1e-5)


def test_teachers_of_tables_judge_by_what_is_expected_and_by_the_best_decisions():
    case = next(c for c in CASES if c.env == "rewardlab/Glucose-v0")
    envs = make_vec(case, 4)
    play, mdp = random_play(envs, 50, seed=0), table_of(envs)
    table = np.asarray(mdp.R.todense() if hasattr(mdp.R, "todense") else mdp.R)
    np.testing.assert_allclose(preferences.earned(envs)(play), table[play.obs, play.action])
    solved = mdp.solve()
    np.testing.assert_allclose(
        preferences.decided(envs)(play), (solved.Q - solved.V[:, None])[play.obs, play.action], atol=1e-9
    )


def test_in_the_glucose_task_people_judge_by_the_harm_and_the_scale_is_that_of_the_harm():
    cases = {c.method: c for c in CASES if c.env == "rewardlab/Glucose-v0"}
    envs = make_vec(cases["none"], 4)
    play = random_play(envs, 50, seed=0)
    harm = np.asarray(play.info["true_reward"])
    np.testing.assert_allclose(preferences.unharmed(envs)(play), harm, atol=1e-12)
    np.testing.assert_allclose(cases["none"].reward(envs, 0)(play), harm)
    assert np.abs(harm - play.reward).max() > 0.5 and cases["the bill"].reward(envs, 0) is None
    mdp = envs.unwrapped.rules.true_mdp()
    at = np.flatnonzero(mdp.initial)[0]
    chance, best = np.zeros(mdp.num_states), np.zeros(mdp.num_states)
    for _ in range(200):
        chance, best = ((mdp.R + mdp.expect(v)) for v in (chance, best))
        chance, best = chance.mean(1), best.max(1)
    assert cases["none"].scale == pytest.approx((chance[at], best[at]), abs=1e-3)
