"""Ids of the bandits."""

IDS = {
    "rewardlab/BernoulliBandit-v0": {
        "rules": "rewardlab.envs.bandits.stochastic:StochasticBandit",
        "kwargs": {"arms": 10, "deviation": None},
        "summary": "Bernoulli bandit: K arms, each of which pays 1 with a probability of its own, else 0.",
    },
    "rewardlab/GoldProxy-v0": {
        "rules": "rewardlab.envs.bandits.gold_proxy:GoldProxy",
        "summary": "Gold and proxy: one of 200 responses to a prompt, paid by a proxy with Gaussian errors.",
    },
    "rewardlab/GoldProxy-Hack-v0": {
        "rules": "rewardlab.envs.bandits.gold_proxy:GoldProxy",
        "kwargs": {"errors": "hack", "prompts": 100, "responses": 50},
        "summary": "Gold and proxy: two planted responses of each prompt look excellent (8) and are bad (-2).",
    },
    "rewardlab/GoldProxy-Upper-v0": {
        "rules": "rewardlab.envs.bandits.gold_proxy:GoldProxy",
        "kwargs": {"errors": "upper", "prompts": 50, "responses": 200},
        "summary": "Gold and proxy: two properties, each told with an error that grows in its upper tail.",
    },
    "rewardlab/GoldProxy-Shortcut-v0": {
        "rules": "rewardlab.envs.bandits.gold_proxy:GoldProxy",
        "kwargs": {"errors": "shortcut", "prompts": 50, "responses": 200},
        "summary": "Gold and proxy: the proxy also likes a feature that the gold knows nothing of.",
    },
    "rewardlab/GoldProxy-Two-v0": {
        "rules": "rewardlab.envs.bandits.gold_proxy:GoldProxy",
        "kwargs": {"errors": "two", "prompts": 1, "responses": 200},
        "summary": "Gold and proxy: two correlated proxies, and a gold with a peak that their sum passes.",
    },
    "rewardlab/GoldProxy-Draws-v0": {
        "rules": "rewardlab.envs.bandits.gold_draws:GoldDraws",
        "summary": "Gold and proxy: one of 16 fresh responses, paid by a proxy with Gaussian errors.",
    },
    "rewardlab/GoldProxy-DrawsStudent-v0": {
        "rules": "rewardlab.envs.bandits.gold_draws:GoldDraws",
        "kwargs": {"errors": "student"},
        "summary": "Gold and proxy, heavy tails: one of 16 fresh responses, by a proxy with Student errors.",
    },
    "rewardlab/GoldProxy-Shift-v0": {
        "rules": "rewardlab.envs.bandits.gold_shift:GoldShift",
        "summary": "Gold and proxy: how far to shift a Gaussian policy where a linear proxy likes it.",
    },
    "rewardlab/ResponseBandit-v0": {
        "rules": "rewardlab.envs.bandits.response_bandit:ResponseBandit",
        "summary": "Response bandit: one of 10 responses to one of 20 prompts, with normal rewards.",
    },
    "rewardlab/ResponseBandit-Features-v0": {
        "rules": "rewardlab.envs.bandits.response_bandit:ResponseBandit",
        "kwargs": {"law": "features", "options": {"rare": 0.01}},
        "summary": "Response bandit: rewards linear in 5 features; the reference seldom gives the best response.",
    },
    "rewardlab/ResponseBandit-Line-v0": {
        "rules": "rewardlab.envs.bandits.response_bandit:ResponseBandit",
        "kwargs": {"law": "line"},
        "summary": "Response bandit: 100 bins on a line, with the peak of the reward far from the reference.",
    },
    "rewardlab/ResponseBandit-LineNear-v0": {
        "rules": "rewardlab.envs.bandits.response_bandit:ResponseBandit",
        "kwargs": {"law": "line", "options": {"peak": 24.0}},
        "summary": "Response bandit, near peak: 100 bins on a line, the reward largest close to the reference.",
    },
    "rewardlab/ResponseBandit-Correct-v0": {
        "rules": "rewardlab.envs.bandits.response_bandit:ResponseBandit",
        "kwargs": {"law": "correct"},
        "summary": "Response bandit: 200 questions with one right answer of 5, which leads in 60 % of them.",
    },
    "rewardlab/ResponseBandit-Front-v0": {
        "rules": "rewardlab.envs.bandits.response_bandit:ResponseBandit",
        "kwargs": {"law": "front"},
        "summary": "Response bandit: two objectives below a concave front, 50 prompts with 200 responses.",
    },
    "rewardlab/ResponseBandit-Cost-v0": {
        "rules": "rewardlab.envs.bandits.response_bandit:ResponseBandit",
        "kwargs": {"law": "cost"},
        "summary": "Response bandit: 40 prompts whose helpful responses are partly unsafe, with their costs.",
    },
    "rewardlab/StochasticBandit-v0": {
        "rules": "rewardlab.envs.bandits.stochastic:StochasticBandit",
        "summary": "Gaussian bandit: K arms, each of which pays a normal number around a mean of its own.",
    },
}
