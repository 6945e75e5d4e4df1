"""The API does what its OpenAPI document says: schemathesis makes requests of all kinds from it, to real tables."""

import itertools
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.failures import Failure
from sqlalchemy import Engine

from collector.accounts.tokens import SCOPES, make_token
from collector.surveys.default import ensure_default
from tests.factories import NOW, Shop, make_kiosk, make_ratings

#: Requests of each operation, in each way.
EACH = 4

_SETTINGS = hypothesis.settings(
    max_examples=EACH,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

#: What is right by the document may still be refused with 422: a cursor that is none of this list, an address that
#: nobody could send to, a rule of the place.
_CHECKS = [CHECKS.get_one(name) for name in CHECKS.get_all_names() if name != "positive_data_acceptance"]


class Api:
    """The API, and something in its tables that requests can be about."""

    def __init__(self, app: Flask, engine: Engine, shop: Shop) -> None:
        self._app, self._numbers = app, itertools.count()
        with engine.begin() as connection:
            ensure_default(connection)
            make_ratings(connection, make_kiosk(connection, shop, "exit-1"), (1, 4), happened=NOW)
            self._token = make_token(connection, "schemathesis", SCOPES, shop.organisation)
        case = {"store": shop.store, "kind": "complaint", "subject": "The door is heavy."}
        faces = {"questions": [{"type": "smileys", "number": 1, "text": {"en": "How was it here?"}}]}
        survey = {"place": shop.store, "name": "Ours", "definition": faces}
        #: What stands for a number or a name in an address.
        self.known: dict[str, Any] = {
            "store_id": shop.store,
            "place_id": shop.region,
            "kiosk_id": "exit-1",
            "kind": "cases",
            "answer_id": self._make("answers", channel="hotline", store=shop.store, button=4, comment="Cold soup."),
            "case_id": self._make("cases", **case),
            "webhook_id": self._make("webhooks", url="https://example.com/events"),
            "survey_id": self._make("surveys", "survey", **survey),
        }
        #: And in a body or a query.
        self.named = {"store": shop.store, "place": shop.store, "kiosk": "exit-1", "touchpoint": shop.exit}

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}", "Idempotency-Key": f"key-{next(self._numbers)}"}

    def make_real(self, case: Case) -> None:
        """Let a request speak of what there is."""
        for part in (case.body, case.query):
            if isinstance(part, dict):
                part.update({name: value for name, value in self.named.items() if name in part})

    def _make(self, path: str, key: str = "id", **body: Any) -> Any:
        made = self._app.test_client().post(f"/api/v1/{path}", json=body, headers=self.headers())
        assert made.status_code == 201, made.text
        return made.json[key]


@pytest.mark.parametrize("mode", GenerationMode)
def test_every_operation_keeps_to_its_document(
    app: Flask, engine: Engine, riverside: Shop, mode: GenerationMode
) -> None:
    api, is_fit = Api(app, engine, riverside), mode is GenerationMode.POSITIVE
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    broken, done = list[str](), set[str]()

    def ask(case: Case) -> None:
        if is_fit:
            api.make_real(case)
        headers, operation = api.headers(), case.operation.label
        answer = case.call(headers=headers)
        if answer.status_code < 300:
            done.add(operation)
        try:
            case.validate_response(answer, headers=headers, checks=_CHECKS)
        except* Failure as problems:
            broken.extend(f"{operation}: {problem}" for problem in problems.exceptions)

    for found in schema.get_all_operations():
        operation = found.ok()
        known = {name: value for name, value in api.known.items() if f"{{{name}}}" in operation.path}
        strategy = operation.as_strategy(mode, path_parameters=known if is_fit else None)
        _SETTINGS(hypothesis.given(case=strategy)(ask))()
    assert not broken, "\n\n".join(broken)
    # Most of what fits is really done, so answers that say so are looked at, too.
    assert len(done) > 60 or not is_fit
