//! Labels of blank nodes that tell nothing about what is not disclosed.

use crate::credential::w3c::rdf::Canonical;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use std::{collections::BTreeMap, sync::Arc};

/// From the label in a document to the one under which statements are signed, both without `_:`.
pub(super) type Labels = BTreeMap<Arc<str>, Arc<str>>;

/// How a suite names blank nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Naming {
    /// By a keyed hash of the canonical label.
    Hmac,
    /// By the rank of that hash among the others.
    Shuffled,
}

impl Naming {
    /// The names of all nodes under `key`.
    ///
    /// Spec: ECDSA Cryptosuites 1.0 §3.4.4; BBS Cryptosuites 1.0 §3.2.1.
    pub(super) fn labels(self, canonical: &Canonical, key: &[u8; 32]) -> Labels {
        let hashed = hashed(canonical, key);
        match self {
            Self::Hmac => hashed,
            Self::Shuffled => {
                let mut order: Vec<Arc<str>> = hashed.values().cloned().collect();
                order.sort_unstable();
                let rank = |name: &Arc<str>| order.partition_point(|other| other < name);
                hashed
                    .iter()
                    .map(|(label, name)| (Arc::clone(label), format!("b{}", rank(name)).into()))
                    .collect()
            }
        }
    }
}

fn hashed(canonical: &Canonical, key: &[u8; 32]) -> Labels {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let name = |label: &Arc<str>| encoded(hmac::sign(&key, label.as_bytes()).as_ref());
    canonical.labels.iter().map(|(input, label)| (Arc::clone(input), name(label))).collect()
}

/// A label from the bytes of a keyed hash.
pub(super) fn encoded(hash: &[u8]) -> Arc<str> {
    format!("u{}", URL_SAFE_NO_PAD.encode(hash)).into()
}

/// The bytes of such a label.
pub(super) fn decoded(label: &str) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(label.strip_prefix('u')?).ok()?.try_into().ok()
}

/// The number in a label of that prefix.
pub(super) fn number(label: &str, prefix: &str) -> Option<u64> {
    label.strip_prefix(prefix)?.parse().ok()
}
