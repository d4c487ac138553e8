"""Grid worlds: MiniGrid's rules, step for step, for many levels at once."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.envs.gridworlds.boat_race import BoatRace as BoatRace
    from rewardlab.envs.gridworlds.button_grid import ButtonGrid as ButtonGrid
    from rewardlab.envs.gridworlds.camper import Camper as Camper
    from rewardlab.envs.gridworlds.cliff import Cliff as Cliff
    from rewardlab.envs.gridworlds.collect import Collect as Collect
    from rewardlab.envs.gridworlds.grid_text import GridText as GridText
    from rewardlab.envs.gridworlds.grid_world import GridWorld as GridWorld
    from rewardlab.envs.gridworlds.key_chain import KeyChain as KeyChain
    from rewardlab.envs.gridworlds.key_room import KeyRoom as KeyRoom
    from rewardlab.envs.gridworlds.lava_diamond import LavaDiamond as LavaDiamond
    from rewardlab.envs.gridworlds.maze import MazeCurriculum as MazeCurriculum
    from rewardlab.envs.gridworlds.minigrid import MiniGridTask as MiniGridTask
    from rewardlab.envs.gridworlds.noisy_tv import NoisyTV as NoisyTV
    from rewardlab.envs.gridworlds.pick_carry import PickCarry as PickCarry
    from rewardlab.envs.gridworlds.recurring_goals import RecurringGoals as RecurringGoals
    from rewardlab.envs.gridworlds.search.enumerate_states import enumerate_states as enumerate_states
    from rewardlab.envs.gridworlds.search.planner import optimal_steps as optimal_steps
    from rewardlab.envs.gridworlds.search.shortest import shortest_solution as shortest_solution
    from rewardlab.envs.gridworlds.search.sokoban_solver import solve_sokoban as solve_sokoban
    from rewardlab.envs.gridworlds.sensor_tampering import SensorTampering as SensorTampering
    from rewardlab.envs.gridworlds.sokoban import Sokoban as Sokoban
    from rewardlab.envs.gridworlds.subgoals import Subgoals as Subgoals
    from rewardlab.envs.gridworlds.tasks.maze_levels import MazeLevel as MazeLevel
    from rewardlab.envs.gridworlds.tasks.maze_levels import mutate as mutate
    from rewardlab.envs.gridworlds.tasks.maze_levels import random_level as random_level
    from rewardlab.envs.gridworlds.tasks.maze_levels import shortest as shortest
    from rewardlab.envs.gridworlds.tasks.maze_levels import solvable as solvable
    from rewardlab.envs.gridworlds.teamwork import Teamwork as Teamwork
    from rewardlab.envs.gridworlds.tomato_grid import TomatoGrid as TomatoGrid
    from rewardlab.envs.gridworlds.vase import Vase as Vase
    from rewardlab.envs.gridworlds.windy import Windy as Windy

__getattr__ = lazy(__name__)
