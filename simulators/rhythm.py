"""The rhythm of shops: how busy they are by hour, weekday and month. What simulates a past and what simulates a day
agree on it."""

#: Each store's touchpoints, in the customer's order, and which share of the presses each has.
TOUCHPOINTS = {"Fitting rooms": 0.15, "Checkout": 0.3, "Exit": 0.55}
#: Stores are in these cities, each a region.
CITIES = {
    **{"Kyiv": "Europe/Kyiv", "Lviv": "Europe/Kyiv", "Odesa": "Europe/Kyiv", "Dnipro": "Europe/Kyiv"},
    **{"Warsaw": "Europe/Warsaw", "Kraków": "Europe/Warsaw", "Prague": "Europe/Prague", "Lisbon": "Europe/Lisbon"},
}
#: Hours at which the stores open and close, by their own clocks.
OPEN, CLOSE = 9, 21
OPENING_HOURS = {
    day: [[f"{OPEN:02}:00", f"{CLOSE:02}:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
}
#: How busy the hours from opening to closing are, and the weekdays from Monday.
HOURS = (3, 4, 5, 7, 8, 7, 6, 7, 9, 10, 7, 4)
WEEKDAYS = (8, 8, 9, 10, 13, 16, 12)
#: How busy the months are, from January.
SEASONS = (9, 8, 9, 10, 10, 10, 9, 9, 10, 11, 12, 16)
