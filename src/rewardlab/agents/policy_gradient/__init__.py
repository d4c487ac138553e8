"""Group policy gradients: what a policy minimises on a few scored responses of each prompt."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.policy_gradient.active_vln import Budgets as Budgets
    from rewardlab.agents.policy_gradient.active_vln import EarlyStop as EarlyStop
    from rewardlab.agents.policy_gradient.ahpo import ahpo as ahpo
    from rewardlab.agents.policy_gradient.apo import apo as apo
    from rewardlab.agents.policy_gradient.arpo import Successes as Successes
    from rewardlab.agents.policy_gradient.arpo import rescued as rescued
    from rewardlab.agents.policy_gradient.b_star import balance_score as balance_score
    from rewardlab.agents.policy_gradient.b_star import best_balance as best_balance
    from rewardlab.agents.policy_gradient.clip_cov import ClipCov as ClipCov
    from rewardlab.agents.policy_gradient.copg import copg as copg
    from rewardlab.agents.policy_gradient.critique_grpo import critique_grpo as critique_grpo
    from rewardlab.agents.policy_gradient.dapo import dapo as dapo
    from rewardlab.agents.policy_gradient.direct_advantage import direct_advantage as direct_advantage
    from rewardlab.agents.policy_gradient.dr_grpo import dr_grpo as dr_grpo
    from rewardlab.agents.policy_gradient.dsp import AdaptivePrice as AdaptivePrice
    from rewardlab.agents.policy_gradient.dsp import nucleus as nucleus
    from rewardlab.agents.policy_gradient.dsp import nucleus_law as nucleus_law
    from rewardlab.agents.policy_gradient.empg import empg as empg
    from rewardlab.agents.policy_gradient.epo import EPO as EPO
    from rewardlab.agents.policy_gradient.f_dpg import f_dpg as f_dpg
    from rewardlab.agents.policy_gradient.gain_rl import MovingWindow as MovingWindow
    from rewardlab.agents.policy_gradient.gain_rl import token_alignment as token_alignment
    from rewardlab.agents.policy_gradient.ghpo import beginning as beginning
    from rewardlab.agents.policy_gradient.ghpo import guided as guided
    from rewardlab.agents.policy_gradient.grpo import grpo as grpo
    from rewardlab.agents.policy_gradient.grpo_lambda import grpo_lambda as grpo_lambda
    from rewardlab.agents.policy_gradient.grpo_lambda import grpo_lambda_both as grpo_lambda_both
    from rewardlab.agents.policy_gradient.gspo import gspo as gspo
    from rewardlab.agents.policy_gradient.kl_cov import kl_cov as kl_cov
    from rewardlab.agents.policy_gradient.knapsack import knapsack as knapsack
    from rewardlab.agents.policy_gradient.lite_ppo import lite_ppo as lite_ppo
    from rewardlab.agents.policy_gradient.nft import nft as nft
    from rewardlab.agents.policy_gradient.oreal import oreal as oreal
    from rewardlab.agents.policy_gradient.p3o import p3o_joint as p3o_joint
    from rewardlab.agents.policy_gradient.p3o import p3o_separate as p3o_separate
    from rewardlab.agents.policy_gradient.pf_ppo import best_of_n as best_of_n
    from rewardlab.agents.policy_gradient.pf_ppo import best_random as best_random
    from rewardlab.agents.policy_gradient.pf_ppo import best_worst as best_worst
    from rewardlab.agents.policy_gradient.ppo import ppo as ppo
    from rewardlab.agents.policy_gradient.refuel import refuel as refuel
    from rewardlab.agents.policy_gradient.reinforce import reinforce as reinforce
    from rewardlab.agents.policy_gradient.riskpo import RiskPO as RiskPO
    from rewardlab.agents.policy_gradient.rlgf import D2LOLS as D2LOLS
    from rewardlab.agents.policy_gradient.rlgf import RollIn as RollIn
    from rewardlab.agents.policy_gradient.rlgf import RollOut as RollOut
    from rewardlab.agents.policy_gradient.rlgf import aggrevate as aggrevate
    from rewardlab.agents.policy_gradient.rlgf import lols as lols
    from rewardlab.agents.policy_gradient.rloo import rloo as rloo
    from rewardlab.agents.policy_gradient.rto import rewards_to_go as rewards_to_go
    from rewardlab.agents.policy_gradient.rto import token_rewards as token_rewards
    from rewardlab.agents.policy_gradient.safe import SAFE as SAFE
    from rewardlab.agents.policy_gradient.safe import soft_min as soft_min
    from rewardlab.agents.policy_gradient.salsa import soup as soup
    from rewardlab.agents.policy_gradient.stable_reinforce import stable_reinforce as stable_reinforce
    from rewardlab.agents.policy_gradient.steer import steer as steer

__getattr__ = lazy(__name__)
