"""Native level generators: seed s gives, bit for bit, the level that MiniGrid gives for seed s."""
