//! What is checked about a transaction without looking at the state: its network, its signature, and
//! whether its fields are what they should be.

use super::names::is_name;
use std::net::SocketAddr;
use yufu_core::{
    crypto::{Digest, sha256},
    registry::{
        GovernanceAct, MAX_TRANSACTION, Operation, RejectReason, RelyingPurpose, RevocationReason, Service,
        SignedTransaction, Transaction,
    },
    status::{MIN_LIST_SIZE, is_shape},
};

/// The most bits of a status list, so that its all-clear root takes every node well under a second:
/// 10^8 entries of two bits fit.
const MAX_LIST_BITS: u64 = 1 << 28;

const MAX_URL: usize = 512;
const MAX_TEXT: usize = 256;
const MAX_ITEMS: usize = 16;
const MAX_CLAIMS: usize = 64;
const MAX_AUTHORITIES: usize = 64;

/// A transaction for this network whose signature verifies under the key that it names, and whose
/// fields are in order. That the key may speak for the author is a question for the state.
#[derive(Clone, Copy, Debug)]
pub struct CheckedTransaction<'a> {
    signed: &'a SignedTransaction,
    digest: Digest,
    bytes_digest: Digest,
    size: u32,
}

impl<'a> CheckedTransaction<'a> {
    /// What is to be done, for whom.
    #[must_use]
    pub fn transaction(&self) -> &'a Transaction {
        self.signed.transaction()
    }

    /// The transaction with its verified signature.
    #[must_use]
    pub fn signed(&self) -> &'a SignedTransaction {
        self.signed
    }

    /// Names the transaction.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// SHA-256 of its bytes with the signature: what the block's body binds.
    pub(super) fn bytes_digest(&self) -> Digest {
        self.bytes_digest
    }

    /// Bytes on the wire.
    pub(super) fn size(&self) -> u32 {
        self.size
    }
}

/// Checks a transaction by itself.
///
/// # Errors
/// [`RejectReason`]: `too_large`, `wrong_network`, `bad_signature`, or what is wrong with a field.
pub fn check_stateless<'a>(
    signed: &'a SignedTransaction,
    network: &Digest,
) -> Result<CheckedTransaction<'a>, RejectReason> {
    let bytes = signed.to_bytes();
    if bytes.len() > MAX_TRANSACTION {
        return Err(RejectReason::TooLarge);
    }
    let size = u32::try_from(bytes.len()).map_err(|_| RejectReason::TooLarge)?;
    if signed.transaction().network != *network {
        return Err(RejectReason::WrongNetwork);
    }
    check_operation(&signed.transaction().operation)?;
    signed.verify_signature(signed.key()).map_err(|_| RejectReason::BadSignature)?;
    Ok(CheckedTransaction { signed, digest: signed.digest(), bytes_digest: sha256(&[&bytes]), size })
}

fn check_operation(operation: &Operation) -> Result<(), RejectReason> {
    match operation {
        Operation::RegisterDid { also_known_as, services, .. }
        | Operation::UpdateDid { also_known_as, services } => check_document(also_known_as, services),
        Operation::RotateControl { .. }
        | Operation::DeactivateDid
        | Operation::CancelKey { .. }
        | Operation::SuspendAccreditation { .. }
        | Operation::ReinstateAccreditation { .. }
        | Operation::WithdrawAccreditation { .. } => Ok(()),
        Operation::AddKey { valid_from, valid_to, .. } => check_interval(*valid_from, *valid_to),
        Operation::RevokeKey { reason, compromised_since, .. } => {
            let compromised = *reason == RevocationReason::KeyCompromise;
            if compromised == compromised_since.is_some() { Ok(()) } else { Err(RejectReason::BadInterval) }
        }
        Operation::Accredit { vct, name_zh, name_en, valid_from, valid_to, .. } => {
            check_vct(vct)?;
            check_names(name_zh, name_en)?;
            check_interval(*valid_from, *valid_to)
        }
        Operation::RegisterType { vct, metadata_url, .. } => {
            check_vct(vct)?;
            check_url(metadata_url)
        }
        Operation::OpenList { vct, bits, size, purpose, url, .. } => {
            check_vct(vct)?;
            check_text(purpose, MAX_TEXT)?;
            check_url(url)?;
            // In a crowd smaller than a list's smallest size an index would point at a person.
            let fits = *size >= MIN_LIST_SIZE && u64::from(*bits) * u64::from(*size) <= MAX_LIST_BITS;
            if is_shape(*bits, *size) && fits { Ok(()) } else { Err(RejectReason::BadListShape) }
        }
        Operation::PublishStatus { .. } => Ok(()),
        Operation::RegisterRelyingParty {
            name_zh, name_en, purposes, keys, valid_from, valid_to, ..
        } => {
            check_names(name_zh, name_en)?;
            check_interval(*valid_from, *valid_to)?;
            check_count(purposes.len(), MAX_ITEMS)?;
            check_count(keys.len(), MAX_ITEMS)?;
            purposes.iter().try_for_each(check_purpose)
        }
        Operation::AppendEntry { stream, .. } => check_text(stream, MAX_TEXT),
        Operation::Propose { act, .. } => check_act(act),
        Operation::Vote { .. } | Operation::Execute { .. } | Operation::VetoRecovery { .. } => Ok(()),
    }
}

