"""The audit log: who saw or changed what concerns a person, and who said of an answer that it does not count."""
