"""Ids of the bandits."""

IDS = {
    "rewardlab/BernoulliBandit-v0": {
        "rules": "rewardlab.envs.bandits.stochastic:StochasticBandit",
        "kwargs": {"arms": 10, "deviation": None},
        "summary": "Bernoulli bandit: K arms, each of which pays 1 with a probability of its own, else 0.",
    },
    "rewardlab/DynamicalBandit-v0": {
        "rules": "rewardlab.envs.bandits.dynamical:DynamicalBandit",
        "max_episode_steps": 1000,
        "summary": "Dynamical bandit: 8 actions that pay at once and move a hidden state that pays later.",
    },
    "rewardlab/DynamicalBandit-Ball-v0": {
        "rules": "rewardlab.envs.bandits.dynamical:DynamicalBandit",
        "max_episode_steps": 1000,
        "kwargs": {"arms": None, "dimension": 3},
        "summary": "Dynamical bandit with every action of the unit ball of R^3.",
    },
    "rewardlab/DynamicalBandit-Plain-v0": {
        "rules": "rewardlab.envs.bandits.dynamical:DynamicalBandit",
        "max_episode_steps": 1000,
        "kwargs": {"agreement": 1.0},
        "summary": "Linear bandit: 8 actions that pay at once; the hidden state pays nothing.",
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
    "rewardlab/LastSwitchBandit-v0": {
        "rules": "rewardlab.envs.bandits.last_switch:LastSwitchBandit",
        "max_episode_steps": 1000,
        "summary": "Last-switch bandit: 3 arms that tire when played and recover at rest.",
    },
    "rewardlab/LastSwitchBandit-Recharging-v0": {
        "rules": "rewardlab.envs.bandits.last_switch:LastSwitchBandit",
        "max_episode_steps": 1000,
        "kwargs": {"law": "recharging", "arms": 4},
        "summary": "Recharging bandit: 4 arms that pay the more the longer they have rested.",
    },
    "rewardlab/LastSwitchBandit-Tiring-v0": {
        "rules": "rewardlab.envs.bandits.last_switch:LastSwitchBandit",
        "max_episode_steps": 1000,
        "kwargs": {"law": "tiring"},
        "summary": "Tiring bandit: 3 arms that pay the less the longer they are played in a row.",
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
    "rewardlab/BernoulliBandit-Easy-v0": {
        "rules": "rewardlab.envs.bandits.stochastic:StochasticBandit",
        "kwargs": {"arms": 5, "deviation": None, "gap": 0.5, "pulls": 200},
        "summary": "Bernoulli bandit, easy: 5 arms, of which one pays 0.75 and the others 0.25 on average.",
    },
    "rewardlab/BernoulliBandit-Hard-v0": {
        "rules": "rewardlab.envs.bandits.stochastic:StochasticBandit",
        "kwargs": {"arms": 20, "deviation": None, "gap": 0.2, "pulls": 1000},
        "summary": "Bernoulli bandit, hard: 20 arms, of which one pays 0.6 and the others 0.4 on average.",
    },
    "rewardlab/GaussianBandit-Easy-v0": {
        "rules": "rewardlab.envs.bandits.stochastic:StochasticBandit",
        "kwargs": {"arms": 5, "gap": 0.5, "pulls": 200},
        "summary": "Gaussian bandit, easy: 5 arms, of which one is ahead of the others by half a deviation.",
    },
    "rewardlab/GaussianBandit-Hard-v0": {
        "rules": "rewardlab.envs.bandits.stochastic:StochasticBandit",
        "kwargs": {"arms": 20, "gap": 0.2, "pulls": 1000},
        "summary": "Gaussian bandit, hard: 20 arms, of which one is ahead of the others by a fifth of a deviation.",
    },
    "rewardlab/HeavyTailBandit-v0": {
        "rules": "rewardlab.envs.bandits.stochastic:StochasticBandit",
        "kwargs": {"tail": "student", "index": 2.5},
        "summary": "Heavy-tailed bandit: K arms that pay by Student's t, with a variance and no third moment.",
    },
    "rewardlab/HeavyTailBandit-Pareto-v0": {
        "rules": "rewardlab.envs.bandits.stochastic:StochasticBandit",
        "kwargs": {"tail": "pareto", "index": 1.5},
        "summary": "Heavy-tailed bandit: K arms that pay by a Pareto law on both sides, without a variance.",
    },
    "rewardlab/PiecewiseBandit-v0": {
        "rules": "rewardlab.envs.bandits.piecewise:PiecewiseBandit",
    },
    "rewardlab/DriftingBandit-v0": {
        "rules": "rewardlab.envs.bandits.drifting:DriftingBandit",
    },
    "rewardlab/SwingingBandit-v0": {
        "rules": "rewardlab.envs.bandits.swinging:SwingingBandit",
    },
    "rewardlab/DelayedBandit-v0": {
        "rules": "rewardlab.envs.bandits.delayed:DelayedBandit",
        "summary": "Delayed bandit: pay that comes about 10 steps late, with the name of its arm.",
    },
    "rewardlab/DelayedBandit-Anonymous-v0": {
        "rules": "rewardlab.envs.bandits.delayed:DelayedBandit",
        "kwargs": {"feedback": "anonymous", "law": "uniform", "delay": 5.0},
        "summary": "Delayed bandit, anonymous: only the sum of what arrives is seen, 0 to 10 steps late.",
    },
    "rewardlab/DelayedBandit-End-v0": {
        "rules": "rewardlab.envs.bandits.delayed:DelayedBandit",
        "kwargs": {"feedback": "end", "pulls": 50},
        "summary": "Delayed bandit, paid at the end: one sum for all 50 pulls.",
    },
    "rewardlab/TallyBandit-v0": {
        "rules": "rewardlab.envs.bandits.tally:TallyBandit",
        "summary": "Tallying bandit: 5 arms, of which one becomes the best the more it is played.",
    },
    "rewardlab/TallyBandit-Fatigue-v0": {
        "rules": "rewardlab.envs.bandits.tally:TallyBandit",
        "kwargs": {"curves": [[0.3, 0.8], [0.32, 0.8], [0.9, 0.2], [0.34, 0.8], [0.36, 0.8]]},
        "summary": "Tallying bandit: 5 arms that look good and wear out, but for one that improves.",
    },
    "rewardlab/TallyBandit-Plain-v0": {
        "rules": "rewardlab.envs.bandits.tally:TallyBandit",
        "kwargs": {"curves": [[0.5, 0.5], [0.2, 0.2], [0.4, 0.4], [0.6, 0.6], [0.3, 0.3]], "weights": [1.0]},
        "summary": "Tallying bandit without memory, which is an ordinary bandit with losses.",
    },
}
