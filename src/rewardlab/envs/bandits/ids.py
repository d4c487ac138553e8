"""Ids of the bandits."""

IDS = {
    "rewardlab/BernoulliBandit-v0": {
        "rules": "rewardlab.envs.bandits.stochastic:StochasticBandit",
        "kwargs": {"arms": 10, "deviation": None},
    },
    "rewardlab/StochasticBandit-v0": {"rules": "rewardlab.envs.bandits.stochastic:StochasticBandit"},
}
