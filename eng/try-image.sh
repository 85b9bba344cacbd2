#!/usr/bin/env bash
# Loads Standalone's image archive into Docker, starts it as Kubernetes would (no right to write but to /tmp, no capability) and has
# it answer a chat. Usage: ./eng/try-image.sh ARCHIVE
set -euo pipefail
archive=${1:?usage: try-image.sh ARCHIVE}
image=$(docker load --input "$archive" | sed -n 's/^Loaded image: //p')
user=$(docker image inspect --format '{{.Config.User}}' "$image")
case "${user:-root}" in
  0 | 0:* | root | root:*) echo "try-image.sh: $image runs as root" >&2; exit 1 ;;
esac
key=sk-gw-$(head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n')
container=$(docker run --detach --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --publish 127.0.0.1::8080 \
  --env "LLM_GATEWAY__Authentication__Keys__trial__Key=$key" --env Standalone__DataDirectory=/tmp/data "$image" --urls http://0.0.0.0:8080)
trap 'docker logs "$container" >&2 || true; docker rm --force "$container" >/dev/null' EXIT
address=http://$(docker port "$container" 8080 | head -n 1)
answer=$(curl --silent --show-error --fail --retry 30 --retry-delay 1 --retry-all-errors "$address/v1/chat/completions" \
  --header "Authorization: Bearer $key" --header 'Content-Type: application/json' \
  --data '{"model":"sim-small","messages":[{"role":"user","content":"!echo It works."}]}')
grep -q 'It works.' <<<"$answer" || { echo "try-image.sh: unexpected answer: $answer" >&2; exit 1; }
echo "$image answers as user $user"
