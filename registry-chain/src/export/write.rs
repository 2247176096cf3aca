//! Writing an export.

use super::{CONTENT_TAG, ExportError, MAGIC, MAX_KEY, MAX_RECORDS, SIGNATURE, signing_input};
use crate::state::Reader;
use sha2::{Digest as _, Sha256};
use std::io::Write;
use yufu_core::{
    crypto::{Digest, Signer, sha256},
    did::yufu::IssuerId,
    registry::{DidRecord, MAX_RECORD, Policy, Record as _, RecordKey, SignedHeader, Tree, tree_root},
};

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The certified height that the records stand under.
    pub height: u64,
    /// Digest of its header.
    pub header: Digest,
    /// How many records.
    pub records: u64,
    /// Digest of the content: what a genesis that begins with it names.
    pub digest: Digest,
}

/// Writes all records at the newest certified height to `out`, one after the other, and signs them as the
/// authority `author`. The node that the reader belongs to may be running.
///
/// # Errors
/// [`ExportError`] by what failed; what was written until then is no export.
pub fn write(
    reader: &Reader,
    author: IssuerId,
    signer: &dyn Signer,
    out: &mut dyn Write,
) -> Result<Exported, ExportError> {
    let signed = reader.newest_certificate()?.ok_or(ExportError::NotCertified)?;
    let header = *signed.header();
    check_author(reader, author, signer)?;
    let mut content = Hashed { out, hasher: Sha256::new_with_prefix(CONTENT_TAG) };
    begin(&mut content, &signed)?;
    let (mut count, mut trust, mut records) = (0_u64, Vec::new(), Vec::new());
    reader.each_record(header.height, |key, value| {
        count += 1;
        if count > MAX_RECORDS {
            return Err(ExportError::TooMany);
        }
        let hashes = match key.tree() {
            Tree::Trust => &mut trust,
            Tree::Records => &mut records,
        };
        hashes.push((key.hash(), sha256(&[value])));
        let key = borsh::to_vec(key).map_err(|_| ExportError::Malformed("a key"))?;
        if key.len() > MAX_KEY || value.len() > MAX_RECORD {
            return Err(ExportError::Malformed("a record"));
        }
        content.length_16(key.len())?;
        content.put(&key)?;
        content.put(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes())?;
        content.put(value)
    })?;
    content.length_16(0)?;
    content.put(&count.to_be_bytes())?;
    let Hashed { out, hasher } = content;
    let digest: Digest = hasher.finalize().into();
    // An authority signs nothing that an importer would refuse.
    let rest = signed.rest().ok_or(ExportError::Malformed("the header is folded"))?;
    for (tree, hashes, root) in
        [(Tree::Trust, trust, header.trust_root), (Tree::Records, records, rest.records_root)]
    {
        if tree_root(hashes) != Some(root) {
            return Err(ExportError::Roots(tree));
        }
    }
    let signature = signer.sign(&signing_input(&header.network, &author, &digest))?;
    let signature: [u8; SIGNATURE] =
        signature.try_into().map_err(|_| ExportError::Malformed("the signature's length"))?;
    out.write_all(&author.0)?;
    out.write_all(&signature)?;
    Ok(Exported { height: header.height, header: header.digest(), records: count, digest })
}

fn begin(content: &mut Hashed<'_>, signed: &SignedHeader) -> Result<(), ExportError> {
    content.put(MAGIC)?;
    let header = signed.to_bytes();
    content.length_16(header.len())?;
    content.put(&header)
}

/// Whether an importer will take the signature.
fn check_author(reader: &Reader, author: IssuerId, signer: &dyn Signer) -> Result<(), ExportError> {
    let policy: Policy = reader.policy()?;
    let did = reader.record(&RecordKey::Did { issuer: author })?;
    let did = did.filter(|_| policy.authorities.contains(&author));
    let did = did.ok_or(ExportError::NotAnAuthority(author))?;
    let did = DidRecord::from_bytes(&did).map_err(|_| ExportError::Malformed("the authority's DID"))?;
    if did.control_key == *signer.verifying_key() { Ok(()) } else { Err(ExportError::WrongKey) }
}

/// Hashes what it writes.
struct Hashed<'a> {
    out: &'a mut dyn Write,
    hasher: Sha256,
}

impl Hashed<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.hasher.update(bytes);
        Ok(self.out.write_all(bytes)?)
    }

    fn length_16(&mut self, length: usize) -> Result<(), ExportError> {
        let length = u16::try_from(length).map_err(|_| ExportError::Malformed("a length"))?;
        self.put(&length.to_be_bytes())
    }
}
