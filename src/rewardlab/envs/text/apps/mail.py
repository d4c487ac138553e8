"""Mail: an inbox whose mails can be starred, deleted for good, and answered once.

state = (screen, which mail, marks of all mails, draft, what was sent)
"""

import numpy as np

from rewardlab.envs.text.apps.app import App, Goal, Screen, State

SENDERS = ("anna", "bert", "carl", "dora", "emil")
SUBJECTS = ("lunch", "rent", "game", "trip", "news")
ANSWERS = ("yes", "no", "later", "thanks")
PLAIN, STARRED, DELETED = range(3)


class Mail(App):
    """Star, delete and answer mails; a deleted mail is gone and a sent answer is sent."""

    name = "mail"

    def goal(self, demands: int, impossible: bool, rng: np.random.Generator) -> Goal:
        senders = [str(s) for s in rng.permutation(SENDERS)]
        mails = tuple((senders[k], str(rng.choice(SUBJECTS))) for k in range(3))
        marks, sent, told = [PLAIN] * 3, ("", ""), []
        for k in rng.permutation(3)[: min(demands, 3)]:
            what = int(rng.integers(2 if sent[0] else 3))
            who = mails[k][0]
            if what == 2:
                sent = (who, ANSWERS[int(rng.integers(len(ANSWERS)))])
                told.append(("answer", who, sent[1]))
            else:
                marks[k] = (STARRED, DELETED)[what]
                told.append((("star", "delete")[what], who, ""))
        if impossible:
            told[-1] = (told[-1][0], senders[3], told[-1][2])
        full = [
            f"answer the mail from {who} with {text}" if text else f"{verb} the mail from {who}"
            for verb, who, text in told
        ]
        short = ", ".join(f"{verb} {who} {text}".strip() for verb, who, text in told)
        return Goal(self.name, " and ".join(full).capitalize(), short, mails, (tuple(marks), sent), impossible)

    def start(self, goal: Goal) -> State:
        return "inbox", -1, (PLAIN,) * 3, "", ("", "")

    def screen(self, goal: Goal, state: State) -> Screen:
        name, at, marks, draft, sent = state
        if name == "inbox":
            shown = [k for k in range(3) if marks[k] != DELETED]
            notes = tuple(f"{goal.data[k][0]}: {goal.data[k][1]}{' starred' * (marks[k] == STARRED)}" for k in shown)
            return Screen(name, tuple(goal.data[k][0] for k in shown), (), notes)
        if name == "answer":
            return Screen(name, ("send",), (("text", draft),), (f"to {goal.data[at][0]}",))
        notes = (f"{goal.data[at][0]}: {goal.data[at][1]}{' starred' * (marks[at] == STARRED)}",)
        return Screen(name, ("star", "delete", *(() if sent[0] else ("answer",))), (), notes)

    def tap(self, goal: Goal, state: State, button: str) -> State:
        name, at, marks, draft, sent = state
        if name == "inbox":
            return "mail", [sender for sender, _ in goal.data].index(button), marks, "", sent
        if button == "answer":
            return "answer", at, marks, "", sent
        if button == "send":
            return ("mail", at, marks, "", (goal.data[at][0], draft)) if draft else state
        if button == "star":
            mark = PLAIN if marks[at] == STARRED else STARRED
            return name, at, (*marks[:at], mark, *marks[at + 1 :]), draft, sent
        return "inbox", -1, (*marks[:at], DELETED, *marks[at + 1 :]), "", sent

    def type(self, goal: Goal, state: State, field: str, text: str) -> State:
        return *state[:3], text, state[4]

    def back(self, goal: Goal, state: State) -> State:
        name, at, marks, _, sent = state
        return ("mail", at, marks, "", sent) if name == "answer" else ("inbox", -1, marks, "", sent)

    def texts(self, goal: Goal, field: str) -> tuple[str, ...]:
        right = goal.want[1][1] or ANSWERS[0]
        return right, next(a for a in ANSWERS if a != right)

    def usual(self, goal: Goal, state: State) -> State:
        if state[0] == "end" or not (state[3] or state[4][1]):
            return state
        known = self.texts(goal, "text")
        draft = state[3] if state[3] in ("", *known) else known[-1]
        sent = (state[4][0], state[4][1] if state[4][1] in ("", *known) else known[-1])
        return *state[:3], draft, sent

    def reached(self, goal: Goal, state: State) -> bool:
        return (state[2], state[4]) == goal.want

    def lasting(self, goal: Goal, state: State, button: str) -> bool:
        return button == "delete" or (button == "send" and bool(state[3]))
