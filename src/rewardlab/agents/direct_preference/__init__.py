"""Direct preference: policies that learn from comparisons, without a reward model and without sampling."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.direct_preference.accelerated import AcceleratedDPO as AcceleratedDPO
    from rewardlab.agents.direct_preference.brain import brain as brain
    from rewardlab.agents.direct_preference.cpl import cpl as cpl
    from rewardlab.agents.direct_preference.cream import cream as cream
    from rewardlab.agents.direct_preference.dpo import cdpo as cdpo
    from rewardlab.agents.direct_preference.dpo import dpo as dpo
    from rewardlab.agents.direct_preference.dpo import rdpo as rdpo
    from rewardlab.agents.direct_preference.dpop import dpop as dpop
    from rewardlab.agents.direct_preference.f_dpo import f_dpo as f_dpo
    from rewardlab.agents.direct_preference.ipo import ipo as ipo
    from rewardlab.agents.direct_preference.ipo import ipo_mean as ipo_mean
    from rewardlab.agents.direct_preference.itool import Tree as Tree
    from rewardlab.agents.direct_preference.itool import itool as itool
    from rewardlab.agents.direct_preference.itool import parted as parted
    from rewardlab.agents.direct_preference.itool import stages as stages
    from rewardlab.agents.direct_preference.itool import uncertain as uncertain
    from rewardlab.agents.direct_preference.kto import kto as kto
    from rewardlab.agents.direct_preference.lipo import lipo as lipo
    from rewardlab.agents.direct_preference.lipo import list_mle as list_mle
    from rewardlab.agents.direct_preference.lipo import list_net as list_net
    from rewardlab.agents.direct_preference.meet import MEET as MEET
    from rewardlab.agents.direct_preference.meet import controls as controls
    from rewardlab.agents.direct_preference.mpo import mpo_split as mpo_split
    from rewardlab.agents.direct_preference.orpo import orpo as orpo
    from rewardlab.agents.direct_preference.rebel import rebel as rebel
    from rewardlab.agents.direct_preference.rpo import rpo as rpo
    from rewardlab.agents.direct_preference.selm import selm as selm
    from rewardlab.agents.direct_preference.simpo import simpo as simpo
    from rewardlab.agents.direct_preference.slic import hinge_dpo as hinge_dpo
    from rewardlab.agents.direct_preference.slic import slic as slic
    from rewardlab.agents.direct_preference.spin import SPIN as SPIN
    from rewardlab.agents.direct_preference.t_reg import t_reg as t_reg
    from rewardlab.agents.direct_preference.tgdpo import tgdpo as tgdpo
    from rewardlab.agents.direct_preference.vpo import vpo as vpo
    from rewardlab.agents.direct_preference.vpo import vpo_offline as vpo_offline

__getattr__ = lazy(__name__)
