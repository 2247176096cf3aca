#!/usr/bin/env bash
# Compiles the verifier for browsers into target/web: yufu_verifier_web.js and yufu_verifier_web_bg.wasm.
# Needs a Rust toolchain with the target wasm32-unknown-unknown, or Debian's rustc-web, cargo-web,
# rust-web-src; clang and wasm-ld for the C parts; and wasm-bindgen-cli of the version in Cargo.lock.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=target/web
export CC_wasm32_unknown_unknown=${CC_wasm32_unknown_unknown:-clang}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/wasm

arguments=(--release --locked --target wasm32-unknown-unknown -p yufu-verifier-web)
if [ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ]; then
    cargo build "${arguments[@]}"
elif [ -d /usr/lib/rustlib/src/rust/library ] && [ -x /usr/bin/cargo ]; then
    # Debian has the standard library's source and no build of it for this target.
    linker=$(command -v wasm-ld || ls /usr/bin/wasm-ld-* | head -n 1)
    RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$linker \
        /usr/bin/cargo build -Zbuild-std=std,panic_abort "${arguments[@]}"
else
    echo "the target wasm32-unknown-unknown is missing: rustup target add wasm32-unknown-unknown" >&2
    exit 1
fi

version=$(sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p}' Cargo.lock)
if [ "$(wasm-bindgen --version 2>/dev/null)" != "wasm-bindgen $version" ]; then
    # A mirror may lack the very versions that the tool was released with; then its newest ones do.
    install() { CARGO_TARGET_DIR=$CARGO_TARGET_DIR/bindgen cargo install wasm-bindgen-cli --version "$version" "$@"; }
    install --locked || install
fi
wasm-bindgen --target web --no-typescript --out-dir "$out" \
    "$CARGO_TARGET_DIR/wasm32-unknown-unknown/release/yufu_verifier_web.wasm"
ls -l "$out"
