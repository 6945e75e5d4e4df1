"""What has to be true when the story is over."""

from tests.rollout.house import House
from tests.rollout.story import BAD, MENDED, Told, before, takes


def check(house: House, told: Told) -> None:
    """All that was promised."""
    assert told.halted["stage"] > 0
    assert " failed" in told.halted["why"]
    assert told.offered <= told.everybody
    assert told.running[BAD] == 0

    able = takes(house)
    runs = dict(
        house.rows(
            "SELECT kiosk_id, (health->>'release')::int FROM kiosk_status JOIN kiosk ON id = kiosk_id"
            " WHERE kiosk.state = 'enrolled'"
        )
    )
    wanted = {name: MENDED if name in able else before(name) for name in [*house.fleet.kiosks, *house.fleet.vms]}
    assert runs == wanted
    really = {name: each.release for name, each in house.fleet.kiosks.items()}
    assert really == {name: wanted[name] for name in really}

    assert told.compared is not None
    assert (told.compared.lost, told.compared.doubled) == (0, 0)
    assert told.compared.lit > 0
    assert told.vms_lit > 0
