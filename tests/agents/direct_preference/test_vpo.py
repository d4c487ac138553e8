"""VPO's extra term is the value that the fitted reward gives to its own optimal policy."""

from functools import partial

import numpy as np
import pytest
import torch
from preference_tables import as_group, gradient, labelled_pairs, random_table

from rewardlab.agents.direct_preference import dpo, vpo, vpo_offline
from rewardlab.core.errors import MissingColumn
from rewardlab.core.responses import beats, softmax

K, BETA, ALPHA = 5, 0.4, 0.3
REF, REWARD = random_table(K, seed=6)
CALIBRATION = softmax(np.random.default_rng(8).normal(size=K))
PAIRS, WEIGHT = labelled_pairs(beats(REWARD), np.exp(REF))
LOGITS = np.random.default_rng(9).normal(size=K)


def with_further(pairs):
    """Pairs and, behind them, the whole table as responses of the calibration policy; the rewards of those mislead."""
    chosen = np.concatenate([pairs, np.broadcast_to(np.arange(K), (len(pairs), K))], 1)
    reward = np.broadcast_to([1.0, 0.0, 9.0, -9.0, 0.5, 3.0, -1.0], chosen.shape)
    weight = np.broadcast_to([0.0, 0.0, *CALIBRATION], chosen.shape)
    return chosen, {"reward": reward, "info": {"calibration": weight}}


def two_steps(sign, calibration):
    """The gradient of the loss of the shifted reward less sign α J*, with J* the log of a sum over the table."""
    x, ref = torch.tensor(LOGITS, requires_grad=True), torch.tensor(REF)
    h = torch.log_softmax(x, -1) - ref
    reward = BETA * (h - (torch.tensor(calibration) * h).sum())
    value = BETA * torch.logsumexp(ref + reward / BETA, -1)
    fit = -torch.nn.functional.logsigmoid(reward[PAIRS[:, 0]] - reward[PAIRS[:, 1]])
    weight = torch.tensor(WEIGHT)
    ((weight * fit).sum() - sign * ALPHA * weight.sum() * value).backward()
    return x.grad.numpy()


def test_the_value_is_minus_beta_times_the_expected_log_ratio():
    h = LOGITS - np.log(np.exp(LOGITS).sum()) - REF
    reward = BETA * (h - CALIBRATION @ h)
    value = BETA * np.log((np.exp(REF) * np.exp(reward / BETA)).sum())
    assert value == pytest.approx(-BETA * CALIBRATION @ h, abs=1e-12)


def test_online_its_gradient_is_that_of_the_two_steps():
    chosen, options = with_further(PAIRS)
    direct = gradient(partial(vpo, beta=BETA, alpha=ALPHA), LOGITS, REF, chosen, WEIGHT, **options)
    np.testing.assert_allclose(direct, two_steps(1, CALIBRATION), atol=1e-14)


def test_offline_too_with_the_better_responses_as_calibration():
    better = np.bincount(PAIRS[:, 0], WEIGHT, K) / WEIGHT.sum()
    direct = gradient(partial(vpo_offline, beta=BETA, alpha=ALPHA), LOGITS, REF, PAIRS, WEIGHT)
    np.testing.assert_allclose(direct, two_steps(-1, better), atol=1e-14)


def test_optimism_lowers_what_is_known_and_pessimism_raises_it():
    chosen, options = with_further(np.array([[0, 1]]))
    grad = [gradient(partial(vpo, alpha=a), REF, REF, chosen, [1.0], **options) for a in (0.0, 1.0)]
    after = [CALIBRATION @ np.log(softmax(REF - 0.1 * g)) for g in grad]
    assert after[1] < after[0]
    better = [gradient(partial(vpo_offline, alpha=a), REF, REF, [[0, 1]], [1.0])[0] for a in (0.0, 1.0)]
    assert better[1] < better[0] < 0


@pytest.mark.parametrize("objective", [vpo, vpo_offline])
def test_without_a_value_it_is_dpo(objective):
    chosen, options = with_further(PAIRS) if objective is vpo else (PAIRS, {})
    plain = as_group(LOGITS, REF, PAIRS)
    found = objective(as_group(LOGITS, REF, chosen, **options), alpha=0.0)
    np.testing.assert_allclose(found, dpo(plain), rtol=1e-15)


def test_the_column_is_asked_for_by_name():
    with pytest.raises(MissingColumn, match="calibration"):
        vpo(as_group(REF, REF, [[0, 1, 2]]))
