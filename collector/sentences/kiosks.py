"""What kiosks answer, what is put aside of what they sent, what was odd about them, and how releases fare on them."""

from collector.sentences.reading import sentence

#: Commands.
ANSWERS = (
    sentence("Restarted."),
    sentence("The power went while this was being done."),
    sentence("Later commands have been carried out already."),
    sentence("The flash does not take it: %(why)s."),
    sentence("This came too late to be done."),
    sentence("This kiosk cannot do that."),
    sentence("It blinks for ten seconds."),
    sentence("Kept; the kiosk connects anew with it."),
    sentence("It has no certificate that can be read, or more than %(most)s characters."),
    sentence("There is no release to go back to."),
    sentence("This is no time to go back."),
    sentence("It goes back to the technician's program when nobody presses."),
    sentence("It goes back to release %(number)s when nobody presses."),
    sentence("What is written to flash is not what can be read there."),
    sentence("The screen does not answer: %(why)s."),
)
RELEASES = (
    sentence("This release is on trial."),
    sentence("Release %(number)s is being checked."),
    sentence("Release %(number)s: %(here)s of %(all)s files are here."),
    sentence("Release %(number)s is about to be started."),
    sentence("Release %(number)s is not signed with the organisation's key."),
    sentence("Release %(number)s does not arrive as it was signed: %(file)s."),
    sentence("Release %(number)s does not fit: it needs %(needed)s blocks of flash, and there is room for %(room)s."),
    sentence("Release %(number)s is no longer to be had."),
    sentence("Release %(number)s could not be written: %(why)s"),
    sentence("Release %(number)s could not be taken: %(why)s"),
    sentence("Release %(number)s has gone back: somebody asked for it."),
    sentence("Release %(number)s has gone back: it was started %(times)s times and did not prove itself."),
    sentence("Release %(number)s has gone back: it did not reach the collector within %(minutes)s minutes."),
)
ROLL_OUTS = (
    sentence("It was retired meanwhile."),
    sentence("It was in touch, and has not been heard for %(minutes)s minutes or more."),
    sentence("It has started %(times)s times by itself since it was offered this release."),
    sentence("It was offered this for %(minutes)s minutes and did not begin: does it know the key?"),
    sentence("It runs release %(number)s."),
    sentence("It is told to go back."),
    sentence("It runs release %(number)s again."),
    sentence("It runs what a technician installed again."),
    sentence("Of the one kiosk that was offered it 1 failed, and none may: %(kiosks)s."),
    sentence("Of the one kiosk that was offered it 1 fell silent, and none may: %(kiosks)s."),
    sentence("Of %(asked)s kiosks that were offered it %(failed)s failed, and none may: %(kiosks)s."),
    sentence("Of %(asked)s kiosks that were offered it %(silent)s fell silent, and none may: %(kiosks)s."),
    sentence(
        "Of %(asked)s kiosks that were offered it %(failed)s failed and %(silent)s fell silent, and none may:"
        " %(kiosks)s."
    ),
    sentence("Of %(asked)s kiosks that were offered it %(failed)s failed, and %(may)s may: %(kiosks)s."),
    sentence("Of %(asked)s kiosks that were offered it %(silent)s fell silent, and %(may)s may: %(kiosks)s."),
    sentence(
        "Of %(asked)s kiosks that were offered it %(failed)s failed and %(silent)s fell silent, and %(may)s may:"
        " %(kiosks)s."
    ),
    sentence("Only %(done)s of %(all)s in this stage could take it: %(kiosks)s."),
    sentence("1 kiosk was away for 1 day and did not take it: %(kiosks)s."),
    sentence("1 kiosk was away for %(days)s days and did not take it: %(kiosks)s."),
    sentence("1 kiosk was away for 1 minute and did not take it: %(kiosks)s."),
    sentence("1 kiosk was away for %(minutes)s minutes and did not take it: %(kiosks)s."),
    sentence("%(count)s kiosks were away for 1 day and did not take it: %(kiosks)s."),
    sentence("%(count)s kiosks were away for %(days)s days and did not take it: %(kiosks)s."),
    sentence("%(count)s kiosks were away for 1 minute and did not take it: %(kiosks)s."),
    sentence("%(count)s kiosks were away for %(minutes)s minutes and did not take it: %(kiosks)s."),
    sentence("%(name)s ended it."),
    sentence("%(name)s had its kiosks go back."),
)
PUT_ASIDE = (
    sentence("The frame begins at %(first)s but the kiosk holds only %(held)s and later."),
    sentence("The frame counts beyond 2147483647."),
    sentence("A record of kind %(kind)s has values up to %(most)s, not %(value)s."),
    sentence("A rating answers a question 0 … %(most)s, not %(question)s."),
    sentence("The %(what)s has %(bytes)s bytes; at most %(most)s are allowed."),
    sentence("The %(what)s contains a NUL, which no text has."),
    sentence("The %(what)s does not follow the protocol: %(why)s."),
    sentence("The %(what)s is not JSON: %(why)s."),
    sentence("This kiosk was never given settings version %(version)s."),
    sentence("Settings version %(version)s has no question %(question)s."),
    sentence("Button %(button)s was pressed, but the question has %(count)s buttons."),
    sentence("More than %(most)s messages were put aside in a day; these were only counted."),
    sentence("No enrolled kiosk has this name."),
    sentence("This kiosk was never given a slip %(slip)s."),
    sentence("This kiosk was never given a command %(command)s."),
    sentence("Signer %(signer)s of these receipts is none of this kiosk's."),
    sentence("The collector could not store this message, and has not taken it; its log says why."),
)
ALARMS = (
    sentence("It sends the journal of %(kiosk)s: a card was moved or cloned. Its ratings are not counted."),
    sentence("It began %(count)s journals in a day: its flash fails, or is cloned."),
    sentence(
        "This kiosk began more than %(count)s journals within a day; no further one is opened before tomorrow. It keeps"
        " what it has recorded."
    ),
    sentence("Its clock contradicts its own records or the time of their arrival: such records have no known time."),
    sentence("It sends more messages than a kiosk may; the surplus is dropped, and comes again."),
)
INTAKE = (
    sentence("The database does not answer."),
    sentence("The database is away: %(why)s"),
    sentence("The database refuses: %(why)s"),
    sentence("A part of the intake has failed; its log says why."),
    sentence("The broker has not answered yet."),
    sentence("The broker cannot be reached: %(why)s."),
    sentence("The broker refuses the collector: %(why)s."),
)
#: What stands inside of sentences, and the parts of a self-test's list.
PIECES = (
    sentence("flash reads what was written"),
    sentence("%(count)s records held"),
    sentence("buttons held down: %(buttons)s"),
    sentence("all buttons are up"),
    sentence("button %(button)s"),
    sentence("buttons %(buttons)s"),
    sentence("%(count)s bytes of memory free"),
    sentence("Wi-Fi at %(signal)s dBm"),
    sentence("battery at %(millivolts)s mV"),
    sentence("%(count)s presses could not be recorded since the start"),
    sentence("%(kiosks)s and %(count)s more"),
)

SENTENCES = (*ANSWERS, *RELEASES, *ROLL_OUTS, *PUT_ASIDE, *ALARMS, *INTAKE)
