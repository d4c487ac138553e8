"""Ids of the dialogues: each in numbers and in text."""

IDS = {
    "rewardlab/ArithChain-v0": {"rules": "rewardlab.envs.text.arith_chain:ArithChain"},
    "rewardlab/ArithChain-Calculator-v0": {
        "rules": "rewardlab.envs.text.arith_chain:ArithChain",
        "kwargs": {"calculator": True, "length": 6, "modulus": 97},
        "summary": "A long chain of operations with large numbers, and a calculator.",
    },
    "rewardlab/ArithChain-Columns-v0": {
        "rules": "rewardlab.envs.text.arith_chain:ArithChain",
        "kwargs": {"kind": "columns"},
        "summary": "Add two numbers digit by digit.",
    },
    "rewardlab/ArithChainTokens-v0": {
        "rules": "rewardlab.envs.text.tokens:DialogueTokens",
        "kwargs": {"of": "rewardlab.envs.text.arith_chain:ArithChain"},
        "summary": "Chains of arithmetic in tokens, for small policies.",
    },
    "rewardlab/GuessNumber-v0": {"rules": "rewardlab.envs.text.guess_number:GuessNumber"},
    "rewardlab/GuessNumberText-v0": {
        "rules": "rewardlab.envs.text.guess_number:GuessNumberText",
        "summary": "Guess the number, in words: a dialogue with a scripted partner.",
    },
}
