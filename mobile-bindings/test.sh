#!/usr/bin/env bash
# Generates the bindings and drives them against a town of its own, from Python and from Kotlin on the JVM.
# PROFILE=debug|release (default release) names the profile of library and town.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export PROFILE=${PROFILE:-release}
cd "$here/.."
town=${CARGO_TARGET_DIR:-target}/$PROFILE/yufu-town
folder=$(mktemp -d)
ready=$folder/ready.json

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

python=
if command -v python3 >/dev/null; then
    python=python3
    if ! python3 -c 'import cryptography' 2>/dev/null; then
        python3 -m venv "$folder/venv"
        "$folder/venv/bin/pip" install --quiet -r "$here/python/requirements.txt"
        python=$folder/venv/bin/python
    fi
else
    echo "SKIPPED: no python3, so the Python bindings are not driven" >&2
fi
jvm=
if command -v mvn >/dev/null && command -v java >/dev/null; then
    jvm=1
else
    echo "SKIPPED: no Maven or no JDK, so the Kotlin bindings are not driven" >&2
fi

"$here/generate.sh"

if [ ! -x "$town" ]; then
    flag=()
    [ "$PROFILE" = release ] && flag=(--release)
    cargo build --locked -p yufu-town "${flag[@]}"
fi
"$town" --fresh --data "$folder/town" --ready "$ready" >"$folder/town.log" 2>&1 &
pid=$!
for _ in $(seq 600); do
    [ -s "$ready" ] && break
    kill -0 "$pid" 2>/dev/null || { echo "the town closed before it opened" >&2; exit 1; }
    sleep 0.5
done
[ -s "$ready" ] || { echo "the town did not open within five minutes" >&2; exit 1; }

if [ -n "$python" ]; then
    PYTHONPATH=$here/generated/python "$python" "$here/python/journey.py" "$ready"
fi
if [ -n "$jvm" ]; then
    YUFU_TOWN=$ready mvn --batch-mode --no-transfer-progress -f "$here/kotlin/pom.xml" test
fi
