"""The sandbox: the only way by which code that we did not write runs."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.core.sandbox.jail.layers import layers as layers
    from rewardlab.core.sandbox.jail.limits import Bounds as Bounds
    from rewardlab.core.sandbox.jail.session import Session as Session
    from rewardlab.core.sandbox.language.program import RewardProgram as RewardProgram
    from rewardlab.core.sandbox.language.program import compile_program as compile_program
    from rewardlab.core.sandbox.language.signature import Signature as Signature
    from rewardlab.core.sandbox.verdict import Limits as Limits
    from rewardlab.core.sandbox.verdict import Vetting as Vetting
    from rewardlab.core.sandbox.vetting import vet as vet
    from rewardlab.core.sandbox.vetting import vet_many as vet_many
    from rewardlab.core.sandbox.vetting_python import vet_python as vet_python
    from rewardlab.core.sandbox.vetting_python import vet_python_many as vet_python_many
    from rewardlab.core.sandbox.worker import JailedReward as JailedReward

__getattr__ = lazy(__name__)
