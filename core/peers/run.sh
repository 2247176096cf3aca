#!/usr/bin/env bash
# yufu-core beside the crates of `ssi` and Digital Bazaar's packages on Node, in one run: issue, derive and
# verify per second of processor time, beside the limit of the signatures alone, and a poisoned graph. Prints a
# table and, last, a line of JSON. Compiling `ssi` takes a while, so this is run by hand and is no part of CI;
# `--no-default-features` leaves it out.
set -euo pipefail
cd "$(dirname "$0")"
patience=10
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cargo build --release --locked "$@" >&2
npm ci --no-audit --no-fund --ignore-scripts --loglevel=error >&2
peers=${CARGO_TARGET_DIR:-target}/release/yufu-peers

"$peers" input "$folder"
"$peers" measure "$folder"
node bazaar.mjs measure "$folder"
"$peers" check "$folder"

# Whoever has no limit would search for years: it is ended after a while.
poison() {
    local who=$1 status=0
    shift
    timeout "$patience" "$@" || status=$?
    case $status in
        0) ;;
        124) printf '{"who":"%s","timeout":%d}\n' "$who" "$patience" ;;
        *) return "$status" ;;
    esac
}
{
    poison yufu "$peers" poison yufu "$folder"
    case " $* " in
        *" --no-default-features "*) ;;
        *) poison ssi "$peers" poison ssi "$folder" ;;
    esac
    poison bazaar node bazaar.mjs poison "$folder"
} >"$folder/poison.lines"
node -e 'const lines = require("fs").readFileSync(0, "utf8").trim().split("\n"); process.stdout.write(`[${lines}]`)' \
    <"$folder/poison.lines" >"$folder/poison.json"
"$peers" table "$folder"
