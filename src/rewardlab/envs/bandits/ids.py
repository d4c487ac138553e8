"""Ids of the bandits."""

IDS = {
    "rewardlab/BernoulliBandit-v0": {
        "rules": "rewardlab.envs.bandits.stochastic:StochasticBandit",
        "kwargs": {"arms": 10, "deviation": None},
        "summary": "Bernoulli bandit: K arms, each of which pays 1 with a probability of its own, else 0.",
    },
    "rewardlab/StochasticBandit-v0": {
        "rules": "rewardlab.envs.bandits.stochastic:StochasticBandit",
        "summary": "Gaussian bandit: K arms, each of which pays a normal number around a mean of its own.",
    },
}
