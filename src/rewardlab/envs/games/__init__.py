"""Games of several players: matrix games and teams on grids, with joint actions as arrays."""

from typing import TYPE_CHECKING

from rewardlab.core.lazy import lazy

if TYPE_CHECKING:
    from rewardlab.envs.games.grid_skirmish import GridSkirmish as GridSkirmish
    from rewardlab.envs.games.matrix_duel import MatrixDuel as MatrixDuel
    from rewardlab.envs.games.matrix_game import MatrixGame as MatrixGame
    from rewardlab.envs.games.mini_overcooked import MiniOvercooked as MiniOvercooked
    from rewardlab.envs.games.predicate_grid import PredicateGrid as PredicateGrid
    from rewardlab.envs.games.sweep_team import SweepTeam as SweepTeam

__getattr__ = lazy(__name__)
