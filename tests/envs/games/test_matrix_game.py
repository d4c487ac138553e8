"""Matrix games played through both faces: pay, ends, mixtures, and learners whose average play is known to settle."""

import numpy as np
import pytest
from torch_twin import torch_is_numpy

from rewardlab.core.errors import BadAction, BadOption
from rewardlab.core.saddle import nash
from rewardlab.core.testing import check_env, check_vector_env
from rewardlab.envs.games import MatrixGame
from rewardlab.envs.world import WorldEnv, WorldVectorEnv


def test_what_is_paid_is_the_entry_and_the_last_round_ends():
    env = WorldEnv(MatrixGame(law="prisoners_dilemma", rounds=3))
    assert env.reset(seed=0)[0] == 4
    obs, reward, terminated, _, info = env.step([0, 1])
    assert (obs, reward, terminated, info["reward_vector"].tolist()) == (1, 0.0, False, [0.0, 5.0])
    assert info["payoff_vector"].tolist() == [[0.0, 1.0], [3.0, 5.0]]
    assert (info["regret"].tolist(), info["pseudo_regret"], info["exploitability"]) == ([1.0, 0.0], 1.0, 1.0)
    assert env.step([1, 0])[:3] == (2, 5.0, False)
    assert env.step([1, 1])[:3] == (3, 1.0, True)


def test_three_players_and_unequal_sizes():
    u = np.random.default_rng(0).normal(size=(3, 2, 3, 4))
    env = WorldEnv(MatrixGame(payoffs=u.tolist(), rounds=2))
    assert env.action_space.nvec.tolist() == [2, 3, 4] and env.observation_space.n == 25
    env.reset(seed=0)
    obs, reward, *_, info = env.step([1, 0, 3])
    assert obs == np.ravel_multi_index((1, 0, 3), (2, 3, 4)) and reward == u[0, 1, 0, 3]
    assert info["payoff_vector"][1].tolist() == [*u[1, 1, :, 3], 0.0]
    with pytest.raises(BadAction):
        env.step([2, 0, 0])


def play(learner, law, rounds):
    """Two learners on full information; the last info."""
    rules = MatrixGame(law=law, rounds=rounds, mixed=True)
    env, n = WorldEnv(rules), rules.most
    env.reset(seed=0)
    losses = np.zeros((2, n))
    last = np.zeros((2, n))
    for _ in range(rounds):
        x = learner(losses, last)
        info = env.step(np.clip(x, 0, 1).ravel())[-1]
        last = -info["payoff_vector"]
        losses = losses + last
    return info, x


def hedge(losses, last, *, eta=0.1, hint=0.0):
    logits = -eta * (losses + hint * last)
    w = np.exp(logits - logits.max(1, keepdims=True))
    return w / w.sum(1, keepdims=True)


def test_mixtures_are_paid_their_expectation_and_hints_speed_up_the_gap():
    """Optimistic hedge, step 0.1, on biased rock-paper-scissors: the averages' gap falls as 1/T, and the last iterate
    comes to (1/4, 1/2, 1/4); without the hint it circles away from it."""
    runs = {t: play(lambda a, b: hedge(a, b, hint=1.0), "biased_rock_paper_scissors", t) for t in (1000, 2000)}
    (early, _), (late, x) = runs.values()
    assert 0.45 < late["exploitability"] / early["exploitability"] < 0.55
    np.testing.assert_allclose(x, np.tile([0.25, 0.5, 0.25], (2, 1)), atol=2e-3)
    assert 0 <= late["coarse_gap"] == max(0.0, late["regret"].max() / 2000)
    plain = play(hedge, "biased_rock_paper_scissors", 2000)[1]
    assert np.abs(plain - [0.25, 0.5, 0.25]).max() > 0.2


def test_weights_are_shares_and_only_of_ones_own_actions():
    u = np.zeros((2, 2, 3))
    u[0] = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    env = WorldEnv(MatrixGame(payoffs=u, rounds=5, mixed=True))
    env.reset(seed=0)
    obs, reward, *_ = env.step([0.2, 0.6, 0.9, 0.0, 0.0, 0.5])  # the third weight is nobody's
    np.testing.assert_allclose(obs, [0.25, 0.75, 0, 0, 0, 1])
    np.testing.assert_allclose(reward, 0.25 * 3 + 0.75 * 6)
    np.testing.assert_allclose(env.step(np.zeros(6))[1], u[0].mean())
    with pytest.raises(BadAction):
        env.step([1.1, 0, 0, 0, 0, 0])


