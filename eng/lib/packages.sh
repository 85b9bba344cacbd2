# shellcheck shell=bash
# The Debian packages that eng/test.sh needs. Sourced; $servers says whether the tests need real servers, and say prints a heading.
: "${servers:=true}"

# Installs the Debian packages of programs that are missing. Their system services are neither started nor touched.
install_missing() {
  local missing=()
  command -v node >/dev/null || missing+=(nodejs)
  command -v npm >/dev/null || missing+=(npm)
  command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing+=(nginx)
  command -v promtool >/dev/null || missing+=(prometheus)
  if [ "$servers" = true ]; then
    command -v redis-server >/dev/null || missing+=(redis-server)
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
    compgen -G '/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server' >/dev/null || missing+=(rabbitmq-server)
  fi
  [ "${#missing[@]}" -gt 0 ] || return 0

  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    if [ "${CI:-}" = true ] && sudo -n true 2>/dev/null; then
      sudo=(sudo -n)
    else
      echo "These Debian packages are needed and missing: ${missing[*]}" >&2
      echo "Install them with: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
      echo "or run ./eng/test.sh --no-servers to leave out the tests that need real servers." >&2
      return 1
    fi
  fi
  command -v apt-get >/dev/null || {
    echo "Missing: ${missing[*]}. This machine has no apt-get; install them by its own means." >&2
    return 1
  }

  say "Installing ${missing[*]}"
  # invoke-rc.d asks this file whether a package may start its service; 101 means no.
  local policy=/usr/sbin/policy-rc.d own_policy=false
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
    "${sudo[@]}" chmod 755 "$policy"
    own_policy=true
  fi
  local status=0
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive sh -c '
    apt-get update -qq || echo "apt-get update failed; trying with the lists there are" >&2
    apt-get install -y -qq --no-install-recommends "$@" >/dev/null' sh "${missing[@]}" || status=$?
  [ "$own_policy" = false ] || "${sudo[@]}" rm -f "$policy"
  return "$status"
}
