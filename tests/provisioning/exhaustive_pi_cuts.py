"""Let the power go at every deed of a Raspberry Pi's first start: `make test-powercut`."""

import tempfile
from pathlib import Path

from tests.provisioning.pi_world import World, cut_everywhere

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        template = World.with_new_card(Path(folder) / "new").with_small_program()
        print(f"{cut_everywhere(template, Path(folder), 1)} cuts of the first start of a Raspberry Pi: all complete.")
