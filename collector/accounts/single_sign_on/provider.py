"""What is asked of an OpenID provider, and whether its answer can be believed.

Authlib speaks the protocol; here is what it must be told to insist on: our issuer and no other, our own client, a
signature by a published key (never by our secret, never none), our nonce.
"""

import http.client
import json
import ssl
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from authlib.common.security import generate_token
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from collector.settings import Settings

SCOPE = "openid email"
#: With published keys alone: nobody who knows a client's secret signs for the provider.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
#: How far the provider's clock may be from ours, s.
LEEWAY = 120
#: How long what it says of itself is believed, s.
FRESH = 3600.0
#: Seconds for each of its answers, and how much of them is read.
PATIENCE, LONGEST = 5.0, 256 * 1024


class NotBelieved(Exception):
    """The provider's answer is not one that lets anybody in; the message is for the log, and names nobody."""


class Unreachable(Exception):
    """The provider does not answer, or not as OpenID providers do."""


@dataclass(frozen=True)
class Beginning:
    """What one sign-in begins with: kept in the browser that begins it, for when it comes back."""

    state: str = field(default_factory=lambda: generate_token(32))
    nonce: str = field(default_factory=lambda: generate_token(32))
    #: Of PKCE: whoever catches the code on its way can do nothing with it.
    verifier: str = field(default_factory=lambda: generate_token(64))


@dataclass(frozen=True)
class Identity:
    """Who the provider says that somebody is."""

    issuer: str
    subject: str
    #: Only one that it has made sure of.
    email: str | None


def sign_on_name(settings: Settings) -> str | None:
    """What people call the organisation's sign-on; None where there is none."""
    if not settings.oidc_issuer:
        return None
    return settings.oidc_name or urlsplit(settings.oidc_issuer).hostname


class Provider:
    """The provider of one installation; what it says of itself is asked for once an hour."""

    def __init__(self, settings: Settings) -> None:
        self._issuer, self._client = settings.oidc_issuer, settings.oidc_client_id
        self._secret_file = settings.oidc_secret_file
        self._lock = Lock()
        self._said: dict[str, tuple[float, dict[str, Any]]] = {}

    def address(self, beginning: Beginning, back: str) -> str:
        """Where the browser goes to sign in.

        Parameters
        ----------
        back: where it comes back to.

        Raises
        ------
        Unreachable
        """
        uri: str = prepare_grant_uri(
            self._endpoint("authorization_endpoint"),
            self._client,
            "code",
            back,
            SCOPE,
            beginning.state,
            nonce=beginning.nonce,
            code_challenge=create_s256_code_challenge(beginning.verifier),
            code_challenge_method="S256",
        )
        return uri

    def identity(self, beginning: Beginning, code: str, back: str) -> Identity:
        """Who has come back with a code.

        Raises
        ------
        NotBelieved, Unreachable
        """
        token = self._token(beginning, code, back)
        try:
            claims = self._claims(token["id_token"], beginning.nonce, token.get("access_token"))
        except (JoseError, KeyError, ValueError, TypeError) as problem:
            raise NotBelieved(type(problem).__name__) from problem
        subject, email = claims["sub"], claims.get("email")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise NotBelieved("a subject that is none")
        sure = claims.get("email_verified")
        is_sure = (sure is True or sure == "true") and isinstance(email, str)  # some providers send the word
        return Identity(self._issuer, subject, email if is_sure else None)

    def _token(self, beginning: Beginning, code: str, back: str) -> dict[str, Any]:
        body = prepare_token_request(
            "authorization_code", redirect_uri=back, code=code, code_verifier=beginning.verifier
        )
        methods = self._metadata().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        secret = self._secret_file.read_text().strip() if self._secret_file else None
        basic = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        auth = ClientAuth(self._client, secret, basic if secret else "none")
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        uri, headers, body = auth.prepare("POST", self._endpoint("token_endpoint"), headers, body)
        status, said = _asked(uri, body, headers)
        if status >= 500:
            raise Unreachable(f"the token endpoint answers {status}")
        if status != 200 or not isinstance(said.get("id_token"), str):
            raise NotBelieved(f"the token endpoint answers {status}")
        return said

    def _claims(self, id_token: str, nonce: str, access_token: str | None) -> CodeIDToken:
        try:
            token = self._decoded(id_token, self._keys())
        except InvalidKeyIdError:  # it has changed its keys since
            token = self._decoded(id_token, self._keys(anew=True))
        insists = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": self._client},
        }
        given = {"nonce": nonce, "client_id": self._client, "access_token": access_token}
        claims = CodeIDToken(token.claims, token.header, insists, given)
        claims.validate(leeway=LEEWAY)
        return claims

    @staticmethod
    def _decoded(id_token: str, keys: KeySet) -> jwt.Token:
        return jwt.decode(id_token, keys, registry=JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False))

    def _keys(self, *, anew: bool = False) -> KeySet:
        return KeySet.import_key_set(self._known(self._endpoint("jwks_uri"), anew=anew))  # type: ignore[arg-type]

    def _metadata(self) -> dict[str, Any]:
        said = self._known(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        if said.get("issuer") != self._issuer:
            raise Unreachable(f"it calls itself {said.get('issuer')!r}; oidc_issuer must be the same, letter by letter")
        return said

    def _endpoint(self, name: str) -> str:
        """One of its addresses; as safe as its own."""
        uri = self._metadata().get(name)
        if not isinstance(uri, str) or urlsplit(uri).scheme not in {"https", urlsplit(self._issuer).scheme}:
            raise Unreachable(f"it names no {name} that can be used")
        return uri

    def _known(self, uri: str, *, anew: bool = False) -> dict[str, Any]:
        with self._lock:
            at, said = self._said.get(uri, (float("-inf"), {}))
        if not anew and time.monotonic() - at < FRESH:
            return said
        status, said = _asked(uri)
        if status != 200:
            raise Unreachable(f"{urlsplit(uri).path} answers {status}")
        with self._lock:
            self._said[uri] = time.monotonic(), said
        return said


def _asked(uri: str, body: str | None = None, headers: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    """Status and JSON of an answer; a redirect is not followed.

    Raises
    ------
    Unreachable
    """
    parts = urlsplit(uri)
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        connection = _connection(parts.scheme, parts.hostname or "", parts.port)
        try:
            connection.request("POST" if body is not None else "GET", path, body, headers or {})
            answer = connection.getresponse()
            said = json.loads(answer.read(LONGEST) or b"{}")
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as problem:
        raise Unreachable(f"{parts.hostname}: {problem}") from problem
    return answer.status, said if isinstance(said, dict) else {}


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=PATIENCE)
