"""Puzzles: every solution passes, an independent judge agrees on mutated answers, and search grows with the level."""

from fractions import Fraction
from itertools import pairwise, permutations, product

import numpy as np
import pytest

from rewardlab.envs.text.puzzles.all import PUZZLES
from rewardlab.envs.text.puzzles.binairo import allowed
from rewardlab.envs.text.puzzles.kernel import digits, final, search
from rewardlab.envs.text.puzzles.lights import cross
from rewardlab.envs.text.puzzles.queens import boards
from rewardlab.envs.text.puzzles.sudoku import grids
from rewardlab.envs.text.words import THREE

STEPS = {"u": (-1, 0), "d": (1, 0), "l": (0, -1), "r": (0, 1)}


# -- independent judges, from the rules alone --------------------------------------------------------------------------


def sudoku(x, said):
    cells = said.replace("/", "")
    if len(cells) != 16 or any(c not in (".", s) for c, s in zip(x, cells, strict=True)):
        return False
    rows = np.array(list(cells)).reshape(4, 4)
    parts = [*rows, *rows.T, *(rows[i : i + 2, j : j + 2].ravel() for i in (0, 2) for j in (0, 2))]
    return all(sorted(part) == list("1234") for part in parts)


def binairo(x, said):
    n, cells = int(len(x) ** 0.5), said.replace("/", "")
    if len(cells) != n * n or any(c not in (".", s) for c, s in zip(x, cells, strict=True)):
        return False
    lines = [cells[k : k + n] for k in range(0, n * n, n)]
    square = [*lines, *("".join(column) for column in zip(*lines, strict=True))]
    return set(cells) <= {"0", "1"} and all(
        line.count("1") == n // 2 and all(len(set(line[k : k + 3])) > 1 for k in range(n - 2)) for line in square
    )


def lights(x, said):
    rows, columns, lit = x
    board = np.array([[lit >> i * columns + j & 1 for j in range(columns)] for i in range(rows)])
    for lamp in said.split(" "):
        if len(lamp) != 2 or lamp[0] not in "abcde"[:rows] or lamp[1] not in "12345"[:columns]:
            return False
        i, j = "abcde".index(lamp[0]), int(lamp[1]) - 1
        for a, b in product(range(rows), range(columns)):
            board[a, b] ^= abs(a - i) + abs(b - j) <= 1
    return not board.any()


def maze(x, said):
    at = [(0, 0)]
    for move in said:
        if move not in STEPS:
            return False
        at.append((at[-1][0] + STEPS[move][0], at[-1][1] + STEPS[move][1]))
    floor = {(i, j) for i, row in enumerate(x) for j, c in enumerate(row) if c == "."}
    return set(at) <= floor and at[-1] == (len(x) - 1, len(x) - 1)


def twentyfour(x, said):
    import re

    tokens = re.findall(r"\d+|[-+*/()]", said)
    if "".join(tokens) != said or sorted(int(t) for t in tokens if t.isdigit()) != list(x[0]):
        return False
    if any(t in "+-*/" and (t not in x[1] or k == 0 or tokens[k - 1] in "(+-*/") for k, t in enumerate(tokens)):
        return False  # signs of numbers are not allowed
    try:
        text = "".join(f"Fraction({int(t)})" if t.isdigit() else t for t in tokens)
        return eval(text, {"Fraction": Fraction}) == 24
    except (SyntaxError, ZeroDivisionError, TypeError):
        return False


def colours(x, said):
    n, edges = x
    return len(said) == n and set(said) <= set("123") and not any(said[i] == said[j] for i, j in edges)


def order(x, said):
    n, arrows = x
    names = "abcdefghijkl"[:n]
    return sorted(said) == list(names) and not any(said.find(names[j]) < said.find(names[i]) for i, j in arrows)


def path(x, said):
    n, edges = x
    names = "abcdefghijkl"[:n]
    joined = {names[i] + names[j] for i, j in edges} | {names[j] + names[i] for i, j in edges}
    return sorted(said) == list(names) and all(a + b in joined for a, b in pairwise(said))


