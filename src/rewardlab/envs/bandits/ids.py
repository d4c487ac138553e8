"""Ids of the bandits."""

IDS = {
    "rewardlab/AdversarialBandit-v0": {
        "rules": "rewardlab.envs.bandits.adversarial:AdversarialBandit",
        "summary": "Adversarial bandit: 8 arms whose losses switch 4 times; only that of the played arm is shown.",
    },
    "rewardlab/AdversarialBandit-Adaptive-v0": {
        "rules": "rewardlab.envs.bandits.adversarial:AdversarialBandit",
        "kwargs": {"sequence": "adaptive", "spread": 0.0},
        "summary": "Adversarial bandit: the arm that was played most so far loses.",
    },
    "rewardlab/AdversarialBandit-Full-v0": {
        "rules": "rewardlab.envs.bandits.adversarial:AdversarialBandit",
        "kwargs": {"feedback": "full"},
        "summary": "Adversarial bandit with the losses of all 8 arms shown after each round.",
    },
    "rewardlab/AdversarialBandit-Linear-v0": {
        "rules": "rewardlab.envs.bandits.adversarial:AdversarialBandit",
        "kwargs": {"dimension": 4},
        "summary": "Adversarial linear bandit: 8 arms with features in R^4 and losses that switch.",
    },
    "rewardlab/BernoulliBandit-v0": {
        "rules": "rewardlab.envs.bandits.stochastic:StochasticBandit",
        "kwargs": {"arms": 10, "deviation": None},
        "summary": "Bernoulli bandit: K arms, each of which pays 1 with a probability of its own, else 0.",
    },
    "rewardlab/BernoulliBanditText-v0": {
        "rules": "rewardlab.envs.bandits.arms_text:ArmsText",
        "kwargs": {
            "fields": {"arms": 5, "deviation": None, "gap": 0.5, "pulls": 50},
            "explain": True,
        },
        "summary": "Bernoulli bandit in text: pulls and mean pay of five arms to read, the next arm by its number.",
    },
    "rewardlab/ConvexProblem-v0": {
        "rules": "rewardlab.envs.bandits.convex_problem:ConvexProblem",
        "kwargs": {"centre": [3.0, -0.4, 0.2, -5.0]},
        "summary": "Convex problem: the least point of a quadratic in a box that does not hold its centre.",
    },
    "rewardlab/ConvexProblem-LeastSquares-v0": {
        "rules": "rewardlab.envs.bandits.convex_problem:ConvexProblem",
        "kwargs": {"problem": "least_squares", "dimension": 2, "gradient_noise": 0.5},
        "summary": "Convex problem: least squares in 2 numbers, with noisy gradients.",
    },
    "rewardlab/ConvexProblem-LeastSquares10-v0": {
        "rules": "rewardlab.envs.bandits.convex_problem:ConvexProblem",
        "kwargs": {"problem": "least_squares", "dimension": 10, "gradient_noise": 0.5},
        "summary": "Convex problem: least squares in 10 numbers, with noisy gradients.",
    },
    "rewardlab/ConvexProblem-Logistic-v0": {
        "rules": "rewardlab.envs.bandits.convex_problem:ConvexProblem",
        "kwargs": {"problem": "logistic"},
        "summary": "Convex problem: logistic regression in a box.",
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
    "rewardlab/OnlineLosses-v0": {
        "rules": "rewardlab.envs.bandits.online_losses:OnlineLosses",
        "summary": "Online losses: linear ones that turn slowly, played from the unit ball of R^5.",
    },
    "rewardlab/OnlineLosses-Adaptive-v0": {
        "rules": "rewardlab.envs.bandits.online_losses:OnlineLosses",
        "kwargs": {"sequence": "adaptive"},
        "summary": "Online losses: linear ones that point along the play, on the unit ball of R^5.",
    },
    "rewardlab/OnlineLosses-AdaptiveExperts-v0": {
        "rules": "rewardlab.envs.bandits.online_losses:OnlineLosses",
        "kwargs": {"domain": "simplex", "dimension": 3, "sequence": "adaptive"},
        "summary": "Online losses of 3 experts of whom the most trusted one always loses.",
    },
    "rewardlab/OnlineLosses-Alternating-v0": {
        "rules": "rewardlab.envs.bandits.online_losses:OnlineLosses",
        "kwargs": {"domain": "simplex", "dimension": 2, "sequence": "alternating"},
        "summary": "Online losses of 2 experts that take turns: whoever follows the leader is always wrong.",
    },
    "rewardlab/OnlineLosses-Box-v0": {
        "rules": "rewardlab.envs.bandits.online_losses:OnlineLosses",
        "kwargs": {"domain": "box", "losses": "quadratic", "gradient_noise": 0.1},
        "summary": "Online losses: quadratic ones around centres that turn, on a box, with noisy gradients.",
    },
    "rewardlab/OnlineLosses-Experts-v0": {
        "rules": "rewardlab.envs.bandits.online_losses:OnlineLosses",
        "kwargs": {"domain": "simplex", "dimension": 3, "sequence": "drifting", "spread": 0.5, "sequences": 4},
        "summary": "Online losses of 3 experts with chance, mixed on the simplex.",
    },
    "rewardlab/OnlineLosses-Extended-v0": {
        "rules": "rewardlab.envs.bandits.online_losses:OnlineLosses",
        "kwargs": {"sequence": "drifting", "spread": 0.3, "sequences": 4},
        "summary": "Online losses: linear ones with chance around a mean that drifts, on the unit ball of R^5.",
    },
    "rewardlab/OnlineLosses-Fixed-v0": {
        "rules": "rewardlab.envs.bandits.online_losses:OnlineLosses",
        "kwargs": {"sequence": "fixed"},
        "summary": "Online losses: one linear loss in all rounds, on the unit ball of R^5.",
    },
    "rewardlab/OnlineLosses-Quadratic-v0": {
        "rules": "rewardlab.envs.bandits.online_losses:OnlineLosses",
        "kwargs": {"losses": "quadratic", "sequence": "switching", "spread": 0.3, "sequences": 16},
        "summary": "Online losses: quadratic ones around centres that switch, on the unit ball of R^5.",
    },
    "rewardlab/OnlineLosses-Random-v0": {
        "rules": "rewardlab.envs.bandits.online_losses:OnlineLosses",
        "kwargs": {"sequence": "zero", "spread": 1.0, "sequences": 16},
        "summary": "Online losses: independent linear ones with mean 0, on the unit ball of R^5.",
    },
    "rewardlab/OnlineLosses-Switching-v0": {
        "rules": "rewardlab.envs.bandits.online_losses:OnlineLosses",
        "kwargs": {"sequence": "switching"},
        "summary": "Online losses: linear ones that are drawn anew 4 times, on the unit ball of R^5.",
    },
    "rewardlab/RegressionStream-v0": {
        "rules": "rewardlab.envs.bandits.regression_stream:RegressionStream",
        "summary": "Regression stream: predict noisy numbers by a rule that is turned every 5000 rounds.",
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
    "rewardlab/SlatePage-v0": {
        "rules": "rewardlab.envs.bandits.slate:SlatePage",
        "summary": "Slate page: fill 5 places from 12 items for a user; each click is paid at its place.",
    },
    "rewardlab/SlatePage-Additive-v0": {
        "rules": "rewardlab.envs.bandits.slate:SlatePage",
        "kwargs": {"penalty": 1.0},
        "summary": "Slate page without a penalty for repetition: items count one by one.",
    },
    "rewardlab/SlatePage-Late-v0": {
        "rules": "rewardlab.envs.bandits.slate:SlatePage",
        "kwargs": {"late": True},
        "summary": "Slate page: all clicks of the page are paid when it is full.",
    },
    "rewardlab/SlatePage-Noisy-v0": {
        "rules": "rewardlab.envs.bandits.slate:SlatePage",
        "kwargs": {"random_clicks": 0.3},
        "summary": "Slate page: 30 % of the clicks are a fair coin.",
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
    "rewardlab/TallyBandit-Rested-v0": {
        "rules": "rewardlab.envs.bandits.tally:TallyBandit",
        "kwargs": {
            "curves": [[0.1, 0.9], [0.2, 0.6], [0.3, 0.4], [0.05, 1.0], [0.35, 0.35]],
            "memory": 100,
            "decay": 1.0,
            "rounds": 100,
        },
        "summary": "Rotting bandit: 5 arms that pay less with every play of the episode and never recover.",
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
    "rewardlab/DuelingBandit-v0": {
        "rules": "rewardlab.envs.bandits.dueling:DuelingBandit",
    },
    "rewardlab/DuelingBandit-Cyclic-v0": {
        "rules": "rewardlab.envs.bandits.dueling:DuelingBandit",
        "kwargs": {"law": "cyclic"},
        "summary": "Dueling bandit, in a circle: the three best arms beat each other in turn, so that none is best.",
    },
    "rewardlab/DuelingBandit-Random-v0": {
        "rules": "rewardlab.envs.bandits.dueling:DuelingBandit",
        "kwargs": {"law": "random"},
        "summary": "Dueling bandit, any preferences: each pair has a chance of its own.",
    },
    "rewardlab/ContextBandit-v0": {
        "rules": "rewardlab.envs.bandits.context:ContextBandit",
    },
    "rewardlab/ContextBandit-Logistic-v0": {
        "rules": "rewardlab.envs.bandits.context:ContextBandit",
        "kwargs": {"link": "logistic", "scale": 5.0},
        "summary": "Contextual bandit, logistic: 10 vectors a round, pay of 0 or 1.",
    },
    "rewardlab/ContextBandit-Maps-v0": {
        "rules": "rewardlab.envs.bandits.context:ContextBandit",
        "kwargs": {"link": "maps"},
        "summary": "Contextual bandit, one of 200 feature maps: which of them counts must be found out.",
    },
    "rewardlab/ContextBandit-MapsTasks-v0": {
        "rules": "rewardlab.envs.bandits.context:ContextBandit",
        "kwargs": {"link": "maps", "tasks": 16},
        "summary": "Contextual bandit, 16 tasks at once that share one of 200 feature maps.",
    },
    "rewardlab/ContextBandit-Net-v0": {
        "rules": "rewardlab.envs.bandits.context:ContextBandit",
        "kwargs": {"link": "net", "tasks": 4},
        "summary": "Contextual bandit, 4 tasks at once that share the features of a hidden network.",
    },
    "rewardlab/RecommenderBandit-v0": {
        "rules": "rewardlab.envs.bandits.recommender:RecommenderBandit",
        "kwargs": {"pulls": 200},
    },
    "rewardlab/RecommenderBandit-Hard-v0": {
        "rules": "rewardlab.envs.bandits.recommender:RecommenderBandit",
        "kwargs": {"items": 30, "pulls": 1000},
        "summary": "Recommender bandit, hard: 30 items, 1000 users an episode.",
    },
    "rewardlab/TextBandit-v0": {
        "rules": "rewardlab.envs.bandits.stochastic_text:StochasticBanditText",
        "summary": "Text bandit: all pulls so far in words, and the next arm by its name.",
    },
    "rewardlab/TextBandit-Summary-v0": {
        "rules": "rewardlab.envs.bandits.stochastic_text:StochasticBanditText",
        "kwargs": {"form": "summary"},
        "summary": "Text bandit, summary: pulls and mean pay of each arm in words.",
    },
    "rewardlab/TextBandit-Guide-v0": {
        "rules": "rewardlab.envs.bandits.stochastic_text:StochasticBanditText",
        "kwargs": {"form": "guide"},
        "summary": "Text bandit, guide: the summary, and what UCB1 thinks of each arm.",
    },
    "rewardlab/TextBanditTokens-v0": {
        "rules": "rewardlab.envs.bandits.stochastic_text:StochasticBanditTokens",
        "summary": "Text bandit for small policies: the same words as numbers of characters.",
    },
    "rewardlab/TextBandit-SummaryTokens-v0": {
        "rules": "rewardlab.envs.bandits.stochastic_text:StochasticBanditTokens",
        "kwargs": {"form": "summary"},
        "summary": "Text bandit, summary, for small policies: the same words as numbers of characters.",
    },
    "rewardlab/TextBandit-GuideTokens-v0": {
        "rules": "rewardlab.envs.bandits.stochastic_text:StochasticBanditTokens",
        "kwargs": {"form": "guide"},
        "summary": "Text bandit, guide, for small policies: the same words as numbers of characters.",
    },
    "rewardlab/TextRecommender-v0": {
        "rules": "rewardlab.envs.bandits.recommender_text:RecommenderText",
        "summary": "Text recommender: one of several films by its name, for users told in words.",
    },
    "rewardlab/TextRecommender-Guide-v0": {
        "rules": "rewardlab.envs.bandits.recommender_text:RecommenderText",
        "kwargs": {"form": "guide"},
        "summary": "Text recommender, guide: what LinUCB thinks of each film for this user.",
    },
    "rewardlab/TextRecommenderTokens-v0": {
        "rules": "rewardlab.envs.bandits.recommender_text:RecommenderTokens",
        "summary": "Text recommender for small policies: the same words as numbers of characters.",
    },
    "rewardlab/TextRecommender-GuideTokens-v0": {
        "rules": "rewardlab.envs.bandits.recommender_text:RecommenderTokens",
        "kwargs": {"form": "guide"},
        "summary": "Text recommender, guide, for small policies.",
    },
    "rewardlab/PriorBandit-v0": {
        "rules": "rewardlab.envs.bandits.prior:PriorBandit",
    },
    "rewardlab/PriorBandit-Five-v0": {
        "rules": "rewardlab.envs.bandits.prior:PriorBandit",
        "kwargs": {"arms": 5, "pulls": 100},
        "summary": "Prior bandit: 5 Bernoulli arms with new means in each episode of 100 pulls.",
    },
    "rewardlab/AdversarialBanditText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "AdversarialBandit-v0", "fields": {"arms": 5, "rounds": 100}},
        "summary": "Adversarial bandit in words: its past is told, an answer is said.",
    },
    "rewardlab/AdversarialBanditTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "AdversarialBandit-v0", "fields": {"arms": 5, "rounds": 100}},
        "summary": "Adversarial bandit in words, for small policies: characters by number.",
    },
    "rewardlab/AdversarialBandit-FullText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "AdversarialBandit-Full-v0", "fields": {"arms": 5, "rounds": 100}},
        "summary": "Adversarial bandit with all losses shown in words.",
    },
    "rewardlab/AdversarialBandit-FullTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "AdversarialBandit-Full-v0", "fields": {"arms": 5, "rounds": 100}},
        "summary": "Adversarial bandit with all losses shown in words, for small policies: characters by number.",
    },
    "rewardlab/ContextBanditText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "ContextBandit-v0", "fields": {"arms": 5, "size": 4, "pulls": 60}},
        "summary": "Contextual bandit in words: its past is told, an answer is said.",
    },
    "rewardlab/ContextBanditTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "ContextBandit-v0", "fields": {"arms": 5, "size": 4, "pulls": 60}},
        "summary": "Contextual bandit in words, for small policies: characters by number.",
    },
    "rewardlab/ContextBandit-LogisticText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "ContextBandit-Logistic-v0", "fields": {"arms": 5, "size": 4, "pulls": 60}},
        "summary": "Contextual bandit, logistic in words: its past is told, an answer is said.",
    },
    "rewardlab/ContextBandit-LogisticTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "ContextBandit-Logistic-v0", "fields": {"arms": 5, "size": 4, "pulls": 60}},
        "summary": "Contextual bandit, logistic in words, for small policies: characters by number.",
    },
    "rewardlab/ContextBandit-MapsTasksText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {
            "of": "ContextBandit-MapsTasks-v0",
            "fields": {"tasks": 3, "arms": 4, "size": 4, "maps": 20, "pulls": 60},
        },
        "summary": "Contextual bandit, 3 tasks at once in words.",
    },
    "rewardlab/ContextBandit-MapsTasksTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {
            "of": "ContextBandit-MapsTasks-v0",
            "fields": {"tasks": 3, "arms": 4, "size": 4, "maps": 20, "pulls": 60},
        },
        "summary": "Contextual bandit, 3 tasks at once in words, for small policies: characters by number.",
    },
    "rewardlab/ConvexProblemText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "ConvexProblem-v0", "fields": {"rounds": 50}},
        "summary": "Convex problem in words: its past is told, an answer is said.",
    },
    "rewardlab/ConvexProblemTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "ConvexProblem-v0", "fields": {"rounds": 50}},
        "summary": "Convex problem in words, for small policies: characters by number.",
    },
    "rewardlab/DelayedBanditText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "DelayedBandit-v0", "fields": {"pulls": 100}},
        "summary": "Delayed bandit in words: its past is told, an answer is said.",
    },
    "rewardlab/DelayedBanditTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "DelayedBandit-v0", "fields": {"pulls": 100}},
        "summary": "Delayed bandit in words, for small policies: characters by number.",
    },
    "rewardlab/DelayedBandit-AnonymousText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "DelayedBandit-Anonymous-v0", "fields": {"pulls": 100}},
        "summary": "Delayed bandit, anonymous in words: its past is told, an answer is said.",
    },
    "rewardlab/DelayedBandit-AnonymousTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "DelayedBandit-Anonymous-v0", "fields": {"pulls": 100}},
        "summary": "Delayed bandit, anonymous in words, for small policies: characters by number.",
    },
    "rewardlab/DelayedBandit-EndText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "DelayedBandit-End-v0", "fields": {"arms": 3, "pulls": 10}, "episodes": 10},
        "summary": "Delayed bandit, paid at the end in words.",
    },
    "rewardlab/DelayedBandit-EndTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "DelayedBandit-End-v0", "fields": {"arms": 3, "pulls": 10}, "episodes": 10},
        "summary": "Delayed bandit, paid at the end in words, for small policies: characters by number.",
    },
    "rewardlab/DriftingBanditText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "DriftingBandit-v0", "fields": {"arms": 4, "pulls": 100}},
        "summary": "Drifting bandit in words: its past is told, an answer is said.",
    },
    "rewardlab/DriftingBanditTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "DriftingBandit-v0", "fields": {"arms": 4, "pulls": 100}},
        "summary": "Drifting bandit in words, for small policies: characters by number.",
    },
    "rewardlab/DuelingBanditText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "DuelingBandit-v0", "fields": {"arms": 5, "pulls": 100}},
        "summary": "Dueling bandit in words: its past is told, an answer is said.",
    },
    "rewardlab/DuelingBanditTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "DuelingBandit-v0", "fields": {"arms": 5, "pulls": 100}},
        "summary": "Dueling bandit in words, for small policies: characters by number.",
    },
    "rewardlab/DynamicalBanditText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "max_episode_steps": 100,
        "kwargs": {"of": "DynamicalBandit-v0"},
        "summary": "Dynamical bandit in words: its past is told, an answer is said.",
    },
    "rewardlab/DynamicalBanditTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "max_episode_steps": 100,
        "kwargs": {"of": "DynamicalBandit-v0"},
        "summary": "Dynamical bandit in words, for small policies: characters by number.",
    },
    "rewardlab/DynamicalBandit-BallText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "max_episode_steps": 100,
        "kwargs": {"of": "DynamicalBandit-Ball-v0"},
        "summary": "Dynamical bandit on a ball in words.",
    },
    "rewardlab/DynamicalBandit-BallTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "max_episode_steps": 100,
        "kwargs": {"of": "DynamicalBandit-Ball-v0"},
        "summary": "Dynamical bandit on a ball in words, for small policies: characters by number.",
    },
    "rewardlab/GoldProxyText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "GoldProxy-v0", "fields": {"prompts": 4, "responses": 10}, "episodes": 60},
        "summary": "Gold and proxy in words: its past is told, an answer is said.",
    },
    "rewardlab/GoldProxyTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "GoldProxy-v0", "fields": {"prompts": 4, "responses": 10}, "episodes": 60},
        "summary": "Gold and proxy in words, for small policies: characters by number.",
    },
    "rewardlab/GoldProxy-DrawsText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "GoldProxy-Draws-v0", "fields": {"n": 6}, "episodes": 30},
        "summary": "Gold and proxy, fresh responses in words.",
    },
    "rewardlab/GoldProxy-DrawsTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "GoldProxy-Draws-v0", "fields": {"n": 6}, "episodes": 30},
        "summary": "Gold and proxy, fresh responses in words, for small policies: characters by number.",
    },
    "rewardlab/GoldProxy-ShiftText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "GoldProxy-Shift-v0", "episodes": 20},
        "summary": "Gold and proxy, a distance in words.",
    },
    "rewardlab/GoldProxy-ShiftTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "GoldProxy-Shift-v0", "episodes": 20},
        "summary": "Gold and proxy, a distance in words, for small policies: characters by number.",
    },
    "rewardlab/HeavyTailBanditText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "HeavyTailBandit-v0", "fields": {"arms": 5}},
        "summary": "Heavy-tailed bandit in words: its past is told, an answer is said.",
    },
    "rewardlab/HeavyTailBanditTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "HeavyTailBandit-v0", "fields": {"arms": 5}},
        "summary": "Heavy-tailed bandit in words, for small policies: characters by number.",
    },
    "rewardlab/LastSwitchBanditText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "max_episode_steps": 100,
        "kwargs": {"of": "LastSwitchBandit-v0"},
        "summary": "Last-switch bandit in words: its past is told, an answer is said.",
    },
    "rewardlab/LastSwitchBanditTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "max_episode_steps": 100,
        "kwargs": {"of": "LastSwitchBandit-v0"},
        "summary": "Last-switch bandit in words, for small policies: characters by number.",
    },
    "rewardlab/LastSwitchBandit-RechargingText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "max_episode_steps": 100,
        "kwargs": {"of": "LastSwitchBandit-Recharging-v0"},
        "summary": "Recharging bandit in words: its past is told, an answer is said.",
    },
    "rewardlab/LastSwitchBandit-RechargingTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "max_episode_steps": 100,
        "kwargs": {"of": "LastSwitchBandit-Recharging-v0"},
        "summary": "Recharging bandit in words, for small policies: characters by number.",
    },
    "rewardlab/OnlineLossesText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "OnlineLosses-v0", "fields": {"dimension": 3, "rounds": 100}},
        "summary": "Online losses on a ball in words.",
    },
    "rewardlab/OnlineLossesTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "OnlineLosses-v0", "fields": {"dimension": 3, "rounds": 100}},
        "summary": "Online losses on a ball in words, for small policies: characters by number.",
    },
    "rewardlab/OnlineLosses-ExpertsText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "OnlineLosses-Experts-v0", "fields": {"rounds": 100}},
        "summary": "Online losses of experts in words: its past is told, an answer is said.",
    },
    "rewardlab/OnlineLosses-ExpertsTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "OnlineLosses-Experts-v0", "fields": {"rounds": 100}},
        "summary": "Online losses of experts in words, for small policies: characters by number.",
    },
    "rewardlab/PiecewiseBanditText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "PiecewiseBandit-v0", "fields": {"arms": 4, "changes": 2, "pulls": 100}},
        "summary": "Piecewise stationary bandit in words: its past is told, an answer is said.",
    },
    "rewardlab/PiecewiseBanditTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "PiecewiseBandit-v0", "fields": {"arms": 4, "changes": 2, "pulls": 100}},
        "summary": "Piecewise stationary bandit in words, for small policies: characters by number.",
    },
    "rewardlab/PriorBanditText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "PriorBandit-v0"},
        "summary": "Prior bandit in words: its past is told, an answer is said.",
    },
    "rewardlab/PriorBanditTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "PriorBandit-v0"},
        "summary": "Prior bandit in words, for small policies: characters by number.",
    },
    "rewardlab/RegressionStreamText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "RegressionStream-v0", "fields": {"dimension": 3, "units": 4, "every": 50, "rounds": 100}},
        "summary": "Regression stream in words: its past is told, an answer is said.",
    },
    "rewardlab/RegressionStreamTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "RegressionStream-v0", "fields": {"dimension": 3, "units": 4, "every": 50, "rounds": 100}},
        "summary": "Regression stream in words, for small policies: characters by number.",
    },
    "rewardlab/ResponseBanditText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "ResponseBandit-v0", "fields": {"prompts": 4, "responses": 6}, "episodes": 60},
        "summary": "Response bandit in words: its past is told, an answer is said.",
    },
    "rewardlab/ResponseBanditTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "ResponseBandit-v0", "fields": {"prompts": 4, "responses": 6}, "episodes": 60},
        "summary": "Response bandit in words, for small policies: characters by number.",
    },
    "rewardlab/SlatePageText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "SlatePage-v0", "episodes": 20},
        "summary": "Slate page in words: its past is told, an answer is said.",
    },
    "rewardlab/SlatePageTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "SlatePage-v0", "episodes": 20},
        "summary": "Slate page in words, for small policies: characters by number.",
    },
    "rewardlab/SwingingBanditText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "SwingingBandit-v0", "fields": {"period": 50.0, "pulls": 100}},
        "summary": "Swinging bandit in words: its past is told, an answer is said.",
    },
    "rewardlab/SwingingBanditTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "SwingingBandit-v0", "fields": {"period": 50.0, "pulls": 100}},
        "summary": "Swinging bandit in words, for small policies: characters by number.",
    },
    "rewardlab/TallyBanditText-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditText",
        "kwargs": {"of": "TallyBandit-v0", "fields": {"rounds": 100}},
        "summary": "Tallying bandit in words: its past is told, an answer is said.",
    },
    "rewardlab/TallyBanditTokens-v0": {
        "rules": "rewardlab.envs.bandits.bandit_text:BanditTokens",
        "kwargs": {"of": "TallyBandit-v0", "fields": {"rounds": 100}},
        "summary": "Tallying bandit in words, for small policies: characters by number.",
    },
}
