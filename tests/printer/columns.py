"""Says at the end of all tests how many printed codes still scan where the print head leaves out a column.

Nothing depends on it: such a head is for a technician. The codes are worn besides, as `tests.printer.paper` wears them.
"""

from pytest import TerminalReporter  # noqa: PT013 - a name, not a fixture

#: Among what a test's report carries along: how many codes it has seen, and how many of them scanned.
SEEN, SCANNED = "codes printed", "codes that scan without a column"


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    count = {SEEN: 0, SCANNED: 0}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "teardown":
                for name, value in report.user_properties:
                    if name in count:
                        count[name] += value
    if count[SEEN]:
        terminalreporter.write_line(f"{count[SCANNED]} of {count[SEEN]} printed codes scan with a missing column")
