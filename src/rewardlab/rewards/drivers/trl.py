"""A reward as a reward function of TRL: prompts and completions in, one number each out, its parts in TRL's logs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardlab.core.chat import text_of
from rewardlab.core.reward import Reward
from rewardlab.rewards.drivers.invalid import REFUSE, OnInvalid
from rewardlab.rewards.drivers.kernel import check_reward
from rewardlab.rewards.drivers.text import rollouts, scored


@dataclass
class TrlReward:
    """A reward as TRL calls reward functions: `f(prompts, completions, completion_ids=None, **columns) -> list[float]`.

    Picklable as far as the reward is. TRL shows it under `__name__`, the reward's name.

    Args:
        reward: what pays.
        on_invalid: what to do where a pay is NaN, infinite or beyond float32.
        plain: show chat messages to the reward as text: of a prompt the contents of its messages, a line each; of a
            completion what the assistant said last. Without it the reward sees the lists of messages.
    """

    reward: Reward
    on_invalid: OnInvalid = REFUSE
    plain: bool = False

    @property
    def __name__(self) -> str:
        return self.reward.name

    def __call__(
        self,
        prompts: Sequence[Any],
        completions: Sequence[Any],
        completion_ids: Any = None,
        log_metric: Callable[[str, float], None] | None = None,
        log_extra: Callable[[str, list[Any]], None] | None = None,
        **columns: Any,
    ) -> list[float]:
        """The pay of each completion.

        Args:
            prompts: B strings, or B lists of chat messages.
            completions: the same.
            completion_ids: B lists of token ids, shown as the column of that name.
            log_metric: TRL's, for a number of this step: the mean of each part, as `reward/NAME`.
            log_extra: TRL's, for a column of its table of completions: each part's pay.
            **columns: the data set's columns, B values each, as info columns; what TRL passes beside them (its state)
                is no column and left out.

        Raises:
            BadBatch: if the lengths differ.
            BadReward: naming reward, part and place.
        """
        given = {"completion_ids": completion_ids, **columns}
        held = {k: v for k, v in given.items() if isinstance(v, (list, tuple, np.ndarray)) and len(v) == len(prompts)}
        if self.plain:
            prompts = [p if isinstance(p, str) else "\n".join(text_of(m) for m in p) for p in prompts]
            completions = [c if isinstance(c, str) else last_words(c) for c in completions]
        paid, parts = scored(rollouts(prompts, completions, held), self.reward, on_invalid=self.on_invalid)
        if len(parts) > 1:  # of one alone TRL logs all there is
            for name, value in parts.items():
                if log_metric is not None and len(prompts):
                    log_metric(f"reward/{name}", float(np.mean(value)))
                if log_extra is not None:
                    log_extra(f"reward/{name}", [float(x) for x in value])
        return [float(x) for x in paid]


def as_trl_reward(reward: Reward, *, on_invalid: OnInvalid = REFUSE, plain: bool = False) -> TrlReward:
    """`reward` for `GRPOTrainer(reward_funcs=[...])` and its kin.

    Args:
        reward: what pays text: `batch.obs` are the prompts, `batch.action` the completions.
        on_invalid: what to do where a pay is NaN, infinite or beyond float32.
        plain: show chat messages to the reward as text.

    Raises:
        BadOption: for what is no reward.
    """
    return TrlReward(check_reward(reward, "as_trl_reward"), on_invalid, plain)


def last_words(messages: Sequence[dict[str, Any]]) -> str:
    """What the assistant said last, "" if nothing."""
    return next((text_of(m) for m in reversed(messages) if m.get("role") == "assistant"), "")
