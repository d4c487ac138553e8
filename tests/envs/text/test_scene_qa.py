"""Questions about pictures: what each type of answer is paid."""

import gymnasium as gym
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.captions import overlap
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.picture_items import KINDS, Item
from rewardlab.envs.text.scene_qa import SceneQA


def paid(rules, task, said):
    return sum(rules.hear(task, None, said, rng_of(0)).parts.values())


def test_every_type_has_full_marks_for_the_truth_and_none_for_nothing():
    for kind in KINDS:
        rules = SceneQA(kind=kind, size=8, split="all")
        for seed in range(40):
            task = rules._task(rng_of(seed))
            assert task.kind == kind and paid(
                rules, task, "thinking aloud\n" + rules.expert(task, None, rng_of(0))
            ) == pytest.approx(1)
            heard = rules.hear(task, None, "I do not know", rng_of(0))
            assert not heard.parts and not heard.understood and not heard.success
            for said in ("answer: A", "answer: yes", "answer: 2", "answer: 0 0 3 3", "answer: first red circle."):
                assert 0 <= paid(rules, task, said) <= 1


def test_mixed_questions_are_of_all_types_but_choices():
    rules = SceneQA(kind="mixed", size=8)
    assert {rules._task(rng_of(seed)).kind for seed in range(60)} == set(KINDS) - {"most"}


def test_numbers_may_be_paid_in_part():
    task, rules = Item("count", "", "red", (), 4), SceneQA(kind="count", graded=True)
    assert [paid(rules, task, f"answer: {k}") for k in (4, 3, 5, 1, 9)] == pytest.approx([1, 0.75, 0.75, 0.25, 0])
    assert paid(rules, Item("count", "", "red", (), 0), "answer: 0") == 1 and not rules.check("answer: 3", task)
    assert [paid(SceneQA(kind="count"), task, f"answer: {k}") for k in (4, 3)] == [1, 0]


def test_boxes_are_paid_by_form_recall_and_precision_with_thresholds_that_tighten():
    task = Item("boxes", "", "red", (), ((0, 0, 0, 4),))
    early = SceneQA(kind="boxes", size=8)
    late = SceneQA(kind="boxes", size=8, recall_at=0.75, low=0.75, high=0.9)
    assert paid(early, task, "answer: 0 0 0 2") == pytest.approx((1 + 1 + 0.6) / 3)
    assert paid(late, task, "answer: 0 0 0 2") == pytest.approx(1 / 3)
    assert paid(early, task, "answer: 0 0 0 4; 0 0 0 4") == pytest.approx((1 + 1 + 0.5) / 3)
    assert paid(early, task, "answer: none") == paid(early, task, "answer: 0 0 0 9") == 0
    assert paid(early, Item("boxes", "", "red", (), ()), "answer: none") == 1


def test_descriptions_are_paid_by_their_words():
    task = Item("describe", "", "describe", (), "first red circle top-left.")
    rules = SceneQA(kind="describe")
    assert paid(rules, task, "answer: first red") == pytest.approx((1 + 1 / 2) / 2)
    assert paid(rules, task, "answer: first blue circle") == pytest.approx(overlap("first blue circle", task.answer))


def test_a_policy_that_always_says_a_is_right_as_often_as_the_gold_is_there():
    env = gym.make("rewardlab/SceneQA-MostlyFirst-v0")
    right = 0.0
    for seed in range(300):
        env.reset(seed=seed)
        _, reward, _, _, info = env.step("answer: A")
        right += float(reward)
        assert info["letter"] == "A"
    assert abs(right / 300 - 0.7) < 4 * (0.21 / 300) ** 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_prompts_and_answers_are_not_cut(kind):
    rules = SceneQA(kind=kind, size=16, values=8)
    for seed in range(15):
        task = rules._task(rng_of(seed))
        assert len(rules.prompt(task)) <= rules.heard and task.picture in rules.prompt(task)
        said = rules.expert(task, None, rng_of(0))
        assert rules.fit(said) == said


def test_what_cannot_be_asked_is_refused():
    for wrong in ({"kind": "why"}, {"size": 2}, {"kind": "boxes", "size": 7}, {"things": 0}, {"values": 3},
                  {"at_first": 1.5}, {"recall_at": 2.0}, {"low": -0.1}, {"low": 0.8, "high": 0.7}):  # fmt: skip
        with pytest.raises(BadOption, match=[*wrong][-1]):
            SceneQA(**wrong)
    with pytest.raises(BadOption, match="values"):
        SceneQA(kind="mixed", size=8, values=8, brief=True)
