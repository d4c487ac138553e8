"""Apps on a screen of text: tap, type, go back, and say when it is done or cannot be.

    r = 1[done, and the app is as asked]   or   1[impossible, and it is],    an action is good iff d(s') = d(s) − 1

Some actions cannot be undone: what was deleted, sent, submitted or paid stays so, and a goal may be lost by it. All
that can happen in an app is a finite graph, so the distance d to the goal is exact, and so is the chance of success of
a guide that slips with a set probability.

Source: Liu et al., "Reinforcement Learning on Web Interfaces Using Workflow-Guided Exploration", ICLR 2018 (small web
tasks); Yao et al., "WebShop: Towards Scalable Real-World Web Interaction with Grounded Language Agents", NeurIPS 2022.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.apps import APPS
from rewardlab.envs.text.apps.app import DONE, RIGHT, Goal, State, graph, values
from rewardlab.envs.text.apps.play import (
    LETTERS,
    WORDS,
    after,
    check_sizes,
    describe,
    distance,
    drawn,
    good,
    parse,
    start,
)
from rewardlab.envs.text.dialogue import Dialogue, Heard, in_test
from rewardlab.envs.text.graphs import FAR
from rewardlab.envs.text.lines import Example, unescaped
from rewardlab.envs.world import Card


@dataclass
class MiniGUI(Dialogue):
    """Reach a goal in an app, one action a message.

    Args:
        apps: some of "form", "mail", "settings", "shop".
        demands: switches, mails or fields of a goal, 1..8; settings have at most 7 and mail 3.
        impossible: share of goals that nothing reaches, 0..0.9.
        admit: it is right to say that an impossible goal is; else nothing is paid for one, whatever is done.
        tasks: 0 for new goals without end; else a list of so many, 5..1000, of which the share is impossible.
        list_seed: of this list.
        turns: actions, 4..60.
        oracle: work out `distance`, `good` and `lost`, which takes a search of some milliseconds for each new goal.

    Raises:
        BadOption: for values outside these ranges.
    """

    apps: tuple[str, ...] = ("form", "mail", "settings", "shop")
    demands: int = 2
    impossible: float = 0.15
    admit: bool = True
    tasks: int = 0
    list_seed: int = 0
    turns: int = 20
    oracle: bool = True

    said = 80
    heard = 500
    columns = {"app": "", "screen": "", "distance": 0, "good": False, "lost": False, "lasting": False, "effect": False}

    def __post_init__(self) -> None:
        check_sizes("MiniGUI", self.apps, self.demands, self.impossible, self.turns)
        if self.tasks and not 5 <= self.tasks <= 1000:
            raise BadOption(f"tasks={self.tasks!r}", where="MiniGUI", expected="0, or 5..1000")
        if not 0 <= self.list_seed < 2**32:
            raise BadOption(f"list_seed={self.list_seed!r}", where="MiniGUI", expected="0..2^32 - 1")
        super().__post_init__()

    # -- the task ------------------------------------------------------------------------------------------------

    def task(self, rng: np.random.Generator) -> Goal:
        if self.tasks:
            return self.listed[int(rng.integers(self.tasks))]
        return self._drawn(rng.random() < self.impossible, rng)

    @cached_property
    def listed(self) -> tuple[Goal, ...]:
        """The goals of the list, those that are impossible first; every fifth or so is of the test split."""
        rng = np.random.default_rng(self.list_seed)
        found: dict[Goal, None] = {}
        for _ in range(100 * self.tasks):
            if len(found) == self.tasks:
                break
            found[self._drawn(len(found) < round(self.impossible * self.tasks), rng)] = None
        else:
            raise BadOption(
                f"tasks={self.tasks!r}: there are not so many",
                where="MiniGUI",
                expected="a shorter list, or more demands",
            )
        if len({in_test(goal) for goal in found}) < 2:
            raise BadOption(
                f"list_seed={self.list_seed!r}", where="MiniGUI", expected="a list with goals of both splits",
                mend="another list_seed, or more tasks",
            )  # fmt: skip
        return tuple(found)

    def _drawn(self, impossible: bool, rng: np.random.Generator) -> Goal:
        return drawn(self.apps, self.demands, impossible, rng, hopeless=not self.admit)

    def prompt(self, task: Goal) -> str:
        here = describe(task, start(task), self.brief)
        if self.brief:
            return f"{task.short}; {here}"
        how = "Each message is one action: tap BUTTON, type FIELD: TEXT, back; done at the end, or impossible."
        return f"{task.asked}. {how} {here}"

    def begin(self, task: Goal) -> State:
        return start(task)

    # -- a turn --------------------------------------------------------------------------------------------------

    def hear(self, task: Goal, memory: State, said: str, rng: np.random.Generator) -> Heard:
        """One action."""
        action = parse(said)
        if action is None:
            reply = "what" if self.brief else "Say one action: tap BUTTON, type FIELD: TEXT, back, done or impossible."
            return Heard(reply, memory=memory, understood=False, columns=self._seen(task, memory, memory))
        app, now = APPS[task.app], after(task, memory, said)
        lasting = action[0] == "tap" and now != memory and app.lasting(task, memory, action[1])
        columns = {**self._seen(task, memory, now), "lasting": lasting, "effect": now != memory}
        if now[0] == "end":
            return Heard("", {"outcome": float(now == RIGHT)}, True, now == RIGHT, memory, True, columns)
        return Heard(describe(task, now, self.brief), memory=now, columns=columns)

    def _seen(self, task: Goal, before: State, now: State) -> dict[str, object]:
        shown = before if now[0] == "end" else now
        out: dict[str, object] = {"app": task.app, "screen": APPS[task.app].screen(task, shown).title}
        if self.oracle:
            was, left = distance(task, before), distance(task, now)
            out |= {"distance": left, "good": left != FAR and left == was - 1, "lost": left == FAR}
        return out

    def chances(self, task: Goal, state: State, slip: float, left: int) -> dict[str, float]:
        """Action -> exact chance of success if it is taken with `left` turns left and the guide goes on."""
        known = graph(APPS[task.app], task)
        return known.q(values(APPS[task.app], task, slip, left), APPS[task.app].usual(task, state), left)

    # -- the rest ------------------------------------------------------------------------------------------------

    def check(self, said: str, task: Goal) -> bool:
        """Do these actions, parted by line breaks or semicolons, end with the right last word?"""
        state = start(task)
        for turn, line in enumerate(re.split(r"[\n;]", unescaped(said[:10_000]))):
            if parse(line) is None or turn >= self.turns:
                return False
            state = after(task, state, line)
            if state[0] == "end":
                return state == RIGHT
        return False

    def expert(self, task: Goal, memory: State, rng: np.random.Generator) -> str:
        return (good(task, memory) or [DONE])[0]

    def examples(self) -> Sequence[Example]:
        mails = (("anna", "lunch"), ("bert", "rent"), ("carl", "game"))
        task = Goal(
            "mail", "Delete the mail from bert and answer anna with yes", "", mails, ((0, 2, 0), ("anna", "yes"))
        )
        no = Goal("form", "Submit with pet", "", ("name", "city"), ("anna", "rome"), True)
        right = (
            "tap anna;tap answer;type text: yes;tap send;back;tap bert;tap delete;done",
            "tap bert\ntap delete\ntap anna\ntap answer\ntype text: yes\ntap send\ndone",
            "CLICK Bert; Press delete; tap anna; tap answer; type text = no; type text=YES; tap send; Done.",
            "tap nobody;tap bert;tap delete;tap anna;tap star;tap star;tap answer;type text:yes;tap send;done",
        )
        wrong = (
            "", "done", "impossible", "tap bert;tap delete;done", "tap anna;tap answer;type text: yes;tap send;done",
            "tap anna;tap answer;type text: yess;tap send;back;tap bert;tap delete;done",
            "tap anna;tap answer;type text: yes;back;back;tap bert;tap delete;done",
            "tap bert;tap delete;tap carl;tap delete;tap anna;tap answer;type text: yes;tap send;done",
            "tap anna;tap answer;type text: yes;tap send;back;tap bert;tap delete", "back;" * 200 + "done", "tap",
            "tap \uff42ert;tap delete;done", "tap anna tap answer", "x" * 5000,
        )  # fmt: skip
        silent = (("impossible", True), ("type name: anna; Impossible.", True), ("done", False),
                  ("type name: anna;type city: rome;tap next;tap submit;done", False))  # fmt: skip
        return [
            *(Example(s, task, True) for s in right),
            *(Example(s, task, False) for s in wrong),
            *(Example(s, no, passes) for s, passes in silent),
        ]

    def vocabulary(self) -> Sequence[str]:
        return (*WORDS, *LETTERS) if self.brief else super().vocabulary()

    def card(self) -> Card:
        return Card(
            summary=f"Reach a goal in an app of text screens ({', '.join(self.apps)}).",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": f"up to {self.said} characters: tap X, type X: TEXT, back, done or impossible"},
            reward="1 for done when the app is as asked, or for impossible when nothing can make it so, else 0",
            info={
                "app": "its name",
                "screen": "title of the screen that is shown",
                "distance": "actions to a right last word, 0 after it, -1 if the goal is lost",
                "good": "True if the action was on a shortest way",
                "lost": "True if nothing leads to the goal any more",
                "lasting": "True if the action cannot be undone",
                "effect": "False if nothing happened",
                **self.told(),
            },
            optimal_return=1.0 if self.admit else 1 - self.impossible,
            source="Liu et al., Reinforcement Learning on Web Interfaces Using Workflow-Guided Exploration, ICLR 2018",
        )
