//! What this counter knows of the registry, and what a staple adds to it.

use crate::{
    facts::Facts,
    limits::Limits,
    outcome::{Outcome, Reason},
};
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::BTreeMap;
use yufu_core::{
    crypto::{Digest, sha256},
    did::yufu::{IssuerId, YufuDid},
    registry::{
        CompactProof, Finding, Followed, Grant, Handover, HandoverFileError, LightClient, LightClientError,
        ListingError, NetworkKey, Record, RecordKey, SignedHeader, StapleError, StapleQuery, StapleReport,
        VerifiedHeader,
    },
    status::{
        ListContext, StatusArray,
        chunk::{ChunkTree, WitnessError},
    },
};

/// Lists that are remembered; of more, the one unseen for longest is forgotten.
const MAX_LISTS: usize = 4_096;
/// Certificates that are held.
const MAX_LEAVES: usize = 256;
/// Most bytes of a stored state.
const MAX_STATE: usize = 8 * 1024 * 1024;

type ListId = (IssuerId, u32);

/// What came along with a credential to prove what the registry says: not verified.
#[derive(Clone, Copy)]
pub(crate) struct Proofs<'a> {
    pub(crate) staple: Option<&'a [u8]>,
    /// Whose the DID of the web is by which the credential names its issuer.
    pub(crate) listing: Option<&'a [u8]>,
}

/// What the registry says about one credential, proven.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    /// The credential's issuer.
    pub(crate) issuer: IssuerId,
    /// Time of the header that the grant stands under.
    pub(crate) header_ms: u64,
    pub(crate) height: u64,
    pub(crate) grant: Grant,
    /// The credential's own entry.
    pub(crate) status: u8,
    /// After a compromise: whether the credential was recorded before; `None` when nothing here can tell.
    pub(crate) recorded: Option<bool>,
    /// Digest of the header in the staple that came along.
    pub(crate) anchor: Option<Digest>,
}

/// The newest grant that was proven for a list.
#[derive(Clone, BorshSerialize, BorshDeserialize)]
struct KnownList {
    height: u64,
    grant: Grant,
}

/// A whole list that this counter pulled while it had a network.
struct SyncedList {
    header: VerifiedHeader,
    vct: String,
    grant: Grant,
    array: StatusArray,
}

/// Why something pulled from a network was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObserveError {
    /// The header is not believed, or the proof does not lead to it.
    #[error(transparent)]
    LightClient(#[from] LightClientError),
    /// The record is not a grant.
    #[error("the record is not a grant")]
    Record,
    /// The list is not the one whose root stands in the registry.
    #[error("the status list is not the one that the registry names")]
    OtherList,
}

/// Why a stored state was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Not a state of this version.
    #[error("not a verifier's state of a version that is read")]
    Malformed,
    /// The light client in it does not hold.
    #[error(transparent)]
    LightClient(#[from] LightClientError),
    /// The state is of another network than the one configured.
    #[error("the state belongs to another network")]
    OtherNetwork,
}

#[derive(BorshSerialize, BorshDeserialize)]
struct State {
    version: u8,
    light_client: Vec<u8>,
    /// Oldest seen first.
    lists: Vec<(IssuerId, u32, KnownList)>,
    leaves: Vec<Vec<u8>>,
}

const STATE_VERSION: u8 = 1;

/// The light client, and what was learned from the staples that it verified.
pub(crate) struct RegistryView {
    client: LightClient,
    /// By list, with the turn at which it was seen last.
    lists: BTreeMap<ListId, (u64, KnownList)>,
    turn: u64,
    leaves: BTreeMap<Digest, Vec<u8>>,
    synced: BTreeMap<ListId, SyncedList>,
}

impl RegistryView {
    pub(crate) fn new(key: NetworkKey) -> Self {
        Self {
            client: LightClient::new(key),
            lists: BTreeMap::new(),
            turn: 0,
            leaves: BTreeMap::new(),
            synced: BTreeMap::new(),
        }
    }

