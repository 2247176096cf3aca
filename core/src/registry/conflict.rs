//! Evidence that a network's operators showed two histories, in a form that anybody with the network's
//! key can check.

use super::{
    codec::{Malformed, Reader, write_short_bytes},
    header::SignedHeader,
    history,
    light_client::{LightClient, LightClientError},
};
use crate::crypto::Digest;

/// The first bytes of every piece of evidence: what it is, and its version.
const MAGIC: &[u8; 16] = b"yufu-conflict/1\n";

/// The longest evidence: two whole headers and a history path.
pub const MAX_EVIDENCE: usize = 16 << 10;

/// Evidence that the network's operators showed two histories: two certified headers that cannot both
/// be true. Only a [`LightClient`] makes one, so its certificates were verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub(super) first: SignedHeader,
    pub(super) second: SignedHeader,
    /// For headers of two heights: what the second one's history holds at the height of the first.
    pub(super) history: Option<(Digest, history::Path)>,
}

impl Conflict {
    /// The header that was seen first.
    #[must_use]
    pub fn first(&self) -> &SignedHeader {
        &self.first
    }

    /// The header that contradicts it.
    #[must_use]
    pub fn second(&self) -> &SignedHeader {
        &self.second
    }

    /// The evidence as bytes, to be handed to those who answer for the network and to other clients.
    /// Nothing in it tells of a person or of who exports it.
    ///
    /// # Errors
    /// [`Malformed`] never happens with headers that were verified; it is there so that nothing is cut.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Malformed> {
        let mut out = MAGIC.to_vec();
        write_short_bytes(&mut out, &self.first.to_bytes())?;
        write_short_bytes(&mut out, &self.second.to_bytes())?;
        out.push(u8::from(self.history.is_some()));
        if let Some((digest, path)) = &self.history {
            out.extend_from_slice(digest);
            write_short_bytes(&mut out, &path.to_bytes())?;
        }
        Ok(out)
    }

    /// What the bytes say; nothing of it is verified, so it must not leave this module as it is.
    fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > MAX_EVIDENCE {
            return Err(Malformed);
        }
        let mut reader = Reader(bytes.strip_prefix(MAGIC.as_slice()).ok_or(Malformed)?);
        let first = SignedHeader::from_bytes(reader.short_bytes()?)?;
        let second = SignedHeader::from_bytes(reader.short_bytes()?)?;
        let history = match reader.u8()? {
            0 => None,
            1 => Some((reader.digest()?, history::Path::from_bytes(reader.short_bytes()?)?)),
            _ => return Err(Malformed),
        };
        reader.finish()?;
        Ok(Self { first, second, history })
    }
}

impl LightClient {
    /// Verifies evidence that another client exported. If it holds, this client too trusts nothing of
    /// the network from then on.
    ///
    /// # Errors
    /// [`LightClientError::NoConflict`] when the headers can both be true; by what does not hold when
    /// one of them is not certified by the validators that this client knows, or the history path does
    /// not lead to the second one's root. The client is then as before.
    pub fn accept_evidence(&mut self, bytes: &[u8]) -> Result<(), LightClientError> {
        let conflict = self.check_evidence(bytes)?;
        if self.conflict.is_none() {
            self.conflict = Some(conflict);
        }
        Ok(())
    }

    pub(super) fn check_evidence(&self, bytes: &[u8]) -> Result<Conflict, LightClientError> {
        let conflict = Conflict::parse(bytes)?;
        let first = self.certify(&conflict.first)?;
        let second = self.certify(&conflict.second)?;
        match &conflict.history {
            None if first.height() == second.height() => {}
            Some((digest, path)) if first.height() < second.height() => {
                let root = second.rest().ok_or(LightClientError::Folded)?.history;
                path.verify(&root, second.height(), first.height(), digest)?;
                if digest == first.digest() {
                    return Err(LightClientError::NoConflict);
                }
                return Ok(conflict);
            }
            _ => return Err(LightClientError::NoConflict),
        }
        if first.digest() == second.digest() {
            return Err(LightClientError::NoConflict);
        }
        Ok(conflict)
    }
}
