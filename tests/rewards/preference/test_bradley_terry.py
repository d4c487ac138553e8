import time

import numpy as np
import pytest
import torch
from gymnasium import spaces
from scipy.stats import spearmanr
from steps import as_torch, steps, without

from rewardlab.core import checkpoint
from rewardlab.core.errors import BadBatch, BadOption, MissingColumn
from rewardlab.core.reward import Task
from rewardlab.core.testing.reward import check_reward
from rewardlab.rewards import BradleyTerry, NoisyTeacher, Teacher, pair_segments

WEIGHT = np.array([1.0, -2.0, 0.5, 0.0])


def recording(t, n, *, seed):
    """Steps [T, N] of a stationary process, rewarded by a linear function of what is seen."""
    rng = np.random.default_rng(seed)
    x, obs = rng.normal(size=(n, 4)), np.zeros((t, n, 4), dtype=np.float32)
    for i in range(t):
        x = 0.9 * x + np.sqrt(1 - 0.81) * rng.normal(size=(n, 4))
        obs[i] = x
    return steps(
        (t, n), obs=obs, action=rng.integers(0, 3, (t, n)), reward=obs @ WEIGHT, terminated=rng.random((t, n)) < 0.01
    )


def comparisons(p=200, length=10, *, seed=0, teacher=None):
    pairs = pair_segments(recording(200, 8, seed=seed), pairs=p, length=length, seed=seed)
    return (teacher or Teacher(Task())).labelled(pairs)


def test_it_recovers_the_ranking_of_a_linear_reward_within_two_seconds():
    model, data, test = BradleyTerry(seed=0), comparisons(), recording(20, 300, seed=99)
    seconds = time.process_time()
    logs = model.fit(data)
    seconds = time.process_time() - seconds
    returns = model(test).sum(0)
    assert spearmanr(returns, test.reward.sum(0)).statistic > 0.95
    assert logs[-1]["loss"] < 0.5 * logs[0]["loss"] and logs[-1]["accuracy"] > 0.95 and logs[-1]["held_out"] > 0.85
    assert seconds < 2.0


def test_it_recovers_a_table_from_discrete_observations_and_actions():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(6, 3))
    obs, action = rng.integers(0, 6, (300, 8)), rng.integers(0, 3, (300, 8))
    batch = steps((300, 8), obs=obs, action=action, reward=table[obs, action])
    every = steps(18, obs=np.repeat(np.arange(6), 3), action=np.tile(np.arange(3), 6))
    data = Teacher(Task()).labelled(pair_segments(batch, pairs=250, length=5))
    for given in ({"observation_space": spaces.Discrete(6), "action_space": spaces.Discrete(3)}, {}):
        model = BradleyTerry(seed=1, **given)
        model.fit(data)
        assert spearmanr(model(every), table.ravel()).statistic > 0.84  # 0.900 ± 0.017 over 20 seeds


def test_pays_are_normalised_over_the_steps_that_were_compared():
    data = comparisons()
    model = BradleyTerry(members=1)
    model.fit(data, epochs=3)
    paid = model(without(data, info={}))
    assert paid.mean() == pytest.approx(0.0, abs=1e-4) and paid.std() == pytest.approx(1.0, abs=1e-4)


def test_padding_teaches_nothing():
    data = comparisons(40)
    mask = np.ones(data.shape, dtype=bool)
    mask[::2, 0, 5:] = False
    poisoned = data.obs.copy()
    poisoned[~mask] = 1e3
    a, b = BradleyTerry(), BradleyTerry()
    logs = [
        m.fit(without(data, obs=o, info={**data.info, "mask": mask}), epochs=2)
        for m, o in ((a, data.obs), (b, poisoned))
    ]
    assert logs[0] == logs[1]
    assert (a(recording(3, 2, seed=1)) == b(recording(3, 2, seed=1))).all()


def test_ties_teach_that_segments_are_alike():
    data = comparisons(100)
    with pytest.warns(UserWarning, match="ties"):
        tied = BradleyTerry(error=0.0)
        logs = tied.fit(data.paying(data.reward, label=np.full(100, 0.5)), epochs=20)
    assert logs[-1]["loss"] == pytest.approx(np.log(2), abs=5e-3) and np.isnan(logs[-1]["held_out"])


def test_a_third_of_wrong_labels_leaves_it_better_than_chance():
    data = comparisons(300)
    rng = np.random.default_rng(0)
    wrong = np.where(rng.random(300) < 0.3, 1 - data.info["label"], data.info["label"])
    model, test = BradleyTerry(), recording(20, 300, seed=98)
    model.fit(data.paying(data.reward, label=wrong), epochs=5)
    assert spearmanr(model(test).sum(0), test.reward.sum(0)).statistic > 0.6


