"""Reflection: figures of the best in the next prompt, and better programs by it."""

from designed_line import BATCH, CONTEXT, GOOD, LAZY, NAN, Answers, Plain, Train, fenced, vet

from rewardlab.rewards.language.design.loop import design_reward
from rewardlab.rewards.language.reflection import ADVICE, Reflection, figures


class Here(Reflection):
    """Its programs run as the tests' own."""

    def reward(self, source, run):
        return Plain(source)


def test_the_next_prompt_holds_the_best_program_and_what_it_did():
    def designer(p):
        return fenced(GOOD if LAZY in p and ADVICE in p and "Success in the course of 10 steps: 0" in p else LAZY)

    ask = Answers(designer)
    made = design_reward(Here(), CONTEXT, ask, Train(), BATCH, rounds=3, size=2, vet=vet)
    assert made.best.name == "2.1" and made.best.trained.success == 1.0 and made.best.parents == ("1.1",)
    assert "of the episodes" in ask.asked[2] and "plain: " in ask.asked[2]  # failures, terms
    assert GOOD in ask.asked[4] and "success in 100%" in ask.asked[4]


def test_it_ends_early_when_success_is_enough():
    made = design_reward(
        Here(enough=0.9), CONTEXT, Answers(lambda p: fenced(GOOD)), Train(), BATCH, rounds=9, size=1, vet=vet
    )
    assert made.rounds == 1 and "100%" in made.stopped


def test_faults_are_told_where_nothing_could_be_trained():
    ask = Answers(lambda p: fenced(GOOD if "NaN" in p and p.key[2] else NAN))
    made = design_reward(Here(repairs=0), CONTEXT, ask, Train(), BATCH, rounds=2, size=1, vet=vet)
    assert made.best.name == "2.1" and made.candidates[0].accepted is False


def test_figures_name_each_part_over_time():
    made = design_reward(Here(), CONTEXT, Answers(lambda p: fenced(GOOD)), Train(), BATCH, rounds=1, size=1, vet=vet)
    from dataclasses import replace

    best = made.best
    best.trained = replace(best.trained, parts={"near": (0.5, 0.25)})
    assert "near per step in that time: 0.5, 0.25; least 0.25, most 0.5" in figures(best)
    best.trained = None
    assert "No agent" in figures(best)
