"""A critic who looks before an app is touched: it says whether the action that an agent wants is good, or a better one.

    a' = a (1 − f) + a f s₀ + (1 − a) t s₁,    success over H steps that all must be good = Π a'

a is the chance that the agent's action is good, t that a bad one is detected, f that a good one is blamed; s₁ and s₀
are the chances of a good action after a detection and after a false alarm. The agent slips with a set probability and
decides again once when it is told that its action is bad.

Source: Wanyan et al., "Look Before You Leap: A GUI-Critic-R1 Model for Pre-Operative Error Diagnosis in GUI
Automation", 2025, Section 3 (verdict and suggestion before the action).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.apps import APPS
from rewardlab.envs.text.apps.app import RIGHT, Goal, State, graph
from rewardlab.envs.text.apps.play import (
    LETTERS,
    WORDS,
    after,
    check_sizes,
    describe,
    distance,
    drawn,
    good,
    guide,
    parse,
    start,
)
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.graphs import FAR
from rewardlab.envs.text.lines import Example, unescaped
from rewardlab.envs.world import Card

_VERDICT = re.compile(r"\s*(good|bad)\s*(?:[:,]\s*(.*?))?\s*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Review:
    """A goal, and the action that the agent wants first."""

    goal: Goal
    first: str


@dataclass
class GUICritic(Dialogue):
    """Judge each action of an agent before it is done: good, or bad: and a better one.

    Args:
        apps, demands, impossible: as of `MiniGUI`.
        turns: actions of the agent, as of `MiniGUI`.
        slip: chance that the agent wants any sensible action at all instead of a good one, 0..1.
        follow: chance that it takes the action that it is told; else it decides again, and may slip again; 0..1.
        verdict_pay: for each right verdict, from 0.
        suggestion_pay: for each good action that is told where a bad one was wanted, and for each good one confirmed.

    Raises:
        BadOption: for values outside these ranges.
    """

    apps: tuple[str, ...] = ("form", "mail", "settings", "shop")
    demands: int = 2
    impossible: float = 0.0
    turns: int = 20
    slip: float = 0.15
    follow: float = 1.0
    verdict_pay: float = 0.0
    suggestion_pay: float = 0.0

    said = 80
    heard = 600
    parts = ("outcome", "verdict", "suggestion")
    columns = {
        "app": "", "distance": 0, "lost": False, "wanted_good": False, "verdict_right": False,
        "suggestion_good": False, "done_good": False,
    }  # fmt: skip

    def __post_init__(self) -> None:
        check_sizes("GUICritic", self.apps, self.demands, self.impossible, self.turns)
        for name, high in (("slip", 1), ("follow", 1), ("verdict_pay", 1e6), ("suggestion_pay", 1e6)):
            if not 0 <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="GUICritic", expected=f"0..{high:g}")
        super().__post_init__()

    # -- the task ------------------------------------------------------------------------------------------------

    def task(self, rng: np.random.Generator) -> Review:
        goal = drawn(self.apps, self.demands, rng.random() < self.impossible, rng)
        return Review(goal, guide(goal, start(goal), self.slip, rng))

    def key(self, task: Review) -> Goal:
        return task.goal

    def prompt(self, task: Review) -> str:
        here = self._shown(task.goal, start(task.goal), task.first)
        if self.brief:
            return f"{task.goal.short}; {here}"
        how = "An agent is at work; say good if what it wants is right, or bad: and a better action."
        return f"{task.goal.asked}. {how} {here}"

    def _shown(self, goal: Goal, state: State, wanted: str) -> str:
        here = describe(goal, state, self.brief)
        return f"{here}; want {wanted}" if self.brief else f"{here} The agent wants: {wanted}"

    def begin(self, task: Review) -> tuple[State, str]:
        return start(task.goal), task.first

    # -- a turn --------------------------------------------------------------------------------------------------

    def hear(self, task: Review, memory: tuple[State, str], said: str, rng: np.random.Generator) -> Heard:
        """A verdict, after which the agent acts and wants something new."""
        (state, wanted), goal = memory, task.goal
        known, verdict = good(goal, state), read_verdict(said)
        redraw, followed = guide(goal, state, self.slip, rng), rng.random() < self.follow
        columns = {"app": goal.app, "wanted_good": wanted in known, "distance": distance(goal, state)}
        columns["lost"] = columns["distance"] == FAR
        if verdict is None:
            reply = "what" if self.brief else "Say good, or bad: and a better action."
            return Heard(reply, memory=memory, understood=False, columns=columns)
        praised, told = verdict
        right, helpful = praised == (wanted in known), (wanted in known) if praised else told in known
        does = wanted if praised else told if told and followed else redraw
        now = after(goal, state, does)
        left = distance(goal, now)
        columns |= {
            "verdict_right": right, "suggestion_good": helpful, "done_good": does in known, "distance": left,
            "lost": left == FAR,
        }  # fmt: skip
        success = now == RIGHT
        parts = {
            "outcome": float(success),
            "verdict": self.verdict_pay * right,
            "suggestion": self.suggestion_pay * (helpful and right),
        }
        if now[0] == "end":
            return Heard("", parts, True, success, (state, wanted), True, columns)
        wants = guide(goal, now, self.slip, rng)
        reply = self._shown(goal, now, wants)
        if not self.brief:
            reply = f"It did: {does}. {reply}"
        return Heard(reply, parts, False, False, (now, wants), True, columns)

    # -- what is exact -------------------------------------------------------------------------------------------

    def success(self, goal: Goal, detect: float, alarm: float) -> float:
        """The chance of success with a critic who detects and blames independently and always tells a good action.

        Args:
            detect: t, the chance that a bad action is called bad; a good one is then told.
            alarm: f, the chance that a good action is called bad; nothing is then told.
        """
        known = graph(APPS[goal.app], goal)
        value = np.array(known.goals, dtype=np.float64)
        for _ in range(self.turns):
            new = np.array(known.goals, dtype=np.float64)
            for k, moves in enumerate(known.moves):
                if not moves or known.distances[k] == FAR:
                    continue
                near = [known.distances[t] == known.distances[k] - 1 for _, t in moves]
                worth = [value[t] for _, t in moves]
                best = worth[near.index(True)]
                drawn = (1 - self.slip) * best + self.slip * sum(worth) / len(worth)  # what the agent does by itself
                told = self.follow * best + (1 - self.follow) * drawn
                free = [
                    (1 - alarm) * v + alarm * drawn if g else (1 - detect) * v + detect * told
                    for g, v in zip(near, worth, strict=True)
                ]
                first = free[near.index(True)]
                new[k] = (1 - self.slip) * first + self.slip * sum(free) / len(free)
            value = new
        return float(value[0])

    # -- the rest ------------------------------------------------------------------------------------------------

    def check(self, said: str, task: Review) -> bool:
        """Is the first verdict right, and the action that is told with it a good one?"""
        verdict, known = read_verdict(said), good(task.goal, start(task.goal))
        if verdict is None:
            return False
        praised, told = verdict
        return task.first in known if praised else task.first not in known and told in known

    def expert(self, task: Review, memory: tuple[State, str], rng: np.random.Generator) -> str:
        state, wanted = memory
        known = good(task.goal, state)
        return "good" if wanted in known else f"bad: {known[0]}" if known else "bad"

    def examples(self) -> Sequence[Example]:
        goal = Goal("settings", "Turn wifi on", "wifi on", (0,), (1,))
        fine, slip = Review(goal, "tap network"), Review(goal, "tap reset")
        right = (("good", fine), (" Good ", fine), ("bad: tap network", slip), ("BAD, Tap network.", slip),
                 ("bad:\nclick network", slip))  # fmt: skip
        wrong = (
            ("bad", fine), ("good", slip), ("bad", slip), ("bad: tap display", slip), ("bad: tap network", fine),
            ("", slip), ("good: tap network", slip), ("bad tap network", slip), ("tap network", slip),
            ("good, bad", slip), ("b\u0430d: tap network", slip),
            ("bad: tap network; done", slip), ("good" * 2000, fine), ("\uff47ood", fine),
        )  # fmt: skip
        return [Example(s, t, True) for s, t in right] + [Example(s, t, False) for s, t in wrong]

    def vocabulary(self) -> Sequence[str]:
        return (*WORDS, *LETTERS, "good", "bad", "want ") if self.brief else super().vocabulary()

    def card(self) -> Card:
        pays = f", {self.verdict_pay:g} for each right verdict, {self.suggestion_pay:g} for each good action told"
        more = pays if self.verdict_pay or self.suggestion_pay else ""
        return Card(
            summary="Judge the actions of an agent that slips, before they are done in an app of text screens.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": f"up to {self.said} characters: good, or bad: and a better action"},
            reward=f"1 when the agent reaches the goal, else 0{more}",
            info={
                "app": "its name",
                "distance": "actions to a right last word, 0 after it, -1 if the goal is lost",
                "lost": "True if nothing leads to the goal any more",
                "wanted_good": "True if the action that was judged is on a shortest way",
                "verdict_right": "True if the verdict says so",
                "suggestion_good": "True if the action told, or confirmed, is on a shortest way",
                "done_good": "True if what the agent did is on a shortest way",
                **self.told(),
            },
            optimal_return=None if more or self.follow < 1 else 1.0,
            source="Wanyan et al., Look Before You Leap: A GUI-Critic-R1 Model for Pre-Operative Error Diagnosis, 2025",
        )


def read_verdict(said: str) -> tuple[bool, str] | None:
    """(good?, the action told as it is properly said) of a message, or None if it is no verdict."""
    match = _VERDICT.fullmatch(unescaped(said[:400]).strip().rstrip("."))
    if match is None:
        return None
    praised, action = match[1].lower() == "good", parse(match[2] or "")
    if match[2] and (praised or action is None):
        return None
    if action is None:
        return praised, ""
    kind, target, text = action
    return praised, f"type {target}: {text}" if kind == "type" else f"{kind} {target}".strip()
