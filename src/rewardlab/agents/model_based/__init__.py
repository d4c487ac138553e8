"""Agents that plan with a model of the world, and do the first step of the plan."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.model_based.cem import CEM as CEM
    from rewardlab.agents.model_based.guarded import Guarded as Guarded
    from rewardlab.agents.model_based.ilqg import ILQG as ILQG
    from rewardlab.agents.model_based.predictive_sampling import PredictiveSampling as PredictiveSampling

__getattr__ = lazy(__name__)
