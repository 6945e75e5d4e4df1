"""Links behind QR codes: who signs them, each with keys of its own. What they carry is in `printer.codes`."""
