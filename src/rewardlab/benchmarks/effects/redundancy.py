"""Coupled learners: what the coupling does to noise, in least squares and on a bandit.

Source: Bouvrie, Slotine, "Synchronization and Redundancy: Implications for Robustness of Neural Learning and Decision
Making", Neural Computation 2011.
"""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from rewardlab.agents.deep.coupled import Coupled, centroid_variance, complete, disagreement, ring, star
from rewardlab.benchmarks.effects.effect import Arm, Claim, Effect, Measured, each

REPLICAS = 8
LAPLACIANS = {"ring": ring, "star": star, "complete": complete}
STRENGTHS = (0.0, 0.1, 1.0)
LABEL_NOISE = 0.5
PAY, PAY_NOISE = (0.0, 0.25, 0.5, 0.75, 1.0), 3.0
LEARNERS = 400
"""Independent learners side by side, whose variance is one measurement."""


def least_squares(
    seed: int,
    *,
    inputs: int,
    topology: str,
    strength: float,
    rate: float = 0.0025,
    noise: float = 0.5,
    steps: int = 4000,
) -> Measured:
    """Weights of a reward are learned from noisy features: variances over what theory says, and errors.

    Features are standard normal, so that the curvature is 1; the gradient of a step is that of one labelled sample.
    """
    generator = torch.Generator().manual_seed(seed)
    laplacian, columns = LAPLACIANS[topology](REPLICAS), 128
    x = torch.zeros(REPLICAS, columns, inputs, dtype=torch.float64, requires_grad=True)  # the truth is 0
    learner = Coupled(torch.optim.SGD([x], rate), laplacian, strength)
    middle, spread, settled = [], [], int(4 / rate)
    for t in range(steps):
        features = torch.randn(x.shape, generator=generator, dtype=torch.float64)
        error = LABEL_NOISE * torch.randn(x.shape[:-1], generator=generator, dtype=torch.float64)
        x.grad = features * ((features * x.detach()).sum(-1) - error)[..., None]
        learner.step()
        if t >= settled:
            mean = x.detach().mean(0)
            middle.append(float(mean.square().mean()))
            spread.append(float((x.detach() - mean).square().mean()))
    # A step of size η under noise of deviation s is one of η under the flow's noise √η s.
    flow = LABEL_NOISE * rate**0.5
    centre, apart = sum(middle) / len(middle), sum(spread) / len(spread)
    return {
        "centroid": centre / centroid_variance(flow, 1.0, REPLICAS),
        "disagreement": apart / disagreement(flow, 1.0, laplacian, strength),
        "replica_over_centroid": (centre + apart) / centre,
    }


def bandit(seed: int, *, replicas: int, batch: int, strength: float, rate: float = 0.05, pulls: int = 4000) -> Measured:
    """REINFORCE on five arms: mean and variance, over learners, of what a final policy earns.

    Args:
        seed: of the rewards.
        replicas: softmax policies of one learner.
        batch: pulls of each policy in a step.
        strength: of the coupling.
        rate: step size.
        pulls: of a learner, over all its policies.
    """
    generator = torch.Generator().manual_seed(seed)
    pay = torch.tensor(PAY, dtype=torch.float64)
    logits = torch.zeros(replicas, LEARNERS, len(PAY), dtype=torch.float64, requires_grad=True)
    plain = torch.optim.SGD([logits], rate)
    learner = plain if replicas == 1 else Coupled(plain, complete(replicas), strength)
    for _ in range(pulls // (replicas * batch)):
        policy = logits.detach().softmax(-1)
        flat = policy.flatten(0, 1)
        arm = torch.multinomial(flat, batch, replacement=True, generator=generator).view(*policy.shape[:2], batch)
        paid = pay[arm] + PAY_NOISE * torch.randn(arm.shape, generator=generator, dtype=torch.float64)
        logits.grad = -_score(policy, arm, paid)
        learner.step()
    done = logits.detach()
    one, middle = done[0].softmax(-1) @ pay, done.mean(0).softmax(-1) @ pay  # [LEARNERS]
    return {
        "replica_mean": float(one.mean()),
        "replica_variance": float(one.var()),
        "centroid_mean": float(middle.mean()),
        "centroid_variance": float(middle.var()),
    }


def _score(policy: Tensor, arm: Tensor, paid: Tensor) -> Tensor:
    """Mean of r ∇ log π(a) [..., A] over the pulls [..., batch]."""
    pulled = torch.zeros_like(policy).scatter_add_(-1, arm, paid)
    return (pulled - policy * paid.sum(-1, keepdim=True)) / arm.shape[-1]


def effects() -> list[Effect]:
    """Variances in least squares, and earnings on a bandit."""
    return [_noise(inputs) for inputs in (2, 10)] + [_bandit()]


def _noise(inputs: int) -> Effect:
    arms = [
        Arm(
            f"{topology} {strength:g}",
            "step size 0.0025",
            each(partial(least_squares, inputs=inputs, topology=topology, strength=strength)),
            2.0,
        )
        for topology, strength in [*((t, 1.0) for t in LAPLACIANS), ("complete", 0.0), ("complete", 10.0)]
    ]
    claims = []
    for topology in LAPLACIANS:
        side = f"{topology} 1"
        for measure in ("centroid", "disagreement"):
            claims += [
                Claim(f"{topology}: no more than 5 % above theory", measure, side, "theory", False, 1.05),
                Claim(f"{topology}: no more than 5 % below theory", measure, side, "theory", True, 0.95),
            ]
    name = "replica_over_centroid"
    claims += [
        Claim("coupled by 1, a replica errs less beside the mean", name, "complete 1", "complete 0", False),
        Claim("coupled by 10, less still", name, "complete 10", "complete 1", False),
        Claim("and within 20 % of the mean itself", name, "complete 10", "theory", False, 1.2),
    ]
    theory = Arm("theory", "", each(_theory), 0.0)
    about = f"weights of {inputs} features from noisy labels, {REPLICAS} replicas; variances over what theory says"
    return Effect(f"coupled_noise_{inputs}", about, [*arms, theory], claims)


def _theory(seed: int) -> Measured:
    return {"centroid": 1.0, "disagreement": 1.0, "replica_over_centroid": 1.0}


def _bandit() -> Effect:
    arms = [
        Arm(f"coupled by {k:g}", "step size 0.05", each(partial(bandit, replicas=REPLICAS, batch=1, strength=k)), 0.8)
        for k in STRENGTHS
    ]
    arms.append(
        Arm(
            "one learner",
            "step size 0.05, a batch of 8",
            each(partial(bandit, replicas=1, batch=REPLICAS, strength=0.0)),
            0.3,
        )
    )
    free, weak, strong = (f"coupled by {k:g}" for k in STRENGTHS)
    claims: Sequence[Claim] = (
        Claim("a weak coupling makes a replica's earnings vary less", "replica_variance", weak, free, False),
        Claim("a strong one less still", "replica_variance", strong, weak, False),
        Claim("a replica earns no less for a weak coupling", "replica_mean", weak, free),
        Claim("nor for a strong one", "replica_mean", strong, free),
        Claim("the mean of strongly coupled replicas earns no less", "centroid_mean", strong, free),
        Claim("and no less than one learner with larger batches", "centroid_mean", strong, "one learner"),
    )
    about = f"REINFORCE on five arms, rewards with noise of deviation {PAY_NOISE:g}, 4000 pulls, {REPLICAS} replicas"
    return Effect("coupled_bandit", f"{about}; {LEARNERS} learners for each seed", arms, claims)
