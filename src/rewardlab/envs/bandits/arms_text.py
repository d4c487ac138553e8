"""A bandit's table in text: pulls and mean pay of each arm to read, the next arm by its number.

The world is that of `StochasticBandit` to the bit; see `TextView` for what is read and said. The text bandits proper
tell their past in words; here one reads the sufficient statistics as they stand.

Source: Krishnamurthy, Harris, Foster, Zhang, Slivkins, "Can Large Language Models Explore In-Context?", NeurIPS 2024,
Section 2 (a history summarised by arm).
"""

from dataclasses import dataclass

from rewardlab.envs.text_view import TextView


@dataclass
class ArmsText(TextView):
    """The bandit as a `TextView`, whose parameters it has; `fields` are those of `StochasticBandit`."""

    of: str = "rewardlab.envs.bandits.stochastic:StochasticBandit"
