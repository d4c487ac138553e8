"""The laws of objectives on groups of responses, over every objective that the families' tables name.

A new objective needs one row in `contracts.objectives_of.<family>.ROWS`.
"""

import copy
import importlib
from dataclasses import replace

import numpy as np
import pytest
import torch
from contracts.chosen import has_turn, kept
from contracts.objective_row import FIELDS, Sentences, as_torch, mapped

from rewardlab.core import checkpoint
from rewardlab.core.catalogue import ROOT
from rewardlab.core.errors import BadBatch, BadCheckpoint, MissingColumn
from rewardlab.core.lazy import contents

FAMILIES = ("policy_gradient", "direct_preference", "nash")
TABLES = {f: importlib.import_module(f"contracts.objectives_of.{f}") for f in FAMILIES}
ROWS = {name: rows for table in TABLES.values() for name, rows in table.ROWS.items()}
STATEFUL = [(name, rows[0]) for name, rows in ROWS.items() if hasattr(rows[0].make(), "state_dict")]


def every(law):
    """All rows that keep `law`; every second one in a short run."""
    able = [(f"{name}-{i}", row) for name, rows in ROWS.items() for i, row in enumerate(rows) if law not in row.but]
    turns = [(n, row, () if has_turn(0, 2, f"{law} {n}") else pytest.mark.slow) for n, row in able]
    return pytest.mark.parametrize("row", kept([pytest.param(row, id=n, marks=marks) for n, row, marks in turns]))


def loss_of(objective, group):
    loss = objective(group)
    assert tuple(loss.shape) == tuple(group.logp.shape[:1]), "one loss for each prompt"
    return loss


@pytest.mark.parametrize("family", FAMILIES)
def test_every_objective_of_a_table_has_a_row_and_every_row_its_objective(family):
    path = ROOT / "agents" / family / "__init__.py"
    named = set(contents(path)) if path.exists() else set()
    assert set(TABLES[family].ROWS) == named - set(getattr(TABLES[family], "OTHERS", ()))


def test_every_exception_is_of_a_law_and_says_why():
    laws = {"permute", "step", "numpy", "padding", "gradient"}
    for name, rows in ROWS.items():
        for row in rows:
            assert set(row.but) <= laws and all(row.but.values()), name


@every("gradient")
def test_loss_and_gradient_are_finite_and_there_is_a_gradient(row):
    for seed in (1, 2, 3):
        group = as_torch(row.group(seed))
        loss_of(row.taught(), group).mean().backward()
        grad = group.logp.grad
        assert torch.isfinite(grad).all() and grad.abs().max() > 0
        assert (grad[group.mask == 0] == 0).all(), "padding takes no gradient"


@every("numpy")
def test_numpy_and_torch_agree(row):
    for seed in range(5):
        group = row.group(seed)
        ours, theirs = loss_of(row.taught(), group), loss_of(row.taught(), as_torch(group))
        assert isinstance(ours, np.ndarray) and isinstance(theirs, torch.Tensor)
        np.testing.assert_allclose(theirs.detach().numpy(), ours, rtol=1e-12, atol=1e-12)


@every("numpy")
def test_a_mask_may_be_of_any_kind(row):
    group, objective = row.group(), row.taught()
    for kind in (bool, np.int64, np.float32):
        np.testing.assert_array_equal(objective(replace(group, mask=group.mask.astype(kind))), objective(group))


@every("numpy")
def test_half_a_precision_is_enough(row):
    """Scores of 32 bits beside log-probabilities of 32 or 16 bits, as language models give them."""
    exact = loss_of(row.taught(), row.group())
    for kind, digits in ((torch.float32, 1e-4), (torch.bfloat16, None)):
        group = mapped(
            as_torch(row.group(), learns=()), lambda x, kind=kind: x.to(kind) if x.is_floating_point() else x
        )
        group = replace(group, reward=group.reward.float(), logp=group.logp.requires_grad_())
        loss = loss_of(row.taught(), group)
        loss.mean().backward()
        assert torch.isfinite(group.logp.grad).all()
        if digits:
            assert loss.dtype is torch.float32
            np.testing.assert_allclose(loss.detach(), exact, rtol=digits, atol=10 * digits)


