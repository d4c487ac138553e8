"""Attribute text: write a few words of a small lexicon to a prompt; their worth is a weighted sum of attributes.

    r = w_x · a(y),    a proxy v_x · a(y) and a cost c · a(y) beside it

The reward is hidden from the writer and known without error to everyone else: for any text there is the gold, what a
flawed judge sees, the cost and all attributes, and for any prompt the best text there is. Where all texts can be
listed, `table` has their gold, proxy and reference, of which `rewardlab.core.responses` makes exact optima.

Source: Ziegler, Stiennon, Wu, Brown, Radford, Amodei, Christiano, Irving, "Fine-Tuning Language Models from Human
Preferences", 2019, Section 3.1 (a mock sentiment reward); Gao, Schulman, Hilton, "Scaling Laws for Reward Model
Overoptimization", ICML 2023 (gold and proxy).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text.attribute_judge import Judge, Request, Scores, Table
from rewardlab.envs.text.attribute_laws import setting_of
from rewardlab.envs.text.attribute_optimum import every
from rewardlab.envs.text.attribute_setting import Setting
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example
from rewardlab.envs.world import Card

PAYS = ("gold", "proxy", "liked")


@dataclass
class AttributeText(Dialogue):
    """Write a text to a prompt, in words of a lexicon.

    Words that the lexicon does not have belong to no class; a text with fewer than `least` words of the lexicon means
    nothing and is paid what the worst text is paid; of one with more than `length` words the first are read.

    Args:
        law: the setting, one of "sentiment", "decisive", "exploit", "trap", "aspects", "several", "rare", "greeting",
            "principles", "danger", "users", "love", "reacting", "segments", "symbols", "two" and "lengths"; see
            `rewardlab.envs.text.attribute_laws` for their options.
        options: further options of the law.
        instance: seed of what a law draws, which stays the same in all episodes.
        length: the largest number of words, 1..64; None for the law's own.
        least: the smallest, 0..length; None for the law's own.
        pays: "gold"; "proxy"; or "liked", 1 for a text that the user likes.
        cost_weight: what a unit of cost costs.
        offset: standard deviation of what is added to every reward of a prompt, the same for all its texts.
        bar: a text is a success if its gold is this part of the way from the worst to the best, above 0 and up to 1.
        setting: a setting of one's own, in place of the law's.

    Raises:
        BadOption: for laws and options that do not exist, and values outside these ranges.
    """

    law: str = "sentiment"
    options: Mapping[str, Any] | None = None
    instance: int = 0
    length: int | None = None
    least: int | None = None
    pays: str = "gold"
    cost_weight: float = 0.0
    offset: float = 0.0
    bar: float = 0.9
    setting: Setting | None = None

    parts = ("outcome", "cost")

    def __post_init__(self) -> None:
        where = type(self).__name__
        own = self.setting or setting_of(self.law, self.instance, self.options, where=where)
        changed = {k: v for k, v in (("length", self.length), ("least", self.least)) if v is not None}
        if self.length is not None and self.least is None:
            changed["least"] = self.length if own.least == own.length else min(own.least, self.length)
        self.of: Setting = replace(own, **changed)  # type: ignore[arg-type]
        if self.pays not in PAYS:
            raise BadOption(f"pays={self.pays!r}", where=where, expected=f"one of {PAYS}")
        if self.pays == "liked" and self.of.reaction is None:
            raise BadOption('pays="liked"', where=where, expected="a law whose user reacts", mend='law="love"')
        for name, low, high in (("cost_weight", 0, 1e6), ("offset", 0, 1e6), ("bar", 1e-9, 1)):
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where=where, expected=f"{low:g}..{high:g}")
        self.judge = Judge(self.of, self.instance)
        chances = np.cumsum([k.chance for k in self.of.kinds])
        self._chances = chances / chances[-1]
        self.columns = {  # type: ignore[misc]
            "kind": -1, "user": -1, "gold": 0.0, "proxy": 0.0, "cost": 0.0, "best": 0.0, "liked": False,
            "liking": 0.5, "words": 0, "unknown": 0, "attributes": (0.0,) * len(self.of.attributes),
        }  # fmt: skip
        longest = max(len(w) for w in self.of.lexicon.words)
        self.said = (longest + 2) * self.of.length + 20
        self.heard = 1200
        super().__post_init__()

    @property
    def exact(self) -> bool:  # type: ignore[override]
        return self.of.reaction is None  # how often one is liked is an exponential

    # -- the task ------------------------------------------------------------------------------------------------

    def task(self, rng: np.random.Generator) -> Request:
        of = self.of
        kind = int(np.searchsorted(self._chances, rng.random(), side="right"))
        user = int(rng.integers(len(of.users))) if of.users else 0
        words = [of.subjects[k] for k in rng.integers(len(of.subjects), size=of.about)] if of.about else []
        if of.danger is not None:
            places = rng.choice(of.about, size=2, replace=False)
            one = rng.random() < of.danger.single
            first = int(rng.integers(2))
            planted = (0, 1) if kind else (first,) if one else ()
            for place, k in zip(places, planted, strict=False):
                words[place] = of.danger.words[k]
        return Request(kind, user, tuple(words), float(self.offset * rng.standard_normal()) if self.offset else 0.0)

    def key(self, task: Request) -> Any:
        return self._asked(task)

    def prompt(self, task: Request) -> str:
        of = self.of
        if self.brief:
            return "".join(f"{word} " for word in self._asked(task))
        kind = "" if of.danger else f" of the kind: {of.kinds[task.kind].name}"
        size = f"{of.least} to {of.length}" if of.least < of.length else f"{of.length}"
        who = f" for {of.users[task.user].name}" if of.users and of.named else ""
        about = f" It is about: {' '.join(task.words)}." if task.words else ""
        words = " ".join(of.lexicon.words)
        return f"Write a text{kind}{who}, of {size} words.{about} Use these words alone: {words}"

    def hear(self, task: Request, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        numbers, understood = self.judge.read(said)
        lucky = rng.random()  # drawn in any case, so that what is drawn later does not depend on the text
        best_gold, low, _ = self.judge.ends(task)
        if not understood:  # else one could do better by saying nothing
            proxy = self.judge.lowest_proxy(task)
            paid = {"gold": low, "proxy": proxy, "liked": 0.0}[self.pays]
            worst = {"kind": task.kind, "user": task.user, "gold": low, "proxy": proxy, "best": best_gold}
            return Heard("", {"outcome": paid + task.offset}, True, False, memory, False, worst)
        s = self.judge.score(numbers, task)
        gold, proxy, cost, liking = (float(x[0]) for x in (s.gold, s.proxy, s.cost, s.liked))
        liked = self.of.reaction is not None and lucky < liking
        reward = {"gold": gold, "proxy": proxy, "liked": float(liked)}[self.pays]
        columns = {
            "kind": task.kind, "user": task.user, "gold": gold, "proxy": proxy, "cost": cost, "best": best_gold,
            "liked": liked, "liking": liking, "words": int((numbers != self.judge.meter.none).sum()),
            "unknown": int((numbers == self.judge.meter.unknown).sum()), "attributes": tuple(s.attributes[0].tolist()),
        }  # fmt: skip
        parts = {"outcome": reward + task.offset, "cost": -self.cost_weight * cost}
        return Heard(self._reply(liked, rng), parts, True, self._enough(gold, task), memory, True, columns)

    def check(self, said: str, task: Request) -> bool:
        """Is the gold of this text near the best?"""
        numbers, understood = self.judge.read(said)
        return understood and self._enough(float(self.judge.score(numbers, task).gold[0]), task)

    def expert(self, task: Request, memory: Any, rng: np.random.Generator) -> str:
        return self.judge.spoken(self.judge.ends(task)[2][None])[0]

    def score(self, said: Sequence[str], task: Request) -> Scores:
        """What any texts [B] are worth to a prompt, whether they mean anything or not."""
        return self.judge.score(np.concatenate([self.judge.read(text)[0] for text in said]), task)

    def responses(self) -> tuple[str, ...]:
        """All texts [K].

        Raises:
            BadOption: for more than 4096 of them.
        """
        return tuple(self.judge.spoken(every(self.judge.meter, self.of.least)))

    def table(self, tasks: Sequence[Request]) -> Table:
        """All texts, and what they are worth to these prompts.

        Raises:
            BadOption: for more than 4096 texts.
        """
        return self.judge.table(tasks)

    # -- private -------------------------------------------------------------------------------------------------

    def _asked(self, task: Request) -> tuple[str, ...]:
        """The words of a prompt, all that the writer can know."""
        kind = () if self.of.danger else tuple(self.of.kinds[task.kind].name.split())
        user = (self.of.users[task.user].name,) if self.of.users and self.of.named else ()
        return (*kind, *user, *task.words)

    def _enough(self, gold: float, task: Request) -> bool:
        high, low, _ = self.judge.ends(task)
        return gold >= low + self.bar * (high - low) - 1e-9

    def _reply(self, liked: bool, rng: np.random.Generator) -> str:
        if self.of.reaction is None:
            return ""
        says = self.of.reaction.likes if liked else self.of.reaction.dislikes
        return says[int(rng.integers(len(says)))] + " " * self.brief

    def examples(self) -> Sequence[Example]:
        task = self.task(np.random.default_rng(0))
        high, low, text = self.judge.ends(task)
        good = self.judge.spoken(text[None])[0]
        bad = self.judge.spoken(self.judge.best(-self.of.gold(task.kind, task.user), task)[1][None])[0]
        plain = good.strip()
        right = [
            good,
            plain,
            good.upper(),
            good.title(),
            f"  {good}\n",
            plain.replace(" ", " \n\t "),
            f"{plain} .",
            f'"{plain}"',
        ]
        full = bool((text != self.judge.meter.none).all())
        right += [good + "extra"] * full  # beyond the last word nobody reads on
        wrong = [bad] if high > low else []
        if self.of.least:
            wide = "".join(chr(ord(c) + 0xFEE0) if c.isalnum() else c for c in good)
            wrong += ["", " ", "?!", "xyzzy", wide, "_" + good.replace(" ", "_"), "9" * 5000, "\ud800"]
        return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        of = self.of
        said = [*of.lexicon.words, *of.subjects, *(of.danger.words if of.danger else ())]
        said += [] if of.danger else [w for k in of.kinds for w in k.name.split()]
        said += [k.name for k in of.users] if of.named else []
        said += [w for x in (*of.reaction.likes, *of.reaction.dislikes) for w in x.split()] if of.reaction else []
        return tuple(f"{word} " for word in dict.fromkeys(said))

    def card(self) -> Card:
        of = self.of
        worth = "; ".join(f"{k.name}: {_sum(k.gold)}" for k in of.kinds[:6]) + (" ..." if len(of.kinds) > 6 else "")
        paid = {"gold": "The gold", "proxy": "The proxy", "liked": "1 for a text that the user likes, else 0"}[
            self.pays
        ]
        return Card(
            summary=f"Write a text of up to {of.length} words whose attributes ({', '.join(of.names)}) are wanted.",
            observation={"transcript": "the prompt: its kind, and what it is about"},
            action={"said": f"{of.least}..{of.length} words of {len(of.lexicon.words)}, with spaces between them"},
            reward=f"{paid}, less {self.cost_weight:g} times the cost. The gold: {worth}.",
            info={
                "kind": f"number of the kind of prompt, 0..{len(of.kinds) - 1}",
                "user": "number of the user, 0 where there is one only",
                "gold": "what the text is worth; the least of all texts if it meant nothing",
                "proxy": "what a flawed judge makes of it",
                "cost": f"the cost: {_sum(of.cost or {})}",
                "best": "the largest gold of any text to this prompt",
                "liked": "True if the user likes it; False where none reacts",
                "liking": "how often this text is liked, 0..1; 1/2 where nobody reacts",
                "words": f"words that were read, 0..{of.length}",
                "unknown": "of them, words that the lexicon does not have",
                "attributes": f"[{len(of.names)}] {', '.join(of.names)}",
                **self.told(),
                "success": f"True where the gold is at least {self.bar:g} of the way from the worst to the best",
            },
            optimal_return=self._optimal(),
            source="Ziegler, Stiennon, Wu et al., Fine-Tuning Language Models from Human Preferences, 2019",
        )

    def _optimal(self) -> float | None:
        """The largest expected reward, where it is the same for all prompts."""
        if self.pays != "gold" or self.cost_weight or self.offset or self.judge.meter.topics:
            return None
        users = range(max(1, len(self.of.users)))
        ends = {round(self.judge.ends(Request(k, u, ()))[0], 12) for k in range(len(self.of.kinds)) for u in users}
        return ends.pop() if len(ends) == 1 else None


def _sum(weights: Mapping[str, float]) -> str:
    return " ".join(f"{w:+g} {name}" for name, w in weights.items()) or "0"
