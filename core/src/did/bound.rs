//! DIDs of the web that belong to an issuer of the registry.
//!
//! A did:web is as good as its web site, and a did:webvh as the keys in its log: nobody vouches that an
//! agency stands behind either. The registry's record of an issuer may list such a DID, and the DID's
//! document may name the did:yufu back. Only both together say that the two are one issuer: each direction
//! alone is a claim that anybody can make. Then the registry answers for it, and its keys are the registry's:
//! what a thief of the web site puts into the document counts for nothing.

use super::{
    Document, MethodError, Relationship, Resolution, ResolveError, Resolved, Resolver, VerificationMethods,
    resolution::Question,
    resolver::{Registry, read},
    webvh::VersionQuery,
    yufu::{self, YufuDid},
};
use crate::{
    crypto::{PublicKey, VerifyingKey},
    registry::{DidRecord, KeyRecord, RecordKey},
};

/// Why a DID of the web does not belong to an issuer of the registry, as far as can be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindingError {
    /// Neither did:web nor did:webvh.
    #[error("only a did:web or a did:webvh is bound to an issuer of the registry")]
    OtherMethod,
    /// It is not known: the DID, the registry or both could not be read.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The DID was deactivated.
    #[error("the DID was deactivated")]
    Deactivated,
    /// Its document names no did:yufu of this network.
    #[error("the DID's document names no issuer of this registry")]
    NamesNone,
    /// Its document names several.
    #[error("the DID's document names several issuers of this registry")]
    NamesSeveral,
    /// The registry knows no such issuer.
    #[error("the registry has no record of {0}")]
    NoRecord(YufuDid),
    /// The issuer was deactivated.
    #[error("{0} was deactivated")]
    RecordEnded(YufuDid),
    /// The record does not list the DID.
    #[error("the registry's record of {0} does not list the DID")]
    NotListed(YufuDid),
    /// The document does not give the key, or not for signing credentials.
    #[error(transparent)]
    Method(MethodError),
    /// The key is in the document, and is none that the issuer may sign credentials with now.
    #[error("the key is none that the registry has for signing credentials now")]
    KeyNotRegistered,
}

/// A DID of the web, and the issuer of the registry that it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct BoundIssuer {
    /// The issuer.
    pub did: YufuDid,
    /// What the DID of the web resolves to.
    pub resolution: Resolution,
    /// The key that was asked for, which the document and the registry have.
    pub key: Option<PublicKey>,
}

impl Resolver {
    /// The issuer of the registry that a did:web or a did:webvh belongs to. Where `url` has a fragment, it
    /// names a key, which must be there in the DID's document to sign credentials, and in the registry
    /// among the issuer's that are valid now.
    ///
    /// # Errors
    /// [`BindingError`] by the first thing that does not hold.
    pub async fn bound_issuer(
        &self,
        url: &str,
        registry: &mut Registry<'_>,
    ) -> Result<BoundIssuer, BindingError> {
        let question = Question::parse(url)?;
        if !matches!(question.did.split(':').nth(1), Some("web" | "webvh")) {
            return Err(BindingError::OtherMethod);
        }
        // What belonged together once is no answer to what does now.
        if question.version != VersionQuery::Newest {
            return Err(ResolveError::InvalidOptions.into());
        }
        let resolution = self.resolve(&question.did, None).await?;
        let document = resolution.document.as_ref().ok_or(BindingError::Deactivated)?;
        let did = named_issuer(document, registry.network)?;
        let now_ms = self.now_ms();
        let issuer = did.id;
        let record: Option<DidRecord> = read(registry, &RecordKey::Did { issuer }, now_ms).await?;
        let record = record.ok_or_else(|| BindingError::NoRecord(did.clone()))?;
        let state = yufu::state(&did, &record, &[], now_ms);
        let registered = state.document.ok_or_else(|| BindingError::RecordEnded(did.clone()))?;
        if !name_each_other(&registered, document) {
            return Err(BindingError::NotListed(did));
        }
        let key = match url.split_once('#') {
            Some(_) => {
                let key = assertion_key(document, url).map_err(BindingError::Method)?;
                let signer = VerifyingKey::try_from(&key).map_err(|_| BindingError::KeyNotRegistered)?;
                let thumbprint = signer.thumbprint();
                let known: Option<KeyRecord> =
                    read(registry, &RecordKey::Key { issuer, thumbprint }, now_ms).await?;
                let known = known.ok_or(BindingError::KeyNotRegistered)?;
                let state = yufu::state(&did, &record, &[known], now_ms).document;
                let method = format!("{did}#{}", key.multibase());
                state
                    .and_then(|state| assertion_key(&state, &method).ok())
                    .ok_or(BindingError::KeyNotRegistered)?;
                Some(key)
            }
            None => None,
        };
        Ok(BoundIssuer { did, resolution, key })
    }
}

/// The one issuer of the network that a document names as its subject.
fn named_issuer(document: &Document, network: &str) -> Result<YufuDid, BindingError> {
    let named = document.also_known_as.iter().filter_map(|name| name.parse::<YufuDid>().ok());
    let mut ours = named.filter(|did| did.network() == network);
    let did = ours.next().ok_or(BindingError::NamesNone)?;
    if ours.next().is_some() { Err(BindingError::NamesSeveral) } else { Ok(did) }
}

fn assertion_key(document: &Document, method: &str) -> Result<PublicKey, MethodError> {
    Resolved::new().with(document.clone()).key(method, Relationship::AssertionMethod)
}

/// Whether two documents name each other: that one subject owns both DIDs.
fn name_each_other(one: &Document, other: &Document) -> bool {
    one.id != other.id && one.also_known_as.contains(&other.id) && other.also_known_as.contains(&one.id)
}

#[cfg(test)]
mod tests;
