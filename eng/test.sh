#!/usr/bin/env bash
# Builds the solution and runs every test project. Usage:
#
#   ./eng/test.sh                        everything, as continuous integration runs it
#   ./eng/test.sh Core Providers         only test projects whose name contains one of the words
#   ./eng/test.sh --filter Stream        only tests whose full name contains the text (or any `dotnet test` filter expression)
#   ./eng/test.sh --no-build             with what is built already
#   ./eng/test.sh --no-servers           without PostgreSQL, Redis and RabbitMQ, leaving out the projects that need them
#   ./eng/test.sh --coverage             a whole run that also measures how much of the product the tests run; takes some minutes more
#   ./eng/test.sh --configuration NAME   Debug (the default) or Release
#
# Exits 0 only when everything built, every project ran tests and every test passed. The last line is always
# "N passed, N failed, N skipped", summed over all projects from their TRX logs; a project that crashed, hung or ran
# no test counts as one failure. Projects run two at a time; the output of each is printed whole when it has
# ended. Logs stay in artifacts/test-results/.
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
readonly server_projects=' LlmGateway.Data.Tests LlmGateway.IntegrationTests LlmGateway.SystemTests '
# The longest, the longest first: at the end of a run nothing should go on alone.
readonly first_projects=(SystemTests Api.Tests FunctionalTests AppHost.Tests Data.Tests Core.Tests Providers.Tests IntegrationTests Worker.Tests Simulator.Tests)
# More than that keep two cores so busy that tests of outages miss their bounds.
readonly beside_each_other=2
# Test projects whose processes run little of the product themselves: measuring coverage there would only cost time.
readonly unmeasured_projects=' LlmGateway.AppHost.Tests LlmGateway.FunctionalTests LlmGateway.Simulator.Tests LlmGateway.SystemTests '

configuration=Debug
filter=
build=true
servers=true
coverage=false
words=()
while [ $# -gt 0 ]; do
  case "$1" in
    --filter) filter=${2:?--filter needs a value}; shift 2 ;;
    --configuration | -c) configuration=${2:?--configuration needs a value}; shift 2 ;;
    --no-build) build=false; shift ;;
    --no-servers) servers=false; shift ;;
    --coverage) coverage=true; shift ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    -*) echo "test.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
    *) words+=("$1"); shift ;;
  esac
done
if [ "$coverage" = true ] && { [ -n "$filter" ] || [ "${#words[@]}" -gt 0 ] || [ "$servers" = false ]; }; then
  echo "test.sh: --coverage measures a whole run" >&2
  exit 2
fi

say() { printf '\n== %s\n' "$*"; }

# shellcheck source-path=SCRIPTDIR source=lib/processes.sh disable=SC1091
. eng/lib/processes.sh
# shellcheck source-path=SCRIPTDIR source=lib/packages.sh disable=SC1091
. eng/lib/packages.sh
# shellcheck source-path=SCRIPTDIR source=lib/results.sh disable=SC1091
. eng/lib/results.sh

servers_dir=
# The projects that are running: process id to project file.
declare -A running=()

stop_servers() {
  [ -n "$servers_dir" ] || return 0
  ./eng/start-servers.sh stop "$servers_dir" >/dev/null 2>&1 || true
  rm -rf "$servers_dir"
  servers_dir=
}

# One compiler for all projects, of this run alone: a process for each project would start up and warm up forty times.
readonly compiler=llmgateway-test-$$

stop_compiler() {
  local file
  for file in $(grep -laF -- "-pipename:$compiler" /proc/[0-9]*/cmdline 2>/dev/null || true); do
    kill "$(basename "$(dirname "$file")")" 2>/dev/null || true
  done
}

# The one way out: the summary is the last line whatever happened before.
finish() {
  local status=$? pid
  trap - EXIT
  for pid in "${!running[@]}"; do signal_tree TERM "$pid"; done
  stop_servers
  stop_compiler
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

is_one_of() { case "$1" in *" $(basename "$2" .csproj) "*) return 0 ;; *) return 1 ;; esac; } # is_one_of LIST FILE
needs_servers() { is_one_of "$server_projects" "$1"; }

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
  local file options=(-c "$configuration" -v quiet -nodeReuse:false -p:UseSharedCompilation=true "-p:SharedCompilationId=$compiler")
  if [ "${#words[@]}" -eq 0 ]; then
    say "Building $solution ($configuration), with analyzers"
    BuildWithAnalyzers=true dotnet build "$solution" "${options[@]}"
  else
    for file in "${projects[@]}"; do
      say "Building $file ($configuration)"
      dotnet build "$file" "${options[@]}"
    done
  fi
}

# Runs the tests of one project; its output and exit status go into its folder of results.
test_project() {
  local file=$1 dir status=0
  dir=$results_root/$(basename "$file" .csproj)
  mkdir -p "$dir"
  local arguments=("$file" -c "$configuration" --no-build --results-directory "$dir" --logger 'trx;LogFileName=results.trx'
    --blame-hang-timeout "$hang_timeout" --blame-hang-dump-type none)
  [ -z "$filter" ] || arguments+=(--filter "$filter")
  [ "$coverage" = false ] || is_one_of "$unmeasured_projects" "$file" || arguments+=(--collect 'XPlat Code Coverage' --settings tests/coverage.runsettings)
  SECONDS=0
  dotnet test "${arguments[@]}" >"$dir/output.txt" 2>&1 || status=$?
  printf '%s %s\n' "$status" "$SECONDS" >"$dir/status"
}

# run_projects LIMIT FILE...: so many at once.
run_projects() {
  local limit=$1 file
  shift
  for file in "$@"; do
    if [ "${#running[@]}" -ge "$limit" ]; then await_project; fi
    test_project "$file" &
    running[$!]=$file
  done
  while [ "${#running[@]}" -gt 0 ]; do await_project; done
}

await_project() {
  local pid
  wait -n -p pid "${!running[@]}" || true
  count_project "${running[$pid]}"
  unset "running[$pid]"
}

# ---- the run --------------------------------------------------------------------------------------------------------

projects=()
find_projects
install_missing
[ "$build" = false ] || build_projects
stop_compiler
start_servers

rm -rf "$results_root"
first=() others=()
for name in "${first_projects[@]}"; do
  for project in "${projects[@]}"; do
    if [ "$(basename "$project" .csproj)" = "LlmGateway.$name" ]; then first+=("$project"); fi
  done
done
for project in "${projects[@]}"; do
  case " ${first[*]} " in *" $project "*) ;; *) others+=("$project") ;; esac
done
run_projects "$beside_each_other" "${first[@]}" "${others[@]}"

if [ $((passed + failed + skipped)) -eq 0 ]; then
  failed=1
  problems+=('no test ran at all')
fi
[ "$coverage" = false ] || report_coverage "$results_root"
