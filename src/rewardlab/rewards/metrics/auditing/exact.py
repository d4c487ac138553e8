"""What can be known of a reward where the task is a table."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rewardlab.core.mdp import TabularMDP
from rewardlab.core.tabulate import PaidTable, lost, reachable, strays
from rewardlab.rewards.metrics.auditing.behaviour import Behaviour, exactly
from rewardlab.rewards.metrics.auditing.findings import Finding, Grade
from rewardlab.rewards.metrics.auditing.loops import Loop, paying_loop
from rewardlab.rewards.metrics.auditing.policies import best_within, uniform
from rewardlab.rewards.metrics.auditing.potentials import PotentialForm, potential_form

_DROWNED = 0.02  # the task's share of the pay, at its own optimum, below which it is hardly heard
_WELL = 1e-6  # regret below which a policy counts as optimal


@dataclass(frozen=True)
class Exact:
    """All that the table tells.

    Attributes:
        table: the process as it is paid.
        truth: the same states, paid the true reward.
        behaviours: random, task-optimal, reward-optimal, and the given ones.
        wrong: [S', A] bool, actions that the reward makes optimal although the truth does not.
        regret: (least, largest) normalised regret of policies that are optimal for the reward, in 0..1.
        loop: the loop that gains most over honest work, None if none does.
        form: whether the pay is what the environment pays plus a potential.
        proxy: whether what the environment pays is not the true reward.
    """

    table: PaidTable
    truth: TabularMDP
    behaviours: tuple[Behaviour, ...]
    wrong: np.ndarray
    regret: tuple[float, float]
    loop: Loop | None
    form: PotentialForm
    proxy: bool


def study(table: PaidTable, truth: TabularMDP, policies: Mapping[str, np.ndarray], *, proxy: bool = False) -> Exact:
    """Solve what is paid, and hold it against the truth.

    Args:
        table: the process as it is paid.
        truth: its states, paid the true reward.
        policies: name -> probabilities [S', A].
        proxy: whether the environment's own pay differs from the truth.
    """
    honest, liked = truth.solve(), table.mdp.solve()
    against = PaidTable(table.mdp, truth, table.base, table.parts)
    eye = np.eye(table.mdp.num_actions)
    shown = {"random": uniform(table.mdp), "task-optimal": eye[honest.policy], "reward-optimal": eye[liked.policy]}
    behaviours = tuple(exactly(name, p, table, truth) for name, p in {**shown, **policies}.items())
    span = honest.value + truth.with_reward(-truth.R).solve().value  # best minus worst
    allowed = liked.optimal_actions(1e-8 * (1.0 + np.abs(liked.Q).max())) | table.mdp.terminal[:, None]
    best, worst = best_within(truth, allowed).value, best_within(truth, allowed, worst=True).value
    regret = tuple(float(np.clip((honest.value - v) / span, 0.0, 1.0)) if span > 1e-12 else 0.0 for v in (best, worst))
    return Exact(
        table=table,
        truth=truth,
        behaviours=behaviours,
        wrong=strays(against),
        regret=(regret[0], regret[1]),
        loop=paying_loop(against),
        form=potential_form(table),
        proxy=proxy,
    )


def findings(found: Exact, *, task: str) -> list[Finding]:
    """The exact findings in words.

    Args:
        found: what `study` found.
        task: the name of the task's own part, whose share is looked at.
    """
    out = [_optimum(found), _form(found), *_loop(found), *_ends(found), *_scale(found, task)]
    return [f for f in out if f is not None]


def _optimum(found: Exact) -> Finding:
    table, (low, high) = found.table, found.regret
    data = {"wrong_actions": int(found.wrong.sum()), "least_regret": low, "largest_regret": high}
    missing = int(lost(PaidTable(table.mdp, found.truth, table.base, table.parts)).sum())
    if high <= _WELL:
        if not found.wrong.any():
            words = "Every policy that is optimal for the reward is optimal for the task"
            more = "" if missing == 0 else f", although {missing} equally good actions are no longer among the best"
            return Finding("optimum", "good", words + more + ".", data=data)
        words = (
            f"From the start the reward's best policies lose nothing, but in {int(found.wrong.any(1).sum())} states "
        )
        words += "that other behaviour reaches they take actions that the task's best policies do not."
        return Finding("optimum", "warning", words, "check these states; an exploring agent will meet them", data)
    where = sorted({int(s) for s in table.base[found.wrong.any(1)]})
    words = (
        f"The optimal policy is NOT preserved: a policy that is best for the reward loses {_range(low, high)} of what "
    )
    words += f"the task has to give; it goes wrong in {len(where)} states ({_some(where)})."
    return Finding("optimum", "fault", words, "see the findings below for the cause", {**data, "states": where})


def _form(found: Exact) -> Finding | None:
    form, gamma = found.form, found.table.mdp.gamma
    data = {"gamma": form.gamma, "scale": form.scale, "rest": form.rest}
    paid, task = found.table.mdp, found.table.task
    if found.proxy:
        words = "The environment itself pays a proxy: what it pays is not the true reward"
        same = form.exact and np.ptp(form.phi) < 1e-9 and abs(form.scale - 1) < 1e-9
        adds = "nothing" if same else "a potential difference" if form.exact else "no potential difference"
        more = f"; the reward adds {adds} to it."
        return Finding("proxy", "note", words + more, "reward what info['true_reward'] measures, where you can", data)
    same = np.allclose(paid.R, task.R) and (task.pay is None or paid.pay is None or np.allclose(paid.pay, task.pay))
    if same:
        return Finding("potential", "note", "The pay is the task's own reward, unchanged.", data=data)
    if not form.exact:
        words = (
            "What is added to the task's reward is no potential difference, so nothing guarantees that it does no harm."
        )
        return Finding("potential", "note", words, data=data)
    grade: Grade = "fault" if found.wrong.any() else "warning"  # the guarantee is lost, the optimum need not be
    times = "the task's reward" if abs(form.scale - 1) < 1e-6 else f"{form.scale:.4g} times the task's reward"
    if form.scale <= 0:
        words = f"The pay is {times} plus a potential: the task itself is not asked for."
        return Finding("potential", "fault", words, "give the task's reward a positive weight", data)
    if gamma is not None and abs(form.gamma - gamma) > 1e-9:
        words = f"What is added is a potential difference for gamma = {form.gamma:g}, but the agent discounts with "
        words += f"{gamma:g}: the guarantee is lost."
        return Finding("gamma", grade, words, f"set gamma={gamma:g} in the shaping term", data)
    if not form.corrected:
        words = "What is added is a potential difference whose terminal states keep a potential: ends are paid for."
        return Finding("terminal", grade, words, "let the potential be 0 where an episode has terminated", data)
    words = f"The pay is {times} plus a potential difference: no optimal policy changes, whatever the potential is."
    return Finding("potential", "good", words, data=data)


def _loop(found: Exact) -> list[Finding]:
    loop = found.loop
    if loop is None and found.regret[1] > _WELL:
        return []
    if loop is None:
        return [Finding("loop", "good", "No loop pays more than to do the task.")]
    words = (
        f"A loop pays for ever: {_path(loop)}, {loop.paid:.4g} a round (the task pays {loop.task:.4g}). Going round is "
    )
    words += f"worth {loop.looping:.4g}, the task's own way {loop.honest:.4g}; so it is in {loop.everywhere} states."
    mend = "pay for progress (a potential difference) or once per episode (Milestones), not for being there"
    return [Finding("loop", "fault", words, mend, vars(loop))]


def _ends(found: Exact) -> list[Finding]:
    """Whether the reward prefers another end than the task does."""
    mdp = found.table.mdp
    if not mdp.terminal.any() or found.regret[0] <= _WELL or found.loop is not None:
        return []
    eye = np.eye(mdp.num_actions)
    liked, honest = (_end_of(found, eye[m.solve().policy]) for m in (mdp, found.truth))
    if liked is None or honest is None or not liked[3] < honest[3] - _WELL:
        return []
    words = (
        f"The reward prefers to end with step {liked[1]} (paid {liked[2]:.4g}, truly worth {liked[3]:.4g}); the task "
    )
    words += f"with step {honest[1]} (paid {honest[2]:.4g}, truly worth {honest[3]:.4g})."
    return [Finding("end", "fault", words, "pay the end that is wanted more than the one that is not")]


def _end_of(found: Exact, policy: np.ndarray) -> tuple[int, str, float, float] | None:
    """The step with which a policy most often ends: its place, its words, its pay and its true reward."""
    mdp = found.table.mdp
    weight = np.repeat(mdp.occupancy(policy).ravel(), np.diff(mdp.P.indptr)) * mdp.P.data * mdp.terminal[mdp.P.indices]
    if not weight.any():
        return None
    at = int(weight.argmax())
    row = int(np.searchsorted(mdp.P.indptr, at, side="right")) - 1
    state, action = divmod(row, mdp.num_actions)
    assert mdp.pay is not None
    words = f"state {int(found.table.base[state])}, action {action}"
    return row, words, float(mdp.pay[at]), float(found.truth.R[state, action])


def _scale(found: Exact, task: str) -> list[Finding]:
    out: list[Finding] = []
    by_name = {b.name: b for b in found.behaviours}
    best, random = by_name["task-optimal"], by_name["reward-optimal"]
    mdp = found.table.mdp
    seen = reachable(mdp)
    if np.abs(mdp.R[seen]).max(initial=0.0) == 0:
        return [Finding("silent", "fault", "The reward never pays anything.", "check its columns and conditions")]
    if np.ptp(mdp.R[seen & ~mdp.terminal]) < 1e-12:
        out.append(
            Finding("constant", "warning", "Every step is paid the same: nothing can be learned but how long to live.")
        )
    share = best.shares.get(task)
    if share is not None and len(best.shares) > 1 and share < _DROWNED:
        words = f"The task's own reward has {share:.2%} of the pay even where it is earned best: the rest drowns it."
        grade = "fault" if found.regret[1] > _WELL else "warning"
        out.append(Finding("scale", grade, words, "lower the weights of the other terms", {"share": share}))  # type: ignore[arg-type]
    if task not in best.shares and len(best.shares) > 0 and found.regret[1] > _WELL:
        out.append(Finding("task", "note", "The task's own reward is no part of the pay."))
    if random.sparsity == 1.0:
        out.append(Finding("sparsity", "note", "A policy that is best for the reward is paid nothing at all."))
    lazy = by_name["random"]
    if lazy.sparsity > 0.999:
        words = f"Random behaviour is paid nothing in {lazy.sparsity:.2%} of its steps: the reward is sparse."
        out.append(Finding("sparsity", "note", words, "a potential or a bonus may help to find it"))
    return out


def _range(low: float, high: float) -> str:
    return f"{high:.1%}" if high - low < 5e-4 else f"{low:.1%} to {high:.1%}"


def _some(states: list[int]) -> str:
    return ", ".join(map(str, states[:6])) + (" ..." if len(states) > 6 else "")


def _path(loop: Loop) -> str:
    if len(loop.states) == 1:
        return f"staying in state {loop.states[0]} with action {loop.actions[0]}"
    return "states " + " -> ".join(
        map(str, [*loop.states[:6], *([loop.states[0]] if len(loop.states) <= 6 else ["..."])])
    )
