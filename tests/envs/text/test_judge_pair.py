"""Judging: the truth against Python and counting, the ceiling of noisy labels, no place better than another."""

import re

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.candidates import OPENERS, counts
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.judge_pair import JudgePair
from rewardlab.envs.text.votes import kept

N = 800


def drawn(rules, count=N):
    return [rules.task(rng_of(seed)) for seed in range(count)]


@pytest.mark.parametrize("family", ["values", "solutions"])
@pytest.mark.parametrize("candidates", [1, 2, 5])
def test_the_right_answer_of_a_chain_is_that_of_python(family, candidates):
    rules = JudgePair(family=family, candidates=candidates, opener_right=0.5, opener_wrong=0.5)
    for task in drawn(rules, 60):
        value = eval(task.asked) % 10
        right = [k for k, a in enumerate(task.answers) if int(re.findall(r"\d+", a)[-1]) == value]
        assert right == list(task.truth[:1]) and (len(right) == 1 or candidates == 1)
        assert task.label == task.again == task.truth
        if family == "solutions":
            for k, answer in enumerate(task.answers):
                lines = re.findall(r"(\d+)\+(\d+)=(\d+)", answer)
                slips = sum((int(a) + int(b) - int(c)) % 10 != 0 for a, b, c in lines)
                assert len(lines) == 6 and slips == (k not in right)  # one slip, carried on


def test_the_best_text_is_that_of_the_rule():
    for task in drawn(JudgePair(family="principle", candidates=4, form="ranking"), 60):
        law = task.rule
        key = {k: law.quality(a) for k, a in enumerate(task.answers)}
        assert list(task.truth) == sorted(key, key=key.get, reverse=True) and len(set(key.values())) == 4
    for task in drawn(JudgePair(family="rubric"), 60):
        have = [counts(a) for a in task.answers]
        if task.rule == "note":
            scores = [2 * h["polite"] - h["marks"] - h["length"] for h in have]
            assert np.argmax(scores) == task.truth[0]


def test_the_best_caption_has_the_fewest_words_that_the_picture_does_not_show():
    for task in drawn(JudgePair(family="scenes", candidates=5, form="ranking"), 60):
        rows = [[row[k : k + 2] for k in (0, 2, 4)] for row in task.asked.split("/")]
        shown = []  # in reading order: colour, shape and corner of what is there
        for i, j in [(0, 0), (0, 2), (2, 0), (2, 2)]:
            if rows[i][j] != "..":
                shown += [*rows[i][j], ("top" if i == 0 else "bottom") + ("-left" if j == 0 else "-right")]
        false = []
        for answer in task.answers:
            words = [w for w in answer.replace(".", "").split() if w not in ("first", "second")]
            said = [w if "-" in w else w[0].upper() if k % 3 == 1 else w[0] for k, w in enumerate(words)]
            named = ["A" if w == "star" else n for w, n in zip(words, said, strict=True)]
            false.append(sum(a != b for a, b in zip(named, shown, strict=True)))
        assert len(set(false)) == 5 and list(task.truth) == sorted(range(5), key=lambda k: false[k])
        assert len({len(a.split()) for a in task.answers}) == 1  # no length tells


@pytest.mark.parametrize(("family", "candidates"), [("values", 2), ("rubric", 3), ("principle", 2), ("scenes", 3)])
def test_no_place_and_no_length_is_told_by_the_order(family, candidates):
    tasks = drawn(JudgePair(family=family, candidates=candidates))
    first = np.bincount([t.truth[0] for t in tasks], minlength=candidates)
    assert np.all(np.abs(first - N / candidates) < 4 * np.sqrt(N / candidates))


