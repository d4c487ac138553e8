"""One step at a table: who is asked what, what the reference would have given, and what all of it is worth."""

import numpy as np
import pytest
import torch
from scipy import stats

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import ResponseBandit, Responses

N = 20_000


def small(**more):
    rewards = np.array([[[1.0, 0.0], [0.0, 2.0], [3.0, -1.0]], [[0.5, 0.5], [0.0, 0.0], [-1.0, 4.0]]])
    reference = np.array([[0.2, 0.8, 0.0], [0.0, 0.25, 0.75]])
    return Responses(rewards, reference, np.array([0.3, 0.7]), **more)


def asked(rules, seed=0, n=N):
    envs = WorldVectorEnv(rules, n, autoreset_mode="NextStep")
    return envs, envs.reset(seed=seed)[0]


def test_prompts_are_asked_by_their_law_and_episodes_have_one_step():
    envs, obs = asked(ResponseBandit(table=small()))
    assert stats.binomtest(int(obs.sum()), N, 0.7).pvalue > 0.001
    after, _, terminated, truncated, _ = envs.step(np.zeros(N, dtype=int))
    np.testing.assert_array_equal(after, obs)
    assert terminated.all() and not truncated.any()


def test_a_prompt_that_is_never_asked_never_is():
    table = Responses(np.zeros((3, 2)), prompts=np.array([0.0, 1.0, 0.0]))
    assert (asked(ResponseBandit(table=table))[1] == 1).all()


def test_references_are_what_the_reference_gives_to_the_prompt_that_was_asked():
    envs, obs = asked(ResponseBandit(table=small(), draws=3))
    references = envs.step(np.zeros(N, dtype=int))[4]["references"]
    pay = np.array([[1.0, 2.0, 2.0], [1.0, 0.0, 3.0]])
    for prompt, law in ((0, {1.0: 0.2, 2.0: 0.8}), (1, {0.0: 0.25, 3.0: 0.75})):
        seen = references[obs == prompt].reshape(-1)
        assert set(np.unique(seen)) == set(law) <= set(pay[prompt])
        assert stats.chisquare([(seen == v).sum() for v in law], [p * len(seen) for p in law.values()]).pvalue > 0.001
    # three independent draws: all three equal with probability Σ p³
    same = (references[obs == 0] == references[obs == 0][:, :1]).all(1)
    assert stats.binomtest(int(same.sum()), len(same), 0.2**3 + 0.8**3).pvalue > 0.001


def test_every_column_is_that_of_the_response():
    table = small(costs=np.arange(6.0).reshape(2, 3), columns={"tag": np.arange(12).reshape(2, 3, 2)})
    envs, obs = asked(ResponseBandit(table=table, weights=(1.0, 0.5)), n=60)
    action = np.arange(60) % 3
    _, reward, _, _, info = envs.step(action)
    scores = table.rewards @ [1.0, 0.5]
    np.testing.assert_allclose(reward, scores[obs, action])
    np.testing.assert_allclose(info["best"], scores.max(1)[obs])
    np.testing.assert_allclose(info["regret"], info["best"] - reward)
    np.testing.assert_array_equal(info["reference_probability"], table.reference[obs, action])
    np.testing.assert_array_equal(info["reward_vector"], table.rewards[obs, action])
    np.testing.assert_array_equal(info["cost"], table.costs[obs, action])
    np.testing.assert_array_equal(info["tag"], table.columns["tag"][obs, action])
    np.testing.assert_array_equal(info["success"], table.correct[obs, action])


def test_sampled_groups_follow_the_policy():
    rules = ResponseBandit(table=small())
    rng = np.random.default_rng(0)
    groups = rules.sample(rng, np.array([0, 1]), 10_000)
    assert groups.shape == (2, 10_000)
    assert not (groups[0] == 2).any() and not (groups[1] == 0).any()
    assert stats.binomtest(int((groups[0] == 0).sum()), 10_000, 0.2).pvalue > 0.001
    policy = np.array([[0.0, 0.0, 1.0], [0.5, 0.25, 0.25]])
    own = rules.sample(rng, np.array([1, 0]), 8000, policy=policy)
    assert (own[1] == 2).all()
    assert stats.chisquare(np.bincount(own[0], minlength=3), [4000, 2000, 2000]).pvalue > 0.001


def test_the_process_has_the_exact_optimum_and_the_exact_value_of_any_policy():
    rules = ResponseBandit(table=small(), weights=(1.0, 0.5))
    mdp, scores = rules.to_mdp(), rules.scores
    solved = mdp.solve()
    assert solved.value == pytest.approx(0.3 * 2.5 + 0.7 * 1.0, abs=1e-12)
    assert solved.value == pytest.approx(rules.optimal_value, abs=1e-12)
    policy = np.concatenate([rules.reference, np.full((1, 3), 1 / 3)])
    by_hand = 0.3 * (0.2 * scores[0, 0] + 0.8 * scores[0, 1]) + 0.7 * (0.25 * scores[1, 1] + 0.75 * scores[1, 2])
    assert mdp.evaluate(policy).value == pytest.approx(by_hand, abs=1e-12)
    assert mdp.evaluate(np.full((3, 3), 1 / 3)).value == pytest.approx(rules.card().random_return, abs=1e-12)


def test_torch_steps_as_numpy_does():
    rules = ResponseBandit("cost")
    a, b = WorldVectorEnv(rules, 16), WorldVectorEnv(rules, 16, device="cpu")
    np.testing.assert_array_equal(a.reset(seed=4)[0], b.reset(seed=4)[0].numpy())
    rng = np.random.default_rng(0)
    for _ in range(5):
        action = rng.integers(0, 20, 16)
        x, y = a.step(action), b.step(torch.as_tensor(action))
        np.testing.assert_array_equal(x[0], y[0].numpy())
        np.testing.assert_array_equal(x[1], y[1].numpy())
        left, right = x[4]["final_info"], y[4]["final_info"]
        assert left.keys() == right.keys()
        for key in left:
            np.testing.assert_array_equal(left[key], np.asarray(right[key]))


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"weights": (1.0,)}, "2 finite numbers"), ({"weights": (1.0, np.nan)}, "finite"), ({"draws": 0}, "draws=0")],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        ResponseBandit(table=small(), **fields)


def test_text_and_pictures_tell_the_pay_only_of_what_was_given():
    envs = WorldVectorEnv(ResponseBandit(), 1, render_mode="ansi", autoreset_mode="Disabled")
    obs, _ = envs.reset(seed=0)
    assert envs.render()[0] == f"prompt {obs[0]} of 0..19\nresponses 0..9"
    reward = envs.step(np.array([3]))[1]
    assert envs.render()[0].endswith(f"response 3 pays {reward[0]:.4g}")
