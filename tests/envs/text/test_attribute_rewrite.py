"""Rewriting: the three measures of steering against their identities, and requests that can be met exactly."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.attribute_rewrite import WORDS, AttributeRewrite, Rewriting, steering
from rewardlab.envs.text.dialogue import rng_of


def test_error_is_miscalibration_and_side_effects_by_pythagoras_in_any_frame():
    rng = np.random.default_rng(0)
    source, goal, output = rng.random((3, 500, 3))
    error, off, side = steering(source, goal, output)
    asked, moved = np.linalg.norm(goal - source, axis=1), np.linalg.norm(output - source, axis=1)
    assert error**2 == pytest.approx((off * asked) ** 2 + (side * moved) ** 2, abs=1e-9)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    for mine, turned in zip((error, off, side), steering(source @ turn, goal @ turn, output @ turn), strict=True):
        assert mine == pytest.approx(turned, abs=1e-9)


def test_perfect_copied_overshot_and_aside():
    source, goal = np.array([0.2, 0.5, 0.3]), np.array([0.4, 0.5, 0.7])
    asked = goal - source
    aside = source + np.array([0, 0.3, 0])
    for output, due in (
        (goal, (0, 0, 0)), (source, (np.linalg.norm(asked), 1, 0)), (source + 2 * asked, (np.linalg.norm(asked), 1, 0)),
        (source + asked / 2, (np.linalg.norm(asked) / 2, 0.5, 0)), (aside, (np.linalg.norm(aside - goal), 1, 1)),
    ):  # fmt: skip
        assert steering(source, goal, output) == pytest.approx(due, abs=1e-7)


@pytest.mark.parametrize("fields", [{}, {"changed": 1}, {"changed": 3, "length": 5}, {"correlation": 1.0}], ids=str)
def test_requests_change_what_they_should_and_nothing_else_and_can_be_met(fields):
    rules = AttributeRewrite(split="all", **fields)
    for seed in range(60):
        task = rules._task(rng_of(seed))
        source, goal = rules.ends(task)
        assert (source != goal).sum() == rules.changed and (goal >= 0).all() and (goal <= 1).all()
        h = rules.hear(task, None, rules.expert(task, None, rng_of(0)), rng_of(0))
        assert h.success and h.parts["outcome"] == 1 and h.columns["error"] == 0
        copied = rules.hear(task, None, " ".join(task.source), rng_of(0))
        assert copied.columns["calibration"] == pytest.approx(1) and copied.columns["overlap"] == 1
        assert copied.columns["side"] == 0 and not copied.success


def test_attributes_are_what_counting_finds():
    rules = AttributeRewrite()
    long = {w for (is_long, _), words in WORDS.items() for w in words if is_long}
    assert all((len(w) >= 7) == (w in long) for words in WORDS.values() for w in words)
    h = rules.hear(Rewriting(("so", "so"), (4, 2, 1)), None, "so whatever thus get", rng_of(0))
    assert h.columns["attributes"] == (4 / 16, 1 / 4, 1 / 4) and h.columns["goal"] == (4 / 16, 2 / 4, 1 / 4)
    assert h.columns["overlap"] == 0.5 and h.parts["outcome"] == pytest.approx(1 - 0.25 / np.sqrt(3))
    half = rules.hear(Rewriting(("so",), (2, 0, 0)), None, "so what", rng_of(0))
    assert half.parts["outcome"] == 0.5 and not half.success  # at the place, in a foreign word


def test_longer_sources_are_more_formal_where_asked():
    for correlation in (0.0, 1.0):
        rules = AttributeRewrite(correlation=correlation, split="all")
        ends = np.array([rules.ends(rules._task(rng_of(k)))[0] for k in range(500)])
        slope = np.polyfit(ends[:, 0], ends[:, 2], 1)[0]
        assert abs(slope - correlation) < 0.3  # about 4 standard errors


def test_what_is_out_of_range_is_refused():
    for wrong in ({"length": 1}, {"changed": 4}, {"changed": 0}, {"correlation": 1.1}):
        with pytest.raises(BadOption, match=next(iter(wrong))):
            AttributeRewrite(**wrong)
