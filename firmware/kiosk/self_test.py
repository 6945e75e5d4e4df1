"""The self-test. This is loaded when somebody asks for it, and then forgotten again."""

import gc

try:
    from gc import mem_free
except ImportError:
    mem_free = None


def found(board, storage, journal, buttons, unlit):
    """Look at everything that can be looked at without a hand; return what was found, in words.

    buttons: how many there should be.
    unlit: presses that could not be brought to flash.
    """
    storage.replace("test.txt", b"Smilepost")
    if storage.read("test.txt") != b"Smilepost":
        raise OSError("What is written to flash is not what can be read there.")
    down = [str(button + 1) for button in range(min(buttons, board.buttons)) if not board.level(button)]
    words = ["flash reads what was written", "%d records held" % (journal.last - journal.held + 1)]
    words.append("buttons held down: " + ", ".join(down) if down else "all buttons are up")
    if mem_free:
        gc.collect()
        words.append("%d bytes of memory free" % mem_free())
    for value, text in ((board.signal(), "Wi-Fi at %d dBm"), (board.battery(), "battery at %d mV")):
        if value is not None:
            words.append(text % value)
    if unlit:
        words.append("%d presses could not be recorded since the start" % unlit)
    return "; ".join(words) + "."