@pytest.mark.parametrize("noise", [0.05, 0.25, 0.5])
def test_who_knows_the_truth_is_paid_up_to_the_ceiling_and_equal_labels_are_better(noise):
    rules = JudgePair(family="rubric", noise=noise)
    tasks = drawn(rules)
    paid = np.array([rules.hear(t, None, rules.expert(t, None, None), None).parts["outcome"] for t in tasks])
    assert abs(paid.mean() - rules.ceiling()) < 4 * np.sqrt(noise * (1 - noise) / N)
    same = [t for t in tasks if t.label[0] == t.again[0]]
    share, wrong = kept(noise)
    assert abs(len(same) / N - share) < 4 * np.sqrt(share * (1 - share) / N)
    found = np.mean([t.label[0] != t.truth[0] for t in same])
    assert abs(found - wrong) < 4 * np.sqrt(wrong * (1 - wrong) / len(same))


def test_openers_tell_what_they_are_said_to_tell():
    tasks = drawn(JudgePair(family="values", candidates=1, opener_right=0.9, opener_wrong=0.2))
    opened = np.array([t.answers[0].startswith(OPENERS) for t in tasks])
    right = np.array([bool(t.truth) for t in tasks])
    for flag, share in ((right, 0.9), (~right, 0.2), (np.ones(N, dtype=bool), 0.55)):
        assert abs(opened[flag].mean() - share) < 4 * np.sqrt(share * (1 - share) / flag.sum())
    assert abs(right.mean() - 0.5) < 4 * np.sqrt(0.25 / N)


def test_a_verdict_is_consistent_if_it_follows_from_the_analysis():
    env = gym.make("rewardlab/JudgePair-v0")
    for seed in range(10):
        env.reset(seed=seed)
        rules, task = env.unwrapped.rules, env.unwrapped.get_state()["state"]["task"][0]
        best, other = "AB"[task.truth[0]], "AB"[task.truth[1]]
        value = task.rule.results()[-1]
        said = {
            f"answer: {value}\nverdict: {best}": (1, True, True),
            f"answer: {value}\nverdict: {other}": (0, True, False),
            f"verdict: {best}": (1, False, False),
            f"answer: {task.answers[task.truth[1]]}\n{best}": (1, True, False),
            f"scores: {best}=2 {other}=1\n{best}": (1, True, True),
            "answer: 1": (0, False, False),
        }
        for text, (reward, analysed, consistent) in said.items():
            heard = rules.hear(task, None, text, None)
            assert heard.parts["outcome"] == reward == heard.success
            assert (heard.columns["analysed"], heard.columns["consistent"]) == (analysed, consistent), text
            assert heard.columns["format"] == heard.understood == (text != "answer: 1")
        assert heard.columns["truth"] == best and heard.columns["verdict"] == ""


def test_principles_are_held_out_whole():
    train, test = (
        {JudgePair(family="principle", split=s)._task(rng_of(k)).rule for k in range(150)} for s in ("train", "test")
    )
    assert not train & test and len(train) > 60 and len(test) > 15


def test_the_same_agent_may_be_asked_to_solve():
    judge, solve = JudgePair(), JudgePair(role="solve")
    for seed in range(10):
        a, b = judge.task(rng_of(seed)), solve.task(rng_of(seed))
        assert a == b and str(a.answers[0]) not in solve.prompt(b).split(": ")[2]
        assert solve.check(f"answer: {b.rule.results()[-1]}", b) and solve.ceiling() == 1


def test_what_cannot_be_asked_is_refused():
    for wrong in (
        {"family": "songs"}, {"candidates": 0}, {"candidates": 6}, {"noise": 0.6}, {"length": 9}, {"modulus": 4},
        {"opener_right": 1.5}, {"opener_wrong": -0.1}, {"form": "poem"}, {"role": "none"}, {"form": "ranking"},
        {"family": "rubric", "candidates": 1}, {"family": "rubric", "role": "solve"},
        {"family": "scenes", "role": "solve"}, {"family": "scenes", "candidates": 1},
    ):  # fmt: skip
        with pytest.raises(BadOption, match=list(wrong)[-1]):
            JudgePair(**wrong)
