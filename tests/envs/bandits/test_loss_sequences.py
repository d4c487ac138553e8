"""Sequences of losses: their laws, their bounds, and how much chance and change they hold."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.bandits.loss_sequences import LAWS, check_law, measures, sequences


def make(law, *, experts=False, spread=0.0, rounds=60, dimension=4, count=2, instance=0, **options):
    return sequences(
        law, options, count=count, rounds=rounds, dimension=dimension, experts=experts, spread=spread,
        instance=instance, where="W",
    )  # fmt: skip


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("experts", [False, True])
@pytest.mark.parametrize("spread", [0.0, 0.4, 1.0])
def test_no_vector_is_longer_than_1_and_instances_keep_their_bits(law, experts, spread):
    s, mean = make(law, experts=experts, spread=spread)
    size = np.abs(s).max(2) if experts else np.linalg.norm(s, axis=2)
    assert s.shape == mean.shape == (2, 60, 4) and size.max() <= 1 + 1e-12
    np.testing.assert_array_equal(s, make(law, experts=experts, spread=spread)[0])
    more = make(law, experts=experts, spread=spread, count=3)[0]
    np.testing.assert_array_equal(s, more[:2])  # further sequences leave the first as they are
    if spread == 1.0:
        assert (mean == 0).all() and not np.allclose(s, make(law, experts=experts, spread=1.0, instance=1)[0])
        np.testing.assert_allclose(np.abs(s) if experts else size, 1.0)
    if spread == 0.0:
        np.testing.assert_array_equal(s, mean)


def test_means_follow_their_laws():
    fixed = make("fixed")[0][0]
    assert (fixed == fixed[0]).all() and np.linalg.norm(fixed[0]) == pytest.approx(1)
    turning = make("rotating", period=20)[0][0]
    np.testing.assert_allclose(turning[20:40], turning[:20], atol=1e-12)
    np.testing.assert_allclose(turning[10], -turning[0], atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(turning, axis=1), 1.0)
    experts = make("rotating", period=20, experts=True)[0][0]
    assert set(experts[:20].argmin(1)) == {0, 1, 2, 3}  # each is best in turn
    blocks = make("switching", switches=3)[0][0]
    assert np.flatnonzero(np.abs(np.diff(blocks, axis=0)).sum(1)).tolist() == [14, 29, 44]
    walk = np.linalg.norm(np.diff(make("drifting", rounds=2000, speed=0.1)[0][0], axis=0), axis=1)
    assert walk.mean() == pytest.approx(0.1 * np.sqrt(3 / 4), rel=0.1)  # a step loses the direction it stands in


@pytest.mark.parametrize("experts", [False, True])
def test_the_leader_of_an_alternating_sequence_is_wrong_in_every_round(experts):
    s = make("alternating", experts=experts)[0][0]
    total = np.cumsum(s, axis=0)
    if experts:
        losses = (1 + s) / 2
        leader = np.cumsum(losses, axis=0)[:-1].argmin(1)
        assert (losses[1:][np.arange(59), leader] == 1).all() and losses[:, :2].sum(0).min() <= 30
    else:
        leader = -total[:-1] / np.linalg.norm(total[:-1], axis=1, keepdims=True)
        np.testing.assert_allclose((leader * s[1:]).sum(1), 1.0, atol=1e-12)
        assert np.linalg.norm(total[-1]) <= 0.5 + 1e-12


@pytest.mark.parametrize("experts", [False, True])
def test_measures_are_the_sums_of_their_definition(experts):
    s, mean = make("switching", experts=experts, spread=0.3, switches=2, rounds=600)
    sigma, change = measures(mean, experts=experts, spread=0.3)
    # chance has the same length in each round, so that the sum is exact and not an average
    np.testing.assert_allclose(((s - mean) ** 2).sum((1, 2)), sigma)
    steps = [mean[0, 0], mean[0, 200] - mean[0, 199], mean[0, 400] - mean[0, 399]]
    assert change[0] == pytest.approx(sum((x**2).sum() for x in steps))
    z = (s - mean).reshape(-1, 4)
    assert np.abs(z.mean(0)).max() < 4 * z.std() / np.sqrt(len(z))  # four standard errors


@pytest.mark.parametrize(
    ("law", "options", "words"),
    [
        ("rotatin", {}, "(?s)sequence='rotatin'.*rotating"),
        ("adaptive", {}, "sequence='adaptive'"),
        ("fixed", {"period": 3}, "(?s)option 'period'.*no options"),
        ("rotating", {"speed": 3}, "(?s)option 'speed'.*period"),
        ("rotating", {"period": 0}, "period=0"),
        ("switching", {"switches": 60}, "switches=60"),
        ("drifting", {"speed": -1}, "speed=-1"),
    ],
)
def test_mistakes_are_named(law, options, words):
    with pytest.raises(BadOption, match=words):
        make(law, **options)
    with pytest.raises(BadOption, match=r"spread=1\.5"):
        make("fixed", spread=1.5)
    check_law("adaptive", None, where="W", adaptive=True)
