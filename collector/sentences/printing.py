"""What printers, and those who bring them slips, say of a slip that was not printed, or perhaps."""

from collector.sentences.reading import sentence

PRINTERS = (
    sentence("The printer is ready."),
    sentence("The printer's paper will soon be at its end: have a new roll at hand."),
    sentence("This kind of printer never says how it is: look at it now and then."),
    sentence("The printer is out of paper: put in a new roll."),
    sentence("The printer's cover is open: close it."),
    sentence("The printer's blade is stuck: open the cover and free it."),
    sentence("The printer is switched to offline: see what its panel says."),
    sentence("The printer reports a fault: switch it off and on again, and see what its panel says."),
    sentence("The printer cannot be reached: is it switched on, and is its cable plugged in?"),
    sentence("The printer does not say how it is: is its cover closed, and is nobody else printing?"),
    sentence("Sent. This kind of printer never says whether it has printed."),
    sentence("The connection broke while the slip was on its way."),
    sentence("A slip was on its way, and what the printer has taken of it may still come out."),
    sentence("The printer stopped in the middle of the slip."),
    sentence("The printer took the slip and did not say whether it printed it."),
    sentence("%(address)s leads to no printer: it should begin with tcp://, serial:/// or usb:///."),
    sentence("%(address)s leads to no printer: no machine can have such a name."),
    sentence("The name %(name)s leads to this machine or to its own cable: write the printer's address."),
    sentence("The printer is set up as %(kind)s, which nobody knows: choose another kind."),
    sentence("%(kind)s has no code page %(page)s: choose another one, or none."),
    sentence(
        "The link has %(count)s letters, which is too long for a code on this paper: give the collector a shorter"
        " address."
    ),
)
#: That call for their slips by themselves.
CALLING = (
    sentence("The printer fetched the slip and did not say whether it printed it."),
    sentence("The printer has never called: is our address typed in at its own page as it was shown?"),
    sentence("The printer does not call any more: is it switched on, and does it reach the network?"),
    sentence("The printer could not fetch the slip; it tries again."),
    sentence("The slip is too large for this printer: choose the profile of its paper."),
    sentence("The printer cannot print pictures, or not this one: is its firmware up to date?"),
    sentence("The printer stopped while it printed the slip."),
    sentence("The printer stopped while it had the slip."),
    sentence("The printer had no room for the slip; it gets it again."),
    sentence("The printer knows no device `local_printer`: see its own page, under Server Direct Print."),
    sentence("The printer does not understand our slips: is its firmware up to date?"),
)
SPOOL = (
    sentence("The printer still has the slip before this one in hand."),
    sentence("The printer was taken away before the slip was printed."),
    sentence("The printer was set up in another way while the slip was on its way to it: print it again."),
    sentence("The printer was set up in another way while its kiosk had the slip."),
    sentence("The program was ended while it waited for that."),
    sentence("%(name)s looked: it was printed."),
    sentence("%(name)s looked: it was not printed."),
    sentence("It waited until its time was over."),
    sentence("The program ended while it was being sent."),
    sentence("Something happened that the program did not foresee; its log says what."),
)
#: Behind a Raspberry Pi.
KIOSKS = (
    sentence("The kiosk was away until the slip's time was over."),
    sentence("The kiosk has no printer that works: see its printer.json and its log."),
    sentence("The kiosk has not said in time what became of it. It will be asked when it is back."),
    sentence("There is no printer that this kiosk can use; its log says why."),
    sentence("Too many receipts wait for the printer."),
    sentence("The printer is busy with another slip."),
    sentence("Something happened that the program did not foresee; the kiosk's log says what."),
    sentence("The power went while this was being printed."),
    sentence("This came too late to be printed."),
    sentence("The kiosk cannot print this: %(why)s"),
    sentence("The kiosk does not remember whether it printed this."),
    sentence("The flash of the kiosk does not take it (%(why)s); nothing was printed."),
    sentence("Something happened on the way that the program did not foresee: %(why)s"),
)
#: Kinds of printers, and sets of letters; kinds are named after their makers.
NAMES = (
    sentence("%(kind)s, %(width)s mm"),
    sentence("%(kind)s, %(width)s mm, no cutter"),
    sentence("%(kind)s, %(width)s mm, that never answers"),
    sentence("%(kind)s, %(width)s mm, no cutter, that never answers"),
    sentence("Windows-1251, Cyrillic"),
    sentence("Windows-1250, Central European"),
    sentence("Windows-1252, Western European"),
    sentence("CP852, Central European"),
    sentence("CP858, Western European"),
)
PIECES = (
    sentence("Other ESC/POS printer"),
    sentence("Zjiang or Netum"),
    sentence("Epson TM-T88II to IV"),
)

SENTENCES = (*PRINTERS, *CALLING, *SPOOL, *KIOSKS)
