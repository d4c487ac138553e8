"""Facts to summarise: what was said, what of it is needed, and what each sentence of a summary is worth.

    pay_k = right − wrong − idle − length + complete · new/needed + order · in order/needed,    Σ_k pay_k = holistic pay

A story is a list of statements; a summary a list of sentences. A sentence is right, wrong, or idle (true, and not
needed or said before); the pay of all sentences adds up to that of the whole, whenever it is paid.

Source: Wu, Hu, Shi, Dziri, Suhr, Ammanabrolu, Smith, Ostendorf, Hajishirzi, "Fine-Grained Human Feedback Gives Better
Rewards for Language Model Training", NeurIPS 2023, Section 4 (relevance, factuality, completeness by segments); Lin,
Zhou, Shen, Zhou, Bhagavatula, Choi, Ren, "CommonGen", 2020 (all concepts in a plausible order).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rewardlab.envs.text.lines import unescaped

ITEMS = ("inn", "cafe", "shop", "bank", "farm", "park")
ASPECTS = ("food", "price", "staff", "view", "noise", "size")
VERDICTS = ("bad", "good")
CONCEPTS = ("wake", "wash", "eat", "walk", "work", "rest", "read", "cook", "dine", "sing", "yawn", "sleep")
FORMS = ("facts", "reviews", "concepts")
Key = tuple[str, ...]


@dataclass(frozen=True)
class Story:
    """What is to be summarised.

    Attributes:
        shown: the statements as they are told, each its words.
        truth: what is true: the key of a statement (what it is about) and its verdict, "" where there is none.
        needed: the keys that a summary needs, in order.
        asked: whether the needed ones are told.
    """

    shown: tuple[Key, ...]
    truth: tuple[tuple[Key, str], ...]
    needed: tuple[Key, ...]
    asked: bool = True

    def told(self) -> str:
        """The statements, and what is asked, in few symbols."""
        said = "".join("".join(f"{w} " for w in words) + ". " for words in self.shown)
        return said + (
            "? " + "".join("".join(f"{w} " for w in key) + ". " for key in self.needed) if self.asked else "? "
        )

    def sentence(self, key: Key) -> str:
        """The true sentence about a key."""
        verdict = dict(self.truth)[key]
        return " ".join((*key, verdict) if verdict else key)


@dataclass(frozen=True)
class Sentence:
    """What one sentence of a summary is.

    Attributes:
        right: it is true, needed and new.
        wrong: it is not true, or says nothing.
        idle: it is true, and not needed or said before.
        ordered: it is right, and everything needed that comes before it has been said or is left out for good.
    """

    right: bool
    wrong: bool
    idle: bool
    ordered: bool


def drawn(rng: np.random.Generator, form: str, count: int, needed: int, asked: bool) -> Story:
    """A story.

    Args:
        rng: where it comes from.
        form: "facts", different items and aspects with a verdict; the needed ones are asked, or, where nothing is
            asked, those of the earliest aspects (then items) in the order of `ASPECTS`. "reviews", `count` reviewers
            say what they think of an aspect; what most say is true ("bad" where they are as many), and the aspects
            most spoken of are needed. "concepts", words, all of which are needed in the order of `CONCEPTS`.
        count: of statements.
        needed: of them; of form "concepts" all.
        asked: whether the needed ones are told.
    """
    if form == "concepts":
        ranks = rng.choice(len(CONCEPTS), size=count, replace=False)
        shown: tuple[Key, ...] = tuple((CONCEPTS[k],) for k in ranks)
        due: tuple[Key, ...] = tuple((CONCEPTS[k],) for k in sorted(ranks.tolist()))
        return Story(shown, tuple((key, "") for key in shown), due, False)
    if form == "facts":
        places = rng.choice(len(ITEMS) * len(ASPECTS), size=count, replace=False).tolist()
        keys: list[Key] = [(ITEMS[k // len(ASPECTS)], ASPECTS[k % len(ASPECTS)]) for k in places]
        verdicts = [VERDICTS[k] for k in rng.integers(2, size=count)]
        shown = tuple((*key, v) for key, v in zip(keys, verdicts, strict=True))
        if asked:
            chosen = sorted(rng.choice(count, size=needed, replace=False).tolist())
            return Story(shown, tuple(zip(keys, verdicts, strict=True)), tuple(keys[k] for k in chosen), True)
        due = tuple(sorted(keys, key=lambda key: (ASPECTS.index(key[1]), ITEMS.index(key[0])))[:needed])
        return Story(shown, tuple(zip(keys, verdicts, strict=True)), due, False)
    said: list[Key] = [(ASPECTS[k],) for k in rng.integers(len(ASPECTS), size=count)]
    verdicts = [VERDICTS[k] for k in rng.integers(2, size=count)]
    shown = tuple((*key, v) for key, v in zip(said, verdicts, strict=True))
    truth: list[tuple[Key, str]] = []
    for key in dict.fromkeys(said):
        votes = [v == "good" for k, v in zip(said, verdicts, strict=True) if k == key]
        truth.append((key, "good" if 2 * sum(votes) > len(votes) else "bad"))
    often = sorted(dict.fromkeys(said), key=lambda key: (-said.count(key), ASPECTS.index(key[0])))
    return Story(shown, tuple(truth), tuple(often[:needed]), False)


def sentences(said: str) -> list[Key]:
    """The words of each sentence, which a full stop, semicolon or line break ends; empty ones are none."""
    parts = re.split(r"[.;\n]", unescaped(said).lower())
    return [words for part in parts if (words := tuple(re.findall(r"[^\s,:!?\"'()]+", part)))]


def judged(story: Story, said: Sequence[Key]) -> list[Sentence]:
    """What each sentence is, by those before it."""
    truth, before, last, out = dict(story.truth), set(), -1, []
    for words in said:
        plain = words in truth and truth[words] == ""
        key, verdict = (words, "") if plain else (words[:-1], words[-1])
        true = key in truth and truth[key] == verdict
        right = true and key in story.needed and key not in before
        ordered = right and story.needed.index(key) > last
        if right:
            last = max(last, story.needed.index(key))
            before.add(key)
        out.append(Sentence(right, not true, true and not right, ordered))
    return out


def pays(story: Story, found: Sequence[Sentence], weights: Mapping[str, float]) -> list[dict[str, float]]:
    """What each sentence is paid for, by name: right, wrong, idle, length, complete, order, all.

    Args:
        story: what was to be summarised.
        found: the sentences.
        weights: of these names; "all" is paid to the sentence that completes a summary without a wrong one.
    """
    n, covered, out, faultless = len(story.needed), 0, [], True
    for s in found:
        covered += s.right
        faultless &= not s.wrong
        out.append({
            "right": weights["right"] * s.right,
            "wrong": -weights["wrong"] * s.wrong,
            "idle": -weights["idle"] * s.idle,
            "length": -weights["length"],
            "complete": weights["complete"] * s.right / n,
            "order": weights["order"] * s.ordered / n,
            "all": weights["all"] * (s.right and covered == n and faultless),
        })  # fmt: skip
    return out
