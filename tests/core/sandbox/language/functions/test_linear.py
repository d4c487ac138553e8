"""Norms and products, against NumPy row by row."""

import pytest
from core.sandbox.one_step import refusal, same


@pytest.mark.parametrize("order", ["None", "1", "2", "3", "0", "np.inf", "-np.inf", "0.5"])
def test_norms_of_vectors(order: str) -> None:
    same(f"np.linalg.norm(action, {order}) + np.linalg.norm(info['feet'], {order}, axis=1).sum()")


@pytest.mark.parametrize(
    "expression",
    [
        "np.linalg.norm(info['feet']) + np.linalg.norm(info['feet'], axis=0).sum() + np.linalg.norm(obs[0])",
        "np.sum(info['feet'] / np.linalg.norm(info['feet'], axis=1, keepdims=True))",
        "np.dot(action, obs[:6]) + action @ obs[:6] + np.inner(action, action)"
        " + np.vdot(action, action) + np.dot(2.0, obs[0])",
        "(info['feet'] @ obs[:3]).sum() + (obs[:4] @ info['feet'])[1] + (info['feet'].T @ info['feet'])[1, 2]",
        "(np.ones((2, 4)) @ info['feet'])[1, 1]"
        " + np.matmul(info['feet'], np.eye(3))[2, 1] + np.dot(info['feet'], obs[:3])[0]",
        "np.outer(action, obs[:3])[4, 1] + np.trace(np.outer(action, action)) + np.trace(info['feet'])",
        "np.cross(obs[:3], action[:3])[1] + np.cross(obs[:3], [0.0, 0.0, 1.0])[0]",
        "math.dist(obs[:3], action[:3]) + math.hypot(obs[0], obs[1]) + math.hypot(obs[0], obs[1], obs[2])",
        "(info['contact'] @ info['contact']) + np.dot([1, 2], [3, 4])",
    ],
)
def test_products(expression: str) -> None:
    same(expression)


def test_what_does_not_fit_is_said() -> None:
    assert "shapes (6,) and (17,)" in refusal("action @ obs").what
    assert "spectral" in refusal("np.linalg.norm(info['feet'], 2)").what
    assert "three numbers" in refusal("np.cross(action, action)").what
    assert "np.inner of matrices" in refusal("np.inner(info['feet'], info['feet'])").what
    assert "order 'nuc'" in refusal("np.linalg.norm(info['feet'], 'nuc')").what
