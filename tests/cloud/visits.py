"""People at the portal: a browser without scripts that follows a sign-in, keeps cookies and submits forms."""

import http.client
import json
import os
import re
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from cloud import Cloud, Json, expect
from issuer import Issuer

# Headers of every answer of the function, and of none by the gateway itself.
OF_THE_FUNCTION = "content-security-policy"
# The session cookie of each site.
SESSIONS = {"Portal": "__Host-nines", "Desk": "__Host-nines-desk"}


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    def by_the_function(self) -> bool:
        return OF_THE_FUNCTION in self.headers

    def json(self) -> Json:
        return json.loads(self.text)


def ask(method: str, url: str, headers: dict[str, str] | None = None, body: str | None = None) -> Answer:
    """Asks over TLS, trusting the local cloud's authority. Names below `localhost` are this machine (RFC 6761)."""
    address = urlsplit(url)
    context = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
    connection = http.client.HTTPSConnection("localhost", address.port, context=context, timeout=30)
    path = address._replace(scheme="", netloc="").geturl() or "/"
    connection.request(method, path, body, {"Host": address.netloc} | (headers or {}))
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return Answer(answer.status, answer.headers, text)


class Visitor:
    """Somebody with a browser."""

    def __init__(self, cloud: Cloud, token: str | None = None, site: str = "Portal") -> None:
        self.origin, self.session = cloud.outputs[f"{site}Url"], SESSIONS[site]
        self.cookies: dict[str, str] = {self.session: token} if token else {}

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, headers)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        return self.send("POST", path, form | headers, urlencode(fields))

    def send(self, method: str, path: str, headers: dict[str, str], body: str | None = None) -> Answer:
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        answer = ask(method, urljoin(self.origin, path), cookies | headers, body)
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = cookie.partition("=")
            value = rest.split(";")[0]
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value
        return answer

    def page(self, path: str, *shown: str) -> str:
        """Opens a page that must exist and contain each text."""
        answer = self.get(path)
        expect(answer.status == 200, f"{path} is answered with {answer.status}: {answer.text[:300]}")
        for each in shown:
            expect(each in answer.text, f"{path} shows {each!r}: {answer.text[:2000]}")
        return answer.text

    def sign_in(self, who: str, path: str) -> None:
        """Signs in where a page leads to, and comes back to that page."""
        asked = self.get(path)
        expect(asked.status == 303, f"{path} leads to the sign-in: {asked.status}")
        page = self.page(asked.headers["Location"])
        begin = self.get(re.findall(r'href="(/sign-in/begin[^"]*)"', page)[0].replace("&amp;", "&"))
        expect(begin.status == 303, f"the sign-in begins: {begin.status} {begin.text[:300]}")
        at_the_issuer = ask("GET", begin.headers["Location"], {"Cookie": f"who={who}"})
        expect(at_the_issuer.status == 302, f"the issuer signs in: {at_the_issuer.status} {at_the_issuer.text}")
        back = at_the_issuer.headers["Location"]
        expect(back.startswith(f"{self.origin}/sign-in/callback?"), f"the issuer leads back: {back}")
        done = self.get(back)
        expect(done.status == 303 and done.headers["Location"] == path, f"back at {path}: {done.status} {done.text[:300]}")
        expect(self.session in self.cookies, f"a session: {self.cookies.keys()}")

    def field(self, page: str, name: str) -> str:
        """The value of a hidden field of a page's form."""
        return re.findall(rf'name="{name}" value="([^"]*)"', self.page(page))[0]


def strangers(issuer: Issuer) -> dict[str, str | None]:
    """Everyone whose token does not hold at the portal."""
    good = issuer.token("cust-2").split(".")
    unsigned = Issuer.encoded({"alg": "none", "typ": "at+jwt", "kid": "local"})
    id_token: dict[str, Any] = {"iss": issuer.origin, "aud": "portal", "sub": "someone", "customer_id": "cust-2", "exp": 4102444800}
    return {
        "nobody": None,
        "an expired token": issuer.token("cust-2", exp=1),
        "another audience": issuer.token("cust-2", aud="desk"),
        "staff": issuer.token("ada", "desk"),
        "another issuer": issuer.token("cust-2", iss="https://id.example"),
        "another signature": ".".join([*good[:2], "A" * len(good[2])]),
        "no signature": f"{unsigned}.{good[1]}.",
        "an ID token": issuer.sign(id_token | {"scope": "openid customer"}, "JWT"),
    }
