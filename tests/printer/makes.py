"""Which virtual printer each kind of printer is, for tests of what comes out of it."""

import base64
import io

from PIL import Image, ImageDraw

from printer.logo import fitted
from printer.profiles import PROFILES, Profile
from simulators.escpos_reader import Reader
from simulators.paper import Strip
from simulators.printer_models import EPSON, POS_5890, RONGTA, STAR, Model

#: From their makers' manuals, once more: a printer's own idea of its sets must not come from who prints on it.
BIXOLON = Model("BIXOLON", "SRP-350", {0: "cp437", 16: "cp1252", 18: "cp852", 19: "cp858", 28: "cp1251", 47: "cp1250"})
XPRINTER = Model(
    "Xprinter",
    "XP-T80Q",
    {0: "cp437", 16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858", 23: "cp1251"},
    chinese=True,
    tells=False,
)
_BY_MAKER = {"epson": EPSON, "star": STAR, "bixolon": BIXOLON, "rongta": RONGTA, "xprinter": XPRINTER}
_MODELS = {key: _BY_MAKER.get(key.partition("-")[0], POS_5890) for key in PROFILES}


def png(image: Image.Image, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def face(size: tuple[int, int] = (300, 300)) -> Image.Image:
    """A logo as shops have it: dark on nothing."""
    image = Image.new("RGBA", size, 0)
    draw = ImageDraw.Draw(image)
    ink = (28, 60, 90, 255)
    draw.ellipse((10, 10, size[0] - 10, size[1] - 10), outline=ink, width=24)
    draw.arc((80, 80, size[0] - 80, size[1] - 80), 20, 160, fill=ink, width=24)
    return image


#: As a slip carries it.
LOGO = base64.b64encode(fitted(png(face()))).decode()
WIDE_LOGO = base64.b64encode(fitted(png(face((1500, 400))))).decode()


class Printed:
    """The paper that some bytes make on a printer of this kind."""

    def __init__(self, data: bytes, profile: Profile) -> None:
        self.strips: list[Strip] = []
        self.answers: list[bytes] = []
        self.drawer = 0
        [key] = [key for key, each in PROFILES.items() if each.name == profile.name]
        reader = Reader(profile.width, self.strips.append, self.answers.append, self._open_drawer, _MODELS[key])
        reader.feed(data)
        reader.tear()

    @property
    def text(self) -> list[str]:
        [strip] = self.strips
        return strip.text.splitlines()

    def _open_drawer(self) -> None:
        self.drawer += 1
