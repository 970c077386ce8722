"""Lives through two outages of a real page with a real Zabbix server, and compares what Nines says with what was done."""
import gzip
import json
import re
import socket
import struct
import subprocess
import sys
import time
import urllib.request

import senders
from programs import ANSWER_S_MAX, Page, free_ports, seeing
from story import Late, Story, iso, live

SOURCE = "zabbix-1"
# Zabbix looks this often; a slot holds several looks.
LOOK_S, SLOT_S = 2, 10
# Nines is down for a minute, and the next try comes after at most 20 s, as the guide's media type says.
LOST_S = 60
# The server's clock is not in UTC, so that the zone is needed.
ZONE = "Europe/Berlin"
# A database with all templates is loaded, on a busy machine.
LOAD_S_MAX = 300
# The user of the database, whoever runs this: it refuses to run as root.
USER_ID = 1000
# The server takes no higher port.
LOW_PORTS = range(10051, 32768)
# Beginning of a message of its protocol; the length of the JSON that follows is eight bytes.
HEADER = b"ZBXD\x01"
# Zabbix's numbers, in its API's words: a simple check of whole numbers, a problem that is "high", a secret macro, an
# interface of an agent, a plain user's role, the right to read, a condition on a tag, a message.
SIMPLE_CHECK, WHOLE, HIGH, SECRET_MACRO, AGENT, USER_ROLE, READ, HAS_TAG, SEND = 3, 3, 4, 1, 1, 1, 2, 25, 0


def is_free(port):
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


