#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use yufu_core::registry::{HandoverFile, LightClient, test_network::TestNetwork};

static CLIENT: LazyLock<LightClient> =
    LazyLock::new(|| LightClient::new(TestNetwork::new(1, 1, 0).key().clone()));

// Nobody without the validators' keys leads a client anywhere.
fuzz_target!(|data: &[u8]| {
    let mut client = CLIENT.clone();
    let mut file = HandoverFile::new(&client.key().genesis).as_bytes().to_vec();
    file.extend_from_slice(data);
    assert!(client.follow_file(&file, 0).is_err());
    assert!(client.follow_file(data, 0).is_err());
    assert_eq!(client.key(), CLIENT.key());
});
