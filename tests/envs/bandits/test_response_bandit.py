"""The response bandit: duels, several objectives, known returns."""

import gymnasium as gym
import numpy as np
import pytest
from scipy import stats

import rewardlab  # noqa: F401
from rewardlab.core.errors import BadOption
from rewardlab.core.responses import best_of, expected, tilted, win_rate
from rewardlab.envs import WorldVectorEnv, tables
from rewardlab.envs.bandits import ResponseBandit, Responses

IDS = sorted(name for name in tables() if "ResponseBandit" in name and not name.endswith(("Text-v0", "Tokens-v0")))


@pytest.mark.parametrize("name", IDS)
def test_known_returns_are_those_of_the_process_and_of_play(name):
    rules = gym.make(name).unwrapped.rules
    mdp, card = rules.to_mdp(), rules.card()
    p, k, _ = rules.rewards.shape
    assert mdp.solve().value == pytest.approx(card.optimal_return, abs=1e-12)
    assert mdp.evaluate(np.full((p + 1, k), 1 / k)).value == pytest.approx(card.random_return, abs=1e-12)
    envs = WorldVectorEnv(rules, 4000)
    obs, _ = envs.reset(seed=1)
    best = rules.scores.argmax(1)
    paid = envs.step(best[obs])[1]
    assert abs(paid.mean() - card.optimal_return) <= 4 * rules.scores.max(1).std() / np.sqrt(4000) + 1e-12
    assert f"{p} prompts with {k} responses" in str(card)


def test_the_ids_have_the_sizes_of_their_tasks():
    sizes = {name: gym.make(name).unwrapped.rules.rewards.shape for name in IDS}
    assert sizes["rewardlab/ResponseBandit-Line-v0"] == (1, 100, 1)
    assert sizes["rewardlab/ResponseBandit-Correct-v0"] == (200, 5, 1)
    assert sizes["rewardlab/ResponseBandit-Front-v0"] == (50, 200, 2)
    assert sizes["rewardlab/ResponseBandit-Cost-v0"][0] == 40
    assert gym.make("rewardlab/ResponseBandit-v0", prompts=4, responses=16).unwrapped.rules.scores.shape == (4, 16)


def test_duels_follow_bradley_and_terry():
    rules = ResponseBandit(prompts=2, responses=4)
    rng, n = np.random.default_rng(0), 8000
    for prompt, i, j in ((0, 0, 1), (1, 3, 2), (1, 2, 2)):
        won = rules.duel(rng, np.full(n, prompt), np.full(n, i), np.full(n, j))
        chance = 1 / (1 + np.exp(rules.scores[prompt, j] - rules.scores[prompt, i]))
        assert stats.binomtest(int(won.sum()), n, chance).pvalue > 0.001
    win = rules.sample(rng, np.full(n, 0), 2)
    wins = rules.duel(rng, np.full(n, 0), win[:, 0], win[:, 1])
    assert win_rate(rules.reference, rules.reference, rules.preferences)[0] == pytest.approx(0.5)
    assert stats.binomtest(int(wins.sum()), n, 0.5).pvalue > 0.001


def test_duels_may_go_in_a_circle():
    rules = ResponseBandit(prompts=1, responses=3)
    circle = np.array([[[0.5, 1.0, 0.0], [0.0, 0.5, 1.0], [1.0, 0.0, 0.5]]])
    first, second = np.array([0, 1, 2, 1]), np.array([1, 2, 0, 0])
    won = rules.duel(np.random.default_rng(0), np.zeros(4, dtype=int), first, second, preferences=circle)
    np.testing.assert_array_equal(won, [True, True, True, False])


def test_several_objectives_are_returned_when_asked_for_and_told_always():
    scalar, vector = (
        gym.make_vec("rewardlab/ResponseBandit-Front-v0", num_envs=6, vectorization_mode="vector_entry_point", **o)
        for o in ({"weights": (0.6, -0.8)}, {"multi_objective": True})
    )
    obs = [envs.reset(seed=0)[0] for envs in (scalar, vector)]
    np.testing.assert_array_equal(*obs)
    one, two = (envs.step(np.arange(6)) for envs in (scalar, vector))
    assert two[1].shape == (6, 2)
    np.testing.assert_allclose(two[1] @ [0.6, -0.8], one[1], atol=1e-12)
    np.testing.assert_array_equal(two[1], one[4]["final_info"]["reward_vector"])
    card = ResponseBandit("front", multi_objective=True).card()
    assert card.optimal_return is None and "the vector [2] itself" in card.reward


def test_sampled_best_of_n_has_the_exact_law_of_best_of_n():
    rules = ResponseBandit(prompts=1, responses=6, instance=2)
    rng, n = np.random.default_rng(1), 20_000
    group = rules.sample(rng, np.zeros(n, dtype=int), 4)
    taken = np.take_along_axis(group, rules.scores[0][group].argmax(1)[:, None], 1)[:, 0]
    law = best_of(rules.reference[0], rules.scores[0], 4)
    assert stats.chisquare(np.bincount(taken, minlength=6), n * law).pvalue > 0.001


def test_the_optimum_beside_the_reference_beats_every_other_policy():
    rules = ResponseBandit(prompts=3, responses=5, instance=1)
    pi = tilted(rules.reference, rules.scores, 0.5)

    def objective(q):
        return expected(q, rules.scores) - 0.5 * (q * np.log(q / rules.reference)).sum(-1)

    rng = np.random.default_rng(0)
    for _ in range(200):
        other = rng.dirichlet(np.ones(5), 3)
        assert (objective(pi) >= objective(other)).all()
        assert (objective(pi) >= objective(0.99 * pi + 0.01 * other)).all()


def test_seeds_of_instances_and_of_rows_are_apart():
    a, b, c = (ResponseBandit(instance=i) for i in (0, 0, 1))
    np.testing.assert_array_equal(a.rewards, b.rewards)
    assert (a.rewards != c.rewards).all()
    envs = WorldVectorEnv(a, 500)
    first, second, again = (envs.reset(seed=s)[0].copy() for s in (0, 10**6, 0))
    np.testing.assert_array_equal(first, again)
    assert (first != second).mean() > 0.8


def test_a_table_of_ones_own_is_played_as_it_is():
    table = Responses(np.array([[0.0, 5.0]]), columns={"length": np.array([[3, 4]])})
    env = gym.make("rewardlab/ResponseBandit-v0", table=table).unwrapped
    env.reset(seed=0)
    _, reward, over, _, info = env.step(1)
    assert (reward, over, info["length"], info["success"]) == (5.0, True, 4, True)
    assert "length" in env.rules.card().info and env.rules.costs is None and env.rules.features is None
    assert "cost" not in info


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"law": "lin"}, "did you mean 'line'"),
        ({"prompts": 0}, "prompts=0"),
        ({"options": {"scew": 1.0}}, "did you mean 'skew'"),
        ({"weights": (1.0, 2.0)}, "1 finite numbers"),
        ({"draws": 0}, "draws=0"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        ResponseBandit(**fields)
