#!/usr/bin/env bash
# The distributed system on this machine without containers: private PostgreSQL, Redis and RabbitMQ, the Simulator in place of
# model servers, and the four services, each a process of its own. Prints their addresses and a curl to try. Ctrl+C stops
# everything. Usage:
#
#   ./eng/run-distributed.sh                 starts all of it
#   ./eng/run-distributed.sh --api 2         with two replicas of the Api (and --worker N of the Worker)
#   ./eng/run-distributed.sh --no-build      with what is built already
#   ./eng/run-distributed.sh --keep DIR      keeps data and logs in DIR, and goes on with them at the next start
#
# A real Ollama instead of the Simulator: OLLAMA_BASE_URL=http://localhost:11434 ./eng/run-distributed.sh
# Needs the Debian packages postgresql, redis-server and rabbitmq-server. Everything listens on the loopback address only.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }
fail() { printf 'run-distributed.sh: %s\n' "$*" >&2; exit 1; }

build=true
keep=
api_replicas=1
worker_replicas=1
while [ $# -gt 0 ]; do
  case "$1" in
    --no-build) build=false; shift ;;
    --keep) keep=${2:?--keep needs a directory}; shift 2 ;;
    --api) api_replicas=${2:?--api needs a number}; shift 2 ;;
    --worker) worker_replicas=${2:?--worker needs a number}; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) fail "unknown argument $1 (see --help)" ;;
  esac
done

dir=${keep:-$(mktemp -d "${TMPDIR:-/tmp}/llmgateway.XXXXXX")}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
# PostgreSQL refuses to run as root and then runs as a user of its own, who has to pass through.
chmod a+x "$dir"
# shellcheck source-path=SCRIPTDIR source=lib/processes.sh disable=SC1091
. eng/lib/processes.sh

names=()

# The one way out. Services first, so that what they still hold reaches the servers.
finish() {
  trap - EXIT INT TERM
  printf '\nStopping …\n'
  local name pid
  for name in "${names[@]}"; do
    if pid=$(pid_of "$dir/$name/pid"); then kill -TERM "$pid" 2>/dev/null || true; fi
  done
  for name in "${names[@]}"; do
    if pid=$(pid_of "$dir/$name/pid"); then
      wait_until 40 ended "$pid" || signal_tree KILL "$pid"
    fi
  done
  ./eng/start-servers.sh stop "$dir/servers" >/dev/null 2>&1 || true
  if [ -n "$keep" ]; then printf 'Data and logs are in %s\n' "$dir"; else rm -rf "$dir"; fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start NAME PROJECT [VARIABLE=VALUE...]: the program in the background, its output in DIR/NAME/log.
start() {
  local name=$1 project=$2
  shift 2
  mkdir -p "$dir/$name"
  # A process group of its own: Ctrl+C reaches this script alone, which then stops the services in order.
  (cd "$dir/$name" && exec env "$@" setsid dotnet "$root/$project/bin/Debug/net10.0/$project.dll" --urls http://127.0.0.1:0) \
    >"$dir/$name/log" 2>&1 </dev/null &
  remember "$dir/$name/pid" $! || fail "$name did not start: see $dir/$name/log"
  names+=("$name")
}

address_in() { grep -o 'listening on: http://127\.0\.0\.1:[0-9]*' "$dir/$1/log" | head -n 1 | cut -d' ' -f3; }

# await NAME PATH: until it answers; sets $address.
await() {
  local name=$1 path=$2 deadline=$((SECONDS + 60))
  while true; do
    address=$(address_in "$name" || true)
    if [ -n "$address" ] && curl -fsS -o /dev/null --max-time 5 "$address$path" 2>/dev/null; then return 0; fi
    if ! pid_of "$dir/$name/pid" >/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
      tail -n 20 "$dir/$name/log" >&2
      fail "$name is not ready"
    fi
    sleep 0.2
  done
}

if [ "$build" = true ]; then
  printf 'Building …\n'
  for project in LlmGateway.Simulator LlmGateway.Api LlmGateway.Worker LlmGateway.ModelManager LlmGateway.SystemMonitor; do
    dotnet build "$project" -v quiet -clp:ErrorsOnly >&2
  done
fi

printf 'Starting PostgreSQL, Redis and RabbitMQ …\n'
./eng/start-servers.sh start "$dir/servers" >/dev/null
set -a
# shellcheck disable=SC1091
. "$dir/servers/servers.env"
set +a

if [ -z "${OLLAMA_BASE_URL:-}" ]; then
  start simulator LlmGateway.Simulator
  await simulator /api/version
  export OLLAMA_BASE_URL=$address
  models='the Simulator (no real model answers)'
else
  models=$OLLAMA_BASE_URL
fi

key=${LLM_GATEWAY_KEY:-sk-gw-$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')}
for ((i = 1; i <= api_replicas; i++)); do
  start "api-$i" LlmGateway.Api "LLM_GATEWAY__Authentication__Keys__local__Key=$key" \
    LLM_GATEWAY__Authentication__Keys__local__Roles__0=admin LLM_GATEWAY__Authentication__Keys__local__Roles__1=user
done
for ((i = 1; i <= worker_replicas; i++)); do start "worker-$i" LlmGateway.Worker "WORKER_ID=worker-$i"; done
start model-manager LlmGateway.ModelManager
start system-monitor LlmGateway.SystemMonitor

printf '\nLlmGateway is running; models: %s\n\n' "$models"
first_api=
for name in "${names[@]}"; do
  [ "$name" != simulator ] || continue
  await "$name" /health/ready
  case "$name" in api-*) first_api=${first_api:-$address} ;; esac
  printf '  %-16s %s   health: %s/health/ready   metrics: %s/metrics\n' "$name" "$address" "$address" "$address"
done
printf '\n  PostgreSQL, Redis and RabbitMQ: connection strings in %s\n  logs: %s/NAME/log\n' "$dir/servers/servers.env" "$dir"

cat <<TRY

Try it:

  export LLM_GATEWAY_KEY=$key

  curl $first_api/v1/models -H "Authorization: Bearer \$LLM_GATEWAY_KEY"

  curl $first_api/v1/chat/completions -H "Authorization: Bearer \$LLM_GATEWAY_KEY" -H 'Content-Type: application/json' -d '{"model":"$(
  curl -fsS "$first_api/v1/models" -H "Authorization: Bearer $key" | grep -o '"id":"[^"]*' | grep -v embed | head -n 1 | cut -d'"' -f4
)","messages":[{"role":"user","content":"Why is the sky blue?"}]}'

  curl $first_api/admin/fleet -H "Authorization: Bearer \$LLM_GATEWAY_KEY"

Ctrl+C stops everything.
TRY

# Until somebody stops the script, or a service ends by itself.
while true; do
  for name in "${names[@]}"; do
    pid_of "$dir/$name/pid" >/dev/null || { tail -n 20 "$dir/$name/log" >&2; fail "$name has ended"; }
  done
  sleep 1
done
