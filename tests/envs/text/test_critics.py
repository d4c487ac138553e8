"""Critics: every single slip is found, refinements follow their law, and the closed form is that of playing it out."""

from itertools import product

import numpy as np
import pytest

from rewardlab.envs.text.chains import Chain, drawn
from rewardlab.envs.text.critics import Critic, Critique, first_wrong, read, refined, slipped, truth

CHAIN = Chain(3, (("+", 4), ("*", 3), ("-", 5), ("+", 9)), 10)


def slips_of(chain, slips):
    """The lines of a solution that are wrong by their own arithmetic, found by Python."""
    lines = chain.lines(dict(slips))
    return {k for k, line in enumerate(lines) if (eval(line.split("=")[0]) - int(line.split("=")[1])) % chain.modulus}


def test_the_true_critique_names_every_wrong_line_and_mends_the_first():
    for at, offset in product(range(4), range(1, 10)):
        slips = ((at, offset),)
        due = truth(CHAIN, slips)
        assert slips_of(CHAIN, slips) == set(due.lines) == {at}
        assert due.fixes == ((at, CHAIN.lines()[at]),)
        assert read(due.text(), 4) == due
    assert truth(CHAIN, ()) == Critique(True) == read("verdict: right", 4)
    assert truth(CHAIN, ((1, 2), (3, 1))).lines == (1, 3)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("wrong\nline: 2", Critique(False, (1,))),
        ("line: 2\nline: 4\nfix: 6 + 9 = 05\nverdict: wrong.", Critique(False, (1, 3), ((3, "6+9=5"),))),
        ("verdict: wrong\nfix: 1+1=2\nline: 2", Critique(False, (1,))),  # a fix belongs to the line before it
        ("7*3=1 is odd\n7*3=1\nVERDICT RIGHT", Critique(True)),  # lines that are no critique are analysis
        ("right\nline: 1", Critique(True, (0,))),
        ("line: 1", None),
        ("right\nwrong", None),
        ("wrong\nline: 5", None),
        ("wrong\nline: 0", None),
        ("", None),
        ("not right", None),
    ],
)
def test_critiques_are_read(said, found):
    assert read(said, 4) == found


def test_a_mended_line_is_taken_over_and_later_slips_stay():
    rng = np.random.default_rng(0)
    for slips in [((0, 3),), ((1, 2), (3, 1)), ((0, 1), (1, 1), (2, 1))]:
        due = truth(CHAIN, slips)
        after = refined(rng, CHAIN, slips, due, slip=0.5, faults=1, follow=1.0)
        assert after == slips[1:]  # the first fault is gone, the others are where they were
        assert refined(rng, CHAIN, slips, due, slip=0.5, faults=1, follow=0.0) == slips
        assert refined(rng, CHAIN, slips, Critique(True), slip=0.5, faults=1, follow=1.0) == slips
    bad = Critique(False, (1,), ((1, "7*3=8"),))  # a right solution is spoiled by a wrong mend
    assert refined(rng, CHAIN, (), bad, slip=0.5, faults=1, follow=1.0) == ((1, 7),)


def test_who_is_told_a_line_begins_anew_there():
    rng = np.random.default_rng(1)
    slips = ((0, 3), (2, 1))
    for told, kept in ((Critique(False, (2,)), ((0, 3),)), (Critique(False), ())):
        assert refined(rng, CHAIN, slips, told, slip=0.0, faults=1, follow=1.0) == kept
    begun = [refined(rng, CHAIN, slips, Critique(False, (2,)), slip=1.0, faults=1, follow=1.0) for _ in range(200)]
    assert all(s[0] == (0, 3) and len(s) == 2 and s[1][0] in (2, 3) for s in begun)
    assert {s[1] for s in begun} == set(product((2, 3), range(1, 10)))


