"""Rules for sentences: words, units, and what "more" is more than."""

import pytest

from rewardlab.core.oracle.kinds import Prompt
from rewardlab.rewards.language.bodies import HOPPER, PUSHER, REACHER, WALKER
from rewardlab.rewards.language.motion_template import Statement
from rewardlab.rewards.language.sentence_rules import SentenceRules

S = Statement


@pytest.mark.parametrize(
    ("body", "sentence", "said"),
    [
        (HOPPER, "Stand tall.", [S("height", (1.3,))]),
        (HOPPER, "Stand upright at 1.2 metres!", [S("height", (1.2,)), S("pitch", (0.0,))]),
        (HOPPER, "Keep the torso at 110 cm", [S("height", (1.1,))]),
        (HOPPER, "Stand at 9 m", [S("height", (1.4,))]),  # as far as it goes
        (HOPPER, "lean back 10 degrees", [S("pitch", (-0.1745,))]),
        (HOPPER, "Lean forward and crouch to 0.95 m.", [S("pitch", (0.2,)), S("height", (0.95,))]),
        (WALKER, "Lift the left foot 20 cm, keep the right foot on the floor",
         [S("lift", ("left", 0.2)), S("stand", ("right",))]),
        (REACHER, "bend the elbow to 90 degrees", [S("joint", ("elbow", 1.5708))]),
        (REACHER, "touch the goal", [S("near", ("fingertip", "target"))]),
        (REACHER, "put the elbow near the target", [S("near", ("elbow", "target"))]),
        (REACHER, "Stretch the arm for 3 seconds", [S("joint", ("elbow", 0.0)), S("execute", (3.0,))]),
        (PUSHER, "push the ball to the target",
         [S("near", ("disc", "ball")), S("near", ("ball", "target"))]),
        (PUSHER, "Start over: go to the centre now",
         [S("forget"), S("near", ("disc", "middle")), S("execute", (2.0,))]),
        (HOPPER, "Sing a song.", []),
    ],
)  # fmt: skip
def test_sentences(body, sentence, said):
    assert SentenceRules(body).understood(sentence) == said


@pytest.mark.parametrize(
    ("before", "sentence", "said"),
    [
        ([], "a bit higher", S("height", (1.35,))),
        ([S("height", (1.0,))], "5 cm higher, please", S("height", (1.05,))),
        ([S("height", (1.0,))], "lower by 0.1 m", S("height", (0.9,))),
        ([S("height", (1.0,)), S("forget")], "lower by 0.1 m", S("height", (1.15,))),
        ([S("pitch", (0.3,))], "lean 0.1 rad more", S("pitch", (0.4,))),
        ([S("pitch", (-0.3,))], "lean less", S("pitch", (-0.2,))),
        ([S("lift", ("foot", 0.1))], "lift the foot 5 cm higher", S("lift", ("foot", 0.15))),
    ],
)
def test_corrections_are_of_what_was_said_last(before, sentence, said):
    assert SentenceRules(HOPPER).understood(sentence, before) == [said]


def test_prompts_are_answered_in_order_by_their_kind():
    rules = SentenceRules(HOPPER)
    chooser = Prompt("User: please stand still\nMotion:", system="...\nNAME()...\nstand()\ncrouch()")
    describer = Prompt("User: Stand tall.\nDescription:", system="You describe motions")
    one, two = rules([chooser, describer])
    assert one == "stand()" and "1.3 m high" in two and one.author == "rules"
