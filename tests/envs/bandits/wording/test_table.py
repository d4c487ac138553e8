"""Which wording speaks for which bandit."""

from dataclasses import dataclass

import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits import DynamicalBandit, PiecewiseBandit, StochasticBanditText
from rewardlab.envs.bandits.wording.arms import Changing
from rewardlab.envs.bandits.wording.estimates import Ball
from rewardlab.envs.bandits.wording.states import Moving
from rewardlab.envs.bandits.wording.table import WORDINGS, bandit_of, wording_of


@dataclass
class Own(PiecewiseBandit):
    """A bandit of a user's own."""


def test_a_bandit_below_a_class_speaks_as_it_does():
    assert wording_of(Own()) is Changing
    assert wording_of(DynamicalBandit()) is Moving and wording_of(DynamicalBandit(arms=None)) is Ball


def test_ids_and_classes_name_bandits():
    for of in ("rewardlab/BernoulliBandit-Easy-v0", "BernoulliBandit-Easy-v0"):
        assert (bandit_of(of, {"pulls": 7}).arms, bandit_of(of, {"pulls": 7}).pulls) == (5, 7)
    assert {type(bandit_of(of, None)).__name__ for of in WORDINGS} == set(WORDINGS)


def test_what_nothing_speaks_for_is_refused():
    with pytest.raises(BadOption, match="StochasticBanditText in words"):
        wording_of(StochasticBanditText())
    with pytest.raises(BadOption, match="did you mean 'TallyBandit"):
        bandit_of("TalyBandit", None)
