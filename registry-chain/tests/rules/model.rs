//! Random transactions, good and bad, against a model in plain maps.

use crate::support::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use yufu_core::{
    crypto::{Digest, Signer},
    registry::{Compromise, GrantRevocation, Operation, RejectReason, RevocationReason},
};
use yufu_registry::state::{BlockInputs, OnFailure};

#[derive(Clone, Debug)]
enum Step {
    Register(usize),
    AddKey(usize, u64),
    Accredit(usize),
    Suspend(usize),
    Reinstate(usize),
    Withdraw(usize),
    Type(usize),
    Open(usize, u32, u64),
    Publish(usize, u32, u32),
    /// A compromise so many milliseconds back, or a plain revocation.
    Revoke(usize, u64, Option<u64>),
    Deactivate(usize),
    /// A block on the same parent that never becomes final.
    Fork,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0..2_usize;
    let key = 0..2_u64;
    let list = 0..3_u32;
    prop_oneof![
        3 => who.clone().prop_map(Step::Register),
        4 => (who.clone(), key.clone()).prop_map(|(w, k)| Step::AddKey(w, k)),
        4 => who.clone().prop_map(Step::Accredit),
        2 => who.clone().prop_map(Step::Suspend),
        2 => who.clone().prop_map(Step::Reinstate),
        1 => (0..8_usize, who.clone()).prop_filter_map("rare", |(n, w)| (n == 0).then_some(Step::Withdraw(w))),
        3 => who.clone().prop_map(Step::Type),
        8 => (who.clone(), list.clone(), key.clone()).prop_map(|(w, l, k)| Step::Open(w, l, k)),
        10 => (who.clone(), list, 0..8_u32).prop_map(|(w, l, n)| Step::Publish(w, l, n / 6)),
        3 => (who.clone(), key, proptest::option::of(0..40_000_u64)).prop_map(|(w, k, s)| Step::Revoke(w, k, s)),
        1 => (0..8_usize, who).prop_filter_map("rare", |(n, w)| (n == 0).then_some(Step::Deactivate(w))),
        3 => Just(Step::Fork),
        1 => Just(Step::Reopen),
    ]
}

#[derive(Default)]
struct Issuer {
    registered: bool,
    deactivated: Option<u64>,
    /// Key number to revocation: when, and compromised since.
    keys: BTreeMap<u64, Option<(u64, Option<u64>)>>,
    accreditation: Option<Terms>,
    lists: BTreeMap<u32, List>,
}

#[derive(Default)]
struct Terms {
    suspended: Option<u64>,
    withdrawn: Option<u64>,
}

struct List {
    key: u64,
    /// Time and issued root of each publication.
    published: Vec<(u64, Digest)>,
}

#[derive(Default)]
struct Model {
    issuers: [Issuer; 2],
    type_exists: bool,
}

type Outcome = Result<(), RejectReason>;