    pub(crate) fn from_bytes(key: &NetworkKey, bytes: &[u8]) -> Result<Self, StateError> {
        if bytes.len() > MAX_STATE {
            return Err(StateError::Malformed);
        }
        let state = State::try_from_slice(bytes).map_err(|_| StateError::Malformed)?;
        if state.version != STATE_VERSION || state.lists.len() > MAX_LISTS || state.leaves.len() > MAX_LEAVES
        {
            return Err(StateError::Malformed);
        }
        let client = LightClient::from_bytes(&state.light_client)?;
        // The state may be of a later epoch than the configured key; the genesis is for ever.
        if client.key().genesis != key.genesis {
            return Err(StateError::OtherNetwork);
        }
        let turns = (1u64..).zip(state.lists);
        let lists: BTreeMap<_, _> =
            turns.map(|(turn, (issuer, list, known))| ((issuer, list), (turn, known))).collect();
        let leaves = state.leaves.into_iter().map(|der| (sha256(&[&der]), der)).collect();
        Ok(Self { client, turn: lists.len() as u64, lists, leaves, synced: BTreeMap::new() })
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, StateError> {
        let mut lists: Vec<_> = self.lists.iter().collect();
        lists.sort_by_key(|(_, (turn, _))| *turn);
        let state = State {
            version: STATE_VERSION,
            light_client: self.client.to_bytes().map_err(|_| StateError::Malformed)?,
            lists: lists
                .into_iter()
                .map(|((issuer, list), (_, known))| (*issuer, *list, known.clone()))
                .collect(),
            leaves: self.leaves.values().cloned().collect(),
        };
        borsh::to_vec(&state).map_err(|_| StateError::Malformed)
    }

    pub(crate) fn client(&self) -> &LightClient {
        &self.client
    }

    pub(crate) fn now_ms(&self, clock_ms: u64) -> u64 {
        self.client.now_ms(clock_ms)
    }

    pub(crate) fn held_leaf(&self, digest: &Digest) -> Option<Vec<u8>> {
        self.leaves.get(digest).cloned()
    }

    /// What is proven about the credential: by the staple that came along, or by a list that this
    /// counter pulled and that is newer. The credential alone decides what is looked up.
    ///
    /// Ages go to `outcome` as soon as they are known, so that a refusal tells them too.
    pub(crate) fn evidence(
        &mut self,
        facts: &Facts<'_>,
        proofs: Proofs<'_>,
        limits: &Limits,
        clock_ms: u64,
        outcome: &mut Outcome,
    ) -> Result<Evidence, Reason> {
        let issuer = self.issuer(facts.issuer, proofs.listing, limits, clock_ms)?;
        let place = facts.status.ok_or(Reason::NoStatusReference)?;
        let query = StapleQuery {
            issuer,
            vct: facts.vct,
            list: place.list,
            index: place.index,
            credential_digest: facts.signed_digest,
        };
        let report = match proofs.staple {
            Some(bytes) => Some(self.client.verify_staple(bytes, &query, clock_ms).map_err(staple_reason)?),
            None => None,
        };
        let now_ms = self.now_ms(clock_ms);
        let found = self.newest_of(report, &query, limits, now_ms, outcome)?;
        outcome.header_age_ms = Some(now_ms.saturating_sub(found.header_ms));
        outcome.status_age_ms = Some(now_ms.saturating_sub(found.grant.published_at_ms));
        Ok(found)
    }

    /// Who the issuer is in the registry: its did:yufu says so, or, where the credential names it by a DID of
    /// the web, the listing that came along.
    fn issuer(
        &mut self,
        did: &str,
        listing: Option<&[u8]>,
        limits: &Limits,
        clock_ms: u64,
    ) -> Result<IssuerId, Reason> {
        match (did.parse::<YufuDid>(), listing) {
            (Ok(did), None) => Ok(did.id),
            (Ok(_), Some(_)) => Err(Reason::MalformedStaple),
            (Err(_), None) => Err(Reason::ForeignIdentifier),
            (Err(_), Some(listing)) => {
                let listed = self.client.verify_listing(listing, did, clock_ms).map_err(listing_reason)?;
                let age_ms = self.now_ms(clock_ms).saturating_sub(listed.header.time_ms());
                // An issuer may take a DID off its record, for example when a domain is lost.
                if age_ms > limits.max_header_age_ms { Err(Reason::HeaderStale) } else { Ok(listed.issuer) }
            }
        }
    }

    fn newest_of(
        &self,
        report: Option<StapleReport>,
        query: &StapleQuery<'_>,
        limits: &Limits,
        now_ms: u64,
        outcome: &mut Outcome,
    ) -> Result<Evidence, Reason> {
        let anchor = report.as_ref().map(|report| *report.header.digest());
        let synced = self
            .synced
            .get(&(query.issuer, query.list))
            .filter(|synced| synced.vct == query.vct)
            .filter(|synced| report.as_ref().is_none_or(|r| r.header.height() < synced.header.height()));
        if let Some(synced) = synced {
            return from_synced(synced, report, query, anchor);
        }
        let report = report.ok_or(Reason::NoStaple)?;
        let header = report.header;
        match report.finding {
            Finding::Granted { grant, status, recorded } => Ok(Evidence {
                issuer: query.issuer,
                header_ms: header.time_ms(),
                height: header.height(),
                grant,
                status,
                recorded,
                anchor,
            }),
            absent => {
                let age_ms = now_ms.saturating_sub(header.time_ms());
                outcome.header_age_ms = Some(age_ms);
                // That nothing was there long ago proves nothing about today.
                if age_ms > limits.max_header_age_ms {
                    return Err(Reason::HeaderStale);
                }
                Err(match absent {
                    Finding::UnknownIssuer => Reason::AbsentFromRegistry,
                    _ => Reason::NoAccreditation,
                })
            }
        }
    }

    /// Remembers the grant and the certificate of a credential whose issuer is trusted.
    pub(crate) fn learn(&mut self, facts: &Facts<'_>, evidence: &Evidence) {
        let Some(id) = list_id(facts, evidence) else { return };
        self.remember(id, evidence.height, &evidence.grant);
        let Some(der) = facts.leaf_der else { return };
        let leaf = sha256(&[der]);
        if !self.leaves.contains_key(&leaf) && self.leaves.len() < MAX_LEAVES {
            self.leaves.insert(leaf, der.to_vec());
        }
    }

    fn remember(&mut self, id: ListId, height: u64, grant: &Grant) {
        self.turn += 1;
        let turn = self.turn;
        match self.lists.get_mut(&id) {
            Some((seen, known)) => {
                *seen = turn;
                if height > known.height {
                    *known = KnownList { height, grant: grant.clone() };
                }
            }
            None => {
                if self.lists.len() >= MAX_LISTS {
                    let oldest = self.lists.iter().min_by_key(|(_, (seen, _))| *seen).map(|(id, _)| *id);
                    oldest.and_then(|oldest| self.lists.remove(&oldest));
                }
                self.lists.insert(id, (turn, KnownList { height, grant: grant.clone() }));
            }
        }
    }

    /// Whether a newer header showed the list with other contents, or its key or accreditation otherwise
    /// than this evidence does. A new publication of the same contents is no news.
    pub(crate) fn knows_newer(&self, facts: &Facts<'_>, evidence: &Evidence) -> bool {
        let known = list_id(facts, evidence).and_then(|id| self.lists.get(&id));
        let same = |newer: &Grant| {
            let Grant { version, published_at_ms, valid_until, .. } = evidence.grant;
            Grant { version, published_at_ms, valid_until, ..newer.clone() } == evidence.grant
        };
        known.is_some_and(|(_, known)| known.height > evidence.height && !same(&known.grant))
    }

    /// Takes a newer header from a network.
    pub(crate) fn observe_checkpoint(
        &mut self,
        signed_header: &SignedHeader,
        clock_ms: u64,
    ) -> Result<(), ObserveError> {
        self.client.verify_header(signed_header, clock_ms)?;
        Ok(())
    }

    pub(crate) fn follow(&mut self, handover: &Handover, clock_ms: u64) -> Result<(), ObserveError> {
        Ok(self.client.follow(handover, clock_ms)?)
    }

    pub(crate) fn follow_file(&mut self, file: &[u8], clock_ms: u64) -> Result<Followed, HandoverFileError> {
        self.client.follow_file(file, clock_ms)
    }

    pub(crate) fn accept_evidence(&mut self, evidence: &[u8]) -> Result<(), ObserveError> {
        Ok(self.client.accept_evidence(evidence)?)
    }

    /// Takes a whole status list from a network, with its grant and proof. It replaces an older one.
    pub(crate) fn observe_list(&mut self, list: ObservedList<'_>, clock_ms: u64) -> Result<(), ObserveError> {
        let header = self.client.verify_header(list.signed_header, clock_ms)?;
        let ListContext { issuer, list: number } = list.context;
        let key = RecordKey::Grant { issuer, vct: list.vct.to_owned(), list: number };
        self.client.verify_record(&header, &key, Some(list.grant), list.proof)?;
        let grant = Grant::from_bytes(list.grant).map_err(|_| ObserveError::Record)?;
        let shape = (list.array.bits(), list.array.size()) == (grant.bits, grant.size);
        if !shape || ChunkTree::build(&list.context, &list.array).root() != grant.status_root {
            return Err(ObserveError::OtherList);
        }
        let id = (issuer, number);
        self.remember(id, header.height(), &grant);
        if self.synced.get(&id).is_none_or(|known| known.header.height() <= header.height()) {
            let vct = list.vct.to_owned();
            self.synced.insert(id, SyncedList { header, vct, grant, array: list.array });
        }
        Ok(())
    }
}

/// A status list as a network delivers it: nothing of it is believed yet.
pub struct ObservedList<'a> {
    /// The header that `proof` leads to.
    pub signed_header: &'a SignedHeader,
    /// Whose list, and its number.
    pub context: ListContext,
    /// The type of its credentials.
    pub vct: &'a str,
    /// The bytes of the grant record.
    pub grant: &'a [u8],
    /// That they stand under the header.
    pub proof: &'a CompactProof,
    /// The list's entries.
    pub array: StatusArray,
}

