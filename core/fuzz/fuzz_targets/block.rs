#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::registry::{body_digest, read_block};

fuzz_target!(|data: &[u8]| {
    let Ok((header, transactions)) = read_block(data) else { return };
    let mut bytes = header.to_bytes().to_vec();
    for transaction in &transactions {
        let transaction = transaction.to_bytes();
        bytes.extend_from_slice(&(transaction.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&transaction);
    }
    assert_eq!(bytes, data);
    let _ = body_digest(&transactions);
});
