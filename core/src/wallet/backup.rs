//! Export: everything that the owner may read, in one file under a passphrase of its own.

use super::{
    error::WalletError,
    record::Records,
    vault::{VaultError, open_with_passphrase, seal_with_passphrase},
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// How an export begins.
const MAGIC: &[u8] = b"yufu-wallet-export-1\n";

/// The export: [`MAGIC`], then JSON sealed under Argon2id of the passphrase.
pub(super) fn seal(records: &Records<'_>, passphrase: &str, now_ms: u64) -> Result<Vec<u8>, WalletError> {
    if passphrase.is_empty() {
        return Err(VaultError::PassphraseNeeded.into());
    }
    let mut credentials = Vec::new();
    for record in records.credentials()? {
        let mut copies = Vec::new();
        for copy in &record.copies {
            copies.push(Value::from(records.copy(&copy.id)?.compact));
        }
        credentials.push(json!({
            "id": record.id,
            "vct": record.vct,
            "issuer": record.issuer_did,
            "issuer_name": record.issuer,
            "title": record.words.title,
            "received_at_ms": record.received_at_ms,
            "copies": copies,
        }));
    }
    let document = json!({
        "exported_at_ms": now_ms,
        "credentials": credentials,
        "history": records.history()?,
    });
    let text = Zeroizing::new(serde_json::to_vec(&document).map_err(|_| WalletError::Record)?);
    let sealed = seal_with_passphrase(passphrase, MAGIC, &text, records.random)?;
    Ok([MAGIC, &sealed].concat())
}

/// Reads an export: JSON with `credentials` (each with its copies in compact form) and `history`.
///
/// # Errors
/// [`VaultError::Tampered`] when it is no export, [`VaultError::WrongPassphrase`] when it does not open.
pub fn open(export: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let sealed = export.strip_prefix(MAGIC).ok_or(VaultError::Tampered)?;
    open_with_passphrase(passphrase, MAGIC, sealed)
}
