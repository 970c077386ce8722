"""Starts each bootstrap as Lambda does, up to its first `GET …/invocation/next`, and measures the start.
Prints the table of infra/handbook/figures.md; names each broken limit."""

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEXT = b"GET /2018-06-01/runtime/invocation/next "
STARTS = 21
START_S_MAX = 120
REQUEST_BYTES_MAX = 65_536
MEGA = 1_000_000
# The recorded size of each binary in bytes, by function; growth beyond this share is a finding.
RECORDED = Path(__file__).with_name("recorded.json")
GROWTH_PCT_MAX = 3
# These serve HTTP, with routes and proofs, two of them pages and API descriptions: they have a limit of their own.
SITES = ("receive-webhooks", "serve-desk", "serve-portal")
# It also holds the clients of Scheduler, for the clocks of tickets, and of the secrets.
DESK = "serve-desk"
TARGETS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu")
ACCOUNT = "eu-central-1:123456789012"

# Lambda's own variables, and the functions' settings (shared/shell/src/settings.rs). There is no
# AWS_ENDPOINT_URL: setting up TLS is part of a start.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "ASIAEXAMPLEEXAMPLE00",
    "AWS_SECRET_ACCESS_KEY": "an example of forty characters for tests",
    "AWS_SESSION_TOKEN": "t" * 900,
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_FORMAT": "JSON",
    "AWS_LAMBDA_LOG_LEVEL": "INFO",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/06/01/[$LATEST]0123456789abcdef0123456789abcdef",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LANG": "en_US.UTF-8",
    "LD_LIBRARY_PATH": "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    "PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    "TZ": ":UTC",
    "_HANDLER": "bootstrap",
    "NINES_CLIENT_ID": "1example23456789",
    "NINES_ISSUER": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_EXAMPLE00",
    "NINES_ORIGIN": "https://portal.example",
    "NINES_SCOPE": "openid nines/customer",
    "NINES_TABLE": "nines",
    "NINES_CONTROLS": "one.one.one.one:443,dns.google:443",
    "NINES_CHECKS_QUEUE": "https://sqs.eu-central-1.amazonaws.com/123456789012/nines-bus-checks",
    "NINES_TICKETS_QUEUE": "https://sqs.eu-central-1.amazonaws.com/123456789012/nines-ticket-events",
    "NINES_HOOKS": "https://hooks.example",
    "NINES_PORTAL": "https://portal.example",
    "NINES_SECRETS": "/nines",
    "NINES_SECRETS_KEY": "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000",
    "NINES_BUCKET": "nines-exports",
    "NINES_SCHEDULE_GROUP": "nines-deadlines",
    "NINES_DEADLINES_ARN": f"arn:aws:lambda:{ACCOUNT}:function:keep-deadlines",
    "NINES_SCHEDULE_ROLE_ARN": "arn:aws:iam::123456789012:role/nines-schedules",
    "NINES_SCHEDULE_DLQ_ARN": f"arn:aws:sqs:{ACCOUNT}:nines-deadlines-failed",
    "NINES_OWN_TOPICS": f"arn:aws:sns:{ACCOUNT}:nines-customer-",
    "NINES_TOPIC_KEY": "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000",
    "NINES_TOPIC_CUSTOMER": f"arn:aws:sns:{ACCOUNT}:nines-customer",
    "NINES_TOPIC_OPERATIONS": f"arn:aws:sns:{ACCOUNT}:nines-operations",
    "NINES_TOPIC_FINANCE": f"arn:aws:sns:{ACCOUNT}:nines-finance",
}


@dataclass
class Start:
    """The cost of one start, up to the first request for an event."""

    cpu_ms: float
    resident_bytes: int


@dataclass
class Figures:
    """The figures of one bootstrap."""

    name: str
    size_bytes: int
    instructions: int
    cpu_ms: float
    resident_bytes: int


def resident_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kibibytes = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
    return int(kibibytes) * 1024


def first_request(api: socket.socket, pid: int) -> tuple[socket.socket | None, bytes]:
    """Waits for the first request; returns none if the process ends or takes too long."""
    api.settimeout(0.5)
    deadline = time.monotonic() + START_S_MAX
    while time.monotonic() < deadline:
        try:
            connection, _ = api.accept()
        except TimeoutError:
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break
            continue
        connection.settimeout(START_S_MAX)
        request = b""
        while b"\r\n\r\n" not in request and len(request) < REQUEST_BYTES_MAX:
            part = connection.recv(REQUEST_BYTES_MAX)
            if not part:
                break
            request += part
        return connection, request
    return None, b""


