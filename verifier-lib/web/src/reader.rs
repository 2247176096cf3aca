//! A light client over answers that came by any road.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use yufu_core::registry::{
    self, LightClient, LightClientError, NetworkKey, NetworkKeyError, RecordKey, RecordKeyError,
    client::{ClientError, hex, verify_header_answer, verify_record_answer},
};

/// Why an answer is not believed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The network's key is none.
    #[error("this is not a network's key: {0}")]
    NetworkKey(#[from] NetworkKeyError),
    /// The state that was kept is of another network, or damaged.
    #[error("what this browser kept does not belong to this network's key")]
    State,
    /// The record's name is none.
    #[error(transparent)]
    Key(#[from] RecordKeyError),
    /// The answer does not verify.
    #[error(transparent)]
    Answer(#[from] ClientError),
}

/// Checks a node's answers under one network's key.
#[derive(Debug)]
pub struct Reader {
    client: LightClient,
}

impl Reader {
    /// A reader that trusts `network_key` and goes on from `state` (see [`state`](Self::state)), if that
    /// is not empty.
    ///
    /// # Errors
    /// [`ReadError::NetworkKey`], [`ReadError::State`].
    pub fn new(network_key: &str, state: &str) -> Result<Self, ReadError> {
        let key: NetworkKey = network_key.trim().parse()?;
        if state.is_empty() {
            return Ok(Self { client: LightClient::new(key) });
        }
        let bytes = URL_SAFE_NO_PAD.decode(state).map_err(|_| ReadError::State)?;
        let client = LightClient::from_bytes(&bytes).map_err(|_: LightClientError| ReadError::State)?;
        if client.key().genesis == key.genesis { Ok(Self { client }) } else { Err(ReadError::State) }
    }

    /// What is to be kept: the newest header, evidence of a conflict. It names nobody.
    #[must_use]
    pub fn state(&self) -> String {
        self.client.to_bytes().map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).unwrap_or_default()
    }

    /// How many validators vouch for the registry.
    #[must_use]
    pub fn operators(&self) -> u32 {
        u32::try_from(self.client.operators()).unwrap_or(u32::MAX)
    }

    /// Checks a record, or that there is none: `{key, height, time_ms, record}`.
    ///
    /// # Errors
    /// [`ReadError`] by what does not hold.
    pub fn record(&mut self, key: &str, answer: &str, clock_ms: u64) -> Result<String, ReadError> {
        let key: RecordKey = key.parse()?;
        let read = verify_record_answer(&mut self.client, &key, answer.as_bytes(), clock_ms)?;
        let record = read.value.as_deref().map(|value| registry::describe(&key, value));
        let checked = json!({
            "key": key.to_string(),
            "height": read.header.height(),
            "time_ms": read.header.time_ms(),
            "proof_bytes": read.proof.to_bytes().len(),
            "record": record,
        });
        Ok(checked.to_string())
    }

    /// Checks a header: certified itself, or in the history of a certified one.
    ///
    /// # Errors
    /// [`ReadError`] by what does not hold.
    pub fn header(&mut self, height: u64, answer: &str, clock_ms: u64) -> Result<String, ReadError> {
        let block = verify_header_answer(&mut self.client, height, answer.as_bytes(), clock_ms)?;
        let checked = json!({
            "height": block.header.height,
            "digest": hex(&block.digest),
            "parent": hex(&block.header.parent),
            "time_ms": block.header.time_ms,
            "slot": block.header.slot,
            "epoch": block.header.epoch,
            "set": hex(&block.header.set),
            "trust_root": hex(&block.header.trust_root),
            "records_root": hex(&block.header.records_root),
            "under": block.under.height(),
        });
        Ok(checked.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yufu_core::registry::test_network::TestNetwork;

    const NOW_MS: u64 = 1_800_000_000_000;

    #[test]
    fn refuses_what_is_no_network_key_and_state_of_another_network() {
        assert!(matches!(Reader::new("yufu-network-1:AAAA", ""), Err(ReadError::NetworkKey(_))));
        let (one, other) = (TestNetwork::new(1, 1, NOW_MS), TestNetwork::new(4, 2, NOW_MS));
        let kept = Reader::new(&one.key().to_string(), "").unwrap().state();
        assert!(matches!(Reader::new(&other.key().to_string(), &kept), Err(ReadError::State)));
        assert!(matches!(Reader::new(&one.key().to_string(), "%"), Err(ReadError::State)));
        assert!(Reader::new(&one.key().to_string(), &kept).is_ok());
    }

    #[test]
    fn refuses_answers_that_are_none_and_names_that_are_none() {
        let mut reader = Reader::new(&TestNetwork::new(4, 2, NOW_MS).key().to_string(), "").unwrap();
        assert_eq!(reader.operators(), 4);
        let refused = |r: Result<String, ReadError>| matches!(r, Err(ReadError::Answer(ClientError::Answer)));
        assert!(matches!(reader.record("gov/", "{}", NOW_MS), Err(ReadError::Key(_))));
        assert!(refused(reader.record("gov/policy", "{}", NOW_MS)));
        assert!(refused(reader.header(1, "[]", NOW_MS)));
    }
}
