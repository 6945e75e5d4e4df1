"""Why something that a person asked for could not be done, where it is said without knowing who reads it."""

from collector.sentences.reading import sentence

#: At the root of a case, where a place has not said it in its own words (`cases.rules.policy`).
CAUSES = (
    sentence("Too few people"),
    sentence("How we spoke to them"),
    sentence("Goods"),
    sentence("Price or till"),
    sentence("Cleanliness"),
    sentence("Equipment"),
    sentence("Something else"),
)
SENTENCES = (
    sentence("The ratings of %(month)s are archived. Bring them back first: smilepost archive restore %(file)s"),
    sentence("Something broke on our side. It has been written down."),
    sentence("Somebody has changed the filter or opening hours since. Look through it once more."),
    sentence("This went wrong here, and is tried again when it is asked for again. The log of `jobs` says more."),
    sentence("Together the settings are %(size)s bytes long, and a kiosk takes %(most)s. Use fewer words."),
    sentence("There are %(count)s questions for weekdays; %(most)s besides the usual one do."),
    sentence("Two questions ask the same: their answers could not be told apart."),
    sentence("Staff answer without a name, so their survey asks for no contact."),
    sentence("Whether this is a good place to work is a question for staff."),
    sentence("Each question and each reason needs its words, in one language at least."),
    sentence("Languages are named by their tags: uk, en, pt-BR."),
    sentence("A question and a reason are plain words, %(most)s letters at most."),
)