@pytest.mark.parametrize("kind", ["empty", "all nan", "some bad", "one class", "contradictions", "one pair"])
def test_bad_labels_neither_crash_nor_make_nan(kind):
    data = comparisons(30)
    label = data.info["label"].copy()
    if kind == "empty":
        data, label = data.rows(slice(0, 0)), label[:0]
    elif kind == "all nan":
        label[:] = np.nan
    elif kind == "some bad":
        label[:10] = [np.nan, np.inf, -1, 2, 1e9] * 2
    elif kind == "one class":
        label[:] = 1.0
    elif kind == "one pair":
        data, label = data.rows(slice(0, 1)), label[:1]
    elif kind == "contradictions":
        data, label = data.rows(np.repeat(np.arange(15), 2)), np.tile([0.0, 1.0], 15)
    model = BradleyTerry()
    data = data.paying(data.reward, label=label)
    if kind == "contradictions":
        logs = model.fit(data, epochs=3)
    else:
        with pytest.warns(UserWarning):
            logs = model.fit(data, epochs=3)
    assert len(logs) == (0 if kind in ("empty", "all nan") else 3)
    assert all(np.isfinite(entry["loss"]) for entry in logs)
    assert np.isfinite(model(recording(3, 2, seed=1))).all()


def test_update_is_one_epoch_and_ignores_the_steps_of_drivers():
    data, a, b = comparisons(50), BradleyTerry(), BradleyTerry()
    logs = a.update(data)
    assert logs == {f"bradley_terry/{k}": v for k, v in b.fit(data, epochs=1)[0].items()}
    steps_of_a_driver = recording(4, 3, seed=2)
    before = a(steps_of_a_driver)
    assert a.update(steps_of_a_driver) == {} and a.update(steps_of_a_driver.rows(0)) == {}
    assert (a(steps_of_a_driver) == before).all()
    with pytest.raises(MissingColumn, match="label"):
        a.update(without(data, info={}))


def test_progress_is_told_after_each_epoch():
    told = []
    logs = BradleyTerry().fit(comparisons(20), epochs=3, progress=told.append)
    assert told == logs and sorted(logs[0]) == ["accuracy", "held_out", "loss", "pairs"] and logs[0]["pairs"] == 20


def test_a_seed_decides_and_what_is_loaded_goes_on_to_the_bit(tmp_path):
    data, more = comparisons(60), comparisons(60, seed=1, teacher=NoisyTeacher(Task(), temperature=0.5))
    before = torch.get_rng_state()
    a, b, c = BradleyTerry(seed=4), BradleyTerry(seed=4), BradleyTerry(seed=5)
    test = recording(10, 10, seed=7)
    for model in (a, b, c):
        model.fit(data, epochs=3)
    assert (torch.get_rng_state() == before).all()
    assert (a(test) == b(test)).all() and (a(test) != c(test)).all()
    checkpoint.save(tmp_path / "m", "reward", {}, a.state_dict())
    other = BradleyTerry(seed=4)
    other.load_state_dict(checkpoint.load(tmp_path / "m", "reward")[1])
    assert (other(test) == a(test)).all()
    assert a.fit(more, epochs=2) == other.fit(more, epochs=2)
    assert (other(test) == a(test)).all()


def test_it_can_look_at_the_next_observation_and_not_at_the_action():
    data = comparisons(50)
    model = BradleyTerry(action=False, next_obs=True)
    model.fit(data, epochs=1)
    test = recording(3, 2, seed=1)
    base = model(test)
    assert (model(without(test, action=test.action + 1)) == base).all()
    assert (model(without(test, next_obs=test.next_obs + 1)) != base).any()


def test_dict_observations():
    rng = np.random.default_rng(0)
    obs = {"image": rng.integers(0, 11, (60, 4, 3, 3, 2), np.uint8), "direction": rng.integers(0, 4, (60, 4))}
    space = spaces.Dict({"image": spaces.Box(0, 10, (3, 3, 2), np.uint8), "direction": spaces.Discrete(4)})
    batch = steps((60, 4), obs=obs, reward=(obs["direction"] == 2) * 1.0)
    data = Teacher(Task()).labelled(pair_segments(batch, pairs=150, length=5))
    model = BradleyTerry(observation_space=space, action_space=spaces.Discrete(3))
    model.fit(data, epochs=15)
    assert spearmanr(model(batch).ravel(), batch.reward.ravel()).statistic > 0.6


def test_laws_and_torch():
    data = comparisons(30)
    model = BradleyTerry()
    model.fit(data, epochs=2)
    batch = recording(1, 12, seed=3).rows(0)
    check_reward(model, batch)
    np.testing.assert_allclose(model(batch), model(as_torch(batch)).numpy(), rtol=1e-5)
    other = BradleyTerry()
    logs = other.fit(as_torch(data), epochs=2)
    assert logs[-1]["loss"] == pytest.approx(BradleyTerry().fit(data, epochs=2)[-1]["loss"], rel=1e-5)


def test_mistakes_are_named():
    for options in ({"members": 0}, {"error": 1.0}, {"batch_size": 0}):
        with pytest.raises(BadOption, match="BradleyTerry"):
            BradleyTerry(**options)
    data = comparisons(10)
    bad = data.obs.copy()
    bad[0, 0, 0, 0] = np.nan
    with pytest.raises(BadBatch, match="NaN or infinity"):
        BradleyTerry().fit(without(data, obs=bad))
