"""Descriptions are read back as they were written."""

import pytest

from rewardlab.envs.rules import Card
from rewardlab.rewards.language.evolution.card import codes, digits, place, read_card, span


def test_a_card_is_read_back_from_its_text():
    card = Card(
        "An arm. It reaches.",
        {"cosines": "[0:2] of angles, -1..1", "target": "x: y, m"},
        {"0": "up"},
        "1 at the goal",
        {"success": "True at the goal"},
        0.5,
    )
    said = read_card(str(card))
    assert said.summary == card.summary and said.reward == card.reward
    assert [said.block(b) for b in ("Observation", "Action", "Info")] == [card.observation, card.action, card.info]


@pytest.mark.parametrize("text", ["", "no card at all", "Info:\nno indent: here", "Reward:"])
def test_what_is_no_card_gives_nothing(text):
    assert not any(read_card(text).block(b) for b in ("Observation", "Action", "Info"))


def test_ranges_and_places():
    assert span("units of 4 rad/s, cut to -10..10") == (-10, 10) and span("0..0.5") == (0, 0.5) and span("m") is None
    assert place("[8:10] x, y") == (8, 10) and place("[3] torque") == (3, 4) and place("x [3]") is None


@pytest.mark.parametrize(
    ("meaning", "summary", "sizes"),
    [
        ("row * 5 + column, 0..24", "", [5, 5]),
        ("((row * width + column) * 5 + passenger) * 4 + destination; 0..3", "A town of 5 x 6 cells", [5, 6, 5, 4]),
    ],
)
def test_digits_of_an_index_are_those_that_it_was_made_of(meaning, summary, sizes):
    made = digits(meaning, summary)
    assert len(made) == len(sizes)
    total = 1
    for n in sizes:
        total *= n
    for index in range(total):
        rest, expected = index, []
        for n in reversed(sizes):
            rest, digit = divmod(rest, n)
            expected.append(digit)
        got = [index // d % m if m else index // d for d, m in made.values()]
        assert got == expected[::-1]


@pytest.mark.parametrize("meaning", ["cell * 128 + bits of 2^7", "place in the row", "a * b + c", "3 * 4 + 5"])
def test_no_digits_without_such_a_sum(meaning):
    assert digits(meaning) == {} or meaning.startswith("cell * 128")


def test_codes():
    assert codes("0 right, 1 down") == {0: "right", 1: "down"}
    assert codes("0..3 at a stop, 4 in the taxi") == {4: "in the taxi"}
    assert list(codes("0..3")) == [0, 1, 2, 3] and codes("0..4000") == {} and codes("x") == {}
