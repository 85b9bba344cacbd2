# shellcheck shell=bash
# Processes that a script starts and has to find again later, and free ports for them. Sourced; $dir is the directory that
# holds one folder per process, $dir/NAME, with its pid file, port and log.
: "${dir:=}" "${address:=}"

# ---- processes: a pid file holds "PID START", START being the kernel's start time, so that a reused number is never ours

# state_and_start PID -> "S 12345"; fails when there is no such process.
state_and_start() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # The second field is the program's name in parentheses and may contain anything.
  stat=${stat##*) }
  local fields
  read -ra fields <<<"$stat"
  printf '%s %s\n' "${fields[0]}" "${fields[19]}"
}

remember() { local found; found=$(state_and_start "$2") || return 1; printf '%s %s\n' "$2" "${found#* }" >"$1"; }

# pid_of FILE: the running process it names; fails when that one is gone (or only waits to be reaped).
pid_of() {
  local pid start found
  [ -s "$1" ] && read -r pid start <"$1" || return 1
  found=$(state_and_start "$pid") && [ "${found#* }" = "$start" ] && [ "${found%% *}" != Z ] || return 1
  printf '%s\n' "$pid"
}

# ended PID: gone, or only waiting to be reaped.
ended() { local found; ! found=$(state_and_start "$1") || [ "${found%% *}" = Z ]; }

alive() { pid_of "$dir/$1/pid" >/dev/null; }

# A process and all its descendants, parents first.
tree_of() {
  local child
  printf '%s\n' "$1"
  while read -r child; do tree_of "$child"; done < <(cat "/proc/$1/task/"*/children 2>/dev/null | tr ' ' '\n' | grep . || true)
}

signal_tree() {
  local pid
  for pid in $(tree_of "$2"); do kill "-$1" "$pid" 2>/dev/null || true; done
}

wait_until() { # wait_until SECONDS COMMAND...
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.05
  done
}

# ---- ports: on an address of the directory's own out of 127.0.0.0/8, which no other directory's servers listen on. A server
# that is down keeps its port, therefore, however many others start meanwhile.

# Below the range the kernel takes outgoing ports from, so that no client's socket can sit on a server's port.
readonly first_port=20000 port_count=12000

random_number() { printf '%s\n' $(((RANDOM * 32768 + RANDOM) % $1)); }

# own_address: of $dir, chosen once.
own_address() {
  local number
  if [ ! -s "$dir/address" ]; then
    number=$(random_number $((64 * 256 * 254)))
    printf '127.%s.%s.%s\n' $((64 + number / (256 * 254))) $((number / 254 % 256)) $((1 + number % 254)) >"$dir/address"
  fi
  cat "$dir/address"
}

listening() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; } # listening ADDRESS PORT

free_port() { # free_port ADDRESS
  local port
  for _ in {1..200}; do
    port=$((first_port + $(random_number $port_count)))
    if ! listening "$1" "$port"; then
      printf '%s\n' "$port"
      return 0
    fi
  done
  return 1
}

# start_on_port NAME: runs launch_NAME PORT. A port that was asked for, or that the server had before, is used or refused;
# a port chosen here may be lost to another process in between, so another one is tried.
start_on_port() {
  local name=$1 port pid status fixed=true attempts=1
  mkdir -p "$dir/$name"
  port=${ports[$name]:-}
  if [ -z "$port" ] && [ -s "$dir/$name/port" ]; then port=$(<"$dir/$name/port"); fi
  if [ -z "$port" ]; then fixed=false attempts=5; fi
  while [ "$attempts" -gt 0 ]; do
    attempts=$((attempts - 1))
    [ "$fixed" = true ] || port=$(free_port "$address") || { echo 'no free port' >&2; return 1; }
    if listening "$address" "$port"; then
      echo "port $port is taken by another process" >&2
    else
      status=0
      "launch_$name" "$port" || status=$?
      if [ "$status" -eq 0 ]; then
        printf '%s\n' "$port" >"$dir/$name/port"
        return 0
      fi
      if pid=$(pid_of "$dir/$name/pid"); then signal_tree KILL "$pid"; fi
      if [ -s "$dir/$name/log" ]; then tail -n 20 "$dir/$name/log" >&2; fi
      # 2: another port would not help.
      if [ "$status" -eq 2 ]; then return 1; fi
    fi
  done
  return 1
}

# spawn NAME COMMAND...: in its own session, so that Ctrl+C in the caller's terminal does not reach it, without the
# caller's standard streams and without the locks.
spawn() {
  local name=$1
  shift
  setsid "$@" </dev/null >>"$dir/$name/log" 2>&1 8>&- 9>&- &
  remember "$dir/$name/pid" "$!"
}
