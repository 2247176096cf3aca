#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use yufu_core::registry::{LightClient, test_network::TestNetwork};

static CLIENT: LazyLock<LightClient> =
    LazyLock::new(|| LightClient::new(TestNetwork::new(1, 1, 0).key().clone()));

// Nobody without the validators' keys can make evidence that holds.
fuzz_target!(|data: &[u8]| {
    let mut client = CLIENT.clone();
    assert!(client.accept_evidence(data).is_err());
    assert!(client.conflict().is_none());
});
