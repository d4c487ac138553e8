"""Actions at the door: what lies in the space passes with the dtype of the space, everything else is named."""

import hypothesis
import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from gymnasium import spaces

from rewardlab.core.actions import check_action
from rewardlab.core.errors import BadAction

SPACES = {
    "discrete": spaces.Discrete(3, start=-1),
    "box": spaces.Box(np.array([-1.0, 0.0], np.float32), np.array([1.0, 5.0], np.float32)),
    "unbounded": spaces.Box(-np.inf, np.inf, (2,), np.float64),
    "whole": spaces.Box(0, 7, (2,), np.int32),
    "many": spaces.MultiDiscrete([2, 5]),
    "binary": spaces.MultiBinary(2),
}


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
@pytest.mark.parametrize("device", [None, "cpu"])
def test_samples_pass_unchanged(space, device):
    space.seed(0)
    batch = np.stack([space.sample() for _ in range(50)])
    for given in (batch, torch.as_tensor(batch), batch.tolist()):
        passed = check_action(given, space, 50, where="World", device=device)
        assert isinstance(passed, np.ndarray if device is None else torch.Tensor)
        own = np.asarray(passed)
        assert own.dtype == space.dtype
        assert (own == batch).all()


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_what_passes_lies_in_the_space(space):
    kinds = st.sampled_from([np.int8, np.uint8, np.int64, np.uint64, np.float16, np.float32, np.float64, np.bool_])

    @hypothesis.settings(max_examples=100)
    @hypothesis.given(kinds.flatmap(lambda k: hnp.arrays(k, (1, *space.shape))))
    def attack(action):
        before = action.copy()
        try:
            passed = check_action(action, space, 1, where="World")
        except BadAction as e:
            assert str(e).startswith("World: ")
            assert "expected: 1 action in " in str(e)
        else:
            row = passed[0]
            assert row in space
            assert np.allclose(row.astype(float), action[0].astype(float), rtol=1e-3)
        assert action.tobytes() == before.tobytes()

    attack()


@pytest.mark.parametrize(
    ("name", "action", "why"),
    [
        ("discrete", [2], r"\[2\] is outside -1..1"),
        ("discrete", [-2], r"is outside -1..1"),
        ("discrete", [0.0], "has dtype float64"),
        ("discrete", [True], "has dtype bool"),
        ("discrete", [[0]], r"has shape \(1, 1\)"),
        ("discrete", ["0"], "has dtype <U1"),
        ("discrete", [10**30], "has dtype object"),
        ("discrete", 0, r"has shape \(\)"),
        ("box", [[0.0, 5.0001]], "not finite and within the bounds"),
        ("box", [[np.nan, 0.0]], "not finite"),
        ("unbounded", [[np.inf, 0.0]], "not finite"),
        ("box", [[1e300, 0.0]], "not finite"),
        ("box", [[1j, 0.0]], "has dtype complex128"),
        ("box", [[0.0], [0.0, 1.0]], "is no array"),
        ("whole", [[0.0, 1.0]], "has dtype float64"),
        ("whole", [[8, 0]], "within the bounds"),
        ("many", [[1, 5]], "is out of range"),
        ("many", [[-1, 0]], "is out of range"),
        ("many", [[0.0, 0.0]], "has dtype float64"),
        ("binary", [[0, 2]], "is out of range"),
        ("binary", [[0.0, 1.0]], "has dtype float64"),
    ],
)
def test_what_is_wrong_is_named(name, action, why):
    with pytest.raises(BadAction, match=rf"World: .*{why}"):
        check_action(action, SPACES[name], 1, where="World")


@pytest.mark.parametrize("dtype", [torch.float32, torch.bool, torch.complex64])
def test_tensors_of_a_wrong_kind_are_named(dtype):
    with pytest.raises(BadAction, match="has dtype torch"):
        check_action(torch.zeros(2, dtype=dtype), SPACES["discrete"], 2, where="World", device="cpu")
    if dtype != torch.float32:
        with pytest.raises(BadAction, match="has dtype torch"):
            check_action(torch.zeros(2, 2, dtype=dtype), SPACES["box"], 2, where="World", device="cpu")


def test_texts():
    space = spaces.Text(5, charset="abc")
    passed = check_action(("ab", "c"), space, 2, where="World")
    assert passed.dtype == object
    assert passed.tolist() == ["ab", "c"]
    for bad, why in (
        ("ab", "no sequence of 2 texts"), (5, "no sequence"), (None, "no sequence"), (["a"], "no sequence of 2"),
        (np.array("ab"), "no sequence"), (np.array([["a"], ["b"]]), "no sequence"),
        (["a", 5], "text action 5 is of type int"), (["a", "abcabc"], "of length 6"), (["a", "x"], "other letters"),
        (["a", "\ud800"], r"text action '\\ud800'"), (["a", "x" * 2**20], "of length 1048576"),
    ):  # fmt: skip
        with pytest.raises(BadAction, match=why) as caught:
            check_action(bad, space, 2, where="World")
        assert len(str(caught.value)) < 500


def test_spaces_of_other_kinds_are_refused():
    with pytest.raises(BadAction, match="Graph actions are not supported"):
        check_action(np.zeros((1,)), spaces.Graph(spaces.Discrete(2), None), 1, where="World")
