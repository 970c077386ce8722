"""What the driver starts and ends: programs, the page that is watched, and `nines`, asked over its Invoke API."""
import ctypes
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.request

# Longest wait of a request, in seconds: a busy machine is slow, and a dead one does not answer.
ANSWER_S_MAX = 30
# Longest wait for programs to end by themselves.
FAREWELL_S = 5
# prctl's number for a process that inherits the orphans below it.
PR_SET_CHILD_SUBREAPER = 36


# The ports that were given away: one that nobody listens on yet would be free once more.
given = set()


def free_ports(count):
    """Returns free ports, no two of them the same in all calls."""
    held = []
    while len(held) < count:
        one = socket.create_server(("127.0.0.1", 0))
        if one.getsockname()[1] in given:
            one.close()
            continue
        given.add(one.getsockname()[1])
        held.append(one)
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def seeing(folder, place):
    """Returns words before a command which have it see a folder in another place; nobody else does."""
    return ("unshare", "--map-root-user", "--mount", "sh", "-c", 'mount --bind "$0" "$1" && shift && exec "$@"', folder, place)


class Programs:
    """The programs of a run, each with a folder and a log of its own."""

    def __init__(self, out, environment):
        self.out, self.environment = out, environment
        # Icinga starts its commands in sessions of their own: what they leave behind comes to this process.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def folder(self, name):
        folder = self.out / name
        folder.mkdir(exist_ok=True)
        return folder

    def start(self, name, *command, environment=None, **options):
        with open(self.out / f"{name}.log", "ab") as log:
            options = {"stdout": log, "stdin": subprocess.DEVNULL, **options}
            return subprocess.Popen([str(word) for word in command], stderr=log, cwd=options.pop("cwd", self.folder(name)),
                                    env={**os.environ, **self.environment, **(environment or {})}, **options)

    def tail(self, name, lines=15):
        log = self.out / f"{name}.log"
        return log.read_text(errors="replace").splitlines()[-lines:] if log.exists() else []

    def end(self):
        """Ends every process below this one, however it got there."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            until = time.monotonic() + FAREWELL_S
            while (left := below(os.getpid())) and time.monotonic() < until:
                for pid in left:
                    try:
                        os.kill(pid, sign)
                    except ProcessLookupError:
                        pass
                time.sleep(0.2)
                reap()
        return below(os.getpid())


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def below(root):
    """Returns the living processes below one."""
    parents = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as stat:
                state, parent = stat.read().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            parents[int(pid)] = int(parent)
    found = set()
    while more := {pid for pid, parent in parents.items() if parent == root or parent in found} - found:
        found |= more
    return found


class Page:
    """The page that is watched: it answers, or nothing listens on its port."""

    def __init__(self, port, status=200):
        self.port, self.status, self.server, self.visitors = port, status, None, set()

    def mend(self):
        """Opens the port, and returns the instant."""
        visitors, status = self.visitors, self.status

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                visitors.add(self.headers.get("User-Agent", "").split("/")[0])
                self.send_response(status)
                self.end_headers()

            do_HEAD = do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Answer)
        at = time.time()
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return at

    def break_down(self):
        """Closes the port, and returns the instant."""
        self.server.shutdown()
        at = time.time()
        self.server.server_close()
        return at


class Refused(Exception):
    """An invocation that a function refused."""


class Nines:
    """A `nines` that can be killed, and started again over what it has kept."""

    def __init__(self, programs, program):
        self.programs, self.program = programs, program
        told = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
        flags = re.findall(r"^ +--(\w+)-port ", told, re.M)
        self.ports = dict(zip(flags, free_ports(len(flags))))
        self.state = programs.out / "state"
        self.hooks = f"http://127.0.0.1:{self.ports['hooks']}"
        self.process = None

    def start(self):
        flags = [word for name, port in self.ports.items() for word in (f"--{name}-port", port)]
        self.process = self.programs.start("nines", self.program, "--no-sample", "--state", self.state, *flags)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ask(self, function, payload):
        address = f"http://127.0.0.1:{self.ports['invoke']}/2015-03-31/functions/{function}/invocations"
        request = urllib.request.Request(address, json.dumps(payload).encode(), {"Content-Type": "application/json"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=ANSWER_S_MAX) as answer:
            told = json.load(answer)
            if answer.headers.get("X-Amz-Function-Error"):
                raise Refused(f"{function} {payload}: {told}")
            return told

    def desk(self, command, **fields):
        return self.ask("run-desk", {"command": command, **fields})

    def enter_secrets(self, secrets):
        """Writes senders' secrets where the laptop keeps them."""
        file = os.open(self.state / "secrets.json", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(file, "w") as kept:
            json.dump({f"sources/{source}": {"current": secret} for source, secret in secrets.items()}, kept)
