#!/usr/bin/env bash
# Opens a town of its own and checks its VC-API beside another implementation (Digital Bazaar's packages and
# jose, Node): issued by one, verified by the other. Exits non-zero on the first check that does not hold.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."
town=${CARGO_TARGET_DIR:-target}/release/yufu-town
[ -x "$town" ] || cargo build --locked --release -p yufu-town

folder=$(mktemp -d)
close() {
    status=$?
    if [ -n "${pid:-}" ]; then
        kill -TERM "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    fi
    [ "$status" -eq 0 ] || tail -n 30 "$folder/town.log" 2>/dev/null || true
    rm -rf "$folder"
    exit "$status"
}
trap close EXIT

(cd "$here" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
"$town" --fresh --data "$folder/town" --ready "$folder/ready.json" >"$folder/town.log" 2>&1 &
pid=$!
for _ in $(seq 600); do
    [ -s "$folder/ready.json" ] && break
    kill -0 "$pid" 2>/dev/null || { echo "the town closed before it opened" >&2; exit 1; }
    sleep 0.5
done
[ -s "$folder/ready.json" ] || { echo "the town did not open within five minutes" >&2; exit 1; }
node "$here/check-vc-api.mjs" "$folder/ready.json"
