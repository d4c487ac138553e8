"""Any bandit in words: for language models, and in tokens for small policies.

    history    each round: what was answered, and what came of it
    summary    sums of it, for each choice
    guide      the same with the numbers of an algorithm: UCB1, discounted UCB, LinUCB, RUCB, Exp3, gradient descent ...

One pair of views for all families. What differs between them, names, answers, what is told of a round, the guide, is a
wording; the pay, the best choice and the regret are those of the bandit in numbers, seed for seed.

Source: Nie, Su, Chang, Lee, Chi, Le, Chen, "EVOLvE: Evaluating and Optimizing LLMs For In-Context Exploration", ICML
2025, Sections 3 and 5 (forms and guides); Krishnamurthy, Harris, Foster, Zhang, Slivkins, "Can Large Language Models
Explore In-Context?", NeurIPS 2024, Section 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.core.arrays import Array, Tree
from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.bandits.ground import whole
from rewardlab.envs.bandits.wording.speech import COUNT, Wording, marked, part_of
from rewardlab.envs.bandits.wording.table import bandit_of, wording_of
from rewardlab.envs.bandits.words import CHARSET, TOKENS, Tokens, Told, check_digits, check_form
from rewardlab.envs.picture import bubbles
from rewardlab.envs.rules import Card, Columns, State

_OF = "bandit:"  # keys of the bandit's own state
_SUMS = "memory:"  # keys of what summaries and guides are told from


@dataclass
class BanditText(Told):
    """One reads the task and the rounds so far, and answers with a name, several names, or numbers.

    An answer that cannot be understood lets chance choose; a number that lies outside is moved to the nearest one
    allowed. Both are told.

    Args:
        of: which bandit: an id, with or without "rewardlab/", or the name of its class.
        fields: parameters of the bandit.
        form: "history", "summary" or "guide".
        window: rounds that a history tells, at least 1; earlier ones are left out.
        episodes: episodes of the bandit in one of the text, at least 1. Where arms are drawn anew for each of them,
            nothing that was seen is kept; of bandits with one answer an episode all is.
        domain: what choices are called, "labels" or "products".
        options: numbers of the guide; which there are differs between families.
        digits: significant digits of numbers, 1..17.

    Attributes:
        bandit: the bandit in numbers.
        wording: how it is spoken.
        names: [K] what one may choose, empty where an answer is numbers.

    Raises:
        BadOption: for a bandit that is not known, for forms, domains, options or sizes that do not exist, and as the
            bandit.
    """

    of: str = "BernoulliBandit-v0"
    fields: Mapping[str, Any] | None = None
    form: str = "history"
    window: int = 100
    episodes: int = 1
    domain: str = "labels"
    options: Mapping[str, Any] | None = None
    digits: int = 9

    def __post_init__(self) -> None:
        where = "BanditText"
        check_digits(self.digits, where)
        whole(where, window=self.window, episodes=self.episodes)
        check_form(self.form, where)
        self.bandit: Any = bandit_of(self.of, self.fields)
        kind = wording_of(self.bandit)
        self.wording: Wording = kind(self.bandit, digits=self.digits, domain=self.domain, options=self.options)
        if self.form == "guide" and not self.wording.guided:
            expected = '"history" or "summary": no guide is known'
            raise BadOption(f"form='guide' of {self.of!r}", where=where, expected=expected)
        if self.wording.rounds is None and self.episodes > 1:
            raise BadOption(f"episodes={self.episodes!r} of {self.of!r}, which never ends", where=where, expected="1")
        self.names = self.wording.names
        total = self._total()
        self._depth = min(self.window, total) if total else self.window
        self.action_space = spaces.Text(self.wording.answer, min_length=0, charset=CHARSET)
        marks = max(len(self.wording.unclear), len(self.wording.clipped))
        longest = len(self.prompt()) + self.longest() + marks + 2
        self.observation_space = spaces.Text(longest, min_length=0, charset=CHARSET)

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """Guides take logarithms and roots, which differ between platforms in the last digit."""
        return self.bandit.exact and self.form != "guide"

    def _streams(self, rng: Streams, episode: Array, drawn: Array, rows: Array | None = None) -> Streams:
        """The streams of the bandit's own episodes, after so many draws; row i draws what the bandit alone would."""
        part = rng.rows(np.arange(len(rng)) if rows is None else rows)
        part.episode = part.episode * self.episodes + episode - 1
        part.begin(slice(None))
        part.draw = drawn + 0
        return part

    def start(self, n: int, rng: Streams) -> State:
        zero = np.zeros(n, dtype=np.int64)
        part = self._streams(rng, zero, zero)
        own = {**marked(_OF, self.bandit.start(n, part)), **self._fresh(n)}
        return {**own, "episode": zero, "drawn": part.draw, "unclear": zero + 0}

    def _fresh(self, n: int) -> State:
        """Nothing seen."""
        seen = {"t": np.zeros(n, dtype=np.int64)}
        if self.form == "history":
            return {**seen, "notes": np.zeros((n, self._depth, self.wording.width))}
        return {**seen, **marked(_SUMS, self.wording.begin(n))}

    def parse(self, said: str) -> Any:
        """The action that a text means, None if it means none or several; raises nothing."""
        return self.wording.parse(said)[0]

    def move(self, state: State, action: Tree, rng: Streams) -> tuple[State, Array, Array, Columns]:
        heard = [self.wording.parse(said) for said in action]
        n, space = len(heard), self.wording.action_space
        meant = np.zeros((n, *(space.shape or ())), dtype=space.dtype)
        unclear = np.array([a is None for a, _ in heard])
        for i, (a, _) in enumerate(heard):
            if a is not None:
                meant[i] = a
        part = self._streams(rng, state["episode"], state["drawn"])
        if unclear.any():  # no other row draws, so that it goes on as the bandit in numbers
            rows = np.flatnonzero(unclear)
            own = part.rows(rows)
            meant[rows] = self.wording.chance(own)
            part.put(rows, own)
        after, reward, over, columns = self._played(state, meant, part, rng)
        moved = np.array([was for _, was in heard])
        said = {"said": np.array(action, dtype=object), "understood": ~unclear}
        return {**after, "unclear": np.where(unclear, 1, np.where(moved, 2, 0))}, reward, over, {**columns, **said}

    def pull(self, state: State, arm: Array, rng: Streams) -> tuple[State, Array, Array, Columns]:
        return self._played(state, arm, self._streams(rng, state["episode"], state["drawn"]), rng)

    def _played(self, state: State, action: Array, part: Streams, rng: Streams) -> tuple[State, Array, Array, Columns]:
        wording, n = self.wording, len(action)
        before = part_of(_OF, state)
        inner, reward, over, columns = wording.play(before, action, part)
        after = {**marked(_OF, inner), "t": state["t"] + 1, "drawn": part.draw, "unclear": np.zeros(n, dtype=np.int64)}
        if self.form == "history":
            notes = state["notes"].copy()
            notes[np.arange(n), state["t"] % self._depth] = wording.note(before, action, reward, columns)
            after["notes"] = notes
        else:
            after |= marked(_SUMS, wording.learn(part_of(_SUMS, state), before, action, reward, columns))
        # A row that is over is moved too, and discarded: its number of episodes is full, so that none begins in it.
        again = over & (state["episode"] < self.episodes - 1)
        done = over & (state["episode"] == self.episodes - 1)
        after["episode"] = state["episode"] + over
        if again.any():
            self._begin(np.flatnonzero(again), after, rng)
        return after, reward, done, {**columns, "action": action + 0}

    def _begin(self, rows: Array, after: State, rng: Streams) -> None:
        """The bandit's next episode in some rows, written into `after`, whose arrays are its own."""
        zero = np.zeros(len(rows), dtype=np.int64)
        part = self._streams(rng, after["episode"][rows], zero, rows)
        fresh = marked(_OF, self.bandit.start(len(rows), part))
        if not self.wording.keeps:
            fresh |= self._fresh(len(rows))
        for key, value in {**fresh, "drawn": part.draw}.items():
            after[key] = after[key].copy()
            after[key][rows] = value

    def inform(self, state: State) -> Columns:
        return self.bandit.inform(part_of(_OF, state))

    # -- what is told --------------------------------------------------------------------------------------------------

    def prompt(self) -> str:
        w = self.wording
        last = "" if w.rounds is not None and self._depth == self._total() else f" of the last {self._depth} rounds"
        told = {
            "history": f"Below stands what came of each choice{last or ' so far'}.",
            "summary": "Below stands a summary of all choices so far.",
            "guide": f"Below stands a summary of all choices so far with advice: {w.guided}.",
        }
        often = "You choose again and again."
        if w.rounds is not None:
            often = f"You choose {self._total()} times."
            if self.episodes > 1 and not w.keeps:
                often = f"You choose {w.rounds} times in each of {self.episodes} episodes, and each begins anew."
        return f"{w.task()} {often}{w.aim} {told[self.form]} {w.reply()}"

    def _total(self) -> int:
        """Answers of which the texts tell, at most."""
        return (self.wording.rounds or 0) * (self.episodes if self.wording.keeps else 1)

    def body(self, state: State, i: int) -> str:
        w, t = self.wording, int(state["t"][i])
        of = "" if w.rounds is None else f" of {self._total()}"
        lines = [f"{t}{of} chosen"]
        if self.episodes > 1 and not w.keeps:
            lines[0] += f", episode {min(int(state['episode'][i]) + 1, self.episodes)} of {self.episodes}"
        before = part_of(_OF, state)
        if self.form == "history":
            notes = state["notes"][i]
            lines += [w.line(notes[s % self._depth]) for s in range(max(t - self._depth, 0), t)]
        else:
            tell = w.summary if self.form == "summary" else w.guide
            lines += tell(part_of(_SUMS, state), before, i)
        return "\n".join([*lines, *w.now(before, i)])

    def longest(self) -> int:
        head = 4 * COUNT + len(" of  chosen, episode  of \n")
        return head + self.wording.room(self.form, self._depth) + self.wording.room_now()

    def text(self, state: State, i: int) -> str:
        marks = ("", self.wording.unclear, self.wording.clipped)[int(state["unclear"][i])]
        return "\n".join([self.prompt(), self.body(state, i), *([marks] if marks else [])])

    def draw(self, state: State, i: int) -> np.ndarray:
        lines = self.body(state, i).split("\n")
        return bubbles([(self.prompt(), False), *((line[:120], False) for line in (*lines[:1], *lines[1:][-6:]))])

    def to_mdp(self) -> Any:
        """That of one episode of the bandit in numbers."""
        return self.bandit.to_mdp()

    def card(self) -> Card:
        seen = f"the task, a {self.form} of what was seen, and what is shown of the round to come"
        action = {"answer": f"{self.wording.reply()} At most {self.wording.answer} characters"}
        return self._card({"text": seen}, action, _ANSWERED)

    def _card(self, observation: Mapping[str, str], action: Mapping[str, str], info: Mapping[str, str]) -> Card:
        numeric: Card = self.bandit.card()
        random, best = numeric.random_return, numeric.optimal_return
        return Card(
            summary=f"In words, told as a {self.form}: {numeric.summary}",
            observation=observation,
            action=action,
            reward=numeric.reward,
            info={**numeric.info, "action": "what was played, by number", **info},
            random_return=None if random is None else self.episodes * random,
            optimal_return=None if best is None else self.episodes * best,
            source="Nie et al., EVOLvE: Evaluating and Optimizing LLMs For In-Context Exploration, ICML 2025",
        )


