"""The web process: the console's pages, the API, and the addresses by which it is watched.

A proxy in front of it is not believed in what it says of others: addresses, in the log and where wrong tries are
counted, are then the proxy's own. It must pass `Host` on, which links and live events are made of, and must set
`X-Forwarded-For`, which keeps `/metrics` shut; that people come by https, the setting `url` says.
"""

import gc
import re
import threading
import time
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, render_template, request
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError, CSRFProtect
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from jinja2 import pass_context
from jinja2.runtime import Context
from prometheus_client import Counter
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import BadRequest, HTTPException, ServiceUnavailable
from werkzeug.routing import IntegerConverter, Map

from collector import current
from collector.accounts.cookie_names import prefixed
from collector.accounts.devices.views import pages as device_pages
from collector.accounts.guard import NotYours, may
from collector.accounts.people.views import pages as people_pages
from collector.accounts.programs.views import pages as token_pages
from collector.accounts.second_factor.views import pages as second_factor_pages
from collector.accounts.single_sign_on.views import pages as sign_on_pages
from collector.accounts.views import pages as account_pages
from collector.alerts.views import pages as alert_pages
from collector.api import problems
from collector.api.document import add_to as add_api
from collector.audit.views import pages as audit_pages
from collector.board.views import pages as board_pages
from collector.board.views import screens as board_screens
from collector.cases.pages.actions import pages as case_action_pages
from collector.cases.pages.bulk_views import pages as bulk_pages
from collector.cases.pages.by_hand_views import pages as by_hand_pages
from collector.cases.pages.views import pages as case_pages
from collector.cases.settings.policy_views import pages as case_policy_pages
from collector.cases.settings.reply_views import pages as reply_pages
from collector.charts.views import pages as chart_parts
from collector.console.completeness_views import pages as completeness_pages
from collector.console.views import pages as console_pages
from collector.database import make_engine
from collector.filled import Speaking
from collector.fleet.registry.views import pages as fleet_pages
from collector.fleet.rollout.views import pages as rollout_pages
from collector.fleet.settings.views import pages as kiosk_setting_pages
from collector.fleet.visits.views import pages as visit_pages
from collector.forms import new_nonce
from collector.guide.views import pages as guide_pages
from collector.home.views import pages as home_pages
from collector.hotline.views import pages as hotline_pages
from collector.improvements.views import pages as improvement_pages
from collector.insights.pages.views import pages as insight_pages
from collector.journey.views import pages as journey_pages
from collector.languages import chosen_locale, language_tag
from collector.limits import limiter
from collector.live.address import live_origin
from collector.messages.views import pages as message_pages
from collector.money.views import pages as money_pages
from collector.operations import make_registry, probes
from collector.own_words.views import pages as own_word_pages
from collector.personal.views import pages as personal_pages
from collector.places.editor.table_views import pages as store_table_pages
from collector.places.editor.touchpoint_views import pages as touchpoint_pages
from collector.places.editor.views import pages as place_pages
from collector.policies.views import pages as policy_pages
from collector.posters.views import pages as poster_pages
from collector.press_filter.views import pages as filter_pages
from collector.public.views import pages as public_pages
from collector.reports.exports.views import pages as export_pages
from collector.reports.views import pages as report_pages
from collector.sentences.words import translated
from collector.settings import Settings
from collector.slips.fetch.views import attach as attach_printer_calls
from collector.slips.fetch.views import calls as printer_calls
from collector.slips.setup_views import pages as setup_pages
from collector.slips.style_views import pages as style_pages
from collector.slips.views import pages as slip_pages
from collector.surveys.editor.preview import pages as preview_pages
from collector.surveys.editor.question_views import pages as question_pages
from collector.surveys.editor.views import pages as survey_pages
from collector.surveys.pages.quality import pages as quality_pages
from collector.surveys.pages.staff import pages as staff_pages
from collector.voices.channels.views import pages as channel_pages
from collector.voices.segments.views import pages as segment_pages
from collector.voices.themes.views import pages as theme_pages
from collector.voices.views import pages as voice_pages
from collector.words import FILTERS

log = structlog.get_logger()

#: What must not stand in a log: links that sign in, codes of customers, secrets of printers, tokens of programs. At
#: whatever address: one that is typed in wrongly, or passed on by a proxy, still tells the secret.
_SECRET = re.compile(
    r"(?<=/sign-in/link/)/*[^/?]+|(?<=/q/).+|(?<=/print/)/*[^/?]+|(?<=/board/)/*[^/?]+|sp_[\w-]+|(?<=/)[a-z2-7]{28}(?:[a-z2-7]{4})?(?![^/])",
    re.IGNORECASE | re.DOTALL,
)


