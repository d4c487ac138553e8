"""Ids of the games."""

IDS = {
    "rewardlab/GridSkirmish-v0": {
        "rules": "rewardlab.envs.games.grid_skirmish:GridSkirmish",
        "max_episode_steps": 100,
    },
    "rewardlab/GridSkirmish-5v5-v0": {
        "rules": "rewardlab.envs.games.grid_skirmish:GridSkirmish",
        "max_episode_steps": 100,
        "kwargs": {"team": 5, "enemies": 5},
        "summary": "Grid skirmish, five against five: a team that sees little and tells each other what it sees.",
    },
    "rewardlab/MatchingPennies-v0": {
        "rules": "rewardlab.envs.games.matrix_game:MatrixGame",
        "kwargs": {"law": "matching_pennies"},
        "summary": "Matching pennies: one player wants equal sides, the other different ones; both seats.",
    },
    "rewardlab/MatrixGame-v0": {
        "rules": "rewardlab.envs.games.matrix_game:MatrixGame",
        "summary": "Matrix game: a random zero-sum game with 6 x 6 actions, 100 rounds; both seats.",
    },
    "rewardlab/MiniOvercooked-v0": {
        "rules": "rewardlab.envs.games.mini_overcooked:MiniOvercooked",
        "max_episode_steps": 200,
    },
    "rewardlab/PredicateGrid-v0": {
        "rules": "rewardlab.envs.games.predicate_grid:PredicateGrid",
        "max_episode_steps": 100,
    },
    "rewardlab/PredicateGrid-Capture-v0": {
        "rules": "rewardlab.envs.games.predicate_grid:PredicateGrid",
        "max_episode_steps": 100,
        "kwargs": {"players": 2, "tasks": "capture"},
        "summary": "Predicate grid, capture the flag: each player wants the flag on its own floor.",
    },
    "rewardlab/PredicateGrid-Hide-v0": {
        "rules": "rewardlab.envs.games.predicate_grid:PredicateGrid",
        "max_episode_steps": 100,
        "kwargs": {"players": 2, "tasks": "hide"},
        "summary": "Predicate grid, hide and seek: one player wants to see the other, who wants not to be seen.",
    },
    "rewardlab/PredicateGrid-Tag-v0": {
        "rules": "rewardlab.envs.games.predicate_grid:PredicateGrid",
        "max_episode_steps": 100,
        "kwargs": {"players": 2, "tasks": "tag"},
        "summary": "Predicate grid, tag: one player wants to be near the other, who wants not to be.",
    },
    "rewardlab/PredicateGrid-Test-v0": {
        "rules": "rewardlab.envs.games.predicate_grid:PredicateGrid",
        "max_episode_steps": 100,
        "kwargs": {"tasks": "test", "count": 100},
        "summary": "Predicate grid, held out: 100 drawn tasks of one player that training never meets.",
    },
    "rewardlab/PredicateGrid-Two-v0": {
        "rules": "rewardlab.envs.games.predicate_grid:PredicateGrid",
        "max_episode_steps": 100,
        "kwargs": {"players": 2},
        "summary": "Predicate grid of two players, each with a drawn goal of its own.",
    },
    "rewardlab/PreferenceGame-v0": {
        "rules": "rewardlab.envs.games.matrix_game:MatrixGame",
        "kwargs": {"law": "cyclic", "rounds": 1, "drawn": True},
        "summary": "Preference game: two of 6 responses, of which none beats all others, meet in one drawn duel.",
    },
    "rewardlab/PreferenceGame-BradleyTerry-v0": {
        "rules": "rewardlab.envs.games.matrix_game:MatrixGame",
        "kwargs": {"law": "bradley_terry", "rounds": 1, "drawn": True},
        "summary": "Preference game, Bradley and Terry: two of 6 responses with scores meet in one drawn duel.",
    },
    "rewardlab/PrisonersDilemma-v0": {
        "rules": "rewardlab.envs.games.matrix_game:MatrixGame",
        "kwargs": {"law": "prisoners_dilemma"},
        "summary": "Prisoners' dilemma: defecting pays each more, and both less; 100 rounds, both seats.",
    },
    "rewardlab/RepeatedPrisonersDilemma-v0": {
        "rules": "rewardlab.envs.games.matrix_duel:MatrixDuel",
        "kwargs": {"law": "prisoners_dilemma", "opponent": "tit_for_tat", "rounds": 20},
        "summary": "Repeated prisoners' dilemma: 20 rounds against tit for tat.",
    },
    "rewardlab/RockPaperScissors-v0": {
        "rules": "rewardlab.envs.games.matrix_game:MatrixGame",
        "kwargs": {"law": "rock_paper_scissors"},
        "summary": "Rock, paper, scissors: 100 rounds, both seats.",
    },
    "rewardlab/RockPaperScissors-BestResponse-v0": {
        "rules": "rewardlab.envs.games.matrix_duel:MatrixDuel",
        "kwargs": {"law": "rock_paper_scissors", "opponent": "best_response"},
        "summary": "Rock, paper, scissors: 100 rounds against the best answer to one's own shares so far.",
    },
    "rewardlab/RockPaperScissors-Biased-v0": {
        "rules": "rewardlab.envs.games.matrix_game:MatrixGame",
        "kwargs": {"law": "biased_rock_paper_scissors"},
        "summary": "Biased rock, paper, scissors: a rock that breaks scissors wins 2; both seats.",
    },
    "rewardlab/StagHunt-v0": {
        "rules": "rewardlab.envs.games.matrix_game:MatrixGame",
        "kwargs": {"law": "stag_hunt"},
        "summary": "Stag hunt: a stag takes both and pays most, a hare is safe; 100 rounds, both seats.",
    },
    "rewardlab/SweepTeam-v0": {
        "rules": "rewardlab.envs.games.sweep_team:SweepTeam",
        "max_episode_steps": 100,
    },
}
