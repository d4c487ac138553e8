"""Duels against the rule of the opponent in words, the exact process, and the folk theorem in small."""

import numpy as np
import pytest
from torch_twin import torch_is_numpy

from rewardlab.core.errors import BadOption
from rewardlab.envs.games import MatrixDuel
from rewardlab.envs.world import WorldEnv, WorldVectorEnv


@pytest.mark.parametrize("rounds", [1, 2, 3, 10])
def test_against_tit_for_tat_one_cooperates_until_the_last_round(rounds):
    rules = MatrixDuel(law="prisoners_dilemma", opponent="tit_for_tat", rounds=rounds)
    mdp = rules.to_mdp()
    best = mdp.solve(horizon=rounds)
    # 3 for each round of peace and 5 for the betrayal that comes too late to be answered
    assert best.value == 3.0 * (rounds - 1) + 5.0 == rules.card().optimal_return
    state, actions = 4, []
    for t in range(rounds):
        actions.append(int(best.policy[t, state]))
        state = mdp.P[[state * 2 + actions[-1]]].indices[0]
    assert actions == [0] * (rounds - 1) + [1]


@pytest.mark.parametrize("opponent", ["uniform", "tit_for_tat", [0.7, 0.1, 0.2]])
def test_the_table_plays_as_the_rules(opponent):
    rules = MatrixDuel(law="zero_sum", size=3, rounds=4, opponent=opponent, observation="index")
    mdp, n = rules.to_mdp(), 3000
    policy = np.random.default_rng(0).dirichlet(np.ones(3), size=mdp.num_states)
    envs = WorldVectorEnv(rules, n, autoreset_mode="Disabled")
    state, _ = envs.reset(seed=5)
    rng, total = np.random.default_rng(1), np.zeros(n)
    for t in range(4):
        action = (rng.random(n)[:, None] > np.cumsum(policy[state], axis=1)[:, :-1]).sum(1)
        P = mdp.P[state * 3 + action]
        state, reward, terminated, *_ = envs.step(action)
        assert (np.asarray(P[np.arange(n), state]).ravel() > 0).all()
        assert terminated.all() == (t == 3) and (mdp.terminal[state] == terminated).all()
        total += reward
    exact = mdp.evaluate(policy).value
    assert abs(total.mean() - exact) < 4 * total.std() / np.sqrt(n)
    card = rules.card()
    np.testing.assert_allclose(card.optimal_return, mdp.solve().value, atol=1e-12)
    assert card.random_return < card.optimal_return


def test_a_mixture_is_drawn_with_its_shares():
    rules = MatrixDuel(law="rock_paper_scissors", opponent=[0.5, 0.0, 0.5], rounds=1)
    envs = WorldVectorEnv(rules, 20_000)
    envs.reset(seed=0)
    info = envs.step(np.zeros(20_000, dtype=int))[-1]["final_info"]
    shares = np.bincount(info["opponent"], minlength=3) / 20_000
    assert shares[1] == 0.0 and abs(shares[0] - 0.5) < 4 * 0.5 / np.sqrt(20_000)


def test_the_best_answer_is_best_against_the_shares_so_far():
    rules = MatrixDuel(law="biased_rock_paper_scissors", opponent="best_response", rounds=60)
    env, rng = WorldEnv(rules), np.random.default_rng(0)
    env.reset(seed=0)
    counts = np.ones(3) / 3  # as if uniform at first
    for t in range(60):
        action = int(rng.integers(3))
        *_, info = env.step(action)
        worth = counts @ rules.table[1]
        assert worth[info["opponent"]] >= worth.max() - 1e-12
        counts = counts * (t > 0) + np.eye(3)[action]


def test_only_the_equilibrium_is_safe_from_the_best_answer():
    """One who draws from (1/4, 1/2, 1/4) loses nothing on average; one who repeats a choice loses every round."""
    rules = MatrixDuel(law="biased_rock_paper_scissors", opponent="best_response", rounds=50)
    envs, rng = WorldVectorEnv(rules, 400), np.random.default_rng(0)
    totals = {}
    for name, mix in (("equilibrium", [0.25, 0.5, 0.25]), ("rock", [1.0, 0.0, 0.0])):
        envs.reset(seed=0)
        totals[name] = sum(envs.step(rng.choice(3, 400, p=mix))[1] for _ in range(50))
    assert abs(totals["equilibrium"].mean()) < 4 * totals["equilibrium"].std() / 20
    assert totals["rock"].mean() <= -49.0


def test_the_other_seat_of_a_game_of_two_sizes():
    rules = MatrixDuel(payoffs=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], opponent=[0.0, 0.0, 1.0], rounds=2)
    env = WorldEnv(rules)
    assert env.reset(seed=0)[0] == 6
    assert env.step(1)[:3] == (5, 6.0, False) and env.step(0)[:3] == (2, 3.0, True)


@pytest.mark.parametrize("opponent", ["uniform", "tit_for_tat", "best_response", [0.5, 0.0, 0.5]])
@pytest.mark.parametrize("observation", ["last", "index"])
def test_torch_steps_as_numpy_does(opponent, observation):
    rules = MatrixDuel(law="rock_paper_scissors", opponent=opponent, rounds=5, observation=observation)
    assert torch_is_numpy(rules, lambda dice, n: dice.integers(0, 3, n)) == 10


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"opponent": "nobody"}, "opponent='nobody'"),
        ({"opponent": [0.5, 0.5]}, "mixture"),
        ({"opponent": "tit_for_tat", "payoffs": [[1.0, 2.0]]}, "tit for tat in a 1 x 2"),
        ({"payoffs": np.zeros((3, 2, 2, 2)).tolist()}, "3 players"),
        ({"observation": "all"}, "observation='all'"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        MatrixDuel(**fields)


def test_an_opponent_with_a_long_memory_has_no_table():
    with pytest.raises(BadOption, match="remembers"):
        MatrixDuel(opponent="best_response").to_mdp()
