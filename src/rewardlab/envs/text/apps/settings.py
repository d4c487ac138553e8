"""Settings: pages of switches, and a button that erases everything.

state = (screen, switches as bits, erased)
"""

import numpy as np

from rewardlab.envs.text.apps.app import App, Goal, Screen, State

PAGES = {
    "network": ("wifi", "bluetooth"),
    "display": ("dark", "large"),
    "sound": ("mute", "buzz"),
    "battery": ("saver",),
}
SWITCHES = tuple(s for several in PAGES.values() for s in several)
MISSING = ("radio", "torch", "siren", "magnet")  # switches that there are not


class Settings(App):
    """Turn switches on and off, page by page; whoever erases the device has lost."""

    name = "settings"

    def goal(self, demands: int, impossible: bool, rng: np.random.Generator) -> Goal:
        first = int(rng.integers(1 << len(SWITCHES)))
        chosen = sorted(int(k) for k in rng.permutation(len(SWITCHES))[:demands])
        due = first
        for k in chosen:
            due ^= 1 << k
        told = [(SWITCHES[k], "on" if due >> k & 1 else "off") for k in chosen]
        if impossible:
            told[-1] = (MISSING[int(rng.integers(len(MISSING)))], told[-1][1])
        asked = "Turn " + " and ".join(f"{name} {value}" for name, value in told) + ", and change nothing else"
        return Goal(self.name, asked, ", ".join(f"{n} {v}" for n, v in told), (first,), (due,), impossible)

    def start(self, goal: Goal) -> State:
        return "settings", goal.data[0], False

    def screen(self, goal: Goal, state: State) -> Screen:
        name, bits, erased = state
        if name == "settings":
            return Screen(name, () if erased else (*PAGES, "reset"), (), ("erased",) if erased else ())
        if name == "reset":
            return Screen(name, ("erase",))
        notes = tuple(f"{s} {'on' if bits >> SWITCHES.index(s) & 1 else 'off'}" for s in PAGES[name])
        return Screen(name, PAGES[name], (), notes)

    def tap(self, goal: Goal, state: State, button: str) -> State:
        name, bits, erased = state
        if button == "erase":
            return "settings", 0, True
        if name == "settings":
            return button, bits, erased
        return name, bits ^ 1 << SWITCHES.index(button), erased

    def back(self, goal: Goal, state: State) -> State:
        return "settings", *state[1:]

    def reached(self, goal: Goal, state: State) -> bool:
        return state[1] == goal.want[0] and not state[2]

    def lasting(self, goal: Goal, state: State, button: str) -> bool:
        return button == "erase"
