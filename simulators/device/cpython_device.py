"""Switch a virtual kiosk on in CPython: the same firmware and the same flash, for machines without the VM."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "firmware"))

from boards.virtual import Board  # type: ignore[import-not-found]
from kiosk_main import main  # type: ignore[import-not-found]

from simulators.flash import FlashImage
from simulators.flash_image import LittlefsStorage

if __name__ == "__main__":
    main(Board(), LittlefsStorage(FlashImage(os.environ["KIOSK_FLASH"])))
