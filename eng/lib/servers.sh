# shellcheck shell=bash
# How each server is launched and known to be ready: launch_NAME PORT returns 0 when the server lets a client with its
# password in on that port and is the process that was started here. Sourced after processes.sh.

: "${dir:=}" "${address:=}" "${durable:=false}"
readonly start_timeout=60
# The user of PostgreSQL and of RabbitMQ; Redis has none.
readonly server_user=gateway

# ---- passwords: one per server and directory. They never stand on a command line, where every user could read them.

password_of() { cat "$dir/$1/password"; }

# Made once, with each character that some connection string has to escape, so that no program gets by without escaping.
# Redis' has no comma: StackExchange.Redis splits its connection strings at every comma and knows no escape for one. Blanks
# stand inside only, as it trims them at the ends.
make_password() {
  local name=$1 file=$dir/$1/password awkward=%@:/\?\#\&+\;\ =\'\"\\\$
  [ ! -s "$file" ] || return 0
  if [ -e "$dir/postgres/data" ] && [ "$name" = postgres ] || [ -e "$dir/rabbitmq/mnesia" ] && [ "$name" = rabbitmq ]; then
    echo "$dir/$name was made without a password, by an earlier version of this script: remove it, its data is lost" >&2
    return 1
  fi
  [ "$name" = redis ] || awkward+=,
  printf '%s%s%s' "$(random_word)" "$awkward" "$(random_word)" >"$file.new" && mv "$file.new" "$file"
}

random_word() { head -c 9 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

# ---- TLS: where $dir/tls exists, PostgreSQL and Redis take encrypted connections only

with_tls() { [ -s "$dir/tls/server.crt" ]; }

# An authority of the directory's own, and a certificate of it for the directory's address.
make_certificates() (
  ! with_tls || exit 0
  mkdir -p "$dir/tls" && cd "$dir/tls" || exit 1
  new_key=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)
  openssl req -x509 "${new_key[@]}" -keyout ca.key -out ca.crt -subj '/CN=LlmGateway private servers' -days 3650 &&
    openssl req "${new_key[@]}" -keyout server.key -out server.csr -subj "/CN=$address" &&
    printf 'subjectAltName = IP:%s\n' "$address" >server.ext &&
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -out server.crt -days 3650 -extfile server.ext
)

# connection_string NAME: what the gateway takes for the running server.
connection_string() {
  local password port postgres_tls='' redis_tls=''
  password=$(password_of "$1") && port=$(<"$dir/$1/port")
  # StackExchange.Redis' strings name no authority: its clients have to trust this one otherwise, as by SSL_CERT_FILE.
  if with_tls; then postgres_tls=";SSL Mode=VerifyFull;Root Certificate=\"$dir/tls/ca.crt\"" redis_tls=,ssl=true; fi
  case "$1" in
    # A value in double quotes ends at the next one that is not doubled.
    postgres) printf 'Host=%s;Port=%s;Username=%s;Password="%s";Database=gatewaydb%s' "$address" "$port" "$server_user" "${password//\"/\"\"}" "$postgres_tls" ;;
    redis) printf '%s:%s,password=%s%s' "$address" "$port" "$password" "$redis_tls" ;;
    rabbitmq) printf 'amqp://%s:%s@%s:%s' "$server_user" "$(percent_encoded "$password")" "$address" "$port" ;;
  esac
}

