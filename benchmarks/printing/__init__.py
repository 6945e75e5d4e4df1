"""What printing costs, as tables for docs/benchmarks.md: `make bench-print`.

__main__        the tables, one after the other
slips           bytes and milliseconds of a slip, by kind of printer
proxy           what the receipt proxy adds
spool           slips a second that the spool brings to printers
requests        from a POS's HTTP request to the slip's first byte at the printer
polls           printers that call, CloudPRNT
quick_printer   the printer that all but the polls print on
installation    a database, a store, and our programs

Everything is on one machine, and our programs run in processes of their own, as they are shipped.
"""
