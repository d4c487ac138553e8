"""Instructions with one slot: answers against Python's own, neighbours that differ, wordings that do not."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.dialogue import rng_of
from rewardlab.envs.text.slot_prompt import SLOTS, Instruction, SlotPrompt

WORDS = ("cow", "ant", "elk", "bee")
DUE = {
    ("copy", 3): ["elk"], ("first", 2): ["cow", "ant"], ("last", 3): ["ant", "elk", "bee"],
    ("reverse", 0): list(WORDS[::-1]), ("up", 0): sorted(WORDS), ("down", 0): sorted(WORDS, reverse=True),
}  # fmt: skip


@pytest.mark.parametrize("slot", SLOTS)
def test_the_answer_is_what_the_slot_says(slot):
    number, due = next((k[1], v) for k, v in DUE.items() if k[0] == slot)
    task, rules = Instruction(slot, number, WORDS), SlotPrompt()
    assert rules.check(" ".join(due), task)
    for other in DUE.values():
        assert rules.check(" ".join(other), task) == (other == due)


def test_neighbours_differ_in_the_slot_alone_and_have_other_answers():
    rules = SlotPrompt(split="all")
    for seed in range(40):
        task = rules._task(rng_of(seed))
        found = rules.neighbours(task)
        assert len(found) == len({(x.slot, x.number) for x in found}) >= 10
        for x in found:
            assert (x.words, x.wording) == (task.words, task.wording) and x.answer() != task.answer()
            assert not rules.check(" ".join(task.answer()), x) and rules.check(" ".join(x.answer()), x)
        away = [len(set(task.asked().split()) ^ set(x.asked().split())) for x in found]
        assert away == sorted(away) and away[0] == 2 + (task.slot == "reverse") and away[-1] <= 8  # words
        listed = {(x.slot, x.number) for x in found}
        same = [k for k in [("copy", n) for n in range(1, 5)] + [("first", n) for n in range(1, 4)] if k not in listed]
        assert all(Instruction(*k, task.words).answer() == task.answer() for k in same)


def test_wordings_change_the_prompt_and_not_the_answer():
    rules = SlotPrompt(split="all")
    for slot, count in (("up", 17), ("reverse", 8), ("copy", 8)):
        task = Instruction(slot, 1 if slot == "copy" else 0, WORDS, (1, 1, 2))
        found = rules.rewordings(task)
        assert len(found) == count and {x.answer() for x in found} == {task.answer()}
        assert len({rules.prompt(x) for x in found} | {rules.prompt(task)}) == count + 1
    assert len({rules._task(rng_of(k)).wording for k in range(200)}) == 18
    assert {SlotPrompt(synonyms=False)._task(rng_of(k)).wording for k in range(20)} == {(0, 0, 0)}


def test_all_slots_and_numbers_are_drawn_evenly():
    rules = SlotPrompt(split="all")
    tasks = [rules._task(rng_of(k)) for k in range(1800)]
    seen = np.array([sum(t.slot == s for t in tasks) for s in SLOTS])
    assert (np.abs(seen - 300) < 4 * np.sqrt(300 * 5 / 6)).all()  # 4 standard errors
    assert {t.number for t in tasks if t.slot == "copy"} == {1, 2, 3, 4}
    assert {t.number for t in tasks if t.slot in ("first", "last")} == {1, 2, 3}


def test_places_that_are_right_are_paid_in_part():
    task = Instruction("up", 0, WORDS)
    rules = SlotPrompt(partial=0.4)
    for said, places in (("ant bee elk cow", 2 / 4), ("ant", 1 / 4), ("ant bee cow elk sun sun sun sun", 4 / 8)):
        h = rules.hear(task, None, said, rng_of(0))
        assert h.columns["places"] == places and h.parts["outcome"] == pytest.approx(0.4 * places) and not h.success
    assert rules.hear(task, None, "ant bee cow elk", rng_of(0)).parts["outcome"] == 1
    assert not rules.hear(task, None, "?!", rng_of(0)).understood


def test_what_is_out_of_range_is_refused():
    for wrong in ({"length": 1}, {"length": 9}, {"slots": ()}, {"slots": ("up", "up")}, {"slots": ("left",)},
                  {"partial": 2.0}):  # fmt: skip
        with pytest.raises(BadOption, match=next(iter(wrong))):
            SlotPrompt(**wrong)
