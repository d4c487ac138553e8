"""What the audit of a reward is made of: the task as a table, behaviours, loops, potentials, findings, pictures."""
