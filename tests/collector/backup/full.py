"""An installation with at least a row in every table, and what its tables hold."""

import secrets
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, Text, cast, select, text

from collector.accounts.sessions import open_session
from collector.database import driver
from collector.ratings.partitions import ensure_partitions
from collector.schema import metadata
from collector.settings import Settings
from collector.shared_secrets import agree
from tests.factories import make_account, make_kiosk, make_put_aside, make_ratings, make_shop

NOW = datetime.now(UTC)


def fill(engine: Engine, settings: Settings) -> None:
    """A row in every table, with whatever is awkward to write down."""
    with engine.begin() as connection:
        shop = make_shop(connection, 'Ein "Laden", 100 % \\N\n\t„Київ“')
        ensure_partitions(driver(connection), NOW)
        journal = make_kiosk(connection, shop, "everywhere")
        make_ratings(connection, journal, [1, 2, 3, 4, 4], happened=NOW)
        make_put_aside(connection, "everywhere", bytes(range(256)), "Nobody can read it.", cursor_id=journal, seq=6)
        open_session(connection, make_account(connection, shop.organisation, "somebody"))
        agree(settings, driver(connection), {"webhooks"})
        names = {**vars(shop), "journal": journal, "now": NOW, "bytes": bytes(range(256))}
        for statement in _FURTHER.strip().split(";\n"):
            connection.execute(
                text(statement),
                {name: value for name, value in names.items() if f":{name}" in statement},
            )
    for path in ("secrets/links", "secrets/below/kiosks", "certificates/ca.pem", "archive/ratings-2024-01.gz"):
        made = settings.data / path
        made.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made.write_bytes(secrets.token_bytes(5_000))
        made.chmod(0o600)


def fill_up(connection: Connection, mebibytes: int) -> None:
    """Rows that take their time and their room."""
    for _ in range(mebibytes):
        make_put_aside(connection, "everywhere", secrets.token_bytes(2**20), "Noise.")


def contents(engine: Engine) -> dict[str, list[str]]:
    """The rows of every table as text, in order."""
    with engine.connect() as connection:
        return {
            name: list(connection.scalars(select(cast(table.table_valued(), Text)).order_by(text("1"))))
            for name, table in metadata.tables.items()
        }


