//! Status lists as W3C credentials carry them: strings of bits, the left-most first.
//!
//! A credential points at its entry of a list by a [`StatusEntry`]. The list is a credential of its own,
//! of type `BitstringStatusListCredential`: an issuer makes its [document](ListDocument) and signs it as
//! any other credential; who has fetched and verified it reads it as a [`StatusList`].
//!
//! Stricter than the specification: list and credential have the same issuer; entries have 1, 2, 4 or 8
//! bits; a list says until when it holds if we made it. Whatever does not hold leaves the status unknown,
//! which is neither valid nor revoked.
//!
//! Spec: Bitstring Status List 1.0 (W3C Recommendation, 2025).

mod encoding;
mod entry;
mod list;

#[cfg(test)]
mod tests;

pub use encoding::{MAX_ENCODED, MAX_INFLATED, decode_list, encode_list};
pub use entry::{MAX_MESSAGE, Purpose, StatusEntry, StatusMessage};
pub use list::{CREDENTIAL_TYPE, ExpectedList, LIST_TYPE, ListDocument, StatusList, StatusValue};

/// Why an entry, a list or a status was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BitstringError {
    /// A member of an entry or a list is missing or has the wrong form.
    #[error("the member `{0}` of the status is missing or malformed")]
    Member(&'static str),
    /// The entry is not typed as one, or the list not as a list.
    #[error("not the type of a bitstring status list")]
    Type,
    /// `statusSize` is not 1, 2, 4 or 8.
    #[error("a status has 1, 2, 4 or 8 bits")]
    Size,
    /// `statusMessage` does not have exactly one message for each value.
    #[error("a status of several bits has one message for each of its values")]
    Messages,
    /// `encodedList` is not multibase base64url of one whole GZIP stream.
    #[error("the list is not base64url of a GZIP stream")]
    Encoding,
    /// The list is, or inflates to, more than any list has.
    #[error("the list is larger than is read")]
    TooLarge,
    /// Fewer than 131,072 entries.
    #[error("the list is too short to hide one entry among others")]
    TooShort,
    /// The index lies outside the list.
    #[error("the index lies outside the status list")]
    OutOfRange,
    /// The list is not the one that the credential names.
    #[error("the list is not the one that the credential names")]
    OtherList,
    /// The list is not by the credential's issuer.
    #[error("the list is by another issuer")]
    OtherIssuer,
    /// The list is for other purposes.
    #[error("the list is for another purpose")]
    OtherPurpose,
    /// The list is not valid yet.
    #[error("the list is not valid yet")]
    NotYetValid,
    /// The list is no longer valid.
    #[error("the list is no longer valid")]
    Expired,
}
