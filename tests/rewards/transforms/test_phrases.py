"""Phrases of reasoning, and help for answers that a model misjudges."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.rewards import Compensated, PhraseReward, Task, rollouts, score
from rewardlab.rewards.transforms.phrases import REASONING

TEXTS = ["Therefore 4.", "therefore, therefore, THEREFORE", "We know that 2 + 2; therefore 4.", "4", "".join(REASONING)]


def test_each_phrase_counts_once_in_any_case():
    batch = rollouts(["q"] * 5, TEXTS)
    np.testing.assert_allclose(score(batch, PhraseReward()), np.array([1, 1, 2, 0, 12]) / 12)
    np.testing.assert_allclose(score(batch, PhraseReward(each=0.3)), [0.3, 0.3, 0.6, 0, 1])


def test_groups_of_answers_keep_their_shape():
    batch = rollouts(["q"] * 4, TEXTS[:4]).map(lambda x: x.reshape(2, 2, *x.shape[1:]))
    assert score(batch, PhraseReward()).shape == (2, 2)


def test_help_comes_only_where_the_model_scores_low():
    batch = rollouts(["q"] * 4, TEXTS[:4])
    model = batch.paying(np.array([0.1, 0.5, 0.49, 0.9]))
    np.testing.assert_allclose(
        Compensated(Task(), PhraseReward(), weight=0.6)(model), [0.1 + 0.05, 0.5, 0.49 + 0.1, 0.9]
    )


def test_senseless_lists_are_refused():
    for phrases in ((), ("",), ("a", 3)):
        with pytest.raises(BadOption, match="phrases"):
            PhraseReward(phrases)
    with pytest.raises(BadOption, match="each"):
        PhraseReward(each=-1.0)
