"""Columns are made from every form of info, and only if every row that moved has them."""

import numpy as np

from rewardlab.rewards.drivers.columns import RowColumns, VectorColumns


def test_rows_give_columns_of_their_own_types() -> None:
    rows = [
        {
            "f": 1.0,
            "i": 2,
            "b": True,
            "n": np.bool_(False),
            "a": np.arange(3),
            "s": "x",
            "d": {"u": 1.5, "v": 1},
            "e": 0,
        },
        {
            "f": 2.0,
            "i": 3,
            "b": False,
            "n": np.bool_(True),
            "a": np.ones(3, int),
            "s": "y",
            "d": {"u": 2.5},
            "episode": 1,
        },
    ]
    c = RowColumns(rows)
    assert c["f"].tolist() == [1.0, 2.0] and c["f"].dtype == np.float64
    assert c["i"].dtype == np.int64 and c["b"].dtype == bool and c["n"].tolist() == [False, True]
    assert c["n"].dtype == bool and c["a"].shape == (2, 3) and c["s"].tolist() == ["x", "y"]
    assert set(c["d"]) == {"u"} and c["d"]["u"].tolist() == [1.5, 2.5]
    assert set(c) == {"f", "i", "b", "n", "a", "s", "d"} and len(c) == 7
    assert "e" not in c and "episode" not in c and "f" in c
    assert "s: object array of str" in c.read()


def test_vector_columns_need_all_rows_that_moved() -> None:
    info = {
        "x": np.array([1.0, 2.0, 3.0]), "_x": np.array([True, True, False]),
        "y": np.array([1.0, 2.0, 3.0]),
        "flag": np.array([np.True_, np.False_, np.True_], dtype=object), "_flag": np.ones(3, dtype=bool),
        "scalar": 3.0, "short": np.zeros(2), "names": ["a", "b", "c"],
        "reward_parts": {"task": np.zeros(3)},
    }  # fmt: skip
    c = VectorColumns(info, 3)
    assert "x" not in c and c["y"] is info["y"] and c["flag"].dtype == bool
    assert set(c) == {"y", "flag", "names"} and c["names"].tolist() == ["a", "b", "c"]
    live = VectorColumns(info, 3, live=np.array([True, True, False]))
    assert live["x"] is info["x"]
    assert c.whole("reward_parts") is not None and "reward_parts" not in c


def test_ended_rows_take_their_columns_from_final_info() -> None:
    done = np.array([False, True])
    info = {
        "x": np.array([1.0, 0.0]), "_x": np.array([True, False]),
        "level": np.array([5, 6]), "_level": np.ones(2, dtype=bool),
        "reset_only": np.array([5, 6]), "_reset_only": np.ones(2, dtype=bool),
        "d": {"u": np.array([1.0, 0.0]), "_u": np.array([True, False])}, "_d": np.array([True, False]),
        "final_obs": np.array([None, 1], dtype=object),
        "final_info": {
            "x": np.array([0.0, 2.0]), "_x": done, "level": np.array([0, 4]), "_level": done,
            "d": {"u": np.array([0.0, 9.0]), "_u": done}, "_d": done,
        },
        "_final_info": done,
    }  # fmt: skip
    c = VectorColumns(info, 2, done=done)
    assert c["x"].tolist() == [1.0, 2.0] and c["level"].tolist() == [5, 4] and c["d"]["u"].tolist() == [1.0, 9.0]
    assert set(c) == {"x", "level", "d"}
    every = VectorColumns({"final_info": {"x": np.array([3.0, 4.0])}, "x": np.zeros(2)}, 2, done=np.ones(2, dtype=bool))
    assert every["x"].tolist() == [3.0, 4.0]
    assert info["x"].tolist() == [1.0, 0.0]
