"""Tabular Markov decision processes: exact optima, exact regret."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.core.mdp import Solution as Solution
    from rewardlab.core.mdp import TabularMDP as TabularMDP
    from rewardlab.envs.mdps.adversarial import AdversarialMDP as AdversarialMDP
    from rewardlab.envs.mdps.chain import Chain as Chain
    from rewardlab.envs.mdps.chain_text import ChainText as ChainText
    from rewardlab.envs.mdps.combination_lock import CombinationLock as CombinationLock
    from rewardlab.envs.mdps.counterexamples import Counterexamples as Counterexamples
    from rewardlab.envs.mdps.deep_sea import DeepSea as DeepSea
    from rewardlab.envs.mdps.delayed_chain import DelayedChain as DelayedChain
    from rewardlab.envs.mdps.glucose import Glucose as Glucose
    from rewardlab.envs.mdps.latent import LatentMDP as LatentMDP
    from rewardlab.envs.mdps.linear_mixture import LinearMixtureMDP as LinearMixtureMDP
    from rewardlab.envs.mdps.linear_system import LinearSystem as LinearSystem
    from rewardlab.envs.mdps.loop_trap import LoopTrap as LoopTrap
    from rewardlab.envs.mdps.pan_flute import PanFlute as PanFlute
    from rewardlab.envs.mdps.queue import Queue as Queue
    from rewardlab.envs.mdps.random_mdp import RandomMDP as RandomMDP
    from rewardlab.envs.mdps.table import TableRules as TableRules
    from rewardlab.envs.mdps.taxi import Taxi as Taxi
    from rewardlab.envs.mdps.taxi_text import TaxiText as TaxiText
    from rewardlab.envs.mdps.token_tree import TokenTree as TokenTree

__getattr__ = lazy(__name__)