@pytest.mark.parametrize(("slip", "faults"), [(0.5, 1), (0.75, 3), (1.0, 2)])
def test_slips_follow_their_law(slip, faults):
    rng, n = np.random.default_rng(2), 4000
    found = [slipped(rng, CHAIN, slip=slip, faults=faults) for _ in range(n)]
    for count in range(faults + 1):
        share = 1 - slip if count == 0 else slip / faults
        seen = sum(len(s) == count for s in found) / n
        assert abs(seen - share) <= 4 * np.sqrt(share * (1 - share) / n)
    for k in range(4):
        share = slip * (faults + 1) / 2 / 4
        assert abs(sum(any(at == k for at, _ in s) for s in found) / n - share) < 4 * np.sqrt(share * (1 - share) / n)
    assert all(slips_of(CHAIN, s) == {k for k, _ in s} for s in found[:200])


@pytest.mark.parametrize(
    ("critic", "slip", "follow"),
    [
        (Critic(), 0.5, 0.9),
        (Critic(detect=1.0, alarm=0.0, locate=1.0, mend=1.0), 0.5, 0.7),
        (Critic(detect=0.0, alarm=0.0), 0.3, 1.0),
        (Critic(detect=0.0, alarm=1.0), 0.4, 1.0),
        (Critic(detect=1.0, alarm=0.3, locate=0.2, mend=0.5), 0.6, 0.8),
    ],
)
def test_the_closed_form_is_the_success_of_the_loop(critic, slip, follow):
    rng, n, right = np.random.default_rng(3), 1500, 0
    for _ in range(n):
        chain = drawn(rng, length=5, modulus=10, operations="+-*")
        slips = slipped(rng, chain, slip=slip, faults=1)
        said = critic.says(rng, chain, slips)
        assert read(said.text(), 5) == said
        right += not refined(rng, chain, slips, said, slip=slip, faults=1, follow=follow)
    p = critic.success(slip=slip, follow=follow)
    assert abs(right / n - p) <= 4 * np.sqrt(p * (1 - p) / n)


def test_known_cases_of_the_closed_form():
    perfect = Critic(detect=1.0, alarm=0.0, locate=1.0, mend=1.0)
    assert perfect.success(slip=0.4, follow=1.0) == 1 and perfect.success(slip=0.4, follow=0.5) == pytest.approx(0.8)
    assert Critic(detect=0.7, alarm=0.0, locate=1.0, mend=0.8).success(slip=0.5, follow=1.0) == pytest.approx(
        1 - 0.5 * (1 - 0.7 * 0.8)
    )  # 1 - P(error)(1 - P(found and fixed))
    assert Critic(detect=0.0, alarm=0.0).success(slip=0.4, follow=1.0) == 0.6


def test_a_blind_critic_never_sees_slips_of_its_signs():
    rng, critic = np.random.default_rng(4), Critic(detect=1.0, alarm=0.0, locate=1.0, mend=1.0, blind="*")
    assert all(critic.says(rng, CHAIN, ((1, 2),)) == Critique(True) for _ in range(20))
    found = critic.says(rng, CHAIN, ((1, 2), (2, 1)))
    left = CHAIN.lines({1: 2})[2].split("=")[0]
    assert found.lines == (2,) and found.fixes[0][1] == f"{left}={eval(left) % 10}"  # right from what came before it


def test_the_first_wrong_line_of_a_solution_is_found():
    lines = CHAIN.lines()
    assert first_wrong((*lines, "answer: 5"), CHAIN) == (-1, 5)
    assert first_wrong(("answer: 5",), CHAIN) == (-1, 5) and first_wrong((), CHAIN) == (-1, None)
    assert first_wrong((lines[0], "7*3=2", "#7"), CHAIN) == (1, 7)
    assert first_wrong((*lines, lines[0], "#5"), CHAIN) == (4, 5) and first_wrong(("hm", lines[0]), CHAIN) == (0, None)
    assert first_wrong((" 3 + 04 = 7",), CHAIN) == (-1, None)
