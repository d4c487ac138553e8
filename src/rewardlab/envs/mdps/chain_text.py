"""Chains in text: where one stands to read, and two words for up and down.

The world is that of `Chain` to the bit; see `TextView` for what is read and said.

Source: Strehl, Littman, "An Analysis of Model-Based Interval Estimation for Markov Decision Processes", Journal of
Computer and System Sciences 2008, Section 5 (the river swim); Carta, Romac, Wolf, Lamprier, Sigaud, Oudeyer, "Grounding
Large Language Models in Interactive Environments with Online Reinforcement Learning", ICML 2023.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rewardlab.envs.text_view import TextView


@dataclass
class ChainText(TextView):
    """The chain as a `TextView`, whose parameters it has; `fields` are those of `Chain`."""

    of: str = "rewardlab.envs.mdps.chain:Chain"
    names: Sequence[Any] | None = ("left", "right")
