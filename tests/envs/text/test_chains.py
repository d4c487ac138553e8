"""Chains: lines are true but where a slip is planted, and what follows a slip follows from it."""

import itertools

import numpy as np
import pytest

from rewardlab.envs.text.chains import Chain, applied, drawn, split


@pytest.mark.parametrize("modulus", [2, 7, 97])
def test_results_are_those_of_python(modulus):
    rng = np.random.default_rng(modulus)
    for _ in range(30):
        chain = drawn(rng, length=5, modulus=modulus, operations="+-*")
        value = chain.first
        for (sign, number), found in zip(chain.steps, chain.results(), strict=True):
            value = eval(f"({value}){sign}{number}") % modulus
            assert found == value < modulus
        assert chain.asked() == f"{chain.first}" + "".join(f"{s}{b}" for s, b in chain.steps)
        assert [line.split("=")[1] for line in chain.lines()] == [str(x) for x in chain.results()]


def test_all_sets_of_slips_are_where_they_were_planted():
    chain = Chain(3, (("+", 4), ("*", 3), ("-", 5)), 10)
    for slips in itertools.product(range(10), repeat=3):
        lines = chain.lines(dict(enumerate(slips)))
        value = 3
        for line, slip, (sign, number) in zip(lines, slips, chain.steps, strict=True):
            said, found = line.split("=")
            assert said == f"{value}{sign}{number}"
            assert (int(found) - eval(said)) % 10 == slip
            value = int(found)


def test_no_modulus_means_none():
    assert applied(9, "*", 12, 0) == 108 and applied(3, "-", 5, 0) == -2 and applied(3, "-", 5, 4) == 2


def test_lines_end_at_breaks_and_semicolons():
    assert split("a;b\n\n ;c") == ("a", "b", "c") and split(" \n;") == ()
