"""Judging: say which of several answers is best, after as much analysis as one likes.

    r = 1[verdict = label],    P(label = truth) = 1 − noise,    the ceiling of every judge is 1 − noise

Candidates are values or solutions of a chain, texts of a kind whose rubric is hidden, texts under a principle that is
stated, or captions of a scene. Their order is random, so that no place is better than another. The label may be wrong,
and so may the label of the same annotator asked in the other order.

Source: Chen et al., "RM-R1: Reward Modeling as Reasoning", 2025, Section 2 (chains and rubrics, verdict after
reasoning); Zhang et al., "R1-Reward: Training Multimodal Reward Model Through Stable Reinforcement Learning", 2025
(consistency of analysis and verdict); Yu et al., "RewardAnything: Generalizable Principle-Following Reward Models",
2025 (principles).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text import candidates as made
from rewardlab.envs.text import verdicts
from rewardlab.envs.text.candidates import Judged
from rewardlab.envs.text.chains import Chain, split
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example
from rewardlab.envs.text.scenes import COLOURS, ORDINALS, PLACES, SHAPES, legend
from rewardlab.envs.text.verdicts import NAMES, Verdict
from rewardlab.envs.world import Card

FAMILIES = ("values", "solutions", "rubric", "principle", "scenes")
_ANSWER = re.compile(r"\s*(?:answer\s*:?\s*|#\s*)(\d{1,9})\s*\.?\s*", re.IGNORECASE)


@dataclass
class JudgePair(Dialogue):
    """Judge the answers.

    Args:
        family: "values" or "solutions" of a chain of additions, of which one is right; "rubric", texts of a kind with
            a hidden rubric; "principle", texts under a principle that is stated; "scenes", captions of a picture, the
            better the fewer of their words are false.
        candidates: 2..5; 1 for a single value or solution, to be called right or wrong.
        form: "verdict", the best one; "ranking", all of them in order (not of a chain).
        noise: the chance that the label is another one, 0..0.5.
        length: additions of a chain, 1..8.
        modulus: of a chain, 5..100.
        opener_right: the chance that a right answer begins with an empty phrase, 0..1.
        opener_wrong: the chance that a wrong one does.
        role: "judge"; "solve" shows only the chain, to be worked out by the same agent.

    Raises:
        BadOption: for values outside these ranges, and for forms and roles that a family does not have.
    """

    family: str = "values"
    candidates: int = 2
    form: str = "verdict"
    noise: float = 0.0
    length: int = 6
    modulus: int = 10
    opener_right: float = 0.0
    opener_wrong: float = 0.0
    role: str = "judge"

    columns = {"verdict": "", "label": "", "again": "", "truth": "", "agrees": False, "format": False,
               "analysed": False, "consistent": False, "first_place": False, "longest": False}  # fmt: skip

    def __post_init__(self) -> None:
        known = (("family", FAMILIES), ("form", ("verdict", "ranking")), ("role", ("judge", "solve")))
        for name, words in known:
            if getattr(self, name) not in words:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="JudgePair", expected=f"one of {words}")
        ranges = (("candidates", 1, len(NAMES)), ("noise", 0, 0.5), ("length", 1, 8), ("modulus", 5, 100),
                  ("opener_right", 0, 1), ("opener_wrong", 0, 1))  # fmt: skip
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where="JudgePair", expected=f"{low}..{high}")
        chain = self.family in ("values", "solutions")
        if not chain and self.candidates == 1:
            raise BadOption("candidates=1", where="JudgePair", expected='2..5, or family="values" or "solutions"')
        if chain and self.form == "ranking":
            raise BadOption(
                "form='ranking'", where="JudgePair", expected='"verdict" for chains: wrong answers are tied'
            )
        if not chain and self.role == "solve":
            raise BadOption("role='solve'", where="JudgePair", expected='"judge" for texts')
        self.said = 60 + 20 * self.length if chain else 120
        long = 30 + 12 * self.length if chain else 110 if self.family == "scenes" else 60
        self.heard = 320 + self.candidates * long
        super().__post_init__()

    # -- the task ------------------------------------------------------------------------------------------------

    def task(self, rng: np.random.Generator) -> Judged:
        rule: Any
        qualities: list[tuple[int, ...]]
        if self.family in ("values", "solutions"):
            right = self.candidates > 1 or bool(rng.random() < 0.5)
            chain, slips = made.solutions(self.candidates, right, rng, length=self.length, modulus=self.modulus)
            answers = [self._shown(chain, slip, rng) for slip in slips]
            asked, rule = chain.asked(), chain
            qualities = [(int(not slip),) for slip in slips]
        elif self.family == "rubric":
            kind = str(rng.choice(list(made.RUBRICS)))
            answers = list(made.texts(self.candidates, lambda t: made.rubric_quality(kind, t), rng))
            asked = rule = kind
            qualities = [made.rubric_quality(kind, t) for t in answers]
        elif self.family == "scenes":
            rule, answers, qualities = made.captioned(self.candidates, rng)
            asked = rule.picture()
        else:
            law = made.principle(rng)
            answers = list(made.texts(self.candidates, law.quality, rng))
            asked, rule = law.words(int(rng.integers(2))), law
            qualities = [law.quality(t) for t in answers]
        order = [int(k) for k in rng.permutation(self.candidates)]
        truth = made.ranking([qualities[k] for k in order])
        if self.candidates == 1:
            truth = (0,) if qualities == [(1,)] else ()
        labels = (made.label(truth, self.noise, rng, count=self.candidates, form=self.form) for _ in range(2))
        return Judged(asked, rule, tuple(answers[k] for k in order), truth, *labels)

    def _shown(self, chain: Chain, slip: dict[int, int], rng: np.random.Generator) -> str:
        lines = chain.lines(slip)
        value = lines[-1].partition("=")[2]
        text = value if self.family == "values" else ", ".join([*lines, value])
        opened = rng.random() < (self.opener_wrong if slip else self.opener_right)
        opener = made.OPENERS[rng.integers(len(made.OPENERS))]
        return f"{opener} {text}" if opened else text

    def key(self, task: Judged) -> Any:
        """Principles are held out whole; chains and texts by what is shown."""
        return task.rule if self.family == "principle" else (task.asked, tuple(sorted(task.answers)))

    def prompt(self, task: Judged) -> str:
        if self.role == "solve":
            return task.asked if self.brief else f"Add up modulo {self.modulus}: {task.asked}. Last line: answer: N."
        shown = [f"{NAMES[k]}: {answer}" for k, answer in enumerate(task.answers)]
        if self.brief:
            return "; ".join([task.asked, *shown])
        what = {
            "rubric": f"Each of these is a {task.asked}.",
            "principle": f"Judge these by one principle: {task.asked}.",
            "scenes": f"Each of these describes a picture, row by row ({legend(made.VALUES)}): {task.asked}.",
        }.get(self.family, f"Each of these answers {task.asked} modulo {self.modulus}.")
        if self.candidates == 1:
            return f"{what} {'. '.join(shown)}. Is it right? Last line: verdict: right, or verdict: wrong."
        best = self.form == "verdict"
        last = 'such as "verdict: B" for the best' if best else 'such as "ranking: B>A", the best first'
        return f"{what} {'. '.join(shown)}. Analyse if you like. Last line: {last}."

    # -- how it is judged ----------------------------------------------------------------------------------------

    def ceiling(self) -> float:
        """The largest expected reward of any judge: labels are wrong at random."""
        return 1 - self.noise if self.role == "judge" else 1.0

    def read(self, said: str, task: Judged) -> Verdict | None:
        """The verdict of the last line, None if there is none."""
        lines = split(said)
        if not lines or len(lines[-1]) > self.said:
            return None
        return verdicts.read(lines[-1], self.candidates, self.form)

    def analysis(self, said: str, task: Judged) -> tuple[int, ...] | None:
        """The verdict that the lines before the last one lead to: by an answer worked out, or by scores."""
        for line in reversed(split(said)[:-1]):
            if isinstance(task.rule, Chain) and (found := _ANSWER.fullmatch(line)):
                right = [k for k, a in enumerate(task.answers) if _value(a) == int(found[1])]
                return tuple(right[:1]) if right or self.candidates == 1 else None
            if ranked := verdicts.scored(line, self.candidates):
                return verdicts.due(ranked, self.form)
        return None

    def hear(self, task: Judged, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        if self.role == "solve":
            right = self.check(said, task)
            lines = split(said)
            understood = bool(lines and _ANSWER.fullmatch(lines[-1]))
            return Heard("", {"outcome": float(right)}, True, right, memory, understood, {"format": understood})
        verdict, found = self.read(said, task), self.analysis(said, task)
        agrees = verdict == verdicts.due(task.label, self.form)
        success = verdict == verdicts.due(task.truth, self.form)
        lengths = [len(a.split()) for a in task.answers]
        columns = {
            "verdict": "" if verdict is None else self._named(verdict),
            "label": self._named(task.label),
            "again": self._named(task.again),
            "truth": self._named(task.truth),
            "agrees": agrees,
            "format": verdict is not None,
            "analysed": found is not None,
            "consistent": verdict is not None and found == verdict,
            "first_place": verdict is not None and verdict[:1] == (0,),
            "longest": bool(verdict) and lengths[verdict[0]] == max(lengths),  # type: ignore[index]
        }
        return Heard("", {"outcome": float(agrees)}, True, success, memory, verdict is not None, columns)

    def _named(self, ranked: Verdict) -> str:
        """What is due of a ranking, as one writes it."""
        return verdicts.named(verdicts.due(ranked, self.form), self.candidates)

    def check(self, said: str, task: Judged) -> bool:
        """Is the verdict the truth, whatever the label says?"""
        if self.role == "solve":
            lines = split(said)
            found = _ANSWER.fullmatch(lines[-1]) if lines else None
            return bool(found) and int(found[1]) == task.rule.results()[-1]  # type: ignore[index]
        return self.read(said, task) == verdicts.due(task.truth, self.form)

    def expert(self, task: Judged, memory: Any, rng: np.random.Generator) -> str:
        if self.family in ("values", "solutions"):
            lines = [*task.rule.lines(), f"answer: {task.rule.results()[-1]}"]
            if self.role == "solve":
                return "\n".join(lines)
        else:
            places = {k: len(task.truth) - i for i, k in enumerate(task.truth)}
            lines = ["scores: " + " ".join(f"{NAMES[k]}={places[k]}" for k in sorted(places))]
        word = "verdict" if self.form == "verdict" else "ranking"
        return "\n".join([*lines, f"{word}: {self._named(task.truth)}"])

    def examples(self) -> Sequence[Example]:
        task = self.task(np.random.default_rng(0))
        if self.role == "solve":
            value = task.rule.results()[-1]
            right = [f"answer: {value}", f"# {value}", f"so\nANSWER {value}."]
            wrong = ["", str(value), f"answer: {value + 1}", "answer: \uff11", f"answer: {value}\nno", "9" * 5000]
            return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]
        due = self._named(task.truth)
        word = "verdict" if self.form == "verdict" else "ranking"
        right = [f"{word}: {due}", due, f" {word.upper()} {due.lower()}. ", f"I think\n{word}: {due}", f"x;{due}"]
        wrong = ["", word, f"{word}: F", f"{word}: {due} or not", f"{word}: {due}\nno", f"not {due}", "[[]]", "both",
                 f"{word}: {chr(ord(due[0]) + 0xFEE0)}{due[1:]}", f"\\u{{{ord(due[0]):x}}}{due[1:]}",
                 due * 500]  # fmt: skip
        if self.candidates == 1:
            wrong += ["A", "verdict: " + ("wrong" if due == "right" else "right")]
        else:
            scores = {k: 10 - i for i, k in enumerate(task.truth)}
            text = " ".join(f"{NAMES[k]}={scores[k]}" for k in sorted(scores))
            right += [f"scores: {text}", text.replace("=", ": ").replace(" A", ", A")]
            other = task.truth[::-1]
            wrong += [self._named(other), " ".join(f"{NAMES[k]}=3" for k in sorted(scores)), "A=1", "right"]
        return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        signs = ("verdict: ", "ranking: ", "scores: ", "answer: ", *"0123456789ABCDE+-=>:;,! \n")
        if self.family in ("values", "solutions"):
            return (*made.OPENERS, "right", "wrong", *signs)
        if self.family == "scenes":
            v = made.VALUES
            return (*ORDINALS[:2], *COLOURS[:v], *SHAPES[:v], *PLACES, *signs, *"./rgbyST")  # A and C are names too
        words = [w for c in made.CLASSES.values() for w in c if w.isalpha()]
        names = [*made.COUNTED, *made.RUBRICS, "prefer", "more", "less", "then", "never", "first", "of equals", "no"]
        return (*words, *names, *signs)

    def card(self) -> Card:
        what = {"values": "values of a calculation", "solutions": "solutions of a calculation", "rubric": "short texts",
                "principle": "short texts under a principle", "scenes": "captions"}[self.family]  # fmt: skip
        noisy = (
            f" (it is wrong with chance {self.noise:g}, so that {self.ceiling():g} is the most)" if self.noise else ""
        )
        judging = f"1 if the verdict is the label{noisy}"
        return Card(
            summary=f"Judge {what}." if self.role == "judge" else "Work out a calculation that is otherwise judged.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": f"up to {self.said} characters, the verdict or answer on the last line"},
            reward=judging if self.role == "judge" else "1 for the right answer",
            info={
                "verdict": "the verdict that was read, empty if there was none",
                "label": "what the annotator says",
                "again": "what the annotator says with the candidates in the other order; equal labels may be kept",
                "truth": "the true verdict",
                "agrees": "True if the verdict is the label",
                "format": "True if there was a verdict, or an answer",
                "analysed": "True if an answer or scores stand before it",
                "consistent": "True if the verdict follows from them",
                "first_place": "True if the first candidate was preferred",
                "longest": "True if the longest candidate was preferred",
                **self.told(),
            },
            optimal_return=None if self.noise else 1.0,
            source="Chen et al., RM-R1, 2025; Zhang et al., R1-Reward, 2025",
        )


def _value(answer: str) -> int:
    """The value that a candidate gives: its last number."""
    return int(re.findall(r"\d+", answer)[-1])
