"""Metrics: what a reward is like, how far it is from another one, and what becomes of who maximises it."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.metrics.auditing.run import Audit as Audit
    from rewardlab.rewards.metrics.auditing.run import audit as audit
    from rewardlab.rewards.metrics.calibration import Calibration as Calibration
    from rewardlab.rewards.metrics.calibration import calibration as calibration
    from rewardlab.rewards.metrics.calibration import recalibrated as recalibrated
    from rewardlab.rewards.metrics.direct_laws import dpo_step as dpo_step
    from rewardlab.rewards.metrics.direct_laws import gaussian_gold as gaussian_gold
    from rewardlab.rewards.metrics.direct_laws import gaussian_peak as gaussian_peak
    from rewardlab.rewards.metrics.direct_laws import ipo_gap as ipo_gap
    from rewardlab.rewards.metrics.implicit_reward import Comparison as Comparison
    from rewardlab.rewards.metrics.implicit_reward import Pairs as Pairs
    from rewardlab.rewards.metrics.implicit_reward import compare_reward_models as compare_reward_models
    from rewardlab.rewards.metrics.implicit_reward import evaluate_reward_model as evaluate_reward_model
    from rewardlab.rewards.metrics.implicit_reward import implicit_reward as implicit_reward
    from rewardlab.rewards.metrics.mismatch import Link as Link
    from rewardlab.rewards.metrics.mismatch import link as link
    from rewardlab.rewards.metrics.mismatch import mismatch_report as mismatch_report
    from rewardlab.rewards.metrics.mismatch import side_effects as side_effects
    from rewardlab.rewards.metrics.over_optimisation import Curve as Curve
    from rewardlab.rewards.metrics.over_optimisation import Law as Law
    from rewardlab.rewards.metrics.over_optimisation import best_of_curve as best_of_curve
    from rewardlab.rewards.metrics.over_optimisation import fit_law as fit_law
    from rewardlab.rewards.metrics.over_optimisation import pool_curve as pool_curve
    from rewardlab.rewards.metrics.over_optimisation import tilted_curve as tilted_curve
    from rewardlab.rewards.metrics.ranking_accuracy import alignment_gap as alignment_gap
    from rewardlab.rewards.metrics.ranking_accuracy import dpo_loss as dpo_loss
    from rewardlab.rewards.metrics.ranking_accuracy import flip_threshold as flip_threshold
    from rewardlab.rewards.metrics.ranking_accuracy import ideal_ranking_accuracy as ideal_ranking_accuracy
    from rewardlab.rewards.metrics.ranking_accuracy import ranking_accuracy as ranking_accuracy

__getattr__ = lazy(__name__)
