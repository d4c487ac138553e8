"""The laws of a single environment, each a small function named after itself."""

from collections.abc import Callable

from rewardlab.core.testing import laws_of_conduct as conduct
from rewardlab.core.testing import laws_of_data as data
from rewardlab.core.testing.subject import Subject

LAWS: tuple[Callable[[Subject], None], ...] = (
    data.gymnasium_api,
    data.observation_space,
    data.plain_reward,
    data.finite_reward,
    data.boolean_flags,
    data.plain_info,
    data.observation_kept,
    data.info_kept,
    data.observation_apart,
    data.action_kept,
    conduct.deterministic,
    conduct.seeded_reset,
    conduct.reset_forgets,
    conduct.seed_types,
    conduct.space_sampling,
    conduct.global_random,
    conduct.hash_order,
    conduct.clock,
    conduct.pickles,
    conduct.deepcopies,
    conduct.step_before_reset,
    conduct.step_after_end,
    conduct.close_twice,
    conduct.bad_actions,
    conduct.rendering,
)
PROCESSES = frozenset({"hash_order", "clock"})
"""Laws that start another Python."""
STRICT = frozenset({"step_before_reset", "step_after_end", "bad_actions", "seed_types", "pickles", "deepcopies"})
"""Laws that Gymnasium does not ask for."""
