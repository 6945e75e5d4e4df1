"""The tables of `make bench-print`.

python -m benchmarks.printing             everything, some minutes
python -m benchmarks.printing --short     a tenth of it: does it all run?
"""

import argparse

from benchmarks.intake.report import table
from benchmarks.printing import polls, proxy, requests, slips, spool
from benchmarks.printing.installation import installation


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.printing", description=__doc__.partition("\n")[0])
    parser.add_argument("--short", action="store_true", help="a tenth of it: does it all run?")
    part = 10 if parser.parse_args().short else 1
    table("A slip", slips.HEAD, slips.measure(100 // part))
    table("The receipt proxy adds", proxy.HEAD, proxy.measure(200 // part))
    with installation() as there:
        table("The spool", spool.HEAD, spool.measure(there, 1000 // part))
        title = "HTTP request to the slip's first byte at the printer"
        table(title, requests.HEAD, requests.measure(there, 500 // part))
        table("CloudPRNT polls", polls.HEAD, polls.measure(there, 20 / part))


if __name__ == "__main__":
    main()
