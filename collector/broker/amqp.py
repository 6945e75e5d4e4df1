"""The collector's own connections to a node of a RabbitMQ cluster: how they are made, and what kept them from it."""

import logging
import ssl
from typing import Any

import pika
from pika.adapters.utils.connection_workflow import (
    AMQPConnectionWorkflowFailed,
    AMQPConnectorException,
    AMQPConnectorPhaseErrorBase,
)
from pika.exceptions import AMQPConnectionError, AMQPError, AuthenticationError, ProbableAuthenticationError

from collector.broker.client import tls_context
from collector.broker.queues import VHOST
from collector.settings import BrokerAddress, Settings

# It tells each failure six times, with its traceback; we tell it once.
logging.getLogger("pika").setLevel(logging.CRITICAL)

#: What pika raises where a node cannot be reached, or goes; a timeout of its own is no AMQPError.
AWAY = (AMQPError, AMQPConnectorException, OSError)
#: What it raises where a node takes neither user nor password.
REFUSED = (AuthenticationError, ProbableAuthenticationError)


def parameters(settings: Settings, node: BrokerAddress, patience: float, **more: Any) -> pika.ConnectionParameters:
    """How the collector signs in at a node.

    Parameters
    ----------
    patience: seconds for its TCP, and again until it lets us in.
    more: for pika's `ConnectionParameters`.

    Raises
    ------
    SettingsError: the password or the certificates cannot be read.
    """
    context = tls_context(settings)
    return pika.ConnectionParameters(
        host=node.host,
        port=node.port,
        virtual_host=VHOST,
        credentials=pika.PlainCredentials(node.user, settings.broker_password()),
        ssl_options=pika.SSLOptions(context, node.host) if context else None,
        socket_timeout=patience,
        stack_timeout=patience,
        **more,
    )


def cause(problem: BaseException) -> BaseException:
    """What went wrong; pika wraps it several times."""
    while True:
        if isinstance(problem, AMQPConnectionWorkflowFailed):
            problem = problem.exceptions[-1]
        elif isinstance(problem, AMQPConnectorPhaseErrorBase):
            problem = problem.exception
        elif isinstance(problem, AMQPConnectionError) and problem.args and isinstance(problem.args[0], Exception):
            problem = problem.args[0]
        else:
            return problem


def reason(problem: BaseException) -> str:
    """What went wrong, for a person: part of a sentence."""
    problem = cause(problem)
    if isinstance(problem, REFUSED):
        return "user or password is wrong"
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"its certificate does not hold: {problem.verify_message}"
    return (str(problem) or type(problem).__name__).rstrip(".")
