import numpy as np
import pytest
import torch
from gymnasium import spaces
from scipy.stats import spearmanr
from steps import as_torch, steps

from rewardlab.core import checkpoint
from rewardlab.core.errors import BadBatch, BadCheckpoint, BadOption
from rewardlab.core.rng import Streams
from rewardlab.core.testing.reward import check_reward
from rewardlab.envs.mdps import DeepSea
from rewardlab.rewards import RND, CountBonus


def random_dives(size, t, n, *, seed):
    """Successors [T, N] that random actions reach in the deep sea, row after row of it."""
    rules, rng = DeepSea(size=size), Streams(np.arange(n) + 1000 * seed)
    rng.begin(np.ones(n, dtype=bool))
    state, out = rules.start(n, rng), []
    for _ in range(t):
        state, _, ended, _ = rules.move(state, rng.integers(2), rng)
        out.append(state["cell"])
        state = {"cell": np.where(ended, 0, state["cell"])}
    return np.stack(out)


def ranked(space, seed, draw, states):
    """Exact counts and learned errors of `states` after 50 updates on what draw(u) [T, N] visited."""
    rnd, counts = RND(space=space, seed=seed), CountBonus()
    for u in range(50):
        visited = draw(u)
        rnd.update(steps(visited.shape, obs=visited))
        counts.update(steps(visited.shape, obs=visited))
    every = steps(len(states), obs=states)
    return counts(every), rnd(every)


@pytest.mark.parametrize("space", [spaces.Discrete(26), None], ids=["one-hot", "codes"])
@pytest.mark.parametrize("seed", range(3))
def test_it_ranks_the_states_of_a_chain_as_exact_counts_do(space, seed):
    rng, chance = np.random.default_rng(seed), 0.75 ** np.arange(26)  # from 3,000 visits to a few or none
    exact, learned = ranked(space, seed, lambda u: rng.choice(26, (16, 16), p=chance / chance.sum()), np.arange(26))
    assert spearmanr(exact, learned).statistic > 0.95


@pytest.mark.parametrize("space", [spaces.Discrete(26), None], ids=["one-hot", "codes"])
@pytest.mark.parametrize("seed", [0, 1])
def test_it_tells_what_random_dives_reach_in_the_deep_sea_from_what_they_never_see(space, seed):
    exact, learned = ranked(space, seed, lambda u: random_dives(5, 10, 8, seed=100 * seed + u), np.arange(1, 26))
    seen = exact < 1.0  # the cells below the diagonal, and the bottom
    assert seen.sum() == 15
    assert learned[~seen].min() > 3 * learned[seen].max()
    assert spearmanr(exact, learned).statistic > 0.8  # counts of neighbours hardly differ, and half are 0 alike


def test_the_scale_is_the_deviation_of_the_discounted_error():
    rng = np.random.default_rng(0)
    obs, rnd = rng.normal(size=(12, 4, 3)), RND(seed=1, gamma=0.9, epochs=1, lr=0.0)
    batch = steps((12, 4), obs=obs, terminated=np.ones((12, 4)))  # ends do not stop the flow
    rnd(batch)
    rnd.update(batch)
    error = rnd(batch) * rnd._scale.scale  # lr = 0: the predictor stays, so this is the raw error
    returns, running = [], np.zeros(4)
    for e in error:
        running = 0.9 * running + e
        returns.append(running)
    assert rnd._scale.scale == pytest.approx(np.std(returns), rel=1e-5)


def test_learning_lowers_the_error_and_the_target_stays():
    obs, rnd = np.random.default_rng(0).normal(size=(64, 5)), RND(seed=0)
    first = rnd.update(steps(64, obs=obs))["rnd/loss"]
    target = {k: v.clone() for k, v in rnd._target.state_dict().items()}
    for _ in range(30):
        last = rnd.update(steps(64, obs=obs))["rnd/loss"]
    assert last < 0.2 * first
    assert all((target[k] == v).all() for k, v in rnd._target.state_dict().items())


