#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::credential::w3c::{
    json_ld::{Limits, label_nodes, to_dataset},
    rdf::{Hash, canonicalize},
};

fuzz_target!(|data: &[u8]| {
    let Ok(document) = serde_json::from_slice(data) else { return };
    let limits = Limits::default();
    let Ok(dataset) = to_dataset(&document, &limits) else { return };
    let mut count = 0;
    let labelled = label_nodes(&document, &limits, || {
        count += 1;
        format!("urn:node:{count}")
    });
    let labelled = to_dataset(&labelled.expect("the same document"), &limits).expect("the same statements");
    assert!(labelled.quads().len() <= dataset.quads().len() + count);
    let _ = canonicalize(&dataset, Hash::Sha256, limits.canonicalization_steps);
});
