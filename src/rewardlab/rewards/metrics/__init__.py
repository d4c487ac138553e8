"""Metrics: what a reward is like, how far it is from another one, and what becomes of who maximises it."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.rewards.metrics.auditing.run import Audit as Audit
    from rewardlab.rewards.metrics.auditing.run import audit as audit
    from rewardlab.rewards.metrics.calibration import Calibration as Calibration
    from rewardlab.rewards.metrics.calibration import calibration as calibration
    from rewardlab.rewards.metrics.calibration import recalibrated as recalibrated
    from rewardlab.rewards.metrics.convex_augmentation import hull_vertices as hull_vertices
    from rewardlab.rewards.metrics.convex_augmentation import principal_components as principal_components
    from rewardlab.rewards.metrics.cycles import Cycle as Cycle
    from rewardlab.rewards.metrics.cycles import best_cycle as best_cycle
    from rewardlab.rewards.metrics.cycles import paying_cycle as paying_cycle
    from rewardlab.rewards.metrics.dard import dard as dard
    from rewardlab.rewards.metrics.direct_laws import dpo_step as dpo_step
    from rewardlab.rewards.metrics.direct_laws import gaussian_gold as gaussian_gold
    from rewardlab.rewards.metrics.direct_laws import gaussian_peak as gaussian_peak
    from rewardlab.rewards.metrics.direct_laws import ipo_gap as ipo_gap
    from rewardlab.rewards.metrics.epic import epic as epic
    from rewardlab.rewards.metrics.epic import epic_sampled as epic_sampled
    from rewardlab.rewards.metrics.implicit_reward import Comparison as Comparison
    from rewardlab.rewards.metrics.implicit_reward import Pairs as Pairs
    from rewardlab.rewards.metrics.implicit_reward import compare_reward_models as compare_reward_models
    from rewardlab.rewards.metrics.implicit_reward import evaluate_reward_model as evaluate_reward_model
    from rewardlab.rewards.metrics.implicit_reward import implicit_reward as implicit_reward
    from rewardlab.rewards.metrics.knee import Sweep as Sweep
    from rewardlab.rewards.metrics.knee import hacking_sweep as hacking_sweep
    from rewardlab.rewards.metrics.knee import knee as knee
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
    from rewardlab.rewards.metrics.rank_correlation import RankCorrelation as RankCorrelation
    from rewardlab.rewards.metrics.rank_correlation import rank_correlation as rank_correlation
    from rewardlab.rewards.metrics.rank_correlation import rank_correlation_of as rank_correlation_of
    from rewardlab.rewards.metrics.ranking_accuracy import alignment_gap as alignment_gap
    from rewardlab.rewards.metrics.ranking_accuracy import dpo_loss as dpo_loss
    from rewardlab.rewards.metrics.ranking_accuracy import flip_threshold as flip_threshold
    from rewardlab.rewards.metrics.ranking_accuracy import ideal_ranking_accuracy as ideal_ranking_accuracy
    from rewardlab.rewards.metrics.ranking_accuracy import ranking_accuracy as ranking_accuracy
    from rewardlab.rewards.metrics.regret import regret_of as regret_of
    from rewardlab.rewards.metrics.regret import regret_range as regret_range
    from rewardlab.rewards.metrics.regret import worst_regret as worst_regret
    from rewardlab.rewards.metrics.reward_consistency import contrast_pairs as contrast_pairs
    from rewardlab.rewards.metrics.reward_consistency import instruction_consistency as instruction_consistency
    from rewardlab.rewards.metrics.reward_consistency import response_consistency as response_consistency
    from rewardlab.rewards.metrics.reward_fusion import fused_reward as fused_reward
    from rewardlab.rewards.metrics.scorecard import Scorecard as Scorecard
    from rewardlab.rewards.metrics.scorecard import density as density
    from rewardlab.rewards.metrics.scorecard import samples_to as samples_to
    from rewardlab.rewards.metrics.scorecard import scorecard as scorecard
    from rewardlab.rewards.metrics.stability import Stability as Stability
    from rewardlab.rewards.metrics.stability import cliff_index as cliff_index
    from rewardlab.rewards.metrics.stability import effective_reward as effective_reward
    from rewardlab.rewards.metrics.stability import flip as flip
    from rewardlab.rewards.metrics.stability import soft_policy as soft_policy
    from rewardlab.rewards.metrics.stability import stability as stability
    from rewardlab.rewards.metrics.stability import switch_points as switch_points
    from rewardlab.rewards.metrics.starc import starc as starc
    from rewardlab.rewards.metrics.starc_sampled import fitted_value as fitted_value
    from rewardlab.rewards.metrics.starc_sampled import starc_sampled as starc_sampled

__getattr__ = lazy(__name__)
