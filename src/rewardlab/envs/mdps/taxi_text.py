"""The taxi in text: a map to read, and actions by name.

The world is that of `Taxi` to the bit; see `TextView` for what is read and said.

Source: Dietterich, "Hierarchical Reinforcement Learning with the MAXQ Value Function Decomposition", Journal of
Artificial Intelligence Research 2000, Section 3.1 (the taxi); Carta, Romac, Wolf, Lamprier, Sigaud, Oudeyer,
"Grounding Large Language Models in Interactive Environments with Online Reinforcement Learning", ICML 2023.
"""

from dataclasses import dataclass

from rewardlab.envs.text_view import TextView


@dataclass
class TaxiText(TextView):
    """The taxi as a `TextView`, whose parameters it has; `fields` are those of `Taxi`."""

    of: str = "rewardlab.envs.mdps.taxi:Taxi"
