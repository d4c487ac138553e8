"""Losses and gradients are those of TRL, as `peers/record_trl.py` recorded them."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from rewardlab.agents import direct_preference as dp
from rewardlab.agents.parts import link, score
from rewardlab.agents.parts.compare import pair
from rewardlab.core.batch import Group

TRL = json.loads((Path(__file__).parent / "peers" / "trl.json").read_text(encoding="utf-8"))
GIVEN = {k: torch.tensor(v, dtype=torch.float64) for k, v in TRL["inputs"].items()}
BETA, SMOOTHING, GAMMA = (float(GIVEN[k]) for k in ("beta", "label_smoothing", "simpo_gamma"))
alpha = partial(score.alpha_divergence, alpha=1 - float(GIVEN["alpha"]))


def pairs():
    """The recorded pairs; the first response is the better one."""
    logp = GIVEN["logp"].clone().requires_grad_()
    reward = torch.tensor([1.0, 0.0]).expand(len(logp), 2)
    return Group(logp, GIVEN["logp"], GIVEN["ref_logp"], GIVEN["mask"], reward)


@pytest.mark.parametrize(
    ("name", "objective"),
    [
        ("sigmoid", partial(dp.dpo, beta=BETA)),
        ("robust", partial(dp.rdpo, beta=BETA, flip=SMOOTHING)),
        ("hinge", partial(dp.hinge_dpo, beta=BETA)),
        ("ipo", partial(dp.ipo_mean, beta=BETA)),
        ("forward_kl", partial(dp.f_dpo, beta=BETA, derivative=score.forward_kl)),
        ("js_divergence", partial(dp.f_dpo, beta=BETA, derivative=score.jensen_shannon)),
        ("alpha_divergence", partial(dp.f_dpo, beta=BETA, derivative=alpha)),
    ],
)
def test_pairs_with_a_reference(name, objective):
    group = pairs()
    loss = objective(group)
    loss.sum().backward()
    tolerance = 3e-6 if name == "alpha_divergence" else 1e-12  # TRL computes that one in single precision
    np.testing.assert_allclose(loss.detach(), TRL["dpo"][name]["loss"], atol=tolerance, rtol=tolerance)
    np.testing.assert_allclose(group.logp.grad, TRL["dpo"][name]["gradient"], atol=tolerance, rtol=tolerance)


def test_single_responses():
    """The mismatched response of each prompt stands behind its own, with one token of the recorded log ratio."""
    recorded, given, mismatched = TRL["kto"], pairs(), GIVEN["mismatched"]
    assert mismatched.mean() > 0.01, "else the reference point would be 0 here and there"
    logp, ref, mask = (x[:, :1].repeat(1, 2, 1) for x in (GIVEN["logp"], given.ref_logp, given.mask))
    logp[:, 1], ref[:, 1], mask[:, 1] = 0.0, 0.0, 1.0
    logp[:, 1, 0] = mismatched
    logp.requires_grad_()
    reward = torch.tensor(recorded["label"])[:, None] * torch.ones(1, 2)
    marks = torch.tensor([0.0, 1.0]).expand(len(logp), 2)
    weights = dict(zip(("desirable", "undesirable"), GIVEN["kto_weights"].tolist(), strict=True))
    loss = dp.kto(Group(logp, ref, ref, mask, reward, {"mismatched": marks}), beta=BETA, **weights).mean()
    loss.backward()
    assert loss.item() == pytest.approx(recorded["loss"], abs=1e-12)
    np.testing.assert_allclose(logp.grad[:, 0], recorded["gradient"], atol=1e-12)
    assert (logp.grad[:, 1] == 0).all()


@pytest.mark.parametrize(
    ("name", "objective"),
    [
        ("sigmoid", lambda g: link.logistic(BETA * pair(g, score.likelihood(g)))),
        ("ipo", lambda g: link.squared(pair(g, score.likelihood(g)), 0.5 / BETA)),
        ("hinge", lambda g: dp.slic(replace(g, logp=BETA * g.logp), weight=0.0)),
        ("simpo", partial(dp.simpo, beta=BETA, gamma=GAMMA)),
    ],
)
def test_pairs_without_a_reference(name, objective):
    np.testing.assert_allclose(objective(pairs()).detach(), TRL["cpo"][name]["loss"], atol=1e-12)


def test_odds_ratios():
    group = pairs()
    ours = dp.orpo(group, weight=BETA) - dp.orpo(group, weight=0.0)
    np.testing.assert_allclose(ours.detach(), TRL["orpo"]["loss"], atol=1e-6)  # TRL computes it in single precision


def test_the_record_says_of_what_it_is():
    assert TRL["versions"]["trl"] == "1.16.0" and set(TRL["versions"]) == {"trl", "torch", "transformers", "python"}
