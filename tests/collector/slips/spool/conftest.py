"""The spool brings slips to virtual printers."""

from tests.printer.conftest import make_printer, virtual

__all__ = ["make_printer", "virtual"]
