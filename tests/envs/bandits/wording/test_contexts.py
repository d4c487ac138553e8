"""Vectors in words: what is shown, and the guide against LinUCB from the whole history."""

import re

import numpy as np
import pytest
from spoken_bandits import told

from rewardlab.envs.bandits import BanditText
from rewardlab.envs.bandits.words import advice

SMALL = {"arms": 5, "size": 3, "pulls": 60}


def linucb(x, xs, ys, alpha):
    """x · θ̂ + α ‖x‖ [n] of vectors [n, d], by normal equations of all rounds."""
    seen = np.array(xs).reshape(-1, x.shape[1])
    V = np.eye(x.shape[1]) + seen.T @ seen
    return x @ np.linalg.solve(V, seen.T @ np.array(ys)) + alpha * np.sqrt((x * np.linalg.solve(V, x.T).T).sum(1))


@pytest.mark.parametrize(
    ("of", "fields", "episodes"),
    [
        ("ContextBandit", SMALL, 1),
        ("ContextBandit", {**SMALL, "link": "logistic"}, 1),
        ("ContextBandit", {**SMALL, "link": "maps", "maps": 5}, 1),
        ("RecommenderBandit", {"rank": 2, "items": 6, "pulls": 60}, 1),
        ("GoldProxy-Draws-v0", {"n": 5}, 60),
    ],
)
def test_the_largest_advice_is_what_linucb_chooses(of, fields, episodes):
    rules = BanditText(of, fields, "guide", digits=17, episodes=episodes, options={"alpha": 0.6})
    xs, ys, lost = [], [], []
    follow = told(rules, lambda t, text: int(advice(text, rules.names).argmax()), steps=60)
    for text, state, arm, reward, info in follow:
        x = rules.wording.vectors({key: np.asarray(value)[None] for key, value in state.items()})[0, 0]
        index = linucb(x, xs, ys, 0.6)
        np.testing.assert_allclose(advice(text, rules.names), index, atol=1e-9)
        assert index[arm] >= index.max() - 1e-9  # at every step
        xs.append(x[arm])
        ys.append(reward)
        lost.append(info.get("pseudo_regret", 0.0))
        assert f"{rules.names[arm]} ({' '.join(f'{v:+.2f}' for v in x[arm])})" in text
    if fields is SMALL:
        assert np.mean(lost[-20:]) < 0.3 * np.mean(lost[:5])  # it is worth following


def test_each_task_has_a_model_and_a_name_of_its_own():
    fields = {**SMALL, "tasks": 3}
    rules = BanditText("ContextBandit", fields, "guide", digits=17)

    def parsed(text):
        rows = re.findall(r"(?m)^task (\d) (\w): mean (\S+), bonus (\S+)$", text)
        return np.array([float(m) + float(b) for *_, m, b in rows]).reshape(3, 5)

    xs, ys = [[], [], []], [[], [], []]
    for text, state, action, reward, info in told(rules, lambda t, text: parsed(text).argmax(1), steps=40):
        x = np.asarray(state["x"], dtype=float)
        for m in range(3):
            index = linucb(x[m], xs[m], ys[m], 1.0)
            np.testing.assert_allclose(parsed(text)[m], index, atol=1e-9)
            assert index[action[m]] >= index.max() - 1e-9
            xs[m].append(x[m, action[m]])
            ys[m].append(info["rewards"][m])
        assert reward == pytest.approx(sum(info["rewards"]))
    assert rules.parse("B, C, B").tolist() == [0, 1, 0] and rules.parse("B, C") is None
    assert "3 names" in rules.prompt()


def test_history_and_summary_tell_what_was_chosen():
    plays = np.random.default_rng(0).integers(0, 5, 30)
    history, summary = (
        list(told(BanditText("ContextBandit", SMALL, form, digits=17), lambda t, text: plays[t], steps=30))
        for form in ("history", "summary")
    )
    lines, xs, ys = [], [], []
    for (text, state, arm, reward, _), (sums, *_) in zip(history, summary, strict=True):
        body = text.split("\n")
        assert body[2 : body.index("now")] == lines
        x = np.asarray(state["x"][0], dtype=float)
        assert body[body.index("now") + 1 :] == [
            f"{name} ({' '.join(f'{v:+.2f}' for v in row)})" for name, row in zip("BCDEF", x, strict=True)
        ]
        if xs:
            numbers = [[float(v) for v in line.split(": ")[1].split()] for line in sums.split("\n")[3:5]]
            np.testing.assert_allclose(numbers[0], np.mean(np.array(xs) * np.array(ys)[:, None], axis=0), atol=1e-12)
            np.testing.assert_allclose(numbers[1], np.mean(np.array(xs) ** 2, axis=0), atol=1e-12)
            assert float(sums.split("\n")[2].removeprefix("mean pay ")) == pytest.approx(np.mean(ys))
        lines.append(f"{'BCDEF'[arm]} ({' '.join(f'{v:+.2f}' for v in x[arm])}) paid {reward:.17g}")
        xs.append(x[arm])
        ys.append(reward)
