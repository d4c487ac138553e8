import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.rewards import NoveltySearch


def ends(x, done=None):
    x = np.asarray(x, dtype=np.float64)
    return steps(len(x), obs=x * 0, next_obs=x, terminated=np.ones(len(x), bool) if done is None else done)


def test_archive_population_and_novelty_by_brute_force():
    rng, reward = np.random.default_rng(0), NoveltySearch(k=3, threshold=0.6, size=12, population=7)
    archive, latest, entered = [], [], 0
    for _ in range(40):
        x, done = rng.normal(size=(5, 2)) * 2, rng.random(5) < 0.5
        expected = []
        for at in x:
            near = sorted(np.linalg.norm(at - b) for b in archive + latest)[:3]
            expected.append(np.mean(near) if near else 0.0)
        paid = reward(ends(x, done))
        np.testing.assert_allclose(paid, np.where(done, expected, 0.0), rtol=1e-12, atol=1e-12)
        reward.update(ends(x, done))
        new = [at for at, e, d in zip(x, expected, done, strict=True) if d and e > 0.6]
        if not archive and done.any():
            new = [x[done][0]]
        entered += len(new)
        archive, latest = (archive + new)[-12:], (latest + list(x[done]))[-7:]
    np.testing.assert_array_equal(reward.state_dict()["archive"], archive)
    np.testing.assert_array_equal(reward.state_dict()["latest"], latest)
    assert entered > 12  # the oldest had to make room


def test_it_pays_at_the_end_of_an_episode_for_either_reason_and_never_before():
    reward = NoveltySearch(k=1)
    reward.update(ends([[0.0]]))
    x = np.array([[3.0], [3.0], [3.0]])
    batch = steps(3, obs=x, terminated=[True, False, False], truncated=[False, True, False])
    assert reward(batch).tolist() == [3.0, 3.0, 0.0]
    assert NoveltySearch()(batch).tolist() == [0.0, 0.0, 0.0]  # nothing to compare with


def test_what_ends_in_old_places_earns_less_and_less_than_what_finds_new_ones():
    rng, reward = np.random.default_rng(1), NoveltySearch(k=5, population=50)
    for _ in range(20):
        reward.update(ends(rng.normal(size=(10, 2)) * 0.3))
    old, new = reward(ends([[0.0, 0.0], [5.0, 0.0]]))
    assert new > 20 * old
    for _ in range(5):
        reward.update(ends(np.array([5.0, 0.0]) + rng.normal(size=(10, 2)) * 0.3))
    assert reward(ends([[5.0, 0.0]]))[0] < new / 10  # and so on to the next place


def test_a_description_may_read_what_an_episode_did_on_its_way():
    reward = NoveltySearch(k=1, describe=lambda b: b.info["path"])
    batch = steps(2, terminated=[True, True], path=[[0.0, 0.0], [0.0, 4.0]])
    reward.update(batch.rows(slice(0, 1)))
    assert reward(batch).tolist() == [0.0, 4.0]


def test_bad_options_states_and_behaviours():
    for given in ({"k": 0}, {"size": 0}, {"population": 0}, {"threshold": -1.0}, {"threshold": np.nan}):
        with pytest.raises(BadOption):
            NoveltySearch(**given)
    with pytest.raises(BadCheckpoint, match="behaviours"):
        NoveltySearch().load_state_dict({"archive": np.zeros(3), "latest": np.zeros((1, 1))})
    reward = NoveltySearch()
    assert np.isnan(reward(ends([[np.nan], [1.0]]))).tolist() == [True, False]
    with pytest.raises(BadBatch, match="behaviour"):
        reward.update(ends([[np.nan]]))
