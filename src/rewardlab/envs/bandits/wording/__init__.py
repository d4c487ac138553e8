"""How each family of bandits is spoken: names, answers, what is told of a round, and the numbers of a guide."""
