#!/usr/bin/env bash
# Builds the solution and runs every test project. Usage:
#
#   ./eng/test.sh                        everything, as continuous integration runs it
#   ./eng/test.sh Core Providers         only test projects whose name contains one of the words
#   ./eng/test.sh --filter Stream        only tests whose full name contains the text (or any `dotnet test` filter expression)
#   ./eng/test.sh --no-build             with what is built already
#   ./eng/test.sh --no-servers           without PostgreSQL, Redis and RabbitMQ, leaving out the projects that need them
#   ./eng/test.sh --configuration NAME   Debug (the default) or Release
#
# Exits 0 only when everything built, every project ran tests and every test passed. The last line is always
# "N passed, N failed, N skipped", summed over all projects from their TRX logs; a project that crashed, hung or ran
# no test counts as one failure. Logs stay in artifacts/test-results/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

# Nothing may outlive the script and hold its output open, and nothing may wait for a person.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 MSBUILDTERMINALLOGGER=off DOTNET_GENERATE_ASPNET_CERTIFICATE=false

readonly solution=LlmGateway.sln
readonly results_root=artifacts/test-results
# A test that makes no progress for this long has hung; its project is ended and counted as a failure.
readonly hang_timeout=5m
# Test projects that talk to real PostgreSQL, Redis and RabbitMQ servers.
readonly server_projects=' LlmGateway.Data.Tests LlmGateway.IntegrationTests '

configuration=Debug
filter=
build=true
servers=true
words=()
while [ $# -gt 0 ]; do
  case "$1" in
    --filter) filter=${2:?--filter needs a value}; shift 2 ;;
    --configuration | -c) configuration=${2:?--configuration needs a value}; shift 2 ;;
    --no-build) build=false; shift ;;
    --no-servers) servers=false; shift ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    -*) echo "test.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
    *) words+=("$1"); shift ;;
  esac
done

say() { printf '\n== %s\n' "$*"; }

passed=0
failed=0
skipped=0
problems=()
servers_dir=

stop_servers() {
  [ -n "$servers_dir" ] || return 0
  ./eng/start-servers.sh stop "$servers_dir" >/dev/null 2>&1 || true
  rm -rf "$servers_dir"
  servers_dir=
}

# The one way out: the summary is the last line whatever happened before.
finish() {
  local status=$?
  trap - EXIT
  stop_servers
  if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1
    problems+=("the run itself stopped early (exit status $status)")
  fi
  if [ "${#problems[@]}" -gt 0 ]; then
    printf '\n'
    printf 'FAILED: %s\n' "${problems[@]}"
  fi
  printf '\n%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" -eq 0 ] || exit 1
  exit 0
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- what the run needs ---------------------------------------------------------------------------------------------

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

start_servers() {
  [ "$servers" = true ] || return 0
  local file
  for file in "${projects[@]}"; do
    if needs_servers "$file"; then
      say 'Starting PostgreSQL, Redis and RabbitMQ'
      servers_dir=$(mktemp -d "${TMPDIR:-/tmp}/llmgateway-test.XXXXXX")
      ./eng/start-servers.sh start "$servers_dir" --while $$
      # Only the address of the servers: connection strings in the environment would change what every other test starts.
      export LLMGATEWAY_TEST_SERVERS=$servers_dir
      return 0
    fi
  done
}

# ---- projects -------------------------------------------------------------------------------------------------------

needs_servers() { case "$server_projects" in *" $(basename "$1" .csproj) "*) return 0 ;; *) return 1 ;; esac; }

wanted() {
  local name word
  name=$(basename "$1" .csproj)
  if [ "$servers" = false ] && needs_servers "$1"; then return 1; fi
  [ "${#words[@]}" -gt 0 ] || return 0
  for word in "${words[@]}"; do
    case "$name" in *"$word"*) return 0 ;; esac
  done
  return 1
}

