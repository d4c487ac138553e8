"""Dialogues for others: over HTTP, as environments of TRL, and as a taskset of verifiers."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.envs.text.exports.episodes import Episodes as Episodes
    from rewardlab.envs.text.exports.http_dialogue import HttpDialogue as HttpDialogue
    from rewardlab.envs.text.exports.sheet import sheet as sheet
    from rewardlab.envs.text.exports.trl_environment import trl_environment as trl_environment
    from rewardlab.envs.text.exports.trl_environment import trl_environment_reward as trl_environment_reward
    from rewardlab.envs.text.exports.trl_rows import trl_rows as trl_rows
    from rewardlab.envs.text.exports.trl_rows import trl_verifier as trl_verifier
    from rewardlab.envs.text.exports.verifiers_tasks import verifiers_config as verifiers_config
    from rewardlab.envs.text.exports.verifiers_tasks import verifiers_taskset as verifiers_taskset

__getattr__ = lazy(__name__)
