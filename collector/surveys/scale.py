"""What a button is worth on its scale."""


def weight(button: int, buttons: int) -> float:
    """What a press is worth: 100 for the best button, 0 for the worst, even steps between.

    Parameters
    ----------
    button: 1 … `buttons`, 1 is the best.
    buttons: size of the scale, 2 or more.

    Raises
    ------
    ValueError: there is no such button, or the scale has only one.
    """
    if not 1 <= button <= buttons or buttons < 2:
        raise ValueError(f"there is no button {button} of {buttons}")
    return 100 * (buttons - button) / (buttons - 1)


def is_bad(score: float) -> bool:
    """Whether a score, 0 … 100, is on the unhappy side of its scale."""
    return score < 50
