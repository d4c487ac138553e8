"""What is measured again is the suite's, with other seeds."""

from dataclasses import replace

from rewardlab.benchmarks.effects import preference_ninety
from rewardlab.benchmarks.effects.preference_ninety import FRESH, SUITE, TRUE, effects, score
from rewardlab.benchmarks.suites.preferences import SEEDS


def test_arms_are_rows_of_the_suite_and_seeds_are_not(monkeypatch):
    seen = []

    def told(case, seed, folder):
        seen.append((case.env, case.method, seed))
        assert case.seeds == (seed,)
        return {"score": 0.5, "labels": 7}

    monkeypatch.setattr(preference_ninety, "train_preferences", told)
    for effect in effects():
        assert next(arm.side for arm in effect.arms) == TRUE and all(c.times == 0.9 for c in effect.claims)
        for arm in effect.arms:
            assert list(arm.run([0, 1])) == [{"score": 0.5, "labels": 7, "accuracy": 1.0}] * 2
    assert len(seen) == 12 and {key[:2] for key in seen} <= set(SUITE)
    assert {seed for _, _, seed in seen} == {FRESH, FRESH + 1} and max(SEEDS) < FRESH


def test_a_run_is_the_suites():
    case = replace(SUITE["rewardlab/GridWorld-v0", "none"], budget=2000)
    assert score(case, 0) == score(case, 0)
    assert set(score(case, 0)) == {"score", "labels", "accuracy"}
