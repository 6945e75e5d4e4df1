WORDS = {
    "queue": """
        schlange*, warten, gewartet, wartezeit*, warte, anstehen, angestanden, langsam*, lange, minuten, eine kasse,
        nur eine kasse, mehr kassen, zu wenig kassen, stunde, dauert*, ewig
    """,
    "staff": """
        personal, mitarbeiter*, verkäufer*, kassierer*, bedienung, beratung, berater*, angestellte*, filialleit*,
        wachmann, security, service, unfreundlich*, freundlich*, höflich*, unhöflich*, frech*, nett, nette, netten,
        hilfsbereit*, geholfen, hilfe, ignorier*, geschrien, lächel*
    """,
    "price": """
        preis*, teuer*, teure*, billig*, günstig*, rabatt*, angebot*, aktion, aktionen, kostet*, gutschein*,
        kundenkarte*, bonus*, überteuert*
    """,
    "range": """
        auswahl, sortiment*, ausverkauft, nicht vorrätig, vorrätig, nicht da, leere regal*, regal*, nicht gefunden,
        größe*, verfügbar*, fehlt, fehlen
    """,
    "quality": """
        qualität*, frisch*, abgelaufen*, haltbar*, verdorben*, faul, faule*, verfault*, schimm*, kaputt*,
        beschädigt*, defekt*, mangelhaft*, lecker*, geschmack*, schmeckt*, altbacken, sauer
    """,
    "cleanliness": """
        sauber*, unsauber*, schmutz*, dreck*, stinkt*, gestank, geruch*, riecht*, toilette*, müll*, staub*,
        klebrig*, hygien*, nasser boden, unordentlich*, ordentlich*, wc
    """,
    "payment": """
        bezahl*, zahlen, zahlung*, karte, karten, ec karte, kartenzahlung, terminal*, bargeld, bar, wechselgeld,
        kassenbon*, bon, kasse, kassen, selbstbedien*, sb kasse*, rechnung*, abgebucht, scanner*
    """,
    "returns": """
        umtausch*, umgetauscht, umtauschen, rückgabe*, zurückgeben, zurückgegeben, retour*, garantie*, reklam*,
        beschwer*, geld zurück, reparatur*, erstatt*
    """,
    "comfort": """
        kalt, heiß, warm, klimaanlage*, stickig*, zugig, zieht es, musik*, laut, laute, lärm*, licht, dunkel, eng,
        enge*, gedränge, sitzplatz*, sitzplätze*, umkleide*, einkaufswagen, körbe, korb, atmosphäre, gemütlich*,
        beschilder*
    """,
    "access": """
        park*, öffnungszeit*, geschlossen, eingang*, ausgang*, tür, türen, aufzug, aufzüge, fahrstuhl, rolltreppe*,
        treppe*, rampe*, rollstuhl*, kinderwagen, barrierefrei*
    """,
    "orders": """
        bestell*, online, webseite*, website, app, liefer*, kurier*, abhol*, paket*, reserv*
    """,
}
