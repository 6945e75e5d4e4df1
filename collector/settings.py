"""Settings of one installation: `smilepost.toml`, then `SMILEPOST_…` environment variables, then flags.

Whatever must stay secret is in a file of its own below `data/secrets`, made at random at the first start, readable
by its owner alone; so no secret stands in a settings file, an environment or a process list.
"""

import hashlib
import os
import re
import secrets
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urlsplit

import platformdirs

from collector.failure import Failure


class SettingsError(Failure):
    """A setting cannot be used; the message says which and what to write instead."""


@dataclass(frozen=True)
class Settings:
    """What one installation needs to know. Every field can be set in `smilepost.toml` under its own name."""

    #: Folder for everything that lasts: database, broker's data, secrets, logs, virtual kiosks.
    data: Path
    #: Where the pages are served.
    host: str = "127.0.0.1"
    port: int = 8080
    #: Ports of the live events, the shop floor, the embedded broker, and of the floor's printer, mail server and text
    #: messages: by default the six that follow after `port`.
    live_port: int = 0
    floor_port: int = 0
    broker_port: int = 0
    printer_port: int = 0
    mail_port: int = 0
    sms_port: int = 0
    #: Address at which people reach the pages; links are made from it.
    url: str = ""
    #: `embedded`, or the URL of a PostgreSQL server, `postgresql://user@host/database`.
    database: str = "embedded"
    #: `embedded`, or the URL of an MQTT broker, `mqtt://user@host:port` or `mqtts://…`, or of a RabbitMQ cluster with
    #: all its nodes, `amqps://user@node1,node2,node3`.
    broker: str = "embedded"
    #: Address at which the embedded broker listens. Beyond this machine it does so with TLS alone.
    broker_host: str = "127.0.0.1"
    #: Certificate (with those between it and its CA) and key of the embedded broker, for TLS. Where it listens beyond
    #: this machine, by default those that `smilepost broker certificates` makes.
    broker_certificate: Path | None = None
    broker_key: Path | None = None
    #: Keep the kiosks' users at an outside broker in step: `dynamic-security`, a Mosquitto's through its plugin of that
    #: name; `https://user@node1,node2,node3`, a RabbitMQ cluster's through its management, of the same nodes.
    broker_control: str = ""
    #: File that holds the password at that management, on the machine of `smilepost jobs` alone: it lets in whoever
    #: rules the cluster.
    broker_control_password_file: Path | None = None
    #: File that holds the collector's password at an outside broker.
    broker_password_file: Path | None = None
    #: File with the certificates that a broker with TLS is checked against, by the collector and by kiosks; without it
    #: the system's. For the embedded broker, by default the organisation's of `smilepost broker certificates`.
    broker_ca: Path | None = None
    #: The broker as kiosks see it, `mqtts://broker.example:8883`. By default as the collector does; where the embedded
    #: one listens at all addresses, under the name at which people reach the pages.
    kiosk_broker: str = ""
    #: Whole months of ratings that stay in the database; older ones go into files. 0: all stay.
    archive_after: int = 24
    #: Mail server that takes what people are told, `smtp://user@host:587` (with STARTTLS) or `smtps://user@host:465`;
    #: without TLS only on this machine itself. Empty: mail waits.
    smtp: str = ""
    #: File that holds the password at the mail server.
    smtp_password_file: Path | None = None
    #: Whom mail comes from, `feedback@example.com` or `Riverside <feedback@example.com>`.
    mail_from: str = ""
    #: File that describes the gateway for text messages (docs/messages.md). Without it they wait.
    sms_gateway: Path | None = None
    #: Whose sign-in needs a second factor besides the password: `nobody` (whoever wants one has one), `admins`, `all`.
    second_factor: str = "nobody"
    #: Single sign-on by OpenID Connect: the address of the organisation's provider, as whom we are known there, the
    #: file with the secret for it (none: a public client), and what people call it.
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_secret_file: Path | None = None
    oidc_name: str = ""
    #: Only for tests and demonstrations: a file with seconds by which this installation's time is ahead
    #: (`smilepost simulate time +26h` writes it).
    clock_file: Path | None = None

    @classmethod
    def load(cls, environ: dict[str, str] | None = None, file: Path | None = None, **flags: Any) -> Self:
        """The settings in force.

        Parameters
        ----------
        environ: variables to read, the process's own by default.
        file: settings file; `$SMILEPOST_CONFIG`, else `smilepost.toml` in the current folder if there is one.
        flags: values from the command line; `None` means not given.

        Raises
        ------
        SettingsError: a name is unknown or a value does not fit.
        """
        environ = dict(os.environ) if environ is None else environ
        values: dict[str, Any] = {}
        named = file or (Path(environ["SMILEPOST_CONFIG"]) if "SMILEPOST_CONFIG" in environ else None)
        path = named or Path("smilepost.toml")
        if named or path.exists():
            values.update(_from_file(path))
        for variable, value in environ.items():
            if variable.startswith("SMILEPOST_") and variable != "SMILEPOST_CONFIG":
                values[variable.removeprefix("SMILEPOST_").lower()] = value
        values.update({name: value for name, value in flags.items() if value is not None})
        names = {field.name for field in fields(cls)}
        if unknown := values.keys() - names:
            raise SettingsError(f"There is no setting {min(unknown)!r}. There are: {', '.join(sorted(names))}.")
        values.setdefault("data", platformdirs.user_data_path("smilepost"))
        settings = cls(**{name: _convert(name, value) for name, value in values.items()})
        if settings.broker == "embedded" and not settings.broker_certificate and not _is_loopback(settings.broker_host):
            own = settings.certificates
            settings = replace(settings, broker_certificate=own / "broker.pem", broker_key=own / "broker.key")
            settings = replace(settings, broker_ca=settings.broker_ca or own / "ca.pem")
        if bool(settings.broker_certificate) != bool(settings.broker_key):
            raise SettingsError("broker_certificate and broker_key belong together: set both, or none.")
        if settings.managers and not settings.nodes:
            raise SettingsError("broker_control: an address is for a RabbitMQ cluster, broker = 'amqps://…'.")
        if settings.broker == "embedded" and settings.broker_control:
            raise SettingsError("broker_control is for an outside broker; the embedded one needs none.")
        if settings.nodes and not (settings.managers and settings.kiosk_broker):
            raise SettingsError(
                "broker: a RabbitMQ cluster needs broker_control = 'https://manager@node1,node2,node3' (its "
                "management) and kiosk_broker (what stands before its nodes) as well; `smilepost broker rabbitmq` "
                "says all of them."
            )
        if len(settings.nodes) != len(settings.managers):
            raise SettingsError(
                f"broker names {len(settings.nodes)} nodes and broker_control {len(settings.managers)}: name all of "
                "them in both, in the same order."
            )
        if bool(settings.oidc_issuer) != bool(settings.oidc_client_id):
            raise SettingsError("oidc_issuer and oidc_client_id belong together: set both, or none.")
        return replace(
            settings,
            live_port=settings.live_port or settings.port + 1,
            floor_port=settings.floor_port or settings.port + 2,
            broker_port=settings.broker_port or settings.port + 3,
            printer_port=settings.printer_port or settings.port + 4,
            mail_port=settings.mail_port or settings.port + 5,
            sms_port=settings.sms_port or settings.port + 6,
            url=settings.url or f"http://localhost:{settings.port}",
        )

    def environment(self) -> dict[str, str]:
        """The variables from which another process loads these same settings."""
        return {f"SMILEPOST_{name.upper()}": str(value) for name, value in vars(self).items() if value is not None}

    @property
    def database_url(self) -> str:
        """libpq URL of the database."""
        if self.database != "embedded":
            return self.database
        return f"postgresql://smilepost@/smilepost?host={quote(str(self.postgres_socket_dir), safe='')}"

    @property
    def postgres_socket_dir(self) -> Path:
        """Folder of the embedded database's socket; short, because a socket's path has 107 bytes at most."""
        inside = self.data / "postgres" / "socket"
        if len(str(inside)) <= 80:
            return inside
        name = hashlib.sha256(str(self.data).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"smilepost-{name}"

    @property
    def certificates(self) -> Path:
        """Folder of what `smilepost broker certificates` makes."""
        return self.data / "certificates"

    @property
    def nodes(self) -> tuple["BrokerAddress", ...]:
        """Where and as whom the collector signs in at a RabbitMQ cluster; empty with any other broker."""
        return _cluster_at(self.broker, _AMQP) if urlsplit(self.broker).scheme in _AMQP else ()

    @property
    def managers(self) -> tuple["BrokerAddress", ...]:
        """Where that cluster is managed."""
        if "://" not in self.broker_control:
            return ()
        return _cluster_at(self.broker_control, _MANAGEMENT)

    @property
    def broker_address(self) -> "BrokerAddress":
        """Where and as whom the collector signs in at the broker; of a cluster, its first node."""
        if self.nodes:
            return self.nodes[0]
        if self.broker == "embedded":
            tls = self.broker_certificate is not None
            # A certificate is for names, our own one for `localhost`, too.
            near = self.broker_host in ANYWHERE or _is_loopback(self.broker_host)
            return BrokerAddress("localhost" if tls and near else self.broker_host, self.broker_port, "collector", tls)
        return broker_at(self.broker)

    @property
    def kiosk_broker_address(self) -> "BrokerAddress":
        """Where kiosks find their broker; each signs in as itself."""
        if self.kiosk_broker:
            return broker_at(self.kiosk_broker)
        near = self.broker_address
        is_anywhere = self.broker == "embedded" and self.broker_host in ANYWHERE
        return replace(near, host=urlsplit(self.url).hostname or near.host if is_anywhere else near.host, user="")

    def broker_password(self) -> str:
        """The collector's password at the broker."""
        if self.broker == "embedded":
            return self.secret("broker-collector")
        return _password("broker_password_file", self.broker_password_file, "the collector's password at the broker")

    def broker_control_password(self) -> str:
        """The password at a RabbitMQ cluster's management."""
        return _password(
            "broker_control_password_file", self.broker_control_password_file, "the password at RabbitMQ's management"
        )

    def secret_file(self, name: str) -> Path:
        """Where the secret `name` is kept."""
        return self.data / "secrets" / name

    def has_secret(self, name: str) -> bool:
        """Whether the secret `name` is on this machine."""
        return self.secret_file(name).exists()

    def secret(self, name: str) -> str:
        """The installation's secret `name`, 256 random bits, made at its first use."""
        path = self.secret_file(name)
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=path.parent)  # for its owner's eyes only
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)  # fails where another process was first: then its secret counts
            except FileExistsError:
                pass
            finally:
                Path(draft).unlink()
        return path.read_text()


