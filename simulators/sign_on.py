"""An organisation's sign-on: an OpenID provider whose people are on one page, and whose answers can be forged.

It does what the standard asks of a provider (discovery, authorization code flow, PKCE by S256, keys published and
replaced) and checks what it is sent; it shares no code with who signs in by it.

    provider = SignOn([Person("u-1", "olha@example.org")], client="smilepost", secret="…")
    with provider.running(port) as issuer:
        …
"""

import asyncio
import base64
import hashlib
import html
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlencode

from aiohttp import web
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from simulators.closing import close
from simulators.in_thread import in_thread

#: How long a code is good for, s.
CODE_LIVES = 60


@dataclass(frozen=True)
class Person:
    subject: str
    email: str
    email_verified: bool | str = True


@dataclass(frozen=True)
class _Code:
    person: Person
    redirect_uri: str
    nonce: str | None
    challenge: str
    at: float = field(default_factory=time.monotonic)


@dataclass
class SignOn:
    """One provider with one client.

    Parameters
    ----------
    secret: of the client; none: a public one, that PKCE alone proves.
    """

    people: Sequence[Person]
    client: str = "smilepost"
    secret: str | None = None
    #: Changes the claims of what is signed next.
    forge: Callable[[dict[str, Any]], None] = lambda _claims: None
    #: How the next tokens are signed, if otherwise than they should be: `none`, or `secret` (HMAC by the client's own).
    signs: str = ""
    #: Answers 500 to everything while it is set.
    broken: bool = False
    #: Each path that was asked for, in order.
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.issuer = ""
        self._codes: dict[str, _Code] = {}
        self.replace_key()

    def replace_key(self, *, published: bool = True) -> None:
        """Sign with another key from now on.

        Parameters
        ----------
        published: whether others can know it.
        """
        self._key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})
        if published:
            self._published = self._key

    @contextmanager
    def running(self, port: int) -> Iterator[str]:
        """Answer at this port of this machine, in a thread; gives the issuer."""
        with in_thread(lambda done, ready: self.serve(port, done, ready)):
            yield self.issuer

    async def serve(self, port: int, done: asyncio.Event, ready: Callable[[], None]) -> None:
        """Answer until `done` is set; calls `ready` once it does."""
        self.issuer = f"http://localhost:{port}"
        app = web.Application(middlewares=[self._noted])
        app.router.add_get("/.well-known/openid-configuration", self._metadata)
        app.router.add_get("/keys", self._keys)
        app.router.add_get("/authorize", self._authorize)
        app.router.add_post("/authorize", self._chosen)
        app.router.add_post("/token", self._token)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            answers = runner.server
            assert answers is not None  # noqa: S101 - setup made it
            server = await asyncio.get_running_loop().create_server(answers, "127.0.0.1", port)
            ready()
            await done.wait()
            await close(server)
        finally:
            await runner.cleanup()

    @web.middleware
    async def _noted(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        self.asked.append(request.path)
        if self.broken:
            return web.Response(status=500, text="It is broken.")
        response: web.StreamResponse = await handler(request)
        return response

    async def _metadata(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    async def _keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [self._published.as_dict(private=False)]})

    async def _authorize(self, request: web.Request) -> web.Response:
        """The page on which somebody says who they are."""
        if against := self._against(request.query):
            return web.Response(status=400, text=against)
        buttons = "".join(
            f'<p><button name="who" value="{html.escape(each.subject)}">{html.escape(each.email)}</button></p>'
            for each in self.people
        )
        nobody = '<p><button name="who" value="">Not now</button></p>'
        page = f"<!doctype html><title>Sign in</title><h1>Who are you?</h1><form method=post>{buttons}{nobody}</form>"
        return web.Response(text=page, content_type="text/html")

    async def _chosen(self, request: web.Request) -> web.Response:
        if against := self._against(request.query):
            return web.Response(status=400, text=against)
        who = str((await request.post()).get("who", ""))
        person = next((each for each in self.people if each.subject == who), None)
        said = {"state": request.query.get("state", "")}
        if person is None:
            said["error"] = "access_denied"
        else:
            code = secrets.token_urlsafe(24)
            back, nonce = request.query["redirect_uri"], request.query.get("nonce")
            self._codes[code] = _Code(person, back, nonce, request.query["code_challenge"])
            said["code"] = code
        return web.Response(status=302, headers={"Location": f"{request.query['redirect_uri']}?{urlencode(said)}"})

    def _against(self, query: Mapping[str, str]) -> str | None:
        if query.get("client_id") != self.client:
            return "This client is not known here."
        if not query.get("redirect_uri", "").startswith(("http://localhost:", "http://127.0.0.1:", "https://")):
            return "There is nowhere to go back to."
        if query.get("response_type") != "code" or "openid" not in query.get("scope", "").split():
            return "Only codes for openid are given here."
        if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
            return "Without PKCE nobody signs in here."
        return None

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if not self._is_client(request.headers.get("Authorization", ""), str(form.get("client_id", ""))):
            return web.json_response({"error": "invalid_client"}, status=401)
        code = self._codes.pop(str(form.get("code", "")), None)  # each is good for once
        verifier = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
        shown = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if (
            form.get("grant_type") != "authorization_code"
            or code is None
            or time.monotonic() - code.at > CODE_LIVES
            or code.redirect_uri != form.get("redirect_uri")
            or not secrets.compare_digest(code.challenge, shown)
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        said = {"access_token": secrets.token_urlsafe(24), "token_type": "Bearer", "expires_in": 300}
        return web.json_response({**said, "id_token": self._signed(code)})

    def _is_client(self, authorization: str, named: str) -> bool:
        if self.secret is None:
            return named == self.client
        kind, _, value = authorization.partition(" ")
        if kind.lower() != "basic":
            return False
        name, _, secret = base64.b64decode(value).decode().partition(":")
        return (unquote_plus(name), unquote_plus(secret)) == (self.client, self.secret)

    def _signed(self, code: _Code) -> str:
        now, person = int(time.time()), code.person
        claims: dict[str, Any] = {
            **{"iss": self.issuer, "aud": self.client, "sub": person.subject, "iat": now, "exp": now + 300},
            **{"email": person.email, "email_verified": person.email_verified, "nonce": code.nonce},
        }
        self.forge(claims)
        if self.signs == "none":
            parts = ('{"alg":"none"}', json.dumps(claims))
            return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts) + "."
        if self.signs == "secret":
            key = OctKey.import_key(self.secret or self.client)
            return jwt.encode({"alg": "HS256"}, claims, key, algorithms=["HS256"])
        return jwt.encode({"alg": "RS256", "kid": self._key.kid or ""}, claims, self._key)


def serve(port: int, emails: Sequence[str]) -> None:
    """Answer at a port of this machine until Ctrl-C; these people sign in there.

    Raises
    ------
    OSError: the port cannot be used.
    """
    provider = SignOn([Person(hashlib.sha256(each.encode()).hexdigest()[:12], each) for each in emails])

    def say() -> None:
        print(f'Set oidc_issuer = "{provider.issuer}" and oidc_client_id = "{provider.client}".', flush=True)

    try:
        asyncio.run(provider.serve(port, asyncio.Event(), say))
    except KeyboardInterrupt:
        return
