"""Rules: built from a class, a string or an instance, and described by a card."""

import numpy as np
import pytest
from core.walk import Drift, vector

from rewardlab.core.errors import BadOption
from rewardlab.envs.rules import Card, Rules, build
from rewardlab.envs.world import WorldEnv


def test_rules_are_built_from_whatever_names_them():
    for source in (Drift, "core.walk:Drift", Drift(length=3)):
        made = build(source, {"length": 5})
        assert isinstance(made, Drift)
        assert made.length == 5
        assert made.observation_space["count"].n == 6
    own = Drift(length=4)
    assert build(own, {}) is own
    with pytest.raises(
        BadOption, match=r"Drift: unknown keyword 'lenght'(.|\n)*expected: one of length(.|\n)*did you mean"
    ):
        build("core.walk:Drift", {"lenght": 3})
    with pytest.raises(BadOption, match=r"Drift: unknown keyword 'lenght'"):
        build(own, {"lenght": 3})


def test_the_card_prints_what_one_must_know():
    card = str(WorldEnv(Drift).describe())
    assert card == str(vector(2).describe())
    assert card.splitlines() == [
        "A walk.", "Observation:", "  at: m", "  count: steps", "Action:", "  push: m, -1..1",
        "Reward: -1 on the right", "Info:", "  gap: NaN",
    ]  # fmt: skip


def test_rules_without_a_table_say_so():
    with pytest.raises(BadOption, match="Drift has no tabular form"):
        WorldEnv(Drift).to_mdp()


def test_a_card_leaves_out_what_is_not_known():
    card = Card("A task.", {}, {}, "1 at the goal", {}, random_return=0.125, source="A book")
    assert str(card) == "A task.\nReward: 1 at the goal\nRandom return: 0.125\nSource: A book"


def test_rules_alone_do_nothing():
    for call in (
        lambda r: r.start(1, None),
        lambda r: r.move({}, 0, None),
        lambda r: r.look({}),
        lambda r: r.draw({}, 0),
    ):
        with pytest.raises(NotImplementedError):
            call(Rules())
    assert Rules().inform({}) == {}


def test_a_card_shows_in_a_notebook_as_it_prints():
    card = Card("A task.", {"x": "m"}, {"push": "-1..1"}, "1 at the goal", {}, optimal_return=1.0)
    assert (
        repr(card)
        == str(card)
        == "A task.\nObservation:\n  x: m\nAction:\n  push: -1..1\nReward: 1 at the goal\nOptimal return: 1"
    )


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("size", "big", "an integer"),
        ("size", 2.5, "an integer"),
        ("size", True, "an integer"),
        ("size", None, "an integer"),
        ("cost", "0.01", "a number"),
        ("cost", 1j, "a number"),
        ("observation", 3, "a string"),
    ],
)
def test_a_value_of_another_type_is_named(field, value, expected):
    with pytest.raises(BadOption, match=rf"DeepSea: {field}=.*\n  expected: {expected}"):
        build("rewardlab.envs.mdps.deep_sea:DeepSea", {field: value})
    for fits in ({"size": np.int64(3)}, {"cost": 1}, {"cost": np.float32(0.5)}):
        build("rewardlab.envs.mdps.deep_sea:DeepSea", fits)
