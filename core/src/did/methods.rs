//! Keys by the names that signatures give them.

use super::{Document, Relationship, did_of, is_did, jwk, key};
use crate::crypto::PublicKey;
use std::collections::BTreeMap;

/// Why no key is given for a verification method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MethodError {
    /// The name is not a DID URL with a fragment.
    #[error("the verification method is not named by a DID URL with a fragment")]
    Malformed,
    /// The DID's document is not at hand.
    #[error("the signer's DID was not resolved")]
    NotResolved,
    /// The DID was deactivated.
    #[error("the signer's DID was deactivated")]
    Deactivated,
    /// The document knows no such method.
    #[error("the signer's DID has no such verification method")]
    Unknown,
    /// The method is there for something else.
    #[error("the key is not for this purpose")]
    OtherRelationship,
    /// The method is controlled by another DID, which was not asked.
    #[error("the verification method is under another's control")]
    OtherController,
    /// Its key is not of a kind that we take.
    #[error("the verification method's key is not one that we take")]
    Key,
}

/// Gives keys by the names of verification methods.
pub trait VerificationMethods {
    /// The key of `method` (an absolute DID URL with a fragment), if it serves `relationship`.
    ///
    /// # Errors
    /// [`MethodError`] by what does not hold.
    fn key(&self, method: &str, relationship: Relationship) -> Result<PublicKey, MethodError>;
}

/// Documents that were resolved, each by the DID that it was asked for. did:key and did:jwk need not be
/// put in: they are their own documents.
#[derive(Clone, Debug, Default)]
pub struct Resolved(BTreeMap<String, Option<Document>>);

impl Resolved {
    /// Nothing yet but did:key and did:jwk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a document that was resolved for its own `id`.
    #[must_use]
    pub fn with(mut self, document: Document) -> Self {
        self.insert(document);
        self
    }

    /// Takes a document that was resolved for its own `id`; it replaces an earlier one.
    pub fn insert(&mut self, document: Document) {
        self.0.insert(document.id.clone(), Some(document));
    }

    /// Takes a document, adding its keys to those of an earlier one of the same DID: for a did:yufu each
    /// key is read on its own.
    pub fn merge(&mut self, document: Document) {
        match self.0.get_mut(&document.id) {
            Some(Some(known)) => known.add_keys_of(&document),
            _ => self.insert(document),
        }
    }

    /// Takes note that `did` was deactivated.
    pub fn insert_deactivated(&mut self, did: &str) {
        self.0.insert(did.to_owned(), None);
    }

    /// The document of `did`.
    ///
    /// # Errors
    /// [`MethodError::NotResolved`], [`MethodError::Deactivated`]; [`MethodError::Key`] for a did:key or
    /// did:jwk that is none.
    pub fn document(&self, did: &str) -> Result<Document, MethodError> {
        if did.starts_with("did:key:") {
            return key::document(did).map_err(|_| MethodError::Key);
        }
        if did.starts_with("did:jwk:") {
            return jwk::document(did).map_err(|_| MethodError::Key);
        }
        match self.0.get(did) {
            Some(Some(document)) => Ok(document.clone()),
            Some(None) => Err(MethodError::Deactivated),
            None => Err(MethodError::NotResolved),
        }
    }
}

impl VerificationMethods for Resolved {
    fn key(&self, method: &str, relationship: Relationship) -> Result<PublicKey, MethodError> {
        let did = did_of(method);
        if !is_did(did) || method.split_once('#').is_none_or(|(_, fragment)| fragment.is_empty()) {
            return Err(MethodError::Malformed);
        }
        let document = self.document(did)?;
        let (found, serves) = document.method(method, relationship).ok_or(MethodError::Unknown)?;
        if !serves {
            return Err(MethodError::OtherRelationship);
        }
        if found.controller != document.id {
            return Err(MethodError::OtherController);
        }
        found.key().cloned().ok_or(MethodError::Key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{Algorithm, Signer, testing};

    const DID: &str = "did:web:a.example";

    fn public_key() -> PublicKey {
        testing::key(Algorithm::Es256, 1).verifying_key().into()
    }

    #[test]
    fn a_key_is_given_for_what_its_document_says_and_nothing_else() {
        let document = Document::new(DID).with_key("a", public_key(), &[Relationship::AssertionMethod]);
        let resolved = Resolved::new().with(document);
        let ask = |method: &str, relationship| resolved.key(method, relationship);
        let method = format!("{DID}#a");
        assert_eq!(ask(&method, Relationship::AssertionMethod), Ok(public_key()));
        assert_eq!(ask(&method, Relationship::Authentication), Err(MethodError::OtherRelationship));
        assert_eq!(ask("did:web:a.example#b", Relationship::AssertionMethod), Err(MethodError::Unknown));
        assert_eq!(ask("did:web:b.example#a", Relationship::AssertionMethod), Err(MethodError::NotResolved));
        for malformed in [DID, "did:web:a.example#", "#a", "https://a.example/#a"] {
            assert_eq!(ask(malformed, Relationship::AssertionMethod), Err(MethodError::Malformed));
        }
    }

    #[test]
    fn a_deactivated_did_gives_no_key() {
        let mut resolved = Resolved::new();
        resolved.insert_deactivated(DID);
        let asked = resolved.key(&format!("{DID}#a"), Relationship::AssertionMethod);
        assert_eq!(asked, Err(MethodError::Deactivated));
    }

    #[test]
    fn a_key_of_another_controller_is_not_given() {
        let mut document = Document::new(DID).with_key("a", public_key(), &[Relationship::AssertionMethod]);
        document.verification_method[0].controller = "did:web:b.example".into();
        let asked = Resolved::new().with(document).key(&format!("{DID}#a"), Relationship::AssertionMethod);
        assert_eq!(asked, Err(MethodError::OtherController));
    }

    #[test]
    fn a_did_that_is_its_own_key_needs_no_document() {
        let did = key::encode(public_key());
        let method = format!("{did}#{}", public_key().multibase());
        assert_eq!(Resolved::new().key(&method, Relationship::AssertionMethod), Ok(public_key()));
        let method = format!("{}#0", jwk::encode(public_key()).unwrap());
        assert_eq!(Resolved::new().key(&method, Relationship::Authentication), Ok(public_key()));
    }
}
