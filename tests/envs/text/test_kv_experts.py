"""Priced experts: the order of the reward, and plans against a search through all histories."""

import itertools

import gymnasium as gym
import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.facts import PEOPLE, RELATIONS
from rewardlab.envs.text.kv_experts import NAMES, KVExperts

ALPHAS = [0.0, 0.6, 0.9]


def searched(rules, relations, known, left):
    """The largest expected pay by a plain search: answer, or ask any expert, whose answer is there or not."""
    guess = 1.0 if known == len(relations) else 1 / (rules.entities - 1 - known)
    best = (1 - rules.alpha) * guess + rules.alpha
    if known < len(relations) and left:
        for price, *accuracy in rules.experts:
            a = accuracy[relations[known] // 2]
            told = searched(rules, relations, known + 1, left - 1)
            silent = searched(rules, relations, known, left - 1)
            best = max(best, a * told + (1 - a) * silent - rules.alpha * price / rules.dearest)
    return best


@pytest.mark.parametrize("alpha", ALPHAS)
def test_plans_are_those_of_a_search_through_all_histories(alpha):
    for experts in (None, [[1, 0.5, 0.2, 0.9]], [[0, 0.3, 0.3, 0.3], [2, 0.9, 0.1, 0.5]]):
        rules = KVExperts(alpha=alpha, **({} if experts is None else {"experts": experts}))
        for relations in ((0,), (2, 5), (4, 1, 3)):
            for left in range(5):
                assert rules.plan(relations, 0, left)[0] == pytest.approx(
                    searched(rules, relations, 0, left), abs=1e-12
                )


@pytest.mark.parametrize("alpha", ALPHAS)
def test_one_who_follows_the_plan_earns_it(alpha):
    rules = KVExperts(alpha=alpha, hops=2, least=2, experts=[[3.0, 0.9, 0.8, 0.6], [1.0, 0.5, 0.6, 0.3]])
    rng, gained = np.random.default_rng(0), []
    for seed in range(1500):
        task = rules._task(rng_of(seed))
        chain, memory, over, total = task.chain(), rules.begin(task), False, 0.0
        while not over:
            known, calls, _ = memory
            whom = rules.plan(task.relations, known, rules.calls - calls)[1]
            said = f"<search>{NAMES[whom]}: {PEOPLE[chain[known]]} {RELATIONS[task.relations[min(known, 1)]]}</search>"
            if whom < 0:
                rest = [e for e in range(rules.entities) if e not in chain[: known + 1]]
                said = f"<answer>{PEOPLE[chain[-1] if known == 2 else int(rng.choice(rest))]}</answer>"
            heard = rules.hear(task, memory, said, rng)
            memory, over, total = heard.memory, heard.over, total + sum(heard.parts.values())
        gained.append(total - rules.plan(task.relations)[0])
    assert abs(np.mean(gained)) < 4 * np.std(gained) / np.sqrt(1500) + 1e-12


def test_the_reward_has_its_order():
    rules = KVExperts(alpha=0.6)
    task = rules._task(rng_of(1))
    right, wrong = (f"<answer>{PEOPLE[x]}</answer>" for x in (task.answer, task.start))
    for memory, r_cost in (((0, 0, 0.0), 1.0), ((0, 2, 12.0), 0.5), ((0, 4, 24.0), 0.0), ((0, 4, 99.0), 0.0)):
        for said, r_out in ((right, 1.0), (wrong, 0.0)):
            heard = rules.hear(task, memory, said, rng_of(0))
            assert sum(heard.parts.values()) == pytest.approx(0.4 * r_out + 0.6 * r_cost) and heard.over
        for said in ("", PEOPLE[task.answer], right + right, f"<search>nobody: {PEOPLE[0]} friend</search>"):
            heard = rules.hear(task, memory, said, rng_of(0))
            assert heard.parts == {"format": -1.0} and heard.over and not heard.success
    ask = f"<search>atlas: {PEOPLE[task.start]} friend</search>"
    assert rules.hear(task, (0, 4, 24.0), ask, rng_of(0)).parts == {"format": -1.0}  # no call is left


def test_a_conversation_that_never_answers_is_broken_form():
    env = gym.make("rewardlab/KVExperts-v0")
    env.reset(seed=0)
    rewards = [env.step("<think>?</think><search>basic: ada friend</search>")[1] for _ in range(5)]
    assert rewards == [0, 0, 0, 0, -1]


def test_a_single_round_cannot_do_what_two_can():
    rules = KVExperts(alpha=0.0)
    for relations in itertools.product(range(6), repeat=2):
        assert rules.plan(relations, left=1)[0] <= 1 / 10  # at best one step and a guess among ten
        assert rules.plan(relations)[0] == 1


def spent(rules, relations, known=0, left=4):
    """What the plan costs on average."""
    whom = rules.plan(relations, known, left)[1]
    if whom < 0:
        return 0.0
    price, *accuracy = rules.experts[whom]
    a = accuracy[relations[known] // 2]
    later = a * spent(rules, relations, known + 1, left - 1) + (1 - a) * spent(rules, relations, known, left - 1)
    return price + later


def test_the_dearer_cost_is_weighed_the_less_is_spent_and_a_cheaper_expert_is_used():
    for relations in ((0,), (2,), (0, 4), (3, 3)):
        costs = [spent(KVExperts(alpha=a), relations) for a in (0.05, 0.3, 0.6, 0.8, 0.9, 0.99)]
        assert all(a >= b - 1e-9 for a, b in itertools.pairwise(costs)) and costs[-1] == 0
    rules = KVExperts(alpha=0.3, largest=24.0)
    more = KVExperts(alpha=0.3, largest=24.0, experts=[*rules.experts, (0.5, 1.0, 1.0, 1.0)])
    assert more.plan((0, 4))[0] > rules.plan((0, 4))[0] and spent(more, (0, 4)) == pytest.approx(1.0)
    assert "ember: 0.5 a word, home 1 work 1 sport 1" in more.prompt(more._task(rng_of(0)))


def test_experts_know_as_often_as_they_say():
    rules = KVExperts()
    task = rules._task(rng_of(2))
    rng = np.random.default_rng(0)
    for k, (_, *accuracy) in enumerate(rules.experts):
        for domain, a in enumerate(accuracy):
            said = f"<search>{NAMES[k]}: {PEOPLE[3]} {RELATIONS[2 * domain]}</search>"
            replies = [rules.hear(task, (0, 0, 0.0), said, rng).reply for _ in range(400)]
            assert set(replies) <= {"unknown", PEOPLE[task.facts[3][2 * domain]]}
            known = np.mean([reply != "unknown" for reply in replies])
            assert abs(known - a) <= 4 * np.sqrt(a * (1 - a) / 400)


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"hops": 4}, {"least": 3}, {"entities": 4}, {"calls": 0}, {"alpha": 1.1}, {"largest": -1.0},
                  {"experts": []}, {"experts": [[1, 0.5]]}, {"experts": [[-1, 1, 1, 1]]},
                  {"experts": [[1, 1, 1, 2]]}):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            KVExperts(**wrong)
