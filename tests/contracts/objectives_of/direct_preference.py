"""Rows of the laws of objectives: preference objectives on pairs, lists and single responses."""

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from contracts.objective_row import Row, random_group

from rewardlab.agents import direct_preference as dp
from rewardlab.agents.parts import score


def with_columns(prompts, responses, *, seed=0):
    """A random group with the columns of single and of further responses."""
    group, rng = random_group(prompts, responses, seed=seed), np.random.default_rng(seed + 1)
    weight = np.where(np.arange(responses) < 3, 0.0, rng.gamma(2.0, size=(prompts, responses)))
    return replace(
        group,
        info={
            "calibration": weight,
            "consistency": rng.random(prompts),
            "mismatched": np.where(np.arange(responses) < max(1, responses - 2), 0.0, 1.0) * np.ones((prompts, 1)),
            "token_reward": rng.random((prompts, responses, 5)) - 0.5,
        },
    )


def with_tokens(prompts, responses, *, seed=0):
    """A random group with tokens, of which responses share the first one or two."""
    group, rng = random_group(prompts, responses, seed=seed), np.random.default_rng(seed + 1)
    tokens = rng.integers(3, size=group.logp.shape)
    tokens[..., 0] = 1
    return replace(group, info={**group.info, "tokens": tokens})


def some_tokens(group):
    """Tokens that differ from the first on."""
    g = group.reward.shape[1]
    return {"tokens": torch.arange(g)[:, None].expand(group.logp.shape)}


def further(group):
    """The last three responses are not compared."""
    return {"calibration": torch.as_tensor(np.arange(group.reward.shape[1]) >= 3).expand(group.reward.shape)}


def mismatched(group):
    """The last two responses are to other prompts."""
    marks = torch.as_tensor(np.arange(group.reward.shape[1]) >= group.reward.shape[1] - 2)
    return {"mismatched": marks.expand(group.reward.shape)}


def unmatched(group):
    """Nothing is known of other prompts."""
    return {"mismatched": torch.zeros_like(group.reward)}


def told(group):
    """What a model says of its own responses."""
    p = len(group.reward)
    return {
        "consistency": torch.full((p,), 0.9, dtype=torch.float64),
        "token_reward": 0.1 * torch.ones_like(group.logp),
    }


def both(objective, **options):
    """Pairs, and lists of which the best is set against the worst."""
    return Row(lambda: partial(objective, **options), responses=2), Row(lambda: partial(objective, **options))


ROWS: dict[str, tuple[Row, ...]] = {
    "AcceleratedDPO": (Row(lambda: dp.AcceleratedDPO(torch.nn.Linear(2, 1), 2), updates=3),),
    "MEET": (Row(lambda: dp.MEET([], {}, 2), updates=3, but={"step": "likelihood, whatever it is worth"}),),
    "SPIN": (Row(lambda: dp.SPIN(2, weights=(0.1, 5.0)), updates=3),),
    "brain": both(dp.brain),
    "cdpo": both(dp.cdpo),
    "cpl": (*both(dp.cpl), Row(lambda: partial(dp.cpl, bias=1.0, gamma=0.9))),
    "cream": (Row(lambda: dp.cream, columns=("consistency",), sample=with_columns, world=told),),
    "dpo": both(dp.dpo),
    "dpop": both(dp.dpop),
    "f_dpo": (
        *both(dp.f_dpo),
        Row(lambda: partial(dp.f_dpo, derivative=score.forward_kl)),
        Row(lambda: partial(dp.f_dpo, derivative=score.jensen_shannon)),
        Row(lambda: partial(dp.f_dpo, derivative=score.alpha_divergence)),
        Row(lambda: partial(dp.f_dpo, derivative=score.chi_squared)),
    ),
    "hinge_dpo": both(dp.hinge_dpo),
    "ipo": both(dp.ipo),
    "ipo_mean": both(dp.ipo_mean),
    "itool": (Row(lambda: dp.itool, columns=("tokens",), sample=with_tokens, world=some_tokens),),
    "kto": (
        Row(lambda: dp.kto, responses=1, columns=("mismatched",), sample=with_columns, world=unmatched),
        Row(lambda: dp.kto, columns=("mismatched",), sample=with_columns, world=mismatched),
    ),
    "lipo": both(dp.lipo),
    "list_mle": both(dp.list_mle),
    "list_net": both(dp.list_net),
    "orpo": both(dp.orpo),
    "rdpo": both(dp.rdpo),
    "rebel": both(dp.rebel),
    "rpo": both(dp.rpo),
    "selm": (Row(lambda: dp.selm, columns=("calibration",), sample=with_columns, world=further),),
    "simpo": both(dp.simpo),
    "slic": both(dp.slic),
    "t_reg": (Row(lambda: dp.t_reg, columns=("token_reward",), sample=with_columns, world=told),),
    "tgdpo": (Row(lambda: dp.tgdpo, columns=("token_reward",), sample=with_columns, world=told),),
    "vpo": (Row(lambda: dp.vpo, columns=("calibration",), sample=with_columns, world=further),),
    "vpo_offline": both(dp.vpo_offline),
}
OTHERS = ("Tree", "controls", "mpo_split", "parted", "stages", "uncertain")
"""What the family's table names beside objectives: choices of data, and a search."""
