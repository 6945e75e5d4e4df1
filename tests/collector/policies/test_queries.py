"""Which policy holds where."""

from sqlalchemy import Engine

from collector.alerts.policy import AlertPolicy
from collector.policies.queries import give_policy, own_policy, policy_at
from tests.factories import Shop


def test_the_nearest_policy_holds_until_it_is_to_be_as_above(engine: Engine, riverside: Shop) -> None:
    def holds() -> AlertPolicy:
        return policy_at(connection, riverside.store, "alerts", AlertPolicy)

    with engine.begin() as connection:
        assert holds() == AlertPolicy()
        give_policy(connection, riverside.region, "alerts", AlertPolicy(tells=False), "a test")
        assert holds() == AlertPolicy(tells=False)
        assert give_policy(connection, riverside.store, "alerts", AlertPolicy(silence=None), "a test")
        assert not give_policy(connection, riverside.store, "alerts", AlertPolicy(silence=None), "a test")
        assert holds() == AlertPolicy(silence=None)
        assert give_policy(connection, riverside.store, "alerts", None, "a test")
        assert not give_policy(connection, riverside.store, "alerts", None, "a test")
        assert holds() == AlertPolicy(tells=False)
        own = own_policy(connection, riverside.store, "alerts")
        assert own is not None
        assert own.definition is None
