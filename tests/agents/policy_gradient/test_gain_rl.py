"""GAIN-RL: the identity behind its signal, and the window that moves."""

import numpy as np
import pytest
import torch
from exact_groups import same

from rewardlab.agents.policy_gradient import MovingWindow, token_alignment
from rewardlab.core.errors import BadCheckpoint, BadOption


def test_the_gradient_of_a_layer_is_made_of_inner_products():
    rng = np.random.default_rng(0)
    x, w = torch.tensor(rng.normal(size=(7, 5))), torch.tensor(rng.normal(size=(5, 4)), requires_grad=True)
    out = x @ w
    out.retain_grad()
    (out**3).sum().backward()
    norms = x.norm(dim=-1)
    cosines = (x @ x.T) / norms[:, None] / norms
    total = (norms[:, None] * norms * cosines * (out.grad @ out.grad.T)).sum()
    assert float((w.grad**2).sum()) == pytest.approx(float(total), rel=1e-12)


def test_alignment_is_a_mean_of_cosines():
    rng = np.random.default_rng(1)
    q, s = rng.normal(size=(4, 6)), rng.normal(size=(3, 6))

    def cosine(a, b):
        return a @ b / np.linalg.norm(a) / np.linalg.norm(b)

    within = np.mean([cosine(q[i], q[j]) for i in range(4) for j in range(4) if i != j])
    across = np.mean([cosine(a, b) for a in q for b in s])
    assert token_alignment(q, s) == pytest.approx(within + across, rel=1e-12)
    assert token_alignment(np.ones((3, 2)), 5 * np.ones((2, 2))) == pytest.approx(2)


def test_the_window_moves_on_for_what_is_solved_and_aligned():
    window = MovingWindow(sigma=10.0, step=20.0, most=15.0)
    window.update(0.0, 0.0)
    assert window.centre == 0  # tanh(−1) < 0: it never moves back
    window.update(0.5, 0.1)
    assert window.centre == pytest.approx(10 * np.tanh(0.2))
    window.update(1.0, 50.0)
    assert window.centre == pytest.approx(10 * np.tanh(0.2) + 15)  # at most


def test_prompts_are_drawn_around_the_centre_from_the_most_aligned():
    window, rng = MovingWindow(sigma=8.0, step=1.0, most=1.0), np.random.default_rng(2)
    aligned = rng.permutation(200) / 200.0
    window.load_state_dict({"centre": 60.0})
    same(
        window.law(200), np.exp(-((np.arange(200) - 60) ** 2) / 128) / np.exp(-((np.arange(200) - 60) ** 2) / 128).sum()
    )
    rank = np.argsort(np.argsort(-aligned))
    drawn = [rank[window.draw(aligned, 4, rng)] for _ in range(300)]
    assert all(len(set(d)) == 4 for d in drawn)
    assert abs(np.mean(drawn) - 60) < 5 * 8 / np.sqrt(1200)  # 5 standard errors
    assert 6 < np.std(drawn) < 10
    window.load_state_dict({"centre": 1e6})
    assert np.isfinite(window.law(200)).all() and window.law(200).argmax() == 199


def test_options_and_states():
    for bad in ({"sigma": 0.0}, {"step": 0.0}):
        with pytest.raises(BadOption, match=next(iter(bad))):
            MovingWindow(**{"sigma": 1.0, "step": 1.0, "most": 1.0, **bad})
    with pytest.raises(BadCheckpoint):
        MovingWindow(1.0, 1.0, 1.0).load_state_dict({})
