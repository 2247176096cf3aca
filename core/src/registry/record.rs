//! Records of the trust tree and the records tree.
//!
//! On the wire each is a version byte (1) and borsh, in their one canonical form; nothing may follow.
//! Times that end in `_ms` are milliseconds, all others seconds, since the Unix epoch.

use super::validators::ValidatorSet;
use crate::{
    crypto::{Digest, VerifyingKey},
    did::yufu::IssuerId,
};
use borsh::{BorshDeserialize, BorshSerialize};

/// The largest record that is read: a validator set of a hundred with endpoints stays below it.
pub const MAX_RECORD: usize = 64 << 10;

const VERSION: u8 = 1;

/// Why bytes are not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// More bytes than any record has.
    #[error("the record is too large")]
    TooLarge,
    /// A version that this program does not know.
    #[error("the record has an unknown version")]
    Version,
    /// Not the fields of this record, or something left over.
    #[error("the record is malformed")]
    Malformed,
    /// The fields are there but what they say cannot be.
    #[error("the record contradicts itself")]
    Inconsistent,
}

/// A record: bytes with a version, checked as they are read.
pub trait Record: BorshSerialize + BorshDeserialize {
    /// The bytes that stand in the tree.
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend_from_slice(&borsh_bytes(self));
        out
    }

    /// The record in `bytes`.
    ///
    /// # Errors
    /// [`RecordError`] by what does not hold.
    fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > MAX_RECORD {
            return Err(RecordError::TooLarge);
        }
        let (&version, body) = bytes.split_first().ok_or(RecordError::Malformed)?;
        if version != VERSION {
            return Err(RecordError::Version);
        }
        let record = Self::try_from_slice(body).map_err(|_| RecordError::Malformed)?;
        if record.is_consistent() { Ok(record) } else { Err(RecordError::Inconsistent) }
    }

    /// Whether the fields agree with each other.
    fn is_consistent(&self) -> bool {
        true
    }
}

/// Borsh of a value whose writing cannot fail, since the writer is memory.
pub(crate) fn borsh_bytes<T: BorshSerialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    // Our types serialize fields into memory; only a collection longer than u32::MAX fails.
    let written = value.serialize(&mut out);
    debug_assert!(written.is_ok());
    out
}

/// `gov/policy`: the network's rules. A change of them obeys the policy that it replaces.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Policy {
    /// Short name of the network, as in its DIDs.
    pub network: String,
    /// Who may accredit and govern.
    pub authorities: Vec<IssuerId>,
    /// How many of them an act of governance takes.
    pub authority_quorum: u16,
    /// Length of an anchor slot.
    pub slot_ms: u64,
    /// How often issuers publish each status list, changed or not.
    pub publication_ms: u64,
    /// How long an added key, a reinstatement or a recovery waits.
    pub timelock_ms: u64,
    /// Heights in an epoch.
    pub epoch_length: u64,
    /// The oldest status publication that presets may accept unless they say less.
    pub status_age_limit_ms: u64,
    /// Limits per block and per DID.
    pub quotas: Quotas,
    /// Which version of the state machine executes which heights.
    pub rules: Rules,
}

/// The version of the state machine, and from which height another one follows. All validators change at
/// that height, so that each can be given the newer program before it, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Rules {
    /// The version, from 1.
    pub version: u16,
    /// The next version.
    pub next: Option<NextRules>,
}

/// An agreed change of the state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct NextRules {
    /// The version that follows: one more.
    pub version: u16,
    /// The first height that it executes.
    pub from_height: u64,
}

impl Rules {
    /// The version that executes the block at `height`.
    #[must_use]
    pub fn at(&self, height: u64) -> u16 {
        match self.next {
            Some(next) if height >= next.from_height => next.version,
            _ => self.version,
        }
    }

    /// The same from `height` on, without what is past.
    #[must_use]
    pub fn from_height(self, height: u64) -> Self {
        Self { version: self.at(height), next: self.next.filter(|next| height < next.from_height) }
    }
}

/// Consensus limits on what a block and a DID may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Quotas {
    /// Transactions in a block.
    pub block_transactions: u32,
    /// Bytes of transactions in a block.
    pub block_bytes: u32,
    /// Transactions of one DID in a slot.
    pub did_transactions: u32,
    /// Bytes of one DID's transactions in a slot.
    pub did_bytes: u32,
    /// New DIDs in a slot.
    pub registrations: u32,
}

/// `val/<epoch>`: the validators of an epoch and where they listen.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Validators {
    /// The set that headers name by its hash.
    pub set: ValidatorSet,
    /// One for each validator, in the set's order; may be empty.
    pub endpoints: Vec<String>,
}

/// `gov/origin`: the network whose records this one began with. Whoever has that network's key can verify
/// the header; whoever has the export, that these are its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Origin {
    /// Its genesis digest.
    pub network: Digest,
    /// The height at which its records were exported.
    pub height: u64,
    /// Digest of that height's header.
    pub header: Digest,
    /// That header's time (milliseconds).
    pub time_ms: u64,
    /// Digest of the exported records.
    pub export: Digest,
}

