"""A shop: search, look at what was found, choose a size, put it into the basket and pay.

state = (screen, query, product, size, basket, paid)
"""

import numpy as np

from rewardlab.envs.text.apps.app import App, Goal, Screen, State

KINDS = ("shirt", "shoe", "bag", "hat")
COLOURS = ("red", "blue", "green", "black")
MATERIALS = ("cotton", "wool", "leather", "linen")
SIZES = ("small", "large")
EMPTY = (-1, "")


class Shop(App):
    """Buy the one thing that is asked for; what a product is made of stands on its own page."""

    name = "shop"

    def goal(self, demands: int, impossible: bool, rng: np.random.Generator) -> Goal:
        stock = []
        for kind in KINDS:
            colours, materials = rng.permutation(COLOURS)[:2], rng.permutation(MATERIALS)[:2]
            stock += [(kind, str(colours[k]), str(materials[k]), int(rng.integers(2, 20))) for k in range(2)]
        at, size, by = int(rng.integers(len(stock))), SIZES[int(rng.integers(2))], int(rng.integers(1, 3))
        kind, word = stock[at][0], stock[at][by]
        if impossible:
            held = {stock[2 * (at // 2)][by], stock[2 * (at // 2) + 1][by]}
            word = next(w for w in (COLOURS, MATERIALS)[by - 1] if w not in held)
        asked = f"Buy the {word} {kind} in size {size}"
        return Goal(self.name, asked, f"{word} {kind} {size}", tuple(stock), (at, size), impossible)

    def start(self, goal: Goal) -> State:
        return "shop", "", -1, "", EMPTY, False

    def screen(self, goal: Goal, state: State) -> Screen:
        name, query, at, size, basket, paid = state
        if paid:
            return Screen("thanks")
        if name == "shop":
            return Screen(name, ("search", "basket"), (("query", query),))
        if name == "results":
            found = [p for p in goal.data if p[0] == query]
            notes = tuple(f"{p[1]} {p[0]} {p[3]}" for p in found) or ("nothing found",)
            return Screen(name, tuple(f"{p[1]} {p[0]}" for p in found), (), notes)
        if name == "product":
            kind, colour, material, price = goal.data[at]
            notes = (f"{colour} {kind}, {material}, {price}", f"size {size or 'none'}")
            return Screen(name, (*SIZES, "add"), (), notes)
        held = f"{goal.data[basket[0]][1]} {goal.data[basket[0]][0]} {basket[1]}" if basket != EMPTY else "empty"
        return Screen(name, () if basket == EMPTY else ("pay", "remove"), (), (held,))

    def tap(self, goal: Goal, state: State, button: str) -> State:
        name, query, at, size, basket, paid = state
        if name == "shop":
            return ("results", query, -1, "", basket, paid) if button == "search" else ("basket", "", *state[2:])
        if name == "results":
            found = next(k for k, p in enumerate(goal.data) if f"{p[1]} {p[0]}" == button)
            return "product", query, found, "", basket, paid
        if name == "product":
            if button == "add":
                return ("shop", "", -1, "", (at, size), paid) if size else state
            return name, query, at, button, basket, paid
        return name, query, at, size, EMPTY if button == "remove" else basket, button == "pay"

    def type(self, goal: Goal, state: State, field: str, text: str) -> State:
        return state[0], text, *state[2:]

    def back(self, goal: Goal, state: State) -> State:
        name, query, _, _, basket, paid = state
        if paid or name == "shop":
            return state
        return ("results", query, -1, "", basket, paid) if name == "product" else ("shop", "", -1, "", basket, paid)

    def texts(self, goal: Goal, field: str) -> tuple[str, ...]:
        return *KINDS, "x"

    def usual(self, goal: Goal, state: State) -> State:
        return state if state[0] == "end" or state[1] in ("", *KINDS) else (state[0], "x", *state[2:])

    def reached(self, goal: Goal, state: State) -> bool:
        return state[5] and state[4] == goal.want

    def lasting(self, goal: Goal, state: State, button: str) -> bool:
        return button == "pay"
