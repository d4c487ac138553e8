"""Ids of the dialogues: each in numbers and in text."""

IDS = {
    "rewardlab/GuessNumber-v0": {"rules": "rewardlab.envs.text.guess_number:GuessNumber"},
    "rewardlab/GuessNumberText-v0": {
        "rules": "rewardlab.envs.text.guess_number:GuessNumberText",
        "summary": "Guess the number, in words: a dialogue with a scripted partner.",
    },
}
