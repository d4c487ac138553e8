"""Arrays put together and taken apart, against NumPy row by row."""

import pytest
from core.sandbox.one_step import refusal, same

WEIGHTS = "np.arange(1.0, 13.0)"


@pytest.mark.parametrize(
    "expression",
    [
        "np.array([obs[0], 1, action[2]]) @ np.array([1.0, 2.0, 3.0])",
        "np.array([[obs[0], 1], [2, action[2]]])[1, 1] + np.asarray(action).sum() + np.array(obs[0])",
        f"info['feet'].reshape(3, 4).T.flatten() @ {WEIGHTS}",
        f"info['feet'].reshape(-1) @ {WEIGHTS} + np.reshape(info['feet'], (2, -1))[1, 3] + np.ravel(info['feet'])[7]",
        f"np.concatenate([info['feet'][0], obs[:3], action]) @ {WEIGHTS}",
        f"np.concatenate([info['feet'], np.zeros((4, 3))], axis=1).sum(axis=0)[:6] @ {WEIGHTS}[:6]",
        "np.concatenate((info['feet'], info['feet']), axis=None)[20] + np.concatenate([[1.0, 2.0], action])[1]",
        "np.hstack([action, obs])[8] + np.vstack([action, action])[1, 2] + np.hstack([obs[0], obs[1]])[1]",
        "np.stack([action, obs[:6]], axis=1)[2, 1] + np.stack([action, obs[:6]])[1, 3] + np.stack([obs[0], 2.0])[1]",
        "np.zeros(3).sum() + np.ones((2, 3)).sum() + np.full(3, 2.5).sum()"
        " + np.full(2, obs[0]).sum() + np.eye(3).sum()",
        "np.zeros_like(action).sum() + np.ones_like(info['feet']).sum()"
        " + np.full_like(action, 0.5).sum() + np.ones_like(obs[0])",
        "np.arange(6) @ action + np.arange(1, 7, 1) @ action + np.linspace(0, 1, 6) @ action",
        "np.squeeze(action[:, None])[2] + np.expand_dims(action, 0)[0, 3]"
        " + action[None, :].squeeze(0)[1] + obs[None][0, 1]",
        "np.transpose(info['feet'])[2, 1] + info['feet'].transpose(1, 0)[0, 3]"
        " + np.transpose(info['feet'], (1, 0))[1, 1]",
        "np.atleast_1d(obs[0])[0] + np.atleast_2d(action)[0, 1]"
        " + np.flip(action)[0] + np.flip(info['feet'], axis=1)[0, 0]",
        "np.roll(action, 2)[0] + np.roll(action, -1)[5] + np.diff(action)[1] + np.diff(info['feet'])[2, 1]",
        "np.sort(action)[1] + np.sort(info['feet'], axis=0)[0, 1] + np.argsort(action)[0]",
        "np.repeat(action[:3], 2)[3] + np.tile(action, 2)[7]"
        " + np.diagonal(info['feet']).sum() + np.diag(info['feet'])[1]",
        "np.broadcast_to(obs[0], (3,)).sum() + np.broadcast_to(action, (2, 6))[1, 4]",
        "np.shape(obs)[0] + np.size(info['feet']) + np.ndim(action) + np.identity(3)[1, 1]",
        "action.astype(int).sum() + (action > 0).astype(float).sum()"
        " + obs[0].astype(np.int64) + np.array([1.7, 2.2], dtype=int).sum()",
    ],
)
def test_forms(expression: str) -> None:
    same(expression)


def test_what_does_not_fit_is_said() -> None:
    assert "different shapes: (3,), (6,)" in refusal("np.array([obs[:3], action])").what
    assert "cannot be reshaped" in refusal("action.reshape(4, 2).sum()").what
    assert "has not length 1" in refusal("np.squeeze(info['feet'], axis=0).sum()").what
    assert "permutation" in refusal("np.transpose(info['feet'], (0, 0)).sum()").what
    assert "too large" in refusal("np.zeros(60000).sum() + np.zeros((300, 300)).sum()").what
    assert "expected" in str(refusal("np.zeros(obs[0])"))
    assert "dtype must be" in refusal("np.array([1.0], dtype='O').sum()").what
    assert "the shapes do not fit" in refusal("np.concatenate([action, info['feet']])").what
