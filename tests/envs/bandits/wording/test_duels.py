"""Duels in words: pairs by name, and the optimistic matrix against RUCB's own bounds."""

import re

import numpy as np
import pytest
from spoken_bandits import told

from rewardlab.agents.loops.dueling import bounds
from rewardlab.envs.bandits import BanditText


def matrix(text, names):
    """The parsed guide: mean plus bonus of each pair [K, K], 1/2 of an arm with itself."""
    upper = np.full((len(names), len(names)), 0.5)
    for first, second, mean, bonus in re.findall(r"(?m)^(\w+) over (\w+): mean (\S+), bonus (\S+)$", text):
        upper[names.index(first), names.index(second)] = float(mean) + float(bonus)
    return upper


def rucb(upper, held, dice):
    """Algorithm 1 of Zoghi and others 2014 from upper bounds and the hypothesis held: a pair, and the hypothesis."""
    candidates = np.flatnonzero((upper >= 0.5).all(1))
    if len(candidates) == 1:
        held = int(candidates[0])
    elif held not in candidates:
        held = None
    if not len(candidates):
        first = int(dice.integers(len(upper)))
    elif held is not None and (len(candidates) == 1 or dice.random() < 0.5):
        first = held
    else:
        first = int(dice.choice([c for c in candidates if c != held]))
    rival = upper[:, first].copy()
    rival[first] = np.nextafter(0.5, 0)
    return (first, int(dice.choice(np.flatnonzero(rival == rival.max())))), held


CLEAR = [[0.5, 0.9, 0.95], [0.1, 0.5, 0.9], [0.05, 0.1, 0.5]]


@pytest.mark.parametrize("fields", [{"arms": 5}, {"arms": 4, "law": "cyclic"}, {"preferences": CLEAR}])
def test_the_parsed_guide_chooses_as_rucb(fields):
    rules = BanditText("DuelingBandit", {**fields, "pulls": 250}, "guide", digits=17)
    names, wins = list(rules.names), np.zeros((1, len(rules.names), len(rules.names)))
    read, exact = np.random.default_rng(4), np.random.default_rng(4)
    held = [None, None]
    chosen = []

    def choose(t, text):
        pair, held[0] = rucb(matrix(text, names), held[0], read)
        return np.array(pair)

    for t, (text, _, pair, reward, info) in enumerate(told(rules, choose, steps=250)):
        met = wins + wins.transpose(0, 2, 1)
        upper, _ = bounds(wins, met, np.array([t + 1]), 0.51)
        np.testing.assert_allclose(matrix(text, names), upper[0], rtol=1e-15)
        own, held[1] = rucb(upper[0], held[1], exact)
        assert tuple(pair) == own  # at every step
        if pair[0] != pair[1]:
            wins[0, pair[0], pair[1]] += reward
            wins[0, pair[1], pair[0]] += 1 - reward
        chosen.append(info["pseudo_regret"])
    if "preferences" in fields:
        assert np.mean(chosen[-100:]) < 0.3 * np.mean(chosen[:50])  # it is worth following


def test_history_and_summary_tell_who_won():
    texts = {}
    plays = np.random.default_rng(0).integers(0, 4, (40, 2))
    for form in ("history", "summary"):
        rules = BanditText("DuelingBandit", {"arms": 4, "pulls": 41}, form)
        rounds = list(told(rules, lambda t, text: plays[t], steps=40))
        texts[form] = [r[0] for r in rounds]
    lines, wins = [], np.zeros((4, 4), dtype=int)
    for t, (_, _, (i, j), reward, _) in enumerate(rounds):
        assert texts["history"][t].split("\n")[2:] == lines
        expected = []
        for a in range(4):
            for b in range(a + 1, 4):
                if wins[a, b] + wins[b, a]:
                    expected.append(f"{'BCDE'[a]} over {'BCDE'[b]}: won {wins[a, b]} of {wins[a, b] + wins[b, a]}")
        assert texts["summary"][t].split("\n")[2:] == expected
        lines.append(f"{'BCDE'[i]} over {'BCDE'[j]}: {'won' if reward else 'lost'}")
        wins[(i, j) if reward else (j, i)] += 1


@pytest.mark.parametrize(
    ("said", "pair"),
    [
        ("B over C", [0, 1]), ("C over B", [1, 0]), ("I let D meet D.", [2, 2]), ("B, C", [0, 1]), ("B", None),
        ("B over C over D", None), ("b over c", None), ("B over Q", None), ("over", None),
    ],
)  # fmt: skip
def test_a_pair_is_two_names_in_order(said, pair):
    meant = BanditText("DuelingBandit", {"arms": 4}).parse(said)
    assert pair is None if meant is None else meant.tolist() == pair
