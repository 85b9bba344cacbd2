#!/usr/bin/env bash
# Measures the gateway against a direct call, nginx, the floor proxy and a peer gateway, and its queue of jobs. See bench/README.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(dirname "$here")
runner="$here/BenchRunner/bin/Release/net10.0/BenchRunner.dll"
arguments=("$@")

say() { printf '%s\n' "$*" >&2; }

without() { arguments+=(--without "$1"); }

# Every started server is in the list with its start time: what a killed runner has left behind is stopped by process id.
stop_leftovers() {
  [[ -f "$here/.work/pids" ]] || return 0
  while read -r pid started; do
    if [[ $(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -d' ' -f20) == "$started" ]]; then
      kill "$pid" 2>/dev/null || true
    fi
  done <"$here/.work/pids"
  rm -f "$here/.work/pids"
}

install_tools() {
  local missing=()
  command -v wrk >/dev/null || missing+=(wrk)
  command -v nginx >/dev/null || missing+=(nginx-light)
  [[ ${#missing[@]} -eq 0 ]] && return
  if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    say "Please install: ${missing[*]}"
    exit 2
  fi
  apt-get install -y --no-install-recommends "${missing[@]}" >&2
}

install_portkey() {
  [[ -f "$here/peers/node_modules/@portkey-ai/gateway/build/start-server.js" ]] && return
  command -v npm >/dev/null && (cd "$here/peers" && timeout 180 npm install --no-package-lock --no-audit --no-fund --ignore-scripts >&2)
}

build() {
  for project in bench/FloorProxy bench/PacedUpstream bench/StreamLoad bench/RateLoad bench/BenchRunner LlmGateway.Api; do
    say "building $project"
    dotnet build "$repository/$project" -c Release -v q -nologo -clp:ErrorsOnly >&2 9>&-
  done
}

mkdir -p "$here/.work"
exec 9>"$here/.work/lock"
flock -n 9 || { say "Another run is measuring; two at once would measure each other."; exit 2; }
trap stop_leftovers EXIT
install_tools
install_portkey || { say "Portkey cannot be installed; its column stays empty."; without portkey; }
build
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)"
dotnet "$runner" "$repository" ${arguments[@]+"${arguments[@]}"} 9>&-