class Zabbix:
    """A Zabbix server with its database, and the frontend, whose API sets it up."""

    def __init__(self, run):
        self.run, self.programs, self.root = run, run.programs, run.options.debian
        self.database, self.frontend = free_ports(2)
        self.server = next(filter(is_free, LOW_PORTS))
        self.password = run.secrets["database"]
        self.token = None

    def start(self):
        self.start_database()
        self.start_server()
        self.start_frontend()

    def start_database(self):
        folder = self.programs.folder("postgres")
        binaries = self.root / "usr/lib/postgresql/15/bin"
        # What it leaves in memory, should it be killed, goes with its namespace.
        alone = ("unshare", "--user", "--ipc", f"--map-user={USER_ID}", f"--map-group={USER_ID}")
        (folder / "password").write_text(self.password)
        made = self.programs.start("initdb", *alone, binaries / "initdb", "-D", folder / "data", "-U", "zabbix", "-E", "UTF8",
                                   "--locale=C", "-A", "scram-sha-256", f"--pwfile={folder}/password", "--no-sync",
                                   "-L", self.root / "usr/share/postgresql/15")
        if made.wait(LOAD_S_MAX):
            raise Late("the database could not be made")
        settings = {"listen_addresses": "127.0.0.1", "port": self.database, "unix_socket_directories": folder, "jit": "off",
                    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        self.programs.start("postgres", *alone, binaries / "postgres", "-D", folder / "data",
                            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")))
        self.run.until("the database answers", lambda: "ready to accept" in "\n".join(self.programs.tail("postgres")))
        psql = (binaries / "psql", "-h", "127.0.0.1", "-p", self.database, "-U", "zabbix", "-q", "-v", "ON_ERROR_STOP=1")
        load = self.programs.start("psql", *psql, "-d", "postgres", "-c", "CREATE DATABASE zabbix", "-c", "\\connect zabbix",
                                   "-f", "-", environment={"PGPASSWORD": self.password}, stdin=subprocess.PIPE)
        since = time.monotonic()
        for part in ("schema", "images", "data"):
            load.stdin.write(gzip.decompress((self.root / f"usr/share/zabbix-server-pgsql/{part}.sql.gz").read_bytes()))
        load.stdin.close()
        if load.wait(LOAD_S_MAX):
            raise Late("the database could not be loaded")
        print(f"     the database is loaded ({time.monotonic() - since:.0f} s)", flush=True)

    def start_server(self):
        folder = self.programs.folder("zabbix")
        settings = {
            "ListenIP": "127.0.0.1", "ListenPort": self.server, "LogType": "console", "PidFile": folder / "pid",
            "SocketDir": folder, "DBHost": "127.0.0.1", "DBPort": self.database, "DBName": "zabbix", "DBUser": "zabbix",
            "DBPassword": self.password, "AllowRoot": 1, "CacheUpdateFrequency": 1, "StartPollers": 2,
        }
        file = folder / "zabbix_server.conf"
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        server = self.programs.start("zabbix", "unshare", "--map-root-user", "--ipc", self.root / "usr/sbin/zabbix_server",
                                     "-f", "-c", file, environment={"TZ": ZONE})

        def answers():
            if server.poll() is not None:
                raise Late("Zabbix ended by itself")
            with socket.create_connection(("127.0.0.1", self.server), ANSWER_S_MAX):
                return True

        self.run.until("Zabbix answers", answers)

    def start_frontend(self):
        etc = self.programs.folder("etc")
        (etc / "zabbix").mkdir()
        (etc / "zabbix/zabbix.conf.php").write_text(
            f"<?php $DB = ['TYPE' => 'POSTGRESQL', 'SERVER' => '127.0.0.1', 'PORT' => '{self.database}', 'SCHEMA' => '',"
            f" 'DATABASE' => 'zabbix', 'USER' => 'zabbix', 'PASSWORD' => '{self.password}', 'ENCRYPTION' => false,"
            f" 'DOUBLE_IEEE754' => true]; $ZBX_SERVER = '127.0.0.1'; $ZBX_SERVER_PORT = '{self.server}';")
        extensions = next((self.root / "usr/lib/php").glob("2*"))
        wanted = ("bcmath", "ctype", "dom", "gettext", "mbstring", "pgsql", "posix", "simplexml", "sockets", "xml",
                  "xmlreader", "xmlwriter")
        words = [word for name in wanted for word in ("-d", f"extension={name}")]
        # The place of its configuration is compiled in.
        self.programs.start("frontend", *seeing(etc, "/etc"), self.root / "usr/bin/php8.2", "-n", "-d",
                            f"extension_dir={extensions}", *words, "-d", f"date.timezone={ZONE}", "-S",
                            f"127.0.0.1:{self.frontend}", "-t", self.root / "usr/share/zabbix")
        self.run.until("the frontend answers", lambda: self.ask("apiinfo.version"))

    def ask(self, method, **fields):
        """Asks the API, and returns its answer."""
        asked = {"jsonrpc": "2.0", "id": 1, "auth": self.token, "method": method, "params": fields}
        request = urllib.request.Request(f"http://127.0.0.1:{self.frontend}/api_jsonrpc.php", json.dumps(asked).encode(),
                                         {"Content-Type": "application/json-rpc"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=ANSWER_S_MAX) as answer:
            told = json.load(answer)
        if "error" in told:
            raise Late(f"{method}: {told['error']}")
        return told["result"]

    def made(self, kind, what, **fields):
        """Makes something, and returns its id."""
        return self.ask(f"{kind}.create", **fields)[what][0]

    def set_up(self, page_port, hooks, secret):
        """Sets Zabbix up as the guide says, with one host and its trigger."""
        self.token = self.ask("user.login", username="Admin", password="zabbix")
        self.ask("usermacro.createglobal", macro="{$NINES.SECRET}", value=secret, type=SECRET_MACRO)
        self.media_type = senders.zabbix(hooks, SOURCE, ZONE)
        self.ask("configuration.import", format="yaml", source=self.media_type,
                 rules={"mediaTypes": {"createMissing": True}})
        self.media_id = self.ask("mediatype.get", filter={"name": "Nines"})[0]["mediatypeid"]
        group = self.made("hostgroup", "groupids", name="Watched")
        host = self.made("host", "hostids", host="web1", groups=[{"groupid": group}], tags=[{"tag": "nines", "value": "api"}],
                         interfaces=[{"type": AGENT, "main": 1, "useip": 1, "ip": "127.0.0.1", "dns": "", "port": "10050"}])
        interface = self.ask("hostinterface.get", hostids=host)[0]["interfaceid"]
        key = f"net.tcp.service[http,127.0.0.1,{page_port}]"
        self.item = self.made("item", "itemids", name="page", key_=key, hostid=host, interfaceid=interface, type=SIMPLE_CHECK,
                              value_type=WHOLE, delay=f"{LOOK_S}s")
        self.made("trigger", "triggerids", description="api is down", expression=f"last(/web1/{key})=0", priority=HIGH)
        readers = self.made("usergroup", "usrgrpids", name="Readers", rights=[{"id": group, "permission": READ}])
        medium = {"mediatypeid": self.media_id, "sendto": "nines", "active": 0, "severity": 63, "period": "1-7,00:00-24:00"}
        user = self.made("user", "userids", username="Nines", passwd=self.password, roleid=USER_ROLE, timezone=ZONE,
                         usrgrps=[{"usrgrpid": readers}], medias=[medium])
        told = [{"operationtype": SEND, "opmessage": {"default_msg": 1, "mediatypeid": self.media_id},
                 "opmessage_usr": [{"userid": user}]}]
        self.made("action", "actionids", name="Nines", eventsource=0, esc_period="1h", operations=told,
                  recovery_operations=told,
                  filter={"evaltype": 0, "conditions": [{"conditiontype": HAS_TAG, "operator": 0, "value": "nines"}]})

    def looks(self):
        """Returns true if the page was seen to answer."""
        item = self.ask("item.get", itemids=self.item, output=["lastvalue", "lastclock"])[0]
        return item["lastclock"] != "0" and item["lastvalue"] == "1"

    def test(self, secret):
        """Presses *Test* of the media type: it sends what the parameters say, as it stands."""
        parameters = dict(re.findall(r"\{ name: (\S+), value: '(.*)' \}", self.media_type))
        body = json.dumps({"request": "alert.send", "sid": self.token, "data": {
            "mediatypeid": self.media_id, "parameters": {**parameters, "SECRET": secret}}}).encode()
        with socket.create_connection(("127.0.0.1", self.server), ANSWER_S_MAX) as asked:
            asked.sendall(HEADER + struct.pack("<Q", len(body)) + body)
            with asked.makefile("rb") as told:
                size, = struct.unpack("<Q", told.read(len(HEADER) + 8)[len(HEADER):])
                return json.loads(told.read(size))

    def failed_tries(self):
        """Returns the errors of messages that were not taken so far."""
        return {alert["error"] for alert in self.ask("alert.get", output=["error"]) if alert["error"]}


class Run(Story):
    """One run of Zabbix."""

    slot_s = SLOT_S

    def __init__(self, options):
        super().__init__(options, [SOURCE, "database"])
        self.zabbix = Zabbix(self)

    def parts(self):
        return (self.prepare, self.first_outage, self.second_outage, self.tests_of_the_way)

    def prepare(self):
        self.page.mend()
        self.start_nines()
        self.register_services({"api": SLOT_S})
        self.nines.ask("run-desk", senders.registration("zabbix.md", SOURCE, "api"))
        self.nines.enter_secrets({SOURCE: self.secrets[SOURCE]})
        self.zabbix.start()
        self.zabbix.set_up(self.page.port, self.nines.hooks, self.secrets[SOURCE])
        self.until("Zabbix sees the page", self.zabbix.looks)

    def first_outage(self):
        broken_at = self.at_slot(self.page.break_down)
        self.until_open(0, "api")
        time.sleep(2 * SLOT_S)
        mended_at = self.at_slot(self.page.mend)
        self.until_closed(0, "api")
        self.check_outage("api", 0, broken_at, mended_at, SLOT_S)

    def second_outage(self):
        """Nines is dead for a minute when the page breaks; when it is mended, something before it answers 503 as long."""
        self.nines.kill()
        broken_at = self.at_slot(self.page.break_down)
        self.until_failed("Zabbix has tried in vain", "connect")
        time.sleep(LOST_S)
        self.start_nines()
        self.until_open(1, "api")
        self.nines.kill()
        instead = Page(self.nines.ports["hooks"], 503)
        instead.mend()
        mended_at = self.at_slot(self.page.mend)
        self.until_failed("Zabbix has been answered 503", "503")
        time.sleep(LOST_S)
        instead.break_down()
        self.start_nines()
        self.until_closed(1, "api")
        self.check_outage("api", 1, broken_at, mended_at, SLOT_S)
        outages = self.statement("api")["outages"]
        self.checks.that(len(outages) == 2, "Zabbix told two outages", f"{len(outages)}")

    def until_failed(self, what, word):
        self.until(what, lambda: any(word in error.lower() for error in self.zabbix.failed_tries()))

    def tests_of_the_way(self):
        """What the guide has people press is seen, and is never a check."""
        before = self.statement("api")["seconds"]
        self.checks.that("last_test_at" not in self.source(SOURCE), "no message was taken for a test")
        answer = self.zabbix.test(self.secrets[SOURCE])
        self.checks.that(answer.get("response") == "success", "the media type's test is answered", json.dumps(answer))
        tested = self.until("the test is seen", lambda: self.source(SOURCE).get("last_test_at"))
        after = self.statement("api")
        self.checks.that(after["seconds"]["down"] == before["down"] and len(after["outages"]) == 2,
                         "the test is no check", f"seen at {tested}")
        kept = self.nines.desk("list_quarantine")["quarantined"]
        self.checks.that(not kept, "nothing is in the quarantine", json.dumps(kept)[:600] if kept else "")


if __name__ == "__main__":
    sys.exit(live(Run, __doc__))
