"""Negotiation: split three kinds of items with a partner who wants other things and gives way in time.

    share(o) = Σ_i v_i·o_i / Σ_i v_i·n_i,    the partner accepts with chance clip((share' − s_t)/w + 1, 0, 1)
    V_t(c) = max{ share(c),  max_o a_t(o)·share(o) + (1 − a_t(o))·E_{c' ~ C_t} V_{t+1}(c') },    V_last(c) = share(c)

The partner's values are hidden. It wants the share s_t, which falls from turn to turn; what it does not accept it
answers with an offer of its own, one of those that give it just that share. c is the offer that stands. The optimum is
that of one who knows the partner's values; the values are told by what it offers.

Source: Lewis, Yarats, Dauphin, Parikh, Batra, "Deal or No Deal? End-to-End Learning for Negotiation Dialogues", EMNLP
2017, Section 2 (items of three kinds with values of their own for each side).
"""

import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.bargaining import Law, law
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example, flat
from rewardlab.envs.world import Card

Split = tuple[int, int, int]
KINDS = ("books", "hats", "balls")
WORTH = 5
"""The largest value of an item."""
BAND = 0.15
"""The partner offers what gives it at most so much more than the least of its offers does."""
_OFFER = re.compile(r"\s*offer\s*:?\s+(\d)\s*,?\s+(\d)\s*,?\s+(\d)\s*\.?\s*", re.IGNORECASE)
_WORD = re.compile(r"\s*(accept|reject)\s*\.?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """What is on the table.

    Attributes:
        counts: items of each kind.
        mine: what an item of each kind is worth to the agent.
        theirs: to the partner, which the agent is not told.
        opening: what the agent gets by the partner's first offer.
    """

    counts: Split
    mine: Split
    theirs: Split
    opening: Split

    def share(self, split: Split) -> float:
        """Of all that is on the table, the part that the agent gets by a split, in its own values, 0..1."""
        return _worth(self.mine, split) / _worth(self.mine, self.counts)

    def other(self, split: Split) -> float:
        """The part that the partner gets, in its values, 0..1."""
        return 1 - _worth(self.theirs, split) / _worth(self.theirs, self.counts)

    def efficient(self, split: Split) -> bool:
        """Is no other split better for one of the two and no worse for the other?"""
        here = _worth(self.mine, split), -_worth(self.theirs, split)
        for one in splits(self.counts):
            there = _worth(self.mine, one), -_worth(self.theirs, one)
            if there != here and there[0] >= here[0] and there[1] >= here[1]:
                return False
        return True


@dataclass
class Negotiation(Dialogue):
    """Offer, accept or reject, until there is a deal or no turn is left.

    Args:
        most: items of a kind, 1..most, most in 1..4.
        rounds: messages of the agent, 2..8; the last can only accept or reject. One that means nothing is lost, and
            the partner waits.
        first: the share that the partner wants in the first turn, 0..1.
        last: in the last one, 0..first.
        width: w, how far below that share its chance to accept falls to 0; above 0, to 1.
        judged: the deal is paid by a judge who only says 1 or 0, at random, the more likely 1 the better it is.
        judge_error: the chance of 1 for nothing, and of 0 for everything, 0..0.5.

    Raises:
        BadOption: for values outside these ranges.
    """

    most: int = 3
    rounds: int = 5
    first: float = 0.9
    last: float = 0.5
    width: float = 0.3
    judged: bool = False
    judge_error: float = 0.1

    parts = ("deal",)
    columns = {"value": 0.0, "other": 0.0, "efficient": False, "deal": False, "kept": False}
    said = 40

    def __post_init__(self) -> None:
        ranges = (
            ("most", 1, 4), ("rounds", 2, 8), ("first", 0, 1), ("last", 0, self.first), ("judge_error", 0, 0.5),
        )  # fmt: skip
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="Negotiation", expected=f"{low}..{high}")
        if not 0 < self.width <= 1:
            raise BadOption(f"width={self.width!r}", where="Negotiation", expected="above 0, to 1")
        self.turns = self.rounds
        super().__post_init__()

    def task(self, rng: np.random.Generator) -> Table:
        counts = _three(rng.integers(1, self.most + 1, size=3))
        mine, theirs = (_three(rng.integers(WORTH + 1, size=3)) for _ in range(2))
        mine, theirs = (v if any(v) else (1, 1, 1) for v in (mine, theirs))  # who wants nothing has nothing to discuss
        opening = self.offers(counts, theirs, 0)
        return Table(counts, mine, theirs, opening[int(rng.integers(len(opening)))])

    def key(self, task: Table) -> Any:
        return task.counts, task.mine, task.theirs

    def prompt(self, task: Table) -> str:
        numbers = [" ".join(map(str, x)) for x in (task.counts, task.mine, task.opening)]
        if self.brief:
            return f"{numbers[0]};{numbers[1]};offer {numbers[2]}"
        items = ", ".join(f"{n} {kind}" for n, kind in zip(task.counts, KINDS, strict=True))
        worth = ", ".join(f"{v} for each of the {kind}" for v, kind in zip(task.mine, KINDS, strict=True))
        return (
            f"We share {items}. Their worth to you: {worth}. I want other things. Say accept, reject, or what you "
            f"would have of each: offer {numbers[0]}. You have {self.rounds} messages, of which the last can only "
            f"accept or reject. My offer to you is: offer {numbers[2]}"
        )

    # -- the partner -------------------------------------------------------------------------------------------------

    def wanted(self, turn: int) -> float:
        """The share s_t that the partner wants in a turn, from 0."""
        return self.first + (self.last - self.first) * min(turn / (self.rounds - 1), 1.0)

    def accepts(self, other: float, turn: int) -> float:
        """The chance that it accepts an offer by which it gets the share `other`; none is answered in the last turn."""
        chance = (other - self.wanted(turn)) / self.width + 1
        return 0.0 if turn >= self.rounds - 1 else float(min(max(chance, 0.0), 1.0))

    def offers(self, counts: Split, theirs: Split, turn: int) -> tuple[Split, ...]:
        """The offers that it may make in a turn, each equally likely: what the agent gets."""
        whole, wanted = _worth(theirs, counts), self.wanted(turn) - 1e-9
        kept = {o: 1 - _worth(theirs, o) / whole for o in splits(counts)}
        least = min(u for u in kept.values() if u >= wanted)  # there is one: to keep everything
        return tuple(o for o, u in kept.items() if least <= u <= least + BAND)

    # -- the conversation --------------------------------------------------------------------------------------------

    def begin(self, task: Table) -> tuple[int, Split]:
        return 0, task.opening

    def hear(self, task: Table, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        """A deal, or the partner's next offer."""
        turn, standing = memory
        word, offer = self.parse(said, task)
        if word is None:
            return Heard("pardon", memory=memory, understood=False)
        if word == "accept":
            return self._deal(task, standing, memory, rng)
        if offer is not None and rng.random() < self.accepts(task.other(offer), turn):
            return self._deal(task, offer, memory, rng)
        if turn == self.rounds - 1:
            return Heard("no deal", over=True, memory=memory)
        choice = self.offers(task.counts, task.theirs, turn)
        standing = choice[int(rng.integers(len(choice)))]
        return Heard("offer " + " ".join(map(str, standing)), memory=(turn + 1, standing))

    def _deal(self, task: Table, split: Split, memory: Any, rng: np.random.Generator) -> Heard:
        value = task.share(split)
        columns = {
            "value": value,
            "other": task.other(split),
            "efficient": task.efficient(split),
            "deal": True,
            "kept": split == memory[1],
        }
        e = self.judge_error
        paid = float(rng.random() < e + (1 - 2 * e) * value) if self.judged else value
        return Heard("deal", {"deal": paid}, True, True, memory, True, columns)

    def parse(self, said: str, task: Table) -> tuple[str | None, Split | None]:
        """("accept" or "reject", None), ("offer", the split), or (None, None) for anything else."""
        text = flat(said)
        if word := _WORD.fullmatch(text):
            return word[1].lower(), None
        found = _OFFER.fullmatch(text)
        split = (int(found[1]), int(found[2]), int(found[3])) if found else None
        if split is None or any(o > n for o, n in zip(split, task.counts, strict=True)):
            return None, None
        return "offer", split

    # -- the optimum -------------------------------------------------------------------------------------------------

    def plan(self, task: Table) -> list[tuple[float, Split | None]]:
        """For each turn the largest expected share of one who does not accept, and the offer that gets it.

        Accept what stands if it is worth at least that. In the last turn it is 0 and no offer.
        """
        found: list[tuple[float, Split | None]] = [(0.0, None)]
        for turn in range(self.rounds - 2, -1, -1):
            choice = self.offers(task.counts, task.theirs, turn)
            later = sum(max(task.share(c), found[0][0]) for c in choice) / len(choice)
            best: tuple[float, Split | None] = (later, None)
            for offer in splits(task.counts):
                chance = self.accepts(task.other(offer), turn)
                value = chance * task.share(offer) + (1 - chance) * later
                if value > best[0] + 1e-12:
                    best = (value, offer)
            found.insert(0, best)
        return found

    def value(self, task: Table) -> float:
        """The largest expected share of one who knows the partner's values, 0..1."""
        return max(task.share(task.opening), self.plan(task)[0][0])

    def partners(self, counts: Split) -> tuple[tuple[Split, ...], Law]:
        """The values that a partner may have, and the law of what each of them does at a table with these counts."""
        kinds = splits((WORTH,) * 3)[1:]
        prior = [(1 + (v == (1, 1, 1))) / (WORTH + 1) ** 3 for v in kinds]  # who wants nothing wants all alike

        def accepts(split: Split, theirs: Split, turn: int) -> float:
            return self.accepts(1 - _worth(theirs, split) / _worth(theirs, counts), turn)

        offers = functools.partial(self.offers, counts)
        return kinds, law(splits(counts), kinds, prior, self.rounds, accepts, offers)

    def check(self, said: str, task: Table) -> bool:
        """Is it an offer that wastes nothing: none is better for one side and no worse for the other?"""
        offer = self.parse(said, task)[1]
        return offer is not None and task.efficient(offer)

    def expert(self, task: Table, memory: Any, rng: np.random.Generator) -> str:
        turn, standing = memory
        worth, offer = self.plan(task)[turn]
        if task.share(standing) >= worth - 1e-12:
            return "accept"
        return "reject" if offer is None else "offer " + " ".join(map(str, offer))

    def examples(self) -> Sequence[Example]:
        task = Table((2, 1, 2), (3, 1, 0), (0, 1, 4), (0, 1, 0))
        right = ("offer 2 0 0", "offer 2 1 0", " Offer: 2, 1, 0. ", "OFFER 2 0 0\n", "offer\t2 1 0")
        wrong = (
            "", "accept", "reject", "offer", "offer 1 0 0", "offer 2 0 1", "offer 0 0 0", "offer 3 1 0", "offer 2 1",
            "offer 2 1 0 0", "2 1 0", "offer -2 1 0", "offer 2 1 \uff10", "offer \\u{32} 1 0", "offer 2.0 1 0",
            "offer two one zero", "offer 2 1 0; accept", "offer 2 1 0" * 500,
        )  # fmt: skip
        return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        words = ("offer ", "accept", "reject", "deal", "no ", "pardon", " ", ";")
        return (*"0123456789", *words) if self.brief else super().vocabulary()

    def card(self) -> Card:
        return Card(
            summary=f"Split items of three kinds with a partner of hidden values in {self.rounds} messages.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": "offer A B C, what one would have of each kind; accept what the partner offers; or reject"},
            reward=(
                "1 or 0 from a judge, the more likely 1 the larger the share of the deal"
                if self.judged
                else "the share of what all items are worth to the agent that the deal gives it, 0..1; 0 without a deal"
            ),
            info={
                "value": "the share that the deal gives the agent, 0..1",
                "other": "the share that it gives the partner in its values, 0..1",
                "efficient": "True if no split were better for one and no worse for the other",
                "deal": "True if there is a deal now",
                "kept": "True if it is what the partner offered last",
                **self.told(),
            },
            source=(
                "Lewis, Yarats, Dauphin, Parikh, Batra, Deal or No Deal? End-to-End Learning for Negotiation "
                "Dialogues, EMNLP 2017"
            ),
        )


@functools.cache
def splits(counts: Split) -> tuple[Split, ...]:
    """All splits of so many items: what one side gets of each kind."""
    a, b, c = counts
    return tuple(itertools.product(range(a + 1), range(b + 1), range(c + 1)))


def _worth(values: Split, items: Split) -> int:
    return values[0] * items[0] + values[1] * items[1] + values[2] * items[2]


def _three(values: np.ndarray) -> Split:
    a, b, c = values.tolist()
    return a, b, c
