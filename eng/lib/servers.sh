# shellcheck shell=bash
# How each server is launched and known to be ready: launch_NAME PORT returns 0 when the server answers on that port and
# is the process that was started here. Sourced after processes.sh.

: "${dir:=}"
readonly start_timeout=60

# ---- PostgreSQL: refuses to run as root, so root runs it as the package's user

postgres_bin() { compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1; }
as_postgres() { if is_root; then setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"; else "$@"; fi; }

postgres_ready() {
  ! alive postgres || grep -q '^ready' "$dir/postgres/data/postmaster.pid" 2>/dev/null
}

launch_postgres() {
  local port=$1 bin data=$dir/postgres/data
  bin=$(postgres_bin)
  if [ ! -s "$data/PG_VERSION" ]; then
    rm -rf "$data"
    if is_root; then chown postgres: "$dir/postgres"; fi
    as_postgres test -x "$dir/postgres" || { echo "user postgres cannot reach $dir: choose a directory outside of root's home" >&2; return 2; }
    as_postgres "$bin/initdb" -D "$data" -U gateway -A trust -E UTF8 --locale=C.UTF-8 --no-sync >>"$dir/postgres/log" 2>&1 || return 2
  fi
  # Left by a server that was killed. Nothing of it is alive, but an unreaped process still looks so to PostgreSQL.
  rm -f "$data/postmaster.pid"
  # fsync protects against a crash of the machine only, which a private server need not survive; a killed process loses nothing.
  local command=("$bin/postgres" -D "$data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories=
    -c fsync=off -c full_page_writes=off -c max_connections=500 -c shared_buffers=64MB)
  if is_root; then command=(setpriv --reuid=postgres --regid=postgres --init-groups -- "${command[@]}"); fi
  spawn postgres "${command[@]}"
  wait_until "$start_timeout" postgres_ready && alive postgres || return 1
  if [ "$("$bin/psql" -h 127.0.0.1 -p "$port" -U gateway -d postgres -Atqc "select 1 from pg_database where datname = 'gatewaydb'")" != 1 ]; then
    "$bin/createdb" -h 127.0.0.1 -p "$port" -U gateway gatewaydb
  fi
}

# ---- Redis: a cache, without persistence

redis_ready() {
  local pid
  pid=$(pid_of "$dir/redis/pid") || return 0
  # Another server on the same port would answer as well: ask which process it is.
  redis-cli -h 127.0.0.1 -p "$1" info server 2>/dev/null | tr -d '\r' | grep -qx "process_id:$pid"
}

launch_redis() {
  spawn redis redis-server --port "$1" --bind 127.0.0.1 --save '' --appendonly no --dir "$dir/redis"
  wait_until "$start_timeout" redis_ready "$1" && alive redis
}

# ---- RabbitMQ: with its own port mapper (epmd), so that instances do not meet

rabbitmq_sbin() { compgen -G '/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin' | sort -V | tail -n 1; }

rabbitmq_ready() {
  ! alive rabbitmq || { grep -q 'Server startup complete' "$dir/rabbitmq/server.log" 2>/dev/null && listening "$1"; }
}

launch_rabbitmq() {
  local port=$1 home=$dir/rabbitmq epmd_port dist_port
  epmd_port=$(free_port) && dist_port=$(free_port) || return 1
  mkdir -p "$home/home" "$home/mnesia" "$home/schema" "$home/config"
  : >"$home/env.conf"
  : >"$home/server.log"
  echo '[].' >"$home/enabled_plugins"
  printf '%s\n' "listeners.tcp.1 = 127.0.0.1:$port" 'log.console = false' 'vm_memory_high_watermark.relative = 0.3' \
    'disk_free_limit.absolute = 50MB' >"$home/rabbitmq.conf"

  setsid env HOME="$home/home" epmd -address 127.0.0.1 -port "$epmd_port" </dev/null >>"$home/log" 2>&1 9>&- &
  remember "$home/epmd.pid" "$!" || return 1

  # RABBITMQ_ALLOW_INPUT makes the script become the server process instead of staying beside it; -noinput undoes the rest.
  spawn rabbitmq env HOME="$home/home" \
    RABBITMQ_NODENAME="gateway$port@localhost" RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT="$port" RABBITMQ_DIST_PORT="$dist_port" \
    ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_MNESIA_BASE="$home/mnesia" RABBITMQ_LOG_BASE="$home" \
    RABBITMQ_LOGS="$home/server.log" RABBITMQ_PID_FILE="$home/server.pid" RABBITMQ_CONF_ENV_FILE="$home/env.conf" \
    RABBITMQ_CONFIG_FILE="$home/rabbitmq" RABBITMQ_ADVANCED_CONFIG_FILE="$home/advanced" RABBITMQ_SCHEMA_DIR="$home/schema" \
    RABBITMQ_GENERATED_CONFIG_DIR="$home/config" RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" RABBITMQ_ALLOW_INPUT=1 \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-noinput -kernel inet_dist_use_interface {127,0,0,1} +S 2:2' \
    "$(rabbitmq_sbin)/rabbitmq-server"
  if wait_until "$start_timeout" rabbitmq_ready "$port" && alive rabbitmq; then return 0; fi
  tail -n 20 "$home/server.log" >&2
  stop_epmd
  return 1
}

stop_epmd() {
  local pid
  if pid=$(pid_of "$dir/rabbitmq/epmd.pid"); then kill -KILL "$pid" 2>/dev/null || true; fi
}
