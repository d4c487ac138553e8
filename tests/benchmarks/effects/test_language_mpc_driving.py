"""Cars that are told, judged and fuzzed: small runs of each, and what is known of them by hand."""

import numpy as np

from rewardlab.benchmarks.effects import language_mpc_driving as effects
from rewardlab.rewards.language.driving_rules import understood


def test_orders_are_understood_as_they_were_made():
    for order in effects.ORDERS:
        wish = understood(order.says, effects.HINTS)
        assert (wish.kind, wish.value) == (("back", 2.0) if order.value < 0 else (order.kind, order.value))
        if order.fact:
            assert understood(order.says).kind == ""
    assert effects.FACTS["pit speed"] == 3.0 and "The pit speed is 3 m/s." in effects.HINTS


def test_hints_are_what_facts_need():
    with_hints, without = (effects.decisions(0, hints=h, windows=60)["accuracy"] for h in (effects.HINTS, ()))
    assert with_hints > 0.9 > without > 0.4


def test_texts_are_survived_by_the_guard_and_not_by_controls():
    found = effects.fuzzed(0, cars=4, texts=3)
    assert (found["outside"], found["violations"], found["texts"]) == (0.0, 0.0, 12.0)
    assert effects.direct(0, cars=8, texts=20)["violations"] > 0
    np.testing.assert_array_equal(effects.controls("[0.5, -3] 7", np.zeros(2)), [0.5, -1.0])
    np.testing.assert_array_equal(effects.controls("4", np.ones(2)), [1.0, 1.0])


def test_cars_that_are_told_come_nearer():
    told, untold = (effects.drive(0, instructed=i, steps=54, horizon=5) for i in (True, False))
    assert told["violations"] == untold["violations"] == 0.0
    assert told["rmse speed"] < untold["rmse speed"]
    assert [e.name.startswith("language_mpc_") for e in effects.effects()] == [True] * 3
