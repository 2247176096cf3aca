//! Credentials that name their issuer by a DID of the web: whose it is in the registry.
//!
//! When such a credential is received, the DID must be bound to the issuer both ways, with the key that
//! signed. Later the wallet fetches the listing anew with each proof, for counters, which resolve nothing.

use super::{
    error::{Refusal, WalletError},
    facade::WalletConfig,
    offer::IssuerCard,
    prover::{ProveError, Prover, issuer_id},
    record::{CredentialRecord, ListedIssuer},
};
use crate::{
    crypto::{PublicKey, VerifyingKey},
    did::{BindingError, Registry, ResolveError, Resolver, ResolverOptions, yufu::YufuDid},
    registry::{Listing, RecordKey, client::At},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The did:yufu of who issued a credential: what it says itself, or, where it names a DID of the web, the
/// issuer who offered it and whose record in the registry lists the address of the offer.
pub(super) fn registered_did(signed: &str, offered: &IssuerCard) -> Result<YufuDid, Refusal> {
    if let Ok(did) = signed.parse::<YufuDid>() {
        return if offered.did.as_deref().is_none_or(|offered| offered == signed) {
            Ok(did)
        } else {
            Err(Refusal::AnotherIssuer)
        };
    }
    if !signed.starts_with("did:web:") && !signed.starts_with("did:webvh:") {
        return Err(Refusal::UnknownIssuer);
    }
    let offered = offered.did.as_deref().and_then(|did| did.parse().ok());
    offered.ok_or(Refusal::UnknownIssuer)
}

impl Prover<'_> {
    /// Checks that `web`, a DID of the web, and `did` are one issuer, who has `key` in both places.
    pub(super) async fn check_bound(
        &mut self,
        config: &WalletConfig,
        web: &str,
        did: &YufuDid,
        key: &VerifyingKey,
    ) -> Result<(), WalletError> {
        let options = ResolverOptions { max_kept: 0, ..ResolverOptions::default() };
        let resolver = Resolver::new(config.transport.clone(), config.clock.clone(), options);
        let mut registry =
            Registry { network: did.network(), gateway: &self.registry, light: &mut self.client };
        let method = format!("{web}#{}", PublicKey::from(key).multibase());
        match resolver.bound_issuer(&method, &mut registry).await {
            Ok(bound) if bound.did == *did => Ok(()),
            Ok(_) => Err(Refusal::AnotherIssuer.into()),
            Err(BindingError::Resolve(ResolveError::Registry(error))) => {
                Err(WalletError::Registry(error.to_string()))
            }
            Err(error) => Err(Refusal::NotBound(error).into()),
        }
    }

    /// The newest proof that the registry lists the DID by which a credential names its issuer; none where
    /// it names its did:yufu.
    pub(super) async fn listing(
        &mut self,
        credential: &CredentialRecord,
    ) -> Result<Option<Vec<u8>>, ProveError> {
        let Some(listed) = &credential.listed_issuer else { return Ok(None) };
        let issuer = issuer_id(&listed.did).ok_or(ProveError::Record)?;
        let record = self.read(&RecordKey::Did { issuer }, At::Anchor).await?;
        let value = record.value.ok_or(ProveError::NotListed)?;
        let listing = Listing::new(record.signed_header, issuer, value, record.proof);
        let bytes = listing.to_bytes().map_err(|_| ProveError::Record)?;
        let clock_ms = self.clock.now_ms();
        let verified = self.client.verify_listing(&bytes, &credential.issuer_did, clock_ms);
        verified.map_err(|_| ProveError::NotListed)?;
        Ok(Some(bytes))
    }
}

impl ListedIssuer {
    /// The issuer `did`, before its listing was fetched.
    pub(super) fn new(did: &YufuDid) -> Self {
        Self { did: did.to_string(), listing: None }
    }

    pub(super) fn keep(&mut self, listing: &[u8]) {
        self.listing = Some(URL_SAFE_NO_PAD.encode(listing));
    }

    /// The listing's bytes, for a presentation.
    pub(super) fn listing(&self) -> Result<Option<Vec<u8>>, WalletError> {
        let text = self.listing.as_ref();
        text.map(|text| URL_SAFE_NO_PAD.decode(text).map_err(|_| WalletError::Record)).transpose()
    }
}

#[cfg(test)]
mod tests;
