"""The loop of planners: a model is given, nothing is learned from steps, and the plan is played."""

from dataclasses import InitVar, dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from rewardlab.agents.loops.rollout import Step
from rewardlab.agents.loops.tabular import TabularAgent
from rewardlab.agents.loops.tabular_plans import model_of
from rewardlab.core.errors import BadSpace
from rewardlab.core.mdp import Solution, TabularMDP


@dataclass(eq=False, kw_only=True)
class Planner(TabularAgent):
    """An agent that makes its plan when it is made; `learn` plays it, and changes nothing.

    Methods write `solve`.

    Args:
        mdp: the model; None for that of the environment itself, where it has `to_mdp`. It is not written to files, the
            plan is.

    Attributes:
        Q: [S, A] values of the plan.
        V: [S].

    Raises:
        BadOption: without a model.
        BadSpace: for a model with other states or actions than the environment has.
    """

    mdp: InitVar[TabularMDP | None] = None

    def __post_init__(self, mdp: TabularMDP | None) -> None:  # type: ignore[override]
        self._model = mdp
        super().__post_init__()

    def solve(self, mdp: TabularMDP) -> Solution:
        """The plan."""
        raise NotImplementedError

    def prepare(self) -> None:
        self.Q, self.V = np.zeros((self.num_states, self.num_actions)), np.zeros(self.num_states)
        if self._rollout is None and self._model is None:
            return  # it is being loaded
        model = self._model or model_of(self._rollout.envs, self._name)  # type: ignore[union-attr]
        if (model.num_states, model.num_actions) != self.Q.shape:
            raise BadSpace(
                f"a model of {model.num_states} states and {model.num_actions} actions",
                where=self._name,
                expected=f"{self.Q.shape[0]} and {self.Q.shape[1]}, as the environment has",
            )
        found = self.solve(model)
        self.Q, self.V = found.Q, found.V

    def choose(self, obs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return self.greedy(obs)

    def absorb(self, step: Step) -> None:
        assert isinstance(self.observation_space, spaces.Discrete)  # nothing is learned

    def tables(self) -> dict[str, Any]:
        return {"Q": self.Q, "V": self.V}
