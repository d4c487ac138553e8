"""Components: names for each place of a vector, pairs of rows and columns, and flags of codes."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from rewardlab.rewards.language.evolution.card import read_card
from rewardlab.rewards.language.evolution.components import columns, leaf, observed
from rewardlab.rewards.language.evolution.features import Kind

FLOATS = lambda n: ((n,), "float")  # noqa: E731


def found(block, obs):
    said = read_card("A map.\nObservation:\n" + "\n".join(f"  {k}: {v}" for k, v in block.items()))
    return {f.name: f for group in observed(said, obs) for f, _ in group}


def test_components_without_places_follow_each_other():
    block = {"row, column": "of the walker", "object row, object column": "0..1", "grip": "0..1"}
    made = found(block, FLOATS(5))
    assert made["place"].now == ("next_obs[0]", "next_obs[1]") and made["object"].before == ("obs[2]", "obs[3]")
    assert made["grip"].now == ("next_obs[4]",)


def test_a_list_of_names_is_one_name_for_each_place():
    made = found({"height, speed": "m and m/s"}, FLOATS(2))
    assert made["height"].now == ("next_obs[0]",) and made["speed"].now == ("next_obs[1]",)


@pytest.mark.parametrize("block", [{"x": "[0:2] m"}, {}])
def test_a_description_that_does_not_cover_the_vector_is_not_trusted(block):
    assert {"obs_0", "obs_1", "obs_2"} <= set(found(block, FLOATS(3)))


def test_single_numbers_of_a_long_code_without_words_mean_nothing():
    block = {"image": "[7, 7, 3] codes", "direction": "0..3"}
    assert len(found({}, FLOATS(64))) == 2 * 64 and found(block, FLOATS(65)) == {}
    whole = {f"part {i}": f"[{i}] m" for i in range(65)}  # each with a name and a place
    assert {"part_0", "part_64"} <= set(found(whole, FLOATS(65)))


def test_dict_observations_by_key():
    made = found({"direction": "0 right, 1 down"}, {"direction": ((), "int"), "goal": FLOATS(2)})
    assert made["direction_right"].now == ('(next_obs["direction"] == 0)',) and "direction" not in made
    assert made["goal_0"].now == ('next_obs["goal"][0]',)


def test_columns_of_many_numbers_and_of_judges_are_left_out():
    said = read_card("")
    info = {"x": ((), "float"), "many": ((9,), "float"), "true_reward": ((), "float"), "hit": ((), "bool")}
    made = {f.name: f for group in columns(said, info) for f, _ in group}
    assert set(made) == {"x", "x_at", "hit"} and made["hit"].kind is Kind.FLAG and not made["x"].before


def test_leaves_are_pairs_or_have_names():
    @dataclass
    class One:
        shape: tuple
        kind: str

    assert leaf(((2,), "int")) == leaf(One((2,), "int")) == leaf(SimpleNamespace(shape=[2], kind="int"))
