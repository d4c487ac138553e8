"""Counterexamples: named tables of a few states, each of which tells two ways of paying apart.

    `table` names the process, `pay` the reward that is paid in it; `known` are its published or closed-form numbers

Source: Subramani, Williams, Heitmann, Holm, Griffin, Skalse, "On The Expressivity of Objective-Specification Formalisms
in Reinforcement Learning", ICLR 2024 (half_half, alternate, eventually, transient); Knox, Hatgis-Kessell, Booth,
Niekum, Stone, Allievi, "Models of Human Preference for Learning Reward Functions", TMLR 2024 (lottery, constant_shift);
Gao et al., "On Designing Effective RL Reward at Training Time for LLM Reasoning",
2024 (restate). The other tables are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rewardlab.core.errors import BadOption, nearest
from rewardlab.envs.mdps.counterexample_tables import TABLES
from rewardlab.envs.mdps.kernel import Tabular
from rewardlab.envs.mdps.sketch import Table
from rewardlab.envs.world import Card


@dataclass
class Counterexamples(Tabular):
    """One of the tables.

    Args:
        table: its name, a key of `counterexample_tables.TABLES`.
        pay: the name of the reward that is paid; None for the table's first.
        numbers: keywords of the table's function.
        steps: the steps that the returns of `describe()` count; the id sets it to its limit.

    Raises:
        BadOption: for a table, a pay or a number that is not there.
    """

    table: str = "two_routes"
    pay: str | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)
    steps: int = 100

    def __post_init__(self) -> None:
        where = "Counterexamples"
        if self.table not in TABLES:
            raise BadOption(
                f"table={self.table!r}", where=where, expected=f"one of {', '.join(TABLES)}",
                mend=nearest(str(self.table), TABLES),
            )  # fmt: skip
        try:
            made: Table = TABLES[self.table](**dict[str, Any](self.numbers))
        except (TypeError, ValueError) as error:
            raise BadOption(f"numbers={self.numbers!r}", where=where, expected=f"keywords of {self.table}") from error
        pay = next(iter(made.pays)) if self.pay is None else self.pay
        if pay not in made.pays:
            raise BadOption(
                f"pay={pay!r}",
                where=where,
                expected=f"one of {', '.join(made.pays)}",
                mend=nearest(str(pay), made.pays),
            )
        self.made, self._paid = made, pay
        proxy = pay != made.truth
        self._open(
            made.process.with_reward(made.pays[pay]),
            truth=made.pays[made.truth] if proxy else None,
            steps=self.steps,
        )

    @property
    def known(self) -> Mapping[str, float]:
        """Name -> a number that holds of the table."""
        return self.made.known

    def to_mdp(self, reward: Any = None) -> Any:
        """The exact process; `reward` may also be the name of one of the table's."""
        return super().to_mdp(self.made.pays[reward] if isinstance(reward, str) else reward)

    def _name(self, state: int) -> str:
        return self.made.names[state]

    def card(self) -> Card:
        m, known = self.process, "; ".join(f"{k}: {v:.6g}" for k, v in self.known.items())
        others = ", ".join(k for k in self.made.pays if k != self._paid)
        return self._card(
            summary=f"{self.made.about} Known numbers: {known}. Returns are those of {self.steps} steps.",
            state="; ".join(f"{k} {n}" for k, n in enumerate(self.made.names[:12]))
            + (" ..." if m.num_states > 12 else ""),
            actions={"action": f"0..{m.num_actions - 1}"},
            reward=f"the reward {self._paid!r} of the table {self.table!r}"
            + (f"; others are {others}" if others else ""),
            info={} if self._true is None else {"true_reward": f"the reward {self.made.truth!r} of the table"},
            source="Subramani et al., On The Expressivity of Objective-Specification Formalisms, ICLR 2024, and others",
        )
