"""A small OpenID provider for tests, as a company has one: discovery, sign-in, tokens, keys, who it is."""

import base64
import hashlib
import json
import runpy
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa


class CompanyProvider:
    """Signs in whoever `person` says, without asking; checks what an honest provider checks.

    By `wrong` it says which request it had to refuse.
    """

    client_id, secret = "onsite", "the secret of Onsite"

    def __init__(self):
        self.person = {"sub": "1001", "name": "Nobody"}
        self.cancels = False
        self.wrong: list[str] = []
        self.codes: dict[str, dict] = {}
        self.tokens: dict[str, dict] = {}
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"provider": self}))
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()

    def discovery(self) -> dict:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def keys(self) -> dict:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: dict) -> str:
        """Where the browser goes next, with a code that is good once."""
        if self.cancels:
            return f"{asked['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': asked['state']})}"
        if asked["client_id"] != self.client_id or "openid" not in asked["scope"].split():
            self.wrong.append("authorize")
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, asked: dict) -> dict | None:
        """Tokens for a code: its client, its address and its challenge must fit."""
        begun = self.codes.pop(asked.get("code"), {})
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        fits = (
            (asked.get("client_id"), asked.get("client_secret")) == (self.client_id, self.secret)
            and begun.get("redirect_uri") == asked.get("redirect_uri")
            and begun.get("code_challenge_method") == "S256"
            and begun.get("code_challenge") == base64.urlsafe_b64encode(digest).decode().rstrip("=")
        )
        if not fits:
            self.wrong.append("token")
            return None
        access, now = secrets.token_urlsafe(16), int(time.time())
        self.tokens[access] = self.person
        claims = {"iss": self.url, "aud": self.client_id, "iat": now, "exp": now + 60, **self.person}
        signed = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "one"})
        return {"access_token": access, "token_type": "Bearer", "expires_in": 60, "id_token": signed}


class Handler(BaseHTTPRequestHandler):
    provider: CompanyProvider

    def do_GET(self):  # noqa: N802 (the library's name)
        parts = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        match parts.path:
            case "/.well-known/openid-configuration":
                self.answer(self.provider.discovery())
            case "/keys":
                self.answer(self.provider.keys())
            case "/authorize":  # by another host name first, as where one sign-in hands on to the next
                self.lead_to(f"http://localhost:{self.server.server_port}/second?{parts.query}")
            case "/second":
                self.lead_to(self.provider.authorize(asked))
            case "/userinfo":
                self.answer(self.provider.tokens.get(bearer))
            case _:
                self.answer(None)

    def do_POST(self):  # noqa: N802 (the library's name)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(self.provider.token({key: values[0] for key, values in parse_qs(body).items()}))

    def lead_to(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.end_headers()

    def answer(self, content: dict | None) -> None:
        self.send_response(400 if content is None else 200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(content or {"error": "refused"}).encode())

    def log_message(self, *_words):
        """Tests speak for themselves."""


def employee(person, **other) -> dict:
    """What the provider says of a person whose mail address it has confirmed."""
    return {"sub": "1001", "name": person.name, "email": person.email, "email_verified": True, **other}


@pytest.fixture
def provider(settings, monkeypatch):
    """A company's provider, and the settings that README names."""
    with CompanyProvider() as running:
        monkeypatch.setenv("OIDC_SERVER_URL", running.url)
        monkeypatch.setenv("OIDC_CLIENT_ID", running.client_id)
        monkeypatch.setenv("OIDC_CLIENT_SECRET", running.secret)
        monkeypatch.setenv("OIDC_NAME", "Harbour Group")
        read = runpy.run_path(str(settings.BASE_DIR / "onsite" / "settings.py"))
        settings.SOCIALACCOUNT_PROVIDERS = read["SOCIALACCOUNT_PROVIDERS"]
        yield running
        assert running.wrong == []