#: No page asks for any of it: whoever slips a script in cannot either.
_NOTHING_OF_THE_DEVICE = ", ".join(
    f"{what}=()"
    for what in (
        *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid", "magnetometer"),
        *("microphone", "midi", "payment", "publickey-credentials-get", "serial", "usb", "xr-spatial-tracking"),
    )
)


def create_app(settings: Settings) -> Flask:
    """The application; it opens no connection before the first request."""
    app = build()
    attach(app, settings)
    return app


def attach(app: Flask, settings: Settings) -> None:
    """Make it the application of this installation, whosever it was before."""
    engine = make_engine(settings)
    registry, counter = make_registry(engine, settings)
    app.config.update(
        SECRET_KEY=settings.secret("web"),
        # Flask's own session only carries what forms need; who is signed in is in the database (accounts.sessions).
        SESSION_COOKIE_NAME=prefixed(settings, "smilepost-forms"),
        SESSION_COOKIE_SECURE=settings.url.startswith("https:"),
    )
    app.extensions.update(settings=settings, database=engine, metrics=registry, requests=counter)
    attach_printer_calls(app.extensions)


@pass_context
def _as_it_is(_: Context, value: object) -> object:
    """What is put onto a page, unchanged; because it asks for the page, Jinja waits for one."""
    return value


def build() -> Flask:
    """All addresses, and what becomes of a request: the same in every installation, and what takes long to make."""
    app = _Application("collector", static_folder=None)
    app.url_map.converters["int"] = _Id
    # Nothing is worked out when a template is compiled: `none|code_page_words` would stay in that reader's language.
    app.jinja_env.optimized = False
    app.jinja_env.finalize = _as_it_is
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # a page that stood open over lunch still works
        WTF_CSRF_SSL_STRICT=False,  # our own Referrer-Policy keeps the header away that this looks for
        MAX_CONTENT_LENGTH=64 * 1024,
        BABEL_DEFAULT_LOCALE="en_GB",
    )
    Speaking(app, locale_selector=chosen_locale)
    csrf = CSRFProtect(app)
    for blueprint in (public_pages, printer_calls):
        csrf.exempt(blueprint)  # customers and printers have no cookie that a foreign page could use
    limiter.init_app(app)
    for blueprint in (
        probes,
        account_pages,
        device_pages,
        people_pages,
        token_pages,
        second_factor_pages,
        sign_on_pages,
        console_pages,
        completeness_pages,
        home_pages,
        chart_parts,
        insight_pages,
        case_pages,
        case_action_pages,
        bulk_pages,
        by_hand_pages,
        case_policy_pages,
        policy_pages,
        alert_pages,
        filter_pages,
        journey_pages,
        money_pages,
        visit_pages,
        fleet_pages,
        rollout_pages,
        kiosk_setting_pages,
        improvement_pages,
        reply_pages,
        slip_pages,
        setup_pages,
        style_pages,
        poster_pages,
        report_pages,
        export_pages,
        own_word_pages,
        board_pages,
        board_screens,
        survey_pages,
        question_pages,
        preview_pages,
        voice_pages,
        channel_pages,
        theme_pages,
        segment_pages,
        quality_pages,
        staff_pages,
        hotline_pages,
        message_pages,
        personal_pages,
        place_pages,
        touchpoint_pages,
        store_table_pages,
        guide_pages,
        audit_pages,
        public_pages,
        printer_calls,
    ):
        app.register_blueprint(blueprint)
    for spoken in (*FILTERS, translated):
        app.add_template_filter(spoken)
    app.add_template_global(new_nonce, "form_key")
    app.add_template_global(may)
    app.add_template_global(language_tag)
    add_api(app)
    app.register_error_handler(HTTPException, _explain)
    app.register_error_handler(OperationalError, _explain_no_database)
    _protect(app)
    _watch(app)
    return app


class _Id(IntegerConverter):
    """A number in an address: of a row, so never larger than a row's can be."""

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": 2**31 - 1, **options})


class _Application(Flask):
    def log_exception(self, exc_info: Any) -> None:
        """As Flask does, but what stands in the path may be a secret."""
        log.error("request failed", method=request.method, path=masked(request.path), exc_info=exc_info)


