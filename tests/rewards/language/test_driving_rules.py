"""Rules for driving: wishes, hints, decisions from numbers, and parameters."""

import numpy as np
import pytest

from rewardlab.rewards.language.driving import read_parameters, window_text
from rewardlab.rewards.language.driving_rules import Wish, decided, tuned, understood


def window(v=5.0, n=0.0, alphas=(0.0,) * 5):
    out = []
    for alpha in alphas:
        obs = np.zeros(16)
        obs[1:4] = n, alpha, v
        out.append({"obs": obs, "crashed": False, "width": 3.0})
    return window_text(out, 2.0)


@pytest.mark.parametrize(
    ("text", "hints", "wish"),
    [
        ("Drive at about 4 m/s", [], Wish("speed", 4.0)),
        ("Go 18 km/h", [], Wish("speed", 5.0)),
        ("keep 0.5 m to the left wall", [], Wish("left", 0.5)),
        ("Stay 60 cm from the right wall", [], Wish("right", 0.6)),
        ("Drive smoother, please", [], Wish("smooth")),
        ("go backwards", [], Wish("back", 1.0)),
        ("drive at race pace", [], Wish("")),
        ("drive at race pace", ["The race pace is 8 m/s."], Wish("speed", 8.0)),
        ("keep 0.6 m from the inner wall", ["The inner wall is the left wall."], Wish("left", 0.6)),
        ("sing", [], Wish("")),
    ],
)
def test_wishes(text, hints, wish):
    assert understood(text, hints) == wish


@pytest.mark.parametrize(
    ("wish", "seen", "change"),
    [
        (Wish("speed", 5.0), window(5.2), ""),
        (Wish("speed", 5.0), window(6.0), "drive at 5 m/s"),
        (Wish("left", 1.0), window(n=0.5), ""),
        (Wish("right", 1.0), window(n=0.5), "keep 1 m from the right wall"),
        (Wish("back", 2.0), window(-2.0), ""),
        (Wish("back", 2.0), window(3.0), "reverse at 2 m/s"),
        (Wish("smooth"), window(), ""),
        (Wish("smooth"), window(alphas=(0.1, -0.1, 0.1, -0.1, 0.1)), "drive smoother"),
        (Wish(""), window(), ""),
        (Wish("speed", 5.0), "nothing", ""),
    ],
)
def test_decisions(wish, seen, change):
    assert decided(wish, seen) == (f"Change behavior: {change}" if change else "Continue behavior")


@pytest.mark.parametrize("wish", [Wish("speed", 4.0), Wish("back", 2.0), Wish("left", 0.5), Wish("smooth"), Wish("")])
def test_parameters_are_read_as_they_are_meant(wish):
    theta, notes = read_parameters(tuned(wish), {})
    assert not notes
    if wish.kind == "left":
        assert theta["n_ref"] == 1.0
    if wish.kind in ("speed", "back"):
        assert abs(theta["v_max"]) == wish.value and theta["v_min"] <= theta["v_max"]
