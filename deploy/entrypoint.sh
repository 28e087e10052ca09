#!/bin/sh
# Snapshelf with its Qdrant key read from a file (a mounted secret), so that the key is in no
# container description. An empty file, or none, means a server without keys.
set -eu
if [ -n "${QDRANT_API_KEY_FILE:-}" ] && [ -s "$QDRANT_API_KEY_FILE" ]; then
    QDRANT_API_KEY="$(cat "$QDRANT_API_KEY_FILE")"
    export QDRANT_API_KEY
fi
exec snapshelf "$@"
