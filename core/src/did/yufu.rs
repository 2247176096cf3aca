//! `did:yufu`: identifiers that the registry keeps.
//!
//! `did:yufu:<network>:<id>`, where the network's short name is set in its genesis and the id is
//! base58btc of 20 bytes that follow from the inception keys, so that nobody can claim another's.
//!
//! Spec: the did:yufu method specification of this project; DID Core 1.0 §3.1.

use super::{Document, MethodError, Relationship, Resolved, Service, VerificationMethods, did_of};
use crate::{
    crypto::{Digest, PublicKey, VerifyingKey, sha256},
    registry::{DidRecord, KeyPurpose, KeyRecord},
};
use borsh::{BorshDeserialize, BorshSerialize};
use std::{fmt, str::FromStr};

/// Names a DID within its network: an issuer, an authority or a relying party.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct IssuerId(pub [u8; 20]);

/// Why a text is not a `did:yufu`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum YufuDidError {
    /// Another method, or no DID.
    #[error("not a did:yufu")]
    NotYufu,
    /// The network's name is not 1 to 16 of `a`–`z`, `0`–`9` and `-`.
    #[error("the network's name is malformed")]
    Network,
    /// The id is not base58btc of 20 bytes, in its one shortest form.
    #[error("the identifier is malformed")]
    Id,
}

const TAG: &[u8] = b"yufu/issuer-id/v1";

impl IssuerId {
    /// The id that belongs to the first control key and the commitment to the next one
    /// (its [thumbprint](VerifyingKey::thumbprint)).
    #[must_use]
    pub fn from_inception(control: &VerifyingKey, next_key: &Digest) -> Self {
        // The multicodec prefix fixes the key's length, so no separator is needed.
        let digest = sha256(&[TAG, &control.multicodec(), next_key]);
        let mut id = [0; 20];
        id.copy_from_slice(&digest[..20]);
        Self(id)
    }
}

impl fmt::Display for IssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bs58::encode(self.0).into_string())
    }
}

impl fmt::Debug for IssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuerId({self})")
    }
}

impl FromStr for IssuerId {
    type Err = YufuDidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut id = [0; 20];
        // A longer text is refused before it is decoded; 20 bytes take at most 28 characters.
        if text.len() > 28 || bs58::decode(text).onto(&mut id).ok() != Some(20) {
            return Err(YufuDidError::Id);
        }
        Ok(Self(id))
    }
}

/// A DID of the registry: which network, which id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct YufuDid {
    network: String,
    /// The id within the network.
    pub id: IssuerId,
}

impl YufuDid {
    /// The DID of `id` in `network`.
    ///
    /// # Errors
    /// [`YufuDidError::Network`] when the name is not 1 to 16 of `a`–`z`, `0`–`9` and `-`.
    pub fn new(network: &str, id: IssuerId) -> Result<Self, YufuDidError> {
        if !is_network_name(network) {
            return Err(YufuDidError::Network);
        }
        Ok(Self { network: network.into(), id })
    }

    /// The network's short name.
    #[must_use]
    pub fn network(&self) -> &str {
        &self.network
    }
}

/// Whether `name` may name a network: 1 to 16 of `a`–`z`, `0`–`9` and `-`.
#[must_use]
pub fn is_network_name(name: &str) -> bool {
    (1..=16).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl fmt::Display for YufuDid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "did:yufu:{}:{}", self.network, self.id)
    }
}

impl FromStr for YufuDid {
    type Err = YufuDidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("did:yufu:").ok_or(YufuDidError::NotYufu)?;
        let (network, id) = rest.split_once(':').ok_or(YufuDidError::Id)?;
        Self::new(network, id.parse()?)
    }
}

/// What did:yufu says of a DID at a time: from records that are proven or that a node holds itself.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The document; none once the DID was deactivated.
    pub document: Option<Document>,
    /// When the DID was registered (milliseconds).
    pub created_ms: u64,
    /// Counts changes, from 0.
    pub version: u32,
}

/// The state of `did` that `record` and `keys` give at `at_ms`: the keys that may sign credentials, each
/// while it is valid, active and not revoked. Keys for requests and records are none of a document's
/// uses, and are left out.
#[must_use]
pub fn state(did: &YufuDid, record: &DidRecord, keys: &[KeyRecord], at_ms: u64) -> State {
    let ended = record.deactivated_at_ms.is_some_and(|ended| ended <= at_ms);
    let document = (!ended).then(|| document(did, record, keys, at_ms / 1000));
    State { document, created_ms: record.registered_at_ms, version: record.version }
}

fn document(did: &YufuDid, record: &DidRecord, keys: &[KeyRecord], at: u64) -> Document {
    let mut document = Document::new(&did.to_string());
    document.also_known_as.clone_from(&record.also_known_as);
    for (index, service) in record.services.iter().enumerate() {
        let id = format!("{did}#service-{}", index + 1);
        document.service.push(Service::new(id, &service.kind, &service.url));
    }
    for record in keys.iter().filter(|key| signs_credentials_at(key, at)) {
        let fragment = super::key::multibase(&record.key);
        document = document.with_key(&fragment, &record.key, &[Relationship::AssertionMethod]);
    }
    document
}

fn signs_credentials_at(key: &KeyRecord, at: u64) -> bool {
    let revoked = key.revocation.is_some_and(|revocation| {
        let since_ms = revocation.compromised_since.unwrap_or(revocation.at_ms).min(revocation.at_ms);
        since_ms / 1000 <= at
    });
    key.purpose == KeyPurpose::Credential
        && (key.valid_from.max(key.active_from)..key.valid_to).contains(&at)
        && !revoked
}

