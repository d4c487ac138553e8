"""Dialogues for TRL's trainers: rows of a data set, and the verifier of a task as a reward function.

pay(completion) = Σ_t r_t,    the messages of the assistant said one after the other to the task of the row's seed
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.core.chat import said_in
from rewardlab.core.errors import BadOption
from rewardlab.envs.text.exports.sheet import begin, dialogue, paid
from rewardlab.envs.text.transcripts import messages


def trl_rows(task: str, count: int, *, seed: int = 0, system: str = "", **parameters: Any) -> list[dict[str, Any]]:
    """Rows for `datasets.Dataset.from_list`: the prompt of a task as chat messages, and the seed that makes the task.

    Args:
        task: an id of a dialogue in text.
        count: of rows, at least 1.
        seed: of the first; the others follow.
        system: a message before the task's own; none if it is empty.
        **parameters: of the task; split="test" gives tasks that training never sees.

    Returns:
        {"prompt": [{"role": ..., "content": ...}], "seed": ...} each.

    Raises:
        BadOption: for a count below 1, and what is no dialogue.
    """
    if count < 1:
        raise BadOption(f"count={count!r}", where="trl_rows", expected="at least 1")
    env, _ = dialogue(task, **parameters)
    before = [{"role": "system", "content": system}] if system else []
    rows = []
    for k in range(seed, seed + count):
        begin(env, k)
        rows.append({"prompt": [*before, *messages(env)], "seed": k})
    env.close()
    return rows


@dataclass
class TrlVerifier:
    """The verifier of a task, as TRL calls reward functions; TRL shows it under the task's name.

    Args:
        task: an id of a dialogue in text.
        parameters: of its rules: those that the rows were made with.
    """

    task: str
    parameters: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._env: Any = dialogue(self.task, **self.parameters)[0]
        self.__name__ = self.task.rpartition("/")[2]

    def __reduce__(self) -> tuple:
        return TrlVerifier, (self.task, self.parameters)

    def __call__(
        self,
        prompts: Sequence[Any],
        completions: Sequence[Any],
        completion_ids: Any = None,
        seed: Sequence[int] | None = None,
        log_metric: Callable[[str, float], None] | None = None,
        log_extra: Callable[[str, list[Any]], None] | None = None,
        **columns: Any,
    ) -> list[float]:
        """What each completion earns in the conversation of its seed.

        Args:
            prompts: B of them; the seed says what they are.
            completions: B texts, or lists of chat messages, of which those of the assistant are said in their order,
                calls of tools written out. What comes after the end of the conversation is not heard.
            completion_ids: not read.
            seed: B seeds, the column that `trl_rows` made.
            log_metric: TRL's, for a number of this step: each part of the reward and the share of successes.
            log_extra: TRL's, for a column of its table of completions: what the partner said last.
            **columns: not read.

        Raises:
            BadOption: without seeds.
        """
        if seed is None or len(seed) != len(completions):
            raise BadOption(
                f"{'no' if seed is None else len(seed)} seeds for {len(completions)} completions",
                where=self.__name__,
                expected="the column seed in the data set",
                mend=f"Dataset.from_list(trl_rows({self.task!r}, 1000))",
            )
        heard = [self._played(int(s), c) for s, c in zip(seed, completions, strict=True)]
        log(log_metric, [(parts, success) for _, parts, success, _ in heard])
        if log_extra is not None:
            log_extra("reply", [reply for *_, reply in heard])
        return [reward for reward, *_ in heard]

    def _played(self, seed: int, completion: Any) -> tuple[float, dict[str, float], bool, str]:
        """Reward, its parts, success, and the last reply."""
        begin(self._env, seed)
        said = [completion] if isinstance(completion, str) else None
        said = said or [said_in(m) for m in completion if not isinstance(m, str) and m.get("role") == "assistant"]
        total, parts, success, reply = 0.0, dict[str, float](), False, ""
        for text in said:
            _, reward, terminated, truncated, info = self._env.step(self._env.unwrapped.rules.fit(text))
            total += float(reward)
            parts = added(parts, paid(float(reward), info))
            success, reply = bool(info.get("success", False)), messages(self._env)[-1]["content"]
            if terminated or truncated:
                break
        return total, parts, success, reply


def trl_verifier(task: str, **parameters: Any) -> TrlVerifier:
    """The verifier of a task for `GRPOTrainer(reward_funcs=[...])`, with `trl_rows` of the same task as its data set.

    Raises:
        BadOption: for what is no dialogue, and parameters that it does not have.
    """
    return TrlVerifier(task, parameters)


def added(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    """Sums by name."""
    return {name: one.get(name, 0.0) + other.get(name, 0.0) for name in {**one, **other}}


def log(log_metric: Callable[[str, float], None] | None, heard: Sequence[tuple[dict[str, float], bool]]) -> None:
    """Tell TRL the mean of each part and the share of successes."""
    if log_metric is None or not heard:
        return
    for name in {name: None for parts, _ in heard for name in parts}:
        log_metric(f"reward/{name}", float(np.mean([parts.get(name, 0.0) for parts, _ in heard])))
    log_metric("success", float(np.mean([success for _, success in heard])))
