"""Rows of the laws of objectives: group policy gradients."""

from contracts.objective_row import Row

from rewardlab.agents import policy_gradient as pg
from rewardlab.agents.policy_gradient.nft import failures

ROWS: dict[str, tuple[Row, ...]] = {
    "ClipCov": (
        Row(
            lambda: pg.ClipCov(fraction=0.1, least=0.0),
            updates=3,
            but={"permute": "the draws are by place", "padding": "the draws are by place"},
        ),
        Row(lambda: pg.ClipCov(fraction=1.0, least=0.5)),
    ),
    "EPO": (Row(lambda: pg.EPO(horizon=10), columns=("entropy", "turn"), updates=3),),
    "RiskPO": (
        Row(lambda: pg.RiskPO(bundle=1), updates=2),
        Row(lambda: pg.RiskPO(bundle=2), updates=2, but={"permute": "papers are made by place"}),
    ),
    "copg": (Row(lambda: pg.copg), Row(lambda: pg.copg, responses=2)),
    "dapo": (Row(lambda: pg.dapo),),
    "dr_grpo": (Row(lambda: lambda group: pg.dr_grpo(group, beta=0.1, length=8)),),
    "empg": (Row(lambda: pg.empg, columns=("entropy", "turn")),),
    "grpo": (Row(lambda: pg.grpo), Row(lambda: lambda group: pg.grpo(group, beta=0.1))),
    "grpo_lambda": (Row(lambda: pg.grpo_lambda), Row(lambda: lambda group: pg.grpo_lambda(group, decay=0.5, beta=0.1))),
    "grpo_lambda_both": (Row(lambda: pg.grpo_lambda_both),),
    "gspo": (Row(lambda: lambda group: pg.gspo(group, low=0.2, high=0.2)),),
    "kl_cov": (Row(lambda: lambda group: pg.kl_cov(group, fraction=0.1)),),
    "lite_ppo": (Row(lambda: pg.lite_ppo),),
    "nft": (Row(lambda: pg.nft), Row(lambda: lambda group: pg.nft(group, weight=failures))),
    "p3o_joint": (Row(lambda: pg.p3o_joint), Row(lambda: pg.p3o_joint, responses=2)),
    "p3o_separate": (Row(lambda: pg.p3o_separate), Row(lambda: pg.p3o_separate, responses=2)),
    "ppo": (Row(lambda: pg.ppo, columns=("advantage",)),),
    "reinforce": (Row(lambda: pg.reinforce),),
    "rloo": (Row(lambda: lambda group: pg.rloo(group, beta=0.1)), Row(lambda: pg.rloo, responses=2)),
}
