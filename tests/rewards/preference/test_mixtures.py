import numpy as np
import pytest
import torch
from folks import opposed

from rewardlab.core.errors import BadOption
from rewardlab.rewards import PALA
from rewardlab.rewards.preference.mixtures import Mixture

ITEMS = opposed(12, users=6)


def fitted(**options):
    model = PALA(annotators=6, prototypes=2, dim=3, hidden=None, slope=0.2, lr=0.05, **options)
    model.fit(ITEMS, epochs=5)
    return model


def loss(model, answers, shares, decay):
    """What the shares [K] of somebody new minimise, up to what no shares change."""
    gaps = model.segment_scores(answers, shares).double()
    margin = (2 * torch.as_tensor(answers.info["label"]) - 1) * (gaps[:, 0] - gaps[:, 1])
    logits = np.log(shares) - np.log(shares).mean()
    return float(-torch.nn.functional.logsigmoid(margin).sum()) + decay * float((logits**2).sum())


def test_shares_of_somebody_new_are_the_best_there_are():
    model = fitted(few_steps=600)
    answers = opposed(15, users=1, sure=1.0, seed=3)
    found = model.person(answers)
    assert found.sum() == pytest.approx(1, abs=1e-6)
    grid = np.linspace(0.002, 0.998, 500)
    losses = [loss(model, answers, np.array([w, 1 - w]), model.decay) for w in grid]
    assert found[0] == pytest.approx(grid[int(np.argmin(losses))], abs=0.01)


def test_shares_of_several_are_found_as_one_by_one():
    model = fitted()
    together = model.persons(model.answers(ITEMS), 6)
    for k in (0, 5):
        np.testing.assert_allclose(model.person(ITEMS.rows(ITEMS.info["annotator"] == k)), together[k], atol=1e-3)


def test_finding_somebody_changes_nothing_for_others():
    model = fitted()
    before = model.probabilities(ITEMS)
    model.for_user(ITEMS.rows(slice(0, 9)))
    np.testing.assert_array_equal(model.probabilities(ITEMS), before)


def test_shares_lie_on_the_simplex_and_one_prototype_is_one_taste():
    model = fitted()
    np.testing.assert_allclose(model.people.sum(1), 1, rtol=1e-6)
    alone = PALA(annotators=6, prototypes=1, dim=3, hidden=(8,))
    alone.fit(ITEMS, epochs=1)
    chance = alone.probabilities(ITEMS)
    np.testing.assert_array_equal(chance, np.repeat(chance[:1], 6, 0))


def test_annotators_that_there_are_not_are_left_out():
    items = ITEMS.paying(ITEMS.reward, annotator=ITEMS.info["annotator"] + 1)
    with pytest.warns(UserWarning, match="annotator"):
        fitted().fit(items, epochs=1)


@pytest.mark.parametrize("bad", [{"prototypes": 0}, {"annotators": 0}, {"dim": 0}, {"few_steps": 0}, {"decay": -1.0}])
def test_options_outside_their_range_are_refused(bad):
    with pytest.raises(BadOption, match=next(iter(bad))):
        PALA(**{"annotators": 2} | bad)


def test_a_mixture_says_what_it_lacks():
    for name in ("mapped", "worth"):
        with pytest.raises(NotImplementedError, match=name):
            getattr(Mixture(annotators=2), name)(*[torch.zeros(1)] * (1 + (name == "worth")))
