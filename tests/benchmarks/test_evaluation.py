"""Judging: first episodes, true reward, known scale."""

import dataclasses
from types import SimpleNamespace

import fake_training
import pytest

from rewardlab.benchmarks.case import Case
from rewardlab.benchmarks.evaluation import evaluate, make_vec
from rewardlab.benchmarks.train import train_one
from rewardlab.core.errors import BadOption

fake_training.register()
CASE = Case(
    fake_training.PROXY, "none", fake_training.none, fake_training.script,
    budget=30, seeds=(0, 1), num_envs=3, evaluations=4, episodes=3,
)  # fmt: skip


def test_evaluation_takes_one_episode_per_row_in_every_autoreset_mode():
    agent = fake_training.Script(make_vec(CASE, 3))
    for mode in ("SameStep", "NextStep"):
        envs = make_vec(dataclasses.replace(CASE, env_kwargs={"autoreset_mode": mode}), 6)
        value, success = evaluate(agent, envs, seed=5, episodes=6)
        assert (value, success) == (0.0, pytest.approx(1 / 3))


def test_agents_trained_on_normalised_rows_see_normalised_ones():
    class Normalised(fake_training.Script):
        def get_vec_normalize_env(self):
            return SimpleNamespace(normalize_obs=lambda obs: obs * 0.0 - 7.5)

        def predict(self, observation, *rest, **keywords):
            seen.append(observation)
            return super().predict(observation)

    seen: list = []
    envs = make_vec(CASE, 6)
    assert evaluate(Normalised(envs), envs, seed=5, episodes=6) == (0.0, pytest.approx(1 / 3))
    assert seen and all((x == -7.5).all() for x in seen)


def test_environments_of_others_need_a_scale_and_may_tell_no_success(tmp_path):
    cart = dataclasses.replace(CASE, env="CartPole-v1", num_envs=2, budget=8, episodes=2)
    with pytest.raises(BadOption, match="random and optimal returns"):
        train_one(cart, 0, tmp_path)
    r = train_one(dataclasses.replace(cart, scale=(20.0, 500.0)), 0, tmp_path)
    assert r["success"] is None and 8 <= r["final"] <= 20  # pushing one way only
    assert r["score"] == pytest.approx((r["final"] - 20) / 480)


def test_a_scale_of_what_is_paid_is_none_where_runs_are_judged_by_a_true_reward(tmp_path):
    bill = dataclasses.replace(CASE, env="rewardlab/Glucose-v0")
    with pytest.raises(BadOption, match="while runs are judged by true_reward"):
        train_one(bill, 0, tmp_path)
