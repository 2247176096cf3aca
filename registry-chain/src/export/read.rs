//! Reading an export: one record at a time, believed as a whole or not at all.

use super::{CONTENT_TAG, ExportError, MAGIC, MAX_KEY, MAX_RECORDS, SIGNATURE, signing_input};
use sha2::{Digest as _, Sha256};
use std::{collections::HashMap, io::Read};
use yufu_core::{
    crypto::{Digest, VerifyingKey, sha256},
    did::yufu::IssuerId,
    registry::{
        DidRecord, LightClient, LightClientError, MAX_RECORD, MAX_SIGNED_HEADER, NetworkKey, Origin, Policy,
        Record as _, RecordError, RecordKey, SignedHeader, Tree, tree_root,
    },
};

/// An export of which everything holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The network, height and header, and the digest of the records.
    pub origin: Origin,
    /// The rules at that height.
    pub policy: Policy,
    /// The authority that signed.
    pub author: IssuerId,
    /// How many records.
    pub records: u64,
}

/// Reads an export to its end and checks all of it: the header's certificate under the network's `key`,
/// the roots that follow from the records, and the signature. It keeps 64 bytes a record.
///
/// # Errors
/// [`ExportError`] by the first thing that does not hold.
pub fn verify(from: impl Read, key: &NetworkKey) -> Result<Verified, ExportError> {
    let mut export = Parser::new(from)?;
    let header = *export.signed.header();
    // Old or not, it is the last word of its network: its own time stands in for the clock.
    LightClient::new(key.clone()).verify_header(&export.signed, header.time_ms)?;
    let rest = *export.signed.rest().ok_or(LightClientError::Folded)?;
    let (mut trust, mut records) = (Vec::new(), Vec::new());
    let mut policy: Option<Policy> = None;
    let mut authorities: HashMap<IssuerId, VerifyingKey> = HashMap::new();
    while let Some((key, value)) = export.next_record()? {
        let hashes = match key.tree() {
            Tree::Trust => &mut trust,
            Tree::Records => &mut records,
        };
        hashes.push((key.hash(), sha256(&[&value])));
        match key {
            RecordKey::Policy => policy = Some(Policy::from_bytes(&value).map_err(ExportError::Policy)?),
            // The policy's key comes before all others.
            RecordKey::Did { issuer }
                if policy.as_ref().is_some_and(|policy| policy.authorities.contains(&issuer)) =>
            {
                let did = DidRecord::from_bytes(&value)
                    .map_err(|_| ExportError::Malformed("an authority's DID"))?;
                if did.deactivated_at_ms.is_none() {
                    authorities.insert(issuer, did.control_key);
                }
            }
            _ => {}
        }
    }
    let end = export.finish()?;
    for (tree, hashes, root) in
        [(Tree::Trust, trust, header.trust_root), (Tree::Records, records, rest.records_root)]
    {
        if tree_root(hashes) != Some(root) {
            return Err(ExportError::Roots(tree));
        }
    }
    let policy = policy.ok_or(ExportError::Policy(RecordError::Malformed))?;
    let key = authorities.get(&end.author).ok_or(ExportError::NotAnAuthority(end.author))?;
    key.verify(&signing_input(&header.network, &end.author, &end.digest), &end.signature)?;
    let origin = Origin {
        network: header.network,
        height: header.height,
        header: header.digest(),
        time_ms: header.time_ms,
        export: end.digest,
    };
    Ok(Verified { origin, policy, author: end.author, records: end.records })
}

/// Takes an export apart, from its beginning to its end.
pub(super) struct Parser<R> {
    from: R,
    hasher: Sha256,
    /// The header with its certificate, not verified.
    pub(super) signed: SignedHeader,
    last: Option<Vec<u8>>,
    records: u64,
}

/// What follows the records.
pub(super) struct End {
    pub(super) digest: Digest,
    pub(super) author: IssuerId,
    pub(super) signature: [u8; SIGNATURE],
    pub(super) records: u64,
}

impl<R: Read> Parser<R> {
    pub(super) fn new(mut from: R) -> Result<Self, ExportError> {
        let mut hasher = Sha256::new_with_prefix(CONTENT_TAG);
        let magic: [u8; 12] = take(&mut from, &mut hasher)?;
        if magic != *MAGIC {
            return Err(ExportError::NotAnExport);
        }
        let length = usize::from(u16::from_be_bytes(take(&mut from, &mut hasher)?));
        if length > MAX_SIGNED_HEADER {
            return Err(ExportError::Malformed("the header's length"));
        }
        let header = take_vec(&mut from, &mut hasher, length)?;
        let signed = SignedHeader::from_bytes(&header).map_err(|_| ExportError::Malformed("the header"))?;
        Ok(Self { from, hasher, signed, last: None, records: 0 })
    }

    /// The next record; none after the last.
    pub(super) fn next_record(&mut self) -> Result<Option<(RecordKey, Vec<u8>)>, ExportError> {
        let length = usize::from(u16::from_be_bytes(take(&mut self.from, &mut self.hasher)?));
        if length == 0 {
            return Ok(None);
        }
        if length > MAX_KEY {
            return Err(ExportError::Malformed("a key's length"));
        }
        self.records += 1;
        if self.records > MAX_RECORDS {
            return Err(ExportError::TooMany);
        }
        let bytes = take_vec(&mut self.from, &mut self.hasher, length)?;
        if self.last.as_ref().is_some_and(|last| *last >= bytes) {
            return Err(ExportError::Malformed("the records are not in order"));
        }
        let key: RecordKey = borsh::from_slice(&bytes).map_err(|_| ExportError::Malformed("a key"))?;
        let length = u32::from_be_bytes(take(&mut self.from, &mut self.hasher)?);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > MAX_RECORD {
            return Err(ExportError::Malformed("a value's length"));
        }
        let value = take_vec(&mut self.from, &mut self.hasher, length)?;
        self.last = Some(bytes);
        Ok(Some((key, value)))
    }

    /// What follows the last record, after which there is nothing.
    pub(super) fn finish(mut self) -> Result<End, ExportError> {
        let count = u64::from_be_bytes(take(&mut self.from, &mut self.hasher)?);
        if count != self.records {
            return Err(ExportError::Malformed("the number of records"));
        }
        let digest = self.hasher.finalize().into();
        let mut unhashed = Sha256::new();
        let author = IssuerId(take(&mut self.from, &mut unhashed)?);
        let signature = take(&mut self.from, &mut unhashed)?;
        if self.from.read(&mut [0])? != 0 {
            return Err(ExportError::TrailingBytes);
        }
        Ok(End { digest, author, signature, records: self.records })
    }
}

fn take<const N: usize>(from: &mut impl Read, hasher: &mut Sha256) -> Result<[u8; N], ExportError> {
    let mut bytes = [0; N];
    fill(from, &mut bytes)?;
    hasher.update(bytes);
    Ok(bytes)
}

/// `length` is bounded by the caller.
fn take_vec(from: &mut impl Read, hasher: &mut Sha256, length: usize) -> Result<Vec<u8>, ExportError> {
    let mut bytes = vec![0; length];
    fill(from, &mut bytes)?;
    hasher.update(&bytes);
    Ok(bytes)
}

fn fill(from: &mut impl Read, bytes: &mut [u8]) -> Result<(), ExportError> {
    from.read_exact(bytes).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => ExportError::Truncated,
        _ => ExportError::Io(error),
    })
}
