"""The collector's own MQTT client: how it signs in at whichever broker there is."""

import ssl
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from collector.settings import Settings


def mqtt_client(settings: Settings, **options: Any) -> mqtt.Client:
    """A client with the collector's user, password and, for `mqtts://`, certificates; it is not connected yet.

    Parameters
    ----------
    options: for paho's `Client`.

    Raises
    ------
    SettingsError: the password cannot be read.
    """
    address = settings.broker_address
    client = mqtt.Client(CallbackAPIVersion.VERSION2, **options)
    client.username_pw_set(address.user, settings.broker_password())
    if address.tls:
        ca = settings.broker_ca
        client.tls_set_context(ssl.create_default_context(cafile=str(ca) if ca else None))
    return client