find_projects() {
  local file
  for file in tests/*/*Tests.csproj; do
    if ! grep -qF "${file//\//\\}" "$solution"; then
      echo "$file is not part of $solution, so its tests would never run: add it with 'dotnet sln $solution add -s tests $file'" >&2
      return 1
    fi
    if wanted "$file"; then projects+=("$file"); fi
  done
  [ "${#projects[@]}" -gt 0 ] || { echo "No test project matches: ${words[*]}" >&2; return 1; }
}

build_projects() {
  local file
  if [ "${#words[@]}" -eq 0 ]; then
    say "Building $solution ($configuration)"
    dotnet build "$solution" -c "$configuration" -v quiet -nodeReuse:false
  else
    for file in "${projects[@]}"; do
      say "Building $file ($configuration)"
      dotnet build "$file" -c "$configuration" -v quiet -nodeReuse:false
    done
  fi
}

# The name of each failed test in a TRX log and the beginning of its message: the end of a run's output is all that some
# readers keep of it.
failed_tests() {
  awk '
    /<UnitTestResult / { name = ""; if (/outcome="Failed"/ && match($0, /testName="[^"]*"/)) name = substr($0, RSTART + 10, RLENGTH - 11) }
    name != "" && /<Message>/ { sub(/.*<Message>/, ""); sub(/<\/Message>.*/, ""); print name ": " substr($0, 1, 300); name = "" }
  ' "$1"
}

# Runs one project and adds its results to the totals. Every UnitTestResult in the log is one test; an outcome other
# than Passed and NotExecuted (xunit's skip) is a failure.
run_project() {
  local file=$1 name dir status=0 outcomes all ok ignored bad
  name=$(basename "$file" .csproj)
  dir=$results_root/$name
  local arguments=("$file" -c "$configuration" --no-build --results-directory "$dir" --logger 'trx;LogFileName=results.trx'
    --blame-hang-timeout "$hang_timeout" --blame-hang-dump-type none)
  [ -z "$filter" ] || arguments+=(--filter "$filter")

  say "$name"
  dotnet test "${arguments[@]}" || status=$?

  if [ ! -s "$dir/results.trx" ]; then
    if [ "$status" -eq 0 ] && [ -n "$filter" ]; then return 0; fi
    # A project can be empty on purpose in one package set; it then says it is no test project.
    if [ "$(dotnet msbuild "$file" -p:Configuration="$configuration" -getProperty:IsTestProject)" != true ]; then
      echo "$name has no tests in this package set."
      return 0
    fi
    failed=$((failed + 1))
    problems+=("$name wrote no test results (dotnet test exit status $status)")
    return 0
  fi

  outcomes=$(grep -o '<UnitTestResult [^>]*' "$dir/results.trx" || true)
  all=$(grep -c . <<<"$outcomes" || true)
  ok=$(grep -c ' outcome="Passed"' <<<"$outcomes" || true)
  ignored=$(grep -c ' outcome="NotExecuted"' <<<"$outcomes" || true)
  bad=$((all - ok - ignored))
  passed=$((passed + ok))
  skipped=$((skipped + ignored))
  failed=$((failed + bad))

  if [ "$bad" -gt 0 ]; then
    problems+=("$name: $bad of $all tests failed")
    while IFS= read -r line; do problems+=("  $line"); done < <(failed_tests "$dir/results.trx")
  elif [ "$status" -ne 0 ]; then
    failed=$((failed + 1))
    problems+=("$name crashed or hung after $all tests (dotnet test exit status $status)")
  elif [ "$all" -eq 0 ] && [ -z "$filter" ]; then
    failed=$((failed + 1))
    problems+=("$name ran no test")
  fi
}

# ---- the run --------------------------------------------------------------------------------------------------------

projects=()
find_projects
install_missing
[ "$build" = false ] || build_projects
start_servers

rm -rf "$results_root"
for project in "${projects[@]}"; do
  run_project "$project"
done

if [ $((passed + failed + skipped)) -eq 0 ]; then
  failed=1
  problems+=('no test ran at all')
fi
