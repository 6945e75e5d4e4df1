"""What a broker is set up for, whichever it is."""

#: A kiosk holds one connection.
CONNECTIONS = 20_000
#: Bytes of a message. A kiosk says 4 KiB at most.
LARGEST = 2**16
#: Messages that a collector may have been given and not confirmed: as many as the intake holds, so that its next
#: batches fill while some are being stored. With 20, Mosquitto's default, it would wait for the broker behind every
#: commit.
UNCONFIRMED = 4_000
