"""Errors say what, where, expected and how to mend it, and survive a pickle."""

import inspect
import pickle

import pytest

from rewardlab.core import errors
from rewardlab.core.errors import RewardlabError, nearest

KINDS = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, RewardlabError)]


def test_there_is_a_class_for_each_kind_of_mistake():
    assert {"BadAction", "BadSeed", "BadOption", "ResetNeeded", "FaultyEnvironment"} <= {k.__name__ for k in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_pickles_with_every_line(kind):
    error = kind("seed True (bool)", where="CartPole.reset", expected="an integer", mend="seed=0")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error) == "CartPole.reset: seed True (bool)\n  expected: an integer\n  mend: seed=0"
    assert (again.what, again.where, again.expected, again.mend) == (
        "seed True (bool)", "CartPole.reset", "an integer", "seed=0",
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_lines_without_content_are_left_out(kind):
    assert str(kind("no such thing")) == "no such thing"
    assert str(kind("no such thing", where="here")) == "here: no such thing"
    assert str(kind("no such thing", mend="look")) == "no such thing\n  mend: look"


def test_each_class_is_caught_as_the_builtin_that_users_expect():
    pairs = {
        "UnknownName": LookupError, "BadOption": ValueError, "BadAction": ValueError, "BadSeed": ValueError,
        "BadSpace": TypeError, "BadBatch": ValueError, "BadReward": ValueError, "MissingColumn": KeyError,
        "ResetNeeded": RuntimeError, "BadStore": OSError, "BadCheckpoint": ValueError,
        "FaultyEnvironment": AssertionError,
    }  # fmt: skip
    for name, builtin in pairs.items():
        assert issubclass(vars(errors)[name], builtin), name


def test_nearest_offers_what_was_meant():
    known = ["NextStep", "SameStep", "Disabled"]
    assert nearest("nextstep", known) == "did you mean 'NextStep'?"
    assert nearest("step", known) == "did you mean 'NextStep' or 'SameStep'?"
    assert nearest("disable", known) == "did you mean 'Disabled'?"
    assert nearest("zzz", known) == "known: Disabled, NextStep, SameStep"
    assert nearest("zzz", [f"name{i:02d}" for i in range(20)]).endswith("name11, ...")


def test_nearest_looks_past_namespace_and_version():
    known = ["rewardlab/DeepSea-v0", "rewardlab/GuessNumber-v0", "CartPole-v1", "CartPole-v0", "EpsilonGreedy"]
    assert nearest("DeepSee", known) == nearest("rewardlab/deepsee-v0", known) == "did you mean 'rewardlab/DeepSea-v0'?"
    assert nearest("cartpol", known) == "did you mean 'CartPole-v0' or 'CartPole-v1'?"
    assert nearest("epsilon", known) == "did you mean 'EpsilonGreedy'?"
    assert nearest("anything", []) == "known: none"
