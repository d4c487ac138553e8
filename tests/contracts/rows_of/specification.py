"""Rows of the laws: specifications."""

from contracts.row import Row

from rewardlab.rewards import MachinePotential, RewardMachine, compile_ltl

EDGES = (
    ("begun", "far & !success", "away", 0.25),
    ("begun", "success", "done", 1.0),
    ("away", "success & far", "done", 2.0),
    ("away", "!far", "begun", -0.5),
)


def labels(batch):
    """The propositions of the walk."""
    return {"far": batch.info["stage"] > 0, "success": batch.info["success"]}


def machine():
    """A machine with a cycle, a terminal state and pay at the end."""
    return RewardMachine(edges=EDGES, initial="begun", terminal=("done",), labels=labels, ending={"begun": -1.0})


ROWS = {
    "MachinePotential": (Row(lambda: MachinePotential(machine()), digits=1e-12),),
    "RewardMachine": (
        Row(machine),
        Row(lambda: RewardMachine(edges=[("u", "success", "v", 1.5), ("v", "!success", "u", 0.5)], initial="u")),
        Row(lambda: compile_ltl("G !success")),
        Row(lambda: compile_ltl("F (far & X F success)", labels=labels)),
    ),
}
