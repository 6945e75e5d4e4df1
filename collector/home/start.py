"""Which page somebody begins with, by role and place."""

from flask import url_for

from collector.accounts.viewer import Viewer


def start_of(viewer: Viewer, only_store: int | None) -> str:
    """Its address.

    Parameters
    ----------
    only_store: the one store that they see, where it is one.
    """
    if not viewer.may("look"):
        return url_for("accounts.own_account")
    if viewer.role == "technician":
        return url_for("home.technician")
    if only_store is not None:
        return url_for("console.store", store_id=only_store)
    return url_for("home.of_place", place_id=viewer.place_id)
