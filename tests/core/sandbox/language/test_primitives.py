"""Operations on [*event, B] against NumPy on each step, in NumPy and in torch."""

import array_api_compat.torch as xp
import numpy as np
import pytest
import torch

from rewardlab.core.sandbox.language.primitives import INFIX, NUMPY, UNARY, WORK, primitives

RNG = np.random.default_rng(2)
TORCH = primitives(xp, lambda x: torch.as_tensor(x, dtype=torch.float64 if isinstance(x, float) else None))
B = 5


def each(f, *arrays: np.ndarray) -> np.ndarray:
    """`f` of each step, the batch in the last axis."""
    return np.stack([f(*(a[..., i] for a in arrays)) for i in range(B)], axis=-1)


CASES = [
    ("sum", lambda x: x.sum(0), ((3, 4),), (0,)),
    ("sum", lambda x: x.sum(1), ((3, 12),), (1,)),
    ("norm", lambda x: np.linalg.norm(x, axis=0), ((3,),), (0,)),
    ("matmul", lambda a, b: a @ b, ((3, 4), (4,)), ()),
    ("matmul", lambda a, b: a @ b, ((3, 4), (4, 2)), ()),
    ("matmul", lambda a, b: a @ b, ((4,), (4, 2)), ()),
    ("matmul", lambda a, b: a @ b, ((4,), (4,)), ()),
    ("outer", np.outer, ((3,), (4,)), ()),
    ("stack", lambda a, b: np.stack([a, b], 1), ((3,), (3,)), (1,)),
    ("concat", lambda a, b: np.concatenate([a, b], 0), ((3,), (2,)), (0,)),
    ("median", lambda x: np.median(x, 0), ((4,),), (0,)),
    ("median", lambda x: np.median(x, 1), ((2, 3),), (1,)),
    ("var", lambda x: np.var(x, 0, ddof=1), ((4,),), (0, 1.0)),
    ("std", lambda x: np.std(x, 0), ((4,),), (0, 0.0)),
    ("cumsum", lambda x: np.cumsum(x, 1), ((2, 3),), (1,)),
    ("cumprod", lambda x: np.cumprod(x, 0), ((4,),), (0,)),
    ("transpose", lambda x: x.transpose(2, 0, 1), ((2, 3, 4),), ((2, 0, 1),)),
    ("reshape", lambda x: x.reshape(3, 2), ((2, 3),), ((3, 2),)),
    ("broadcast", lambda x: np.broadcast_to(x, (2, 3)), ((3,),), ((2, 3),)),
    ("sort", lambda x: np.sort(x, 0), ((4,),), (0,)),
    ("argmax", lambda x: np.argmax(x, 0), ((4,),), (0,)),
    ("flip", lambda x: np.flip(x, 1), ((2, 3),), (1,)),
    ("roll", lambda x: np.roll(x, 2, 0), ((4,),), (2, 0)),
    ("prod", lambda x: np.prod(x, 0), ((4,),), (0,)),
]


@pytest.mark.parametrize(("op", "f", "shapes", "static"), CASES)
def test_against_each_step(op: str, f, shapes: tuple, static: tuple) -> None:
    arrays = [RNG.normal(size=(*s, B)) for s in shapes]
    true = each(f, *arrays)
    assert np.allclose(NUMPY[op](*arrays, *static), true, rtol=1e-14, atol=1e-14)
    found = TORCH[op](*map(torch.as_tensor, arrays), *static)
    assert np.allclose(found.numpy(), true, rtol=1e-13, atol=1e-13)


def test_take_is_nan_beyond_the_range() -> None:
    x, i = RNG.normal(size=(3, B)), np.array([0, 2, -1, 3, -4])
    true = [x[0, 0], x[2, 1], x[2, 2], np.nan, np.nan]
    assert np.array_equal(NUMPY["take"](x, i), true, equal_nan=True)
    assert np.array_equal(TORCH["take"](torch.as_tensor(x), torch.as_tensor(i)).numpy(), true, equal_nan=True)


def test_constants_have_a_batch_axis_of_one() -> None:
    x, c = RNG.normal(size=(3, B)), np.array([[1.0], [2.0]])
    assert NUMPY["concat"](x, c, 0).shape == (5, B)
    assert NUMPY["stack"](x[0], 2.0, c[0], 0).shape == (3, B)
    assert TORCH["concat"](torch.as_tensor(x), torch.as_tensor(c), 0).shape == (5, B)


def test_each_operation_is_in_both() -> None:
    assert set(NUMPY) == set(TORCH) >= {*INFIX, *UNARY, *WORK}


def test_work_is_counted_before_it_is_done() -> None:
    assert WORK["matmul"]((3, 4), (4, 5)) == 60
    assert WORK["matmul"]((3, 4), (4,)) == 12
    assert WORK["outer"]((3,), (4,)) == 12
