"""`make translations`: the catalogues follow the code, and say what is still to be written."""

from collector.translations.catalogues import PLURALS, catalogue, said, unfit, updated, write, write_template

#: So many messages are named.
NAMED = 20


def main() -> None:
    code = said()
    write_template(code)
    for language in PLURALS:
        catalog = updated(catalogue(language), code)
        write(language, catalog)
        against = list(unfit(catalog, code))
        print(f"{language}: {len(code)} messages, {len(against)} to see to")
        for each in against[:NAMED]:
            print(f"  {each}")
        if len(against) > NAMED:
            print("  …")


if __name__ == "__main__":
    main()
