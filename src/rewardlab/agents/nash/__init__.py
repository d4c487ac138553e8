"""Nash learning: policies that no other is preferred to, where preferences need not come from a reward."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.agents.nash.dno import dno as dno
    from rewardlab.agents.nash.dno import dno_policies as dno_policies
    from rewardlab.agents.nash.dno import dno_practical as dno_practical
    from rewardlab.agents.nash.inpo import inpo as inpo
    from rewardlab.agents.nash.inpo import inpo_policies as inpo_policies
    from rewardlab.agents.nash.nash_md import nash_md as nash_md
    from rewardlab.agents.nash.nash_md import nash_md_policies as nash_md_policies
    from rewardlab.agents.nash.nash_mp import nash_mp as nash_mp
    from rewardlab.agents.nash.nash_mp import nash_mp_policies as nash_mp_policies

__getattr__ = lazy(__name__)
