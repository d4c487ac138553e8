"""The small choices that objectives on groups of responses are made of; each is a function of a few lines."""
