"""Games with numbers: all solutions and the value of every state, against brute force."""

from itertools import permutations, product

import numpy as np
import pytest

from rewardlab.envs.text.number_game import Goal, NumberGame


@pytest.mark.parametrize("use", ["all", "some", "free"])
def test_solutions_are_all_and_each_passes(use):
    game = NumberGame(3, "+*", False, use)
    task = Goal((1, 2, 3), 6)
    found = game.solutions(task)
    assert all(game.value(text, task) == (6, 1) for text in found) and len(set(found)) == len(found)
    # every way to write one to three of the numbers with + and *, judged by Python
    repeat = use == "free"
    truth = set()
    for size in (3,) if use == "all" else (2, 3):
        for numbers in product(task.numbers, repeat=size) if repeat else permutations(task.numbers, size):
            for signs in product("+*", repeat=size - 1):
                flat = [str(numbers[0])] + [f"{s}{x}" for s, x in zip(signs, numbers[1:], strict=True)]
                texts = ["".join(flat)]
                if size == 3:
                    texts = [f"({flat[0]}{flat[1]}){flat[2]}", f"{flat[0]}{flat[1][0]}({flat[1][1:]}{flat[2]})"]
                truth |= {text for text in texts if eval(text) == 6}
    assert set(found) <= truth
    assert {canonical(text) for text in truth} == {canonical(text) for text in found}
    assert len({canonical(text) for text in found}) == len(found)


def canonical(text):
    """The tree of an expression over + and *, with the sides of each operation in order."""
    import ast

    def tree(node):
        if isinstance(node, ast.Constant):
            return str(node.value)
        sides = sorted((tree(node.left), tree(node.right)))
        return f"({sides[0]}{'+' if isinstance(node.op, ast.Add) else '*'}{sides[1]})"

    return tree(ast.parse(text, mode="eval").body)


def brute_fewest(left, target, some):
    """The fewest operations by trying all, None if there are none."""
    best = None
    for i, j in permutations(range(len(left)), 2):
        rest = [x for k, x in enumerate(left) if k not in (i, j)]
        for result in (left[i] + left[j], left[i] - left[j], left[i] * left[j]):
            if result == target and (some or not rest):
                return 1
            after = brute_fewest([*rest, result], target, some)
            if after is not None and (best is None or after + 1 < best):
                best = after + 1
    return best


@pytest.mark.parametrize("use", ["all", "some"])
def test_the_value_of_a_partial_state_is_that_of_brute_force(use):
    game = NumberGame(4, "+-*", False, use)
    seen, rng = set(), np.random.default_rng(0)
    for _ in range(6):
        numbers = tuple(int(x) for x in rng.integers(1, 10, size=4))
        target = int(rng.integers(1, 40))
        for left in [numbers, numbers[:3], (*numbers[:2], -4), (0, 0, target), (1, 1), (target,)]:
            found = game.fewest(tuple(sorted(left)), target)
            assert found == (brute_fewest(list(left), target, use == "some") or -1)
            line = game.next(left, Goal(numbers, target))
            assert bool(line) == (found > 0)
            if line:  # the next operation is the first of a shortest way
                after = game.replaced(line, left)
                rest = 0 if game.done(after, Goal(numbers, target)) else game.fewest(after[0], target)
                assert rest == found - 1
            seen.add(found)
    assert -1 in seen and len(seen) > 2


@pytest.mark.parametrize("line", ["3+4=7", " 4 + 3 = 7.", "3*4=12", "3-4=-1", "03+4=07"])
def test_an_operation_replaces_its_numbers(line):
    left, result = NumberGame(3, "+-*", False, "all").replaced(line, (3, 4, 4))
    assert left == tuple(sorted((4, result))) and result == eval(line.replace("03", "3").split("=")[0])


@pytest.mark.parametrize(
    "line", ["3+4=8", "3+3=6", "3+5=8", "4/4=1", "3+4", "3+4=7=7", "3+4+4=11", "", "\uff13+4=7", "3+4=7\n4+7=11"]
)
def test_what_is_wrong_or_not_allowed_replaces_nothing(line):
    game = NumberGame(3, "+-*", False, "all")
    assert game.replaced(line, (3, 4, 4)) is None
    assert game.replaced("4/4=1", (4, 4)) is None and NumberGame(2, "/", False, "all").replaced("4/4=1", (4, 4))


def test_divisions_in_lines_must_come_out_even():
    game = NumberGame(2, "+/", False, "all")
    assert game.replaced("8/2=4", (2, 8)) == ((4,), 4) and game.replaced("2/8=0", (2, 8)) is None
    assert game.replaced("8/0=8", (0, 8)) is None