/// The name in the registry of the key that a verification method of a did:yufu names; none for what
/// names no such method.
#[must_use]
pub fn key_of_method(method: &str) -> Option<(YufuDid, Digest)> {
    let (did, fragment) = method.split_once('#')?;
    let key = VerifyingKey::try_from(&PublicKey::from_multibase(fragment).ok()?).ok()?;
    Some((did.parse().ok()?, key.thumbprint()))
}

/// Keys by their names alone, with nothing resolved: did:key and did:jwk, and what a verification method
/// of a did:yufu says, or of a DID of the web whose owner names its methods by their keys, as issuers of the
/// registry do. That is any key that somebody wrote there: it counts only where the registry is asked for its
/// thumbprint next, and for a DID of the web whose it is.
#[derive(Clone, Copy, Debug)]
pub struct NamedKeys;

impl VerificationMethods for NamedKeys {
    fn key(&self, method: &str, relationship: Relationship) -> Result<PublicKey, MethodError> {
        let did = did_of(method);
        let is_of_the_web = super::web::url(did).is_ok() || super::webvh::urls(did).is_ok();
        if !is_of_the_web && did.parse::<YufuDid>().is_err() {
            return Resolved::new().key(method, relationship);
        }
        if relationship != Relationship::AssertionMethod {
            return Err(MethodError::OtherRelationship);
        }
        let (_, fragment) = method.split_once('#').ok_or(MethodError::Malformed)?;
        // What a DID of the web calls otherwise, its document alone tells.
        let unnamed = if is_of_the_web { MethodError::NotResolved } else { MethodError::Key };
        PublicKey::from_multibase(fragment).map_err(|_| unnamed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        crypto::{Algorithm, Signer, testing},
        registry::{KeyRevocation, RevocationReason, Usage},
    };

    const AT: u64 = 1_800_000_000;

    fn issuer() -> (YufuDid, DidRecord, KeyRecord) {
        let control = testing::key(Algorithm::Ed25519, 1).verifying_key().clone();
        let id = IssuerId::from_inception(&control, &[7; 32]);
        let record = DidRecord {
            version: 2,
            control_key: control,
            next_key: [7; 32],
            nonce: 1,
            also_known_as: vec!["did:web:agency.example".into()],
            services: vec![crate::registry::Service {
                kind: "Issuer".into(),
                url: "https://agency.example".into(),
            }],
            registered_at_ms: 1,
            deactivated_at_ms: None,
            usage: Usage::default(),
        };
        let key = KeyRecord {
            key: testing::key(Algorithm::Es256, 2).verifying_key().clone(),
            purpose: KeyPurpose::Credential,
            valid_from: AT - 100,
            valid_to: AT + 100,
            active_from: AT - 50,
            revocation: None,
        };
        (YufuDid::new("town", id).unwrap(), record, key)
    }

    #[test]
    fn the_document_gives_each_key_while_it_may_sign_credentials() {
        let (did, record, key) = issuer();
        let method = format!("{did}#{}", crate::did::key::multibase(&key.key));
        assert_eq!(key_of_method(&method), Some((did.clone(), key.key.thumbprint())));
        let ask = |key: &KeyRecord, at: u64| {
            let state = state(&did, &record, std::slice::from_ref(key), at * 1000);
            Resolved::new().with(state.document.unwrap()).key(&method, Relationship::AssertionMethod)
        };
        assert_eq!(ask(&key, AT), Ok(PublicKey::from(&key.key)));
        for at in [AT - 51, AT + 100] {
            assert_eq!(ask(&key, at), Err(MethodError::Unknown));
        }
        let revocation =
            KeyRevocation { at_ms: AT * 1000, reason: RevocationReason::Superseded, compromised_since: None };
        let revoked = KeyRecord { revocation: Some(revocation), ..key.clone() };
        assert!(ask(&revoked, AT - 1).is_ok());
        assert_eq!(ask(&revoked, AT), Err(MethodError::Unknown));
        let request = KeyRecord { purpose: KeyPurpose::Request, ..key };
        assert_eq!(ask(&request, AT), Err(MethodError::Unknown));
    }

    #[test]
    fn a_document_read_back_is_the_same_and_a_deactivated_did_has_none() {
        let (did, mut record, key) = issuer();
        let document = state(&did, &record, &[key], AT * 1000).document.unwrap();
        let json = serde_json::to_vec(&document.json()).unwrap();
        assert_eq!(Document::parse(&json).unwrap(), document);
        record.deactivated_at_ms = Some(AT * 1000);
        assert_eq!(state(&did, &record, &[], AT * 1000).document, None);
        assert!(state(&did, &record, &[], AT * 1000 - 1).document.is_some());
    }

    #[test]
    fn a_method_that_is_named_by_its_key_gives_it_with_nothing_resolved() {
        let (did, _, record) = issuer();
        let (key, name) = (PublicKey::from(&record.key), crate::did::key::multibase(&record.key));
        let webvh = "did:webvh:QmfGEUAcMpzo25kF2Rhn8L5FAXysfGnkzjwdKoNPi615XQ:agency.example";
        for did in [did.to_string().as_str(), "did:web:agency.example", webvh] {
            let method = format!("{did}#{name}");
            assert_eq!(NamedKeys.key(&method, Relationship::AssertionMethod), Ok(key.clone()), "{did}");
            let login = NamedKeys.key(&method, Relationship::Authentication);
            assert_eq!(login, Err(MethodError::OtherRelationship), "{did}");
        }
        let ask = |method: &str| NamedKeys.key(method, Relationship::AssertionMethod);
        assert_eq!(ask("did:web:agency.example#key-1"), Err(MethodError::NotResolved));
        assert_eq!(ask(&format!("{did}#key-1")), Err(MethodError::Key));
        assert_eq!(ask(&format!("did:web:127.0.0.1#{name}")), Err(MethodError::NotResolved));
    }
}