def files(data: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of what lasts of a data folder."""
    return {
        str(path.relative_to(data)): (path.stat().st_mode, path.read_bytes())
        for top in ("secrets", "certificates", "archive")
        for path in sorted((data / top).rglob("*"))
        if path.is_file()
    }


_FURTHER = r"""
INSERT INTO kiosk_secret (kiosk_id, number, bcrypt) VALUES ('everywhere', 1, '$2b$');
INSERT INTO kiosk_preferences VALUES ('everywhere', '{"languages" : ["uk","en"],  "light": 50}');
INSERT INTO kiosk_acceptance (kiosk_id, passed, board, firmware, steps, author)
    VALUES ('everywhere', true, 'pico_w', '0.3.0', '[{"name": "Button 1", "passed": true}]', 'somebody');
INSERT INTO kiosk_note (kiosk_id, text, author) VALUES ('everywhere', 'Its plug is behind the shelf.', 'somebody');
INSERT INTO touchpoint_photo (touchpoint_id, content, author) VALUES (:exit, :bytes, 'somebody');
INSERT INTO kiosk_alarm VALUES ('everywhere', 'clock', :now, 'Its clock is off.', 2, :now, :now);
INSERT INTO kiosk_command (kiosk_id, id, "do", number, salt, author, expires_at)
    VALUES ('everywhere', 7, 'secret', 2, :bytes, 'Olena', :now);
INSERT INTO kiosk_record VALUES (:journal, 6, 4, 1, 2, 0, 1, 1099511627775, :now, :now, 2);
INSERT INTO gap VALUES (:journal, 7, 9, 'full', :now);
INSERT INTO completeness_past (cursor_id, day, recorded, received) VALUES (:journal, :now, 9, 9);
INSERT INTO ingest_process VALUES ('m1', 4711, 'running', :now, '', 0, 0, :now);
INSERT INTO rating_archive VALUES ('2024-01-01', 'ratings-2024-01.gz', 5, :bytes, :now, NULL);
INSERT INTO release (number, board, version, manifest, signature) VALUES (1, 'pico_w', '1', '{}', 'x');
INSERT INTO release_file SELECT id, 0, :bytes FROM release;
UPDATE kiosk SET release_id = (SELECT id FROM release) WHERE id = 'everywhere';
INSERT INTO api_token VALUES (:bytes, 'till', '{read,write}', :store, :now);
INSERT INTO sign_in_link SELECT :bytes, id, :now, NULL FROM account;
INSERT INTO printer (store_id, name, address, profile) VALUES (:store, 'Checkout', 'tcp\://10.0.0.9', 'epson');
INSERT INTO set_up_proof VALUES ('mail', 'somebody', :now);
INSERT INTO slip_style (place_id, language) VALUES (:store, 'pl');
INSERT INTO webhook (url, place_id) VALUES ('https\://central.example', :organisation);
INSERT INTO job (kind, target, key, payload, expires_at) VALUES ('print', 'printer/1', 'slip', '{}', :now);
INSERT INTO job (kind, target, key, payload, expires_at) VALUES ('webhook', 'webhook/1', 'event', '{}', :now);
INSERT INTO job (kind, target, key, payload, expires_at, state)
    VALUES ('print', 'printer/1', 'old slip', '{}', :now, 'done');
INSERT INTO outbox (position, event_id, type, subject, place_id, data)
    VALUES (1, 'case/1/opened', 'smilepost.case.opened', 'cases/1', :store, '{"it": null}');
INSERT INTO signer (kind, store_id) VALUES ('collector', :store);
INSERT INTO link_key VALUES (0, 1, :now, NULL);
INSERT INTO receipt (signer_id, day, serial, reference) SELECT id, :now, 17, 'till 3/1017' FROM signer;
INSERT INTO survey (place_id, audience, name, schedule) VALUES (:organisation, 'customers', 'Visit', '{"days"\: []}');
INSERT INTO survey_version (survey_id, version, definition, questions, author, published_at)
    SELECT id, 1, '{"questions"\:  [{"type"\: "smileys", "number"\: 1, "text"\: {"uk"\: "Як?",  "en"\: "How?"}},
        {"type"\: "reasons", "number"\: 2, "why_good"\: {"uk"\: "Що?"}, "why_bad"\: {"uk"\: "Чому?"}, "good"\: [],
        "bad"\: [{"number"\: 1, "text"\: {"uk"\: "Черга"}}]}]}', jsonb_build_object('1', :question), 'Olena', :now
    FROM survey;
INSERT INTO answer (identity, version_id, channel, store_id, signer_id, day, serial, comment, comment_erase_on,
        language, reasons, replies, author, mark, completed_at)
    SELECT 'receipt', survey_version.id, 1, :store, signer_id, day, serial, E'back\\slash\r\n\t\u0001 😐', :now, 'uk',
        '{1,2}', '{"4e"\: 5}', 'Olena', 1, :now
    FROM survey_version, receipt;
INSERT INTO answer_device SELECT id, :bytes, :now FROM answer;
INSERT INTO contact (answer_id, address, digest, purpose, consent, erase_on)
    SELECT id, 'olena@example.com', :bytes, 'an answer', 'yes', :now FROM answer;
INSERT INTO consent (digest, purpose, words, source, ends_on) VALUES (:bytes, 'review', 'yes', 'answer/1', :now);
INSERT INTO refusal (digest, purpose) VALUES (:bytes, NULL);
INSERT INTO alert (rule, subject, store_id, data, opened_at) VALUES ('silence', 'kiosk/everywhere', :store, '{}', :now);
INSERT INTO "case" (identity, store_id, answer_id, state, place_id, compensation)
    SELECT 'c', :store, id, 'open', :store, 10.50 FROM answer;
