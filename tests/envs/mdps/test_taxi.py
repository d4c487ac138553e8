"""Taxi: the optimum is two shortest ways, found by a search of its own; wrong pick-ups and drops cost."""

from collections import deque

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldEnv
from rewardlab.envs.mdps import Taxi


def distances(layout, goal):
    lines = layout.split("\n")
    away, queue = {goal: 0}, deque([goal])
    while queue:
        r, c = queue.popleft()
        for dr, dc in ((-1, 0), (1, 0), (0, 1), (0, -1)):
            at = r + dr, c + dc
            if 0 <= at[0] < len(lines) and 0 <= at[1] < len(lines[0]) and lines[at[0]][at[1]] != "#" and at not in away:
                away[at] = away[r, c] + 1
                queue.append(at)
    return away


@pytest.mark.parametrize("layout", [Taxi.layout, "A.B\n#..\nC.D"])
def test_the_best_return_is_that_of_two_shortest_ways(layout):
    rules = Taxi(layout=layout)
    mdp = rules.to_mdp()
    best = mdp.solve()
    wide = len(layout.split("\n")[0])
    stops = [divmod(int(s), wide) for s in rules.stops]
    away = [distances(layout, stop) for stop in stops]
    count = 0
    for state in np.flatnonzero(mdp.initial):
        cell, passenger, goal = rules._parts(int(state))
        at = divmod(cell, wide)
        steps = away[passenger][at] + 1 + away[goal][stops[passenger]]  # there, picked up, and over
        assert best.V[state] == pytest.approx(20 - steps, abs=1e-9)
        count += 1
    assert count == sum(x != "#" for x in layout if x != "\n") * 12
    assert rules.card().optimal_return == pytest.approx(best.value, abs=1e-9)
    riding = [(c * 5 + 4) * 4 + g for c in range(wide) for g in range(4) if layout[c] != "#"]
    for state in riding:
        cell, _, goal = rules._parts(state)
        assert best.V[state] == pytest.approx(20 - away[goal][divmod(cell, wide)], abs=1e-9)


def test_each_pay_is_met():
    rules = Taxi(layout="A.\nBC\n.D", effort=0.5, wrong=7.0, delivered=3.0)
    env = WorldEnv(rules, render_mode="ansi")
    env.reset(seed=0)
    saved = env.get_state()
    saved["state"]["state"][0] = (2 * 5 + 0) * 4 + 1  # at B; the passenger waits at A and wants to B
    env.set_state(saved)
    assert env.render() == "A.\nTC\n.D\npassenger at A, to B"
    pays = [env.step(a)[1] for a in (4, 5, 3, 0, 5, 4)]
    assert pays == [-7.0, -7.0, -0.5, -0.5, -7.0, -0.5]
    assert "in the taxi" in env.render()
    assert env.step(4)[1] == -7.0
    assert env.step(2)[1] == -0.5
    _, reward, over, _, info = env.step(5)
    assert reward == 3.0 and over and info["success"]


def test_the_picture_shows_taxi_and_passenger():
    rules = Taxi()
    frames = {s: rules.draw({"state": np.array([s])}, 0) for s in (1, 4 * 4 + 1, 20 + 1, 2)}
    assert len({f.tobytes() for f in frames.values()}) == 4
    np.testing.assert_array_equal(rules.table_places()[[0, 20, 7 * 20 + 3]], [[0, 0], [0, 1], [1, 1]])


@pytest.mark.parametrize(
    ("layout", "word"), [("AB\nC.", "layout"), ("AB\nCD.", "layout"), ("AB\nCDx", "layout"), ("AB#.\nCD#.", "hang")]
)
def test_mistakes_are_named(layout, word):
    with pytest.raises(BadOption, match=word):
        Taxi(layout=layout)
    with pytest.raises(BadOption, match="effort"):
        Taxi(effort=-1.0)
