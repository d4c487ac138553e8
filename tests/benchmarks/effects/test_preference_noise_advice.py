"""Markets and policies of statements."""

import numpy as np
import pytest

from rewardlab.benchmarks.effects import preference_noise_advice as advice


def test_markets_hold_what_feedback_says():
    task = advice.Markets(0, count=20)
    assert all(r.shape == (20, 27) for r in task.ratings.values())
    np.testing.assert_allclose(task.ratings["after"], task.utility, atol=1e-12)
    between = 0.75 * task.ratings["at once"] + 0.25 * task.utility
    np.testing.assert_allclose(task.ratings["in part"], between, atol=1e-12)
    assert (task.deceived <= task.lies).all() and (task.utility[task.deceived] < 0).all()
    np.testing.assert_allclose(task.reference.sum(-1), 1)
    sure = advice.Markets(0, count=20, known=1.0)
    np.testing.assert_allclose(sure.ratings["simulated"], sure.utility, atol=1e-12)


@pytest.mark.parametrize("by", ["rewards", "pairs"])
def test_policies_climb_the_rating_that_they_get(by):
    found = {f: advice.advised(0, feedback=f, by=by, steps=60) for f in ("at once", "after")}
    start = advice.advised(0, feedback="at once", by=by, steps=2)
    assert found["at once"]["rating"] > start["rating"] + 0.02
    assert found["after"]["utility"] > found["at once"]["utility"] + 20
    assert found["after"]["deceived"] < found["at once"]["deceived"]


def test_rewards_lead_to_the_tilted_reference():
    """The optimum of E[r] − β KL is the reference times exp(r / β)."""
    from rewardlab.core.responses import expected, tilted

    task = advice.Markets(0)
    best = tilted(task.reference, task.ratings["after"], 0.1)
    found = advice.advised(0, feedback="after", by="rewards", steps=3000)
    assert found["rating"] == pytest.approx(expected(best, task.ratings["after"]).mean(), abs=2e-3)
