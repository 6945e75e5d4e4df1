"""Which page somebody begins with, by role and place."""

from collections.abc import Sequence

from flask import url_for

from collector.accounts.viewer import Viewer
from collector.places.queries import Store


def start_of(viewer: Viewer, stores: Sequence[Store]) -> str:
    """Its address.

    Parameters
    ----------
    stores: those that they see; of many, two are enough.
    """
    if not viewer.may("look"):
        return url_for("accounts.own_account")
    if viewer.role == "technician":
        return url_for("home.technician")
    if not stores and viewer.may("admin"):
        return url_for("guide.guide")
    if len(stores) == 1:
        return url_for("console.store", store_id=stores[0].id)
    return url_for("home.of_place", place_id=viewer.place_id)
