//! Who the agency is on the registry: its DID, its control keys, its credential keys.

use crate::{
    config::Config,
    db::{
        Database, DbError,
        keys::{self, KeyRow, KeyState, Role},
        set_setting, setting,
    },
    keys::{KeyFileError, KeyFiles},
    pki::{PkiError, Root},
};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use yufu_core::{
    Random,
    crypto::{Algorithm, Digest, Signer, SoftwareKey},
    did::yufu::{IssuerId, YufuDid, YufuDidError},
    registry::client::hex,
    time::{DAY, start_of_day},
};

/// Why there is no identity to issue under.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A key file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// A certificate.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The DID in the database is none: the file was edited.
    #[error("the database holds a malformed DID: {0}")]
    Did(#[from] YufuDidError),
    /// A key that the database names is not there.
    #[error("the database names no {0} key")]
    NoKey(&'static str),
    /// Nothing was started here yet.
    #[error("this agency has no identity yet: start `serve` once")]
    NotFounded,
    /// The key is not one of this agency's credential keys.
    #[error("no credential key has the thumbprint {0}")]
    UnknownKey(String),
    /// The key is revoked, or about to be.
    #[error("the key is revoked already")]
    AlreadyRevoked,
}

const DID: &str = "did";

/// The DID of this agency, if it has one yet.
///
/// # Errors
/// [`IdentityError`] by what failed.
pub fn did(db: &Database) -> Result<Option<YufuDid>, IdentityError> {
    let text = db.read(|c| setting(c, DID))?;
    Ok(match text {
        Some(text) => Some(String::from_utf8_lossy(&text).parse()?),
        None => None,
    })
}

/// Makes the agency's first keys and with them its DID in the network of that name.
///
/// # Errors
/// [`IdentityError`] by what failed; then nothing but unused key files is left.
pub fn found(
    config: &Config,
    db: &Database,
    files: &KeyFiles,
    network: &str,
    now: u64,
    random: &dyn Random,
) -> Result<YufuDid, IdentityError> {
    let control = new_file(config, files, Algorithm::Es256, random)?;
    let next = new_file(config, files, Algorithm::Es256, random)?;
    let id = IssuerId::from_inception(control.0.verifying_key(), &next.1.thumbprint);
    let did = YufuDid::new(network, id)?;
    let credential = new_credential_key(config, files, &did, now, random)?;
    let text = did.to_string();
    db.write(move |c| {
        keys::insert(c, Role::Control, &control.1)?;
        keys::insert(c, Role::NextControl, &next.1)?;
        keys::insert(c, Role::Credential, &credential)?;
        set_setting(c, DID, text.as_bytes())
    })?;
    tracing::info!(%did, "identity founded");
    Ok(did)
}

/// Makes a new credential key, which takes over once it and its lists are final. Credentials signed
/// with the old one stay valid. Gives its thumbprint.
///
/// # Errors
/// [`IdentityError`] by what failed.
pub fn rotate_key(
    config: &Config,
    db: &Database,
    files: &KeyFiles,
    now: u64,
    random: &dyn Random,
) -> Result<Digest, IdentityError> {
    let did = did(db)?.ok_or(IdentityError::NotFounded)?;
    let key = new_credential_key(config, files, &did, now, random)?;
    let thumbprint = key.thumbprint;
    db.write(move |c| keys::insert(c, Role::Credential, &key))?;
    tracing::info!(key = %hex(&thumbprint), "new credential key");
    Ok(thumbprint)
}

/// Revokes a credential key: as compromised since a time (milliseconds), or in good order. Nothing is
/// signed with it from now on; if it was the newest, a new one is made in its place.
///
/// # Errors
/// [`IdentityError`] by what failed.
pub fn revoke_key(
    config: &Config,
    db: &Database,
    files: &KeyFiles,
    thumbprint: Digest,
    compromised_since: Option<u64>,
    now: u64,
    random: &dyn Random,
) -> Result<(), IdentityError> {
    let did = did(db)?.ok_or(IdentityError::NotFounded)?;
    let all = db.read(|c| keys::of_role(c, Role::Credential))?;
    let known = all.iter().find(|k| k.thumbprint == thumbprint);
    let known = known.ok_or_else(|| IdentityError::UnknownKey(hex(&thumbprint)))?;
    if matches!(known.state, KeyState::Revoking | KeyState::Revoked) {
        return Err(IdentityError::AlreadyRevoked);
    }
    let is_newest = all.first().is_some_and(|newest| newest.thumbprint == thumbprint);
    let replacement =
        if is_newest { Some(new_credential_key(config, files, &did, now, random)?) } else { None };
    db.write(move |c| {
        keys::revoke(c, &thumbprint, compromised_since)?;
        replacement.iter().try_for_each(|key| keys::insert(c, Role::Credential, key))
    })?;
    tracing::warn!(key = %hex(&thumbprint), compromised = compromised_since.is_some(), "credential key revoked");
    Ok(())
}

/// The agency's credential keys, the newest first.
///
/// # Errors
/// [`IdentityError::Db`] when the database fails.
pub fn credential_keys(db: &Database) -> Result<Vec<KeyRow>, IdentityError> {
    Ok(db.read(|c| keys::of_role(c, Role::Credential))?)
}

fn new_credential_key(
    config: &Config,
    files: &KeyFiles,
    did: &YufuDid,
    now: u64,
    random: &dyn Random,
) -> Result<KeyRow, IdentityError> {
    let root_files = config.pki.keys.as_ref().map(KeyFiles::new).transpose()?;
    let root = Root::open(&config.pki.root, root_files.as_ref().unwrap_or(files))?;
    let (key, mut row) = new_file(config, files, Algorithm::Es256, random)?;
    let today = start_of_day(now);
    row.valid_from = today.saturating_sub(config.pki.backdate_days * DAY);
    row.valid_to = today + config.pki.lifetime_days * DAY;
    row.certificate =
        root.leaf(&did.to_string(), key.verifying_key(), row.valid_from, row.valid_to, random)?;
    Ok(row)
}

/// A new key in a file of its own, with the row that names it.
pub(crate) fn new_file(
    config: &Config,
    files: &KeyFiles,
    algorithm: Algorithm,
    random: &dyn Random,
) -> Result<(SoftwareKey, KeyRow), KeyFileError> {
    let key = SoftwareKey::generate(algorithm, random)?;
    let thumbprint = key.verifying_key().thumbprint();
    let file = format!("{}.pem", &hex(&thumbprint)[..16]);
    files.write(&config.keys_folder().join(&file), &key, random)?;
    let row = KeyRow {
        thumbprint,
        file,
        certificate: Vec::new(),
        valid_from: 0,
        valid_to: 0,
        state: KeyState::Pending,
        compromised_since: None,
    };
    Ok((key, row))
}

/// Signers by thumbprint, opened once: a key never changes.
pub struct Signers {
    folder: PathBuf,
    files: KeyFiles,
    open: Mutex<HashMap<Digest, Arc<SoftwareKey>>>,
}

impl Signers {
    /// The signers of a folder of key files.
    #[must_use]
    pub fn new(folder: PathBuf, files: KeyFiles) -> Self {
        Self { folder, files, open: Mutex::new(HashMap::new()) }
    }

    /// The signer of a key.
    ///
    /// # Errors
    /// [`KeyFileError`] when its file does not open or holds another key.
    pub fn signer(&self, key: &KeyRow) -> Result<Arc<SoftwareKey>, KeyFileError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signer) = open.get(&key.thumbprint) {
            return Ok(Arc::clone(signer));
        }
        let path = self.folder.join(&key.file);
        let signer = Arc::new(self.files.read(&path)?);
        if signer.verifying_key().thumbprint() != key.thumbprint {
            return Err(KeyFileError::Malformed(path));
        }
        open.insert(key.thumbprint, Arc::clone(&signer));
        Ok(signer)
    }
}
