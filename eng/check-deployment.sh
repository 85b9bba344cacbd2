#!/usr/bin/env bash
# Writes what the AppHost publishes (Helm chart, Compose file, manifest) and has the tools that read it look at it, with the sample
# values of docs/samples. Needs the package set "public", and of helm, kubeconform and docker what is there: what is missing is named.
#
#   ./eng/check-deployment.sh [FOLDER]     FOLDER: where the output stays (default artifacts/deployment)
#
# With CI=true a missing tool is a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=$(realpath -m "${1:-artifacts/deployment}")
readonly out samples=docs/samples
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

has() {
  command -v "$1" >/dev/null && return
  [ "${CI:-}" != true ] || { echo "check-deployment.sh: $1 is missing" >&2; exit 1; }
  echo "not checked: $1 is missing" >&2
  return 1
}

publish() {
  local target=$1
  rm -rf "${out:?}/$target"
  Deployment__Target=$target dotnet run --no-build --no-launch-profile --project LlmGateway.AppHost -- \
    --operation publish --step publish --output-path "$out/$target" >&2
}

dotnet build LlmGateway.AppHost -v quiet
mkdir -p "$out"
dotnet run --no-build --no-launch-profile --project LlmGateway.AppHost -- --publisher manifest --output-path "$out/manifest.json" >&2
publish kubernetes
publish compose

if has helm; then
  chart=$out/kubernetes
  helm lint --strict "$chart" --values "$samples/my-values.yaml"
  helm template llm-gateway "$chart" --values "$samples/my-values.yaml" >"$out/kubernetes.yaml"
  # A value that nobody gave must not make an installation that looks whole.
  if helm template llm-gateway "$chart" >/dev/null 2>"$out/refused.txt"; then
    echo "check-deployment.sh: the chart renders without its secrets" >&2
    exit 1
  fi
  grep -q 'must be given' "$out/refused.txt"
  if has kubeconform; then
    kubeconform -strict -summary "$out/kubernetes.yaml"
  fi
fi
if has docker; then
  docker compose --env-file "$samples/compose.env" --file "$out/compose/docker-compose.yaml" config --quiet
fi
echo "written to $out"
