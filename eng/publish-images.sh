#!/usr/bin/env bash
# Builds the services' container images with the SDK; no Dockerfile, no container engine. Usage:
#
#   ./eng/publish-images.sh --archive FOLDER [--arch x64|arm64]     one archive for each service (docker load < FOLDER/api.tar)
#   ./eng/publish-images.sh --registry HOST [--prefix llm-gateway]  to a registry, for amd64 and arm64, as one image each
#
# Followed by names, these alone: api, worker, model-manager, system-monitor, standalone. With --tag NAME instead of the version in Directory.Build.props. Writes "service image" for each image to standard output.
# The base image comes from mcr.microsoft.com, so that registry has to be within reach.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly services=(Api:api Worker:worker ModelManager:model-manager SystemMonitor:system-monitor Standalone:standalone)
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

archive=
registry=
prefix=llm-gateway
arch=x64
tag=
wanted=()
while [ $# -gt 0 ]; do
  case "$1" in
    --archive) archive=${2:?--archive needs a folder}; shift 2 ;;
    --registry) registry=${2:?--registry needs a host}; shift 2 ;;
    --prefix) prefix=${2:?--prefix needs a value}; shift 2 ;;
    --arch) arch=${2:?--arch needs x64 or arm64}; shift 2 ;;
    --tag) tag=${2:?--tag needs a value}; shift 2 ;;
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    -*) echo "publish-images.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
    *) wanted+=("$1"); shift ;;
  esac
done
if [ -n "$archive" ] && [ -n "$registry" ] || [ -z "$archive$registry" ]; then
  echo "publish-images.sh: give either --archive or --registry (see --help)" >&2
  exit 2
fi

[ -n "$tag" ] || tag=$(dotnet msbuild LlmGateway.Api -getProperty:Version)
for service in "${services[@]}"; do
  project=LlmGateway.${service%%:*}
  name=${service##*:}
  [ "${#wanted[@]}" -eq 0 ] || [[ " ${wanted[*]} " == *" $name "* ]] || continue
  options=(-c Release -v quiet -t:PublishContainer "-p:ContainerRepository=$prefix/$name" "-p:ContainerImageTag=$tag")
  if [ -n "$archive" ]; then
    mkdir -p "$archive"
    options+=(--os linux --arch "$arch" "-p:ContainerArchiveOutputPath=$(realpath "$archive")/$name.tar")
    image=$archive/$name.tar
  else
    # The separator is escaped: a bare semicolon would end the property.
    options+=("-p:ContainerRegistry=$registry" "-p:RuntimeIdentifiers=\"linux-x64;linux-arm64\"" "-p:ContainerRuntimeIdentifiers=\"linux-x64;linux-arm64\"")
    image=$registry/$prefix/$name:$tag
  fi

  dotnet publish "$project" "${options[@]}" >&2
  printf '%s %s\n' "$name" "$image"
done
