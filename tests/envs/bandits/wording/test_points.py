"""Points in words: numbers in answers, and the suggestion against projected gradient descent."""

import re

import numpy as np
import pytest
from spoken_bandits import suggestion, told

from rewardlab.envs import WorldEnv
from rewardlab.envs.bandits import BanditText
from rewardlab.envs.bandits.domains import project


@pytest.mark.parametrize(
    ("said", "point"),
    [
        ("0.5 -0.25", [0.5, -0.25]), ("(1, .5)", [1.0, 0.5]), ("x1 = 0.5, x2 = -1e-1", [0.5, -0.1]),
        ("1. +0", [1.0, 0.0]),
        ("5 -7", [1.0, -1.0]), ("1e999 -1e999", [1.0, -1.0]), ("0.5", None), ("1 2 3", None), ("nan nan", None),
        ("inf 0", None), ("", None), ("one two", None), ("0x1 0", None), ("٣ ٤", None), ("1.2.3 0", None),
    ],
)  # fmt: skip
def test_an_answer_is_as_many_numbers_as_there_are(said, point):
    wording = BanditText("OnlineLosses", {"dimension": 2, "domain": "box"}).wording
    meant, moved = wording.parse(said)
    if point is None:
        assert meant is None and not moved
    else:
        np.testing.assert_array_equal(meant, np.array(point, dtype=np.float32))
        assert moved == said.startswith(("5", "1e9"))


def test_a_number_outside_is_moved_and_this_is_said():
    rules = BanditText("OnlineLosses", {"dimension": 2, "domain": "box", "radius": 3.0})
    env = WorldEnv(rules)
    env.reset(seed=0)
    text, _, _, _, info = env.step("9 -1.5")
    assert info["understood"] and info["action"].tolist() == [1.0, -0.5] and info["played"].tolist() == [3.0, -1.5]
    assert text.endswith(rules.wording.clipped) and "\n3 -1.5: loss " in text
    text, *_ = env.step("2 1")
    assert rules.wording.clipped not in text
    assert "numbers from -3 to 3" in rules.prompt()


CASES = [
    ("OnlineLosses", {"dimension": 3}),
    ("OnlineLosses-Experts-v0", {}),
    ("OnlineLosses", {"domain": "box", "losses": "quadratic", "radius": 2.0, "dimension": 2, "gradient_noise": 0.1}),
    ("OnlineLosses-Adaptive-v0", {"dimension": 3}),
    ("ConvexProblem", {"centre": [0.3, 2.0], "gradient_noise": 0.2}),
]


@pytest.mark.parametrize("rate", [1.0, 0.3])
@pytest.mark.parametrize(("of", "fields"), CASES)
def test_the_suggestion_is_the_next_point_of_gradient_descent(of, fields, rate):
    rules = BanditText(of, {**fields, "rounds": 100}, "guide", digits=17, options={"rate": rate})
    bandit, unit = rules.bandit, rules.wording.unit
    domain, lost, best = getattr(bandit, "domain", "box"), 0.0, None
    x = project(np.full((1, rules.wording.size), 1.0 / rules.wording.size if domain == "simplex" else 0.0), domain)
    rounds = told(rules, lambda t, text: (suggestion(text) / unit).astype(np.float32), steps=100)
    for t, (text, _, action, _, info) in enumerate(rounds):
        np.testing.assert_allclose(suggestion(text), x[0], atol=1e-6)
        played = project(unit * action[None].astype(float), domain, unit)  # in single precision
        np.testing.assert_allclose(info["played"], played[0], atol=1e-12)
        x = project(played - rate * unit / np.sqrt(t + 1) * info["gradient"], domain, unit)
        lost, best = lost + info["loss"], info.get("comparator_loss")
    if of.startswith("OnlineLosses") and rate == 1.0 and not fields.get("gradient_noise"):
        # Zinkevich 2003, Theorem 1: the diameter is 2, or √2 of a simplex, and gradients are at most 1, or √3, long
        wide, steep = (2.0, 3.0) if domain == "simplex" else (4.0, 1.0)
        assert lost - best <= wide * np.sqrt(100) / 2 + (np.sqrt(100) - 0.5) * steep
    if of == "ConvexProblem" and rate == 1.0:
        assert info["pseudo_regret"] < 0.1


def test_history_and_summary_tell_points_losses_and_gradients():
    fields = {"dimension": 2, "rounds": 30}
    dice = np.random.default_rng(1).uniform(-0.7, 0.7, (30, 2)).astype(np.float32)
    history, summary = (
        list(told(BanditText("OnlineLosses", fields, form, digits=17), lambda t, text: dice[t], steps=30))
        for form in ("history", "summary")
    )
    seen = []
    for (text, *_, info), (sums, *_) in zip(history, summary, strict=True):
        rows = [
            [float(v) for v in re.findall(r"-?\d[\d.e+-]*", line)] for line in text.split("\n")[2:]
        ]  # as many digits as lose nothing
        assert rows == [[*s["played"], s["loss"], *s["gradient"]] for s in seen]
        if seen:
            lines = dict(line.rsplit(" ", 2)[0:2] for line in sums.split("\n")[3:])
            assert set(lines) == {"mean gradient", "last point", "gradient there"}
            assert f"mean loss {np.cumsum([s['loss'] for s in seen])[-1] / len(seen):.17g}" in sums
            assert f"last point {seen[-1]['played'][0]:.17g} {seen[-1]['played'][1]:.17g}" in sums
        seen.append(info)