percent_encoded() {
  local LC_ALL=C text=$1 character i
  for ((i = 0; i < ${#text}; i++)); do
    character=${text:i:1}
    case "$character" in
      [a-zA-Z0-9.~_-]) printf '%s' "$character" ;;
      *) printf '%%%02X' "'$character" ;;
    esac
  done
}

# For bash, and for readers that take off the outer quotes and turn '\'' into '.
shell_quoted() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

# ---- PostgreSQL: refuses to run as root, so root runs it as the package's user

postgres_bin() { compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1; }
as_postgres() { if is_root; then setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"; else "$@"; fi; }

postgres_ready() {
  ! alive postgres || grep -q '^ready' "$dir/postgres/data/postmaster.pid" 2>/dev/null
}

# postgres_query PORT DATABASE SQL
postgres_query() {
  PGPASSWORD=$(password_of postgres) PGCONNECT_TIMEOUT=10 "$(postgres_bin)/psql" -h "$address" -p "$1" -U "$server_user" -d "$2" -XAtqc "$3"
}

launch_postgres() {
  local port=$1 bin data=$dir/postgres/data
  bin=$(postgres_bin)
  if [ ! -s "$data/PG_VERSION" ]; then
    rm -rf "$data"
    if is_root; then chown postgres: "$dir/postgres" "$dir/postgres/password"; fi
    as_postgres test -x "$dir/postgres" || { echo "user postgres cannot reach $dir: choose a directory outside of root's home" >&2; return 2; }
    as_postgres "$bin/initdb" -D "$data" -U "$server_user" -A scram-sha-256 --pwfile="$dir/postgres/password" -E UTF8 --locale=C.UTF-8 \
      --no-sync >>"$dir/postgres/log" 2>&1 || return 2
  fi
  local options=()
  if with_tls; then
    # The server refuses a key that somebody else owns.
    cp "$dir/tls/server.crt" "$dir/tls/server.key" "$dir/postgres/"
    if is_root; then chown postgres: "$dir/postgres/server.crt" "$dir/postgres/server.key"; fi
    as_postgres sed -i 's/^host /hostssl /' "$data/pg_hba.conf"
    options+=(-c ssl=on -c "ssl_cert_file=$dir/postgres/server.crt" -c "ssl_key_file=$dir/postgres/server.key")
  fi
  # Left by a server that was killed. Nothing of it is alive, but an unreaped process still looks so to PostgreSQL.
  rm -f "$data/postmaster.pid"
  local command=("$bin/postgres" -D "$data" -p "$port" -c "listen_addresses=$address" -c unix_socket_directories=
    -c max_connections=500 -c shared_buffers=64MB "${options[@]}")
  # fsync protects against a crash of the machine only, which a test's server need not survive; a killed process loses nothing.
  if [ "$durable" = false ]; then command+=(-c fsync=off -c full_page_writes=off); fi
  if is_root; then command=(setpriv --reuid=postgres --regid=postgres --init-groups -- "${command[@]}"); fi
  spawn postgres "${command[@]}"
  wait_until "$start_timeout" postgres_ready && alive postgres || return 1
  local found
  found=$(postgres_query "$port" postgres "select 1 from pg_database where datname = 'gatewaydb'") || return 1
  if [ "$found" != 1 ]; then postgres_query "$port" postgres 'create database gatewaydb'; fi
}

# ---- Redis: without persistence, unless what it holds is kept

redis_ready() {
  local pid trust=()
  pid=$(pid_of "$dir/redis/pid") || return 0
  if with_tls; then trust=(--tls --cacert "$dir/tls/ca.crt"); fi
  # Another server on the same port would answer as well: ask which process it is.
  REDISCLI_AUTH=$(password_of redis) redis-cli "${trust[@]}" -h "$address" -p "$1" info server 2>/dev/null | tr -d '\r' | grep -qx "process_id:$pid"
}

launch_redis() {
  local password listen=(--port "$1")
  if with_tls; then
    listen=(--port 0 --tls-port "$1" --tls-auth-clients no --tls-ca-cert-file "$dir/tls/ca.crt"
      --tls-cert-file "$dir/tls/server.crt" --tls-key-file "$dir/tls/server.key")
  fi
  password=$(password_of redis)
  password=${password//\\/\\\\}
  printf 'requirepass "%s"\n' "${password//\"/\\\"}" >"$dir/redis/redis.conf"
  local save=''
  if [ "$durable" = true ]; then save='60 1'; fi
  spawn redis redis-server "$dir/redis/redis.conf" "${listen[@]}" --bind "$address" --save "$save" --appendonly no --dir "$dir/redis"
  wait_until "$start_timeout" redis_ready "$1" && alive redis
}

# ---- RabbitMQ: with its own port mapper (epmd), so that instances do not meet

rabbitmq_sbin() { compgen -G '/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin' | sort -V | tail -n 1; }

rabbitmq_ready() {
  ! alive rabbitmq || { grep -q 'Server startup complete' "$dir/rabbitmq/server.log" 2>/dev/null && amqp_login "$1"; }
}

# Whether the broker lets the user in: AMQP's handshake up to the answer to the password. (rabbitmqctl would start a
# virtual machine each time.)
amqp_login() (
  exec 3<>"/dev/tcp/$address/$1" || exit 1
  LC_ALL=C
  password=$(password_of rabbitmq)
  printf 'AMQP\0\0\011\001' >&3
  amqp_method >/dev/null || exit 1
  # Start-Ok: no client properties, mechanism, "NUL user NUL password", locale.
  length=$((2 + ${#server_user} + ${#password}))
  printf '\001\0\0\0\0\0%b\0\012\0\013\0\0\0\0\005PLAIN\0\0\0%b\0%s\0%s\005en_US\316' \
    "\\0$(printf %o $((24 + length)))" "\\0$(printf %o "$length")" "$server_user" "$password" >&3
  # Tune; a refused user gets Close, or nothing.
  [ "$(amqp_method)" = '10 30' ]
) 2>/dev/null

# amqp_method: takes one frame off descriptor 3 and prints the class and the method in it.
amqp_method() {
  local -a bytes
  read -ra bytes < <(timeout 5 head -c 7 <&3 | od -An -tu1)
  [ "${#bytes[@]}" -eq 7 ] || return 1
  timeout 5 head -c $(((bytes[3] << 24) + (bytes[4] << 16) + (bytes[5] << 8) + bytes[6] + 1)) <&3 | od -An -v -tu1 -w4 |
    { read -ra bytes && printf '%s %s\n' "$((bytes[0] * 256 + bytes[1]))" "$((bytes[2] * 256 + bytes[3]))" && cat >/dev/null; }
}

# Without a user in its database RabbitMQ makes the one named here, and not "guest".
rabbitmq_user() {
  local password
  password=$(password_of rabbitmq)
  password=${password//\\/\\\\}
  printf '[{rabbit, [{default_user, <<"%s">>}, {default_pass, <<"%s">>}]}].\n' "$server_user" "${password//\"/\\\"}"
}

# epmd listens on 127.0.0.1 whatever it is told, where any program may be faster: another port, then.
start_epmd() {
  local home=$1 port
  for _ in {1..5}; do
    port=$(free_port 127.0.0.1) || return 1
    setsid env HOME="$home/home" epmd -address 127.0.0.1 -port "$port" </dev/null >>"$home/log" 2>&1 8>&- 9>&- &
    remember "$home/epmd.pid" "$!" || continue
    if wait_until 10 epmd_ready "$port" && pid_of "$home/epmd.pid" >/dev/null; then
      printf '%s\n' "$port"
      return 0
    fi
    stop_epmd
  done
  echo 'epmd did not start' >&2
  return 1
}

epmd_ready() { ! pid_of "$dir/rabbitmq/epmd.pid" >/dev/null || listening 127.0.0.1 "$1"; }

launch_rabbitmq() {
  local port=$1 home=$dir/rabbitmq epmd_port dist_port
  mkdir -p "$home/home" "$home/mnesia" "$home/schema" "$home/config"
  stop_epmd
  epmd_port=$(start_epmd "$home") && dist_port=$(free_port "$address") || return 1
  : >"$home/env.conf"
  : >"$home/server.log"
  echo '[].' >"$home/enabled_plugins"
  printf '%s\n' "listeners.tcp.1 = $address:$port" 'log.console = false' 'vm_memory_high_watermark.relative = 0.3' \
    'disk_free_limit.absolute = 50MB' >"$home/rabbitmq.conf"
  rabbitmq_user >"$home/advanced.config"

  # RABBITMQ_ALLOW_INPUT makes the script become the server process instead of staying beside it; -noinput undoes the rest.
  spawn rabbitmq env HOME="$home/home" \
    RABBITMQ_NODENAME="gateway$port@localhost" RABBITMQ_NODE_IP_ADDRESS="$address" RABBITMQ_NODE_PORT="$port" RABBITMQ_DIST_PORT="$dist_port" \
    ERL_EPMD_PORT="$epmd_port" ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_MNESIA_BASE="$home/mnesia" RABBITMQ_LOG_BASE="$home" \
    RABBITMQ_LOGS="$home/server.log" RABBITMQ_PID_FILE="$home/server.pid" RABBITMQ_CONF_ENV_FILE="$home/env.conf" \
    RABBITMQ_CONFIG_FILE="$home/rabbitmq" RABBITMQ_ADVANCED_CONFIG_FILE="$home/advanced.config" RABBITMQ_SCHEMA_DIR="$home/schema" \
    RABBITMQ_GENERATED_CONFIG_DIR="$home/config" RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" RABBITMQ_ALLOW_INPUT=1 \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-noinput -kernel inet_dist_use_interface {${address//./,}} +S 2:2" \
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