impl Model {
    /// What the rules say, at block time `now_ms`.
    fn apply(&mut self, step: &Step, now_ms: u64) -> Outcome {
        let now = now_ms / 1000;
        match *step {
            Step::Register(who) => {
                let issuer = &mut self.issuers[who];
                if issuer.registered {
                    return Err(RejectReason::AlreadyExists);
                }
                issuer.registered = true;
            }
            Step::AddKey(who, key) => {
                let issuer = self.author(who)?;
                if issuer.keys.contains_key(&key) {
                    return Err(RejectReason::AlreadyExists);
                }
                issuer.keys.insert(key, None);
            }
            Step::Accredit(who) => {
                let issuer = &mut self.issuers[who];
                if !issuer.registered {
                    return Err(RejectReason::UnknownDid);
                }
                if issuer.deactivated.is_some() {
                    return Err(RejectReason::Deactivated);
                }
                match &issuer.accreditation {
                    Some(t) if t.withdrawn.is_some() => return Err(RejectReason::AccreditationWithdrawn),
                    Some(t) if t.suspended.is_some() => return Err(RejectReason::AccreditationSuspended),
                    _ => issuer.accreditation = Some(Terms::default()),
                }
            }
            Step::Suspend(who) => {
                let terms = self.standing(who)?;
                if terms.suspended.is_some() {
                    return Err(RejectReason::AccreditationSuspended);
                }
                terms.suspended = Some(now);
            }
            Step::Reinstate(who) => {
                let terms = self.standing(who)?;
                if terms.suspended.take().is_none() {
                    return Err(RejectReason::AccreditationNotSuspended);
                }
            }
            Step::Withdraw(who) => self.standing(who)?.withdrawn = Some(now),
            Step::Type(who) => {
                let exists = self.type_exists;
                let issuer = self.author(who)?;
                if exists {
                    return Err(RejectReason::AlreadyExists);
                }
                issuer.accreditation.as_ref().map_or(Err(RejectReason::NotAuthorized), usable)?;
                self.type_exists = true;
            }
            Step::Open(who, list, key) => {
                let exists = self.type_exists;
                let issuer = self.author(who)?;
                if issuer.lists.contains_key(&list) {
                    return Err(RejectReason::AlreadyExists);
                }
                if issuer.keys.get(&key).ok_or(RejectReason::UnknownKey)?.is_some() {
                    return Err(RejectReason::KeyRevoked);
                }
                if !exists {
                    return Err(RejectReason::UnknownType);
                }
                issuer.accreditation.as_ref().map_or(Err(RejectReason::UnknownAccreditation), usable)?;
                let published = vec![(now_ms, digest(&format!("issued {list} 0")))];
                issuer.lists.insert(list, List { key, published });
            }
            Step::Publish(who, list, off) => {
                let issuer = self.author(who)?;
                let known = issuer.lists.get_mut(&list).ok_or(RejectReason::UnknownList)?;
                if off != 0 {
                    return Err(RejectReason::VersionConflict);
                }
                let version = known.published.len();
                known.published.push((now_ms, digest(&format!("issued {list} {version}"))));
            }
            Step::Revoke(who, key, back) => {
                let since = back.map(|back| now_ms - back);
                let issuer = self.author(who)?;
                let known = issuer.keys.get_mut(&key).ok_or(RejectReason::UnknownKey)?;
                *known = Some(match (*known, since) {
                    (None, since) => (now_ms, since),
                    (Some((at, None)), Some(since)) => (at, Some(since)),
                    (Some((at, Some(before))), Some(since)) if since < before => (at, Some(since)),
                    _ => return Err(RejectReason::KeyRevoked),
                });
            }
            Step::Deactivate(who) => self.author(who)?.deactivated = Some(now_ms),
            Step::Fork | Step::Reopen => {}
        }
        Ok(())
    }

    fn author(&mut self, who: usize) -> Result<&mut Issuer, RejectReason> {
        let issuer = &mut self.issuers[who];
        match (issuer.registered, issuer.deactivated) {
            (false, _) => Err(RejectReason::UnknownAuthor),
            (true, Some(_)) => Err(RejectReason::Deactivated),
            (true, None) => Ok(issuer),
        }
    }

    fn standing(&mut self, who: usize) -> Result<&mut Terms, RejectReason> {
        let terms = self.issuers[who].accreditation.as_mut().ok_or(RejectReason::UnknownAccreditation)?;
        if terms.withdrawn.is_some() { Err(RejectReason::AccreditationWithdrawn) } else { Ok(terms) }
    }
}

fn usable(terms: &Terms) -> Outcome {
    match terms {
        Terms { withdrawn: Some(_), .. } => Err(RejectReason::AccreditationWithdrawn),
        Terms { suspended: Some(_), .. } => Err(RejectReason::AccreditationSuspended),
        _ => Ok(()),
    }
}

fn key_number(who: usize, key: u64) -> u64 {
    (who as u64) * 10 + key
}

