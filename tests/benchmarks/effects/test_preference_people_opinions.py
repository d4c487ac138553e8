"""Features of summaries by hand, and policies among candidates."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import preference_people_opinions as opinions


def test_features_by_hand():
    facts = np.array([0, 0, 1, 2, 2, 2, 5, 5])  # aspect 0: two bad, one good; 1: three bad; 2: two good
    summary = np.array([1, 3, 3, 10, 0, 0])  # 0 bad, 1 bad twice, aspect 4 good
    found = dict(zip(opinions.NAMES, opinions.measured(facts, summary) / 5, strict=True))
    assert found["aspects"] == pytest.approx(2 / 3) and found["faithful"] == pytest.approx(3 / 4)
    assert found["opinions"] == pytest.approx(5 / 8) and found["concise"] == pytest.approx(2 / 6)
    assert found["relevant"] == pytest.approx(3 / 4) and found["invented"] == pytest.approx(1 / 6)
    assert found["correct"] == pytest.approx(5 / 6)


def test_rules_read_the_tokens_and_stay_in_range():
    rng = np.random.default_rng(0)
    facts = opinions.reviews(50, rng)
    summary = opinions.summaries(facts, 4, rng)
    items, z = opinions.seen(facts, summary), opinions.measured(facts[:, None], summary)
    assert z.min() >= 0 and z.max() <= 5 and (z.std((0, 1)) > 0.1).all()
    for j in range(7):
        np.testing.assert_allclose(opinions.feature(j).value(items)[..., 0], z[..., j])


def test_the_gold_utility_itself_wins_most():
    choice = opinions.Candidates(np.random.default_rng(0), prompts=5, each=20)
    worth = opinions.gold(choice.features)

    class Truth:
        def segment_scores(self, items):
            import torch

            return torch.as_tensor(worth)[None]

    policy = choice.policy(Truth(), 0.01)
    np.testing.assert_allclose((policy * worth).sum(-1), worth.max(-1), atol=0.05)


@pytest.mark.parametrize("which", [range(7), None])
def test_both_sides_learn(which):
    rng = np.random.default_rng(0)
    model = opinions.fitted(opinions.pairs(60, rng), 0, which=which, steps=20)
    assert model.probabilities(opinions.pairs(10, rng)).shape == (1, 10)


def test_claims_name_sides_that_there_are():
    (effect,) = opinions.effects()
    assert {s for c in effect.claims for s in (c.side, c.against)} <= {a.side for a in effect.arms}
