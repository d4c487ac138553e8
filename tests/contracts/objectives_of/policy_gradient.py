"""Rows of the laws of objectives: group policy gradients."""

from dataclasses import replace
from functools import partial

import numpy as np
from contracts.objective_row import Row, random_group

from rewardlab.agents import policy_gradient as pg
from rewardlab.agents.policy_gradient.f_dpg import forward_kl, reverse_kl, total_variation
from rewardlab.agents.policy_gradient.nft import failures

OTHERS = {
    "AdaptivePrice",
    "Budgets",
    "EarlyStop",
    "MovingWindow",
    "RollIn",
    "RollOut",
    "Successes",
    "token_alignment",
    "balance_score",
    "beginning",
    "best_balance",
    "best_of_n",
    "best_random",
    "best_worst",
    "guided",
    "knapsack",
    "nucleus",
    "rescued",
    "rewards_to_go",
    "soft_min",
    "soup",
    "token_rewards",
    "nucleus_law",
}
"""What the family's table names beside objectives: choices of what is sampled and kept, and rewards of tokens."""


def with_columns(prompts, responses, *, seed=0):
    """A random group with the columns of single methods."""
    group, rng = random_group(prompts, responses, seed=seed), np.random.default_rng(seed + 1)
    columns = {
        "guide_advantage": rng.normal(size=group.logp.shape),
        "expert": np.arange(responses) == rng.integers(0, responses, (prompts, 1)),
        "off_policy": rng.random((prompts, responses)) < 0.3,
        "step_advantage": rng.normal(size=(prompts, responses)),
        "log_target": -rng.gamma(2.0, size=(prompts, responses)),
        "token_score": rng.normal(size=group.logp.shape),
    }
    return replace(group, info={**group.info, **columns})


def all_own(group):
    """No refinements and no experts."""
    return {"off_policy": group.reward != group.reward, "expert": group.reward != group.reward}


def paid(group):
    """A critic that is right, and a token model that knows the outcome."""
    return {"step_advantage": group.reward, "token_score": group.reward[..., None] + 0 * group.old_logp}


def target(group):
    """The policy tilted by the reward."""
    return {"log_target": group.old_logp.sum(-1) + group.reward}


def guide(group):
    """A guide that earns what the policy does."""
    return {"guide_advantage": group.info["advantage"]}


ROWS: dict[str, tuple[Row, ...]] = {
    "ClipCov": (
        Row(
            lambda: pg.ClipCov(fraction=0.1, least=0.0),
            updates=3,
            but={"permute": "the draws are by place", "padding": "the draws are by place"},
        ),
        Row(lambda: pg.ClipCov(fraction=1.0, least=0.5)),
    ),
    "D2LOLS": tuple(
        Row(
            partial(pg.D2LOLS, n), columns=("advantage", "guide_advantage"), sample=with_columns, world=guide, updates=3
        )
        for n in (2, 9)
    ),
    "EPO": (Row(lambda: pg.EPO(horizon=10), columns=("entropy", "turn"), updates=3),),
    "RiskPO": (
        Row(lambda: pg.RiskPO(bundle=1), updates=2),
        Row(lambda: pg.RiskPO(bundle=2), updates=2, but={"permute": "papers are made by place"}),
    ),
    "SAFE": (
        Row(lambda: pg.SAFE(base=0.0), columns=("advantage", "entropy"), updates=3),
        Row(lambda: pg.SAFE(), columns=("advantage", "entropy"), updates=120),
    ),
    "aggrevate": (Row(lambda: pg.aggrevate, columns=("turn",)),),
    "ahpo": (Row(lambda: pg.ahpo, columns=("expert",), sample=with_columns, world=all_own),),
    "apo": (Row(lambda: lambda group: pg.apo(group, base=1.5, beta=0.1)),),
    "copg": (Row(lambda: pg.copg), Row(lambda: pg.copg, responses=2)),
    "critique_grpo": (Row(lambda: pg.critique_grpo, columns=("off_policy",), sample=with_columns, world=all_own),),
    "dapo": (Row(lambda: pg.dapo),),
    "direct_advantage": (
        Row(lambda: pg.direct_advantage, columns=("step_advantage",), sample=with_columns, world=paid),
    ),
    "dr_grpo": (Row(lambda: lambda group: pg.dr_grpo(group, beta=0.1, length=8)),),
    "empg": (Row(lambda: pg.empg, columns=("entropy", "turn")),),
    "f_dpg": (
        Row(lambda: pg.f_dpg, columns=("log_target",), sample=with_columns, world=target),
        *(
            Row(lambda f=f: partial(pg.f_dpg, slope=f), columns=("log_target",), sample=with_columns, world=target)
            for f in (forward_kl, reverse_kl, total_variation)
        ),
    ),
    "grpo": (Row(lambda: pg.grpo), Row(lambda: lambda group: pg.grpo(group, beta=0.1))),
    "grpo_lambda": (Row(lambda: pg.grpo_lambda), Row(lambda: lambda group: pg.grpo_lambda(group, decay=0.5, beta=0.1))),
    "grpo_lambda_both": (Row(lambda: pg.grpo_lambda_both),),
    "gspo": (Row(lambda: lambda group: pg.gspo(group, low=0.2, high=0.2)),),
    "kl_cov": (Row(lambda: lambda group: pg.kl_cov(group, fraction=0.1)),),
    "lite_ppo": (Row(lambda: pg.lite_ppo),),
    "lols": (Row(lambda: pg.lols, columns=("advantage", "guide_advantage"), sample=with_columns, world=guide),),
    "nft": (Row(lambda: pg.nft), Row(lambda: lambda group: pg.nft(group, weight=failures))),
    "oreal": (Row(lambda: pg.oreal, columns=("token_score",), sample=with_columns, world=paid),),
    "p3o_joint": (Row(lambda: pg.p3o_joint), Row(lambda: pg.p3o_joint, responses=2)),
    "p3o_separate": (Row(lambda: pg.p3o_separate), Row(lambda: pg.p3o_separate, responses=2)),
    "ppo": (Row(lambda: pg.ppo, columns=("advantage",)),),
    "refuel": (Row(lambda: pg.refuel), Row(lambda: pg.refuel, responses=2)),
    "reinforce": (Row(lambda: pg.reinforce),),
    "rloo": (Row(lambda: lambda group: pg.rloo(group, beta=0.1)), Row(lambda: pg.rloo, responses=2)),
    "stable_reinforce": (
        Row(lambda: pg.stable_reinforce),
        Row(lambda: partial(pg.stable_reinforce, least=0.95, most=1.05, outlier=1.0)),
    ),
    "steer": (Row(lambda: pg.steer, columns=("entropy",)),),
}