def queens(x, said):
    n = len(x)
    if len(said) != n or not set(said) <= set("123456789"[:n]):
        return False
    board = np.array([list(row) for row in x])
    at = [(i, int(c) - 1) for i, c in enumerate(said)]
    given = {(int(i), int(j)) for i, j in np.argwhere(board == "q")}
    free = all(board[i, j] != "x" for i, j in at) and given <= set(at)
    lines = [j for _, j in at], [i - j for i, j in at], [i + j for i, j in at]
    return free and all(len(set(line)) == n for line in lines)


def sokoban(x, said):
    cells = {(i, j): c for i, row in enumerate(x) for j, c in enumerate(row)}
    man = next(at for at, c in cells.items() if c in "@+")
    boxes = {at for at, c in cells.items() if c in "$*"}
    for move in said:
        if move not in STEPS:
            return False
        to, beyond = [(man[0] + k * STEPS[move][0], man[1] + k * STEPS[move][1]) for k in (1, 2)]
        if cells.get(to, "#") == "#":
            return False
        if to in boxes:
            if cells.get(beyond, "#") == "#" or beyond in boxes:
                return False
            boxes.remove(to)
            boxes.add(beyond)
        man = to
    return boxes == {at for at, c in cells.items() if c in "o*+"}


def subset(x, said):
    parts = said.split(" ")
    if not all(p.isdigit() for p in parts):
        return False
    rest = list(x[0])
    for p in map(int, parts):
        if p not in rest:
            return False
        rest.remove(p)
    return sum(map(int, parts)) == x[1]


def ladder(x, said):
    words = said.split(" ")
    steps = [sum(a != b for a, b in zip(v, w, strict=False)) for v, w in pairwise(words)]
    return len(words) > 1 and (words[0], words[-1]) == x and set(words) <= set(THREE) and set(steps) == {1}


JUDGES = {f.__name__: f for f in (binairo, colours, ladder, lights, maze, order, path, queens, sokoban, subset, sudoku,
                                  twentyfour)}  # fmt: skip


def mutated(answer, rng):
    """An answer with one sign changed, left out, doubled or exchanged with another, or a word of it."""
    parts = answer.split(" ") if " " in answer and rng.random() < 0.5 else list(answer)
    joint = " " if " " in answer and len(parts) == len(answer.split(" ")) else ""
    k, j = (int(i) for i in rng.integers(len(parts), size=2))
    kind = rng.integers(4)
    if kind == 0:
        parts[k] = parts[j]
    elif kind == 1:
        del parts[k]
    elif kind == 2:
        parts.insert(k, parts[j])
    else:
        parts[k], parts[j] = parts[j], parts[k]
    return joint.join(parts)


@pytest.mark.parametrize("name", PUZZLES)
def test_solutions_pass_and_the_verdict_on_mutated_answers_is_that_of_the_rules(name):
    puzzle, judge, passed, failed = PUZZLES[name], JUDGES[name], 0, 0
    for level in range(1, 6):
        for seed in range(8):
            rng = np.random.default_rng([level, seed])
            x = puzzle.make(level, rng)
            answer = puzzle.solve(x).answer
            assert puzzle.verify(x, answer) and judge(x, answer) and final(answer) == answer
            for _ in range(30):
                other = mutated(answer, rng)
                if final(other) == other and "  " not in other:
                    verdict = puzzle.verify(x, other)
                    assert verdict == judge(x, other), (x, other)
                    passed, failed = passed + verdict, failed + (not verdict)
    assert failed > 400 and (passed or name in ("lights", "order"))


@pytest.mark.slow
@pytest.mark.parametrize("name", PUZZLES)
def test_ten_thousand_solutions_of_every_kind_pass(name):
    puzzle = PUZZLES[name]
    for level, seed in product(range(1, 6), range(2000)):
        x = puzzle.make(level, np.random.default_rng([level, seed]))
        answer = puzzle.solve(x).answer
        assert puzzle.verify(x, answer) and JUDGES[name](x, answer), (level, seed)


