"""Say how many of something there are, in the singular where it is one."""


def counted(value: int, noun: str, plural: str = "") -> str:
    """Return "1 page", "1,168 pages"; `plural` is for nouns that do not just take an s."""
    return f"{value:,} {noun if value == 1 else plural or f'{noun}s'}"
