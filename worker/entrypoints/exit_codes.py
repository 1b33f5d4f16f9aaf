"""How the commands end, beside 0 for well and 1 for what they tell."""

EX_USAGE = 2
EX_INTERRUPTED = 130
"""128 and the number of SIGINT, as shells have it."""
