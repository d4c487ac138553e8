"""Ranked factors on a small table."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import preference_asking_ranks as ranks


def test_worth_is_one_for_the_best_and_free_of_units():
    z = ranks.outcomes(3)
    u = ranks.worth(z)
    assert u.max() == 1 and u.mean() == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(ranks.worth(z * ranks.RESCALED), u)


def test_a_model_of_ranked_factors_does_not_see_units():
    z = ranks.outcomes(0)[:30]
    (one, held), (two, _) = (ranks.learned(x, 0, ranks.by_rank(), epochs=30) for x in (z, z * ranks.RESCALED))
    assert (one == two).all() and ranks.worth(z)[one.argmax()] > 0.5 and held > 0.7


def test_a_tuned_sum_has_the_best_of_its_grid_and_loses_it():
    found = ranks.summed(0)
    assert found["return"] > 0.9 and found["kept"] < 0.7


def test_the_claims_name_sides_that_there_are():
    for effect in ranks.effects():
        assert effect.name.startswith("preference_asking_")
        sides = {arm.side for arm in effect.arms}
        assert all({c.side, c.against} <= sides for c in effect.claims)
