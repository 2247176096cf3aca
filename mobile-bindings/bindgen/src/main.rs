//! Writes the bindings of `yufu-mobile` for other languages: `yufu-bindgen generate --library …`.

fn main() {
    uniffi::uniffi_bindgen_main();
}
