#!/usr/bin/env bash
# Builds yufu-mobile and writes its bindings for Kotlin, Swift and Python to mobile-bindings/generated.
# PROFILE=debug|release (default release) names the profile of the library.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
profile=${PROFILE:-release}
flag=()
[ "$profile" = release ] && flag=(--release)
cd "$here/.."
target=${CARGO_TARGET_DIR:-target}

cargo build --locked -p yufu-mobile "${flag[@]}"
cargo build --locked -p yufu-bindgen "${flag[@]}"

case $(uname -s) in
    Darwin) library=libyufu_mobile.dylib ;;
    *) library=libyufu_mobile.so ;;
esac
out=$here/generated
rm -rf "$out"
for language in kotlin swift python; do
    "$target/$profile/yufu-bindgen" generate --library "$target/$profile/$library" \
        --language "$language" --no-format --out-dir "$out/$language"
done
cp "$target/$profile/$library" "$out/python/"
cp "$target/$profile/$library" "$out/kotlin/"
echo "bindings written to $out"
