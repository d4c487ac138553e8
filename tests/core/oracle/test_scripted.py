"""A script is followed in order, by lists and by functions."""

import pytest

from rewardlab.core.errors import BudgetSpent, OracleFailed
from rewardlab.core.oracle import Answer, Scripted


def test_a_list_is_said_in_order_and_ends():
    failed = OracleFailed("no")
    ask = Scripted(["a", failed, Answer("c", author="Ada")])
    assert ask(["1", "2"]) == ["a", failed]
    c, beyond = ask(["3", "4"])
    assert (c, c.author) == ("c", "Ada") and isinstance(beyond, OracleFailed) and "prompt number 4" in str(beyond)
    assert ask.asked == ["1", "2", "3", "4"]
    assert Scripted(["a", "b"], cycle=True)(list("12345")) == list("ababa")


def test_a_function_sees_the_prompt_and_errors_are_raised():
    ask = Scripted(str.upper, author="evolution")
    assert ask(["a"]) == ["A"] and ask(["a"])[0].author == "evolution"
    with pytest.raises(BudgetSpent):
        Scripted([BudgetSpent("all gone")])(["a"])
    assert isinstance(Scripted([])(["a"])[0], OracleFailed)
