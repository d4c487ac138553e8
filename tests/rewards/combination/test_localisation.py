"""Vision-R1's reward of boxes."""

import itertools
import json

import numpy as np
import pytest

from rewardlab.core.errors import BadBatch, BadOption
from rewardlab.rewards import Localisation, localisation_parts, localisation_reward, rollouts, score
from rewardlab.rewards.combination.boxes import giou_matrix, iou_matrix
from rewardlab.rewards.combination.localisation import EARLY, LATE

TRUTH = [[0.1, 0.1, 0.3, 0.3], [0.5, 0.5, 0.9, 0.8], [0.0, 0.6, 0.2, 1.0]]
PERFECT = {"format": 1.0, "recall": 1.0, "precision": 1.0}


def stage(thresholds):
    return dict(zip(("xi", "low", "high"), thresholds, strict=True))


def boxes(rng, n):
    corner = rng.random((n, 2)) * 0.6
    return np.concatenate([corner, corner + 0.1 + 0.3 * rng.random((n, 2))], axis=1)


@pytest.mark.parametrize("thresholds", [EARLY, LATE])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_true_boxes_in_any_order_are_perfect(thresholds, order):
    assert localisation_parts([TRUTH[i] for i in order], TRUTH, **stage(thresholds)) == PERFECT


def test_a_duplicate_is_found_once_and_costs_half_the_precision():
    assert localisation_parts([TRUTH[0]] * 2, TRUTH[:1]) == {"format": 1.0, "recall": 1.0, "precision": 0.5}


def test_a_box_of_overlap_three_fifths_is_graded_early_and_nothing_late():
    answer, truth = [0, 0, 1.0, 0.6], [0, 0, 1.0, 1.0]
    early, late = (localisation_parts(answer, truth, **stage(s)) for s in (EARLY, LATE))
    assert early == {"format": 1.0, "recall": 1.0, "precision": pytest.approx(0.6)}
    assert late == {"format": 1.0, "recall": 0.0, "precision": 0.0}


def test_nothing_is_right_where_there_is_nothing_and_wrong_elsewhere():
    assert localisation_parts([], []) == PERFECT
    assert localisation_reward([], TRUTH) == localisation_reward(TRUTH, []) == 0
    assert localisation_reward(None, TRUTH) == localisation_reward(None, []) == 0
    assert localisation_reward([[0, 0, np.nan, 1]], TRUTH) == localisation_reward([[1, 0, 0, 1]], TRUTH) == 0


@pytest.mark.parametrize("many", [2, 5, 12])
def test_boxes_everywhere_stay_below_the_bound(many):
    sides = np.linspace(0, 1, many + 1)
    spam = [[a, b, c, d] for a, c in itertools.combinations(sides, 2) for b, d in itertools.combinations(sides, 2)]
    bound = (2 + len(TRUTH) / len(spam)) / 3
    assert localisation_reward(spam, TRUTH) <= bound + 1e-12
    whole = localisation_reward(spam + TRUTH, TRUTH)  # spam that holds the right answer attains it
    np.testing.assert_allclose(whole, (2 + 3 / (len(spam) + 3)) / 3)


@pytest.mark.parametrize("seed", range(20))
def test_the_matching_is_the_cheapest_of_all(seed):
    rng = np.random.default_rng(seed)
    found, truth = boxes(rng, int(rng.integers(1, 6))), boxes(rng, int(rng.integers(1, 6)))
    labels, true_labels = rng.integers(0, 2, len(found)), rng.integers(0, 2, len(truth))
    cost = np.abs(found[:, None] - truth).sum(-1) - (labels[:, None] == true_labels) - giou_matrix(found, truth)
    small, large = sorted((len(found), len(truth)))
    wide = cost if len(found) == small else cost.T
    columns = min(itertools.permutations(range(large), small), key=lambda p: sum(wide[i, j] for i, j in enumerate(p)))
    overlap = iou_matrix(found, truth) if len(found) == small else iou_matrix(truth, found)
    u = overlap[np.arange(small), columns]
    parts = localisation_parts(found, truth, labels=labels, true_labels=true_labels, xi=0.2, low=0.1, high=0.6)
    np.testing.assert_allclose(parts["recall"], (u > 0.2).sum() / len(truth))
    np.testing.assert_allclose(parts["precision"], np.where(u < 0.1, 0, np.where(u > 0.6, 1, u)).sum() / len(found))


