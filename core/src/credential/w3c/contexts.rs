//! The JSON-LD contexts that are known here. None is ever fetched.

use super::json_ld::Families;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, OnceLock},
};

/// The context of the credentials data model 2.0, first in every credential.
pub const CREDENTIALS_V2: &str = "https://www.w3.org/ns/credentials/v2";
/// The context of Data Integrity proofs.
pub const DATA_INTEGRITY_V2: &str = "https://w3id.org/security/data-integrity/v2";
/// The context of multikeys.
pub const MULTIKEY_V1: &str = "https://w3id.org/security/multikey/v1";
/// The context of DID documents.
pub const DID_V1: &str = "https://www.w3.org/ns/did/v1";
/// The context of the land title.
pub const LAND_TITLE_1: &str = "https://land.yufu.example/contexts/land-title/1";

const BUNDLED: [(&str, &str); 20] = [
    (CREDENTIALS_V2, ssi_contexts::CREDENTIALS_V2),
    (DATA_INTEGRITY_V2, ssi_contexts::W3ID_DATA_INTEGRITY_V2),
    (MULTIKEY_V1, ssi_contexts::W3ID_MULTIKEY_V1),
    (DID_V1, ssi_contexts::DID_V1),
    (LAND_TITLE_1, include_str!("contexts/land-title-1.json")),
    ("https://www.w3.org/2018/credentials/v1", ssi_contexts::CREDENTIALS_V1),
    ("https://www.w3.org/2018/credentials/examples/v1", ssi_contexts::CREDENTIALS_EXAMPLES_V1),
    ("https://www.w3.org/ns/credentials/examples/v2", ssi_contexts::CREDENTIALS_EXAMPLES_V2),
    ("https://www.w3.org/ns/odrl.jsonld", ssi_contexts::ODRL),
    ("https://w3id.org/security/v1", ssi_contexts::SECURITY_V1),
    ("https://w3id.org/security/v2", ssi_contexts::SECURITY_V2),
    ("https://w3id.org/security/data-integrity/v1", ssi_contexts::W3ID_DATA_INTEGRITY_V1),
    ("https://w3id.org/security/suites/ed25519-2020/v1", ssi_contexts::W3ID_ED2020_V1),
    ("https://w3id.org/security/suites/jws-2020/v1", ssi_contexts::W3ID_JWS2020_V1),
    ("https://w3id.org/did-resolution/v1", ssi_contexts::DID_RESOLUTION_V1),
    ("https://w3id.org/citizenship/v1", ssi_contexts::CITIZENSHIP_V1),
    ("https://w3id.org/vaccination/v1", ssi_contexts::VACCINATION_V1),
    ("https://w3id.org/vc/status-list/v1", ssi_contexts::STATUS_LIST_2021_V1),
    ("https://w3id.org/vdl/v1", ssi_contexts::VDL_V1),
    ("https://w3id.org/wallet/v1", ssi_contexts::WALLET_V1),
];

/// The contexts that a document may name, and what was worked out about them.
pub struct Contexts {
    documents: BTreeMap<String, Document>,
    pub(super) families: Families,
}

/// A context's JSON, read when it is first named.
#[derive(Clone)]
enum Document {
    Text(&'static str, OnceLock<Option<Arc<Value>>>),
    Read(Arc<Value>),
}

impl Contexts {
    /// The contexts that come with this crate.
    #[must_use]
    pub fn bundled() -> &'static Arc<Self> {
        static CONTEXTS: OnceLock<Arc<Contexts>> = OnceLock::new();
        CONTEXTS.get_or_init(|| {
            let documents =
                BUNDLED.map(|(url, text)| (url.to_owned(), Document::Text(text, OnceLock::new())));
            Arc::new(Self { documents: documents.into(), families: Families::default() })
        })
    }

    /// These contexts and one more, or another document for one of them. The caller answers for its
    /// content: what a signed document says depends on it.
    #[must_use]
    pub fn with(&self, url: &str, json: Value) -> Self {
        let mut documents = self.documents.clone();
        documents.insert(url.to_owned(), Document::Read(Arc::new(json)));
        Self { documents, families: Families::default() }
    }

    /// The URLs of the contexts, in order.
    pub fn urls(&self) -> impl Iterator<Item = &str> {
        self.documents.keys().map(String::as_str)
    }

    /// The context document of `url`.
    #[must_use]
    pub fn document(&self, url: &str) -> Option<&Arc<Value>> {
        match self.documents.get(url)? {
            Document::Text(text, read) => {
                read.get_or_init(|| serde_json::from_str(text).ok().map(Arc::new)).as_ref()
            }
            Document::Read(value) => Some(value),
        }
    }
}

impl fmt::Debug for Contexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.documents.keys()).finish()
    }
}
