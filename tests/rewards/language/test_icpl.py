"""ICPL: the incumbent comes back and never falls in the judge's eyes; prompts hold both examples and the traces."""

from dataclasses import dataclass

import numpy as np
import pytest
from designed_line import BATCH, CONTEXT, GOOD, NAN, Answers, Plain, fenced, vet

from rewardlab.rewards.language.choosing import by_score, placebo
from rewardlab.rewards.language.design.loop import design_reward as design
from rewardlab.rewards.language.design.trained import Trained
from rewardlab.rewards.language.icpl import ICPL


@dataclass
class PlainICPL(ICPL):
    """Its programs run as plain Python."""

    def reward(self, source, run):
        return Plain(source)


def program(w):
    return f'def reward(obs, action, next_obs, info):\n    x = {w} * next_obs[0]\n    return x, {{"x": x}}\n'


def hidden(w):
    """The score of weight w, best at 2."""
    return -abs(w - 2.0)


def train(rewards):
    for r in rewards:
        w = float(r(BATCH)[-1] / BATCH.next_obs[-1, 0])
        yield Trained(float("nan"), hidden(w), ((1, hidden(w)),), None, parts={"x": (w, w + 0.5)})


def weights(seed):
    rng = np.random.default_rng(seed)
    return Answers(lambda p: fenced(program(round(float(rng.uniform(0.1, 4)), 3))))


def designed(seed, judge, rounds=5, size=6, ask=None):
    ask = ask or weights(seed)
    made = design(
        PlainICPL(judge=judge), CONTEXT, ask, train, BATCH, rounds=rounds, size=size, seed=seed, vet=vet
    )  # fmt: skip
    return made, ask


def incumbents(made):
    """The score of the candidate that is entered again in each round but the first, and of the last best."""
    first = [next(c for c in made.candidates if c.round == r and c.index == 0) for r in range(1, made.rounds)]
    return [c.score[1] for c in first] + [made.best.score[1]]


@pytest.mark.parametrize("seed", range(5))
def test_the_incumbent_never_falls_and_is_the_best_of_all(seed):
    made, ask = designed(seed, by_score())
    scores = incumbents(made)
    assert scores == sorted(scores)
    assert made.best.score == max(c.score for c in made.candidates)
    again = [c for c in made.candidates if c.round and c.index == 0]
    assert len(again) == 4 and all(c.parents and any("not trained again" in n for n in c.notes) for c in again)
    assert len(ask.asked) == 6 + 4 * 5 and made.spent.trainings <= 26


def test_prompts_hold_the_best_the_worst_and_what_changed():
    answers = {(0, 0): program(1.0), (0, 1): program(0.5), (1, 1): program(1.5), (2, 1): program(1.6)}
    made, ask = designed(0, by_score(), 3, 2, Answers({k: fenced(v) for k, v in answers.items()}))
    second, third = (next(p for p in ask.asked if p.key[2] == r) for r in (1, 2))
    assert program(1.0) in second and program(0.5) in second
    assert second.index(program(1.0)) < second.index("The worst program") < second.index(program(0.5))
    assert "x: 1, 1.5" in second and "Against" not in second
    assert program(1.5) in third and program(1.0) in third.partition("The worst program")[2]
    assert "Against the best program before:\n  x: +0.5" in third and made.best.source == program(1.6)


def test_with_lots_for_a_judge_the_last_incumbent_is_a_random_program():
    finals = [designed(seed, placebo, rounds=3, size=4)[0].best.score[1] for seed in range(60)]
    w = np.random.default_rng(0).uniform(0.1, 4, 20_000)
    expected, error = -abs(w - 2).mean(), abs(w - 2).std() / np.sqrt(len(finals))
    assert abs(np.mean(finals) - expected) < 3 * error
    judged = [designed(seed, by_score(), rounds=3, size=4)[0].best.score[1] for seed in range(10)]
    assert np.mean(judged) > expected + 10 * error


def test_only_what_passed_the_sandbox_is_judged():
    ask = Answers(lambda p: fenced(NAN) if p.key[3] == 0 or "." in str(p.key[3]) else fenced(GOOD))
    made, _ = designed(0, by_score(), 1, 3, ask)
    assert [c.accepted for c in made.candidates] == [False, True, True] and made.candidates[0].trained is None
