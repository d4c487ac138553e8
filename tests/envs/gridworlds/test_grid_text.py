"""Grids in text: the best plan, said in words, earns what the card says, to four standard errors."""

import pytest
from text_plans import best_plan_in_words


@pytest.mark.parametrize("name", ["Cliff", "GridWorld"])
def test_the_best_plan_said_in_words_earns_what_the_card_says(name):
    mean, error, optimal = best_plan_in_words(f"rewardlab/{name}Text-v0")
    assert abs(mean - optimal) <= 4 * error + 1e-9
