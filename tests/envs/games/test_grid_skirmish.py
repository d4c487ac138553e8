"""Grid skirmish against a slow simulation of the rules in words; what units know; that messages win battles."""

import numpy as np
import pytest
from torch_twin import torch_is_numpy

from rewardlab.core.errors import BadOption
from rewardlab.core.rng import Streams
from rewardlab.envs.games import GridSkirmish
from rewardlab.envs.world import WorldEnv, WorldVectorEnv

MOVES = [(-1, 0), (0, 1), (1, 0), (0, -1)]
HEALTH, DAMAGE, REACH = (12, 8), (3, 2), (1, 3)


def king(a, b):
    return max(abs(a[0] - b[0]), abs(a[1] - b[1]))


class Slow:
    """One battle in words; the enemies' choices are given."""

    def __init__(self, rules, state, i):
        self.rules, self.now = rules, 0
        self.at = [divmod(int(c), rules.side) for c in state["cell"][i]]
        self.kind = state["kind"][i].tolist()
        self.health = [HEALTH[k] for k in self.kind]
        self.known = [{} for _ in range(rules.team)]  # unit -> (time, place, health)
        self.inform()

    def inform(self):
        r = self.rules
        for a in range(r.team):
            if self.health[a] > 0:
                for u in range(r.units):
                    if king(self.at[a], self.at[u]) <= r.radius:
                        self.known[a][u] = (self.now, self.at[u], self.health[u])
        near = [[b for b in range(r.team) if self.hears(a, b)] for a in range(r.team)]
        for _ in range(r.hops):
            tables = [dict(k) for k in self.known]
            for a in range(r.team):
                for b in near[a]:
                    for u, entry in tables[b].items():
                        if u not in self.known[a] or entry[0] > self.known[a][u][0]:
                            self.known[a][u] = entry

    def hears(self, a, b):
        alive = self.health[a] > 0 and self.health[b] > 0
        return a != b and alive and king(self.at[a], self.at[b]) <= self.rules.earshot

    def step(self, own, script):
        r = self.rules
        hurt, walks, illegal = [0] * r.units, [], [False] * r.team
        for u, action in enumerate([*own, *script]):
            if self.health[u] <= 0:
                continue
            if action >= 5:
                victim = action - 5 + (r.team if u < r.team else 0)
                if self.health[victim] > 0 and king(self.at[u], self.at[victim]) <= REACH[self.kind[u]]:
                    hurt[victim] += DAMAGE[self.kind[u]]
                else:
                    assert u < r.team, "the script knows what it can reach"
                    illegal[u] = True
            elif action < 4:
                to = (self.at[u][0] + MOVES[action][0], self.at[u][1] + MOVES[action][1])
                if 0 <= to[0] < r.side and 0 <= to[1] < r.side:
                    walks.append((u, to))
                else:
                    assert u < r.team
                    illegal[u] = True
        lost = [min(h, self.health[u]) for u, h in enumerate(hurt)]
        self.health = [h - x for h, x in zip(self.health, lost, strict=True)]
        for u, to in walks:
            standing = [self.at[v] for v in range(r.units) if v != u and self.health[v] > 0]
            if self.health[u] > 0 and to not in standing:
                self.at[u] = to
        self.now += 1
        self.inform()
        full = [HEALTH[k] for k in self.kind]
        dealt, taken = sum(lost[r.team :]), sum(lost[: r.team])
        own_stand, rival = any(h > 0 for h in self.health[: r.team]), any(h > 0 for h in self.health[r.team :])
        won = own_stand and not rival
        pay = dealt / sum(full[r.team :]) - taken / sum(full[: r.team]) + won
        return pay, not (own_stand and rival), {"damage_dealt": dealt, "damage_taken": taken, "success": won}, illegal


