import itertools

import numpy as np
import pytest
from steps import steps

from rewardlab.core.errors import BadOption
from rewardlab.rewards import RewardMachine
from rewardlab.rewards.specification.machine import components, read_words, unknowable


def machine(*edges, terminal=()):
    return RewardMachine(edges=edges, initial=edges[0][0], terminal=terminal)


def test_words_are_bits_of_flags():
    a, b = np.array(list(itertools.product([False, True], repeat=2))).T
    assert read_words(("a", "b"), None, steps(4, a=a, b=b), "t").tolist() == [0, 2, 1, 3]
    assert read_words((), None, steps(3), "t").tolist() == [0, 0, 0]
    assert read_words(("a",), None, steps((2, 2), a=a.reshape(2, 2)), "t").shape == (2, 2)


def test_nan_is_seen_in_whatever_floats_there_are():
    obs = {"x": np.array([[1.0, np.nan], [0, 0], [0, 0]]), "n": np.arange(3)}
    assert unknowable(steps(3, obs=obs, reward=[0, np.nan, 0])).tolist() == [True, True, False]


def test_components_are_those_of_the_graph():
    after = np.array([[1, 1], [2, 0], [2, 3], [3, 3]])
    part = components(after)
    assert part[0] == part[1] and len({part[0], part[2], part[3]}) == 3


def test_the_potential_of_a_chain_is_a_power_of_gamma():
    m = machine(("a", "x", "b", 0.0), ("b", "y", "c", 0.0), ("c", "z", "d", 1.0), terminal=("d",))
    np.testing.assert_allclose(m.potential(0.9), [0.81, 0.9, 1.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(m.potential(1.0), [1, 1, 1, 0])
    np.testing.assert_allclose(m.potential(0.0), [0, 0, 1, 0])


def test_the_potential_of_a_cycle_is_a_geometric_sum():
    m = machine(("a", "x", "b", 1.0), ("b", "y", "a", 0.5))
    np.testing.assert_allclose(m.potential(0.8), [(1 + 0.4) / 0.36, (0.5 + 0.8) / 0.36])


def test_the_potential_solves_its_equation_for_random_machines():
    rng = np.random.default_rng(0)
    for _ in range(20):
        n = 6
        words = ["a & b", "a & !b", "!a & b", "!a & !b"]
        edges = []
        for u in range(n):  # the first word leads on, so that all states can be reached
            targets = [(u + 1) % n, *rng.integers(n, size=3)]
            edges += [(f"s{u}", w, f"s{v}", rng.normal()) for w, v in zip(words, targets, strict=True)]
        m = RewardMachine(edges=edges, initial="s0")
        phi = m.potential(0.97)
        np.testing.assert_allclose((m.compiled.pay + 0.97 * phi[m.compiled.after]).max(1), phi, atol=1e-9)


def test_without_discount_a_cycle_is_refused_by_state_and_guard():
    cyclic = machine(("a", "x & !y", "b", 1.0), ("b", "y", "a", 0.0), ("b", "!y & x", "c", 1.0), terminal=("c",))
    with pytest.raises(BadOption, match="from 'a' on 'x & !y' to 'b'"):
        cyclic.potential(1.0)
    with pytest.raises(BadOption, match=r"from 'a' on 'x' to 'a' \(pays 1\)"):
        machine(("a", "x", "a", 1.0)).potential(1.0)
    assert machine(("a", "x", "a", 0.0), ("a", "!x", "b", 2.0)).potential(1.0).tolist() == [2, 0]
    for gamma in (-0.1, 1.5, float("nan"), True):
        with pytest.raises(BadOption, match="gamma"):
            cyclic.potential(gamma)
