//! Why the wallet did not do what it was asked.

use super::{keystore::KeystoreError, store::StoreError, vault::VaultError};
use crate::{
    credential::{
        sd_jwt::SdJwtError,
        w3c::{VcError, jose::VcIssueError, proof::SignError},
    },
    crypto::SignerError,
    did::BindingError,
    issuance::holder::HolderError,
    presentation::show_code::BuildError,
    qr::frames::SplitError,
};

/// Why the wallet did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WalletError {
    /// The wallet is locked: unlock it first.
    #[error("the wallet is locked")]
    Locked,
    /// The sealed values could not be opened, or the passphrase is wrong.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keystore failed or declined.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// No credential has that identifier.
    #[error("no such credential in this wallet")]
    NotFound,
    /// No preset has that name.
    #[error("there is no preset named {0:?}")]
    UnknownPreset(String),
    /// The credential is not of a type that the preset takes, or lacks a claim that it asks for.
    #[error("this credential cannot answer the preset {0:?}")]
    PresetNotAnswered(String),
    /// The text is not a counter's printed code.
    #[error("this is not a counter's printed code")]
    NotACounter,
    /// The preset names one counter as audience: scan its printed code first.
    #[error("scan the counter's printed code first")]
    CounterNeeded,
    /// The preset's grade of protection is not supported by this version.
    #[error("this preset needs a kind of code that this wallet does not make")]
    GradeNotSupported,
    /// Something that a newer or another program wrote.
    #[error("a stored record cannot be read")]
    Record,
    /// The network key is not one.
    #[error("the network key cannot be read")]
    NetworkKey,
    /// The wallet belongs to another network than the one it was opened for.
    #[error("this wallet belongs to another network")]
    AnotherNetwork,
    /// The issuer's answer could not be obtained or understood.
    #[error("the issuer did not deliver: {0}")]
    Issuance(HolderError),
    /// The registry could not be asked, or its answer does not verify.
    #[error("the registry did not deliver: {0}")]
    Registry(String),
    /// The issuer handed over a credential that the wallet does not keep.
    #[error("the wallet refuses this credential: {0}")]
    Refused(#[from] Refusal),
    /// A code could not be built.
    #[error("no code could be made: {0}")]
    Code(#[from] BuildError),
    /// A presentation could not be made.
    #[error("no presentation could be made: {0}")]
    Presentation(#[from] VcIssueError),
    /// The proof of a presentation could not be made.
    #[error("no presentation could be made: {0}")]
    PresentationProof(#[from] SignError),
    /// A code is larger than screens can show.
    #[error(transparent)]
    Frames(#[from] SplitError),
    /// A key could not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The source of randomness failed.
    #[error(transparent)]
    Random(#[from] crate::random::RandomError),
}

/// Why a credential that an issuer handed over was refused. Nothing of it is stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Not a credential of a format that we read, or its issuer signature does not verify.
    #[error("its signature does not verify: {0}")]
    Signature(SdJwtError),
    /// It is no credential of the W3C data model, or a signature in it does not verify.
    #[error("it does not verify: {0}")]
    Credential(#[from] VcError),
    /// It is of a format that this wallet does not keep.
    #[error("it is of a format that this wallet does not keep")]
    Format,
    /// It does not say when it was issued, or until when it is good.
    #[error("it does not say when it was issued, or until when it is good")]
    NoTime,
    /// It carries a key binding, which only a holder can make.
    #[error("it carries a key binding, which only its holder can make")]
    KeyBinding,
    /// It is bound to another key than the one that the wallet made for it.
    #[error("it is bound to a key that is not this wallet's")]
    NotOurKey,
    /// It is of another type than the offer named.
    #[error("it is of another type than was offered")]
    AnotherType,
    /// It names another issuer than the offer's.
    #[error("it was issued by another issuer than the one that offered it")]
    AnotherIssuer,
    /// It names no status list: every shipped type requires one.
    #[error("it names no status list")]
    NoStatus,
    /// Two copies of the batch share a status index or a key.
    #[error("two copies of the batch can be told to be the same")]
    CopiesAlike,
    /// The copies of the batch say different things.
    #[error("the copies of the batch say different things")]
    CopiesDiffer,
    /// The type's description does not have the digest that the registry records.
    #[error("the description of its type is not the one in the registry")]
    TypeMetadata,
    /// The registry proves that it knows no such issuer.
    #[error("the registry knows no such issuer")]
    UnknownIssuer,
    /// The web name that it gives its issuer is not, or not known to be, the issuer's in the registry.
    #[error("its issuer's web name does not check out: {0}")]
    NotBound(BindingError),
    /// The registry proves that the issuer was not accredited for this type.
    #[error("its issuer is not accredited for this type")]
    IssuerNotAccredited,
    /// The key that signed it is not the one that the registry records for its list.
    #[error("the registry does not record the key that signed it")]
    KeyNotRegistered,
    /// The key was not valid on the day of issue, or is revoked.
    #[error("the key that signed it was not valid on the day of issue")]
    KeyNotValid,
    /// It has expired already.
    #[error("it has expired already")]
    Expired,
    /// It was revoked already.
    #[error("it has been revoked already")]
    Revoked,
    /// The issuer delivered no credential.
    #[error("no credential was delivered")]
    Nothing,
}
