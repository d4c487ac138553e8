"""Enumerated levels: against counts by hand, exact returns that are known, and play."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.minigrid import MiniGridTask
from rewardlab.envs.gridworlds.search.enumerate_states import enumerate_states, fields_of, keys
from rewardlab.envs.gridworlds.search.shortest import shortest_solution

EMPTY = "MiniGrid-Empty-5x5-v0"
DOORKEY = "MiniGrid-DoorKey-5x5-v0"


def test_an_empty_room_has_its_places_times_headings():
    rules = MiniGridTask(task=EMPTY)
    found = enumerate_states(rules, rules.first(0), gamma=0.9)
    mdp = found.mdp
    assert (mdp.num_states, mdp.num_actions) == (8 * 4 + 1, 7)  # 9 places, of which the goal ends; and the end
    assert mdp.solve().value == pytest.approx(0.9**4, abs=1e-12)  # 5 steps: 2 forward, turn, 2 forward
    assert found.index(rules.first(7)).tolist() == [0]


def test_the_returns_on_the_card_of_doorkey_are_those_of_the_table():
    rules = MiniGridTask(task=DOORKEY)
    starts = rules.first(*range(600))
    _, first = np.unique(keys(starts, fields_of(rules, ())), return_index=True)
    mdp = enumerate_states(rules, {k: v[first] for k, v in starts.items()}, gamma=1.0).mdp
    chance = mdp.initial
    step = sum(mdp.P[np.arange(mdp.num_states) * 7 + a] for a in range(7)) / 7
    pay, random = mdp.R.mean(axis=1), 0.0
    for t in range(1, 251):  # what a success pays depends on its time
        random += (chance @ pay) * (1 - 0.9 * t / 250)
        chance = chance @ step
    assert rules.card().random_return == pytest.approx(random, abs=1e-12)


def test_the_table_predicts_play():
    rules, rng = MiniGridTask(task="MiniGrid-DoorKey-6x6-v0"), np.random.default_rng(0)
    found = enumerate_states(rules, rules.first(2))
    state, streams = rules.first(2), Streams([2])
    for _ in range(300):
        here = int(found.index(state)[0])
        action = int(rng.choice(7, p=[0.15, 0.15, 0.3, 0.15, 0.05, 0.18, 0.02]))
        state, reward, ended, _ = rules.move(state, np.array([action]), streams)
        row = here * 7 + action
        to = found.mdp.P.indices[found.mdp.P.indptr[row]]
        assert found.mdp.R[here, action] == (reward[0] > 0)
        assert to == (found.mdp.num_states - 1 if ended[0] else found.index(state)[0])
        if ended[0]:
            state = rules.first(2)


def test_values_are_distances():
    rules = MiniGridTask(task="MiniGrid-SimpleCrossingS9N1-v0")
    mdp = rules.to_mdp(seed=5, gamma=0.95)
    steps = len(shortest_solution(rules, rules.first(5)))
    assert mdp.solve().value == pytest.approx(0.95 ** (steps - 1), abs=1e-12)
    assert mdp.solve(horizon=steps - 1).value == 0.0
    assert mdp.solve(horizon=steps).value == pytest.approx(0.95 ** (steps - 1), abs=1e-12)


def test_what_is_remembered_tells_situations_apart():
    rules = MiniGridTask(task=DOORKEY)
    plain = enumerate_states(rules, rules.first(0))
    flags = (codes.TOOK, codes.OPENED)
    product = enumerate_states(rules, rules.first(0), remember=flags)
    assert product.mdp.num_states > plain.mdp.num_states
    pairs = {tuple(p) for p in product.states["field"][:, flags].tolist()}
    assert pairs == {(0, 0), (1, 0), (1, 1)}
    for one in (plain, product):
        assert one.mdp.solve().value == pytest.approx(plain.mdp.solve().value, abs=1e-12)
    forward = plain.index(product.states)  # the product maps onto the plain table
    assert sorted(set(forward.tolist())) == list(range(plain.mdp.num_states - 1))


def test_mistakes_are_named():
    rules = MiniGridTask(task=DOORKEY)
    with pytest.raises(BadOption, match="more than 20 situations"):
        enumerate_states(rules, rules.first(0), most=20)
    with pytest.raises(BadOption, match="no situation of this level"):
        enumerate_states(rules, rules.first(0)).index(rules.first(1, 2, 3))
    with pytest.raises(BadOption, match="obstacles"):
        balls = MiniGridTask(task="MiniGrid-Dynamic-Obstacles-5x5-v0")
        enumerate_states(balls, balls.first(0))
