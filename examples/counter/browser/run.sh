#!/usr/bin/env bash
# Drives the pages of a town of its own in headless Chromium: agency, phone, counter. Over TLS, since only then
# an agency has DIDs of the web.
# The registry's page checks proofs in the browser where verifier-lib/web/build.sh has been run.
# SHOTS names a folder for screenshots.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."
town=${CARGO_TARGET_DIR:-target}/release/yufu-town

if ! command -v node >/dev/null || [ ! -x "${CHROMIUM:-/usr/bin/chromium}" ]; then
    echo "SKIPPED: no Node or no Chromium, so no page is driven in a browser" >&2
    exit 0
fi
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

(cd "$here" && npm ci --no-audit --no-fund --silent)
web=()
if [ -s target/web/yufu_verifier_web_bg.wasm ]; then
    web=(--web target/web)
else
    echo "SKIPPED: verifier-lib/web is not built, so no proof is checked in a browser" >&2
fi
"$town" --fresh --https --data "$folder/town" "${web[@]}" --ready "$folder/ready.json" >"$folder/town.log" 2>&1 &
pid=$!
for _ in $(seq 600); do
    [ -s "$folder/ready.json" ] && break
    kill -0 "$pid" 2>/dev/null || { echo "the town closed before it opened" >&2; exit 1; }
    sleep 0.5
done
[ -s "$folder/ready.json" ] || { echo "the town did not open within five minutes" >&2; exit 1; }
(cd "$here" && READY=$folder/ready.json SHOTS=${SHOTS:-$folder/shots} npm test)
