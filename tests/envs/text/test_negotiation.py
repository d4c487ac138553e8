"""Negotiation: the optimum against a search through all moves, the partner's law, and the noise of the judge."""

import itertools

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.negotiation import BAND, Negotiation, Table, splits

TABLE = Table((2, 1, 2), (3, 1, 0), (0, 1, 4), (0, 1, 0))


def drawn(rules, count=12):
    return [rules._task(rng_of(seed)) for seed in range(count)]


def searched(rules, task, turn, standing):
    """The largest expected share by a plain search: accept, reject, or any offer, at every offer that may stand."""
    best = task.share(standing)
    if turn == rules.rounds - 1:
        return best
    replies = rules.offers(task.counts, task.theirs, turn)
    later = np.mean([searched(rules, task, turn + 1, reply) for reply in replies])
    chances = [(0.0, 0.0), *((rules.accepts(task.other(o), turn), task.share(o)) for o in splits(task.counts))]
    return max(best, *(a * value + (1 - a) * later for a, value in chances))


@pytest.mark.parametrize(
    "fields", [{"most": 1, "rounds": 4}, {"most": 2, "rounds": 3, "width": 1.0}, {"rounds": 2}], ids=str
)
def test_the_plan_is_that_of_a_search_through_all_moves(fields):
    rules = Negotiation(split="all", **fields)
    for task in drawn(rules):
        assert rules.value(task) == pytest.approx(searched(rules, task, 0, task.opening), abs=1e-12)


def test_the_expert_earns_the_value_and_others_earn_less():
    rules = Negotiation(split="all")

    def mean(task, policy, count=200):
        paid = []
        for seed in range(count):
            memory, over, total, rng = rules.begin(task), False, 0.0, rng_of(seed)
            while not over:
                heard = rules.hear(task, memory, policy(task, memory), rng)
                memory, over, total = heard.memory, heard.over, total + heard.parts.get("deal", 0.0)
            paid.append(total)
        return np.mean(paid), np.std(paid) / np.sqrt(count)

    def everything(task, memory):
        return "accept" if memory[0] == rules.rounds - 1 else "offer " + " ".join(map(str, task.counts))

    for task in drawn(rules, 3):
        got, error = mean(task, lambda t, m: rules.expert(t, m, rng_of(0)))
        assert abs(got - rules.value(task)) <= 4 * error + 1e-9
        assert task.share(task.opening) <= rules.value(task) + 1e-12
        for policy in (everything, lambda t, m: "reject" if m[0] < 4 else "accept"):
            other, error = mean(task, policy)
            assert other <= rules.value(task) + 4 * error


def test_the_partner_accepts_what_it_wants_and_never_much_less():
    rules = Negotiation(first=0.8, last=0.4, width=0.2)
    assert [rules.wanted(t) for t in range(5)] == pytest.approx([0.8, 0.7, 0.6, 0.5, 0.4])
    assert rules.accepts(0.8, 0) == pytest.approx(1) and rules.accepts(0.6, 0) == pytest.approx(0)
    assert rules.accepts(0.65, 1) == pytest.approx(0.75) and rules.accepts(1.0, 4) == 0
    rng, offer = np.random.default_rng(0), (2, 1, 0)  # leaves the partner 8 of 9
    narrow = Negotiation(first=1.0, last=1.0, width=0.5)
    chance = (8 / 9 - 1) / 0.5 + 1
    deals = np.mean([narrow.hear(TABLE, (0, TABLE.opening), "offer 2 1 0", rng).over for _ in range(1000)])
    assert TABLE.other(offer) == pytest.approx(8 / 9) and abs(deals - chance) < 4 * np.sqrt(
        chance * (1 - chance) / 1000
    )


def test_what_the_partner_offers_gives_it_just_what_it_wants():
    rules = Negotiation(split="all")
    for task in drawn(rules, 30):
        assert task.opening in rules.offers(task.counts, task.theirs, 0)
        for turn in range(5):
            shares = sorted(task.other(o) for o in splits(task.counts))
            wanted = min(u for u in shares if u >= rules.wanted(turn) - 1e-9)
            offered = [task.other(o) for o in rules.offers(task.counts, task.theirs, turn)]
            assert min(offered) == wanted and max(offered) <= wanted + BAND + 1e-12
            assert len(offered) == sum(wanted <= u <= wanted + BAND for u in shares)


def test_efficient_splits_are_the_pareto_front():
    for task in [TABLE, *drawn(Negotiation(most=2, split="all"), 10)]:
        points = {o: (round(task.share(o), 9), round(task.other(o), 9)) for o in splits(task.counts)}
        for o, (a, b) in points.items():
            beaten = any((x >= a and y > b) or (x > a and y >= b) for x, y in points.values())
            assert task.efficient(o) == (not beaten)
    assert TABLE.share(TABLE.counts) == 1 and TABLE.other(TABLE.counts) == 0
    assert splits((1, 0, 2)) == tuple(itertools.product((0, 1), (0,), (0, 1, 2)))


def test_a_judge_says_one_as_often_as_the_deal_is_good():
    rules, rng = Negotiation(judged=True, judge_error=0.1), np.random.default_rng(1)
    value = TABLE.share((0, 1, 0))
    heard = [rules.hear(TABLE, (0, (0, 1, 0)), "accept", rng) for _ in range(2000)]
    p = 0.1 + 0.8 * value
    assert abs(np.mean([h.parts["deal"] for h in heard]) - p) < 4 * np.sqrt(p * (1 - p) / 2000)
    assert all(h.columns["value"] == value and h.success for h in heard)


def test_in_the_last_turn_an_offer_is_no_deal():
    env = gym.make("rewardlab/Negotiation-v0")
    env.reset(seed=1)
    for _ in range(4):
        _, reward, over, _, info = env.step("reject")
        assert not over and info["reply"].startswith("offer ") and reward == 0
    _, reward, over, _, info = env.step("offer 0 0 0")  # nobody could refuse it
    assert over and reward == 0 and not info["deal"] and info["reply"] == "no deal"


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"most": 0}, {"most": 5}, {"rounds": 1}, {"rounds": 9}, {"first": 1.1}, {"last": 0.95},
                  {"width": 0.0}, {"judge_error": 0.6}):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            Negotiation(**wrong)
