#!/usr/bin/env bash
# Private PostgreSQL, Redis and RabbitMQ servers on a loopback address, from the Debian packages postgresql,
# redis-server and rabbitmq-server, with all their files in one directory. Each lets nobody in without its password. Any
# user may run it, root too, and any number of instances live side by side: each directory has an address of its own out
# of 127.0.0.0/8. Usage:
#
#   eng/start-servers.sh start  [DIR] [NAME...]   starts what is not running and writes DIR/servers.env
#   eng/start-servers.sh stop   [DIR] [NAME...]   an orderly shutdown; data and ports are kept for the next start
#   eng/start-servers.sh kill   [DIR] [NAME...]   SIGKILL to the server and all its processes
#   eng/start-servers.sh freeze [DIR] [NAME...]   SIGSTOP to the server and all its processes
#   eng/start-servers.sh thaw   [DIR] [NAME...]   SIGCONT to them
#   eng/start-servers.sh status [DIR] [NAME...]   one line per server; exit status 0 when all are running, else 3
#   eng/start-servers.sh prepare DIR [NAME...]    chooses ports and passwords and writes DIR/servers.env; starts nothing
#   eng/start-servers.sh run    DIR NAME          one server in the foreground, for a supervisor such as Aspire: its log on
#                                                 standard output, TERM or Ctrl+C stop it; what it holds is kept
#
# DIR defaults to a directory for the user under $TMPDIR or /tmp. NAME is postgres, redis or rabbitmq; none means all.
# Options: --postgres-port N, --redis-port N, --rabbitmq-port N (otherwise a free port, the same one after a restart);
#          --tls has PostgreSQL and Redis of a new DIR take TLS only, with a certificate of DIR/tls/ca.crt;
#          --while PID stops everything as soon as process PID is gone; unless with run, DIR is removed then.
#
# servers.env holds ConnectionStrings__gatewaydb, __redis and __rabbitmq for the servers that were started, with the
# passwords, and can be read by its owner only:
#   set -a; . DIR/servers.env; set +a
set -euo pipefail

self=$(readlink -f "${BASH_SOURCE[0]}")
readonly self
readonly all_names=(postgres redis rabbitmq)
readonly stop_timeout=20

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$self"; }
fail() { printf 'start-servers.sh: %s\n' "$*" >&2; exit 1; }
is_root() { [ "$(id -u)" -eq 0 ]; }

# shellcheck source-path=SCRIPTDIR source=lib/processes.sh disable=SC1091
. "$(dirname "$self")/lib/processes.sh"
# shellcheck source-path=SCRIPTDIR source=lib/servers.sh disable=SC1091
. "$(dirname "$self")/lib/servers.sh"

# ---- commands

require_programs() {
  local missing=() name
  for name in "${names[@]}"; do
    case "$name" in
      postgres) [ -n "$(postgres_bin)" ] || missing+=(postgresql) ;;
      redis) command -v redis-server >/dev/null || missing+=(redis-server) ;;
      rabbitmq) [ -n "$(rabbitmq_sbin)" ] || missing+=(rabbitmq-server) ;;
    esac
  done
  [ "${#missing[@]}" -eq 0 ] || fail "these Debian packages are missing: ${missing[*]}"
}

start_one() {
  local name=$1
  if alive "$name"; then return 0; fi
  mkdir -p "$dir/$name"
  { make_password "$name" && start_on_port "$name"; } 2>"$dir/$name.err"
}

start_all() {
  require_programs
  if [ "$new_tls" = true ]; then make_certificates 2>"$dir/tls.err" || { cat "$dir/tls.err" >&2; fail 'no certificates were made'; }; fi
  local name jobs=() failed=()
  for name in "${names[@]}"; do
    start_one "$name" &
    jobs+=("$!")
  done
  for name in "${names[@]}"; do
    wait "${jobs[0]}" || failed+=("$name")
    jobs=("${jobs[@]:1}")
  done
  write_environment
  for name in "${failed[@]}"; do
    printf '%s did not start:\n' "$name" >&2
    sed 's/^/  /' "$dir/$name.err" >&2
  done
  if [ "${#failed[@]}" -gt 0 ]; then
    # All or nothing: a caller that gives up must not leave half of the servers behind.
    stop_all TERM
    return 1
  fi
  if [ -n "$while_pid" ]; then
    setsid "$self" watch "$dir" --while "$while_pid" </dev/null >/dev/null 2>&1 9>&- &
  fi
}

prepare_all() {
  require_programs
  local name
  for name in "${names[@]}"; do
    mkdir -p "$dir/$name"
    make_password "$name"
    [ -s "$dir/$name/port" ] || free_port "$address" >"$dir/$name/port"
  done
  write_environment
}

# run_one NAME: returns when the server was told to stop, or ended.
run_one() {
  local name=$1 ending
  # For as long as this runs, and not in the server itself: a second one would stop the first one's server.
  exec 8>"$dir/$name/run.lock"
  flock -n 8 || fail "$name in $dir is already run by another process"
  trap 'end_run TERM' TERM INT HUP
  alive "$name" || : >"$dir/$name/log"
  tail -q -n +1 -F "$dir/$name/log" "$dir/$name/server.log" 2>/dev/null 8>&- 9>&- &
  followers+=("$!")
  start_one "$name" || { cat "$dir/$name.err" >&2; end_run FAILED; }
  flock -u 9
  tail -f /dev/null --pid="$(pid_of "$dir/$name/pid")" 8>&- & followers+=("$!")
  ending=$!
  if [ -n "$while_pid" ]; then tail -f /dev/null --pid="$while_pid" 8>&- & followers+=("$!"); fi
  wait -n "${followers[@]}" || true
  if ended "$ending" && ! alive "$name"; then end_run FAILED; else end_run TERM; fi
}

