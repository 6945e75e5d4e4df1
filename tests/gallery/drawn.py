"""Photos that nobody took: what is attached to cases and kiosks."""

import io

from PIL import Image, ImageDraw

FACES = ("#0f766e", "#7dd3c0", "#fbbf24", "#b91c1c")


def kiosk_at_a_door() -> bytes:
    """A kiosk on its stand beside a door, on a grey day; JPEG."""
    picture = Image.new("RGB", (960, 720), "#b8b2a8")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 560, 960, 720), fill="#7d7468")
    draw.rectangle((90, 60, 420, 560), fill="#dfe6ea", outline="#5c6670", width=14)
    draw.rectangle((600, 330, 640, 600), fill="#4a4540")
    draw.rounded_rectangle((490, 210, 750, 340), 18, fill="#2b2927")
    for at, colour in enumerate(FACES):
        draw.ellipse((508 + 60 * at, 248, 558 + 60 * at, 298), fill=colour)
    return _file(picture, "JPEG")


def till() -> bytes:
    """A till on its counter; PNG."""
    picture = Image.new("RGB", (480, 360), "#c9c2b6")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((40, 210, 440, 330), fill="#6f675c")
    draw.rectangle((200, 90, 330, 190), fill="#2b2927")
    draw.rectangle((212, 102, 318, 178), fill="#7fb8f0")
    return _file(picture, "PNG")


def _file(picture: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()
