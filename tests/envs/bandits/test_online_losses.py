"""Online losses: gradients, best fixed points against a solver, the regret of known players."""

import numpy as np
import pytest

from rewardlab.core.errors import BadOption
from rewardlab.envs import WorldVectorEnv
from rewardlab.envs.bandits import OnlineLosses
from rewardlab.envs.bandits.domains import project

KEYS = ("gradient", "loss", "played", "comparator_loss", "pseudo_regret", "dynamic_regret")


def play(rules, policy, n=1, seed=0):
    """Run one episode: policy(t, gradients so far, each [n, d]) -> actions [n, d]; returns columns [T, n, ...]."""
    envs = WorldVectorEnv(rules, n)
    envs.reset(seed=seed)
    seen, out = [], []
    for t in range(rules.rounds):
        action = np.asarray(policy(t, seen), np.float32)
        _, reward, terminated, *_, info = envs.step(np.broadcast_to(action, (n, rules.dimension)))
        info = info.get("final_info", info)
        assert (terminated == (t == rules.rounds - 1)).all()
        seen.append(info["gradient"])
        out.append(
            {k: np.asarray(info[k]) for k in info if not k.startswith("_") and k != "episode"} | {"reward": reward}
        )
    return {k: np.array([o[k] for o in out]) for k in out[0]}


def random_play(seed, d):
    rng = np.random.default_rng(seed)
    return lambda t, seen: rng.uniform(-1, 1, (1, d))


@pytest.mark.parametrize("domain", ["simplex", "ball", "box"])
@pytest.mark.parametrize("losses", ["linear", "quadratic"])
@pytest.mark.parametrize("sequence,spread", [("drifting", 0.3), ("adaptive", 0.0)])
def test_regret_is_that_against_the_best_point_that_a_solver_finds(domain, losses, sequence, spread):
    radius = 1.0 if domain == "simplex" else 1.7
    rules = OnlineLosses(
        domain=domain,
        dimension=3,
        losses=losses,
        curvature=0.8,
        radius=radius,
        sequence=sequence,
        spread=spread,
        rounds=25,
    )
    out = play(rules, random_play(0, 3))
    x, mu = out["played"][:, 0], rules.curvature if losses == "quadratic" else 0.0
    v = x - out["gradient"][:, 0] / mu if mu else out["gradient"][:, 0]

    def total(y, t):
        return sum(0.5 * mu * ((y - c) ** 2).sum() if mu else y @ c for c in v[:t])

    own = np.array([0.5 * mu * ((p - c) ** 2).sum() if mu else p @ c for p, c in zip(x, v, strict=True)])
    np.testing.assert_allclose(out["loss"][:, 0], own, atol=1e-12)
    np.testing.assert_array_equal(out["reward"], -out["loss"])
    for t in (1, 10, 25):
        y = np.full(3, 1 / 3)
        step = 1.0 / (mu * t) if mu else 0.5
        for k in range(400):  # projected gradients; for linear losses a long way along the slope
            slope = sum(mu * (y - c) if mu else c for c in v[:t])
            y = project((y - step * slope * (1 if mu else 10.0 * (k + 1)))[None], domain, radius)[0]
        assert out["comparator_loss"][t - 1, 0] == pytest.approx(total(y, t), abs=1e-6)
        assert out["pseudo_regret"][:t].sum() == pytest.approx(
            own[:t].sum() - out["comparator_loss"][t - 1, 0], abs=1e-9
        )
    assert (out["dynamic_regret"] >= -1e-12).all()
    if sequence != "adaptive":
        best, loss = rules.best_fixed()
        assert loss[0] == pytest.approx(out["comparator_loss"][-1, 0], abs=1e-9) == pytest.approx(total(best[0], 25))
        np.testing.assert_allclose(v, rules.vectors[0], atol=1e-12)


@pytest.mark.parametrize("losses", ["linear", "quadratic"])
def test_what_is_shown_is_the_gradient_of_the_loss(losses):
    rules = OnlineLosses(losses=losses, curvature=1.5, rounds=5, dimension=2, domain="box")
    a, b = (play(rules, random_play(seed, 2)) for seed in (1, 2))  # the same losses, two players
    step = b["played"] - a["played"]
    curved = 0.75 * (step**2).sum(2) if losses == "quadratic" else 0.0
    np.testing.assert_allclose(b["loss"] - a["loss"], (a["gradient"] * step).sum(2) + curved, atol=1e-12)


def test_gradients_are_shown_with_the_noise_that_was_asked_for():
    rules = OnlineLosses(gradient_noise=0.5, rounds=20, sequence="fixed")
    out = play(rules, lambda t, seen: np.zeros((1, 5)), n=500)
    wrong = out["gradient"] - rules.vectors[0][:, None]
    assert abs(wrong.mean()) < 4 * 0.5 / np.sqrt(wrong.size)  # four standard errors
    assert wrong.std() == pytest.approx(0.5, rel=4 / np.sqrt(2 * wrong.size))
    assert (out["loss"] == 0).all()


