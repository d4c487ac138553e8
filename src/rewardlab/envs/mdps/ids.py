"""Ids of the tabular Markov decision processes."""

IDS = {
    "rewardlab/DeepSea-v0": {"rules": "rewardlab.envs.mdps.deep_sea:DeepSea"},
}
