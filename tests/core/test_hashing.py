import numpy as np
import pytest
from steps import as_torch, steps

from rewardlab.core.hashing import codes, faulty, rows_of, values

KINDS = {
    "discrete": lambda s: s,
    "negative": lambda s: s - 5000,
    "float32": lambda s: np.stack([s % 100, s // 100], -1).astype(np.float32),
    "float64": lambda s: np.stack([s % 100, s // 100, s * 0], -1) / 7,
    "picture": lambda s: np.stack([s % 100, s // 100, s * 0, s * 0 + 9, s % 7], -1).astype(np.uint8).reshape(-1, 5, 1),
    "dict": lambda s: {"b": (s % 2).astype(bool), "a": s // 2},
    "text": lambda s: np.array([f"state {v}" for v in s.tolist()], dtype=object),
}


@pytest.mark.parametrize("kind", KINDS)
def test_equal_states_have_one_code_and_ten_thousand_others_have_others(kind):
    state = np.random.default_rng(0).permutation(np.repeat(np.arange(10_000), 2))
    code = codes(KINDS[kind](state), (20_000,))
    first = np.empty(10_000, dtype=np.int64)
    first[state] = code
    np.testing.assert_array_equal(first[state], code)
    assert len(np.unique(code)) == 10_000
    assert code.min() > 0 and code.max() < 2**53
    np.testing.assert_array_equal(values(code.astype(np.float64)), code)  # no bit is lost in a table of floats


def test_codes_are_spread_evenly_over_their_low_bits():
    low = codes(np.arange(64_000), (64_000,)) & 63
    expected, seen = 1000, np.bincount(low, minlength=64)
    assert ((seen - expected) ** 2 / expected).sum() < 120  # chi-square of 63 degrees: 120 has p = 2e-5


def test_columns_are_told_apart_and_so_are_the_parts_of_a_tree():
    a, b = np.array([[1, 2], [2, 1]]), np.array([[0, 0], [0, 0]])
    assert len(set(codes(a, (2,)).tolist())) == 2
    one, other = codes({"x": a, "y": b}, (2,)), codes({"x": b, "y": a}, (2,))
    assert len({*one.tolist(), *other.tolist()}) == 4


def test_nan_is_no_state_the_zeros_are_one_and_torch_is_numpy():
    x = np.array([[0.0, 1.0], [-0.0, 1.0], [np.nan, 1.0]])
    code = codes(x, (3,))
    assert code[0] == code[1] != 0 and code[2] == 0
    assert faulty(rows_of(x, (3,))).tolist() == [False, False, True]
    np.testing.assert_array_equal(codes(as_torch(steps(3, obs=x)).obs, (3,)), code)


def test_leading_axes_and_a_key():
    x = np.arange(12).reshape(2, 3, 2)
    np.testing.assert_array_equal(codes(x, (2, 3)), codes(x.reshape(6, 2), (6,)))
    np.testing.assert_array_equal(codes({"at": x, "rest": x}, (2, 3), lambda o: o["at"] // 4), codes(x // 4, (2, 3)))
    assert len(set(codes(x // 4, (2, 3)).tolist())) == 3
    assert codes(np.zeros((0, 2)), (0,)).shape == (0,)
