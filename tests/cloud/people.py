"""Tests the stack's user pools with people made as the guide says: their tokens hold the claims that portal and desk
require. (Portal and desk cannot use the emulator's pools: those bear names of AWS.)"""

import base64
import hashlib
import json
import re
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cloud import Cloud, Unexpected, expect
from deployed import look_at_everything
from visits import Answer, ask

FIRST_PASSWORD, PASSWORD = "Correct-horse-1", "Battery-staple-2"


class People:
    """A site's user pool."""

    def __init__(self, cloud: Cloud, endpoint: str, site: str, pool: str) -> None:
        self.cloud, self.endpoint, self.pool = cloud, endpoint, cloud.outputs[pool]
        configuration = cloud.client("lambda").get_function_configuration(FunctionName=f"serve-{site}")
        self.told = configuration["Environment"]["Variables"]

    def make(self, name: str, group: str | None) -> None:
        """The guide's commands."""
        person = ("--user-pool-id", self.pool, "--username", name)
        email = ("--user-attributes", f"Name=email,Value={name}@example.org", "Name=email_verified,Value=true")
        password = ("--temporary-password", FIRST_PASSWORD)
        self.cloud.cli("cognito-idp", "admin-create-user", *person, *email, *password)
        if group:
            self.cloud.cli("cognito-idp", "create-group", "--user-pool-id", self.pool, "--group-name", group)
            self.cloud.cli("cognito-idp", "admin-add-user-to-group", *person, "--group-name", group)

    def says(self, name: str, group: str | None, *scopes: str) -> None:
        """A person who signs in gets a token with the claims that the site requires."""
        self.make(name, group)
        says, told = self.token_of(name), self.told
        expect(says["iss"] == told["NINES_ISSUER"], f"the issuer is the one that the site is told: {says}")
        expect((says["token_use"], says["client_id"]) == ("access", told["NINES_CLIENT_ID"]), f"for this site: {says}")
        expect(set(scopes) <= set(says["scope"].split()), f"with its scopes {scopes}: {says}")
        expect((says.get("cognito:groups"), says["username"]) == (group and [group], name), f"whose and who: {says}")
        expect(says["exp"] - says["iat"] == 3600, f"for an hour: {says}")

    def token_of(self, name: str) -> dict[str, Any]:
        """Signs in as the site does: code, PKCE, its scopes, its callback; returns the token's claims."""
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        shared = {"client_id": self.told["NINES_CLIENT_ID"], "redirect_uri": f"{self.told['NINES_ORIGIN']}/sign-in/callback"}
        asked = shared | {"response_type": "code", "scope": self.told["NINES_SCOPE"], "state": "s", "code_challenge": challenge}
        page = ask("GET", f"{self.endpoint}/oauth2/authorize?{urlencode(asked | {'code_challenge_method': 'S256'})}")
        expect(page.status == 200, f"the pool asks who it is: {page.status} {page.text[:300]}")
        renewed = self.submit(page, {"username": name, "password": FIRST_PASSWORD})
        fields = dict.fromkeys(re.findall(r'<input[^>]*type="password"[^>]*name="([^"]+)"', renewed.text), PASSWORD)
        expect(renewed.status == 200 and fields, f"the first password is to be changed: {renewed.status} {renewed.text[:600]}")
        back = self.submit(renewed, fields)
        expect(back.status == 302, f"back with a code: {back.status} {back.text[:300]}")
        code = parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]
        grant = shared | {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        answer = self.post("/oauth2/token", grant)
        expect(answer.status == 200, f"the code becomes a token: {answer.status} {answer.text}")
        body = answer.json()["access_token"].split(".")[1]
        return json.loads(base64.urlsafe_b64decode(body + "=="))

    def submit(self, page: Answer, fields: dict[str, str]) -> Answer:
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        return self.post("/login", hidden | fields)

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return ask("POST", f"{self.endpoint}{path}", form, urlencode(fields))


def main() -> int:
    cloud = Cloud("nines", Path("/dev/null"))
    endpoint = cloud.client("sts").meta.endpoint_url
    try:
        People(cloud, endpoint, "portal", "CustomerPoolId").says("ann", "customer:cust-2", "nines/customer")
        staff = People(cloud, endpoint, "desk", "StaffPoolId")
        # The emulator asks nobody for a second factor, and knows no way to give one before the first sign-in.
        staff.says("ada", None, "nines/staff", "nines/finance")
        looked_at = look_at_everything(cloud)
        print("         " + ", ".join(f"{count} {kind}" for kind, count in sorted(looked_at.items())))
    except Unexpected as unexpected:
        print(f"not as it should be: {unexpected}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
