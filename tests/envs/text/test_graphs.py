"""Graphs: distances against brute force, plans that arrive, and the guide's chances against play."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.graphs import FAR, explore


def random_graph(seed, size=9):
    rng = np.random.default_rng(seed)
    targets = {s: [int(t) for t in rng.integers(size, size=rng.integers(0, 4))] for s in range(size)}
    goals = {int(g) for g in rng.integers(1, size, size=2)}
    graph = explore(0, lambda s: [(f"m{k}", t) for k, t in enumerate(targets[s])], lambda s: s in goals)
    return graph, targets, goals


@pytest.mark.parametrize("seed", range(30))
def test_distances_are_those_of_repeated_relaxation(seed):
    graph, targets, goals = random_graph(seed)
    far = {s: 0 if s in goals else np.inf for s in graph.states}
    for _ in graph.states:
        for s in graph.states:
            if s not in goals:
                far[s] = min([far[s], *(1 + far[t] for t in targets[s])])
    for s in graph.states:
        assert graph.distance(s) == (FAR if np.isinf(far[s]) else far[s])
        moves = dict(graph.moves[graph.number[s]])
        good = [m for m, t in moves.items() if far[graph.states[t]] == far[s] - 1 and np.isfinite(far[s])]
        assert graph.good(s) == good
        at = s
        for name in graph.plan(s):
            at = graph.states[dict(graph.moves[graph.number[at]])[name]]
        assert at in goals or np.isinf(far[s])


def test_a_line_has_the_closed_form_of_a_slipping_guide():
    graph = explore(0, lambda s: [("on", s + 1), ("out", -1)] if s >= 0 else [], lambda s: s == 4)
    values = graph.values(0.3, 6)
    assert values[4:, 0] == pytest.approx((0.7 + 0.15) ** 4) and values[3, 0] == 0
    assert graph.q(values, 0, 4) == pytest.approx({"on": 0.85**3, "out": 0.0})


@pytest.mark.parametrize("seed", [0, 3, 6])
def test_the_guides_chance_is_that_of_play(seed):
    graph, _, _ = random_graph(seed)
    rng, slip, turns, plays = np.random.default_rng(seed), 0.4, 6, 4000
    wins = 0
    for _ in range(plays):
        at = 0
        for _ in range(turns):
            moves = graph.moves[at]
            if graph.goals[at] or not moves:
                break
            good = graph.good(graph.states[at])
            free = not good or rng.random() < slip
            at = moves[int(rng.integers(len(moves)))][1] if free else dict(moves)[good[0]]
        wins += graph.goals[at]
    chance = graph.values(slip, turns)[turns, 0]
    assert 0 < chance < 1
    assert abs(wins / plays - chance) < 4 * np.sqrt(chance * (1 - chance) / plays)  # four standard errors


@pytest.mark.parametrize("seed", range(12))
def test_the_process_has_the_values_that_the_distances_say(seed):
    graph, _, _ = random_graph(seed)
    far = np.array(graph.distances)
    due = np.where(far > 0, 0.8 ** (far - 1.0), 0.0)  # a goal itself pays nothing more
    mdp = graph.to_mdp(0.8)
    assert np.allclose(mdp.solve().V, due, rtol=0, atol=1e-9)
    policy = np.zeros((mdp.num_states, mdp.num_actions))
    for k, moves in enumerate(graph.moves):
        good = graph.good(graph.states[k])
        policy[k, : len(moves)] = (0.3 if good else 1.0) / max(len(moves), 1)
        if good:
            policy[k, [name for name, _ in moves].index(good[0])] += 0.7
        if not moves:
            policy[k, 0] = 1.0
    chances = graph.values(0.3, 5)
    played = graph.to_mdp(1 - 1e-12).evaluate(policy, horizon=5)
    live = np.array([bool(moves) for moves in graph.moves])
    assert np.asarray(played.V)[0][live] == pytest.approx(chances[5][live])


def test_what_is_too_large_or_out_of_range_is_refused():
    with pytest.raises(BadOption, match="more than 10 states"):
        explore(0, lambda s: [("on", s + 1)], lambda s: False, most=10)
    graph = explore(0, lambda s: [], lambda s: True)
    for wrong in ((-0.1, 3), (1.1, 3), (0.5, -1)):
        with pytest.raises(BadOption, match="slip"):
            graph.values(*wrong)
