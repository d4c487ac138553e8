"""Apps in words: what is read, what is told, and how often a guide slips."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.apps import APPS
from rewardlab.envs.text.apps.app import Goal, graph
from rewardlab.envs.text.apps.play import MOST, after, check_sizes, describe, distance, drawn, good, guide, parse, start

WIFI = Goal("settings", "Turn wifi on", "wifi on", (0,), (1,))


def test_a_way_is_told_and_shortens():
    state = start(WIFI)
    assert describe(WIFI, state) == "Screen: settings. Buttons: network, display, sound, battery, reset."
    assert (distance(WIFI, state), good(WIFI, state)) == (3, ["tap network"])
    assert after(WIFI, state, "nonsense") == after(WIFI, state, "tap nothing") == state
    state = after(WIFI, state, "tap network")
    assert describe(WIFI, state, brief=True) == "network; wifi off; bluetooth off; wifi, bluetooth"
    assert distance(WIFI, after(WIFI, state, "tap wifi")) == 1
    lost = after(WIFI, after(WIFI, start(WIFI), "tap reset"), "tap erase")
    assert distance(WIFI, lost) == -1 and good(WIFI, lost) == []
    off = Goal("settings", "Turn wifi off", "wifi off", (1,), (0,))
    assert distance(off, after(off, after(off, start(off), "tap reset"), "tap erase")) == -1  # all off, and erased
    form = Goal("form", "", "", ("name", "city"), ("anna", "rome"))
    assert describe(form, start(form)) == "Screen: page 1. Field name: empty. Field city: empty. Buttons: next."


@pytest.mark.parametrize("slip", [0.0, 0.3, 1.0])
def test_a_guide_takes_each_action_as_often_as_its_law_says(slip):
    rng, count = np.random.default_rng(0), 4000
    state, names = start(WIFI), [name for name, _ in graph(APPS["settings"], WIFI).moves[0]]
    taken = [guide(WIFI, state, slip, rng) for _ in range(count)]
    for name in names:
        p = slip / len(names) + (1 - slip) * (name == "tap network")
        assert abs(taken.count(name) / count - p) <= 4 * np.sqrt(p * (1 - p) / count)  # four standard errors


def test_goals_have_no_more_demands_than_their_app_takes():
    rng = np.random.default_rng(0)
    for name in APPS:
        goals = [drawn((name,), 8, False, rng) for _ in range(5)]
        assert {g.app for g in goals} == {name} and not any(g.hopeless for g in goals)
        assert all(len(g.short.split(", ")) <= MOST[name] for g in goals)
        assert drawn((name,), 2, True, rng, hopeless=True).hopeless


def test_actions_are_read_and_others_are_none():
    for said, due in {"tap wifi": ("tap", "wifi", ""), "Click the.": ("tap", "the", ""), "BACK": ("back", "", ""),
                      "type name: Anna": ("type", "name", "anna"), "enter name=": ("type", "name", ""),
                      }.items():  # fmt: skip
        assert parse(said) == due
    for said in ("", "tap", "tap wifi; back", "type name", "go back", "done!", "tap w\u0456fi!", "type: x"):
        assert parse(said) is None


def test_what_is_out_of_range_is_refused_by_name():
    check_sizes("here", ("form",), 2, 0.5, 14)
    for wrong, name in (
        (((), 2, 0.5, 14), "apps"), ((("x",), 2, 0.5, 14), "apps"), ((("form",), 0, 0.5, 14), "demands"),
        ((("form",), 2, 1.0, 14), "impossible"), ((("form",), 2, 0.5, 13), "turns"), ((("form",), 2, 0.5, 61), "turns"),
    ):  # fmt: skip
        with pytest.raises(BadOption, match=f"here: {name}"):
            check_sizes("here", *wrong)
