"""QR codes as a customer's phone sees them."""

import base64

import zxingcpp
from PIL import Image


def picture(size: int, bits: str) -> Image.Image:
    """A kiosk's code as its screen shows it: `size` modules a side, packed and in base64, with a quiet zone of 4."""
    packed = base64.b64decode(bits)
    image = Image.new("L", (size + 8, size + 8), 255)
    for place in range(size * size):
        if packed[place // 8] >> (7 - place % 8) & 1:
            image.putpixel((place % size + 4, place // size + 4), 0)
    return image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST)


def read(image: Image.Image) -> str:
    """The text of the one code in a picture."""
    [code] = zxingcpp.read_barcodes(image)
    return str(code.text)
