"""What theory says of the regret of each algorithm, and the play in which it is measured.

curve     one length: the constant before ln t, in units of what theory predicts, or the exponent of t
scaling   several lengths T, each with the instance that is hard at that length: the exponent of T
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv

from rewardlab.agents import bandits as agents
from rewardlab.benchmarks.case import Case
from rewardlab.benchmarks.regret import cells
from rewardlab.benchmarks.regret.rates import Kind
from rewardlab.benchmarks.suites import tabular
from rewardlab.core.arms import Arms, bernoulli_divergence

RUNS = 400
EASY = (0.9, 0.6, 0.5)
"""Arms at which constants before the logarithm are measured: far enough apart for the logarithm to begin early."""
LENGTHS = (1_000, 4_000, 16_000)
LONG = (4_000, 16_000, 64_000)
"""Where means change: a forgetful agent begins to gain from its memory only after some thousands of pulls."""
HARD_ARMS = 4


@dataclass(frozen=True)
class Claim:
    """A rate.

    Attributes:
        says: what theory says, in words, with its source.
        cases: what is played; several for a scaling.
        kind: "logarithm" or "exponent".
        low: of the interval that the fitted value has to lie in.
        high: of it.
        unit: a constant is told in units of this; 1 for exponents.
        late: the share of the steps from which a curve is fitted.
    """

    says: str
    cases: Sequence[Case]
    kind: Kind
    low: float
    high: float
    unit: float = 1.0
    late: float = 0.1

    @property
    def name(self) -> str:
        """Algorithm and environment."""
        return f"{self.cases[0].method}, {self.cases[0].env.removeprefix('rewardlab/').removesuffix('-v0')}"

    @property
    def scaling(self) -> bool:
        """Whether lengths are compared."""
        return len(self.cases) > 1


def cell(
    name: str, env: str, steps: int, *, env_kwargs: Mapping[str, Any] | None = None, runs: int = RUNS, **options: Any
) -> Case:
    """An algorithm in an environment, as many steps in each of its runs."""
    return cells.cell(getattr(agents, name), env, steps, runs=runs, env_kwargs=env_kwargs, options=options)


def levelled(means: Sequence[float], time: float, pulls: Callable[[float, float], np.ndarray]) -> np.ndarray:
    """Pulls [K] of an index agent after `time` pulls if nothing is left to chance: all arms show the same index.

    Args:
        means: [K].
        time: in pulls.
        pulls: (level, time) -> [K], how often each arm was pulled when its index has fallen to the level.
    """
    low, high = max(means) + 1e-12, max(means) + 10.0
    for _ in range(200):
        level = 0.5 * (low + high)
        low, high = (level, high) if pulls(level, time).sum() > time else (low, level)
    return pulls(high, time)


def slope(means: Sequence[float], time: float, pulls: Callable[[float, float], np.ndarray]) -> float:
    """The constant before the logarithm that levelled indices imply between a tenth of the time and its end."""
    gaps = max(means) - np.array(means)
    first, last = (float(gaps @ levelled(means, t, pulls)) for t in (time / 10, time))
    return (last - first) / math.log(10)


def squared(level: float, time: float, *, means: Sequence[float]) -> np.ndarray:
    """UCB1: 2 ln t / (level − μ)²."""
    return 2 * math.log(time) / (level - np.array(means)) ** 2


def divergence(level: float, time: float, *, means: Sequence[float]) -> np.ndarray:
    """KL-UCB: ln t / KL(μ, level)."""
    above = np.full(len(means), min(level, 1 - 1e-12))
    return math.log(time) / bernoulli_divergence(np.array(means), above)


def constants() -> list[Claim]:
    """Constants before the logarithm on arms that stay as they are."""
    steps = 20_000
    coins = {"means": list(EASY), "pulls": steps}
    unit = Arms(EASY).lai_robbins()
    play = partial(cell, env="BernoulliBandit", steps=steps, env_kwargs=coins)
    found = [
        Claim("levelled indices: n_k = 2 ln t / (level − μ_k)² (Auer, Cesa-Bianchi, Fischer 2002)",
              [play("UCB1")], "logarithm", 0.9, 1.1, slope(EASY, steps, partial(squared, means=EASY))),
        Claim("Lai and Robbins's constant (Garivier, Cappé 2011, Theorem 2), at the level of a finite time",
              [play("KLUCB")], "logarithm", 0.8, 1.2, slope(EASY, steps, partial(divergence, means=EASY))),
        Claim("Lai and Robbins's constant (Kaufmann, Korda, Munos 2012, Theorem 2)",
              [play("Thompson")], "logarithm", 0.8, 1.2, unit),
    ]  # fmt: skip
    gaps = max(EASY) - np.array(EASY)
    found.append(Claim("linear: ε times the mean gap (Sutton, Barto 2018, Section 2.2)",
                       [play("EpsilonGreedy")], "exponent", 0.9, 1.02))  # fmt: skip
    width = 60.0
    found.append(
        Claim("w times the mean gap before the logarithm, for ε = w / t (Auer, Cesa-Bianchi, Fischer 2002)",
              [play("EpsilonGreedy", epsilon=0.0, warmup=width)], "logarithm", 0.9, 1.1, width * float(gaps.mean()))
    )  # fmt: skip
    found.append(
        Claim("no regret once all but one arm are out (Even-Dar, Mannor, Mansour 2006)",
              [play("SuccessiveElimination", delta=0.01)], "exponent", -0.01, 0.03, late=0.5)
    )  # fmt: skip
    return found


def hard(steps: int) -> dict[str, Any]:
    """Arms that cannot be told apart much before `steps` pulls: one is better by √(K / T)."""
    gap = math.sqrt(HARD_ARMS / steps)
    return {"means": [0.5 + gap / 2] + [0.5 - gap / 2] * (HARD_ARMS - 1), "pulls": steps}


def scalings() -> list[Claim]:
    """Exponents of the length, each length with its own hard arms."""
    root = "√(K T) up to logarithms"
    found = []
    for name, source, options in (
        ("MOSS", "Audibert, Bubeck 2009", lambda steps: {"horizon": steps}),
        ("AnytimeMOSS", "Degenne, Perchet 2016", lambda steps: {}),
        ("Exp3", "Auer, Cesa-Bianchi, Freund, Schapire 2002", lambda steps: {}),
        ("Exp3IX", "Neu 2015", lambda steps: {}),
        ("TsallisINF", "Zimmert, Seldin 2021", lambda steps: {}),
        ("UCB1", "Lattimore, Szepesvári 2020, Theorem 7.2", lambda steps: {}),
        ("KLUCB", "Lattimore, Szepesvári 2020", lambda steps: {}),
        ("Thompson", "Agrawal, Goyal 2013", lambda steps: {}),
    ):
        plays = [cell(name, "BernoulliBandit", t, env_kwargs=hard(t), **options(t)) for t in LENGTHS]
        found.append(Claim(f"{root} ({source})", plays, "exponent", 0.4, 0.6))
    blocks = [
        cell("ExploreThenCommit", "BernoulliBandit", t, env_kwargs=half_hard(t), each=round((t / HARD_ARMS) ** (2 / 3)))
        for t in LENGTHS
    ]
    found.append(Claim("T^(2/3) with blocks of (T / K)^(2/3) (Lattimore, Szepesvári 2020, Section 6.3)",
                       blocks, "exponent", 0.57, 0.77))  # fmt: skip
    return found


def half_hard(steps: int) -> dict[str, Any]:
    """Arms at which committing after a block is hardest: the gap is (K / T)^(1/3)."""
    gap = (HARD_ARMS / steps) ** (1 / 3)
    return {"means": [0.5 + gap / 2] + [0.5 - gap / 2] * (HARD_ARMS - 1), "pulls": steps}


def changing() -> list[Claim]:
    """Exponents of the length where means change four times, however long the play is."""
    found = []
    for name, source, option in (
        ("SlidingWindowUCB", "Corollary 10", lambda t: {"window": round(2 * math.sqrt(t * math.log(t)))}),
        ("DiscountedUCB", "Corollary 4", lambda t: {"gamma": 1 - 0.25 * math.sqrt(4 / t)}),
    ):
        plays = [cell(name, "PiecewiseBandit", t, env_kwargs={"pulls": t}, runs=200, **option(t)) for t in LONG]
        found.append(Claim(f"√T up to logarithms (Garivier, Moulines 2011, {source})", plays, "exponent", 0.4, 0.7))
    return found


def others() -> list[Claim]:
    """Chosen losses, pairs, features and late effects."""
    whole = [cell("Hedge", "AdversarialBandit-Full", t, env_kwargs={"rounds": t, "sequence": "zero"}) for t in LENGTHS]
    coins = {"means": list(EASY), "pulls": 20_000}
    play = partial(cell, env="BernoulliBandit", steps=20_000, env_kwargs=coins)
    pairs = partial(cell, env="DuelingBandit", steps=20_000, env_kwargs={"pulls": 20_000}, runs=200)
    linear = partial(cell, env="ContextBandit", steps=4_000, env_kwargs={"pulls": 4_000}, runs=200)
    return [
        Claim("√(T ln K) (Freund, Schapire 1997)", whole, "exponent", 0.35, 0.6),
        Claim("a logarithm (Zoghi, Whiteson, Munos, de Rijke 2014, Theorem 4)", [pairs("RUCB")], "exponent", 0.0, 0.4),
        Claim("a logarithm (Wu, Liu 2016, Theorem 1)", [pairs("DoubleThompson")], "exponent", 0.0, 0.4),
        Claim("a logarithm, without a best arm (Zoghi, Karnin, Whiteson, de Rijke 2015)",
              [cell("Copeland", "DuelingBandit-Cyclic", 20_000, env_kwargs={"pulls": 20_000}, runs=200)],
              "exponent", 0.0, 0.4),
        Claim("a logarithm (Agrawal, Goyal 2013)",
              [cell("GaussianThompson", "StochasticBandit", 20_000, env_kwargs={"pulls": 20_000})],
              "exponent", 0.0, 0.4),
        Claim("a logarithm (Audibert, Munos, Szepesvári 2009)", [play("UCBV")], "exponent", 0.0, 0.4),
        Claim("a logarithm, with a constant step (Mei, Zhong, Dai, Agarwal, Szepesvári, Schuurmans 2023)",
              [play("GradientBandit")], "exponent", 0.0, 0.4),
        Claim("linear: ε of all steps are drawn (Langford, Zhang 2007)", [linear("LinEpsilonGreedy")],
              "exponent", 0.8, 1.05),
        Claim("√T at most up to logarithms (Filippi, Cappé, Garivier, Szepesvári 2010)",
              [cell("GLMUCB", "ContextBandit-Logistic", 2_000, env_kwargs={"pulls": 2_000}, runs=200)],
              "exponent", 0.0, 0.6),
        Claim("√T at most (Abbasi-Yadkori, Pál, Szepesvári 2011)", [linear("LinUCB", noise=0.1)], "exponent", 0.0, 0.6),
        Claim("√T at most up to logarithms (Agrawal, Goyal 2013)", [linear("LinTS")], "exponent", 0.0, 0.6),
        Claim("√T at most up to logarithms (Mussi, Metelli, Restelli 2023)",
              [cell("DynLinUCB", "DynamicalBandit", 60_000, runs=200, rho_bar=0.5)], "exponent", 0.4, 0.6),
        Claim("√T at most up to logarithms (Mussi, Metelli, Restelli 2023), with c₁ = 0.1, c₂ = 0.5",
              [cell("DynLinUCB", "DynamicalBandit", 20_000, runs=200, rho_bar=0.5, c1=0.1, c2=0.5)],
              "exponent", 0.4, 0.6),
    ]  # fmt: skip


def convex() -> list[Claim]:
    """Exponents of the length against losses that answer the play."""
    found = []
    for name, source, options in (
        ("OptimisticMirrorDescent", "Rakhlin, Sridharan 2013", {"domain": "ball"}),
        ("FTRL", "Shalev-Shwartz 2012", {"domain": "ball", "regulariser": "euclid"}),
        ("OptimisticHedge", "Rakhlin, Sridharan 2013", {}),
        ("RegretMatching", "Hart, Mas-Colell 2000", {}),
        ("RegretMatchingPlus", "Tammelin 2014", {}),
    ):
        env = "OnlineLosses-Adaptive" if options else "OnlineLosses-AdaptiveExperts"
        plays = [cell(name, env, t, env_kwargs={"rounds": t}, runs=200, **options) for t in LENGTHS]
        found.append(Claim(f"√T ({source})", plays, "exponent", 0.4, 0.6))
    linear = {"dimension": 4, "sequence": "adaptive"}
    for name in ("LogBarrierFTRL", "MagnitudeReduced"):
        plays = [
            replace(
                cell(name, "AdversarialBandit", t, env_kwargs={"rounds": t, **linear}, runs=200),
                agent=partial(pointed, kind=getattr(agents, name)),
            )
            for t in LENGTHS
        ]
        found.append(Claim("√T at most up to logarithms (Dai, Luo, Wei, Zimmert 2023)", plays, "exponent", 0.0, 0.6))
    return found


def pointed(envs: VectorEnv, seed: int, *, kind: Callable[..., Any], **options: Any) -> Any:
    """An agent that is told what each arm looks like."""
    rules: Any = envs.unwrapped
    return cells.made(envs, seed, kind=kind, points=rules.rules.features, **options)


def tables() -> list[Claim]:
    """Tabular processes; the papers' bonuses are scaled down as the names of the suite `tabular` say."""
    root, found = "√T at most up to logarithms", []
    for env, horizon in (("RiverSwim-H20", 20), ("RandomMDP-Finite", 10)):
        methods = {name: o for name, o in tabular.episodic(horizon).items() if name in EPISODIC}
        if env != "RiverSwim-H20":
            del methods["RMax"]  # its policies do not change with the step, as the best ones do there
        for case in tabular.cases(env, methods, observation="state"):
            low, high = (-0.01, 0.2) if case.method == "RMax" else (0.0, 0.6)
            says = "all but constant once all is known" if case.method == "RMax" else root
            found.append(Claim(f"{says} ({EPISODIC[case.method]})", [case], "exponent", low, high))
    for case in tabular.cases("RiverSwim", {name: tabular.ENDLESS[name] for name in ENDLESS}):
        found.append(Claim(f"{root} ({ENDLESS[case.method]})", [case], "exponent", 0.0, 0.6))
    return found