fn check_act(act: &GovernanceAct) -> Result<(), RejectReason> {
    match act {
        GovernanceAct::Accredit(terms) => {
            check_vct(&terms.vct)?;
            check_names(&terms.name_zh, &terms.name_en)?;
            check_interval(terms.valid_from, terms.valid_to)
        }
        GovernanceAct::SuspendAccreditation { vct, .. }
        | GovernanceAct::ReinstateAccreditation { vct, .. }
        | GovernanceAct::WithdrawAccreditation { vct, .. } => check_vct(vct),
        GovernanceAct::ChangePolicy { policy } => check_count(policy.authorities.len(), MAX_AUTHORITIES),
        GovernanceAct::PutValidator { endpoint, .. } => match endpoint.parse::<SocketAddr>() {
            // One address, one text.
            Ok(address) if address.port() != 0 && address.to_string() == *endpoint => Ok(()),
            _ => Err(RejectReason::BadField),
        },
        GovernanceAct::RecoverDid { .. } | GovernanceAct::RemoveValidator { .. } => Ok(()),
    }
}

fn check_document(also_known_as: &[String], services: &[Service]) -> Result<(), RejectReason> {
    check_count(also_known_as.len(), MAX_ITEMS)?;
    check_count(services.len(), MAX_ITEMS)?;
    also_known_as.iter().try_for_each(|name| check_text(name, MAX_TEXT))?;
    services.iter().try_for_each(|service| {
        check_text(&service.kind, MAX_TEXT)?;
        check_url(&service.url)
    })
}

fn check_purpose(purpose: &RelyingPurpose) -> Result<(), RejectReason> {
    check_vct(&purpose.vct)?;
    check_names(&purpose.text_zh, &purpose.text_en)?;
    check_count(purpose.claims.len(), MAX_CLAIMS)?;
    let fits = |claim: &String| (1..=MAX_TEXT).contains(&claim.len()) && !claim.chars().any(char::is_control);
    if purpose.claims.iter().all(fits) { Ok(()) } else { Err(RejectReason::BadField) }
}

/// A type is an https URL in its owner's control.
fn check_vct(vct: &str) -> Result<(), RejectReason> {
    check_text(vct, MAX_TEXT)?;
    if vct.starts_with("https://") { Ok(()) } else { Err(RejectReason::BadField) }
}

/// Plain http is for loopback; that is the business of whoever fetches.
fn check_url(url: &str) -> Result<(), RejectReason> {
    check_text(url, MAX_URL)?;
    let known = url.starts_with("https://") || url.starts_with("http://");
    if known { Ok(()) } else { Err(RejectReason::BadField) }
}

/// Visible ASCII, so that one text has one form.
fn check_text(text: &str, max: usize) -> Result<(), RejectReason> {
    let fits = (1..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if fits { Ok(()) } else { Err(RejectReason::BadField) }
}

fn check_names(zh: &str, en: &str) -> Result<(), RejectReason> {
    if is_name(zh) && is_name(en) { Ok(()) } else { Err(RejectReason::BadName) }
}

fn check_interval(from: u64, to: u64) -> Result<(), RejectReason> {
    if from < to { Ok(()) } else { Err(RejectReason::BadInterval) }
}

fn check_count(count: usize, max: usize) -> Result<(), RejectReason> {
    if count <= max { Ok(()) } else { Err(RejectReason::BadField) }
}
