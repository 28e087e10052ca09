#!/bin/sh
# Snapshelf with its keys read from files (mounted secrets), so that they are in no container
# description. A file that is empty or not there is passed over;
# SNAPSHELF_API_KEYS_FILE may name several.
set -eu
if [ -n "${QDRANT_API_KEY_FILE:-}" ] && [ -s "$QDRANT_API_KEY_FILE" ]; then
    QDRANT_API_KEY="$(cat "$QDRANT_API_KEY_FILE")"
    export QDRANT_API_KEY
fi
for file in ${SNAPSHELF_API_KEYS_FILE:-}; do
    [ -s "$file" ] || continue
    SNAPSHELF_API_KEYS="${SNAPSHELF_API_KEYS:-} $(cat "$file")"
    export SNAPSHELF_API_KEYS
done
exec snapshelf "$@"
