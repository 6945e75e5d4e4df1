"""The collector's own MQTT client: how it signs in at whichever broker there is."""

import ssl
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from collector.settings import Settings, SettingsError


def mqtt_client(settings: Settings, **options: Any) -> mqtt.Client:
    """A client with the collector's user, password and, for `mqtts://`, certificates; it is not connected yet.

    Parameters
    ----------
    options: for paho's `Client`.

    Raises
    ------
    SettingsError: the password cannot be read.
    """
    client = mqtt.Client(CallbackAPIVersion.VERSION2, **options)
    client.username_pw_set(settings.broker_address.user, settings.broker_password())
    if context := tls_context(settings):
        client.tls_set_context(context)
    return client


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """What the broker's certificate is checked with; None where the connection has no TLS.

    Raises
    ------
    SettingsError: a file with certificates cannot be read.
    """
    if not settings.broker_address.tls:
        return None
    embedded = settings.broker == "embedded"
    trusted = settings.broker_certificate if embedded else settings.broker_ca
    try:
        context = ssl.create_default_context(cafile=str(trusted) if trusted else None)
    except OSError as problem:
        raise SettingsError(f"{trusted} cannot be read as certificates: {problem.strerror or problem}.") from problem
    if embedded:
        # It is our own server: that very certificate is asked for, whatever names and issuer it has.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.check_hostname = False
    return context
