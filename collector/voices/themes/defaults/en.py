WORDS = {
    "queue": """
        queue*, queuing, line up, long line*, in line, the line, lines, wait, waits, waited, waiting, only one till,
        one till open, more tills, slow, slowly, took ages, took forever, took too long, too long, minutes, an hour,
        crowded till*
    """,
    "staff": """
        staff, cashier*, assistant*, employee*, manager*, seller*, shop girl, salesman, saleswoman, salesperson,
        guard*, security, rude*, impolite, polite*, friendl*, unfriendl*, helpful*, unhelpful*, nobody helped, no
        one helped, ignored, attitude, kind, smil*, shout*, service, consultant*, the lady, the man at, the woman at
    """,
    "price": """
        price*, pricing, expensive, cheap*, cost*, discount*, promotion*, promo*, offer*, sale, overpriced, wrong
        price, loyalty card*, loyalty point*, coupon*, bonus*
    """,
    "range": """
        out of stock, in stock, sold out, no stock, empty shel*, shelves, shelf, choice, selection, assortment,
        range, variety, could not find, couldnt find, cant find, cannot find, size, sizes, available, unavailable,
        missing
    """,
    "quality": """
        quality, fresh*, stale, rotten, mouldy, moldy, mould, mold, expired, expiry, out of date, past its date,
        spoil*, broken, damaged, defect*, taste*, tasty, delicious, sour
    """,
    "cleanliness": """
        clean*, unclean, dirt*, filth*, smell*, stink*, stank, toilet*, restroom*, bathroom*, rubbish, trash,
        litter*, dust*, sticky, mess, messy, hygien*, wet floor
    """,
    "payment": """
        pay, paid, paying, payment*, card, cards, terminal*, contactless, cash, change, receipt*, till, tills,
        checkout*, self checkout*, self service, apple pay, google pay, invoice*, charged twice, overcharged,
        scanner*
    """,
    "returns": """
        refund*, return*, exchange*, warranty, guarantee*, complain*, money back, repair*
    """,
    "comfort": """
        cold, hot, heat*, air condition*, stuffy, draught*, music, loud, noise, noisy, light, lighting, dark,
        crowd*, cramped, narrow, seat, seats, seating, fitting room*, changing room*, trolley*, trolleys, basket*,
        atmosphere, cosy, cozy, signs, signage
    """,
    "access": """
        parking, park, car park*, opening hour*, closed early, closed, entrance*, exit*, door*, lift, elevator*,
        escalator*, stairs, ramp*, wheelchair*, pram*, stroller*, pushchair*
    """,
    "orders": """
        order, orders, ordered, online, website, app, deliver*, courier*, pick up, pickup, parcel*, package*, click
        and collect, reserved, reservation*
    """,
}
