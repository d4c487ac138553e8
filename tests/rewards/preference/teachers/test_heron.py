import warnings
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from steps import as_torch, steps

from rewardlab.core.errors import BadOption
from rewardlab.rewards import BradleyTerry, Heron, intransitive_triples
from rewardlab.rewards.preference.teachers import lexicographic


def batch(z):
    """Pairs of one step whose factors stand in the observation, z [P, 2, m]."""
    z = np.asarray(z, dtype=float)
    return steps((*z.shape[:2], 1), obs=z[:, :, None])


def heron(m, margins, **options):
    return Heron([lambda b, k=k: b.obs[..., k] for k in range(m)], margins, **options)


@given(st.lists(st.lists(st.integers(0, 2), min_size=6, max_size=6), min_size=1, max_size=20))
def test_without_margins_the_order_is_that_of_tuples(rows):
    z = np.array(rows).reshape(-1, 2, 3)
    label, level = lexicographic(z, np.zeros(3))
    for y, k, (a, b) in zip(label, level, z.tolist(), strict=True):
        assert y == (0.5 if a == b else float(a > b))
        assert k == next((i for i in range(3) if a[i] != b[i]), 3)


@given(st.integers(0, 2**32 - 1), st.floats(0, 2))
def test_a_swap_turns_the_answer_round(seed, margin):
    z = np.random.default_rng(seed).normal(size=(30, 2, 3))
    one, two = (lexicographic(x, np.array([margin, 0.3, 0.0])) for x in (z, z[:, ::-1]))
    assert (one[0] == 1 - two[0]).all() and (one[1] == two[1]).all()


@pytest.mark.parametrize("factor", [0, 1, 2])
def test_scale_and_origin_of_a_factor_do_not_matter(factor):
    z = np.random.default_rng(0).normal(size=(400, 2, 3))
    teacher = heron(3, (0.5, 0.3, 0.1), dominant=1.0)
    labels = teacher(batch(z))
    for power in (10, -7):
        other = z.copy()
        other[..., factor] *= 2.0**power
        np.testing.assert_array_equal(teacher(batch(other)), labels)  # to the bit, whatever is near a margin
    other = z.copy()
    other[..., factor] = 3.7 * z[..., factor] - 5
    np.testing.assert_array_equal(teacher(batch(other)), labels)
    other[..., factor] *= -1
    assert (teacher(batch(other)) != labels).any()


def test_margins_are_shares_of_the_deviation_and_the_levels_are_reported():
    """Normal factors: the first decides with P(|N(0, 2)| > 0.5), the second what is left with P(|N(0, 2)| > 0.3)."""
    from math import erf

    count = 20_000
    teacher = heron(2, (0.5, 0.3), undecided=0.5)
    teacher(batch(np.random.default_rng(1).normal(size=(count, 2, 2)) * [1, 1000]))
    within = [erf(c / 2) for c in (0.5, 0.3)]
    exact = np.array([1 - within[0], within[0] * (1 - within[1])])
    assert (
        np.abs(teacher.decided - exact) < 4 * np.sqrt(exact * (1 - exact) / count) + 1e-3
    ).all()  # four standard errors


def test_undecided_pairs_get_what_was_asked_for_and_segments_are_summed_over_what_counts():
    z = [[[1, 1], [1, 1]], [[2, 0], [1, 9]]]
    np.testing.assert_array_equal(heron(2, (0, 0))(batch(z)), [np.nan, 1])
    np.testing.assert_array_equal(heron(2, (0, 0), undecided=0.5)(as_torch(batch(z))), [0.5, 1])
    long = steps((1, 2, 2), obs=np.array([[[1.0, 5], [4, 9]]]), mask=np.array([[[True, True], [True, False]]]))
    teacher = Heron([lambda b: b.obs, lambda b: b.obs.max(-1)], (0, 0), dominant=1.0)
    assert teacher.values(long).tolist() == [[[6, 5], [4, 9]]] and teacher.labelled(long).info["label"].tolist() == [1]


def test_a_factor_that_decides_nearly_all_is_warned_of():
    z = np.random.default_rng(2).normal(size=(200, 2, 2))
    with pytest.warns(UserWarning, match="factor 1 decides (9|10)"):
        heron(2, (0.01, 0.0))(batch(z))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        heron(2, (1.0, 0.0))(batch(z))
        heron(1, (0.0,))(batch(z))  # the only one has to


def brute(z, margins):
    """Cycles and broken chains by enumeration."""

    def better(a, b):
        for x, y, d in zip(a, b, margins, strict=True):
            if abs(x - y) > d:
                return x > y
        return False

    cycles = broken = 0
    for i, j, k in permutations(range(len(z)), 3):
        if better(z[i], z[j]) and better(z[j], z[k]):
            cycles += better(z[k], z[i])
            broken += not better(z[i], z[k])
    return cycles // 3, broken


def test_intransitive_triples_are_counted_and_there_are_none_without_margins():
    z = np.random.default_rng(3).normal(size=(14, 2))
    assert intransitive_triples(z, np.array([0.8, 0.2])) == brute(z, (0.8, 0.2)) and brute(z, (0.8, 0.2))[0] > 0
    assert intransitive_triples(z, np.zeros(2)) == (0, 0)
    ring = np.array([[0.0, 2], [0.6, 1], [1.2, 0]])  # each step along is too small to see, the whole is not
    assert intransitive_triples(ring, np.array([1.0, 0.5])) == (1, 3)


def test_nan_is_not_hidden_behind_a_label_unless_it_was_not_asked():
    z = [[[np.nan, 1], [0, 0]], [[1, np.nan], [0, 0]], [[1, np.nan], [1, 0]]]
    np.testing.assert_array_equal(lexicographic(np.array(z), np.zeros(2))[0], [np.nan, 1, np.nan])


@pytest.mark.parametrize(("m", "margins"), [(0, ()), (2, (0.1,)), (1, (-0.1,))])
def test_margins_that_do_not_fit_are_refused(m, margins):
    with pytest.raises(BadOption, match="Heron"):
        heron(m, margins)


def test_a_reward_model_learns_the_lexicographic_order_of_a_table():
    """One step, 60 outcomes: tests passed, then no error, then the shortest, with no margins."""
    rng = np.random.default_rng(0)
    z = np.stack([rng.integers(0, 11, 60), rng.integers(0, 2, 60), -rng.permutation(60)], -1).astype(float)

    def outcomes(index):
        return steps((*index.shape, 1), obs=np.eye(60, dtype=np.float32)[index][:, :, None], z=z[index][:, :, None])

    every = rng.permuted(rng.permutation(np.stack(np.triu_indices(60, 1), -1)), axis=1)
    data = Heron([lambda b, k=k: b.info["z"][..., k] for k in range(3)], (0, 0, 0)).labelled(outcomes(every))
    model = BradleyTerry(action=False, hidden=(), lr=0.3, batch_size=256, error=0.0, seed=0)
    log = model.fit(data, epochs=15)[-1]
    score = model.segment_scores(outcomes(np.arange(60)[:, None])).mean(0)[:, 0].numpy()
    assert score.argmax() == np.lexsort(z[:, ::-1].T)[-1]
    assert log["held_out"] >= 0.95 and spearmanr(score, z[:, 0]).statistic >= 0.9