@dataclass
class BanditTokens(Tokens):
    """The same for small policies: what was seen as characters by number, actions by number.

    Args:
        of: which bandit: an id, with or without "rewardlab/", or the name of its class.
        fields: parameters of the bandit.
        form: "history", "summary" or "guide".
        window: rounds that a history tells, at least 1.
        episodes: episodes of the bandit in one of the text, at least 1.
        domain: what choices are called, "labels" or "products".
        options: numbers of the guide.
        digits: significant digits of numbers, 1..17.

    Attributes:
        view: the text view.

    Raises:
        BadOption: as `BanditText`.
    """

    of: str = "BernoulliBandit-v0"
    fields: Mapping[str, Any] | None = None
    form: str = "history"
    window: int = 100
    episodes: int = 1
    domain: str = "labels"
    options: Mapping[str, Any] | None = None
    digits: int = 4

    def __post_init__(self) -> None:
        view = BanditText(
            self.of, self.fields, self.form, self.window, self.episodes, self.domain, self.options, self.digits
        )
        self.view: BanditText = view
        self.observation_space = spaces.MultiDiscrete([TOKENS] * view.longest())
        self.action_space = view.wording.action_space

    @property
    def exact(self) -> bool:  # type: ignore[override]
        """As of the text view."""
        return self.view.exact

    def card(self) -> Card:
        seen = f"[{self.view.longest()}] a {self.form} of what was seen: characters by number, 0 for none"
        numeric: Card = self.view.bandit.card()
        return self.view._card({"tokens": seen}, numeric.action, {})


_ANSWERED = {"said": "the answer", "understood": "True if the answer was clear; else chance chose"}
