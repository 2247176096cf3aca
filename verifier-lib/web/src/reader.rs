//! A light client over answers that came by any road.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use yufu_core::registry::{
    self, Handover, LightClient, LightClientError, NetworkKey, NetworkKeyError, RecordKey, RecordKeyError,
    body_digest,
    client::{ClientError, VerifiedBlock, hex, verify_header_answer, verify_record_answer},
    read_block,
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
    /// The block is malformed, or the header commits to other transactions.
    #[error("the block is not the one that its header commits to")]
    Block,
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

    /// The epoch whose validators are known.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.client.key().epoch
    }

    /// Follows the registry into its next epoch.
    ///
    /// # Errors
    /// [`ReadError::Answer`] when the handover does not hold.
    pub fn follow(&mut self, handover: &[u8], clock_ms: u64) -> Result<(), ReadError> {
        let handover = Handover::from_bytes(handover).map_err(ClientError::from)?;
        Ok(self.client.follow(&handover, clock_ms).map_err(ClientError::from)?)
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
        Ok(described(&block).to_string())
    }

    /// Checks a block: its header as [`header`](Self::header) does, and that the header commits to exactly
    /// these transactions.
    ///
    /// # Errors
    /// [`ReadError`] by what does not hold.
    pub fn block(
        &mut self,
        height: u64,
        answer: &str,
        bytes: &[u8],
        clock_ms: u64,
    ) -> Result<String, ReadError> {
        let block = verify_header_answer(&mut self.client, height, answer.as_bytes(), clock_ms)?;
        let (header, transactions) = read_block(bytes).map_err(|_| ReadError::Block)?;
        if header != block.header || header.body != body_digest(&transactions) {
            return Err(ReadError::Block);
        }
        let mut checked = described(&block);
        checked["transactions"] = transactions
            .iter()
            .map(|signed| {
                let transaction = signed.transaction();
                json!({
                    "digest": hex(&signed.digest()),
                    "author": transaction.author.to_string(),
                    "operation": transaction.operation.name(),
                })
            })
            .collect();
        Ok(checked.to_string())
    }
}

fn described(block: &VerifiedBlock) -> serde_json::Value {
    json!({
        "height": block.header.height,
        "digest": hex(&block.digest),
        "parent": hex(&block.header.parent),
        "time_ms": block.header.time_ms,
        "slot": block.header.slot,
        "epoch": block.header.epoch,
        "set": hex(&block.header.set),
        "trust_root": hex(&block.header.trust_root),
        "records_root": hex(&block.header.records_root),
        "body": hex(&block.header.body),
        "under": block.under.height(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use yufu_core::{
        SystemRandom,
        crypto::{Algorithm, SoftwareKey},
        did::yufu::IssuerId,
        registry::{Operation, SignedTransaction, Transaction, test_network::TestNetwork},
    };

    #[test]
    fn follows_the_registry_into_its_next_epoch_and_remembers_it() {
        let mut network = TestNetwork::new(4, 1, 1_000);
        let key = network.key().to_string();
        let mut reader = Reader::new(&key, "").unwrap();
        let handover = network.hand_over(5, 2, 2_000).to_bytes().unwrap();
        assert!(matches!(reader.follow(&handover[1..], 2_000), Err(ReadError::Answer(_))));
        reader.follow(&handover, 2_000).unwrap();
        assert_eq!((reader.epoch(), reader.operators()), (1, 5));
        assert_eq!(Reader::new(&key, &reader.state()).unwrap().epoch(), 1);
    }

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
        assert!(refused(reader.block(1, "[]", &[], NOW_MS)));
    }

    #[test]
    fn a_block_is_shown_with_its_transactions_and_no_other_ones() {
        let key = SoftwareKey::generate(Algorithm::Ed25519, &SystemRandom::new()).unwrap();
        let mut network = TestNetwork::new(1, 1, NOW_MS);
        let signed = |seq| {
            let operation = Operation::AppendEntry { stream: "s".into(), seq, digest: [1; 32] };
            let network = network.key().genesis;
            let author = IssuerId([1; 20]);
            Transaction { network, author, nonce: seq, expires_at_ms: NOW_MS, operation }.sign(&key).unwrap()
        };
        let transactions = [signed(0), signed(1)];
        let mut header = network.next_header(NOW_MS, 0);
        header.body = body_digest(&transactions);
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let answer = json!({
            "header": encode(&header.to_bytes()),
            "path": null,
            "signed_header": encode(&network.certify_by(&header, &[0]).to_bytes()),
        });
        let answer = answer.to_string();
        let block = |transactions: &[SignedTransaction]| {
            let mut bytes = header.to_bytes().to_vec();
            for transaction in transactions {
                let transaction = transaction.to_bytes();
                bytes.extend_from_slice(&u32::try_from(transaction.len()).unwrap().to_be_bytes());
                bytes.extend_from_slice(&transaction);
            }
            bytes
        };
        let mut reader = Reader::new(&network.key().to_string(), "").unwrap();
        let mut read = |bytes: &[u8]| reader.block(header.height, &answer, bytes, NOW_MS);
        let shown: serde_json::Value = serde_json::from_str(&read(&block(&transactions)).unwrap()).unwrap();
        assert_eq!(shown["transactions"].as_array().unwrap().len(), 2);
        assert_eq!(shown["transactions"][0]["operation"], "append_entry");
        let whole = block(&transactions);
        let [first, second] = &transactions;
        for lie in [
            block(&[]),
            block(&transactions[..1]),
            block(&[second.clone(), first.clone()]),
            whole[..whole.len() - 1].to_vec(),
            [whole.as_slice(), &[0]].concat(),
            Vec::new(),
        ] {
            assert!(matches!(read(&lie), Err(ReadError::Block)));
        }
    }
}