@pytest.mark.parametrize("rounds", [100, 400, 1600])
def test_who_follows_the_leader_of_alternating_experts_regrets_half_of_all_rounds(rounds):
    rules = OnlineLosses(domain="simplex", dimension=2, sequence="alternating", rounds=rounds)
    total = np.zeros(2)

    def leader(t, seen):
        nonlocal total
        total = total + (seen[-1][0] if t else 0.0)
        return np.eye(2)[[total.argmin()]]

    out = play(rules, leader)
    assert out["pseudo_regret"].sum() == pytest.approx(rounds / 2, abs=1.0)


@pytest.mark.parametrize("sequence", ["fixed", "zero", "rotating", "switching", "alternating", "drifting", "adaptive"])
def test_lazy_projection_keeps_its_bound_on_every_sequence(sequence):
    d, rounds = 3, 400
    eta = 1 / np.sqrt(d * rounds)
    spread = 0.0 if sequence == "adaptive" else 0.5
    rules = OnlineLosses(domain="simplex", dimension=d, sequence=sequence, spread=spread, rounds=rounds)
    total = np.zeros((1, d))

    def ftrl(t, seen):
        nonlocal total
        total = total + (seen[-1] if t else 0.0)
        return project(1 / d - eta * total, "simplex")

    regret = play(rules, ftrl)["pseudo_regret"].sum()
    assert regret <= (1 - 1 / d) / (2 * eta) + eta * d * rounds / 2


@pytest.mark.parametrize("losses,expected", [("linear", 0.6), ("quadratic", 0.5 * 1.6**2)])
def test_the_adaptive_loss_is_the_worst_for_the_play(losses, expected):
    rules = OnlineLosses(domain="ball", dimension=2, losses=losses, sequence="adaptive", rounds=3)
    out = play(rules, lambda t, seen: np.array([[0.36, -0.48]]))
    np.testing.assert_allclose(out["loss"], expected, atol=1e-6)
    experts = OnlineLosses(domain="simplex", dimension=3, losses=losses, sequence="adaptive", rounds=3)
    out = play(experts, lambda t, seen: np.array([[0.2, 0.5, 0.3]]))
    worst = 0.5 if losses == "linear" else 0.5 * (0.8**2 + 0.5**2 + 0.3**2)
    np.testing.assert_allclose(out["loss"], worst, atol=1e-6)
    with pytest.raises(BadOption, match="adaptive"):
        rules.best_fixed()
    with pytest.raises(BadOption, match="adaptive"):
        rules.measures()


def test_episodes_draw_from_all_sequences_and_measures_scale_with_the_losses():
    rules = OnlineLosses(sequence="zero", spread=1.0, sequences=3, rounds=4)
    out = play(rules, lambda t, seen: np.zeros((1, 5)), n=60)
    drawn = {tuple(np.round(row, 6)) for row in out["gradient"][0]}
    assert drawn == {tuple(np.round(row, 6)) for row in rules.vectors[:, 0]}
    assert rules.measures()[0] == pytest.approx(4.0)
    bent = OnlineLosses(losses="quadratic", curvature=2.0, radius=3.0, sequence="fixed", domain="box", rounds=4)
    assert bent.measures()[1] == pytest.approx(36.0) and bent.measures()[0] == 0.0


@pytest.mark.parametrize("domain", ["simplex", "ball", "box"])
def test_the_best_return_is_that_of_the_best_point_of_each_round(domain):
    rules = OnlineLosses(domain=domain, dimension=2, sequence="drifting", rounds=10)
    vectors = rules.vectors[0]
    vertex = {
        "simplex": lambda v: np.eye(2)[v.argmin()],
        "ball": lambda v: -v / np.linalg.norm(v),
        "box": lambda v: -np.sign(v),
    }
    out = play(rules, lambda t, seen: vertex[domain](vectors[t])[None])
    assert out["reward"].sum() == pytest.approx(rules.card().optimal_return, abs=1e-6)
    np.testing.assert_allclose(out["dynamic_regret"], 0.0, atol=1e-6)


@pytest.mark.parametrize(
    "fields,words",
    [
        ({"domain": "cube"}, "domain='cube'"),
        ({"domain": "simplex", "dimension": 1}, "dimension=1"),
        ({"domain": "simplex", "radius": 2.0}, "radius=2.0"),
        ({"losses": "cubic"}, "losses='cubic'"),
        ({"curvature": 0.0}, "curvature=0.0"),
        ({"radius": -1.0}, "radius=-1.0"),
        ({"sequence": "adaptive", "spread": 0.5}, "spread=0.5"),
        ({"sequence": "fixed", "options": {"period": 2}}, "option 'period'"),
        ({"spread": 2.0}, "spread=2.0"),
        ({"rounds": 0}, "rounds=0"),
        ({"gradient_noise": -1.0}, "gradient_noise=-1.0"),
    ],
)
def test_mistakes_are_named(fields, words):
    with pytest.raises(BadOption, match=words):
        OnlineLosses(**fields)
