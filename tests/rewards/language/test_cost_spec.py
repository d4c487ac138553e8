"""Costs as data: one term for each thing, JSON there and back, and the numbers that terms measure."""

import numpy as np
import pytest

from rewardlab.core.batch import Transitions
from rewardlab.core.errors import BadOption
from rewardlab.rewards.language.bodies import HOPPER, REACHER
from rewardlab.rewards.language.cost_spec import SOFT, Spec, Term, norms, residual

SPEC = Spec.default(HOPPER)


def steps(obs, action):
    n = len(obs)
    return Transitions(0 * obs, action, np.zeros(n), obs, np.zeros(n, bool), np.zeros(n, bool))


RNG = np.random.default_rng(0)
HOPS, ARMS = (steps(RNG.uniform(-1, 1, (5, k)), RNG.uniform(-1, 1, (5, a))) for k, a in ((11, 3), (10, 2)))


def test_a_term_takes_the_place_of_the_one_of_its_key():
    one = SPEC.put(Term("height", 1.0, 5.0))
    assert len(one.terms) == len(SPEC.terms) and one.changed(SPEC) == {"height"}
    two = one.put(Term("joint leg", -0.5))
    assert two.changed(one) == {"joint leg"} and two.drop("joint leg") == one and not one.changed(one)
    assert Spec.from_json(two.to_json()) == two
    assert SPEC.scaled(3.0).changed(SPEC) == {t.key for t in SPEC.terms}


def test_residuals_and_norms_in_closed_form():
    body = HOPPER.measure(HOPS.next_obs)
    spec = Spec((Term("height", 0.3), Term("pitch", 0.1, 1.0, "smooth_abs"), Term("effort"), Term("lift foot", 5.0),
                 Term("rest")))  # fmt: skip
    found = norms(spec, HOPPER, HOPS)
    x = HOPS.next_obs
    np.testing.assert_allclose(found["height"], (x[:, 0] - 0.3) ** 2)
    np.testing.assert_allclose(found["pitch"], np.sqrt((x[:, 1] - 0.1) ** 2 + SOFT**2) - SOFT)
    np.testing.assert_allclose(found["effort"], (HOPS.action**2).sum(1))
    np.testing.assert_allclose(found["rest"], (x[:, 5:] ** 2).sum(1))
    np.testing.assert_allclose(found["lift foot"], (body["foot foot"] - 5.0) ** 2)
    assert set(norms(spec, HOPPER, HOPS, ["height"])) == {"height"}


def test_a_lifted_foot_may_be_higher_and_angles_go_the_short_way():
    body = HOPPER.measure(HOPS.next_obs)
    low = float(body["foot foot"].min()) - 0.1
    assert (residual("lift foot", low, body, HOPS) == 0).all() and (residual("foot foot", low, body, HOPS) > 0).all()
    seen = REACHER.measure(ARMS.next_obs)
    one, other = (residual("joint shoulder", angle, seen, ARMS) for angle in (3.0, 3.0 - 2 * np.pi))
    np.testing.assert_allclose(one, other, atol=1e-12)
    assert np.abs(one).max() <= np.pi
    gap = residual("distance fingertip, target", 0.0, seen, ARMS)
    np.testing.assert_allclose(gap, ARMS.next_obs[:, 8:10])


@pytest.mark.parametrize("wrong", [{"weight": -1.0}, {"target": np.nan}, {"norm": "cubic"}, {"weight": np.inf}])
def test_terms_that_are_none_are_refused(wrong):
    with pytest.raises(BadOption):
        Term("height", **wrong)


@pytest.mark.parametrize("text", ["", "[1]", '[{"key": "a", "code": "x"}]', '[{"key": "a", "weight": -1}]', "{}x"])
def test_foreign_json_is_refused(text):
    with pytest.raises(BadOption):
        Spec.from_json(text)


def test_a_key_that_the_body_does_not_have_is_named():
    with pytest.raises(BadOption, match="joint knee"):
        norms(Spec((Term("joint knee"),)), HOPPER, HOPS)