/// A service that a DID's document lists.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Service {
    /// Its type, as in the document.
    pub kind: String,
    /// Where it is.
    pub url: String,
}

/// `did/<issuer>`: a DID's state. Earlier states stand under `hist/…` in the same form.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DidRecord {
    /// Counts changes, from 0.
    pub version: u32,
    /// Signs this DID's transactions.
    pub control_key: VerifyingKey,
    /// Thumbprint of the control key that alone can replace it.
    pub next_key: Digest,
    /// The next transaction's nonce.
    pub nonce: u64,
    /// Other DIDs of the same subject.
    pub also_known_as: Vec<String>,
    /// Services of its document.
    pub services: Vec<Service>,
    /// Time of the block that registered it.
    pub registered_at_ms: u64,
    /// Time of the block that deactivated it, for good.
    pub deactivated_at_ms: Option<u64>,
    /// What it has used of its quota.
    pub usage: Usage,
}

/// What a DID has written in a slot; of an earlier slot it counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Usage {
    /// The slot.
    pub slot: u64,
    /// Transactions in it.
    pub transactions: u32,
    /// Their bytes.
    pub bytes: u32,
}

/// `gov/registrations`: how many DIDs were registered in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct Registrations {
    /// The slot.
    pub slot: u64,
    /// New DIDs in it.
    pub count: u32,
}

/// `name/<skeleton>`: whose a legal name is, and all that could be taken for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LegalName {
    /// Whose.
    pub issuer: IssuerId,
}

/// What a key may sign. Each key has one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum KeyPurpose {
    /// Credentials and status lists.
    Credential,
    /// Requests to wallets.
    Request,
    /// Entries of record streams.
    Record,
}

/// Why a key was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum RevocationReason {
    /// Replaced in good order.
    Superseded,
    /// The issuer stopped.
    CessationOfOperation,
    /// Somebody else may have used it.
    KeyCompromise,
    /// Taken back while its timelock ran.
    Cancelled,
}

/// That a key was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeyRevocation {
    /// Time of the block that revoked it.
    pub at_ms: u64,
    /// Why.
    pub reason: RevocationReason,
    /// Compromise only: since when nothing that the key signed is believed (milliseconds).
    pub compromised_since: Option<u64>,
}

/// `key/<issuer>/<thumbprint>`: never deleted.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeyRecord {
    /// The key.
    pub key: VerifyingKey,
    /// What it may sign.
    pub purpose: KeyPurpose,
    /// First second of its validity.
    pub valid_from: u64,
    /// First second after its validity.
    pub valid_to: u64,
    /// When the timelock ends (seconds); before, the next control key can cancel it.
    pub active_from: u64,
    /// Set once, never unset.
    pub revocation: Option<KeyRevocation>,
}

/// `acc/<issuer>/<type>`: who let whom issue what. The legal names are set here alone.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Accreditation {
    /// Who accredited.
    pub accreditor: IssuerId,
    /// Legal name in Chinese, NFC.
    pub name_zh: String,
    /// Legal name in English, NFC.
    pub name_en: String,
    /// First second of its validity.
    pub valid_from: u64,
    /// First second after its validity.
    pub valid_to: u64,
    /// Suspended since (seconds).
    pub suspended_since: Option<u64>,
    /// When the wait for its reinstatement ends (seconds), while one was asked for.
    pub reinstated_from: Option<u64>,
    /// Withdrawn at (seconds), for good.
    pub withdrawn_at: Option<u64>,
    /// How many lists may be open at once.
    pub max_open_lists: u16,
    /// How many are.
    pub open_lists: u16,
}

/// `type/<vct>/<version>`: what a credential type means.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TypeRecord {
    /// Who registered it.
    pub owner: IssuerId,
    /// SHA-256 of its metadata document.
    pub metadata_digest: Digest,
    /// Where the document is.
    pub metadata_url: String,
    /// SHA-256 of its schema, if it has one.
    pub schema_digest: Option<Digest>,
}

/// How a status list is written for outside verifiers: the bit orders differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum StatusEncoding {
    /// Token Status List: least significant bit first.
    Token,
    /// Bitstring Status List: left-most bit first.
    Bitstring,
}

/// `stat/<issuer>/<list>`: a status list, opened for one key and one type version.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StatusListRecord {
    /// Thumbprint of the one key whose credentials it covers.
    pub key: Digest,
    /// The one type.
    pub vct: String,
    /// The one version of it.
    pub type_version: u32,
    /// How it is written.
    pub encoding: StatusEncoding,
    /// Bits an entry: 1, 2, 4 or 8.
    pub bits: u8,
    /// Entries.
    pub size: u32,
    /// Publications so far less one.
    pub version: u32,
    /// Root of the [chunk tree](crate::status::chunk).
    pub status_root: Digest,
    /// Root of the [issued tree](crate::status::issued).
    pub issued_root: Digest,
    /// SHA-256 of the signed token.
    pub token_digest: Digest,
    /// What the bits say, such as `revocation`.
    pub purpose: String,
    /// Where the token is.
    pub url: String,
    /// Time of the block of the newest publication.
    pub published_at_ms: u64,
    /// First second at which the publication is no longer good.
    pub valid_until: u64,
}

