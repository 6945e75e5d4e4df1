"""How tests start a real Mosquitto from the folder that `smilepost broker mosquitto` has written."""

import os
import shutil
from pathlib import Path


def command(folder: Path) -> list[str]:
    """Its command line."""
    program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "The tests need Mosquitto. On Debian: apt-get install mosquitto"
    # As root it would become its system user, who cannot look into a test's folder.
    user = "user root\n" if os.geteuid() == 0 else ""
    configuration = folder / "as_tested.conf"
    configuration.write_text(user + (folder / "mosquitto.conf").read_text())
    return [program, "-c", str(configuration)]
