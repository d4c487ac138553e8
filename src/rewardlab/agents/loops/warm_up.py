"""Supervised warm-up: a token policy learns to say what the agent says in demonstrations.

    L = −Σ_t m_t log π(y_t | y_<t) / Σ_t m_t,    m_t = 1 on the agent's own tokens, the end of each message included

Gives a policy with random weights the language of a task, before rewards teach it the task.

Source: Pomerleau, "Efficient Training of Artificial Neural Networks for Autonomous Navigation", Neural Computation 1991
(cloning of behaviour); Ouyang et al., "Training Language Models to Follow Instructions with Human Feedback", NeurIPS
2022, Section 3.5 (the supervised step before the rewards).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from rewardlab.agents.loops.callbacks import progress
from rewardlab.agents.loops.tokens.checks import counts
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.agents.loops.tokens.vocabulary import Vocabulary, side
from rewardlab.core.errors import BadOption
from rewardlab.core.nets import Fit

Dialogue = Sequence[Mapping[str, str]]


def warm_up(
    policy: TokenPolicy,
    demonstrations: Sequence[Dialogue],
    *,
    epochs: int = 10,
    batch_size: int = 32,
    learning_rate: float = 1e-3,
    max_grad_norm: float | None = 1.0,
    weight_decay: float = 0.0,
    micro_batch: int | None = None,
    seed: int = 0,
    progress_bar: bool = False,
) -> list[float]:
    """The mean loss of each epoch, in nats per token of the agent; the policy has learned.

    Args:
        policy: what learns.
        demonstrations: dialogues of messages `{"role", "content"}`; roles are "partner" (or "user", "tool") and "agent"
            (or "assistant").
        epochs: passes over all of them.
        batch_size: dialogues per step.
        learning_rate, max_grad_norm, weight_decay: of Adam, see `core.nets.Fit`.
        micro_batch: dialogues that go through the model together.
        seed: of the order.
        progress_bar: show one.

    Raises:
        BadOption: for no demonstrations, one without an answer, one that is longer than the policy's context, or texts
            of the agent that the vocabulary cannot say.
    """
    counts("warm_up", epochs=epochs, batch_size=batch_size)
    tokens, mask = demonstrated(policy.vocabulary, demonstrations, context=policy.context)
    fit = Fit(policy.model, learning_rate, clip=max_grad_norm, weight_decay=weight_decay, name="warm_up")
    rng, losses = np.random.default_rng(seed), list[float]()
    count = len(tokens)
    with progress(progress_bar, epochs * count) as bar:
        for _ in range(epochs):
            total = 0.0
            for part in np.array_split(rng.permutation(count), -(-count // batch_size)):
                index = torch.from_numpy(part)
                own = mask[index].to(policy.device)
                filled = policy.fill(tokens[index], own, micro_batch=micro_batch)
                total += fit(-filled.logp.sum() / own.sum())["loss"] * len(part)
                if bar is not None:
                    bar.update(len(part))
            losses.append(total / count)
    return losses


def demonstrated(vocabulary: Vocabulary, demonstrations: Sequence[Dialogue], *, context: int) -> tuple[Tensor, Tensor]:
    """Tokens int64 and mask float32 [N, T] of dialogues: 1 on what the agent would have sampled.

    Raises:
        BadOption: see `warm_up`.
    """
    rows = []
    for n, dialogue in enumerate(demonstrations):
        ids, mine = vocabulary.opening(), [0] * len(vocabulary.opening())
        for message in dialogue:
            if side(message["role"]) == "partner":
                said = vocabulary.message("partner", message["content"])
                own = [0] * len(said)
            else:
                begin, spoken = vocabulary.begin(), vocabulary.spoken(message["content"])
                rest = vocabulary.closing(spoken)
                said = [*begin, *spoken, *rest]
                own = [0] * len(begin) + [1] * len(spoken) + [0] * len(rest)
            ids, mine = [*ids, *said], [*mine, *own]
        if not any(mine) or len(ids) > context:
            what = f"of {len(ids)} tokens" if any(mine) else "without an answer"
            raise BadOption(
                f"demonstration {n} {what}", where="warm_up", expected=f"answers, within {context} tokens in all"
            )
        rows.append((ids, mine))
    if not rows:
        raise BadOption("no demonstrations", where="warm_up", expected="at least one dialogue")
    longest = max(len(ids) for ids, _ in rows)
    tokens = torch.tensor([ids + [vocabulary.pad] * (longest - len(ids)) for ids, _ in rows])
    return tokens, torch.tensor([own + [0] * (longest - len(own)) for _, own in rows], dtype=torch.float32)
