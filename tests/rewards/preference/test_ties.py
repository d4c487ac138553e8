"""What models of ties share: a parameter that is positive, learned by each member, and asked for by name."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from judged import vectors

from rewardlab.core.errors import BadOption
from rewardlab.rewards import vector_items
from rewardlab.rewards.preference.ties import TieModel

ITEMS = vector_items(vectors(60, 2), label=np.tile([1.0, 0.5, 0.0], 20))


@dataclass(kw_only=True)
class Constant(TieModel):
    """Ties with probability tie / (1 + tie), whatever the scores."""

    def logs(self, scores, log_tie):
        gap = scores[..., 0] - scores[..., 1]
        rest = -torch.nn.functional.softplus(log_tie) + torch.zeros_like(gap)
        sides = [torch.nn.functional.logsigmoid(x) + rest for x in (gap, -gap)]
        return torch.stack([*sides, log_tie + rest], -1)


def test_the_share_of_ties_is_learned():
    model = Constant(tie=3.0, lr=0.02, hidden=(4,), weight_decay=0.0, batch_size=60)
    assert (model.ties == 3.0).all()
    logs = model.fit(ITEMS, epochs=200)
    times = model._bootstraps(60)
    shares = (times[:, 1::3].sum(1) / times.sum(1)).numpy()
    np.testing.assert_allclose(model.ties / (1 + model.ties), shares, atol=0.01)
    assert set(logs[-1]) == {"loss", "accuracy", "held_out", "pairs"}


def test_answers_are_sure_together_and_half_a_tie_is_a_win():
    model = Constant()
    model.fit(ITEMS, epochs=1)
    answers = model.answers(ITEMS)
    np.testing.assert_allclose(answers.sum(-1), 1, rtol=1e-6)
    np.testing.assert_allclose(model.probabilities(ITEMS), answers[..., 0] + answers[..., 2] / 2)
    turned = vector_items(ITEMS.obs[:, ::-1, 0])
    np.testing.assert_allclose(model.answers(turned)[..., [1, 0, 2]], answers, rtol=1e-5)


def test_what_is_right_is_the_likeliest_of_three():
    model = Constant(members=1)
    model.fit(ITEMS, epochs=1)
    scores = torch.tensor([[[3.0, 0.0], [0.0, 3.0], [3.0, 0.0]]])
    hit, sided = model.right(scores, {"label": torch.tensor([1.0, 0.1, 0.5])})
    assert hit.tolist() == [[True, True, False]] and sided.all()


def test_a_state_holds_the_parameter():
    model, other = Constant(), Constant()
    model.fit(ITEMS, epochs=3)
    other.load_state_dict(model.state_dict())
    assert (other.ties == model.ties).all() and (model.ties != 0.5).all()


def test_mistakes_are_named():
    for tie in (0.0, -1.0, np.inf):
        with pytest.raises(BadOption, match="tie="):
            Constant(tie=tie)
    with pytest.raises(NotImplementedError, match="how likely a tie is"):
        TieModel().fit(ITEMS, epochs=1)
