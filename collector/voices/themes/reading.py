"""Reads each comment once: which themes it speaks of, and by which words it is found.

What was read by other lists than those that hold at its store now is read anew, some at a time. Until a comment has
been read, it stands in lists without themes and no search finds it, which is a second or two.
"""

import msgspec
import structlog
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from collector.places.tables import place
from collector.policies.tables import policy
from collector.voices.themes.defaults import DEFAULTS_ID
from collector.voices.themes.folding import fold
from collector.voices.themes.matcher import Matcher
from collector.voices.themes.policy import ThemePolicy

log = structlog.get_logger()

#: Most comments that are read at once, so that whatever else the jobs do waits for none.
AT_ONCE = 500


class Reading:
    """Keeps the themes of comments; `look` at each round of the jobs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        #: By the number of a policy.
        self._matchers: dict[int, Matcher] = {}

    def look(self) -> bool:
        """Read what nobody has; whether there may be more."""
        with self._engine.begin() as connection:
            return self.read(connection) == AT_ONCE

    def read(self, connection: Connection) -> int:
        """The same in a transaction; how many were read."""
        in_force = _in_force(connection)
        left = connection.execute(_LEFT, {"stores": list(in_force), "policies": list(in_force.values())}).all()
        if not left:
            return 0
        missing = {row.policy for row in left} - self._matchers.keys()
        # No matcher is kept that nobody needs any more.
        self._matchers = {number: self._matchers[number] for number in self._matchers.keys() & set(in_force.values())}
        self._matchers |= _matchers(connection, missing)
        themes = [self._matchers[row.policy].themes(row.comment, row.language) for row in left]
        read = {
            "ids": [row.id for row in left],
            "comments": [row.comment for row in left],
            "policies": [row.policy for row in left],
            # Neither a key nor a folded word has a space in it.
            "themes": [" ".join(each) for each in themes],
            "words": [" ".join(sorted(set(fold(row.comment)))) for row in left],
        }
        connection.execute(_READ, read)
        return len(left)


def _in_force(connection: Connection) -> dict[int, int]:
    """The number of the policy that holds at each store."""
    newest = (
        select(policy.c.id, policy.c.place_id, policy.c.definition.is_not(None).label("says"))
        .ext(distinct_on(policy.c.place_id))
        .where(policy.c.kind == "themes")
        .order_by(policy.c.place_id, policy.c.version.desc())
    )
    given = {row.place_id: row.id for row in connection.execute(newest) if row.says}
    stores = connection.execute(select(place.c.id, place.c.path).where(place.c.kind == "store"))
    return {
        row.id: next((given[above] for above in reversed(row.path) if above in given), DEFAULTS_ID) for row in stores
    }


def _matchers(connection: Connection, numbers: set[int]) -> dict[int, Matcher]:
    rows = connection.execute(select(policy.c.id, policy.c.definition).where(policy.c.id.in_(numbers)))
    policies = {row.id: _understood(row.id, row.definition) for row in rows}
    if DEFAULTS_ID in numbers:
        policies[DEFAULTS_ID] = ThemePolicy()
    return {number: Matcher({each.key: each.words for each in found.themes}) for number, found in policies.items()}


def _understood(number: int, definition: object) -> ThemePolicy:
    """A policy of a shape that this version does not know, such as a later one's, is no reason to read nothing."""
    try:
        return msgspec.convert(definition, ThemePolicy)
    except msgspec.ValidationError as problem:
        log.error("themes are not understood", policy=number, problem=str(problem))
        return ThemePolicy()


# Of each store what was read by another policy than the one that holds: two steps into an index.
_LEFT = text(f"""
    SELECT store.policy, found.id, found.comment, found.language
    FROM unnest(CAST(:stores AS integer[]), CAST(:policies AS integer[])) AS store (id, policy)
    CROSS JOIN LATERAL (
        (SELECT id, comment, language FROM answer
         WHERE store_id = store.id AND comment IS NOT NULL AND themed_by < store.policy LIMIT {AT_ONCE})
        UNION ALL
        (SELECT id, comment, language FROM answer
         WHERE store_id = store.id AND comment IS NOT NULL AND themed_by > store.policy LIMIT {AT_ONCE})
    ) AS found
    LIMIT {AT_ONCE}
""")  # noqa: S608 - a number of ours

# Not what was erased, or written anew, in the meantime.
_READ = text("""
    UPDATE answer SET themes = string_to_array(read.themes, ' '), themed_by = read.policy,
        words = array_to_tsvector(string_to_array(read.words, ' '))
    FROM unnest(CAST(:ids AS integer[]), CAST(:comments AS text[]), CAST(:policies AS integer[]),
                CAST(:themes AS text[]), CAST(:words AS text[])) AS read (id, comment, policy, themes, words)
    WHERE answer.id = read.id AND answer.comment = read.comment
""")
