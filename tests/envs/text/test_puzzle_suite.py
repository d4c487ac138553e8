"""The suite: kinds, levels, pictures, and Sokoban one move at a time."""

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.puzzle_suite import Posed, PuzzleSuite
from rewardlab.envs.text.puzzles.all import PUZZLES


def test_all_kinds_and_levels_are_posed_and_each_alone_on_demand():
    rules = PuzzleSuite(level=0, split="all")
    seen = {(t.name, t.level) for t in (rules._task(rng_of(s)) for s in range(400))}
    assert {name for name, _ in seen} == set(PUZZLES) and {level for _, level in seen} == {1, 2, 3, 4, 5}
    for name in PUZZLES:
        rules = PuzzleSuite(puzzle=name, level=2)
        task = rules._task(rng_of(1))
        assert (task.name, task.level) == (name, 2) and rules.check(rules.solution(task).answer, task)
        assert {e.truth.name for e in rules.examples()} == {name}


@pytest.mark.parametrize("name", PUZZLES)
def test_what_is_said_of_a_puzzle_fits_and_pictures_tell_instances_apart(name):
    for level in range(1, 6):
        rules = PuzzleSuite(puzzle=name, level=level, split="all")
        tasks = {t.data: t for t in (rules._task(rng_of(s)) for s in range(25))}
        pictures = set()
        for task in tasks.values():
            assert len(rules.prompt(task)) <= rules.heard and len(rules.solution(task).answer) <= rules.said
            picture = rules.picture(task)
            assert picture.shape == (16, 16, 3) and picture.dtype == np.uint8
            pictures.add(picture.tobytes())
        shown = {(t.data[0] if name == "twentyfour" else t.data) for t in tasks.values()}
        assert len(pictures) == len(shown)


def test_sokoban_is_played_move_by_move_and_ends_at_the_solution():
    env = gym.make("rewardlab/PuzzleSuite-Sokoban-v0")
    for seed in range(15):
        env.reset(seed=seed)
        rules, state = env.unwrapped.rules, env.unwrapped.get_state()["state"]
        task = state["task"][0]
        shortest, moves, over = rules.solution(task).answer, "", False
        while not over:
            word = rules.expert(task, env.unwrapped.get_state()["state"]["memory"][0], None)
            moves += word[0]
            _, reward, over, _, info = env.step(word)
            assert reward == info["success"] == over
        assert len(moves) == len(shortest) and rules.check(moves, task)  # every move of the expert is on a shortest way


def test_moves_against_a_wall_and_nonsense_leave_the_board():
    rules = PuzzleSuite(puzzle="sokoban", by="move")
    board = ("@$o", "...", "...")
    task = Posed("sokoban", 1, board)
    wall, nothing = rules.hear(task, board, "up", None), rules.hear(task, board, "jump", None)
    assert wall.understood and wall.memory == board and "cannot" in wall.reply
    assert not nothing.understood and nothing.memory == board
    end = rules.hear(task, board, "Right.", None)
    assert end.success and end.memory == (".@*", "...", "...") and end.columns["boxes_home"] == 1
    assert rules.expert(task, ("$@o", "...", "..."), None) == "up"  # a box in a corner: nothing helps any more


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"puzzle": "chess"}, {"level": 6}, {"level": -1}, {"moves": 0}, {"by": "move"}, {"by": "word"}):
        with pytest.raises(BadOption, match=next(iter(wrong))):
            PuzzleSuite(**wrong)
    with pytest.raises(BadOption, match="sudoku"):
        PuzzleSuite(puzzle="sudoko")
