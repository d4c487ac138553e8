"""Pages in words: names from above, clicks as told, and a linear model of each item."""

import re

import numpy as np
import pytest
from spoken_bandits import told

from rewardlab.envs.bandits import BanditText
from rewardlab.envs.bandits.words import advice


def best(index, places):
    return np.argsort(-index, kind="stable")[:places]


def test_the_largest_advice_makes_the_page_that_the_combinatorial_bandit_makes():
    fields = {"items": 6, "places": 3, "penalty": 1.0, "users": 4}
    rules = BanditText("SlatePage", fields, "guide", episodes=120, digits=17, options={"alpha": 0.4})
    bandit, regret = rules.bandit, []
    xs, ys = [[] for _ in range(6)], [[] for _ in range(6)]

    def choose(t, text):  # at times an item twice, which is not looked at again
        page = best(advice(text, rules.names), 3)
        return page[[0, 0, 1]] if t % 7 == 3 else page

    for t, (text, state, page, reward, info) in enumerate(told(rules, choose, steps=120)):
        taste = bandit.taste[state["user"]]
        x, index = np.append(1.0, taste), []
        for k in range(6):
            seen = np.array(xs[k]).reshape(-1, 3)
            V = np.eye(3) + seen.T @ seen
            index.append(x @ np.linalg.solve(V, seen.T @ np.array(ys[k])) + 0.4 * np.sqrt(x @ np.linalg.solve(V, x)))
        np.testing.assert_allclose(advice(text, rules.names), index, atol=1e-9)
        assert t % 7 == 3 or set(page) == set(best(np.array(index), 3))  # at every page that follows it
        assert text.split("\n")[-1] == f"now comes {taste[0]:+.2f} {taste[1]:+.2f}"
        for place, item in enumerate(page):
            if item in page[:place]:
                continue
            xs[item].append(x / np.log2(place + 2))
            ys[item].append(info["click"][place])
        assert reward == sum(info["click"])
        if t % 7 != 3:
            regret.append(info["pseudo_regret"])
    assert np.mean(regret[-40:]) < 0.6 * np.mean(regret[:20])  # it is worth following


@pytest.mark.parametrize("late", [False, True])
def test_history_and_summary_tell_the_clicks_that_one_may_know(late):
    fields = {"items": 4, "places": 2, "late": late}
    plays = np.random.default_rng(0).integers(0, 4, (25, 2))  # some repeat an item, which is then not looked at
    history, summary = (
        list(told(BanditText("SlatePage", fields, form, episodes=25), lambda t, text: plays[t], steps=25))
        for form in ("history", "summary")
    )
    lines, shown, clicks, paid = [], np.zeros(4, int), np.zeros(4, int), []
    for (text, state, page, reward, info), (sums, *_) in zip(history, summary, strict=True):
        assert text.split("\n")[2:-1] == lines
        for k, name in enumerate("BCDE"):
            told_ = re.search(rf"(?m)^{name}: (.*)$", sums)[1]
            known = f", clicked {clicks[k]}" if shown[k] and not late else ""
            assert told_ == f"shown {shown[k]}{known}"
        if paid:
            assert f"pages {len(paid)}, mean clicks {np.mean(paid):.9g}" in sums
        taste = BanditText("SlatePage", fields).bandit.taste[state["user"]]
        seen = [f"{reward:.0f}"] if late else [f"{c:.0f}" for c in info["click"]]
        names = " ".join("BCDE"[k] for k in page)
        lines.append(f"{taste[0]:+.2f} {taste[1]:+.2f}: {names}, clicks {' '.join(seen)}")
        for k in dict.fromkeys(page.tolist()):
            shown[k] += 1
            clicks[k] += info["click"][page.tolist().index(k)]
        paid.append(reward)


@pytest.mark.parametrize(
    ("said", "page"),
    [("B, C, D", [0, 1, 2]), ("1. D 2. B 3. B", [2, 0, 0]), ("B C", None), ("B C D E", None), ("", None)],
)
def test_a_page_is_as_many_names_as_there_are_places(said, page):
    meant = BanditText("SlatePage", {"items": 4, "places": 3}).parse(said)
    assert page is None if meant is None else meant.tolist() == page


def test_one_place_makes_a_page_too():
    rules = BanditText("SlatePage", {"items": 3, "places": 1}, episodes=3)
    assert rules.parse("C").tolist() == [1]
    assert len(list(told(rules, lambda t, text: np.array([t % 3]), steps=9))) == 3
