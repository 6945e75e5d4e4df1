"""The boards that a kiosk can be built on, one module each, with a class `Board`.

Only these modules know pins. What each `Board` has:

name: a word for it, shown in the console.
buttons: how many buttons are wired.
power_on(kiosk_id): coroutine; makes ready what the rest needs. The network is not among it.
arm(edge): call `edge(button, level, ticks)` at every change of a button from now on, interrupts included. Buttons count
  from 0 at the left, level 0 is pressed, ticks are those of `kiosk.clock.ticks_ms`.
level(button): the button's level now.
light(button), light(None): thank for a button (from 1), or go dark.
sound(name): "thanks".
screen(picture): show `{"kind": "rest", "text": texts}`, `{"kind": "thanks", "text": texts}` or
  `{"kind": "qr", "text": texts, "size": 29, "bits": "…"}`. Texts are [language, words], in order; size and bits are as
  in section 4 of the protocol, to be shown dark on white with a white edge of 4 modules.
link(online): the collector has answered, or is out of reach.
log(line): a line for a person.
reset_cause(): why the board started, as in event 1 of the protocol.
set_clock(utc): start the board's own clock, which TLS looks at, at this time (milliseconds since 1970).
join(): coroutine; returns when there is a network to connect through.
run(): coroutine; the board's own work, for ever.
restart(fault): the program has failed; start it again.
"""