# end_run TERM|FAILED: the way out of run_one.
end_run() {
  trap '' TERM INT HUP
  kill "${followers[@]}" 2>/dev/null || true
  wait "${followers[@]}" 2>/dev/null || true
  [ "$1" = TERM ] || { printf '%s has ended\n' "${names[0]}" >&2; exit 1; }
  stop_all TERM
  exit 0
}

write_environment() {
  local name variable
  {
    for name in "${all_names[@]}"; do
      [ -s "$dir/$name/port" ] || continue
      case "$name" in postgres) variable=gatewaydb ;; *) variable=$name ;; esac
      printf 'ConnectionStrings__%s=%s\n' "$variable" "$(shell_quoted "$(connection_string "$name")")"
    done
  } >"$dir/servers.env.new"
  mv "$dir/servers.env.new" "$dir/servers.env"
}

# stop_one NAME SIGNAL: ends all processes of the server; those that outlive an orderly shutdown are killed.
stop_one() {
  local pid tree
  if pid=$(pid_of "$dir/$1/pid"); then
    tree=$(tree_of "$pid")
    signal_tree CONT "$pid"
    if [ "$2" = KILL ]; then signal_tree KILL "$pid"; else kill "-$2" "$pid" 2>/dev/null || true; fi
    if ! wait_until "$stop_timeout" gone "$1"; then signal_tree KILL "$pid"; fi
    local member
    for member in $tree; do wait_until 5 ended "$member" || kill -KILL "$member" 2>/dev/null || true; done
  fi
  rm -f "$dir/$1/pid"
  if [ "$1" = rabbitmq ]; then stop_epmd; fi
}

gone() { ! alive "$1"; }

stop_all() {
  local name
  for name in "${names[@]}"; do
    case "$1" in
      KILL) stop_one "$name" KILL & ;;
      *) if [ "$name" = postgres ]; then stop_one "$name" INT & else stop_one "$name" TERM & fi ;;
    esac
  done
  wait
}

signal_all() {
  local name pid
  for name in "${names[@]}"; do
    pid=$(pid_of "$dir/$name/pid") || fail "$name is not running in $dir"
    signal_tree "$1" "$pid"
  done
}

show_status() {
  local name pid state result=0
  for name in "${names[@]}"; do
    if pid=$(pid_of "$dir/$name/pid"); then
      state=$(state_and_start "$pid")
      if [ "${state%% *}" = T ]; then state=frozen result=3; else state=running; fi
      printf '%s %s port=%s pid=%s\n' "$name" "$state" "$(cat "$dir/$name/port" 2>/dev/null || echo '?')" "$pid"
    else
      printf '%s stopped\n' "$name"
      result=3
    fi
  done
  return "$result"
}

# ---- arguments

action=${1:-}
[ $# -eq 0 ] || shift
dir=
names=()
followers=()
while_pid=
# Whether the machine's own crash must lose nothing either.
durable=false
new_tls=false
declare -A ports=()
while [ $# -gt 0 ]; do
  case "$1" in
    --postgres-port | --redis-port | --rabbitmq-port)
      [[ ${2:-} =~ ^[0-9]+$ ]] || fail "$1 needs a number"
      name=${1#--}
      # shellcheck disable=SC2034 # read by start_on_port
      ports[${name%-port}]=$2
      shift 2
      ;;
    --while)
      [[ ${2:-} =~ ^[0-9]+$ ]] || fail '--while needs a process id'
      while_pid=$2
      shift 2
      ;;
    --tls) new_tls=true; shift ;;
    -*) fail "unknown option $1" ;;
    postgres | redis | rabbitmq) names+=("$1"); shift ;;
    *)
      [ -z "$dir" ] || fail "unknown server $1"
      dir=$1
      shift
      ;;
  esac
done
[ "${#names[@]}" -gt 0 ] || names=("${all_names[@]}")
case "$action" in
  prepare | run) [ -n "$dir" ] || fail "$action needs DIR" ;;
esac
dir=${dir:-${TMPDIR:-/tmp}/llmgateway-servers-$(id -u)}

case "$action" in
  start | stop | kill | watch) ;;
  prepare) ;;
  run) [ "${#names[@]}" -eq 1 ] || fail 'run needs one NAME' ;;
  freeze) signal_all STOP; exit ;;
  thaw) signal_all CONT; exit ;;
  status) show_status && exit || exit ;;
  help | -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac

if [ "$action" = watch ]; then
  until ended "$while_pid"; do sleep 1; done
fi
case "$action" in start | prepare | run) ;; *) [ -d "$dir" ] || exit 0 ;; esac
mkdir -p "$dir"
dir=$(readlink -f "$dir")
# Somebody else's directory would give the passwords away.
[ -O "$dir" ] || fail "$dir belongs to another user"
umask 077
# PostgreSQL's user has to pass through a directory that root made for itself.
if is_root; then chmod go+x "$dir"; fi

exec 9>"$dir/lock"
# Servers that are run one by one may start at the same time.
if [ "$action" = run ]; then flock -s 9; else flock 9; fi
# shellcheck disable=SC2034 # read by lib/
address=$(own_address)
case "$action" in
  start) start_all ;;
  prepare) prepare_all ;;
  run)
    require_programs
    mkdir -p "$dir/${names[0]}"
    # shellcheck disable=SC2034 # read by lib/
    durable=true
    run_one "${names[0]}"
    ;;
  stop) stop_all TERM ;;
  kill) stop_all KILL ;;
  watch)
    stop_all KILL
    rm -rf "$dir/postgres" "$dir/redis" "$dir/rabbitmq" "$dir/tls" "$dir/servers.env" "$dir/address" "$dir"/*.err "$dir/lock"
    rmdir "$dir" 2>/dev/null || true
    ;;
esac
