"""Scene captions: describe a picture so well that one who reads only the caption can answer questions about it.

    reader   r = share of K questions answered from the caption; silence is guessed, a false word is wrong
    labels   r = mean over sentences of the share of {existence, attribute, relation} without a false claim
    quality  r = true / claims · covered / K · (1 − b · words / limit)
    overlap  r = (precision + recall) / 2 of words against a true caption

A truthful caption that names m of K aspects with C values has E[r] = (m + (K − m)/C)/K by the reader. The other judges
are those of sentence-wise feedback, of pictures with captions of known quality, and of bidirectional matching.

Source: Xing et al., "CapRL: Stimulating Dense Image Caption Capabilities via Reinforcement Learning", 2025; Jing, Du,
"FGAIF: Aligning Large Vision-Language Models with Fine-grained AI Feedback", 2024; Xu et al., "Mixed-R1: Unified
Reward Perspective For Reasoning Capability in Multimodal Large Language Models", 2025 (bidirectional matching).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.envs.text import captions
from rewardlab.envs.text.dialogue import Dialogue, Heard
from rewardlab.envs.text.lines import Example
from rewardlab.envs.text.scenes import (
    COLOURS,
    MOTIONS,
    ORDINALS,
    PLACES,
    RELATIONS,
    SHAPES,
    Scene,
    Thing,
    legend,
    scene,
)
from rewardlab.envs.world import Card

JUDGES = ("reader", "expected", "labels", "quality", "overlap")


@dataclass
class SceneCaption(Dialogue):
    """Write a caption of a scene, which is shown as rows of letters.

    Args:
        size: cells of a side, 3..16.
        things: objects, 1..4.
        least: the fewest of them; 0 for always `things`.
        values: shapes and colours that there are, 2..8.
        corners: objects lie in corners only.
        frames: pictures of a clip, in which objects move, 1..3.
        judge: "reader", "expected" (what the reader gives on average), "labels", "quality" or "overlap".
        questions: how many the reader is asked, 0 for all, 3 per object and 4 in a clip.
        reader: "parser", or "first", one who always takes the first option.
        misread: the chance that the parser guesses although the caption speaks, 0..1.
        mistaken: the chance that a label of a sentence is turned round, 0..1.
        brevity: b, what length costs in "quality", 0..1.

    Raises:
        BadOption: for values outside these ranges.
    """

    size: int = 3
    things: int = 2
    least: int = 0
    values: int = 4
    corners: bool = True
    frames: int = 1
    judge: str = "reader"
    questions: int = 0
    reader: str = "parser"
    misread: float = 0.0
    mistaken: float = 0.0
    brevity: float = 0.2

    parts = ("caption",)
    columns = {
        "named": 0, "covered": 0, "claims": 0, "false_existence": 0, "false_attribute": 0, "false_relation": 0,
        "words": 0, "foreign": 0, "critique": "", "truth": 0.0,
    }  # fmt: skip

    def __post_init__(self) -> None:
        where = "SceneCaption"
        for name, known in (("judge", JUDGES), ("reader", ("parser", "first"))):
            if getattr(self, name) not in known:
                raise BadOption(f"{name}={getattr(self, name)!r}", where=where, expected=f"one of {known}")
        ranges = (
            ("size", 3, 16), ("things", 1, 4), ("least", 0, self.things), ("values", 2, 8),
            ("frames", 1, 3), ("questions", 0, self._aspects * (self.least or self.things)),
            ("misread", 0, 1), ("mistaken", 0, 1), ("brevity", 0, 1),
        )  # fmt: skip
        for name, low, high in ranges:
            if not low <= getattr(self, name) <= high:
                raise BadOption(f"{name}={getattr(self, name)!r}", where=where, expected=f"{low}..{high}")
        self.said = 60 * self.things + 40
        self.heard = 800 + self.frames * (2 * self.size * (self.size + 1) + 1)
        super().__post_init__()

    @property
    def _aspects(self) -> int:
        return 3 + (self.frames > 1)

    @property
    def limit(self) -> int:
        """Words of a caption that are read; the rest is not."""
        return 8 * self.things

    def task(self, rng: np.random.Generator) -> Scene:
        count = int(rng.integers(self.least or self.things, self.things + 1))
        return scene(rng, self.size, count, self.values, self.corners, self.frames)

    def prompt(self, task: Scene) -> str:
        if self.brief:
            return task.picture()
        several = f"In {self.frames} frames objects may move: say {', '.join(MOTIONS)}. " if self.frames > 1 else ""
        return (
            f"A picture of {self.size} x {self.size} cells, row by row from the top, two letters for the colour and "
            f"the shape in a cell ({legend(self.values)}): {task.picture()} Describe it in at most {self.limit} words. "
            "Name objects in reading order, first to fourth, a sentence each, such as: first red circle top-left. You "
            f"may also relate them: first above second. Places are {', '.join(PLACES)}, a middle row or column being "
            f"bottom or right; relations are {', '.join(RELATIONS)}. {several}".rstrip()
        )

    def hear(self, task: Scene, memory: Any, said: str, rng: np.random.Generator) -> Heard:
        """The caption is read and judged."""
        caption = self.read(said, task)
        claims = caption.claims()
        found = captions.answers(caption, task)
        false = [c for c in claims if not c.true]
        by_kind = {f"false_{kind}": sum(c.kind == kind for c in false) for kind in captions.KINDS}
        columns = {
            "named": sum(a is not None for a in found.values()),
            "covered": sum(a is True for a in found.values()),
            "claims": len(claims),
            **by_kind,
            "words": caption.words,
            "foreign": caption.foreign,
            "critique": "; ".join("not " + " ".join(c.said) for c in false),
            "truth": captions.expected(caption, task, self.values),
        }
        score = self.score(caption, said, task, rng) if claims else 0.0
        return Heard("thanks", {"caption": score}, True, self.check(said, task), None, bool(claims), columns)

    def read(self, said: str, task: Scene) -> captions.Read:
        """The first `limit` words of a caption, as they are understood."""
        words = captions.tokens(said)
        kept, count = [], 0
        for word in words:
            count += word not in ".;"
            if count > self.limit:
                break
            kept.append(word)
        return captions.read(" ".join(kept), task)

    def score(self, caption: captions.Read, said: str, task: Scene, rng: np.random.Generator) -> float:
        """What the judge pays, 0..1."""
        if self.judge == "expected":
            return captions.expected(caption, task, self.values)
        if self.judge == "reader":
            count = self.questions or self._aspects * len(task.things)
            return captions.asked(caption, task, self.values, count, self.reader, self.misread, rng)
        if self.judge == "overlap":
            return captions.overlap(said, captions.reference(task))
        if self.judge == "labels":
            labels = self.labels(caption, rng)
            return float(np.mean(labels)) if len(labels) else 0.0
        claims = caption.claims()
        covered = sum(a is True for a in captions.answers(caption, task).values())
        true = sum(c.true for c in claims) / len(claims)
        return true * covered / (self._aspects * len(task.things)) * (1 - self.brevity * caption.words / self.limit)

    def labels(self, caption: captions.Read, rng: np.random.Generator) -> np.ndarray:
        """[sentences, 3] bool: no false claim of existence, attribute, relation, as a checker says who may be wrong."""
        labels = np.array(
            [
                [all(c.true for c in sentence if c.kind == kind) for kind in captions.KINDS]
                for sentence in caption.sentences
            ],
            dtype=bool,
        ).reshape(-1, len(captions.KINDS))
        return labels ^ (rng.random(labels.shape) < self.mistaken) if self.mistaken else labels

    def check(self, said: str, task: Scene) -> bool:
        """Does the caption name every aspect of every object, and nothing that is not so?"""
        caption = self.read(said, task)
        whole = all(a is True for a in captions.answers(caption, task).values())
        return whole and all(c.true for c in caption.claims()) and not caption.foreign

    def expert(self, task: Scene, memory: Any, rng: np.random.Generator) -> str:
        return captions.reference(task)

    def examples(self) -> Sequence[Example]:
        task = Scene(3, (Thing("circle", "red", 0, 0), Thing("square", "green", 2, 2)))
        right: tuple[str, ...] = (
            "first red circle top-left. second green square bottom-right.",
            "second bottom-right square green; FIRST top-left circle red",
            "first red. first circle. first top-left. second square green bottom-right.",
            "first red circle top-left. second green square bottom-right. first above second.",
            "first red, circle, top-left. second green square bottom-right second right-of first.",
        )
        whole = right[0]
        wrong: tuple[str, ...] = (
            "", "first", "first red circle top-left.", whole.replace("red", "blue"), whole.replace("first", "third"),
            whole + " second above first.", whole + " third star.", whole.replace("red", "red blue"),
            whole.replace("red", "r\\u{65}d"), whole.replace("first ", ""), "a " + whole, "first " * self.limit + whole,
            "red green circle square top-left bottom-right", "first." * 5000,
        )  # fmt: skip
        if self.things < 2:  # the limit of words is that of one object
            task = Scene(3, task.things[:1])
            right = ("first red circle top-left.", "FIRST top-left, circle red", "first red. first circle top-left")
            whole = right[0]
            wrong = ("", "first", "first red circle", whole.replace("red", "blue"), "a " + whole, whole + " second red")
        return [Example(s, task, True) for s in right] + [Example(s, task, False) for s in wrong]

    def vocabulary(self) -> Sequence[str]:
        if not self.brief:
            return super().vocabulary()
        v = self.values
        words = [*ORDINALS[: max(self.things, 2)], *COLOURS[:v], *SHAPES[:v], *PLACES, *RELATIONS, "thanks"]
        words += MOTIONS if self.frames > 1 else ()
        return (*words, *" ./", *"rgbywpoc"[:v], *"CSTAXHMR"[:v])

    def card(self) -> Card:
        pays = {
            "reader": "the share of questions that a reader answers who sees the caption alone",
            "expected": "the share that such a reader answers on average",
            "labels": "the share of labels (existence, attribute, relation of each sentence) that say: nothing false",
            "quality": "share of true claims, times share of aspects covered, times a factor for brevity",
            "overlap": "(precision + recall) / 2 of its words against a true caption",
        }
        full = self.judge in ("expected", "overlap") or (
            self.judge == "reader" and self.reader == "parser" and not self.misread
        )
        return Card(
            summary=f"Describe a picture of up to {self.things} objects on {self.size} x {self.size} cells.",
            observation={"transcript": "the whole conversation, a line for each turn, each begun by who speaks"},
            action={"said": f"a caption; its first {self.limit} words are read"},
            reward=f"0..1: {pays[self.judge]}",
            info={
                "named": f"aspects of objects that are given a value, 0..{self._aspects} per object",
                "covered": "those given the right one",
                "claims": "claims made",
                **{f"false_{kind}": f"false claims of {kind}" for kind in captions.KINDS},
                "words": "words that were read",
                "foreign": "those that mean nothing here",
                "critique": "what is false, claim by claim",
                "truth": "what a reader who guesses where the caption is silent answers on average, 0..1",
                **self.told(),
            },
            optimal_return=1.0 if full else None,
            source="Xing et al., CapRL: Stimulating Dense Image Caption Capabilities via Reinforcement Learning, 2025",
        )