@pytest.mark.parametrize("law,size", [("zero_sum", 4), ("cyclic", 5), ("biased_rock_paper_scissors", None)])
def test_the_equilibrium_cannot_be_exploited_and_its_pay_is_the_value(law, size):
    rules = MatrixGame(law=law, size=size, mixed=True)
    best = nash(rules.table[0])
    env = WorldEnv(rules)
    env.reset(seed=0)
    *_, info = env.step(np.concatenate([best.row, best.column]))
    assert info["exploitability"] < 1e-9
    np.testing.assert_allclose(info["reward_vector"][0], best.value, atol=1e-9)


@pytest.mark.parametrize(
    "fields",
    [
        {"law": "zero_sum", "rounds": 5},
        {"law": "cyclic", "rounds": 3, "drawn": True},
        {"payoffs": np.random.default_rng(0).normal(size=(3, 2, 3, 4)), "rounds": 4},
        {"payoffs": np.random.default_rng(1).normal(size=(3, 2, 3, 4)), "rounds": 4, "mixed": True},
        {"law": "zero_sum", "size": 40, "rounds": 6, "mixed": True},
    ],
)
def test_torch_steps_as_numpy_does(fields):
    """To the bit, for a round has no operations but + − × ÷; the weights of the last row are all 0."""
    rules = MatrixGame(**fields)

    def act(dice, n):
        pure = dice.integers(0, rules.sizes, (n, rules.players))
        action = dice.random((n, rules.players * rules.most)) if rules.mixed else pure
        action[-1:] = 0
        return action

    assert torch_is_numpy(rules, act) == 5 * (14 // rules.rounds)


def test_the_card_knows_the_random_return():
    rules = MatrixGame(law="prisoners_dilemma", rounds=50)
    envs = WorldVectorEnv(rules, 200)
    envs.reset(seed=0)
    rng, total = np.random.default_rng(0), np.zeros(200)
    for _ in range(50):
        total += envs.step(rng.integers(0, 2, (200, 2)))[1]
    card = rules.card()
    assert card.random_return == 50 * 9 / 4
    assert abs(total.mean() - card.random_return) < 4 * total.std() / np.sqrt(200)
    env = WorldEnv(rules)
    env.reset(seed=0)
    assert set(env.step([0, 0])[-1]) == set(card.info)


@pytest.mark.parametrize(
    ("fields", "words", "height"),
    [
        ({}, "A 6 x 6 game (zero sum), 100 rounds", 432),
        ({"preferences": np.full((3, 3), 0.5), "rounds": 1}, "A 3 x 3 game (given preferences), 1 round", 432),
        ({"payoffs": np.zeros((3, 2, 2, 2))}, "A 2 x 2 x 2 game (given payoffs), 100 rounds", 268),
        ({"law": "preference", "size": 200}, "A 200 x 200 game (preference), 100 rounds", 192),
    ],
)
def test_a_game_in_words_and_as_a_picture(fields, words, height):
    rules = MatrixGame(**fields)
    env = WorldEnv(rules)
    env.reset(seed=0)
    env.step([0] * rules.players)
    assert rules.card().summary == f"{words}; one action plays all seats."
    frame = rules.draw(env._rows.state, 0)
    assert frame.shape == (height, 480, 3)
    blue = (frame[height - 76 * rules.players :] == (52, 101, 164)).all(-1)  # the bar of player 0's only action
    assert blue[:76, : 16 + 448 // rules.sizes[0]].any() and not blue[:, 32 + 448 // rules.sizes[0] :].any()
    assert "player 0: paid" in rules.text(env._rows.state, 0)


@pytest.mark.parametrize(
    "fields", [{"mixed": True}, {"mixed": True, "law": "cyclic", "drawn": True, "rounds": 7}, {"rounds": 1}]
)
def test_every_law_of_environments_holds(fields):
    assert check_env(lambda: WorldEnv(MatrixGame(**fields)), steps=40, processes=False)


def test_a_vector_is_its_singles():
    assert check_vector_env("rewardlab/MatrixGame-v0", num_envs=3, steps=40, mixed=True, rounds=6)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"rounds": 0}, "rounds=0"),
        ({"payoffs": [[1.0]], "preferences": [[0.5]]}, "payoffs and preferences"),
        ({"preferences": [[0.5, 0.9], [0.2, 0.5]]}, "off by 0.1"),
        ({"payoffs": [1.0]}, "shape"),
        ({"drawn": True}, "no chances"),
        ({"drawn": True, "payoffs": [[0.5]]}, "no chances"),
        ({"law": "go"}, "law='go'"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        MatrixGame(**fields)