/// `grant/<issuer>/<type>/<list>`: what a verifier needs to know about a credential's issuer, key,
/// accreditation and status, in one leaf. It holds intervals, never "active", so time passing needs
/// no write.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Grant {
    /// Thumbprint of the list's one key.
    pub key: Digest,
    /// First second of the key's validity.
    pub key_valid_from: u64,
    /// First second after the key's validity.
    pub key_valid_to: u64,
    /// Set when the key was revoked.
    pub key_revocation: Option<GrantRevocation>,
    /// The issuer's legal name in Chinese.
    pub name_zh: String,
    /// The issuer's legal name in English.
    pub name_en: String,
    /// First second of the effective accreditation.
    pub accredited_from: u64,
    /// First second after it; suspension, withdrawal and the issuer's deactivation close it.
    pub accredited_to: u64,
    /// SHA-256 of the type's metadata.
    pub type_digest: Digest,
    /// How the list is written.
    pub encoding: StatusEncoding,
    /// Bits an entry: 1, 2, 4 or 8.
    pub bits: u8,
    /// Entries.
    pub size: u32,
    /// Root of the [chunk tree](crate::status::chunk).
    pub status_root: Digest,
    /// The list's version.
    pub version: u32,
    /// Time of the block of the newest publication: the age of the status is counted from here.
    pub published_at_ms: u64,
    /// First second at which the publication is no longer good.
    pub valid_until: u64,
}

/// In a grant: that its key was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GrantRevocation {
    /// Time of the block that revoked it.
    pub at_ms: u64,
    /// Set when it was compromised.
    pub compromised: Option<Compromise>,
}

/// In a grant: that its key was compromised. Only credentials with a path to the root are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Compromise {
    /// Since when (milliseconds).
    pub since: u64,
    /// The last issued root that was published before.
    pub issued_root: Digest,
}

/// `rp/<verifier>`: a registered relying party.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RelyingParty {
    /// Name in Chinese, NFC.
    pub name_zh: String,
    /// Name in English, NFC.
    pub name_en: String,
    /// What it asks for, each with what it may ask.
    pub purposes: Vec<RelyingPurpose>,
    /// Thumbprints of its request keys.
    pub keys: Vec<Digest>,
    /// First second of its registration.
    pub valid_from: u64,
    /// First second after it.
    pub valid_to: u64,
}

/// One purpose of a relying party.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RelyingPurpose {
    /// The purpose in Chinese.
    pub text_zh: String,
    /// The purpose in English.
    pub text_en: String,
    /// Type of the credentials that it may ask for.
    pub vct: String,
    /// Claim paths that it may ask for, as JSON arrays.
    pub claims: Vec<String>,
}

/// `issued/<issuer>/<list>/<version>`: one publication of a status list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct IssuedRecord {
    /// Root of the issued tree.
    pub issued_root: Digest,
    /// Root of the chunk tree.
    pub status_root: Digest,
    /// Time of the block.
    pub published_at_ms: u64,
}

/// `rec/<stream>/<seq>`: a digest that its author signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct EntryRecord {
    /// Who appended it.
    pub author: IssuerId,
    /// What was recorded.
    pub digest: Digest,
    /// Time of the block.
    pub recorded_at_ms: u64,
}

impl Record for Policy {
    fn is_consistent(&self) -> bool {
        let quorum = usize::from(self.authority_quorum);
        crate::did::yufu::is_network_name(&self.network)
            && (1..=self.authorities.len()).contains(&quorum)
            && self.slot_ms > 0
            && self.publication_ms > 0
            && self.epoch_length > 0
            && self.rules.version > 0
            && self.rules.next.is_none_or(|next| Some(next.version) == self.rules.version.checked_add(1))
    }
}

impl Record for Validators {
    fn is_consistent(&self) -> bool {
        self.endpoints.is_empty() || self.endpoints.len() == self.set.len()
    }
}

impl Record for Origin {}
impl Record for DidRecord {}
impl Record for Registrations {}
impl Record for LegalName {}

impl Record for KeyRecord {
    fn is_consistent(&self) -> bool {
        let since_without_compromise = self
            .revocation
            .is_some_and(|r| (r.reason == RevocationReason::KeyCompromise) != r.compromised_since.is_some());
        self.valid_from < self.valid_to && !since_without_compromise
    }
}

impl Record for Accreditation {
    fn is_consistent(&self) -> bool {
        self.valid_from < self.valid_to && self.open_lists <= self.max_open_lists
    }
}

impl Record for TypeRecord {}

impl Record for StatusListRecord {
    fn is_consistent(&self) -> bool {
        crate::status::is_shape(self.bits, self.size)
    }
}

impl Record for Grant {
    fn is_consistent(&self) -> bool {
        crate::status::is_shape(self.bits, self.size) && self.key_valid_from < self.key_valid_to
    }
}

impl Record for RelyingParty {}
impl Record for IssuedRecord {}
impl Record for EntryRecord {}
