"""One id in lockstep: all players on the single environment, then rows of a vector environment."""

from typing import Any

from rewardlab.benchmarks.lockstep import players
from rewardlab.benchmarks.lockstep.compare import compare
from rewardlab.benchmarks.lockstep.compare_vector import compare_vector
from rewardlab.benchmarks.lockstep.report import Report

ROWS = 8
SUCCESSES = 20  # of the solver, where a level can be solved
LEVELS = 200  # that the solver is shown, until it has so many
LONGEST = 20_000  # steps for an episode or two, whatever their limit
BRIEF = 120  # steps after which random players go on to another level


def play_task(task: str, steps: int, seed: int) -> dict[str, Any]:
    """Compare "rewardlab/<task>" with MiniGrid's `task`.

    Args:
        task: MiniGrid's id.
        steps: at least so many are compared, over all players and rows, unless a difference ends it.
        seed: of the first levels and of the players.

    Returns:
        `Report.plain()` of all together, with "players", the same of each of them; or {"not_made": why}, where MiniGrid
        itself cannot make such a level.
    """
    import gymnasium as gym
    import minigrid  # noqa: F401  registers MiniGrid's ids

    import rewardlab  # noqa: F401  registers ours

    def reference() -> Any:
        return gym.make(task, disable_env_checker=True).unwrapped

    try:
        theirs = reference()
        theirs.reset(seed=seed)
    except (ImportError, FileNotFoundError, gym.error.DependencyNotInstalled) as e:
        what = str(e).rpartition("/")[2].strip("'")  # the path in front of it is this machine's
        return {"not_made": f"{type(e).__name__}: {what}"}
    ours = gym.make(f"rewardlab/{task}")
    read = ours.unwrapped.rules.missions.text  # type: ignore[attr-defined]
    share = max(1, steps // 5)
    found: dict[str, Report] = {}

    def play(name: str, player: players.Player, most: int, **limits: int) -> None:
        if all(r.difference is None for r in found.values()):
            found[name] = compare(ours, theirs, player, steps=most, seed=seed + len(found), read=read, **limits)

    play("uniform", players.uniform, share)
    play("busy", players.brief(players.busy, BRIEF), share)
    play("vandal", players.brief(players.vandal, BRIEF), share)
    play("interrupted", players.interrupted, share)
    play("patient", players.patient, LONGEST, episodes=1)
    play("last moment", players.last_moment, LONGEST, episodes=2)
    play("solver", players.solver, 100 * steps, successes=SUCCESSES, episodes=LEVELS)
    if all(r.difference is None for r in found.values()):
        envs = gym.make_vec(f"rewardlab/{task}", num_envs=ROWS)
        count = -(-max(share, steps - sum(r.steps for r in found.values())) // ROWS)
        found["rows"] = compare_vector(envs, reference, players.anyone, steps=count, seed=seed + 1000, read=read)
        envs.close()
    ours.close()
    whole = sum(found.values(), start=Report())
    each = {name: r.plain() for name, r in found.items()}
    return {**whole.plain(), "players": each}
