"""The boards that a kiosk can be built on, one module each, with a class `Board`.

Only these modules know pins. What each `Board` has:

name: a word for it, shown in the console.
buttons: how many buttons are wired.
touch: whether a shopper can touch faces and reasons on a screen. Such a board calls `when_touched(button)` (from 1) and
  `when_chosen(reason)` (from 1; 0 for none of them, or done with the code), which the kiosk sets.
battery_powered: whether it sleeps, and is woken by its buttons.

storage: the kiosk's files, set before `power_on`.

power_on(kiosk_id): coroutine; makes ready what the rest needs. The network is not among it.
arm(edge): call `edge(button, level, ticks)` at every change of a button from now on, interrupts included. Buttons count
  from 0 at the left, level 0 is pressed, ticks are those of `kiosk.clock.ticks_ms`.
level(button): the button's level now.
light(button, level), light(None, 0): thank for a button (from 1) at 1 … 100 %, or go dark.
sound(name, level): "thanks" or "identify", at 1 … 100 %.
screen(picture): show one of these; texts are [language, words], in order; size and bits are as in section 4 of the
  protocol, to be shown dark on white with a white edge of 4 modules.
    {"kind": "rest", "buttons": 4, "text": texts, "did": texts}
    {"kind": "closed"}
    {"kind": "thanks", "buttons": 4, "button": 2, "text": texts}
    {"kind": "reasons", "button": 4, "reasons": [texts, …]}      only with touch
    {"kind": "qr", "text": texts, "size": 29, "bits": "…"}
link(online): the collector has answered, or is out of reach.
log(line): a line for a person.
reset_cause(): why the board started, as in event 1 of the protocol.
serial(): what tells this board from every other where a card can be moved between them; "" where the flash is soldered.
signal(), battery(): Wi-Fi in dBm, millivolts; None where there is none to measure.
wifi(): how its Wi-Fi is, in a word or two: "joined", "joining", "not found", "wrong password" …, "not set" without
  `wifi.json`, "off" before it has been tried; None where the board has no radio of its own.
scan(): coroutine; boards with a radio: [name, dBm, whether it takes a password] of each network in reach.
resolver(): (address, port) of the name server that the kiosk should ask itself, because the port's `getaddrinfo` stops
  everything; None where it does not.
set_clock(utc): start the board's own clock, which TLS looks at, at this time (milliseconds since 1970).
join(): coroutine; returns when there is a network to connect through.
run(): coroutine; the board's own work, for ever.
start_watchdog(), feed(): from the first on, the board starts again unless the second comes every 8 s.
restart(fault): start the program again, because it has failed, or (None) because it was asked to.
sleep(seconds, keep, stuck): battery boards sleep until a button (from 0) that is not stuck is pressed, or so long, and
  start anew then.
kept(), woken_by(): the bytes `keep` of the sleep that this start ended (b"" after any other), and the buttons (from 0)
  that ended it.
printing(storage, clock, log): boards that may have a receipt printer beside them: a `printing.Printing`, None where
  there is none.
busy(): battery boards: whether a picture is not on the glass yet, or a tune not over.
tell: boards with a radio of their own: called with a line of news about it, which the kiosk logs.
"""
