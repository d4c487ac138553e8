"""Grid worlds in text: a map to read, and directions by name.

The world is that of the rules beneath to the bit; see `TextView` for what is read and said.

Source: Carta, Romac, Wolf, Lamprier, Sigaud, Oudeyer, "Grounding Large Language Models in Interactive Environments with
Online Reinforcement Learning", ICML 2023 (a grid world described in text).
"""

from dataclasses import dataclass

from rewardlab.envs.text_view import TextView


@dataclass
class GridText(TextView):
    """A grid world as a `TextView`, whose parameters it has; `fields` are those of the world `of`."""

    of: str = "rewardlab.envs.gridworlds.grid_world:GridWorld"
