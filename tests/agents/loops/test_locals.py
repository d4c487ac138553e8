"""What callbacks read is made when it is read, and once."""

from stable_baselines3.common.callbacks import BaseCallback

from rewardlab.agents.loops.locals import Locals


def counted():
    made = []

    def recipe():
        made.append(1)
        return [len(made)]

    return made, recipe


def test_nothing_is_made_before_it_is_asked_for_and_nothing_twice_in_a_step():
    made, recipe = counted()
    seen = Locals({"self": "agent"})
    seen.now(infos=recipe, dones=lambda: "d")
    assert not made and "infos" in seen and "other" not in seen
    assert seen["infos"] is seen["infos"] and len(made) == 1
    seen.now(infos=recipe)
    assert seen["infos"] == [2] and seen["self"] == "agent"
    assert seen.get("dones") is None and seen.get("dones", 3) == 3 and seen.get("infos") == [2]


def test_all_names_and_values_can_be_listed():
    seen = Locals({"self": 1})
    seen.now(a=lambda: 2, b=lambda: 3)
    assert set(seen) == {"self", "a", "b"} == set(seen.keys())
    assert dict(seen.items()) == {"self": 1, "a": 2, "b": 3}


def test_a_callback_keeps_seeing_the_step():
    seen, callback = Locals({}), BaseCallback.__new__(type("C", (BaseCallback,), {"_on_step": lambda self: True}))
    BaseCallback.__init__(callback)
    callback.locals = seen
    for k in range(3):
        seen.now(rewards=lambda k=k: k)
        assert callback.locals["rewards"] == k
