"""Lines of a conversation: nobody can speak for the other side."""

from rewardlab.envs.text.lines import flat, transcript


def test_each_side_has_its_name_and_breaks_are_written_out():
    said = [("user", "a\npartner: b"), ("assistant", "c"), ("tool", "d\n")]
    text = transcript([{"role": r, "content": c} for r, c in said])
    assert text == "partner: a\\npartner: b\nyou: c\ntool: d\\n"


def test_white_space_is_made_one_and_escaped_characters_are_none():
    assert flat("  a \n\t b\u00e9c  ") == "a b c" and flat("") == flat(" \n") == ""
    assert flat(r"x\u{31}y") == "x y"
