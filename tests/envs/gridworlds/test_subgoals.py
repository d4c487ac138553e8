"""Sub-goals: orders as drawn, what counts and what does not, against a plain record of what was done."""

import functools
import itertools

import numpy as np
import pytest
from grid_alike import rows_are_singles

from rewardlab.core.errors import BadOption
from rewardlab.core.testing import check_env
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.search.shortest import shortest_solution
from rewardlab.envs.gridworlds.subgoals import OPEN_BOX, OPEN_DOOR, STAND, TAKE_KEY, TEXTS, Subgoals
from rewardlab.envs.world import WorldEnv, WorldVectorEnv


def order_of(mission):
    return [TEXTS.index(part) for part in mission.split(", then ")]


def test_all_orders_are_drawn_evenly():
    rules = Subgoals()
    missions = rules.inform(rules.first(*range(3000)))["mission"]
    orders = [tuple(order_of(m)) for m in missions]
    for n in (2, 3, 4):
        these = [o for o in orders if len(o) == n]
        possible = list(itertools.permutations(range(1, 5), n))
        count = np.array([these.count(o) for o in possible])
        assert count.sum() == len(these)
        assert abs(len(these) - 1000) < 5 * 1000**0.5
        expected = len(these) / len(possible)
        assert ((count - expected) ** 2 / expected).sum() < len(possible) + 5 * (2 * len(possible)) ** 0.5


@pytest.mark.parametrize("seed", range(6))
def test_a_solution_does_them_in_order_and_is_paid_at_the_end(seed):
    rules = Subgoals()
    env = WorldEnv(rules)
    _, info = env.reset(seed=seed)
    order, way = order_of(info["mission"]), shortest_solution(rules, rules.first(seed))
    assert len(way) <= 200  # what the card's optimal return rests on
    told = [info["subgoal"]]
    for t, action in enumerate(way, start=1):
        _, reward, ended, _, info = env.step(action)
        assert reward == (t == len(way)) == ended
        assert info["subgoal_text"] == TEXTS[info["subgoal"]]
        assert info["subgoals_done"] + info["subgoals_left"] == len(order)
        assert info["progress"] == info["subgoals_done"] / len(order)
        told.append(info["subgoal"])
    assert [k for k, _ in itertools.groupby(told)] == [*order, 0]
    assert info["success"]


def replay(kinds, carried, box, order):
    """How many sub-goals a record of cells and hands does: kind under the agent, hand, door, opened box, per step."""
    done = 0
    for (_, hand0, door0), (floor, hand, door), opened in zip(kinds, kinds[1:], box, strict=False):
        due = order[done] if done < len(order) else 0
        hit = {
            TAKE_KEY: hand and not hand0, OPEN_DOOR: door and not door0, OPEN_BOX: opened, STAND: floor
        }.get(due, False)  # fmt: skip
        done += hit
        if done == len(order):
            return done, "won"
        if opened and not hit and OPEN_BOX in order:
            return done, "spoilt"
    return done, "running"


def test_play_at_random_is_judged_as_a_plain_record_judges_it():
    rules = Subgoals(room=3, least=1, longest=3, steps=400)
    rng, outcomes = np.random.default_rng(0), []
    for seed in range(60):
        env = WorldEnv(rules)
        _, info = env.reset(seed=seed)
        order = order_of(info["mission"])

        def look(env=env):
            state = env.get_state()["state"]
            grid, field = rules.grids(state)[0] & 15, state["field"][0]
            here = grid[field[codes.X], field[codes.Y]] == codes.FLOOR
            return (here, field[codes.CARRIED] & 15 == codes.KEY, (grid == codes.OPEN).any()), (
                (grid == codes.BOX).sum() + (field[codes.CARRIED] & 15 == codes.BOX)
            )

        record, boxes = [look()[0]], [look()[1]]
        for _ in range(250):
            _, reward, ended, _, info = env.step(int(rng.choice(7, p=[0.15, 0.15, 0.35, 0.12, 0.08, 0.13, 0.02])))
            seen, left = look()
            record.append(seen)
            boxes.append(left)
            if ended:
                break
        opened = [b < a for a, b in itertools.pairwise(boxes)]
        done, outcome = replay(record, None, opened, order)
        assert done == info["subgoals_done"]
        assert outcome == ("won" if reward else "spoilt" if info["spoilt"] else "running")
        assert ended == (outcome != "running")
        outcomes.append(outcome)
    assert set(outcomes) == {"won", "spoilt", "running"}


def test_what_is_done_before_its_turn_does_not_count_and_has_to_be_done_again():
    rules = Subgoals()
    seed = next(s for s in range(500) if order_of(rules.inform(rules.first(s))["mission"][0]) == [STAND, TAKE_KEY])
    state = rules.first(seed)
    state["field"][:, codes.P0] = TAKE_KEY  # the same rooms, with the key alone to take
    env = WorldEnv(rules)
    env.reset(seed=seed)
    for action in shortest_solution(rules, state):
        _, reward, ended, _, info = env.step(action)
        assert (reward, ended, info["subgoal"], info["subgoals_done"]) == (0.0, False, STAND, 0)
    assert info["carrying_key"]
    way = shortest_solution(rules, env.get_state()["state"])
    assert way.count(codes.DROP) == 1
    for action in way:
        _, reward, _, _, info = env.step(action)
    assert reward == 1
    assert info["subgoal"] == 0


def test_the_kernel_alone_would_pay_nothing():
    envs = WorldVectorEnv(Subgoals(room=3, least=1, longest=1), 64)
    envs.reset(seed=0)
    rng, paid = np.random.default_rng(0), 0.0
    for _ in range(300):
        _, reward, ended, _, info = envs.step(rng.integers(0, 7, 64))
        assert set(reward.tolist()) <= {0.0, 1.0}
        if ended.any():
            last = info["final_info"]
            assert ((reward == 1) == (last["success"] & (last["subgoals_left"] == 0)))[ended].all()
            assert (last["spoilt"] | last["success"])[ended].all()
        paid += reward.sum()
    assert paid > 10


def test_rows_are_singles_and_laws_hold():
    assert rows_are_singles(Subgoals(room=3, least=1, longest=2), steps=80) >= 6
    assert check_env(functools.partial(WorldEnv, Subgoals), steps=40, processes=False)


def test_mistakes_are_named():
    for options in ({"room": 2}, {"least": 3, "longest": 2}, {"least": 0}, {"longest": 5}, {"steps": 0}):
        with pytest.raises(BadOption, match=next(iter(options))):
            Subgoals(**options)
