#!/usr/bin/env bash
# Writes the migration between the last one and the model as it is now: eng/add-migration.sh NAME
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
name=${1:?usage: eng/add-migration.sh NAME}
tools=$PWD/artifacts/tools
[ -x "$tools/dotnet-ef" ] || dotnet tool install dotnet-ef --version 10.0.14 --tool-path "$tools"
# The property that brings EF's design-time assembly into the project; see LlmGateway.Data.csproj.
export EfDesign=true
"$tools/dotnet-ef" migrations add "$name" --project LlmGateway.Data --startup-project LlmGateway.Data --output-dir Migrations
