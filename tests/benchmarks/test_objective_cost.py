"""What objectives cost: all of them are measured, what is timed is what an update does, and it measures and writes."""

import importlib
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from rewardlab.agents.loops.tokens import Characters
from rewardlab.agents.policy_gradient import EPO, grpo
from rewardlab.benchmarks import objective_cost
from rewardlab.benchmarks.objective_cost import Logits, ObjectiveCost, group, main, objectives, paired, scoring, update
from rewardlab.core.errors import BadOption

SMALL = ObjectiveCost(repeats=1, prompts=2, responses=4, tokens=16, turn=4, width=16, layers=1)


def test_every_objective_is_measured():
    """Those that the laws of objectives hold for, by family."""
    families = ("policy_gradient", "direct_preference", "nash")
    lawful = {n for f in families for n in importlib.import_module(f"contracts.objectives_of.{f}").ROWS}
    assert set(objectives(torch.nn.Linear(2, 1))) == lawful


def test_what_is_timed_is_an_update():
    """The gradient of the loss reaches the log-probabilities, and the history moves."""
    epo, given, seen = EPO(horizon=10), group(SMALL), list[torch.Tensor]()

    def watched(g):
        loss = grpo(g)
        g.logp.register_hook(seen.append)
        return loss

    update(watched, given)()
    update(epo, given)()
    assert epo.updates == 1 and epo.past == pytest.approx(float(given.info["entropy"][given.mask != 0].mean()), 0.1)
    logp = given.logp.clone().requires_grad_()
    (expected,) = torch.autograd.grad(grpo(replace(given, logp=logp)).mean(), logp)
    assert torch.allclose(seen[0], expected) and expected.abs().max() > 0


@pytest.mark.parametrize("pairs", [False, True])
def test_groups_hold_as_many_tokens_of_the_agent_as_of_the_partner(pairs):
    given = group(SMALL, pairs=pairs)
    assert given.logp.shape == ((4, 2, 16) if pairs else (2, 4, 16)) and given.mask.mean() == 0.5
    assert np.array_equal(given.info["turn"][0, 0].numpy(), np.arange(16) // 8) and paired("dpo") and not paired("grpo")


def test_the_end_of_a_model_is_scored_with_entropies_or_without():
    """Its logits get the gradient of log π alone, or that of the entropy too, before the agent's tokens."""
    given, vocabulary, found = group(SMALL), Characters("abcdefghijklmnopqrstuvwxyz 0123456789.?"), []
    model = Logits(8, 16, vocabulary.size)
    for entropy in (False, True):
        scoring(model, vocabulary, given, entropy=entropy)()
        found.append(model.table.grad.clone())
    before = torch.zeros(8, 16, dtype=torch.bool)
    before[:, :-1] = given.mask.reshape(8, 16)[:, 1:] != 0
    assert all(bool(((g != 0).any(-1) == before).all()) for g in found) and not torch.allclose(*found)


def test_it_measures_and_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(objective_cost, "GOAL", -1.0)
    out = tmp_path / "cost.json"
    options = ObjectiveCost(**{**vars(SMALL), "out": out})
    assert main(options) == 1
    found = json.loads(out.read_text())
    measured = found["measured"]
    assert set(measured["share"]) == set(found["reached"]) and not any(found["reached"].values())
    name = next(iter(measured["share"]))
    assert measured["share"][name] == pytest.approx(measured["objective, ms"][name] / measured["model, ms"])
    assert min(measured["share"].values()) > 0 and found["setting"]["tokens"] == 16
    with pytest.raises(BadOption, match="repeats"):
        ObjectiveCost(repeats=0)
    with pytest.raises(BadOption, match="two turns"):
        ObjectiveCost(tokens=8, turn=5)
