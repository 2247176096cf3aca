//! Transactions: typed, signed by a DID's control key, with network, nonce and expiry.

use super::governance::GovernanceAct;
use super::record::{KeyPurpose, RelyingPurpose, RevocationReason, Service, StatusEncoding, borsh_bytes};
use crate::{
    crypto::{Digest, SignatureError, Signer, SignerError, VerifyingKey, sha256},
    did::yufu::IssuerId,
};
use borsh::{BorshDeserialize, BorshSerialize};

/// The largest signed transaction, in bytes.
pub const MAX_TRANSACTION: usize = 16 << 10;

/// What a transaction does. Authority is always the verified signer.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Operation {
    /// Registers the author's DID, whose id follows from these keys.
    RegisterDid {
        /// Signs this and the next transactions.
        control_key: VerifyingKey,
        /// Thumbprint of the key that alone can replace it.
        next_key: Digest,
        /// Other DIDs of the same subject.
        also_known_as: Vec<String>,
        /// Services of the document.
        services: Vec<Service>,
    },
    /// Replaces what the author's document lists.
    UpdateDid {
        /// Other DIDs of the same subject.
        also_known_as: Vec<String>,
        /// Services of the document.
        services: Vec<Service>,
    },
    /// Replaces the control key. Signed by the committed next key, alone.
    RotateControl {
        /// The committed key, shown.
        new_key: VerifyingKey,
        /// Thumbprint of the key after it.
        next_key: Digest,
    },
    /// Ends the author's DID, for good.
    DeactivateDid,
    /// Adds a key, active after the timelock.
    AddKey {
        /// The key.
        key: VerifyingKey,
        /// What it may sign.
        purpose: KeyPurpose,
        /// First second of its validity.
        valid_from: u64,
        /// First second after it.
        valid_to: u64,
    },
    /// Takes back a key whose timelock runs. Signed by the committed next key.
    CancelKey {
        /// Which.
        thumbprint: Digest,
    },
    /// Revokes a key, for good.
    RevokeKey {
        /// Which.
        thumbprint: Digest,
        /// Why.
        reason: RevocationReason,
        /// Compromise only: since when (milliseconds).
        compromised_since: Option<u64>,
    },
    /// Lets an issuer issue a type.
    Accredit {
        /// Who.
        issuer: IssuerId,
        /// What.
        vct: String,
        /// Legal name in Chinese.
        name_zh: String,
        /// Legal name in English.
        name_en: String,
        /// First second of its validity.
        valid_from: u64,
        /// First second after it.
        valid_to: u64,
        /// How many lists may be open at once.
        max_open_lists: u16,
    },
    /// Suspends an accreditation, at once.
    SuspendAccreditation {
        /// Whose.
        issuer: IssuerId,
        /// For what.
        vct: String,
    },
    /// Ends a suspension.
    ReinstateAccreditation {
        /// Whose.
        issuer: IssuerId,
        /// For what.
        vct: String,
    },
    /// Withdraws an accreditation, for good.
    WithdrawAccreditation {
        /// Whose.
        issuer: IssuerId,
        /// For what.
        vct: String,
    },
    /// Registers a version of a credential type.
    RegisterType {
        /// The type.
        vct: String,
        /// The version, one more than the last, from 1.
        version: u32,
        /// SHA-256 of the metadata document.
        metadata_digest: Digest,
        /// Where it is.
        metadata_url: String,
        /// SHA-256 of the schema.
        schema_digest: Option<Digest>,
    },
    /// Opens a status list: version 0, all clear.
    OpenList {
        /// Its number.
        list: u32,
        /// Thumbprint of the one key.
        key: Digest,
        /// The one type.
        vct: String,
        /// The one version of it.
        type_version: u32,
        /// How it is written.
        encoding: StatusEncoding,
        /// Bits an entry: 1, 2, 4 or 8.
        bits: u8,
        /// Entries.
        size: u32,
        /// What the bits say.
        purpose: String,
        /// Where the token is.
        url: String,
        /// Root of the chunk tree, all clear.
        status_root: Digest,
        /// Root of the issued tree.
        issued_root: Digest,
        /// SHA-256 of the signed token.
        token_digest: Digest,
        /// First second at which the publication is no longer good.
        valid_until: u64,
    },
    /// Publishes a status list anew.
    PublishStatus {
        /// Which.
        list: u32,
        /// One more than the last.
        version: u32,
        /// Root of the chunk tree.
        status_root: Digest,
        /// Root of the issued tree.
        issued_root: Digest,
        /// SHA-256 of the signed token.
        token_digest: Digest,
        /// First second at which the publication is no longer good.
        valid_until: u64,
    },
    /// Registers a relying party. Signed by an authority.
    RegisterRelyingParty {
        /// Who.
        verifier: IssuerId,
        /// Name in Chinese.
        name_zh: String,
        /// Name in English.
        name_en: String,
        /// What it may ask for.
        purposes: Vec<RelyingPurpose>,
        /// Thumbprints of its request keys.
        keys: Vec<Digest>,
        /// First second of its registration.
        valid_from: u64,
        /// First second after it.
        valid_to: u64,
    },
    /// Appends to a stream of the author's.
    AppendEntry {
        /// The stream.
        stream: String,
        /// The next number.
        seq: u64,
        /// What is recorded.
        digest: Digest,
    },
    /// Proposes an act of governance and votes for it. Signed by an authority.
    Propose {
        /// The act.
        act: GovernanceAct,
        /// From when on it is neither voted on nor carried out (milliseconds).
        expires_at_ms: u64,
    },
    /// Votes on a proposal, once. Signed by an authority.
    Vote {
        /// Which.
        proposal: u64,
        /// For it, or against it.
        approve: bool,
    },
    /// Carries out a proposal that has passed and whose wait is over. Signed by an authority.
    Execute {
        /// Which.
        proposal: u64,
    },
    /// Stops the recovery of the author's DID. Signed by the committed next key.
    VetoRecovery {
        /// Which proposal.
        proposal: u64,
    },
}

