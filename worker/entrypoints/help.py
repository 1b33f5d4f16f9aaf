"""What the commands' help has in common."""


def example(text: str) -> str:
    """Return an epilog with examples, kept line by line."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in text.splitlines())