@every("permute")
def test_the_order_of_prompts_and_responses_means_nothing(row):
    group, rng = row.group(), np.random.default_rng(0)
    p, g = group.reward.shape
    order, inner = rng.permutation(p), np.stack([rng.permutation(g) for _ in range(p)])
    mixed = mapped(
        group, lambda x: np.take_along_axis(x, inner.reshape(p, g, *(1,) * (x.ndim - 2)), 1) if x.ndim > 1 else x
    )
    objective = row.taught()
    np.testing.assert_allclose(objective(mixed), objective(group), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(
        objective(mapped(group, lambda x: x[order])), objective(group)[order], rtol=1e-12, atol=1e-13
    )


@every("padding")
def test_padding_means_nothing(row):
    group, objective = row.group(), row.taught()
    lead = group.logp.shape
    for garbage in (np.nan, np.inf, -np.inf):

        def spoilt(x, garbage=garbage):
            if x.shape != lead:
                return x
            bad = np.array(garbage if x.dtype.kind == "f" else 77, x.dtype)
            return np.concatenate([np.where(group.mask != 0, x, bad), np.full((*lead[:2], 2), bad)], -1)

        mask = np.concatenate([group.mask, np.zeros((*lead[:2], 2))], -1)
        longer = replace(mapped(group, spoilt), mask=mask)
        np.testing.assert_allclose(objective(longer), objective(group), rtol=1e-12, atol=1e-13)
        tensors = as_torch(longer)
        objective(tensors).mean().backward()
        assert torch.isfinite(tensors.logp.grad).all() and (tensors.logp.grad[tensors.mask == 0] == 0).all()


@every("gradient")
def test_only_the_policy_learns(row):
    group = as_torch(row.group(), learns=("logp", "old_logp", "ref_logp", "reward"))
    loss_of(row.taught(), group).mean().backward()
    for name in ("old_logp", "ref_logp", "reward"):
        assert getattr(group, name).grad is None or (getattr(group, name).grad == 0).all(), name


@every("")
def test_a_group_is_left_as_it_was_and_a_call_changes_nothing(row):
    group = row.group()
    before, objective = copy.deepcopy(group), row.taught()
    first = objective(group)
    np.testing.assert_array_equal(objective(group), first)
    if hasattr(objective, "update"):
        objective.update(group)
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(group, name), getattr(before, name))
    for name in group.info:
        np.testing.assert_array_equal(group.info[name], before.info[name])


@every("step")
def test_a_step_on_policy_raises_the_expected_reward(row):
    sentences = Sentences(seed=3)
    group = sentences.group(64 * 6 // row.responses // 2 * 2, row.responses, seed=5)
    before = float(sentences.expected().detach())
    row.make()(replace(group, info={**group.info, **row.world(group)})).mean().backward()
    with torch.no_grad():
        sentences.logits -= row.lr * sentences.logits.grad / sentences.logits.grad.norm()
        assert float(sentences.expected()) > before + 0.01 * row.lr


@every("")
def test_a_field_of_a_wrong_shape_is_named(row):
    group = row.group()
    for name in FIELDS:
        wrong = replace(group, **{name: getattr(group, name)[..., :-1] if name != "logp" else group.logp[0]})
        with pytest.raises(BadBatch, match=name):
            row.make()(wrong)


@every("")
def test_a_missing_column_is_named(row):
    group = row.group()
    for name in row.columns:
        with pytest.raises(MissingColumn, match=name):
            row.make()(replace(group, info={k: v for k, v in group.info.items() if k != name}))
    row.make()(replace(group, info={k: group.info[k] for k in row.columns}))  # and no other is needed


@pytest.mark.parametrize(("name", "row"), STATEFUL, ids=[n for n, _ in STATEFUL])
def test_a_file_keeps_what_an_objective_has_seen(name, row, tmp_path):
    seen, group = row.taught(), row.group()
    assert row.updates, f"{name} has a state: its row needs `updates`"
    checkpoint.save(tmp_path / "objective", "objective", {}, seen.state_dict())
    fresh = row.make()
    fresh.load_state_dict(checkpoint.load(tmp_path / "objective", "objective")[1])
    for _ in range(2):
        np.testing.assert_array_equal(fresh(group), seen(group))
        fresh.update(group)
        seen.update(group)
    with pytest.raises(BadCheckpoint):
        row.make().load_state_dict({"no such key": np.zeros(3)})
