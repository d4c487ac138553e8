"""Info as columns and as rows: what goes in comes out."""

from typing import Any

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from rewardlab.core.columns import columns_of, numpy_columns, rows_of, step_column

leaf = st.one_of(
    st.booleans(),
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False),
    st.text(max_size=3),
    st.none(),
    st.lists(st.integers(0, 9), max_size=3),
    st.lists(st.integers(0, 9), min_size=2, max_size=2).map(np.array),
)
key = st.sampled_from(["a", "b", "deep"])
rows = st.dictionaries(key, st.one_of(leaf, st.dictionaries(key, leaf, min_size=1, max_size=2)), max_size=3)


def same(x: Any, y: Any) -> bool:
    if isinstance(x, dict):
        return isinstance(y, dict) and set(x) == set(y) and all(same(x[k], y[k]) for k in x)
    if isinstance(x, np.ndarray):
        return np.array_equal(x, y)
    return bool(x == y) and isinstance(x, str) == isinstance(y, str)


@given(st.lists(st.one_of(st.none(), rows), min_size=1, max_size=5))
def test_rows_to_columns_and_back_keep_every_value(given_rows: list[dict[str, Any] | None]) -> None:
    columns = numpy_columns(columns_of(given_rows))
    for i, row in enumerate(given_rows):
        assert same(row or {}, rows_of(columns, np.array([i]), len(given_rows))[0])


def test_types_are_those_of_gymnasium_where_all_rows_agree() -> None:
    columns = columns_of([{"x": 1.5, "parts": {"task": 2}}, None, {"x": 2.0}])
    assert columns["x"].tolist() == [1.5, 0.0, 2.0] and columns["_x"].tolist() == [True, False, True]
    assert columns["parts"]["task"].tolist() == [2, 0, 0] and columns["_parts"].tolist() == [True, False, False]
    assert columns["x"].dtype == np.float64 and columns["parts"]["task"].dtype == np.int64


def test_an_integer_beside_a_float_stays_an_integer() -> None:
    # gymnasium's own rule takes the first row's type, and would make 0 of the second row's 0.5
    assert columns_of([{"x": 1}, {"x": 0.5}])["x"].tolist() == [1, 0.5]
    assert columns_of([{"x": 2**60 + 1}, {"x": 0.5}])["x"][0] == 2**60 + 1


def test_rows_own_their_memory() -> None:
    columns = {"x": np.zeros((2, 3))}
    row = rows_of(columns, np.array([0]), 2)[0]
    columns["x"][:] = 7
    assert row["x"].tolist() == [0, 0, 0]


def test_what_has_no_rows_is_shared_and_tensors_arrive_as_arrays() -> None:
    columns = numpy_columns({"lr": 0.1, "x": torch.arange(3), "_x": np.array([True, False, True])})
    assert rows_of(columns, np.array([2]), 3)[0] == {"lr": 0.1, "x": 2}
    assert rows_of(columns, np.array([1]), 3)[0] == {"lr": 0.1}


def test_a_column_of_a_step_is_that_of_the_rows_that_moved() -> None:
    done, some = np.array([True, False]), np.array([False, True])
    now = {"a": np.array([1.0, 2.0]), "b": np.array([0.0, 4.0]), "_b": some, "c": "shared", "d": {"e": np.arange(2)}}
    last = {"a": np.array([7.0, 0.0]), "_a": done, "b": np.array([8.0, 0.0]), "_b": done}
    assert step_column(now, "a", 2).tolist() == [1.0, 2.0] and step_column(now, "b", 2) is None
    assert step_column(now, "b", 2, live=some).tolist() == [0.0, 4.0]
    assert step_column(now, "c", 2) is None and step_column(now, "d", 2)["e"].tolist() == [0, 1]
    both = {**now, "final_info": last}
    assert step_column(both, "a", 2, done=done).tolist() == [7.0, 2.0]
    assert step_column(both, "b", 2, done=done).tolist() == [8.0, 4.0]
    assert step_column(both, "d", 2, done=done) is None
    assert step_column(both, "a", 2, done=np.ones(2, dtype=bool)) is None  # row 1 says nothing of its end
