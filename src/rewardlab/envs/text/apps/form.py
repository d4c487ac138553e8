"""A form of several pages, to be filled in, looked over and submitted once.

state = (screen, page, texts of all fields, submitted)
"""

import numpy as np

from rewardlab.envs.text.apps.app import App, Goal, Screen, State

FIELDS = {
    "name": ("anna", "bert", "carl"), "city": ("rome", "oslo", "lima"), "day": ("monday", "friday", "sunday"),
    "hour": ("nine", "ten", "noon"), "food": ("rice", "soup", "fish"), "room": ("red", "blue", "green"),
    "seats": ("two", "four", "six"), "card": ("gold", "silver", "black"),
}  # fmt: skip
MISSING = ("music", "parking", "pet", "drink")
OTHER = "x"


class Form(App):
    """Fill in fields, two on a page, and submit; what was submitted cannot be changed."""

    name = "form"

    def goal(self, demands: int, impossible: bool, rng: np.random.Generator) -> Goal:
        names = [list(FIELDS)[k] for k in sorted(rng.permutation(len(FIELDS))[:demands])]
        want = tuple(FIELDS[name][int(rng.integers(3))] for name in names)
        told = list(zip(names, want, strict=True))
        if impossible:
            told[-1] = (MISSING[int(rng.integers(len(MISSING)))], told[-1][1])
        asked = "Submit the form with " + " and ".join(f"{name} {value}" for name, value in told)
        return Goal(self.name, asked, ", ".join(f"{n} {v}" for n, v in told), tuple(names), want, impossible)

    def start(self, goal: Goal) -> State:
        return "page", 0, ("",) * len(goal.data), False

    def screen(self, goal: Goal, state: State) -> Screen:
        name, page, texts, submitted = state
        pairs = tuple(zip(goal.data, texts, strict=True))
        if submitted:
            return Screen("thanks")
        if name == "review":
            return Screen(name, ("clear", "submit"), (), tuple(f"{n} {t or 'empty'}" for n, t in pairs))
        return Screen(f"page {page + 1}", ("next",), pairs[2 * page : 2 * page + 2])

    def tap(self, goal: Goal, state: State, button: str) -> State:
        name, page, texts, submitted = state
        if button == "next":
            last = page == (len(goal.data) - 1) // 2
            return ("review", page, texts, submitted) if last else (name, page + 1, texts, submitted)
        if button == "clear":
            return self.start(goal)
        return name, page, texts, True

    def type(self, goal: Goal, state: State, field: str, text: str) -> State:
        k = goal.data.index(field)
        return *state[:2], (*state[2][:k], text, *state[2][k + 1 :]), state[3]

    def back(self, goal: Goal, state: State) -> State:
        name, page, texts, submitted = state
        if submitted:
            return state
        return "page", page if name == "review" else max(page - 1, 0), texts, False

    def texts(self, goal: Goal, field: str) -> tuple[str, ...]:
        return goal.want[goal.data.index(field)], OTHER

    def usual(self, goal: Goal, state: State) -> State:
        """What is wrong is wrong, and empty is too."""
        if state[0] == "end":
            return state
        texts = tuple(t if t == w else OTHER for t, w in zip(state[2], goal.want, strict=True))
        return *state[:2], texts, state[3]

    def reached(self, goal: Goal, state: State) -> bool:
        return state[3] and state[2] == goal.want

    def lasting(self, goal: Goal, state: State, button: str) -> bool:
        return button == "submit"
