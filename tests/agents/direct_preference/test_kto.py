"""KTO's value function, its reference point, and which responses it raises."""

from functools import partial

import numpy as np
import pytest
import torch
from preference_tables import as_group

from rewardlab.agents.direct_preference import kto
from rewardlab.core.errors import BadBatch, MissingColumn
from rewardlab.core.responses import sigmoid

REF = np.log([0.2, 0.3, 0.5])


def singles(logp, label, mismatched):
    """One prompt for each response of the table."""
    return as_group(logp, REF, [[0], [1], [2]], reward=label, info={"mismatched": np.asarray(mismatched)})


@pytest.mark.parametrize("mismatched", [[0.3, 0.1, 0.5], [-1.0, 0.2, 0.1]])
def test_loss_and_gradient_are_the_closed_forms_and_the_point_is_a_number(mismatched):
    logp = torch.log(torch.tensor([0.5, 0.2, 0.3], dtype=torch.float64)).requires_grad_()
    label = [[1.0], [0.0], [-1.0]]  # above 0 is desirable
    loss = kto(singles(logp, label, mismatched), beta=0.4, desirable=1.3, undesirable=0.8)
    point = max(0.0, np.mean(mismatched))
    inside = 0.4 * np.array([1, -1, -1]) * (logp.detach().numpy() - REF - point)
    scale = np.array([1.3, 0.8, 0.8])
    np.testing.assert_allclose(loss.detach(), scale * (1 - sigmoid(inside)), rtol=1e-13)
    loss.sum().backward()
    slope = sigmoid(inside) * (1 - sigmoid(inside))
    np.testing.assert_allclose(logp.grad, -0.4 * np.array([1, -1, -1]) * scale * slope, rtol=1e-13)


@pytest.mark.parametrize(("desirable", "undesirable"), [(1.0, 1.0), (1.0, 3.0)])
def test_a_response_rises_where_its_odds_of_being_good_exceed_the_weights(desirable, undesirable):
    good = np.array([0.2, 0.6, 0.9])  # how often each is called good
    slopes = []
    for h in (np.array([-2.0, 0.0, 1.0]), np.zeros(3)):
        logp = torch.tensor(REF + h, requires_grad=True)
        for label, weight in ((np.ones((3, 1)), good), (np.zeros((3, 1)), 1 - good)):
            options = {"desirable": desirable, "undesirable": undesirable}
            (torch.tensor(weight) * kto(singles(logp, label, [0.1] * 3), **options)).sum().backward()
        slopes.append(logp.grad.numpy())
        push = sigmoid(0.1 * (h - 0.1)) * sigmoid(-0.1 * (h - 0.1)) * (desirable * good - undesirable * (1 - good))
        np.testing.assert_allclose(logp.grad, -0.1 * push, rtol=1e-12)
    assert (np.sign(slopes[0]) == np.sign(slopes[1])).all()  # whatever the policy is


def test_several_responses_of_a_prompt_are_averaged():
    column = {"mismatched": np.array([0.2])}
    together = as_group(np.log([0.5, 0.2, 0.3]), REF, [[0, 1, 2]], reward=[[1.0, 0.0, 1.0]], info=column)
    apart = singles(np.log([0.5, 0.2, 0.3]), [[1.0], [0.0], [1.0]], [0.2] * 3)
    assert kto(together)[0] == pytest.approx(kto(apart).mean(), rel=1e-14)


def test_the_column_is_asked_for_by_name_and_shape():
    bare = as_group(REF, REF, [[0], [1]])
    with pytest.raises(MissingColumn, match="mismatched"):
        kto(bare)
    with pytest.raises(BadBatch, match="mismatched"):
        kto(as_group(REF, REF, [[0], [1]], info={"mismatched": np.zeros((2, 1))}))
    assert partial(kto, beta=0.2)(as_group(REF, REF, [[0]], info={"mismatched": np.zeros(1)}))[0] == 0.5
