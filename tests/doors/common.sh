# What `run` and `zabbix` have in common, read at their start: a built nines, `$nines`; the cache; the way to the driver.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
step() { printf '\n-- %s (%s s)\n' "$1" "$SECONDS"; }

nines=${NINES:-}
if [ -z "$nines" ]; then
  cargo build --quiet --locked -p nines
  nines=${CARGO_TARGET_DIR:-target}/debug/nines
fi
if [ ! -x "$nines" ]; then echo "no program at '$nines': give a built nines in NINES" >&2; exit 2; fi

cache="${XDG_CACHE_HOME:-$HOME/.cache}/nines-ci"
# A folder for what a list pins, made anew if the list changed. The mark is written last: an interrupted installation
# is repeated.
place() { echo "$cache/doors-$1-$(cat "${@:2}" | sha256sum | cut -c 1-12)"; }

# Unpacks a list's packages into a folder, `$debian`, beside the machine's own; `$libraries` are theirs.
unpack() {
  debian=$(place "$1" "$2")
  libraries=$debian/root/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo x86_64-linux-gnu)
  if [ -f "$debian/.complete" ]; then return; fi
  rm -rf "$debian"
  mkdir -p "$debian"/{lists,cache/archives,root,packages}
  # Lists and cache of its own: nothing is installed, and any user may do it.
  apt=(apt-get -qq -o "Dir::State::lists=$debian/lists" -o "Dir::Cache=$debian/cache" -o Debug::NoLocking=1
    -o "APT::Sandbox::User=$(id -un)")
  "${apt[@]}" update
  mapfile -t packages < <(grep -v '^#' "$2")
  (cd "$debian/packages" && "${apt[@]}" download "${packages[@]}")
  for package in "$debian"/packages/*.deb; do dpkg-deb --extract "$package" "$debian/root"; done
  rm -rf "$debian"/{lists,cache,packages}
  touch "$debian/.complete"
}

# Has a driver, given with what only it needs, live through its story; ends as it did, and leaves nothing.
drive() {
  out=$(mktemp -d)
  driver=''
  trap finish EXIT
  trap 'exit 143' TERM INT
  export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1 PYTHONDONTWRITEBYTECODE=1
  python3 "$1" --nines "$(realpath "$nines")" --out "$out" --debian "$debian/root" --libraries "$libraries" "${@:2}" &
  driver=$!
  outcome=0
  wait "$driver" || outcome=$?
  driver=''
  step "done"
  exit "$outcome"
}
finish() {
  if [ -n "$driver" ]; then kill "$driver" 2>/dev/null || true; wait "$driver" 2>/dev/null || true; fi
  rm -rf "$out"
}
