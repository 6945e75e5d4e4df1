"""What a button is worth on its scale, and which button a reply is."""


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


def button_of(kind: str, reply: int, buttons: int) -> int:
    """The button that a reply is, 1 the best: faces count from the best, 0 … 10 and 1 … n from the worst.

    Parameters
    ----------
    kind: of the scale, as `definition.Scale` has it.
    reply: in the numbers that customers see.

    Raises
    ------
    ValueError: the scale has no such reply.
    """
    button = {"smileys": reply, "nps": buttons - reply, "enps": buttons - reply}.get(kind, buttons + 1 - reply)
    if not 1 <= button <= buttons:
        raise ValueError(f"a {kind} scale of {buttons} has no {reply}")
    return button


def reply_of(kind: str, button: int, buttons: int) -> int:
    """The other way round."""
    return {"smileys": button, "nps": buttons - button, "enps": buttons - button}.get(kind, buttons + 1 - button)
