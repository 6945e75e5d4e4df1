"""What a technician's test of a kiosk before it was hung up looks at, and what it found."""

from collector.sentences.reading import sentence

SENTENCES = (
    sentence("Flash"),
    sentence("Collector"),
    sentence("Wi-Fi"),
    sentence("Clock"),
    sentence("Button %(number)s"),
    sentence("Lights"),
    sentence("Sound"),
    sentence("Screen"),
    sentence("Test rating"),
    sentence("the broker lets it in, and the collector answers it"),
    sentence("by cable"),
    sentence("%(signal)s dBm"),
    sentence(
        "%(signal)s dBm is too weak to last. Hang it nearer to the access point, or turn it (%(weakest)s dBm or"
        " stronger)."
    ),
    sentence("within %(seconds)s s"),
    sentence("The kiosk's clock is not set: the collector sets it when it answers."),
    sentence("The kiosk's clock and this computer's are %(seconds)s s apart. Which of the two is right?"),
    sentence("pressed, recorded and lit"),
    sentence("pressed, recorded and lit, after %(buttons)s"),
    sentence("Only %(buttons)s came. Are the wires of the buttons in another order? (hardware.md)"),
    sentence("No press came. See whether its wire goes to the right pin, and the other one to ground (hardware.md)."),
    sentence("seen"),
    sentence("heard"),
    sentence("A light stayed dark. See which way round it is, and its resistor (hardware.md)."),
    sentence("Nothing was heard. Is the sounder a passive one, at its pin? (hardware.md)"),
    sentence("its code was read"),
    sentence("The code on the screen could not be read. Is the screen the one that screen.json names?"),
    sentence("No button was pressed, so nothing could arrive."),
    sentence(
        "No test press has reached the collector's table. The kiosk keeps them: look at its page whether they are on"
        " their way, and at `smilepost doctor` on the collector."
    ),
    sentence("%(there)s of %(all)s presses in the table, marked as tests"),
    sentence("The kiosk is not online: %(why)s"),
)
