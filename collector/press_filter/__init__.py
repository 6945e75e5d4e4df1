"""The press filter: which presses are nobody's opinion. It only marks, with a reason; history can be re-run."""
