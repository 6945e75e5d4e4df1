"""QR codes as pictures: SVG, sharp in every size, without anything in it but squares."""

from printer.qr import QUIET_ZONE, Symbol


def svg(symbol: Symbol) -> str:
    """A QR code with its quiet zone, black on white; one module is one unit."""
    side = symbol.size + 2 * QUIET_ZONE
    dark = "".join(
        f"M{QUIET_ZONE + x} {QUIET_ZONE + y}h1v1h-1z"
        for y, row in enumerate(symbol.modules)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path d="{dark}"/></svg>'
    )
