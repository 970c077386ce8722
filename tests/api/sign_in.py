#!/usr/bin/env python3
"""Prints a token of the issuer on this machine: `sign_in.py CUSTOMER`, with the issuer's address in NINES_ISSUER.

The grant is this file's alone to know; whoever needs a token asks here.
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

# The issuer runs on this machine: no proxy stands between.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
ANSWER_S_MAX = 10


def token(issuer: str, customer: str) -> str:
    """Asks the issuer for a token that speaks for a customer."""
    grant = {"grant_type": "client_credentials", "client_id": customer}
    form = urllib.parse.urlencode(grant).encode()
    try:
        with DIRECT.open(f"{issuer}/token", data=form, timeout=ANSWER_S_MAX) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as refusal:
        told = refusal.read(2_000).decode(errors="replace")
        sys.exit(f"{issuer}/token refuses {grant}: status {refusal.code}: {told}")
    if "access_token" not in answer:
        sys.exit(f"{issuer}/token gives no access_token, but {sorted(answer)}")
    return answer["access_token"]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("say for which customer, such as `sign_in.py cust-1`")
    print(token(os.environ["NINES_ISSUER"], sys.argv[1]))