@pytest.mark.parametrize(
    "fields", [{}, {"team": 4, "enemies": 2, "radius": 2, "hops": 1, "earshot": 6}, {"side": 8, "hops": 0}]
)
def test_rows_fight_as_a_slow_simulation_does(fields):
    rules, n, rng = GridSkirmish(**fields), 6, np.random.default_rng(0)
    streams = Streams(range(n))
    streams.begin(slice(None))
    state = rules.start(n, streams)
    twins, over = [Slow(rules, state, i) for i in range(n)], np.zeros(n, dtype=bool)
    fights = misses = 0
    for _ in range(100):
        own = rules.script(state, own=True)
        own = np.where(rng.random(own.shape) < 0.3, rng.integers(0, 5 + rules.enemies, own.shape), own)
        script = rules.script(state, own=False)
        shown = rules.available(state)
        state, reward, terminated, columns = rules.move(state, own, streams)
        seen = rules.look(state)
        for i in np.flatnonzero(~over):
            before = list(twins[i].health)
            pay, ended, told, illegal = twins[i].step(own[i].tolist(), script[i].tolist())
            assert reward[i] == pytest.approx(pay) and terminated[i] == ended
            assert {k: columns[k][i] for k in told} == told and columns["illegal"][i].tolist() == illegal
            assert [shown[i, a, own[i, a]] for a in range(rules.team) if before[a] > 0] == [
                not x for a, x in enumerate(illegal) if before[a] > 0
            ]
            assert state["health"][i].tolist() == twins[i].health
            assert [divmod(int(c), rules.side) for c in state["cell"][i]] == twins[i].at
            for a, table in enumerate(twins[i].known):
                assert set(np.flatnonzero(state["time"][i, a] >= 0)) == set(table)
                for u, (time, place, health) in table.items():
                    assert state["time"][i, a, u] == time
                    assert state["facts"][i, a, u].tolist() == [place[0] * rules.side + place[1], health]
                    told_of = seen[i, a, 2 + 6 * u : 8 + 6 * u]
                    me = twins[i].at[a]
                    expected = [1, (place[0] - me[0]) / (rules.side - 1), (place[1] - me[1]) / (rules.side - 1)]
                    expected += [health / HEALTH[twins[i].kind[u]], (twins[i].now - time) / 100, twins[i].kind[u]]
                    np.testing.assert_allclose(told_of, expected, atol=1e-6)
            fights += told["damage_dealt"]
            misses += sum(illegal)
        over |= terminated
    assert over.all() and fights > 50 and misses > 3


def battle(policy, n=600, seed=0, **fields):
    """(share won, share lost) of n battles."""
    rules, streams = GridSkirmish(**fields), Streams(range(seed, seed + n))
    streams.begin(slice(None))
    state, over = rules.start(n, streams), np.zeros(n, dtype=bool)
    won, lost = over.copy(), over.copy()
    for _ in range(100):
        state, _, terminated, columns = rules.move(state, policy(rules, state), streams)
        won |= columns["success"] & ~over
        lost |= terminated & ~over & (state["health"][:, rules.team :] > 0).any(1)
        over |= terminated
        if over.all():
            break
    return won.mean(), lost.mean()


def test_two_teams_of_one_script_are_a_match_and_focused_fire_is_better():
    n = 250
    won, lost = battle(lambda r, s: r.script(s, own=True), n, team=5, enemies=5)
    assert abs(won - lost) < 3 * np.sqrt((won + lost) / n)
    focused, beaten = battle(lambda r, s: r.script(s, own=True, weakest=True), n, team=5, enemies=5)
    assert focused - beaten > won - lost and focused > beaten + 2 * np.sqrt((focused + beaten) / n)
    rng = np.random.default_rng(0)
    assert battle(lambda r, s: rng.integers(0, 10, (100, 5)), 100, team=5, enemies=5)[0] < 0.02


def by_news(rules, state):
    """Units that attack the weakest within reach, walk towards the nearest enemy they have heard of, or wait."""
    n, place = len(state["step"]), rules._place
    near = rules.available(state)[:, :, 5:]
    victim = 5 + np.where(near, state["health"][:, None, rules.team :], 999).argmin(2)
    time, facts = state["time"][:, :, rules.team :], state["facts"][:, :, rules.team :]
    gap = place[facts[..., 0]] - place[state["cell"][:, : rules.team]][:, :, None]
    alive = (time >= 0) & (facts[..., 1] > 0)
    goal = np.where(alive, np.abs(gap).max(-1), 999).argmin(2)
    gap = np.take_along_axis(gap, goal[..., None, None], 2)[:, :, 0]
    upright, across = np.where(gap[..., 0] > 0, 2, 0), np.where(gap[..., 1] > 0, 1, 3)
    walk = np.where(np.abs(gap[..., 0]) >= np.abs(gap[..., 1]), upright, across)
    assert walk.shape == (n, rules.team)
    return np.where(near.any(2), victim, np.where(alive.any(2), walk, 4))


