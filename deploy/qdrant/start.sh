#!/usr/bin/env bash
# Qdrant with its keys read from files, so that neither `docker inspect` nor the process list of
# the host shows them; an empty file, or none, means no key. As a peer of a cluster, too: PEER is
# the name that the others reach this one by, FIRST_PEER the one that the others join.
set -eu
secrets=/run/secrets
if [ -s "$secrets/qdrant_api_key" ]; then
    QDRANT__SERVICE__API_KEY="$(cat "$secrets/qdrant_api_key")"
    export QDRANT__SERVICE__API_KEY
fi
if [ -s "$secrets/qdrant_read_only_api_key" ]; then
    QDRANT__SERVICE__READ_ONLY_API_KEY="$(cat "$secrets/qdrant_read_only_api_key")"
    export QDRANT__SERVICE__READ_ONLY_API_KEY
fi
peer=()
if [ "${QDRANT__CLUSTER__ENABLED:-false}" = true ]; then
    peer=(--uri "http://$PEER:6335")
    [ "$PEER" = "$FIRST_PEER" ] || peer+=(--bootstrap "http://$FIRST_PEER:6335")
fi
exec ./entrypoint.sh "${peer[@]}"
