"""Apps: plans as long as their closed forms, graphs that are exact for any text typed, and what cannot be undone."""

import numpy as np
import pytest

from rewardlab.envs.text.apps import APPS
from rewardlab.envs.text.apps.app import BACK, RIGHT, WRONG, act, graph, moves
from rewardlab.envs.text.apps.play import parse
from rewardlab.envs.text.apps.settings import PAGES, SWITCHES

MOST = {"form": 6, "mail": 3, "settings": 7, "shop": 1}


def goals(name, count=8, impossible=False, seed=0):
    rng = np.random.default_rng(seed)
    return [APPS[name].goal(1 + k % MOST[name], impossible, rng) for k in range(count)]


def expected(name, goal):
    """The length of the shortest plan, worked out by hand for each app; the last word is one of its actions."""
    if name == "settings":  # a tap for each page, one back between pages, a tap for each switch, done
        bits = goal.data[0] ^ goal.want[0]
        changed = [s for k, s in enumerate(SWITCHES) if bits >> k & 1]
        pages = sum(any(s in changed for s in several) for several in PAGES.values())
        return len(changed) + 2 * pages
    if name == "form":  # all fields, next on every page, submit, done
        return len(goal.data) + -(-len(goal.data) // 2) + 2
    if name == "shop":  # type, search, product, size, add, basket, pay, done
        return 8
    marks, (sent, _) = goal.want
    starred, deleted = marks.count(1), marks.count(2)
    # open and mark each; an answer takes open, answer, text, send; back from all but the last, a deleted one needs none
    left = starred + bool(sent)
    return 2 * (starred + deleted) + 4 * bool(sent) + max(left - 1, 0) + 1


@pytest.mark.parametrize("name", APPS)
def test_the_shortest_plan_has_the_length_that_one_counts_by_hand(name):
    for goal in goals(name, 12):
        assert graph(APPS[name], goal).distances[0] == expected(name, goal), goal.asked


@pytest.mark.parametrize("name", APPS)
def test_an_impossible_goal_is_reached_by_saying_so_alone(name):
    for goal in goals(name, 6, impossible=True):
        known = graph(APPS[name], goal)
        assert goal.impossible and set(known.distances[:-1]) <= {0, 1, -1}
        assert {m[-1][0] for m in known.moves if m} == {"impossible"}
        assert known.distances[0] == 1 and known.plan(known.states[0]) == ["impossible"]


@pytest.mark.parametrize("name", APPS)
def test_whatever_is_typed_the_graph_knows_what_follows(name):
    app, rng = APPS[name], np.random.default_rng(1)
    for goal in goals(name, 6):
        known = graph(app, goal)
        for _ in range(15):
            state = app.start(goal)
            for _ in range(12):
                usual = app.usual(goal, state)
                assert usual in known.number and app.usual(goal, usual) == usual
                shown, same = app.screen(goal, state), app.screen(goal, usual)
                assert shown.buttons == same.buttons and [f for f, _ in shown.fields] == [f for f, _ in same.fields]
                assert app.reached(goal, state) == app.reached(goal, usual)
                names = dict(moves(app, goal, usual))
                for said, after in names.items():  # and every move is what `act` makes of its words
                    assert app.usual(goal, act(app, goal, usual, *parse(said))) == after
                free = [("type", f, t) for f, _ in shown.fields for t in ("zebra", "", *app.texts(goal, f))]
                free += [("tap", b, "") for b in shown.buttons] + [(BACK, "", ""), ("tap", "nothing", "")]
                action = free[int(rng.integers(len(free)))]
                after = act(app, goal, state, *action)
                if action[0] == "type" and action[2] not in app.texts(goal, action[1]) and action[2]:
                    wrong = f"type {action[1]}: {app.texts(goal, action[1])[-1]}"
                    assert app.usual(goal, after) == names[wrong]
                state = after


@pytest.mark.parametrize("name", APPS)
def test_what_lasts_cannot_be_undone_and_all_else_can(name):
    app = APPS[name]
    for goal in goals(name, 4):
        known = graph(app, goal)
        reach = [set() for _ in known.states]
        for k in range(len(known.states)):
            edge = [k]
            reach[k].add(k)
            while edge:
                edge += (new := [t for _, t in known.moves[edge.pop()] if t not in reach[k]])
                reach[k].update(new)
            if k > 60:
                break
        for k in range(min(60, len(known.states))):
            state = known.states[k]
            for said, target in known.moves[k]:
                if said.startswith("tap ") and state[0] != "end" and target < 60:
                    lasting = app.lasting(goal, state, said[4:]) and target != k
                    assert lasting == (k not in reach[target]), (said, state)


WHERE = {"form": (0, 1, 3), "mail": (0, 1), "settings": (0,), "shop": (0, 1, 2, 5)}  # what a screen is told apart by


@pytest.mark.parametrize("name", APPS)
def test_an_app_has_six_screens_or_more_and_one_right_end(name):
    goal = APPS[name].goal({"form": 8}.get(name, MOST[name]), False, np.random.default_rng(0))
    known = graph(APPS[name], goal)
    assert len({tuple(s[k] for k in WHERE[name]) for s in known.states if s[0] != "end"}) >= 6
    assert known.goals.count(True) == 1 and known.states[known.goals.index(True)] == RIGHT
    assert known.distance(WRONG) == -1