def test_messages_win_battles_where_units_see_little_and_change_nothing_where_they_see_all():
    n = 200
    silent, telling = (battle(by_news, n, team=5, enemies=5, hops=hops)[0] for hops in (0, 3))
    assert telling > silent + 3 * np.sqrt(0.5 / n)  # standard errors of a difference of two shares, at most
    assert battle(by_news, 60, radius=12, hops=0) == battle(by_news, 60, radius=12, hops=3)


def test_starts_are_apart_mirrored_and_random():
    rules, n = GridSkirmish(team=5, enemies=5), 400
    envs = WorldVectorEnv(rules, n)
    envs.reset(seed=0)
    state = envs._rows.state
    column = state["cell"] % 12
    assert (column[:, :5] < 3).all() and (column[:, 5:] > 8).all()
    assert all(len(set(row)) == 10 for row in state["cell"].tolist())
    np.testing.assert_array_equal(state["kind"][:, :5], state["kind"][:, 5:])
    assert abs(state["kind"].mean() - 0.5) < 4 * 0.5 / np.sqrt(5 * n)
    other = WorldVectorEnv(GridSkirmish(mirrored=False), n)
    other.reset(seed=0)
    kind = other._rows.state["kind"]
    assert (kind[:, :3] != kind[:, 3:]).any()


def test_what_is_shown():
    rules = GridSkirmish()
    env = WorldEnv(rules)
    obs, info = env.reset(seed=0)
    assert obs.shape == (3, 38) and info["available"].shape == (3, 8)
    assert (np.diagonal(info["known"][:, :3]) == 0).all()  # everybody knows itself
    text = rules.text(env._rows.state, 0).splitlines()
    assert len(text) == 14 and sorted("".join(text[:12]).replace(".", "")) == list("012abc")
    info = env.step([4, 4, 4])[-1]
    assert set(info) - {"is_success"} == set(rules.card().info)
    assert rules.draw(env._rows.state, 0).shape == (480, 480, 3)


@pytest.mark.parametrize(
    ("name", "value"), [("team", 0), ("enemies", 11), ("side", 7), ("radius", -1), ("earshot", 65), ("hops", -1)]
)
def test_mistakes_are_named(name, value):
    with pytest.raises(BadOption, match=f"{name}={value}"):
        GridSkirmish(**{name: value})


@pytest.mark.parametrize("fields", [{}, {"team": 5, "enemies": 4, "side": 9}, {"hops": 0, "radius": 2, "team": 1}])
def test_torch_steps_as_numpy_does(fields):
    rules = GridSkirmish(**fields)

    def act(dice, n):
        return dice.integers(0, rules.action_space.nvec, (n, rules.team))

    assert torch_is_numpy(rules, act, n=30, steps=60, limit=40) >= 30


def test_the_script_is_the_same_in_torch():
    """A team that fights by it, and wins: attacks, focused fire and deaths in both libraries."""
    rules = GridSkirmish(team=4, enemies=3)
    sides = [Streams(range(40)), Streams(range(40), device="cpu")]
    states = []
    for streams in sides:
        streams.begin(slice(None))
        states.append(rules.start(40, streams))
    won = 0
    for _ in range(40):
        actions = [rules.script(state, own=True, weakest=True) for state in states]
        np.testing.assert_array_equal(actions[0], actions[1].numpy())
        both = [rules.move(*part) for part in zip(states, actions, sides, strict=True)]
        np.testing.assert_array_equal(both[0][1], both[1][1].numpy())
        states = [one[0] for one in both]
        for key, value in states[0].items():
            np.testing.assert_array_equal(value, states[1][key].numpy(), err_msg=key)
        won += int(both[0][3]["success"].sum())
    assert won > 10