#: Schemes of a RabbitMQ cluster's URLs, and their usual ports.
_AMQP = {"amqp": 5672, "amqps": 5671}
_MANAGEMENT = {"http": 15672, "https": 15671}
#: Where a server listens at all addresses of its machine.
ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - with TLS and passwords


@dataclass(frozen=True)
class BrokerAddress:
    host: str
    port: int
    user: str
    tls: bool


def broker_at(url: str) -> BrokerAddress:
    """Where an MQTT broker is, by its URL."""
    parts = urlsplit(url)
    tls = parts.scheme == "mqtts"
    return BrokerAddress(parts.hostname or "", parts.port or (8883 if tls else 1883), parts.username or "", tls)


def _cluster_at(url: str, ports: Mapping[str, int]) -> tuple[BrokerAddress, ...]:
    """The nodes in a URL that lists them, `amqps://user@node1:5671,node2:5671`.

    Parameters
    ----------
    ports: by scheme, the usual one; that of a scheme that ends in s has TLS.

    Raises
    ------
    ValueError: it is no such URL.
    """
    scheme, _, rest = url.partition("://")
    user, _, hosts = rest.rpartition("@")
    nodes = [urlsplit(f"//{host}") for host in hosts.rstrip("/").split(",")]
    if scheme not in ports or ":" in user or any(not node.hostname or node.path or node.query for node in nodes):
        raise ValueError(url)
    return tuple(
        BrokerAddress(node.hostname or "", node.port or ports[scheme], user, scheme.endswith("s")) for node in nodes
    )