def _explain(exception: HTTPException) -> Any:
    """Say what happened, why, and what to do: to programs as a problem document, to people as a page."""
    if request.path.startswith("/api/") or request.blueprint in {"operations", "fetch"}:
        return problems.of_exception(exception)
    status = exception.code or 500
    if status < 400:  # a redirect
        return exception
    if isinstance(exception, CSRFError):
        words = _("This page was made for an earlier visit."), _("Open it anew and try once more.")
    elif isinstance(exception, NotYours):
        words = _("This is not yours to do."), _("Another role does it. Who looks after people can give it to you.")
    elif isinstance(exception, RateLimitExceeded):
        minutes = exception.limit.limit.get_expiry() // 60
        words = _("That was tried too often."), _("Wait %(minutes)s minutes, then try again.", minutes=minutes)
    else:
        words = {
            403: (_("This is not yours to see."), _("Your account sees its own place and what lies below it.")),
            404: (_("There is nothing at this address."), _("Perhaps the link is old. Go on from the start page.")),
            405: (_("This address is used in another way."), _("Go on from the start page.")),
            413: (_("That was too much to send at once."), _("Send less.")),
            503: (
                _("Smilepost cannot reach its database."),
                _("The kiosks keep every rating until it is back. Try again in a minute."),
            ),
            500: (_("Something broke on our side."), _("It has been written down. Try again in a minute.")),
        }.get(status, (_("That did not work."), _("Go on from the start page.")))
    page = render_template("console/problem.html", what=words[0], then=words[1], status=status)
    headers = [(name, value) for name, value in exception.get_headers() if name.lower() != "content-type"]
    return page, status, headers


def _explain_no_database(exception: OperationalError) -> Any:
    log.error("the database does not answer", problem=str(exception.orig).strip())
    return _explain(ServiceUnavailable("The database does not answer. Try again in a minute."))


def _protect(app: Flask) -> None:
    """No text with a NUL, which no database takes; headers that keep browsers careful; nothing stays in a cache."""

    @app.before_request
    def refuse_nul() -> None:
        texts = [request.path, *request.args.values(), *request.form.values()]
        if any("\0" in text for text in texts):
            raise BadRequest("A text has no NUL in it.")

    @app.after_request
    def protect(response: Response) -> Response:
        headers = response.headers
        # A survey's page stands in its editor's, and nothing else in a frame.
        framing = ("frame-src 'self'; " if g.get("shows_frame") else ""), ("self" if g.get("is_framed") else "none")
        headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            f"connect-src 'self' {live_origin(current.settings(), request.host)}; {framing[0]}"
            f"form-action 'self'; base-uri 'none'; frame-ancestors '{framing[1]}'"
        )
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = _NOTHING_OF_THE_DEVICE
        if current.settings().url.startswith("https:"):  # a browser heeds it only there
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if not (request.endpoint or "").endswith(".static"):
            headers["Cache-Control"] = "no-store"
        return response


def _watch(app: Flask) -> None:
    """A count and a line in the log for each request, but no line for those who only watch or ask in vain."""

    @app.before_request
    def begin() -> None:
        g.began = time.monotonic()

    @app.after_request
    def finish(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        counter: Counter = current_app.extensions["requests"]
        counter.labels(request.method, route, response.status_code).inc()
        if request.blueprint != "operations" and not g.get("is_idle"):
            log.info(
                "request",
                method=request.method,
                path=masked(request.path),
                status=response.status_code,
                ms=round(1000 * (time.monotonic() - g.began)) if "began" in g else None,
                # Nor that of a customer, or of somebody of the staff who was promised that nobody sees who they are.
                **({} if request.blueprint == "public" else {"address": request.remote_addr}),
            )
        return response


def masked(path: str) -> str:
    """A path as it may stand in a log."""
    return _SECRET.sub("…", path)


def warm_up(app: Flask) -> None:
    """What would else be done while somebody waits for a page.

    Each template is compiled, which takes a second or two in all; and what is there from now on for good is taken out
    of the garbage collector's rounds, each of which held all requests up for 0.1 s.
    """
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)
    gc.collect()
    gc.freeze()


class _Server(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": f"{self.settings.host}:{self.settings.port}",
            "worker_class": "gthread",
            "workers": 1,
            "threads": 8,
            "graceful_timeout": 5,
            "proc_name": "smilepost web",
            "control_socket_disable": True,
            "loglevel": "warning",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        app = create_app(self.settings)
        threading.Thread(target=warm_up, args=[app], daemon=True).start()
        return app


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first, for 5 s at most.

    Raises
    ------
    SystemExit: the port cannot be used, or the application does not start.
    """
    _Server(settings).run()
