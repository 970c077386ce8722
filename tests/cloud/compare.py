"""Compares the results of a cloud with those of `nines replay` for the same events: statements by their digests,
exports file by file, and the set of notices to each audience."""

import argparse
import json
import sys
from pathlib import Path

AUDIENCES = ("customer", "operations", "finance")


def statements(path: Path) -> dict[tuple[str, str, int], str]:
    listed = json.loads(path.read_text())
    return {(s["service_id"], s["month"], s["revision"]): s["digest"] for s in listed}


def notices_of_replay(folder: Path) -> dict[str, set[str]]:
    heard: dict[str, set[str]] = {audience: set() for audience in AUDIENCES}
    for line in (folder / "notices.ndjson").read_text().splitlines():
        published = json.loads(line)
        audience = published["attributes"]["audience"]
        heard[audience].add(published["message"]["notice_id"])
    return heard


def differences(cloud: Path, replay: Path, sample: Path) -> list[str]:
    found = []
    in_cloud = statements(cloud / "statements.json")
    for name, folder in (("replay of the record", replay), ("replay of the sample", sample)):
        known = {key: digest for key, digest in statements(folder / "statements.json").items() if key in in_cloud}
        for key, digest in in_cloud.items():
            if known.get(key) != digest:
                found.append(f"statement {key}: {digest} in the cloud, {known.get(key)} in the {name}")
    replayed = notices_of_replay(replay)
    for audience, ids in json.loads((cloud / "notices.json").read_text()).items():
        found += [f"{audience} heard {id} in the cloud only" for id in sorted(set(ids) - replayed[audience])]
        found += [f"{audience} heard {id} in the replay only" for id in sorted(replayed[audience] - set(ids))]
    # Only the manifest says when a revision was made.
    files = {path.relative_to(cloud) for path in (cloud / "exports").rglob("*.*") if path.name != "manifest.json"}
    for path in sorted(files):
        if not (replay / path).exists() or (replay / path).read_bytes() != (cloud / path).read_bytes():
            found.append(f"{path} differs")
    if not (in_cloud and files and all(replayed.values())):
        found.append("there is nothing to compare")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cloud", type=Path, help="results of drive.py")
    parser.add_argument("replay", type=Path, help="results of a replay of its record")
    parser.add_argument("sample", type=Path, help="results of a replay of the sample month")
    options = parser.parse_args()
    found = differences(options.cloud, options.replay, options.sample)
    for difference in found[:40]:
        print(difference, file=sys.stderr)
    if found:
        print(f"{len(found)} differences", file=sys.stderr)
        return 1
    print("the cloud and the replay give the same statements, exports and notices")
    return 0


if __name__ == "__main__":
    sys.exit(main())