OBSERVATIONS = {
    "discrete": (spaces.Discrete(9), lambda rng: rng.integers(0, 9, (3, 4))),
    "box": (spaces.Box(-1, 1, (6,)), lambda rng: rng.normal(size=(3, 4, 6)).astype(np.float32)),
    "dict": (
        spaces.Dict({"image": spaces.Box(0, 10, (3, 3, 2), np.uint8), "direction": spaces.Discrete(4)}),
        lambda rng: {"image": rng.integers(0, 11, (3, 4, 3, 3, 2), np.uint8), "direction": rng.integers(0, 4, (3, 4))},
    ),
}


@pytest.mark.parametrize("given", [True, False], ids=["space", "first batch"])
@pytest.mark.parametrize("kind", OBSERVATIONS)
def test_what_is_loaded_goes_on_to_the_bit(kind, given, tmp_path):
    space, draw = OBSERVATIONS[kind]
    rng = np.random.default_rng(5)
    rnd = RND(space=space if given else None, seed=3, proportion=0.5, epochs=1)
    for _ in range(3):
        rnd.update(steps((3, 4), obs=draw(rng)))
    checkpoint.save(tmp_path / "r", "reward", {}, rnd.state_dict())
    other = RND(seed=3, proportion=0.5, epochs=1)
    other.load_state_dict(checkpoint.load(tmp_path / "r", "reward")[1])
    for _ in range(84):  # 1008 pays
        batch = steps((3, 4), obs=draw(rng))
        assert (rnd(batch) == other(batch)).all()
        assert rnd.update(batch) == other.update(batch)


def test_a_seed_decides_everything_and_torchs_own_generator_is_left_alone():
    obs = np.random.default_rng(0).normal(size=(16, 3))

    def run(seed):
        rnd = RND(seed=seed, proportion=0.5)
        for _ in range(3):
            rnd.update(steps(16, obs=obs))
        return rnd(steps(16, obs=obs))

    before = torch.get_rng_state()
    first = run(0)
    assert (torch.get_rng_state() == before).all()
    torch.manual_seed(1)
    assert (run(0) == first).all() and (run(1) != first).all()


def test_it_pays_for_the_state_that_was_reached():
    rng = np.random.default_rng(0)
    a, b, rnd = rng.normal(size=(4, 3)), rng.normal(size=(4, 3)), RND()
    assert (rnd(steps(4, obs=a, next_obs=b)) == rnd(steps(4, obs=b, next_obs=b))).all()


def test_an_observation_that_is_not_finite_teaches_nothing():
    rnd, good = RND(), steps(2, obs=np.ones((2, 3)))
    rnd.update(good)
    before = rnd(good)
    for bad in (np.nan, np.inf):
        with pytest.raises(BadBatch, match="NaN or infinity"):
            rnd.update(steps(2, obs=np.array([[0.0, 1.0, bad], [0.0, 0.0, 0.0]])))
    assert (rnd(good) == before).all()
    assert np.isnan(rnd(steps(1, obs=np.full((1, 3), np.nan)))).all()


def test_laws_and_torch():
    obs = np.random.default_rng(1).normal(size=(12, 3))
    rnd, batch = RND(), steps(12, obs=obs)
    rnd.update(batch)
    check_reward(rnd, batch)
    np.testing.assert_allclose(rnd(batch), rnd(as_torch(batch)).numpy(), rtol=1e-5)


def test_mistakes_are_named():
    for options in ({"proportion": 0.0}, {"epochs": 0}):
        with pytest.raises(BadOption, match="proportion"):
            RND(**options)
    rnd = RND(hidden=(8,))
    rnd(steps(2, obs=np.ones((2, 3))))
    with pytest.raises(BadCheckpoint, match="shape"):
        RND().load_state_dict(rnd.state_dict())
    with pytest.raises(BadCheckpoint, match="predictor"):
        RND().load_state_dict({"encoder": {}})