EPISODIC = {
    "UCBVI": "Azar, Osband, Munos 2017, with 0.002 of its bonus",
    "BernsteinUCBVI": "Azar, Osband, Munos 2017, with 0.05 of its bonus",
    "OptimisticQ": "Jin, Allen-Zhu, Bubeck, Jordan 2018, with 0.002 of its bonus",
    "PSRL": "Osband, Russo, Van Roy 2013",
    "RMax": "Brafman, Tennenholtz 2002",
}
ENDLESS = {
    "UCRL2": "Jaksch, Ortner, Auer 2010, with 0.03 of its radii",
    "TSDE": "Ouyang, Gagrani, Nayyar, Jain 2017",
}


def claims() -> list[Claim]:
    """All there are."""
    return [*constants(), *scalings(), *changing(), *others(), *convex(), *tables()]


def shorter(claim: Claim, times: float, runs: int) -> Claim:
    """The same claim with shorter and fewer runs, for a first look."""

    def less(case: Case) -> Case:
        steps = max(60, round(case.budget / case.num_envs * times))
        length = {k: steps for k in case.env_kwargs if k in ("pulls", "rounds")}
        return replace(case, num_envs=runs, budget=runs * steps, env_kwargs={**case.env_kwargs, **length})

    return replace(claim, cases=[less(case) for case in claim.cases])