fn operation(
    step: &Step,
    actors: &[Actor; 2],
    model: &Model,
    now_ms: u64,
) -> Option<(usize, bool, Operation)> {
    let by_author = |who, operation| Some((who, false, operation));
    let by_authority = |who, operation| Some((who, true, operation));
    match *step {
        Step::Register(who) => by_author(who, actors[who].register()),
        Step::AddKey(who, key) => by_author(who, add_key(&credential_key(key_number(who, key)))),
        Step::Accredit(who) => by_authority(who, accredit(actors[who].id, RESIDENT, who as u64)),
        Step::Suspend(who) => by_authority(who, suspend(actors[who].id)),
        Step::Reinstate(who) => by_authority(who, reinstate(actors[who].id)),
        Step::Withdraw(who) => by_authority(who, withdraw(actors[who].id)),
        Step::Type(who) => by_author(who, register_type(RESIDENT, 1)),
        Step::Open(who, list, key) => by_author(who, open_list(&actors[who], list, key_number(who, key))),
        Step::Publish(who, list, off) => {
            let published = model.issuers[who].lists.get(&list).map_or(1, |list| list.published.len());
            by_author(who, publish(list, u32::try_from(published).unwrap() + off))
        }
        Step::Revoke(who, key, back) => {
            let reason =
                if back.is_some() { RevocationReason::KeyCompromise } else { RevocationReason::Superseded };
            let thumbprint = credential_key(key_number(who, key)).verifying_key().thumbprint();
            let compromised_since = back.map(|back| now_ms - back);
            by_author(who, Operation::RevokeKey { thumbprint, reason, compromised_since })
        }
        Step::Deactivate(who) => by_author(who, Operation::DeactivateDid),
        Step::Fork | Step::Reopen => None,
    }
}

fn assert_grants(network: &Network, model: &Model, actors: &[Actor; 2]) {
    for (issuer, actor) in model.issuers.iter().zip(actors) {
        for number in 0..3 {
            let Some(list) = issuer.lists.get(&number) else {
                assert_eq!(network.grant(actor, number), None);
                continue;
            };
            let grant = network.grant(actor, number).unwrap();
            let terms = issuer.accreditation.as_ref().unwrap();
            let closed = [terms.suspended, terms.withdrawn, issuer.deactivated.map(|ms| ms / 1000)];
            let accredited_to = closed.into_iter().flatten().chain([START + YEAR]).min().unwrap();
            let key_revocation = issuer.keys[&list.key].map(|(at_ms, since)| GrantRevocation {
                at_ms,
                compromised: since.map(|since| {
                    let before = list.published.iter().rev().find(|(at, _)| *at < since);
                    Compromise { since, issued_root: before.map_or([0; 32], |(_, root)| *root) }
                }),
            });
            assert_eq!(grant.accredited_to, accredited_to);
            assert_eq!(grant.key_revocation, key_revocation);
            assert_eq!(grant.version as usize, list.published.len() - 1);
            assert_eq!(grant.published_at_ms, list.published.last().unwrap().0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_state_machine_does_what_the_model_says(steps in proptest::collection::vec(step(), 1..80)) {
        let mut network = Network::new();
        let mut model = Model::default();
        let mut actors = [Actor::new(3), Actor::new(4)];
        for step in &steps {
            match step {
                Step::Fork => {
                    let parent = network.chain.tip_digest();
                    let inputs = BlockInputs { time_ms: network.now_ms + 7 };
                    let suspension = network.signed(&network.authority, suspend(actors[0].id));
                    network.chain.execute(&parent, inputs, &[suspension], OnFailure::LeaveOut).unwrap();
                }
                Step::Reopen => network = network.reopen(),
                _ => {}
            }
            let at = network.now_ms + 1000;
            let Some((who, governs, operation)) = operation(step, &actors, &model, at) else { continue };
            let expected = model.apply(step, at);
            let outcome =
                if governs { network.govern(operation) } else { network.act(&mut actors[who], operation) };
            prop_assert_eq!(outcome, expected, "{:?}", step);
            assert_grants(&network, &model, &actors);
        }
        let report = network.chain.committed().audit().unwrap();
        prop_assert_eq!(report.queued, 0);
        network.chain.committed().check_whole().unwrap();
    }
}