def start(name: str, command: list[str]) -> Start:
    """Runs a bootstrap until it asks for its first event, which it does not get."""
    with socket.create_server(("127.0.0.1", 0)) as api, tempfile.TemporaryFile() as output:
        environment = ENVIRONMENT | {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.getsockname()[1]}",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        }
        streams = [(os.POSIX_SPAWN_DUP2, output.fileno(), descriptor) for descriptor in (1, 2)]
        pid = os.posix_spawn(command[0], command, environment, file_actions=streams)
        connection, request = first_request(api, pid)
        resident = resident_bytes(pid) if request else 0
        os.kill(pid, signal.SIGTERM)
        _, _, usage = os.wait4(pid, 0)
        if connection:
            connection.close()
        if not request.startswith(NEXT):
            output.seek(0)
            said = output.read().decode(errors="replace")
            sys.exit(f"{name} did not ask for an event but for {request[:500]!r}; it wrote:\n{said}")
        return Start((usage.ru_utime + usage.ru_stime) * 1000, resident)


def instructions(name: str, bootstrap: Path) -> int:
    """Counts the instructions in user mode, the dynamic loader's included."""
    valgrind = shutil.which("valgrind")
    if not valgrind:
        sys.exit("valgrind is not installed: tests/lean/run installs it")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind.out"
        start(name, [valgrind, "--tool=callgrind", f"--callgrind-out-file={out}", str(bootstrap)])
        lines = out.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("totals:"))


def figures(name: str, folder: Path) -> Figures:
    bootstrap = folder / "bootstrap"
    if not bootstrap.is_file():
        sys.exit(f"{bootstrap} is missing: infra/aws/build makes it")
    counted = instructions(name, bootstrap)
    starts = [start(name, [str(bootstrap)]) for _ in range(STARTS)]
    return Figures(
        name,
        bootstrap.stat().st_size,
        counted,
        statistics.median(one.cpu_ms for one in starts),
        int(statistics.median(one.resident_bytes for one in starts)),
    )


def crates(function: str, target: str) -> set[str]:
    """The crates in a function's build, including those of build scripts."""
    command = ["cargo", "tree", "--locked", "--package", function, "--target", target]
    command += ["--edges", "normal,build", "--prefix", "none", "--format", "{p}"]
    tree = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return {line.split()[0] for line in tree.stdout.splitlines() if line}


def broken(options: argparse.Namespace, functions: list[Figures]) -> list[str]:
    recorded: dict[str, int] = json.loads(RECORDED.read_text())
    found = []
    for one in functions:
        if one.name not in recorded:
            found.append(f"{one.name}: has {one.size_bytes} bytes, and none are recorded: write them to {RECORDED.name}")
        elif one.size_bytes * 100 > recorded[one.name] * (100 + GROWTH_PCT_MAX):
            found.append(
                f"{one.name}: has {one.size_bytes} bytes, more than {GROWTH_PCT_MAX} % above the {recorded[one.name]} "
                f"recorded: find what grew, or write the new figure to {RECORDED.name} and say why"
            )
        site_max = options.desk_instructions_max if one.name == DESK else options.site_instructions_max
        instructions_max = site_max if one.name in SITES else options.instructions_max
        if one.instructions > instructions_max:
            limit = f"the limit is {instructions_max}"
            found.append(f"{one.name}: {one.instructions} instructions before its first event: {limit}")
        for target in TARGETS:
            for crate in sorted(crates(one.name, target) & set(options.banned.split(","))):
                why = f"`cargo tree --target {target} -i {crate}` says why"
                found.append(f"{one.name}: is built with {crate}: {why}")
    return found


def table(bare: Figures, functions: list[Figures]) -> str:
    rows = ["| bootstrap | size | instructions | CPU | memory |", "|---|--:|--:|--:|--:|"]
    for one in [bare, *functions]:
        name = "no SDK" if one is bare else f"`{one.name}`"
        times = "" if one is bare else f" ({one.cpu_ms / bare.cpu_ms:.1f} ×)"
        size, counted = f"{one.size_bytes / MEGA:.1f} MB", f"{one.instructions / MEGA:.2f} M"
        memory = f"{one.resident_bytes / MEGA:.1f} MB"
        rows.append(f"| {name} | {size} | {counted} | {one.cpu_ms:.1f} ms{times} | {memory} |")
    return "\n".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bare", type=Path, required=True, help="the folder of the bootstrap without an SDK")
    parser.add_argument("--functions", type=Path, required=True, help="the folder with a folder per function")
    parser.add_argument("--site-instructions-max", type=int, default=3_500_000, help="the same of these three")
    parser.add_argument("--desk-instructions-max", type=int, default=4_300_000, help="the same of the desk")
    parser.add_argument("--instructions-max", type=int, default=3 * MEGA, help="until the first event")
    parser.add_argument("--banned", default="aws-lc-rs,aws-lc-sys", help="crates that no function may use")
    options = parser.parse_args()
    names = sorted(folder.name for folder in (ROOT / "functions").iterdir() if folder.is_dir())
    bare = figures("bare-bootstrap", options.bare)
    functions = [figures(name, options.functions / name) for name in names]
    print(table(bare, functions), flush=True)
    found = broken(options, functions)
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
