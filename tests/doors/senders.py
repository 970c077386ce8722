"""The senders, configured as the guide says: what each program reads comes from its page, with this run's addresses and
shortest intervals in place of the guide's."""
import json
import re
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "infra/handbook/sources"


def blocks(page, language):
    """Returns the blocks of a page that are of a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (GUIDE / page).read_text(), re.M | re.S)


def put(text, changes):
    """Puts this run's words in the place of the guide's, each of which must be there."""
    for old, new in changes.items():
        if old not in text:
            raise SystemExit(f"the guide no longer has {old!r}: name what it has now in tests/doors/senders.py")
        text = text.replace(old, str(new))
    return text


def registration(page, source_id, service_id):
    """Returns the page's registration, of this source, and its word `api` mapped to this service."""
    command = next(block for block in map(json.loads, blocks(page, "json")) if block.get("command") == "register_source")
    words = [words for mapping in command["map"] for words in mapping.get("service_id", {}).values()]
    for known in words:
        known.clear()
        known["api"] = service_id
    return {**command, "source_id": source_id}


def prometheus(folder, page, blackbox, alertmanager):
    """Writes the configuration of a Prometheus, and returns its file."""
    scrape, rules = blocks("alertmanager.md", "yaml")[:2]
    # A probe may take as long as its interval: a short one would fail on a busy machine.
    scrape = put(scrape, {"scrape_interval: 15s": "scrape_interval: 5s", "https://api.example/": page,
                          "127.0.0.1:9115": f"127.0.0.1:{blackbox}"})
    (folder / "rules.yml").write_text(put(rules, {"interval: 15s": "interval: 1s"}))
    file = folder / "prometheus.yml"
    file.write_text(f"rule_files: [rules.yml]\nalerting:\n  alertmanagers:\n    - static_configs:\n"
                    f"        - targets: ['127.0.0.1:{alertmanager}']\n{scrape}")
    return file


def alertmanager(folder, hooks, sources, secret):
    """Writes the configuration of an Alertmanager that tells one or more sources, and returns its file."""
    secret_file = folder / "nines.secret"
    secret_file.write_text(secret)
    text = put(blocks("alertmanager.md", "yaml")[2], {
        "https://HOOKS_HOST": hooks, "am-ber1": sources[0], "/etc/alertmanager/nines.secret": secret_file,
        "group_interval: 30s": "group_interval: 2s", "repeat_interval: 50s": "repeat_interval: 5s",
        "repeat_interval: 10m": "repeat_interval: 10s",
    })
    webhook = text[text.index("      - url:"):]
    for source in sources[1:]:
        text += webhook.replace(f"/hooks/{sources[0]}", f"/hooks/{source}")
    file = folder / "alertmanager.yml"
    file.write_text(text)
    return file


def icinga(folder, hooks, source, secret, port, plugins):
    """Writes the configuration of an Icinga that watches a port, and returns its file."""
    script, (curl, conf, _) = blocks("icinga.md", "sh")[0], blocks("icinga.md", "text")
    etc = folder / "etc"
    (etc / "scripts").mkdir(parents=True)
    for name in ("run/icinga2", "data", "log", "cache", "spool"):
        (folder / name).mkdir(parents=True)
    (etc / "nines.curl").write_text(put(curl, {"https://HOOKS_HOST": hooks, "icinga-1": source, "SECRET": secret}))
    command = etc / "scripts/nines"
    command.write_text(put(script, {"/etc/icinga2/nines.curl": etc / "nines.curl", "--retry-delay 30": "--retry-delay 10"}))
    command.chmod(0o755)
    file = etc / "icinga2.conf"
    file.write_text(f"""include <itl>
object IcingaApplication "app" {{ }}
object CheckerComponent "checker" {{ }}
object NotificationComponent "notification" {{ }}
object CheckCommand "page" {{ command = [ "{plugins}/check_http", "-I", "127.0.0.1", "-p", "{port}", "-t", "5" ] }}
object Host "web1" {{
  check_command = "dummy"
  enable_active_checks = false
}}
object Service "api" {{
  host_name = "web1"
  check_command = "page"
  check_interval = 2s
  retry_interval = 2s
  max_check_attempts = 2
  vars.nines = "api"
}}
""" + put(conf, {"interval = 5m": "interval = 10s"}))
    return file


def zabbix(hooks, source, zone):
    """Returns the media type of a Zabbix, whose server's clock is in a zone."""
    return put(blocks("zabbix.md", "yaml")[0], {"https://HOOKS_HOST/hooks/zabbix-1": f"{hooks}/hooks/{source}",
                                                "Europe/Berlin": zone})