impl Operation {
    /// Its name, for lists of what happened.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::RegisterDid { .. } => "register_did",
            Self::UpdateDid { .. } => "update_did",
            Self::RotateControl { .. } => "rotate_control",
            Self::DeactivateDid => "deactivate_did",
            Self::AddKey { .. } => "add_key",
            Self::CancelKey { .. } => "cancel_key",
            Self::RevokeKey { .. } => "revoke_key",
            Self::Accredit { .. } => "accredit",
            Self::SuspendAccreditation { .. } => "suspend_accreditation",
            Self::ReinstateAccreditation { .. } => "reinstate_accreditation",
            Self::WithdrawAccreditation { .. } => "withdraw_accreditation",
            Self::RegisterType { .. } => "register_type",
            Self::OpenList { .. } => "open_list",
            Self::PublishStatus { .. } => "publish_status",
            Self::RegisterRelyingParty { .. } => "register_relying_party",
            Self::AppendEntry { .. } => "append_entry",
            Self::Propose { .. } => "propose",
            Self::Vote { .. } => "vote",
            Self::Execute { .. } => "execute",
            Self::VetoRecovery { .. } => "veto_recovery",
        }
    }
}

/// A transaction before it is signed.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Transaction {
    /// Genesis digest of the network that it is meant for.
    pub network: Digest,
    /// Whose control key signs it.
    pub author: IssuerId,
    /// The author's next nonce.
    pub nonce: u64,
    /// It is not executed in a block of this time or later (milliseconds).
    pub expires_at_ms: u64,
    /// What it does.
    pub operation: Operation,
}

/// A transaction and a signature over its exact bytes. That the signature verifies, and that its key
/// may speak for the author, is not said: see [`verify_signature`](Self::verify_signature).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTransaction {
    transaction: Transaction,
    bytes: Vec<u8>,
    key: VerifyingKey,
    signature: [u8; 64],
}

/// Why bytes are not a signed transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactionError {
    /// More than [`MAX_TRANSACTION`] bytes.
    #[error("the transaction is too large")]
    TooLarge,
    /// A version that this program does not know.
    #[error("the transaction has an unknown version")]
    Version,
    /// Not the fields of a transaction, or something left over.
    #[error("the transaction is malformed")]
    Malformed,
}

const VERSION: u8 = 1;
const SIGNING_TAG: &[u8] = b"yufu/transaction/v1";
const DIGEST_TAG: &[u8] = b"yufu/transaction-digest/v1";

#[derive(BorshSerialize, BorshDeserialize)]
struct Wire {
    version: u8,
    bytes: Vec<u8>,
    key: VerifyingKey,
    signature: [u8; 64],
}

impl Transaction {
    /// Signs it. The signer holds the author's control key, or for rotation, for cancelling a key and
    /// for a veto the committed next one.
    ///
    /// # Errors
    /// [`SignerError`] when no signature could be made.
    pub fn sign(self, signer: &dyn Signer) -> Result<SignedTransaction, SignerError> {
        let bytes = borsh_bytes(&self);
        let signature = signer.sign(&signing_input(&bytes))?;
        let signature = signature
            .try_into()
            .map_err(|_| SignerError::Device("the signature has an unexpected length".into()))?;
        Ok(SignedTransaction { transaction: self, bytes, key: signer.verifying_key().clone(), signature })
    }
}

impl SignedTransaction {
    /// What was signed.
    #[must_use]
    pub fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// The key that the signature names.
    #[must_use]
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// Checks the signature under `key`, which the caller took from the registry's state.
    ///
    /// # Errors
    /// [`SignatureError`] when it names another key or does not verify.
    pub fn verify_signature(&self, key: &VerifyingKey) -> Result<(), SignatureError> {
        if *key != self.key {
            return Err(SignatureError);
        }
        key.verify(&signing_input(&self.bytes), &self.signature)
    }

    /// Names the transaction by its content, without the signature, of which several may exist.
    #[must_use]
    pub fn digest(&self) -> Digest {
        sha256(&[DIGEST_TAG, &self.bytes])
    }

    /// The bytes for the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        borsh_bytes(&Wire {
            version: VERSION,
            bytes: self.bytes.clone(),
            key: self.key.clone(),
            signature: self.signature,
        })
    }

    /// The signed transaction in `bytes`.
    ///
    /// # Errors
    /// [`TransactionError`] by what does not hold.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TransactionError> {
        if bytes.len() > MAX_TRANSACTION {
            return Err(TransactionError::TooLarge);
        }
        if bytes.first().is_some_and(|&version| version != VERSION) {
            return Err(TransactionError::Version);
        }
        let wire = Wire::try_from_slice(bytes).map_err(|_| TransactionError::Malformed)?;
        let transaction =
            Transaction::try_from_slice(&wire.bytes).map_err(|_| TransactionError::Malformed)?;
        Ok(Self { transaction, bytes: wire.bytes, key: wire.key, signature: wire.signature })
    }
}

fn signing_input(bytes: &[u8]) -> Vec<u8> {
    [SIGNING_TAG, bytes].concat()
}
