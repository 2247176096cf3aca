#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::{
    did::yufu::IssuerId,
    registry::StatusEncoding,
    status::{ListContext, chunk, issued},
};

fuzz_target!(|data: &[u8]| {
    let Some((shape, bytes)) = data.split_first_chunk::<13>() else { return };
    let size = u32::from_be_bytes([shape[1], shape[2], shape[3], shape[4]]);
    let (_, index) = shape.split_at(5);
    let index = u64::from_be_bytes(index.try_into().unwrap_or_default());
    let context = ListContext { issuer: IssuerId([0; 20]), list: 0 };
    for encoding in [StatusEncoding::Token, StatusEncoding::Bitstring] {
        let _ = chunk::verify_witness(&[0; 32], &context, encoding, shape[0], size, index, bytes);
    }
    let _ = issued::verify_path(&[0; 32], &context, size, index, &[0; 32], bytes);
});
