"""Language to rewards: two stages with a history, corrections of one term, repairs, and what failed left as it was."""

import pytest

from rewardlab.core.errors import BadOption, BadProgram, OracleFailed
from rewardlab.rewards.language import L2R, CodeAsPolicies, DirectCoder, SentenceRules
from rewardlab.rewards.language.bodies import HOPPER, REACHER
from rewardlab.rewards.language.cost_spec import Spec
from rewardlab.rewards.language.motion_template import END, START


class Script:
    """Answers in turn, and the prompts that were asked."""

    def __init__(self, *answers):
        self.left, self.asked = list(answers), []

    def __call__(self, prompts):
        self.asked += prompts
        return [self.left.pop(0) for _ in prompts]


GOOD = f"{START}\nThe torso should be 1.1 m high.\n{END}"


@pytest.mark.parametrize("kind", [L2R, DirectCoder])
def test_a_correction_changes_only_the_named_term(kind):
    talk = kind(SentenceRules(HOPPER), HOPPER)
    first = talk.say("Stand tall and lean forward 0.3 rad.")
    assert first.spec.changed(Spec.default(HOPPER)) == {"height", "pitch"} and first.duration is None
    for sentence, term, value in (
        ("10 cm lower, please.", "height", 1.2),
        ("Lean 0.1 rad more.", "pitch", 0.4),
        ("Also lift the foot 5 cm off the ground.", "lift foot", 0.05),
    ):
        before = talk.spec
        turn = talk.say(sentence)
        assert not turn.problem and turn.spec.changed(before) == {term}
        assert {t.key: t.target for t in talk.spec.terms}[term] == pytest.approx(value)
    assert talk.say("Do it for 3 seconds.").duration == 3.0
    assert talk.say("Forget all that.").spec == Spec.default(HOPPER)


def test_two_stages_one_prompt_each_and_the_history_goes_along():
    ask = Script(GOOD, "set_torso_height(1.1)", GOOD, "execute(1)")
    talk = L2R(ask, HOPPER)
    talk.say("Lower, please.")
    turn = talk.say("Now.")
    assert (turn.duration, turn.spec.changed(talk.turns[0].spec)) == (1.0, set())
    assert [p.key for p in ask.asked] == [("l2r", role, k, 0) for k in (0, 1) for role in ("describer", "coder")]
    assert "The torso should be [NUMBER] m high." in ask.asked[0].system and "set_torso_height(" in ask.asked[1].system
    assert "User: Lower, please." not in ask.asked[1]  # the coder sees the description alone
    assert "User: Lower, please." in ask.asked[2] and GOOD in ask.asked[2]
    direct = DirectCoder(Script("set_torso_height(1.1)", "execute(1)"), HOPPER)
    direct.say("Lower, please.")
    direct.say("Now.")
    assert "set_torso_height(1.1)" in direct.ask.asked[1]


def test_a_refused_answer_goes_back_with_its_fault_and_its_line():
    ask = Script("Gladly!", GOOD, "import os", "set_torso_height(1.1)")
    turn = L2R(ask, HOPPER).say("Lower.")
    assert not turn.problem and turn.calls == "set_torso_height(1.1)"
    assert "no description" in ask.asked[1] and "line 1" in ask.asked[3] and "import os" in ask.asked[3]


@pytest.mark.parametrize(
    ("answers", "word"),
    [
        (["no", "no"], "no description"),
        ([GOOD, "set_torso_height(9)", "set_torso_height(9)"], "height=9.0"),
        ([OracleFailed("gone")], "gone"),
        ([GOOD, OracleFailed("gone")], "gone"),
    ],
)
def test_after_the_last_repair_nothing_is_changed_and_the_turn_says_why(answers, word):
    talk = L2R(Script(*answers), HOPPER)
    turn = talk.say("Lower.")
    assert word in turn.problem and turn.spec == Spec.default(HOPPER) == talk.spec and turn.calls == ""
    assert talk._history() == ""  # what failed is not held up as an example


def test_primitives_have_no_numbers_of_their_own():
    talk = CodeAsPolicies(SentenceRules(REACHER), REACHER)
    assert talk.say("fold your arm").spec.changed(Spec.default(REACHER)) == {"joint elbow"}
    assert talk.say("reach the target").spec.changed(Spec.default(REACHER)) == {"distance fingertip, target"}
    wrong = CodeAsPolicies(Script("dance()", "dance()"), REACHER).say("Dance!")
    assert "dance" in wrong.problem and wrong.spec == Spec.default(REACHER)
    with pytest.raises(BadProgram):
        CodeAsPolicies(SentenceRules(REACHER), REACHER, motions={"bad": "import os"})


def test_rules_that_do_not_understand_say_nothing_and_nothing_changes():
    for kind in (L2R, DirectCoder):
        talk = kind(SentenceRules(HOPPER), HOPPER)
        turn = talk.say("Sing me a song.")
        assert turn.problem and turn.spec == Spec.default(HOPPER)
        assert talk.say("Stand tall.").spec.changed(turn.spec) == {"height"}


def test_repairs_are_counted():
    with pytest.raises(BadOption, match="repairs"):
        L2R(SentenceRules(HOPPER), HOPPER, repairs=-1)
