"""The key room: its events and flags along solutions, its exact process, captions in single and vector alike."""

import functools
import itertools

import numpy as np
import pytest
from grid_alike import rows_are_singles

from rewardlab.core.errors import BadOption
from rewardlab.core.testing import check_env
from rewardlab.envs.gridworlds.kernel import codes
from rewardlab.envs.gridworlds.key_room import LEGEND, KeyRoom
from rewardlab.envs.gridworlds.pictures import captions
from rewardlab.envs.gridworlds.search.planner import optimal_steps
from rewardlab.envs.gridworlds.search.shortest import shortest_solution
from rewardlab.envs.world import WorldEnv

SIZES = [(9, 9), (12, 12), (9, 3), (6, 3)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_levels_are_drawn_from_their_seed_and_solved_in_time(width, height):
    rules = KeyRoom(room_width=width, room_height=height)
    state = rules.first(*range(40))
    assert (rules.first(7)["lines"][0] == state["lines"][7]).all()
    assert len(np.unique(state["lines"], axis=0)) > {(6, 3): 1, (9, 3): 8}.get((width, height), 25)
    assert state["wide"][:, codes.LEVEL_SEED].tolist() == list(range(40))
    for i, grid in enumerate(codes.unpack(rules.grids(state))):
        counts = {kind: int((grid[..., 0] == kind).sum()) for kind in (codes.KEY, codes.OPEN, codes.GOAL)}
        assert set(counts.values()) == {1}
        field = state["field"][i]
        steps = optimal_steps(grid, (field[codes.X], field[codes.Y]), field[codes.HEADING])
        assert steps is not None
        assert steps <= 3 * (width + height) + 20  # what the card's optimal return rests on
    assert rules.card().optimal_return == 1.0


def test_a_solution_reaches_the_sub_goals_in_order_and_pays_once():
    rules = KeyRoom()
    env = WorldEnv(rules)
    for seed in range(4):
        _, info = env.reset(seed=seed)
        assert info["event"] == captions.BEGAN
        assert info["caption"] in captions.PHRASES[captions.BEGAN]
        way = shortest_solution(rules, rules.first(seed))
        flags = [info["subgoal"]]
        for t, action in enumerate(way, start=1):
            _, reward, ended, _, info = env.step(action)
            assert reward == (t == len(way)) == ended
            flags.append(info["subgoal"])
            three = [info[k] for k in ("subgoal_key", "subgoal_door", "subgoal_chest")]
            assert sum(three) == info["subgoal"]
            assert three == sorted(three, reverse=True)
            if info["event"] not in captions.QUIET:
                assert info["caption"] in captions.PHRASES[info["event"]]
        jumps = [(b, e) for (a, b), e in zip(itertools.pairwise(flags), range(len(way)), strict=True) if b != a]
        assert [b for b, _ in jumps] == [1, 2, 3]
        assert [way[e] for _, e in jumps] == [codes.PICKUP, codes.TOGGLE, codes.FORWARD]
        assert info["event"] == captions.REACHED


def test_every_event_is_named_by_what_was_done():
    # a line: the agent at 2 looks right at the key at 3, the door at 4, the chest at 6
    env = WorldEnv(KeyRoom(room_height=3, distractors=0.0))
    env.reset(seed=1)
    env.unwrapped.step(codes.FORWARD)
    script = [
        (codes.FORWARD, captions.BLOCKED), (codes.DROP, captions.IDLE), (codes.LEFT, captions.TURNED),
        (codes.RIGHT, captions.TURNED), (codes.PICKUP, captions.TOOK), (codes.DROP, captions.DROPPED),
        (codes.PICKUP, captions.TOOK), (codes.FORWARD, captions.MOVED), (codes.TOGGLE, captions.UNLOCKED),
        (codes.TOGGLE, captions.CLOSED), (codes.TOGGLE, captions.OPENED), (codes.DONE, captions.IDLE),
        (codes.FORWARD, captions.MOVED), (codes.FORWARD, captions.MOVED), (codes.FORWARD, captions.REACHED),
    ]  # fmt: skip
    for action, event in script:
        info = env.step(action)[-1]
        assert info["event"] == event, (action, captions.EVENTS[info["event"]])
        assert info["caption"] in captions.PHRASES[event]


def test_a_locked_door_rattles():
    env = WorldEnv(KeyRoom(room_height=3))
    for seed in range(60):  # find a line with the agent before the door
        _, info = env.reset(seed=seed)
        if (
            info["agent_pos"][0] + 1 == info["door_pos"][0]
            and env.unwrapped.get_state()["state"]["field"][0, codes.HEADING] == 0
        ):
            break
    assert env.step(codes.TOGGLE)[-1]["event"] == captions.RATTLED


def test_the_process_with_flags_is_exact():
    rules = KeyRoom(room_width=6, room_height=5)
    found = rules.enumeration(3, gamma=0.9)
    steps = len(shortest_solution(rules, rules.first(3)))
    assert rules.to_mdp(3, 0.9).solve().value == pytest.approx(0.9 ** (steps - 1), abs=1e-12)
    field = found.states["field"]
    rank = field[:, codes.TOOK] + field[:, codes.OPENED]  # flags only rise along every transition
    P, A = found.mdp.P, found.mdp.num_actions
    row, to = np.repeat(np.arange(P.shape[0]), np.diff(P.indptr)) // A, P.indices
    inner = (row < len(rank)) & (to < len(rank))
    assert (rank[to[inner]] >= rank[row[inner]]).all()
    assert set(rank.tolist()) == {0, 1, 2}


def test_what_is_asked_for_is_shown():
    few = KeyRoom(columns=("caption", "agent_pos"))
    assert set(few.inform(few.first(0, 1))) == {"caption", "agent_pos"}
    held = KeyRoom(held_out=True).inform(few.first(0))["caption"][0]
    assert held in captions.HELD_OUT[captions.BEGAN]
    with pytest.raises(BadOption, match="column 'captoin'"):
        KeyRoom(columns=("captoin",))
    assert few.text(few.first(0), 0).endswith(LEGEND)


def test_rows_are_singles_and_laws_hold():
    assert rows_are_singles(KeyRoom(room_width=6, room_height=5)) >= 6
    assert check_env(functools.partial(WorldEnv, KeyRoom), steps=40, processes=False)


def test_mistakes_are_named():
    for options in ({"room_width": 5}, {"room_height": 4}, {"distractors": 1.5}, {"levels": -1}, {"split": "dev"}):
        with pytest.raises(BadOption):
            KeyRoom(**options)
