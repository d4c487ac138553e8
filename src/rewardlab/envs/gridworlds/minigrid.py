"""MiniGrid's and BabyAI's tasks: their levels, their rules, their pay, for n levels at once.

    r = 1 − 0.9 t / T on the step t that succeeds, 0 otherwise

MiniGrid itself, or a generator that is equal to it seed for seed, draws the levels; the steps are our own kernel, equal
to MiniGrid's in every observation and reward. The level of an episode is named by `info["level_seed"]`: MiniGrid's own
environment, reset with it, shows the same one.

Source: Chevalier-Boisvert, Dai, Towers, Perez-Vicente, Willems, Lahlou, Pal, Castro, Terry, "Minigrid & Miniworld:
Modular & Customizable Reinforcement Learning Environments for Goal-Oriented Tasks", NeurIPS 2023; Chevalier-Boisvert,
Bahdanau, Lahlou, Willems, Saharia, Nguyen, Bengio, "BabyAI: A Platform to Study the Sample Efficiency of Grounded
Language Learning", ICLR 2019.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.gridworlds.kernel.grid_rules import GridRules
from rewardlab.envs.world import Card

# task -> (random return, optimal return): means over all its levels, exact, undiscounted, within its own time limit.
_RETURNS = {"MiniGrid-DoorKey-5x5-v0": (0.0338443838654391, 0.9646)}


@dataclass
class MiniGridTask(GridRules):
    """One of the tasks that MiniGrid registers.

    Args:
        task: MiniGrid's id.
        levels: "fresh" for a new level each episode, or the size of a pool of levels that come again; "auto" is
            "fresh" where levels cost nothing, and a pool of 1024 where MiniGrid itself has to draw them. An episode
            that begins with a seed has the level of that seed in any case.
        split: "train" or "test", two pools without a common level.
        options: keywords of MiniGrid's own class, such as {"size": 10} or {"max_steps": 50}.

    Raises:
        BadOption: for an unknown task, or options that MiniGrid refuses.
    """

    task: str = "MiniGrid-DoorKey-5x5-v0"
    levels: int | str = "auto"
    split: str = "train"
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from rewardlab.envs.gridworlds.generators.minigrid_levels import MiniGridLevels
        from rewardlab.envs.gridworlds.kernel import codes, pool

        if self.split not in pool.FIRST:
            raise BadOption(f"split={self.split!r}", where="MiniGridTask", expected=f"one of {[*pool.FIRST]}")
        whole = isinstance(self.levels, int) and not isinstance(self.levels, bool)
        if not (self.levels in ("auto", "fresh") if not whole else 1 <= int(self.levels) <= pool.LARGEST):
            raise BadOption(
                f"levels={self.levels!r}", where="MiniGridTask", expected='"auto", "fresh", or a number from 1 on'
            )
        for key in ("agent_view_size", "render_mode"):
            if key in self.options:
                raise BadOption(f"option {key!r}", where="MiniGridTask", expected="the keywords view and render_mode")
        self._draw = MiniGridLevels(self.task, self.options)
        world = self._draw.engine
        self.max_steps = int(world.max_steps)
        self._set_up(
            world.width,
            world.height,
            self._draw.missions,
            rule=self._draw.rule or codes.STANDARD,
            through=bool(world.see_through_walls),
            inside=True,
            balls=self._draw.balls,
            actions=int(world.action_space.n),
        )
        source = "fresh" if self.levels == "auto" and self._draw.cheap else self.levels
        size = 1024 if source == "auto" else source
        self._source: Any = pool.Fresh(self._draw)
        if not isinstance(size, str):
            self._source = pool.Pool(self._draw, size, self.split)
        self.fresh = self._draw if isinstance(size, str) else None  # type: ignore[misc]

    def deal(self, rng: Streams) -> tuple[Any, np.ndarray]:
        return self._source.deal(rng)

    def card(self) -> Card:
        from rewardlab.envs.gridworlds.kernel import codes
        from rewardlab.envs.gridworlds.pictures import grid_shown

        random, optimal = _RETURNS.get(self.task, (None, None)) if not self.options else (None, None)
        example = (self._draw.texts or [""])[0]
        told = self._draw.rule == codes.INSTRUCTION  # then the limit is the level's own, longer for longer instructions
        last = "T, the level's own limit of steps," if told else str(self.max_steps)
        return Card(
            summary=f"{self.task}, {self.width} x {self.height} cells: {example or 'a mission of its own each time'}.",
            observation=grid_shown.observation(self),
            action={"action": grid_shown.ACTIONS},
            reward=f"1 - 0.9 t / {last} on the step t that {grid_shown.SUCCESS[self._draw.rule or codes.STANDARD]}",
            info={
                **grid_shown.INFO,
                "level_seed": f"MiniGrid's {self.task}, reset with this seed, shows the level of this episode",
            },
            random_return=random,
            optimal_return=optimal,
            source="Chevalier-Boisvert et al., Minigrid & Miniworld, NeurIPS 2023",
        )
