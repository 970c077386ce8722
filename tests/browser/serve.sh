# Sourced by tests of a running system (`tests/browser/run`), in the repository's root: `serve FOLDER` starts `nines`
# over an empty state there, on free ports of this machine, and sets NINES_INVOKE, NINES_DYNAMODB, NINES_PORTAL,
# NINES_DESK, NINES_ISSUER, NINES_HOOKS and NINES_DEMO to its addresses and NINES_STATE to its state. `stop_serving` ends it,
# and nothing else.
server=''

# The most seconds of a start: it loads the sample month first, which takes a debug build most of a minute.
start_s_max=300

serve() {
  local folder=$1 nines=${NINES:-} ports
  if [ -z "$nines" ]; then
    cargo build --quiet --locked -p nines
    nines=${CARGO_TARGET_DIR:-target}/debug/nines
  fi
  if [ ! -x "$nines" ]; then echo "no program at '$nines': give a built nines in NINES" >&2; return 2; fi
  # All are held at once, so that no two are the same.
  ports=$(python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(9)]
print(*(one.getsockname()[1] for one in held))')
  # shellcheck disable=SC2086 # nine numbers
  set -- $ports
  "$nines" --state "$folder/nines" --invoke-port "$1" --dynamodb-port "$2" --topics-port "$3" --s3-port "$4" \
    --portal-port "$5" --issuer-port "$6" --desk-port "$7" --hooks-port "$8" --demo-port "$9" > "$folder/nines.log" 2>&1 &
  server=$!
  export NINES_STATE=$folder/nines
  export NINES_DYNAMODB=http://127.0.0.1:$2
  export NINES_INVOKE=http://127.0.0.1:$1 NINES_PORTAL=http://127.0.0.1:$5 NINES_ISSUER=http://127.0.0.1:$6
  export NINES_DESK=http://127.0.0.1:$7 NINES_HOOKS=http://127.0.0.1:$8 NINES_DEMO=http://127.0.0.1:$9
  local waited_from=$SECONDS
  until answers "$NINES_PORTAL/sign-in" && answers "$NINES_DESK/sign-in" && answers "$NINES_ISSUER/.well-known/openid-configuration"; do
    if ! kill -0 "$server" 2>/dev/null || [ $((SECONDS - waited_from)) -ge "$start_s_max" ]; then
      echo "nines does not answer on its ports; the last that it said:" >&2
      tail -20 "$folder/nines.log" >&2
      return 1
    fi
    sleep 0.3
  done
}

# True if anything but a fault comes back.
answers() {
  python3 - "$1" <<'PYTHON' 2>/dev/null
import sys, urllib.request, urllib.error
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_): return None
try:
    status = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay).open(sys.argv[1], timeout=5).status
except urllib.error.HTTPError as answer:
    status = answer.code
sys.exit(status >= 500)
PYTHON
}

stop_serving() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  server=''
}
