"""Language to rewards.

    description = LLM(template, history, sentence),    calls = LLM(API, description),    c = Σ_i w_i n_i(res_i)
    u = argmin_u Σ_t c(x_t, u_t)   at every step

A sentence becomes a description in a fixed template, and the description becomes calls of a small reward API: two easy
steps in place of a hard one. The calls change a cost, which a planner optimises at once, so that a person sees what was
understood and says what to change. Nothing that a model writes is run: the calls are read as data, and what is not in
the template or the API goes back with its fault.

Evidence: that two stages are better than one waits for a language model; with the rules of `SentenceRules` both say the
same.

Source: Yu, Gileadi, Fu, Kirmani, Lee, Gonzalez Arenas, Chiang, Erez, Hasenclever, Humplik, Ichter, Xiao, Xu, Zeng,
Zhang, Heess, Sadigh, Tan, Tassa, Xia, "Language to Rewards for Robotic Skill Synthesis", CoRL 2023, Section 3.2;
Liang, Huang, Xia, Xu, Hausman, Ichter, Florence, Zeng, "Code as Policies: Language Model Programs for Embodied
Control", ICRA 2023 (the baseline).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rewardlab.core.errors import BadOption, BadProgram, OracleFailed
from rewardlab.core.oracle.kinds import Ask, Prompt, answers
from rewardlab.rewards.language.bodies import Body
from rewardlab.rewards.language.cost_spec import Spec
from rewardlab.rewards.language.fixed_motions import PRIMITIVES
from rewardlab.rewards.language.motion_template import END, START, read, template
from rewardlab.rewards.language.reward_calls import apply, read_calls, signature

DESCRIBER = """You describe motions of a {body}. Fill in the template: take the sentences that are needed, in any order,
with numbers and names in place of the brackets. Say only what is new or changes. Use "Do it" only when asked to do it.
{start}
{template}
{end}"""
CODER = """You write calls of these functions, one a line, constants only, and nothing else:
{api}"""
CHOOSER = """You answer with one of these motions of a {body}, as NAME(), and nothing else:
{names}"""


@dataclass(frozen=True)
class Turn:
    """What came of one sentence.

    Attributes:
        said: the sentence.
        description: in the template; "" where none was asked for, or none came.
        calls: as they were written; "" if none were accepted.
        spec: the cost that holds now; as before where there was a problem.
        duration: s, for how long to do it; None if that was not asked for.
        problem: why nothing was changed; "" if all went well.
    """

    said: str
    description: str
    calls: str
    spec: Spec
    duration: float | None
    problem: str = ""


@dataclass
class L2R:
    """A dialogue in two stages: sentence to description, description to calls.

    Args:
        ask: the oracle of both stages.
        body: what there is to speak of.
        task: by which a recording knows the dialogue.
        repairs: how often an answer is sent back with its fault, >= 0.

    Attributes:
        spec: the cost that holds now.
        turns: what was said so far.
    """

    ask: Ask
    body: Body
    task: str = "l2r"
    repairs: int = 1
    turns: list[Turn] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.repairs < 0:
            raise BadOption(f"repairs={self.repairs!r}", where=type(self).__name__, expected="at least 0")
        self.spec = Spec.default(self.body)

    def say(self, text: str) -> Turn:
        """One sentence of the dialogue: the cost is changed, or left as it is with a problem."""
        description, problem = self._describe(text)
        calls = ""
        spec, duration = self.spec, None
        if not problem:
            system = CODER.format(api=signature(self.body))
            calls, problem = self._asked(system, self._to_code(text, description), "coder")
        if not problem:
            spec, duration = apply(read_calls(calls, self.body), spec, self.body)
        turn = Turn(text, description, "" if problem else calls, spec, duration, problem)
        self.turns.append(turn)
        self.spec = spec
        return turn

    def _describe(self, text: str) -> tuple[str, str]:
        system = DESCRIBER.format(body=self.body.name, start=START, template=template(self.body), end=END)
        return self._asked(system, self._history() + f"User: {text}\nDescription:", "describer")

    def _history(self) -> str:
        return "".join(f"User: {t.said}\nDescription:\n{t.description}\n" for t in self.turns if not t.problem)

    def _to_code(self, text: str, description: str) -> str:
        return f"{description}\nCalls:"

    def _check(self, role: str, answer: str) -> None:
        """Raises BadProgram for an answer that the next stage cannot take."""
        if role == "describer":
            read(answer, self.body)
        else:
            read_calls(answer, self.body)

    def _asked(self, system: str, text: str, role: str) -> tuple[str, str]:
        """(answer, "") or ("", what is wrong with the last one)."""
        problem, prompt = "", text
        for attempt in range(self.repairs + 1):
            asked = Prompt(prompt, system=system, key=(self.task, role, len(self.turns), attempt))
            answer = answers(self.ask, [asked])[0]
            if isinstance(answer, OracleFailed):
                return "", str(answer)
            try:
                self._check(role, answer)
            except BadProgram as e:
                problem = str(e)
                prompt = f"{text}\n{answer}\nThat was refused. {problem}\nOnce more:"
            else:
                return str(answer), ""
        return "", problem


@dataclass
class DirectCoder(L2R):
    """The ablation: sentence to calls in one stage, with the same functions and the same history.

    Args:
        ask: the oracle.
        body: what there is to speak of.
        task: by which a recording knows the dialogue.
        repairs: how often an answer is sent back with its fault, >= 0.
    """

    def _describe(self, text: str) -> tuple[str, str]:
        return "", ""

    def _history(self) -> str:
        return "".join(f"User: {t.said}\nCalls:\n{t.calls}\n" for t in self.turns if not t.problem)

    def _to_code(self, text: str, description: str) -> str:
        return self._history() + f"User: {text}\nCalls:"


@dataclass
class CodeAsPolicies(DirectCoder):
    """The baseline: a sentence chooses one of a few fixed motions, without numbers of its own.

    Args:
        ask: the oracle.
        body: what there is to speak of.
        task: by which a recording knows the dialogue.
        repairs: how often an answer is sent back with its fault, >= 0.
        motions: name -> calls; None for those of the body.
    """

    motions: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.motions = dict(PRIMITIVES[self.body.name] if self.motions is None else self.motions)
        for text in self.motions.values():
            read_calls(text, self.body)

    def say(self, text: str) -> Turn:
        """One sentence: another motion is done, or the cost is left as it is with a problem."""
        assert self.motions is not None
        system = CHOOSER.format(body=self.body.name, names="\n".join(f"{name}()" for name in self.motions))
        name, problem = self._asked(system, f"User: {text}\nMotion:", "chooser")
        spec = self.spec
        calls = "" if problem else self.motions[_bare(name)]
        if not problem:
            spec, _ = apply(read_calls(calls, self.body), Spec.default(self.body), self.body)
        turn = Turn(text, "", calls, spec, None, problem)
        self.turns.append(turn)
        self.spec = spec
        return turn

    def _check(self, role: str, answer: str) -> None:
        assert self.motions is not None
        if _bare(answer) not in self.motions:
            names: Sequence[str] = list(self.motions)
            raise BadProgram(f"{answer!r:.60} is no motion", where="chooser", expected=f"one of {', '.join(names)}")


def _bare(answer: str) -> str:
    return answer.strip().removesuffix("()")