fn list_id(facts: &Facts<'_>, evidence: &Evidence) -> Option<ListId> {
    Some((evidence.issuer, facts.status?.list))
}

fn from_synced(
    synced: &SyncedList,
    report: Option<StapleReport>,
    query: &StapleQuery<'_>,
    anchor: Option<Digest>,
) -> Result<Evidence, Reason> {
    let status = synced.array.get(query.index).map_err(|_| Reason::OtherList)?;
    // The staple's path counts where it leads to the very root that the newer grant names.
    let recorded = match report.map(|report| report.finding) {
        Some(Finding::Granted { grant, recorded, .. })
            if grant.key_revocation == synced.grant.key_revocation =>
        {
            recorded
        }
        _ => None,
    };
    Ok(Evidence {
        issuer: query.issuer,
        header_ms: synced.header.time_ms(),
        height: synced.header.height(),
        grant: synced.grant.clone(),
        status,
        recorded,
        anchor,
    })
}

fn staple_reason(error: StapleError) -> Reason {
    match error {
        StapleError::Malformed(_) | StapleError::NeedlessPath => Reason::MalformedStaple,
        StapleError::WrongList | StapleError::BadWitness(WitnessError::OutOfRange) => Reason::OtherList,
        StapleError::NotAnAnchor => Reason::NotAnAnchor,
        StapleError::BadProof(_) | StapleError::BadRecord(_) | StapleError::BadWitness(_) => Reason::BadProof,
        StapleError::Header(header) => header_reason(header),
    }
}