INSERT INTO "case" (identity, kind, store_id, alert_id, subject, state, place_id, merged_into)
    SELECT 'd', 'alert', :store, alert.id, 'Silence', 'merged', :store, "case".id FROM alert, "case";
INSERT INTO case_event (case_id, kind, author, step, data) SELECT min(id), 'opened', '', 0, '{"a"\: null}' FROM "case";
INSERT INTO case_link SELECT min(id), max(id) FROM "case";
INSERT INTO attachment (case_id, name, type, content, author, from_customer, erase_on)
    SELECT min(id), 'soup.png', 'image/png', :bytes, '', true, :now FROM "case";
INSERT INTO reply_template (place_id, name, text)
    VALUES (:organisation, 'Sorry', '{"uk"\: "Вибачте",  "en"\: "Sorry"}');
INSERT INTO policy (place_id, kind, version, definition, author) VALUES (:organisation, 'cases', 1, NULL, 'Olena');
INSERT INTO improvement (place_id, text, author, until) VALUES (:store, '{"en"\: "A third till"}', 'Olena', :now);
INSERT INTO job (kind, target, key, payload, expires_at) VALUES ('email', 'email/example.com', 'mail', '{}', :now);
INSERT INTO message (key, purpose, channel, address, digest, store_id, case_id, signer_id, day, serial, language,
        content, expires_at, job_id)
    SELECT 'k', 'outcome', 'email', 'olena@example.com', :bytes, :store, min("case".id), signer_id, day, serial, 'uk',
        '{"text"\: "Добрий день"}', :now, (SELECT id FROM job WHERE kind = 'email')
    FROM "case", receipt GROUP BY signer_id, day, serial;
INSERT INTO kiosk_health (kiosk_id, hour, battery, depth) SELECT id, :now, 3700, 2 FROM kiosk;
INSERT INTO kiosk_due (kiosk_id, what, author) SELECT id, 'settings', 'Olena' FROM kiosk;
INSERT INTO rollout (number, place_id, plan, author) VALUES (12, :store, '{"soak"\: 1800}', 'Olena');
INSERT INTO rollout_kiosk (rollout_id, kiosk_id, stage) SELECT rollout.id, kiosk.id, 0 FROM rollout, kiosk;
INSERT INTO audit (who, action, subject, place_id) VALUES ('Olena', 'saw-contact', 'cases/1', :store);
INSERT INTO recovery_code SELECT :bytes, id, NULL FROM account;
INSERT INTO sign_in_try (key, wrong) VALUES (:bytes, 3);
INSERT INTO segment (place_id, kind, name, definition, author) VALUES (:store, 'places', 'The north', '{}', 'Olena');
INSERT INTO filter_run (place_id, first, last, author) VALUES (:store, :now, :now, 'Olena');
INSERT INTO board_link (digest, place_id, name, author) VALUES (:bytes, :store, 'Staff room', 'Olena');
INSERT INTO report (place_id, account_id, period, author) SELECT :store, id, 'week', 'Olena' FROM account;
INSERT INTO report_issue (report_id, first, last) SELECT id, :now, :now FROM report;
INSERT INTO export (account_id, place_id, list, expected) SELECT id, :store, 'ratings', 5 FROM account;
INSERT INTO place_day VALUES (:store, :now, -1, :question, 1, '{4,0,2,1}', 1, '{3,0,2,1}', 0);
INSERT INTO place_hour VALUES (:store, :now, 0, :question, 1, '{0,0,0,0,4,0,2,1}', NULL);
INSERT INTO place_day_stale VALUES (:store, :now);
INSERT INTO place_day_read VALUES (7);
INSERT INTO store_uptime VALUES (:store, :now, 24, 23);
INSERT INTO filter_position VALUES (1, 7)
"""
