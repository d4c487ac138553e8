"""Summaries: the same total in every density and in one message or many, and no summary that is paid more than told."""

import itertools

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.fact_summary import FactSummary


def summaries(rules, task, rng, count=25):
    """Rows of sentences, right, idle and wrong ones."""
    true = [task.sentence(key) for key, _ in task.truth]
    false = [s.replace("good", "b4d").replace("bad", "good").replace("b4d", "bad") for s in true]
    pool = [*true, *[task.sentence(key) for key in task.needed], *false[:2], "what is this"]
    return [[pool[k] for k in rng.integers(len(pool), size=rng.integers(1, rules.length + 1))] for _ in range(count)]


@pytest.mark.parametrize("form", ["facts", "reviews", "concepts"])
def test_dense_mixed_and_late_pay_have_one_total_and_one_message_the_same_as_many(form):
    fields = {"form": form, "count": 5, "needed": 5 if form == "concepts" else 2, "length": 6, "split": "all"}
    rng = np.random.default_rng(0)
    whole = {d: FactSummary(density=d, **fields) for d in ("sentence", "mixed", "end")}
    for seed in range(4):
        task = whole["end"]._task(rng_of(seed))
        for lines in summaries(whole["end"], task, rng):
            found = {d: r.hear(task, (), ". ".join(lines), rng_of(0)) for d, r in whole.items()}
            totals = [sum(h.parts.values()) for h in found.values()]
            assert totals == pytest.approx([totals[0]] * 3)
            for density, h in found.items():
                segments = h.columns["segments"]
                assert sum(segments) == pytest.approx(totals[0]) and not any(segments[len(lines) :])
                late = [k for k, x in enumerate(segments) if x]
                assert density != "end" or late in ([], [len(lines) - 1])
                rules = FactSummary(density=density, by="sentence", **fields)
                memory, paid = rules.begin(task), []
                for line in [*lines, "done"][: rules.length]:
                    step = rules.hear(task, memory, line, rng_of(0))
                    memory, paid = step.memory, [*paid, sum(step.parts.values())]
                assert step.over and sum(paid) == pytest.approx(totals[0])
                assert paid[: len(lines) - 1] == pytest.approx(segments[: len(lines) - 1])
                assert step.success == h.success == rules.check(". ".join(lines), task)


@pytest.mark.parametrize(
    "weights",
    [{}, {"length": 0.5}, {"length": 2.0}, {"right": 0.0, "idle": 0.0, "order": 0.0}, {"complete": 0.0}],
    ids=str,
)
def test_the_optimal_return_is_the_largest_of_all_summaries(weights):
    rules = FactSummary(count=3, needed=2, length=3, weights=weights, split="all")
    task = rules._task(rng_of(0))
    true = [task.sentence(key) for key, _ in task.truth]
    pool = [*true, "inn what good"]
    best = max(
        sum(rules.hear(task, (), ". ".join(lines), rng_of(0)).parts.values())
        for n in range(4)
        for lines in itertools.product(pool, repeat=n)
    )
    assert rules.card().optimal_return == pytest.approx(best)


def test_a_sentence_too_many_is_cut_and_no_success():
    rules = FactSummary(count=3, needed=2, length=2, split="all")
    task = rules._task(rng_of(1))
    said = rules.expert(task, (), rng_of(0))
    more = rules.hear(task, (), said + said, rng_of(0))
    assert more.columns["sentences"] == 2 and more.columns["complete"] and not more.success
    assert rules.hear(task, (), said, rng_of(0)).success and not rules.check(said + said, task)


def test_what_waits_for_the_end_is_lost_where_nobody_comes_to_it():
    env = gym.make("rewardlab/FactSummary-End-v0")
    env.reset(seed=4)
    rules, task = env.unwrapped.rules, env.unwrapped.get_state()["state"]["task"][0]
    rewards = [env.step(f"{task.sentence(task.needed[0])}")[1]] + [env.step("?")[1] for _ in range(rules.turns - 1)]
    assert rewards == [0.0] * rules.turns
    env.reset(seed=4)
    said = [*[task.sentence(k) for k in task.needed], "done"]
    rewards = [env.step(x)[1] for x in said]
    assert rewards[:-1] == [0.0] * 3 and rewards[-1] == pytest.approx(rules.card().optimal_return)


def test_keywords_are_paid_by_recall_less_length():
    env = gym.make("rewardlab/FactSummary-Keywords-v0")
    rules, rng = env.unwrapped.rules, np.random.default_rng(0)
    for seed in range(3):
        env.reset(seed=seed)
        task = env.unwrapped.get_state()["state"]["task"][0]
        for lines in summaries(rules, task, rng, 15):
            env.reset(seed=seed)
            reward = env.step(". ".join(lines))[1]
            named = {line for line in lines if line in {task.sentence(k) for k in task.needed}}
            assert reward == pytest.approx(len(named) / 3 - 0.05 * len(lines))


def test_what_is_needed_is_told_or_not():
    asked, unasked = FactSummary(brief=True), FactSummary(brief=True, asked=False)
    one, two = asked._task(rng_of(0)), unasked._task(rng_of(0))
    assert asked.prompt(one).split("? ")[1].count(".") == 3 and unasked.prompt(two).endswith("? ")
    assert "What is asked" in FactSummary().prompt(one) and "What is asked" not in FactSummary().prompt(two)


def test_what_is_out_of_range_is_refused():
    for wrong in ({"form": "poem"}, {"by": "word"}, {"density": "none"}, {"count": 13}, {"needed": 9}, {"needed": 0},
                  {"length": 2}, {"length": 21}, {"weights": {"rigth": 1.0}},
                  {"weights": {"right": -1.0}}):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            FactSummary(**wrong)
    with pytest.raises(BadOption, match="length"):
        FactSummary(form="concepts", count=8, needed=3, length=6)
