"""Reports add up, and say where two environments part."""

import json

from rewardlab.benchmarks.lockstep.report import ACTIONS, Difference, Report

FOUND = Difference("reward", 17, (2, 2, 5), "0.5", "0.25", row=3)


def test_reports_add_up_and_keep_the_first_difference():
    one = Report(steps=3, episodes=1, successes=1, changed=dict.fromkeys(ACTIONS, 1))
    two = Report(steps=4, episodes=2, failures=1, truncations=1, changed=dict.fromkeys(ACTIONS, 2), difference=FOUND)
    whole = one + two
    assert whole == Report(7, 3, 1, 1, 1, dict.fromkeys(ACTIONS, 3), FOUND)
    assert (whole + Report(difference=Difference("image", 0, (), "", ""))).difference is FOUND
    assert one.changed["left"] == 1


def test_a_difference_reads_as_what_to_do_again():
    text = str(FOUND)
    assert "reward differs" in text and "level 17" in text and "row 3" in text and "step 3 (toggle)" in text
    assert "0.5" in text and "0.25" in text and "(2, 2, 5)" in text
    assert "(reset)" in str(Difference("mission", 1, (), "a", "b"))


def test_a_report_survives_json():
    plain = json.loads(json.dumps(Report(steps=1, difference=FOUND).plain()))
    assert Difference(**{**plain["difference"], "actions": (2, 2, 5)}) == FOUND
    assert plain["steps"] == 1 and plain["changed"] == dict.fromkeys(ACTIONS, 0)
