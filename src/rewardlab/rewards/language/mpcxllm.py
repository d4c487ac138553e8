"""DecisionxLLM and MPCxLLM: a slow language model watches and tunes, a fast planner drives.

    every T:  LLM(instruction, window, hints) ∈ {"Continue behavior", "Change behavior: ..."}
              θ = clip_Θ(LLM(change, cost, table, memories));     every dt:  u = MPC(x; θ),  θ ∈ Θ

The first prompt shows the last seconds of driving as text with the hints that are most like the instruction, and asks
whether it is as instructed; only if it is not, the second asks for parameters of the cost. Whatever is answered becomes
a point of a box of parameters, and the planner with its guard keeps the limits for each of them.

Evidence: what a small model with adapters decides, and what its quantised form does, waits for token policies; with the
rules of `DrivingRules` the loop is whole.

Source: Baumann, Hu, Sivasothilingam, Qin, Xie, Magno, Benini, "Enhancing Autonomous Driving Systems with On-Board
Deployed Large Language Models", Robotics: Science and Systems 2025, Section III.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption, OracleFailed
from rewardlab.core.oracle.kinds import Ask, Embed, Prompt, answers
from rewardlab.rewards.language.driving import CHANGE, CONTINUE, defaults, read_parameters, table, window_text
from rewardlab.rewards.language.text_features import hashed_ngrams

DECIDE = f"""You watch a car. Say whether it drives as instructed. Answer with one line, either
{CONTINUE}
{CHANGE} a short instruction"""
TUNE = """You tune the driver of a car, which minimises at every step
qv (v - v_max)^2 + qn (n - n_ref)^2 + qalpha alpha^2 + qac a^2 + qddelta ddelta^2
within v_min <= v <= v_max, |v^2 kappa| <= alat_max, |n| <= width / 2 - track_safety_margin.
{table}
Answer with one Python dict of the parameters that are not to be at their defaults."""


@dataclass
class Hints:
    """Lines of knowledge, fetched by how much they are like a text.

    Args:
        lines: what is known.
        embed: texts to vectors; hashed words by default.
        top_k: how many are fetched, >= 0; 0 for none.
    """

    lines: Sequence[str] = ()
    embed: Embed = hashed_ngrams
    top_k: int = 5

    def __post_init__(self) -> None:
        if self.top_k < 0:
            raise BadOption(f"top_k={self.top_k!r}", where="Hints", expected="at least 0")
        self._vectors = np.asarray(self.embed(list(self.lines))) if self.lines else np.zeros((0, 1))

    def nearest(self, text: str) -> list[str]:
        """The `top_k` lines most like a text, the most like it first, of equals the earlier."""
        if not self.lines or not self.top_k:
            return []
        like = self._vectors @ np.asarray(self.embed([text]))[0]
        return [self.lines[i] for i in np.argsort(-like, kind="stable")[: self.top_k]]


@dataclass(frozen=True)
class Decision:
    """What became of one look.

    Attributes:
        change: the short instruction; "" to go on.
        answer: as it was given; "" if there was none.
        problem: what was wrong with it; "" if nothing.
    """

    change: str
    answer: str
    problem: str = ""


@dataclass
class DecisionxLLM:
    """Judges whether a car drives as instructed.

    Args:
        ask: the oracle.
        hints: what it is told beside what is seen.
        task: by which a recording knows it.
    """

    ask: Ask
    hints: Hints = field(default_factory=Hints)
    task: str = "driving"
    asked: int = field(default=0, init=False)

    def __call__(self, instruction: str, window: str) -> Decision:
        """Whether what was seen, as `driving.window_text` says it, is as instructed; if not, what is to change."""
        known = "".join(f"Hint: {line}\n" for line in self.hints.nearest(instruction))
        text = f"{known}Instruction: {instruction}\nSeen:\n{window}\nDecision:"
        prompt = Prompt(text, system=DECIDE, key=(self.task, "decision", self.asked, 0))
        self.asked += 1
        answer = answers(self.ask, [prompt])[0]
        if isinstance(answer, OracleFailed):
            return Decision("", "", str(answer))
        return read_decision(answer)


def read_decision(answer: str) -> Decision:
    """A decision from any text: its first line that is of the grammar counts, and without one nothing is changed."""
    for line in answer.splitlines():
        said = line.strip().strip('"').strip()
        if said.lower().rstrip(".") == CONTINUE.lower():
            return Decision("", answer)
        if said.lower().startswith(CHANGE.lower()) and said[len(CHANGE) :].strip():
            return Decision(said[len(CHANGE) :].strip()[:200], answer)
    return Decision("", answer, f"neither {CONTINUE!r} nor {CHANGE!r}")


@dataclass
class MPCxLLM:
    """Turns a short instruction into parameters of the cost.

    Args:
        ask: the oracle.
        memories: instructions and the parameters that did for them.
        task: by which a recording knows it.

    Attributes:
        notes: what was wrong with the last answer.
    """

    ask: Ask
    memories: Hints = field(default_factory=Hints)
    task: str = "driving"
    notes: tuple[str, ...] = field(default=(), init=False)
    asked: int = field(default=0, init=False)

    def __call__(self, instruction: str, held: Mapping[str, float]) -> dict[str, float]:
        """Parameters in the box; those that hold where no dict was answered."""
        known = "".join(f"Memory: {line}\n" for line in self.memories.nearest(instruction))
        text = f"{known}Instruction: {instruction}\nParameters:"
        prompt = Prompt(text, system=TUNE.format(table=table()), key=(self.task, "tuning", self.asked, 0))
        self.asked += 1
        answer = answers(self.ask, [prompt])[0]
        if isinstance(answer, OracleFailed):
            self.notes = (str(answer),)
            return dict(held)
        theta, self.notes = read_parameters(answer, held)
        return theta


@dataclass
class Supervisor:
    """The slow loop: keeps a window of what is seen, and tunes when it is not as instructed.

    Args:
        decide: judges.
        tune: sets parameters.
        instruction: what is wanted.
        width: m, of the track.
        seconds: that the window spans, and between two looks.
        samples: of the window, >= 2.
        dt: s, between two calls of `see`.

    Attributes:
        theta: the parameters that hold.
        decisions: all that were made.
    """

    decide: DecisionxLLM
    tune: MPCxLLM
    instruction: str
    width: float = 3.0
    seconds: float = 2.0
    samples: int = 5
    dt: float = 0.05
    theta: dict[str, float] = field(default_factory=defaults)
    decisions: list[Decision] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        if self.samples < 2 or self.seconds < self.dt * (self.samples - 1):
            told = f"samples={self.samples}, seconds={self.seconds}"
            raise BadOption(told, where="Supervisor", expected="at least 2, within the seconds")
        self._window: deque[Mapping[str, Any]] = deque(maxlen=round(self.seconds / self.dt) + 1)
        self._since = 0

    def see(self, obs: np.ndarray, crashed: bool = False) -> dict[str, float]:
        """One step of the fast loop was made: the parameters [for the next], tuned once the window is full of them."""
        self._window.append({"obs": np.array(obs), "crashed": bool(crashed), "width": self.width})
        self._since += 1
        if self._since < (self._window.maxlen or 0):
            return self.theta
        self._since = 0
        places = np.linspace(0, len(self._window) - 1, self.samples).round().astype(int)
        window = window_text([self._window[i] for i in places], self.seconds)
        decision = self.decide(self.instruction, window)
        self.decisions.append(decision)
        if decision.change:
            self.theta = self.tune(decision.change, self.theta)
        return self.theta
