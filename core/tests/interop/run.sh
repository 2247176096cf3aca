#!/usr/bin/env bash
# An independent implementation (@sd-jwt, Node) verifies an SD-JWT VC and a status list token that
# yufu-core issued, and yufu-core verifies what that implementation issued. Exits non-zero on the first
# check that does not hold.
set -euo pipefail
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
interop() { cargo run --release --quiet -p yufu-core --example interop -- "$@"; }
interop issue "$folder"
node check.mjs "$folder"
interop verify "$folder"

# The same for W3C credentials as JWT and SD-JWT and for bitstring status lists.
vc_jose() { cargo run --release --quiet -p yufu-core --features data-integrity --example interop_vc_jose -- "$@"; }
vc_jose issue "$folder"
node check-vc-jose.mjs "$folder"
vc_jose verify "$folder"

# The same for Data Integrity proofs, of every suite and curve.
data_integrity() { cargo run --release --quiet -p yufu-core --features data-integrity --example interop_di -- "$@"; }
data_integrity issue "$folder"
node check-di.mjs "$folder"
data_integrity verify "$folder"

# The same for credentials that are disclosed in part, from base proofs of both.
selective() { cargo run --release --quiet -p yufu-core --features data-integrity --example interop_sd -- "$@"; }
selective issue "$folder"
node check-sd.mjs issue "$folder"
selective verify "$folder"
node check-sd.mjs verify "$folder"

# The same for logs of did:webvh.
webvh() { cargo run --release --quiet -p yufu-core --features data-integrity --example interop_webvh -- "$@"; }
webvh issue "$folder"
node check-webvh.mjs "$folder"
webvh verify "$folder"

# Documents of many shapes and random graphs have the same canonical statements in both.
node canonical.mjs make "$folder"
cargo run --release --quiet -p yufu-core --features data-integrity --example canonical -- "$folder"
node canonical.mjs check "$folder"