fn listing_reason(error: ListingError) -> Reason {
    match error {
        ListingError::Malformed(_) => Reason::MalformedStaple,
        ListingError::NotAnAnchor => Reason::NotAnAnchor,
        ListingError::BadRecord(_) => Reason::BadProof,
        ListingError::Ended => Reason::AccreditationEnded,
        ListingError::NotListed => Reason::IdentifierNotListed,
        ListingError::Header(header) => header_reason(header),
    }
}

fn header_reason(error: LightClientError) -> Reason {
    match error {
        LightClientError::WrongNetwork => Reason::WrongNetwork,
        LightClientError::WrongEpoch | LightClientError::WrongSet | LightClientError::NoHandover => {
            Reason::WrongEpoch
        }
        LightClientError::BadCertificate(_) => Reason::ForgedCheckpoint,
        LightClientError::ClockWrong { .. } => Reason::HeaderAhead,
        LightClientError::NetworkConflict => Reason::NetworkConflict,
        LightClientError::TooOld => Reason::CheckpointTooOld,
        LightClientError::Malformed(_) | LightClientError::Folded => Reason::MalformedStaple,
        LightClientError::BadProof(_) | LightClientError::BadHistory(_) | LightClientError::NoConflict => {
            Reason::BadProof
        }
    }
}
