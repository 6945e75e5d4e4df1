"""The API as a whole: which resources there are, and the OpenAPI document that describes them."""

from flask import Flask
from flask_smorest import Api

from collector import __version__
from collector.api import (
    alarms,
    alerts,
    answers,
    case_changes,
    cases,
    completeness,
    enrolment,
    feed,
    insights,
    invitations,
    kiosk_changes,
    kiosk_health,
    kiosk_settings,
    kiosks,
    personal,
    policies,
    printers,
    ratings,
    remote,
    reply_templates,
    rollouts,
    schemas,
    slips,
    stores,
    surveys,
    webhooks,
)
from collector.api.problems import MEDIA_TYPE

CAPABILITIES = (
    stores.resources,
    kiosks.resources,
    enrolment.resources,
    kiosk_changes.resources,
    kiosk_health.resources,
    completeness.resources,
    alarms.resources,
    alerts.resources,
    remote.resources,
    kiosk_settings.resources,
    rollouts.resources,
    ratings.resources,
    feed.resources,
    insights.resources,
    webhooks.resources,
    surveys.resources,
    answers.resources,
    invitations.resources,
    cases.resources,
    case_changes.resources,
    policies.resources,
    reply_templates.resources,
    slips.resources,
    printers.resources,
    personal.resources,
)


def add_to(app: Flask) -> None:
    """Put the API and its document into the application."""
    app.config.update(
        API_TITLE="Smilepost",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "components": {
                "securitySchemes": {
                    "token": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": "`smilepost token` prints one; it has scopes and a place.",
                    }
                }
            },
            "security": [{"token": []}],
        },
    )
    api = Api()
    api.ERROR_SCHEMA = schemas.ProblemSchema
    # Documented failures are problem documents; they are registered by init_app, the other answers after it.
    api.DEFAULT_RESPONSE_CONTENT_TYPE = MEDIA_TYPE
    api.init_app(app)
    api.DEFAULT_RESPONSE_CONTENT_TYPE = "application/json"
    for resources in CAPABILITIES:
        app.extensions["csrf"].exempt(resources)  # the guard asks for it where a cookie came (api.resources)
        api.register_blueprint(resources)
