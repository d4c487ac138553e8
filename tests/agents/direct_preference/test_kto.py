"""KTO's value function, its reference point, and which responses it raises."""

import numpy as np
import pytest
import torch
from preference_tables import as_group

from rewardlab.agents.direct_preference import kto
from rewardlab.core.errors import BadBatch, MissingColumn
from rewardlab.core.responses import sigmoid

REF = np.log([0.2, 0.3, 0.5])


def singles(logp, label, mismatched=(1.0, 1.0, 1.0)):
    """One prompt for each response of the table, and behind it the next one, which belongs to another prompt."""
    label = np.concatenate([label, np.ones((3, 1))], 1)
    marks = np.stack([np.zeros(3), mismatched], 1)
    return as_group(logp, REF, [[0, 1], [1, 2], [2, 0]], reward=label, info={"mismatched": marks})


@pytest.mark.parametrize("shift", [0.3, -1.0])
@pytest.mark.parametrize("weight", [(1.0, 1.0, 1.0), (0.5, 1e-9, 2.0)])
def test_loss_and_gradient_are_the_closed_forms_and_the_point_is_a_number(shift, weight):
    logp = (torch.log(torch.tensor([0.5, 0.2, 0.3], dtype=torch.float64)) + shift).requires_grad_()
    label = [[1.0], [0.0], [-1.0]]  # above 0 is desirable
    h = logp.detach().numpy() - REF
    loss = kto(singles(logp, label, weight), beta=0.4, desirable=1.3, undesirable=0.8)
    point = max(0.0, np.average(h[[1, 2, 0]], weights=weight))
    assert (point > 0) == (shift > 0)
    inside = 0.4 * np.array([1, -1, -1]) * (h - point)
    scale = np.array([1.3, 0.8, 0.8])
    np.testing.assert_allclose(loss.detach(), scale * (1 - sigmoid(inside)), rtol=1e-13)
    loss.sum().backward()
    slope = sigmoid(inside) * (1 - sigmoid(inside))
    np.testing.assert_allclose(logp.grad, -0.4 * np.array([1, -1, -1]) * scale * slope, rtol=1e-13)


@pytest.mark.parametrize(("desirable", "undesirable"), [(1.0, 1.0), (1.0, 3.0)])
def test_a_response_rises_where_its_odds_of_being_good_exceed_the_weights(desirable, undesirable):
    good = np.array([0.2, 0.6, 0.9])  # how often each is called good
    slopes = []
    for h in (np.array([-2.0, 0.2, 3.0]), np.zeros(3)):
        logp = torch.tensor(REF + h, requires_grad=True)
        for label, weight in ((np.ones((3, 1)), good), (np.zeros((3, 1)), 1 - good)):
            options = {"desirable": desirable, "undesirable": undesirable}
            (torch.tensor(weight) * kto(singles(logp, label), **options)).sum().backward()
        slopes.append(logp.grad.numpy())
        away = 0.1 * (h - h.mean())
        push = sigmoid(away) * sigmoid(-away) * (desirable * good - undesirable * (1 - good))
        np.testing.assert_allclose(logp.grad, -0.1 * push, rtol=1e-12)
    assert (np.sign(slopes[0]) == np.sign(slopes[1])).all()  # whatever the policy is


def test_several_responses_of_a_prompt_are_averaged():
    at = np.log([0.5, 0.2, 0.3])
    marks = {"mismatched": np.array([[0.0, 0.0, 0.0, 1.0]])}
    together = as_group(at, REF, [[0, 1, 2, 0]], reward=[[1.0, 0.0, 1.0, 0.0]], info=marks)
    every = [[0, 0], [1, 0], [2, 0]]
    apart = as_group(
        at, REF, every, reward=[[1.0, 0.0], [0.0, 0.0], [1.0, 0.0]], info={"mismatched": np.array([[0.0, 1.0]] * 3)}
    )
    assert kto(together)[0] == pytest.approx(kto(apart).mean(), rel=1e-14)


def test_without_mismatched_responses_the_point_is_0():
    at = np.log([0.5, 0.2, 0.3])
    none = {"mismatched": np.zeros((3, 1))}
    found = kto(as_group(at, REF, [[0], [1], [2]], reward=[[1.0], [1.0], [0.0]], info=none), beta=1.0)
    np.testing.assert_allclose(found, sigmoid(np.array([-1, -1, 1]) * (at - REF)), rtol=1e-14)


def test_the_column_is_asked_for_by_name_and_shape():
    with pytest.raises(MissingColumn, match="mismatched"):
        kto(as_group(REF, REF, [[0], [1]]))
    with pytest.raises(BadBatch, match="mismatched"):
        kto(as_group(REF, REF, [[0], [1]], info={"mismatched": np.zeros(2)}))
