"""What runs in the MicroPython VM of a board at a serial port (`simulators.serial_board`), and what starts it."""
