"""What is refused before learning and after it, and by which name."""

import math

import gymnasium as gym
import pytest
import torch

from rewardlab.agents.deep import PPO
from rewardlab.core.errors import BadOption, BadSpace, Diverged, UnknownName


@pytest.fixture(scope="module")
def agent():
    return PPO("MlpPolicy", "CartPole-v1", device="cpu", seed=0)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"n_steps": True}, "n_steps=True"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"n_epochs": 1.5}, "n_epochs=1.5"),
        ({"compile": "fast"}, "compile='fast'"),
    ],
)
def test_numbers_that_nothing_can_be_learned_with_are_refused(options, told):
    with pytest.raises(BadOption, match=told):
        PPO("MlpPolicy", "CartPole-v1", **options)


def test_only_gradient_steps_may_be_minus_one(agent):
    agent._check((), {"gradient_steps": -1, "n_steps": 1, "batch_size": None})
    for name in ("gradient_steps", "n_steps"):
        with pytest.raises(BadOption, match=f"{name}=-2"):
            agent._check((), {name: -2})


def test_the_first_number_that_is_not_finite_is_named(agent):
    fine, bad = torch.tensor(1.0), torch.tensor(math.nan)
    good = {"loss": fine, "value_loss": fine}
    agent._check_finite([good, good], [fine, fine])
    with pytest.raises(Diverged, match="value_loss is not finite in minibatch 1") as told:
        agent._check_finite([good, {"value_loss": bad, "loss": bad}], [fine, fine])
    assert "lower learning_rate" in told.value.mend
    with pytest.raises(Diverged, match="the gradient is not finite in minibatch 0"):
        agent._check_finite([good, good], [bad, fine])


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (AssertionError("The algorithm only supports these action spaces"), BadSpace),
        (AssertionError("n must be even"), BadOption),
        (gym.error.UnregisteredEnv("no such id"), UnknownName),
    ],
)
def test_what_stable_baselines3_asserts_is_an_error_of_ours(agent, theirs, ours):
    with pytest.raises(ours, match=str(theirs)) as told, agent._our_errors():
        raise theirs
    assert told.value.where == "PPO" and told.value.__cause__ is None


def test_other_errors_pass_as_they_are(agent):
    for error in (KeyError("k"), BadOption("o", where="here")):
        with pytest.raises(type(error)) as told, agent._our_errors():
            raise error
        assert told.value is error