def _is_cluster(value: str, ports: Mapping[str, int]) -> bool:
    """Whether this is the URL of a cluster, with who signs in."""
    try:
        return all(node.user for node in _cluster_at(value, ports))
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    return ip_address(host).is_loopback


def is_broker(value: str, *, named: bool) -> bool:
    """Whether this is the URL of an MQTT broker.

    Parameters
    ----------
    named: it says who signs in, or else it must not.
    """
    try:
        parts = urlsplit(value)
        usable = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_fit = parts.scheme in {"mqtt", "mqtts"} and bool(parts.hostname) and not parts.password
    return usable and is_fit and bool(parts.username) == named


def _is_mail_server(value: str) -> bool:
    try:
        parts = urlsplit(value)
        usable = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return usable and parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and not parts.password


def _check_broker(name: str, value: Any) -> None:
    if name == "kiosk_broker" and value and not is_broker(value, named=False):
        raise SettingsError("kiosk_broker: write an address like mqtts://broker.example:8883.")
    if name == "broker" and not (value == "embedded" or is_broker(value, named=True) or _is_cluster(value, _AMQP)):
        raise SettingsError(
            "broker: write 'embedded', or an address like mqtts://collector@host:8883 or amqps://collector@node1,node2 "
            "(the password is in the file that broker_password_file names)."
        )
    if name == "broker_control" and not (value in {"", "dynamic-security"} or _is_cluster(value, _MANAGEMENT)):
        raise SettingsError(
            "broker_control: write 'dynamic-security', or a RabbitMQ cluster's 'https://manager@node1,node2,node3' "
            "(the password is in the file that broker_control_password_file names); or leave it out."
        )


