WORDS = {
    "queue": """
        kolej*, czeka*, stał*, długo, wolno, powoli, minut*, jedna kasa, jedna czynna, więcej kas, za mało kas,
        godzinę, ogonek, opóźni*
    """,
    "staff": """
        personel*, obsług*, kasjer*, sprzedawc*, sprzedawczyn*, pracowni*, kierowni*, ochron*, niemił*, miła, miły,
        miłe, miło, uprzejm*, nieuprzejm*, grzeczn*, niegrzeczn*, chams*, uśmiech*, pomoc*, pomóg*, pomogł*, nikt
        nie pom*, ignor*, krzycz*, doradc*
    """,
    "price": """
        cena, ceny, cenę, cen, cenie, cenami, drogo, drogi, droga, drogie, tani*, promocj*, zniżk*, rabat*, kupon*,
        przepłac*, kosztuje
    """,
    "range": """
        asortyment*, wybór, wyboru, brak towaru, brak produkt*, niedostępn*, dostępn*, puste półk*, półk*, półek,
        nie znalazł*, rozmiar*, zabrakło
    """,
    "quality": """
        jakoś*, śwież*, nieśwież*, przeterminowan*, termin ważności, zepsut*, zgnił*, spleśnia*, pleśń, czerstw*,
        uszkodz*, wadliw*, smaczn*, smak*, niesmaczn*, kwaśn*
    """,
    "cleanliness": """
        czyst*, brud*, śmierdz*, smród, zapach*, toalet*, ubikacj*, śmieci*, kurz*, lepk*, klei się, sprząta*,
        higien*, mokra podłog*, bałagan*
    """,
    "payment": """
        płatnoś*, płaci*, zapłac*, kart*, terminal*, gotówk*, reszt*, paragon*, kasa, kasie, kasy, kasę, kas,
        kasach, samoobsług*, blik, rachun*, skaner*, faktur*
    """,
    "returns": """
        zwrot*, zwróci*, wymian*, wymieni*, gwaranc*, reklamac*, skarg*, napraw*
    """,
    "comfort": """
        zimno, zimna, gorąc*, duszno, klimatyzacj*, przeciąg*, muzyk*, głośn*, hałas*, światł*, ciemno, ciasn*,
        wąsk*, tłok*, tłum*, ławk*, usiąść, przymierzaln*, wózk*, wózek, koszyk*, atmosfer*, przytuln*, oznakowan*
    """,
    "access": """
        parking*, parkow*, zaparkow*, godziny otwarcia, zamknięt*, wejści*, wyjści*, drzwi, wind*, schod*, podjazd*,
        niepełnospraw*
    """,
    "orders": """
        zamówi*, zamawia*, online, internet*, stron*, aplikacj*, dostaw*, kurier*, odbiór, odbioru, paczk*,
        rezerwac*
    """,
}
