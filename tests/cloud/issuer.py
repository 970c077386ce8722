"""A small OIDC issuer over TLS, as any provider has one: codes with PKCE, signed access tokens, its key. It asks for
no password: the person in the browser's cookie comes back with a code. `run` starts it; drive.py signs with its key."""

import argparse
import base64
import hashlib
import json
import secrets
import ssl
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

# The clients, and the scopes of their people.
CLIENTS = {"portal": "openid customer", "desk": "openid staff finance"}
KEY_ID = "local"
TOKEN_S = 3600
Claims = dict[str, Any]


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """An issuer's address, and its key in a file."""

    def __init__(self, origin: str, key_file: Path) -> None:
        self.origin = origin
        if not key_file.exists():
            made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            kept = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            key_file.write_bytes(made.private_bytes(*kept))
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self.key = key

    @staticmethod
    def encoded(part: Claims) -> str:
        """A part of a token."""
        return base64url(json.dumps(part).encode())

    def sign(self, claims: Claims, kind: str = "at+jwt") -> str:
        """Signs claims as a token of a kind."""
        parts = [{"alg": "RS256", "typ": kind, "kid": KEY_ID}, claims]
        signed = ".".join(map(self.encoded, parts))
        return f"{signed}.{base64url(self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def token(self, who: str, client: str = "portal", **claims: Any) -> str:
        """Signs a person's access token, at the portal that of a customer's person; other claims may be given."""
        now = int(time.time())
        own: Claims = {"iss": self.origin, "aud": client, "sub": who, "iat": now, "exp": now + TOKEN_S, "scope": CLIENTS[client]}
        if client == "portal":
            own |= {"sub": f"someone-at-{who}", "customer_id": who, "username": f"Someone at {who}"}
        return self.sign(own | claims)

    def configuration(self) -> Claims:
        return {
            "issuer": self.origin,
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": f"{self.origin}/token",
            "jwks_uri": f"{self.origin}/jwks.json",
        }

    def keys(self) -> Claims:
        public = self.key.public_key().public_numbers()
        numbers = {"n": public.n.to_bytes(256, "big"), "e": public.e.to_bytes(3, "big")}
        shared = {name: base64url(number) for name, number in numbers.items()}
        return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID} | shared]}


def fields_of(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text).items()}


class Answers(BaseHTTPRequestHandler):
    """The issuer's HTTP interface; a code is valid once."""

    issuer: Issuer
    codes: dict[str, dict[str, str]] = {}

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        match address.path:
            case "/.well-known/openid-configuration":
                self.answer(200, self.issuer.configuration())
            case "/jwks.json":
                self.answer(200, self.issuer.keys())
            case "/authorize":
                self.authorize(fields_of(address.query))
            case _:
                self.answer(404, {})

    def authorize(self, asked: dict[str, str]) -> None:
        who = self.headers.get("Cookie", "").removeprefix("who=")
        good = who and asked["client_id"] in CLIENTS and asked["code_challenge_method"] == "S256"
        if not good:
            return self.answer(400, {"error": "invalid_request"})
        code = secrets.token_urlsafe()
        self.codes[code] = asked | {"who": who}
        self.send_response(302)
        back = urlencode({"code": code, "state": asked["state"]})
        self.send_header("Location", f"{asked['redirect_uri']}?{back}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        asked = fields_of(self.rfile.read(int(self.headers["Content-Length"])).decode())
        begun = self.codes.pop(asked.get("code", ""), None)
        proof = base64url(hashlib.sha256(asked.get("code_verifier", "").encode()).digest())
        same = begun and all(asked.get(name) == begun[name] for name in ("client_id", "redirect_uri"))
        if self.path != "/token" or not begun or not same or begun["code_challenge"] != proof:
            return self.answer(400, {"error": "invalid_grant"})
        token = self.issuer.token(begun["who"], begun["client_id"])
        self.answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_S})

    def answer(self, status: int, document: Claims) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Logs nothing: URLs contain codes and tokens."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tls", type=Path, required=True, help="the folder of server.pem and server.key")
    parser.add_argument("--key", type=Path, required=True, help="the file of the key that signs; made if it is not there")
    options = parser.parse_args()
    Answers.issuer = Issuer(f"https://127.0.0.1:{options.port}", options.key)
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Answers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.tls / "server.pem", options.tls / "server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
