"""What callbacks read is made when it is read, and once."""

from stable_baselines3.common.callbacks import BaseCallback

from rewardlab.agents.loops.locals import Locals


def test_nothing_is_made_before_it_is_asked_for_and_nothing_twice_in_a_step():
    made = []

    def recipe(step):
        made.append(step)
        return [step]

    seen = Locals({"self": "agent"}, {"infos": recipe, "dones": lambda step: "d"})
    assert "infos" not in seen and seen.get("infos", 3) == 3 and set(seen) == {"self"}  # before the first step
    seen.now(1)
    assert not made and "infos" in seen and "other" not in seen
    assert seen["infos"] is seen["infos"] and made == [1]
    seen.now(2)
    assert seen["infos"] == [2] and seen["self"] == "agent" and made == [1, 2]
    assert seen.get("other") is None and seen.get("other", 3) == 3 and seen.get("infos") == [2]


def test_all_names_and_values_can_be_listed():
    seen = Locals({"self": 1}, {"a": lambda step: step + 1, "b": lambda step: step + 2})
    seen.now(1)
    assert set(seen) == {"self", "a", "b"} == set(seen.keys())
    assert dict(seen.items()) == {"self": 1, "a": 2, "b": 3}


def test_a_callback_keeps_seeing_the_step():
    seen = Locals({}, {"rewards": lambda step: step})
    callback = BaseCallback.__new__(type("C", (BaseCallback,), {"_on_step": lambda self: True}))
    BaseCallback.__init__(callback)
    callback.locals = seen
    for k in range(3):
        seen.now(k)
        assert callback.locals["rewards"] == k