def _check_mail(name: str, value: Any) -> None:
    """Empty: none is sent."""
    if name == "smtp" and value and not _is_mail_server(value):
        raise SettingsError(
            "smtp: write an address like smtp://user@host:587 or smtps://user@host:465 "
            "(the password is in the file that smtp_password_file names)."
        )
    if name == "mail_from" and value and not _is_sender(value):
        raise SettingsError("mail_from: write feedback@example.com, or Riverside <feedback@example.com>.")


def _check_sign_on(name: str, value: Any) -> None:
    if name == "second_factor" and value not in {"nobody", "admins", "all"}:
        raise SettingsError("second_factor: write 'nobody', 'admins' or 'all'.")
    if name == "oidc_issuer" and value and not _is_issuer(value):
        raise SettingsError(
            "oidc_issuer: write the address of the provider, like https://login.example.com/realms/shops "
            "(http only on this machine itself)."
        )


def _is_issuer(value: str) -> bool:
    try:
        parts = urlsplit(value)
        usable = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_near = re.fullmatch(r"localhost|127(\.[0-9]{1,3}){3}|::1", parts.hostname or "") is not None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_near)
    return usable and is_safe and bool(parts.hostname) and not (parts.query or parts.fragment or parts.username)


def _is_sender(value: str) -> bool:
    address = parseaddr(value)[1]
    return value.isprintable() and re.fullmatch(r"[!-?A-~]+@[A-Za-z0-9.-]+", address) is not None


def _password(name: str, file: Path | None, whose: str) -> str:
    """What is in the file that the setting `name` gives."""
    if file is None:
        raise SettingsError(f"{name}: name the file that holds {whose}.")
    try:
        return file.read_text().strip()
    except OSError as problem:
        raise SettingsError(f"{name}: {file} cannot be read: {problem.strerror}.") from problem


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except OSError as problem:
        raise SettingsError(f"{path} cannot be read: {problem.strerror}.") from problem
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError(f"{path} is not TOML: {problem}.") from problem


_FILES = frozenset(
    {
        "data",
        "broker_password_file",
        "broker_control_password_file",
        "broker_ca",
        "broker_certificate",
        "broker_key",
        "smtp_password_file",
        "sms_gateway",
        "oidc_secret_file",
        "clock_file",
    }
)


def _convert(name: str, value: Any) -> Any:
    if name in _FILES:
        return Path(value).expanduser().absolute()
    if name == "archive_after":
        if not str(value).isdecimal():
            raise SettingsError(f"archive_after: {value!r} is no number of months; write 0 or more.")
        return int(value)
    if name.endswith("port"):
        try:
            number = int(value)
        except (TypeError, ValueError):
            number = -1
        highest = 65529 if name == "port" else 65535  # six more follow after `port`
        if not 1 <= number <= highest:
            raise SettingsError(f"{name}: {value!r} is not a port; write a number from 1 to {highest}.")
        return number
    if name == "database" and value != "embedded" and urlsplit(value).scheme not in {"postgresql", "postgres"}:
        raise SettingsError("database: write 'embedded', or an address that begins with postgresql://.")
    if name == "url" and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).hostname):
        raise SettingsError(f"url: {value!r} should be like https://feedback.example.com.")
    _check_mail(name, value)
    if name == "broker_host":
        try:
            return str(ip_address(value))
        except ValueError as problem:
            raise SettingsError(
                f"broker_host: {value!r} is no address; write 127.0.0.1 for this machine alone, 0.0.0.0 for all."
            ) from problem
    _check_broker(name, value)
    _check_sign_on(name, value)
    return value
