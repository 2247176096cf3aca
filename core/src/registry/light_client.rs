//! The light client: what a phone or a counter keeps of the registry, and how it comes to believe
//! anything about it.

use super::{
    certificate::CertificateError,
    checkpoint::{Checkpoint, VerifiedHeader},
    codec::{Malformed, Reader, write_short_bytes},
    conflict::Conflict,
    handover::{Ended, OVERLAP_MS},
    header::SignedHeader,
    history,
    network_key::NetworkKey,
    proof::{CompactProof, ProofError},
    record_key::RecordKey,
    staple::{Staple, StapleError, StapleQuery, StapleReport},
};
use crate::crypto::Digest;
use std::collections::VecDeque;

/// A verified header further ahead of the raw clock than this means that the clock is wrong: 2 minutes.
pub const CLOCK_TOLERANCE_MS: u64 = 2 * 60 * 1000;

/// How long a validator set is believed after a header's time: 90 days.
pub const TRUST_PERIOD_MS: u64 = 90 * 24 * 60 * 60 * 1000;

/// Verified headers that are remembered, so that each is paid for once.
const REMEMBERED: usize = 64;

/// Why a header is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LightClientError {
    /// Not the bytes of what was expected.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It is of another network.
    #[error("the header belongs to another network")]
    WrongNetwork,
    /// It is of another epoch than the one whose validators are known.
    #[error("the header belongs to another epoch than the validators that are known")]
    WrongEpoch,
    /// It names another validator set than the one that is known.
    #[error("the header names other validators than those that are known")]
    WrongSet,
    /// Its certificate does not hold.
    #[error(transparent)]
    BadCertificate(#[from] CertificateError),
    /// It is verified and more than two minutes ahead of this device's clock.
    #[error("this device's clock is at least {} s behind the registry", .behind_ms / 1000)]
    ClockWrong {
        /// By how much (milliseconds).
        behind_ms: u64,
    },
    /// Two certified headers contradict each other; neither is trusted.
    #[error("the registry's operators have shown two histories")]
    NetworkConflict,
    /// What is said to be evidence of two histories is none: both headers can be true.
    #[error("the two headers do not contradict each other")]
    NoConflict,
    /// It is older than the trust period.
    #[error("the header is older than the trust period of 90 days")]
    TooOld,
    /// A proof does not hold.
    #[error(transparent)]
    BadProof(#[from] ProofError),
    /// A history path does not hold.
    #[error(transparent)]
    BadHistory(#[from] history::PathError),
    /// The header came folded where the whole one is needed.
    #[error("the header came without the fields that are needed")]
    Folded,
    /// It is not the last header of its epoch, or the validators are not the ones that it hands over to.
    #[error("the header does not hand over to these validators")]
    NoHandover,
}

/// What a phone or a counter keeps: the network's key, the newest header seen, and evidence of conflict
/// if there ever was any.
///
/// A client's *now* is the later of its own clock and the newest verified header's time.
#[derive(Clone, Debug)]
pub struct LightClient {
    key: NetworkKey,
    /// The epoch before, if the client was there.
    ended: Option<Ended>,
    newest: Option<Checkpoint>,
    /// Time of the newest header ever verified.
    newest_ms: u64,
    pub(super) conflict: Option<Conflict>,
    remembered: VecDeque<Checkpoint>,
}

impl LightClient {
    /// A client that trusts `key` and has seen nothing yet.
    #[must_use]
    pub fn new(key: NetworkKey) -> Self {
        Self { key, ended: None, newest: None, newest_ms: 0, conflict: None, remembered: VecDeque::new() }
    }

    /// The network's key.
    #[must_use]
    pub fn key(&self) -> &NetworkKey {
        &self.key
    }

    /// How many validators there are. With one, nobody but it vouches for the registry: screens say so.
    #[must_use]
    pub fn operators(&self) -> usize {
        self.key.set.len()
    }

    /// The later of the raw clock and the newest verified header's time (milliseconds).
    #[must_use]
    pub fn now_ms(&self, clock_ms: u64) -> u64 {
        clock_ms.max(self.newest_ms)
    }

    /// The newest header seen.
    #[must_use]
    pub fn newest(&self) -> Option<&Checkpoint> {
        self.newest.as_ref()
    }

    /// Evidence that the operators showed two histories. While it is there nothing is believed.
    #[must_use]
    pub fn conflict(&self) -> Option<&Conflict> {
        self.conflict.as_ref()
    }

    /// Verifies a header, and adopts it when it is newer than the newest.
    ///
    /// `clock_ms` is the device's raw clock.
    ///
    /// # Errors
    /// [`LightClientError`] by what does not hold, in this order: an earlier conflict, network, epoch,
    /// set, certificate, conflict with a header seen before, clock, age.
    pub fn verify_header(
        &mut self,
        signed: &SignedHeader,
        clock_ms: u64,
    ) -> Result<VerifiedHeader, LightClientError> {
        if self.conflict.is_some() {
            return Err(LightClientError::NetworkConflict);
        }
        self.check_epoch(signed, self.now_ms(clock_ms))?;
        let remembered = self.remembered.iter().find(|seen| seen.signed_header == *signed);
        let header = match remembered {
            Some(seen) => seen.header,
            None => self.certify(signed)?,
        };
        let known = self.newest.iter().chain(&self.remembered);
        let contradicts = |seen: &&Checkpoint| {
            seen.header.height() == header.height() && seen.header.digest() != header.digest()
        };
        if let Some(first) = known.into_iter().find(contradicts) {
            let first = first.signed_header.clone();
            self.conflict = Some(Conflict { first, second: signed.clone(), history: None });
            return Err(LightClientError::NetworkConflict);
        }
        let behind_ms = header.time_ms().saturating_sub(clock_ms);
        if behind_ms > CLOCK_TOLERANCE_MS {
            return Err(LightClientError::ClockWrong { behind_ms });
        }
        if self.now_ms(clock_ms).saturating_sub(header.time_ms()) > TRUST_PERIOD_MS {
            return Err(LightClientError::TooOld);
        }
        self.remember(signed, header);
        Ok(header)
    }

    /// Checks that at `header` the record has this value, or, without one, does not exist.
    ///
    /// # Errors
    /// [`LightClientError::BadProof`] when the proof does not hold, [`LightClientError::Folded`] when the
    /// record is of the records tree and the header came without that tree's root,
    /// [`LightClientError::WrongNetwork`] when the header was verified for another network,
    /// [`LightClientError::NetworkConflict`] while there is one.
    pub fn verify_record(
        &self,
        header: &VerifiedHeader,
        key: &RecordKey,
        value: Option<&[u8]>,
        proof: &CompactProof,
    ) -> Result<(), LightClientError> {
        if self.conflict.is_some() {
            return Err(LightClientError::NetworkConflict);
        }
        if *header.network() != self.key.genesis {
            return Err(LightClientError::WrongNetwork);
        }
        if key.tree() == super::Tree::Records && header.rest().is_none() {
            return Err(LightClientError::Folded);
        }
        Ok(header.verify_record(key, value, proof)?)
    }

    /// Verifies a staple for the credential that `query` names, and adopts its header when it is newer.
    ///
    /// # Errors
    /// [`StapleError`] by what does not hold.
    pub fn verify_staple(
        &mut self,
        bytes: &[u8],
        query: &StapleQuery<'_>,
        clock_ms: u64,
    ) -> Result<StapleReport, StapleError> {
        let staple = Staple::from_bytes(bytes)?;
        staple.check_subject(query)?;
        let header = self.verify_header(staple.signed_header(), clock_ms)?;
        staple.verify(header, query)
    }

    /// Checks that `older`, verified before, lies in the history of `newer`, which came whole. `digest`
    /// and `path` are what a gateway says about `older`'s height.
    ///
    /// A path that does not verify proves nothing about the operators, since anybody can make one; but
    /// one that verifies for another digest at that height is evidence of two histories.
    ///
    /// # Errors
    /// [`LightClientError::BadHistory`] when the path does not hold, [`LightClientError::Folded`] when
    /// `newer` came folded, [`LightClientError::NetworkConflict`] when the history contradicts `older`.
    pub fn verify_history(
        &mut self,
        newer: &SignedHeader,
        older: &SignedHeader,
        digest: &Digest,
        path: &history::Path,
        clock_ms: u64,
    ) -> Result<(), LightClientError> {
        let later = self.verify_header(newer, clock_ms)?;
        let earlier = self.verify_header(older, clock_ms)?;
        let root = later.rest().ok_or(LightClientError::Folded)?.history;
        path.verify(&root, later.height(), earlier.height(), digest)?;
        if digest != earlier.digest() {
            let history = Some((*digest, path.clone()));
            self.conflict = Some(Conflict { first: older.clone(), second: newer.clone(), history });
            return Err(LightClientError::NetworkConflict);
        }
        Ok(())
    }

    /// Takes the next epoch's key. The headers that were verified stay as they are.
    pub(super) fn enter(&mut self, key: NetworkKey, ended: Ended) {
        self.key = key;
        self.ended = Some(ended);
    }

    /// What is to be kept: the key, the newest header, evidence of conflict.
    ///
    /// # Errors
    /// [`Malformed`] never happens with headers that were verified; it is there so that nothing is cut.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Malformed> {
        let mut out = vec![STATE_VERSION];
        write_short_bytes(&mut out, &self.key.to_bytes())?;
        out.push(u8::from(self.ended.is_some()));
        if let Some(ended) = &self.ended {
            ended.write(&mut out);
        }
        out.extend_from_slice(&self.newest_ms.to_be_bytes());
        let newest = self.newest.iter().map(|newest| &newest.signed_header);
        out.push(u8::from(self.newest.is_some()));
        for signed in newest {
            write_short_bytes(&mut out, &signed.to_bytes())?;
        }
        out.push(u8::from(self.conflict.is_some()));
        if let Some(conflict) = &self.conflict {
            write_short_bytes(&mut out, &conflict.to_bytes()?)?;
        }
        Ok(out)
    }

    /// The client that was kept. Keys and certificates are verified again: storage is outside too.
    ///
    /// # Errors
    /// [`LightClientError`] by what does not hold.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LightClientError> {
        let mut reader = Reader(bytes);
        if reader.u8()? != STATE_VERSION {
            return Err(Malformed.into());
        }
        let key = NetworkKey::from_bytes(reader.short_bytes()?).map_err(|_| Malformed)?;
        let mut client = Self::new(key);
        if read_flag(&mut reader)? {
            client.ended = Some(Ended::read(&mut reader)?);
        }
        client.newest_ms = reader.u64()?;
        if read_flag(&mut reader)? {
            let signed_header = SignedHeader::from_bytes(reader.short_bytes()?)?;
            let header = client.certify(&signed_header)?;
            client.newest = Some(Checkpoint { signed_header, header });
        }
        if read_flag(&mut reader)? {
            client.conflict = Some(client.check_evidence(reader.short_bytes()?)?);
        }
        reader.finish()?;
        Ok(client)
    }

    /// Refuses headers of the epoch before when it ended too long ago, and all of earlier ones, though they
    /// were verified in their time.
    fn check_epoch(&self, signed: &SignedHeader, now_ms: u64) -> Result<(), LightClientError> {
        let (epoch, own) = (signed.header().epoch, self.key.epoch);
        if epoch >= own {
            return Ok(());
        }
        let ended_ms = self.ended.as_ref().map_or(0, |ended| ended.time_ms);
        let over = epoch + 1 < own || now_ms.saturating_sub(ended_ms) > OVERLAP_MS;
        if over { Err(LightClientError::WrongEpoch) } else { Ok(()) }
    }

    /// Checks network, epoch, set and certificate. The epoch is the client's, or the one before.
    pub(super) fn certify(&self, signed: &SignedHeader) -> Result<VerifiedHeader, LightClientError> {
        let header = signed.header();
        if header.network != self.key.genesis {
            return Err(LightClientError::WrongNetwork);
        }
        if header.height / self.key.epoch_length != header.epoch {
            return Err(LightClientError::WrongEpoch);
        }
        let set = match &self.ended {
            _ if header.epoch == self.key.epoch => &self.key.set,
            Some(ended) if header.epoch + 1 == self.key.epoch => &ended.set,
            _ => return Err(LightClientError::WrongEpoch),
        };
        if header.set != set.hash() {
            return Err(LightClientError::WrongSet);
        }
        let digest = header.digest();
        signed.certificate().verify(&self.key.genesis, header.epoch, set, &digest)?;
        Ok(VerifiedHeader::certified(signed, digest))
    }

    fn remember(&mut self, signed: &SignedHeader, header: VerifiedHeader) {
        if !self.remembered.iter().any(|seen| seen.signed_header == *signed) {
            self.remembered.truncate(REMEMBERED - 1);
            self.remembered.push_front(Checkpoint { signed_header: signed.clone(), header });
        }
        self.newest_ms = self.newest_ms.max(header.time_ms());
        if self.newest.as_ref().is_none_or(|newest| header.height() > newest.header.height()) {
            self.newest = Some(Checkpoint { signed_header: signed.clone(), header });
        }
    }
}

const STATE_VERSION: u8 = 2;

fn read_flag(reader: &mut Reader<'_>) -> Result<bool, Malformed> {
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Malformed),
    }
}