def test_classes_guide_the_matching():
    found, truth = [[0, 0, 1, 1.0], [0.1, 0, 1.1, 1]], [[0, 0, 1, 1.0], [0.1, 0, 1.1, 1]]
    crossed = localisation_parts(found, truth, labels=["a", "b"], true_labels=["b", "a"], low=0, high=0.99, xi=0.99)
    assert crossed["recall"] == 0 and crossed["precision"] == pytest.approx(0.9 / 1.1)


def test_pixels_are_matched_as_shares_of_the_picture_are():
    rng = np.random.default_rng(3)
    found, truth = boxes(rng, 4), boxes(rng, 5)
    assert localisation_parts(found, truth, xi=0.1) == pytest.approx(
        localisation_parts(224 * found, 224 * truth, xi=0.1, extent=224)
    )


def test_an_unknown_truth_shows_and_a_senseless_one_is_refused():
    assert np.isnan(localisation_reward(TRUTH, [[0, 0, np.nan, 1]]))
    with pytest.raises(BadBatch, match="truth"):
        localisation_reward(TRUTH, [[1, 0, 0, 1]])
    with pytest.raises(BadBatch, match="labels"):
        localisation_reward(TRUTH, TRUTH, labels=["a"], true_labels=["a"] * 3)


def test_strict_thresholds_give_early_groups_equal_pays_and_loose_ones_do_not():
    rng, truth = np.random.default_rng(0), np.array([0.0, 0.0, 1.0, 1.0])
    answers = truth + 0.25 * rng.uniform(-1, 1, (400, 8, 1)) * [1, 0, 1, 0]  # shifts sideways
    answers = answers + np.array([0.3, 0, 0.3, 0])  # and all a little off: IoU 0.29 to 0.90

    def silent(thresholds):
        pays = np.array([[localisation_reward(a, truth, **stage(thresholds)) for a in g] for g in answers])
        return (np.ptp(pays, axis=1) < 1e-12).mean()

    assert silent(EARLY) < 0.02 < silent(LATE)


def test_thresholds_tighten_for_good_once_recall_is_good_or_after_some_steps():
    good, poor = "[0, 0, 1, 0.6]", "[0, 0, 1, 0.3]"
    truth = {"boxes": [[[0, 0, 1.0, 1.0]]] * 4}
    three, four = (rollouts(["q"] * 4, [good] * k + [poor] * (4 - k), truth) for k in (3, 4))
    reward = Localisation(json.loads)
    assert reward.update(three)["localisation/recall"] == 0.75 and not reward.tight  # passes, not reaches
    np.testing.assert_allclose(score(four, reward), [(1 + 1 + 0.6) / 3] * 4)
    assert reward.update(four) == {"localisation/recall": 1.0, "localisation/tight": 1.0}
    np.testing.assert_allclose(score(four, reward), [1 / 3] * 4)
    reward.update(three)
    assert reward.tight

    slow = Localisation(json.loads, steps=8)
    assert [slow.update(three)["localisation/tight"] for _ in range(3)] == [0, 1, 1]


@pytest.mark.parametrize(
    "options", [{"early": (0.5, 0.8, 0.6)}, {"late": (2.0, 0.1, 0.2)}, {"steps": 0}, {"extent": 0.0}]
)
def test_senseless_options_are_refused(options):
    with pytest.raises(BadOption, match=next(iter(options))):
        Localisation(**options)
