//! Receiving: an offer is reviewed, then accepted.

use super::model::{CredentialId, Localized, Notice};

/// Who offers, in its own words and in the registry's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerCard {
    /// Credential issuer identifier (URL) of the offer.
    pub url: String,
    /// What it calls itself; anybody can write this.
    pub claims_to_be: Localized,
    /// Its DID, where its metadata names one that the registry knows.
    pub did: Option<String>,
    /// Its legal name in the registry, proven; `None` when the registry has none for the offered types.
    pub legal_name: Option<Localized>,
}

/// A type of credential on offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedType {
    /// Configuration identifier at the issuer.
    pub configuration_id: String,
    /// Type.
    pub vct: String,
    /// The type's name.
    pub title: Localized,
    /// Whether the registry records the issuer's accreditation for it.
    pub accredited: bool,
    /// Copies that the wallet will ask for.
    pub copies: u32,
}

/// How the transaction code is to be typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxCodeInput {
    /// Digits only.
    pub numeric: bool,
    /// Number of characters, where the issuer says it.
    pub length: Option<u32>,
    /// The issuer's hint where the code comes from.
    pub description: Option<String>,
}

/// An offer that has been read and looked up: who issues what, before any code is entered.
pub struct OfferReview {
    /// Who offers.
    pub issuer: IssuerCard,
    /// What is offered.
    pub types: Vec<OfferedType>,
    /// The transaction code to ask for, if any.
    pub tx_code: Option<TxCodeInput>,
    #[allow(dead_code)]
    pub(super) link: String,
}

/// What was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The new credential.
    pub id: CredentialId,
    /// Its type's name.
    pub title: Localized,
    /// Its issuer's legal name.
    pub issuer: Localized,
    /// Copies stored.
    pub copies: u32,
    /// What the person should know, for example that it is not valid yet.
    pub notices: Vec<Notice>,
}
