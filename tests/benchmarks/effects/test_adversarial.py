"""Effects against an adversary: what the lure charges and who is best there, and small runs of what is measured."""

from itertools import product

import numpy as np
import pytest

from rewardlab.agents import LogBarrierPolicy
from rewardlab.benchmarks.effects import adversarial
from rewardlab.core.rng import Streams


def test_the_best_fixed_policy_goes_in_and_right():
    early, late = adversarial.CHARGES[1], adversarial.CHARGES[0]
    cost = {}
    for door, room in product(range(2), repeat=2):
        each = [loss[0, door] + (loss[1, room] if door == 1 else 0.0) for loss in (early, late)]
        cost[door, room] = 500 * each[0] + 1500 * each[1]
    assert min(cost, key=cost.__getitem__) == (1, 1) and cost[1, 1] == 500 and cost[0, 0] == 1500


@pytest.mark.parametrize(("door", "room"), list(product(range(2), repeat=2)))
def test_what_a_policy_loses_against_it_adds_up(door, room):
    rules, streams = adversarial.lure(rounds=8), Streams(range(3))
    streams.begin(slice(None))
    state, lost, paid = rules.start(3, streams), 0.0, 0.0
    for t in range(16):
        action = np.where(state["state"] == 0, door, room)
        assert (state["state"] == 0).all() == (t % 2 == 0)
        state, pay, over, info = rules.move(state, action, streams)
        lost, paid = lost + info["pseudo_regret"], paid - pay
        assert not over.any()
    early, late = (0 if door == 0 else 1), (1 if door == 0 or room == 0 else 0)
    np.testing.assert_array_equal(paid, 2 * early + 6 * late)
    np.testing.assert_array_equal(lost, paid - 2)


def test_the_instance_is_one_in_which_chance_loses_much():
    rules, known = adversarial.layered()
    chance, _ = rules.values(np.full((5, 3), 1 / 3), rules.mean_loss())
    assert chance[0] - rules.best_in_hindsight()[1] / rules.rounds == pytest.approx(0.52, abs=0.005)
    np.testing.assert_allclose(known.sum(2), np.where(rules.layer < 2, 1.0, 0.0)[:, None] * np.ones(3), atol=1e-12)


def test_runs_side_by_side_measure_regret_per_round(monkeypatch):
    monkeypatch.setattr(adversarial, "ROUNDS", 40)
    rules = adversarial.lure(rounds=40)

    def measured():
        known = rules.mdp.dense()[0]
        return adversarial.lost(range(4), make=LogBarrierPolicy, rules=rules, transitions=known, horizon=2)

    found = [m["regret"] for m in measured()]
    assert len(found) == 4 and len(set(found)) > 1 and all(-0.25 <= x <= 1.75 for x in found)
    assert found == [m["regret"] for m in measured()]
