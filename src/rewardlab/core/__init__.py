"""The ground: nouns that environments, rewards, agents and benchmarks share."""
