"""Heads: a few numbers that are read off a language model after each token, its trunk learning along or not.

    y_t = W h_t + b,    h_t the last hidden state after token t of its window

Source: Ziegler et al., "Fine-Tuning Language Models from Human Preferences", 2019, Section 2 (a value function from a
language model).
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rewardlab.agents.loops.tokens import scoring, stored
from rewardlab.agents.loops.tokens.policy import TokenPolicy
from rewardlab.core.errors import BadOption
from rewardlab.core.nets import load_weights, seeded, weights


class Heads(nn.Module):
    """K numbers after each token of a dialogue.

    Args:
        trunk: whose hidden states are read.
        outputs: K.
        learns: whether the trunk's weights learn from the numbers; else the head alone.
        scale: of the head's first weights, which are normal; 0 for numbers that are 0 at first.
        seed: of the head's first weights.

    Raises:
        BadOption: for a trunk that is no `TokenPolicy`.
    """

    def __init__(
        self, trunk: TokenPolicy, outputs: int = 1, *, learns: bool = True, scale: float = 0.0, seed: int = 0
    ) -> None:
        super().__init__()
        if not isinstance(trunk, TokenPolicy):
            raise BadOption(f"trunk={type(trunk).__name__}", where="Heads", expected="a TokenPolicy")
        width = int(trunk.model.get_input_embeddings().weight.shape[1])
        self.outputs, self.learns, self._trunk = outputs, learns, trunk
        if learns:
            self.model = trunk.model  # its weights are ours
        with seeded(seed):
            self.head = nn.Linear(width, outputs)
            nn.init.normal_(self.head.weight, std=scale)
            nn.init.zeros_(self.head.bias)
        self.head.to(trunk.device)

    @property
    def trunk(self) -> TokenPolicy:
        """Whose hidden states are read."""
        return self._trunk

    def forward(
        self,
        tokens: Tensor,
        at: Tensor,
        window: Tensor | None = None,
        *,
        micro_batch: int | None = None,
        recompute: bool = False,
    ) -> Tensor:
        """The numbers after tokens, float32 [*lead, T, K], 0 where `at` is 0.

        Args:
            tokens: int64 [*lead, T].
            at: [*lead, T], not 0 where one looks.
            window: int64 [*lead, T], see `TokenPolicy.fill`.
            micro_batch, recompute: see `TokenPolicy.fill`.
        """
        found = scoring.columns(
            self._read,
            tokens.to(self._trunk.device),
            (at != 0).to(self._trunk.device),
            None if window is None else window.to(self._trunk.device),
            widths=((self.outputs,),),
            pad=self._trunk.vocabulary.pad,
            micro_batch=micro_batch,
            recompute=recompute and self.learns,
        )
        return found[0]

    def _read(self, ids: Tensor, wanted: Tensor) -> tuple[Tensor]:
        with self._trunk.adapters(), torch.set_grad_enabled(self.learns and torch.is_grad_enabled()):
            out = self._trunk.model(input_ids=ids, use_cache=False, output_hidden_states=True, logits_to_keep=1)
            hidden = out.hidden_states[-1][wanted]
        return (self.head(hidden.float()),)

    def numbers(self) -> dict[str, Any]:
        """The weights, the trunk's only where it learns; as arrays."""
        return {"head": weights(self.head), "trunk": stored.weights(self._trunk) if self.learns else None}

    def take(self, state: Mapping[str, Any]) -> None:
        """Take over `numbers`.

        Raises:
            BadCheckpoint: if names or shapes differ.
        """
        load_weights(self.head, state["head"], where="Heads")
        if state["trunk"] is not None:
            stored.load_weights(self._trunk, state["trunk"])
