"""Back to the release before. This is loaded when somebody asks for it, and then forgotten again."""

from kiosk.slots import FACTORY, folder
from kiosk.storage import read_json

MANIFEST = "manifest.json"  # in a slot: what has been signed, and lies there


def go_back(slots, storage):
    """Have the release before started from the next start on; return a sentence.

    Raises ValueError where there is none, OSError where flash does not take it.
    """
    former = slots.former
    if not former or not _is_whole(storage, *former):
        raise ValueError("There is no release to go back to.")
    slots.go_back(*former, "somebody asked for it.")
    if former[0] == FACTORY:
        return "It goes back to the technician's program when nobody presses."
    return "It goes back to release %d when nobody presses." % former[1]


def _is_whole(storage, slot, number):
    if slot == FACTORY:
        return True
    manifest = read_json(storage, folder(slot) + MANIFEST)
    try:
        sizes = [storage.size(folder(slot) + path) == size for path, size, _ in manifest["files"]]
        return manifest["number"] == number and all(sizes)
    except (OSError, KeyError):
        return False