@pytest.mark.parametrize("name", PUZZLES)
def test_the_search_grows_with_the_level_and_its_log_counts_its_steps(name):
    puzzle, means = PUZZLES[name], []
    for level in range(1, 6):
        found = [puzzle.solve(puzzle.make(level, np.random.default_rng([level, 99, s]))) for s in range(40)]
        means.append(np.mean([solved.nodes for solved in found]))
        if name != "sokoban":
            assert all(solved.nodes == sum(step != "back" for step in solved.log) for solved in found)
    assert all(a < b for a, b in pairwise(means)), means


@pytest.mark.parametrize("name", PUZZLES)
def test_the_same_seed_makes_the_same_instance_and_others_differ(name):
    puzzle = PUZZLES[name]
    for level in range(1, 6):
        made = [puzzle.make(level, np.random.default_rng(s)) for s in (0, 0, *range(1, 30))]
        assert made[0] == made[1] and len(set(made)) > 8
        hash(made[0])


# -- counts that are known ---------------------------------------------------------------------------------------------


def test_there_are_288_full_sudokus_and_each_instance_has_one_solution():
    assert len(grids()) == len(set(grids())) == 288
    for level, seed in product(range(1, 6), range(5)):
        x = PUZZLES["sudoku"].make(level, np.random.default_rng(seed))
        assert sum(all(c in (".", d) for c, d in zip(x, grid, strict=True)) for grid in grids()) == 1


def test_filling_cell_by_cell_finds_the_binairos_that_trying_all_squares_finds():
    found = [""]
    for k in range(16):
        found = [cells + d for cells in found for d in "01" if allowed(cells + d, k, 4)]
    rows = ["".join(row) for row in product("01", repeat=4) if row.count("1") == 2]
    assert set(found) == {"".join(s) for s in product(rows, repeat=4) if binairo("." * 16, "".join(s))}
    lines = [({f[k : k + 4] for k in range(0, 16, 4)}, {f[k::4] for k in range(4)}) for f in found]
    # as published for the form that also forbids equal rows and equal columns
    assert sum(len(across) == len(down) == 4 for across, down in lines) == 72


def test_the_boards_of_queens_are_as_many_as_published():
    assert [len(boards(n)) for n in range(1, 9)] == [1, 0, 0, 2, 10, 4, 40, 92]


def test_pressing_all_sets_of_lamps_lights_every_pattern_once_where_one_set_is_right():
    for rows, columns in ((3, 3), (4, 3), (3, 4)):
        size = rows * columns
        presses = [cross(k, rows, columns) for k in range(size)]
        lit = {0}
        for p in presses:
            lit |= {x ^ p for x in lit}
        assert len(lit) == 2**size


def test_shortest_solutions_of_sokoban_are_as_short_as_trying_all():
    puzzle = PUZZLES["sokoban"]
    for seed in range(6):
        x = puzzle.make(1, np.random.default_rng(seed))
        shortest = puzzle.solve(x).answer
        assert len(shortest) <= 7
        for length in range(len(shortest)):
            assert not any(puzzle.verify(x, "".join(moves)) for moves in product("udlr", repeat=length))


def test_a_path_is_found_exactly_where_trying_all_orders_finds_one():
    puzzle = PUZZLES["path"]
    rng = np.random.default_rng(0)
    pairs = [(i, j) for i in range(5) for j in range(i)]
    for _ in range(30):
        edges = tuple((j, i) for i, j in pairs if rng.random() < 0.4)
        found, _, _ = search(
            (),
            lambda done, e=edges: [
                (str(k), (*done, k)) for k in range(5)
                if k not in done and (not done or (min(done[-1], k), max(done[-1], k)) in e)
            ],
            lambda done: len(done) == 5,
        )  # fmt: skip
        truth = any(puzzle.verify((5, edges), "".join(p)) for p in permutations("abcde"))
        assert (found is not None) == truth


def test_answers_are_read_from_the_last_line():
    assert final("so\nANSWER: 1234.\n") == "1234" and final("# ab ") == "ab" and final("") == final("\n \n") == ""
    assert final("answer\uff11") == "" and digits("12 3/4", 4, "1234") == "1234" and digits("12", 4, "1234") is None
