//! Acts of several authorities: proposals, votes, orders to carry out, vetoes.

use super::{
    Failure, Locale,
    act::{authority, tell},
    arguments::{Numbered, Proposals, Propose, ProposedAct, Vote},
    block_on,
    read::{connect, pretty, tell_header},
    read_text, say,
};
use crate::ValidatorText;
use std::path::Path;
use yufu_core::{
    Clock as _,
    crypto::{Jwk, VerifyingKey},
    registry::{
        AccreditationTerms, GovernanceAct, LightClient, NextRules, Policy, Proposals as Counter, Record as _,
        RecordKey,
        client::{At, RegistryClient, VerifiedRecord, hex_digest},
    },
    time::{DAY, SystemClock, start_of_day},
};

/// Proposals that one call lists.
const PAGE: u64 = 50;

pub(super) fn propose(locale: Locale, arguments: Propose) -> Result<(), Failure> {
    let Propose { registry, author, days, act } = arguments;
    let act = match act {
        ProposedAct::Accredit(terms) => {
            let today = start_of_day(SystemClock.now());
            GovernanceAct::Accredit(AccreditationTerms {
                issuer: terms.issuer.id,
                vct: terms.vct,
                name_zh: terms.name_zh,
                name_en: terms.name_en,
                // From yesterday on, so that credentials dated by the day lie inside.
                valid_from: today - DAY,
                valid_to: today + u64::from(terms.valid_days) * DAY,
                max_open_lists: terms.max_open_lists,
            })
        }
        ProposedAct::Suspend(of) => GovernanceAct::SuspendAccreditation { issuer: of.issuer.id, vct: of.vct },
        ProposedAct::Reinstate(of) => {
            GovernanceAct::ReinstateAccreditation { issuer: of.issuer.id, vct: of.vct }
        }
        ProposedAct::Withdraw(of) => {
            GovernanceAct::WithdrawAccreditation { issuer: of.issuer.id, vct: of.vct }
        }
        ProposedAct::Recover(lost) => GovernanceAct::RecoverDid {
            issuer: lost.issuer.id,
            control_key: public_key(&lost.control_key)?,
            next_key: public_key(&lost.next_key)?.thumbprint(),
        },
        ProposedAct::Policy(change) => {
            let (client, mut light) = connect(&registry)?;
            let read = proven(&client, &mut light, &RecordKey::Policy)?;
            let value = read.value.ok_or_else(|| Failure("gov/policy is missing".into()))?;
            let mut policy = Policy::from_bytes(&value)?;
            policy.rules = policy.rules.from_height(read.header.height() + 1);
            if let (Some(version), Some(from_height)) = (change.next_rules, change.from_height) {
                policy.rules.next = Some(NextRules { version, from_height });
            }
            policy.authority_quorum = change.quorum.unwrap_or(policy.authority_quorum);
            policy.publication_ms = change.publication_ms.unwrap_or(policy.publication_ms);
            policy.timelock_ms = change.timelock_ms.unwrap_or(policy.timelock_ms);
            policy.status_age_limit_ms = change.status_age_limit_ms.unwrap_or(policy.status_age_limit_ms);
            policy.authorities.retain(|id| !change.remove_authority.iter().any(|did| did.id == *id));
            policy.authorities.extend(change.add_authority.iter().map(|did| did.id));
            policy.authorities.sort();
            GovernanceAct::ChangePolicy { policy }
        }
        ProposedAct::PutValidator(put) => {
            let text = match put.validator.parse::<ValidatorText>() {
                Ok(text) => text,
                Err(_) => read_text(Path::new(&put.validator))?.parse()?,
            };
            GovernanceAct::PutValidator { validator: text.0, endpoint: put.endpoint.to_string() }
        }
        ProposedAct::RemoveValidator(remove) => {
            let identity = hex_digest(&remove.identity)
                .ok_or_else(|| Failure(format!("{}: not an identity key", remove.identity)))?;
            GovernanceAct::RemoveValidator { identity }
        }
    };
    let authority = authority(&registry, &author)?;
    let proposed = block_on(authority.propose(act, u64::from(days) * DAY * 1000))??;
    println!("proposal {}", proposed.0);
    tell(locale, &proposed.1);
    Ok(())
}

/// The public half of a key, as a JWK in a file.
fn public_key(path: &Path) -> Result<VerifyingKey, Failure> {
    let jwk: Jwk = serde_json::from_str(&read_text(path)?)?;
    Ok(jwk.key()?)
}

pub(super) fn vote(locale: Locale, arguments: &Vote) -> Result<(), Failure> {
    let authority = authority(&arguments.registry, &arguments.author)?;
    tell(locale, &block_on(authority.vote(arguments.proposal, !arguments.against))??);
    Ok(())
}

pub(super) fn execute(locale: Locale, arguments: &Numbered) -> Result<(), Failure> {
    let authority = authority(&arguments.registry, &arguments.author)?;
    tell(locale, &block_on(authority.execute(arguments.proposal))??);
    Ok(())
}

pub(super) fn veto(locale: Locale, arguments: &Numbered) -> Result<(), Failure> {
    let authority = authority(&arguments.registry, &arguments.author)?;
    tell(locale, &block_on(authority.veto_recovery(arguments.proposal))??);
    Ok(())
}

pub(super) fn proposals(locale: Locale, arguments: &Proposals) -> Result<(), Failure> {
    let (client, mut light) = connect(&arguments.registry)?;
    let counted = proven(&client, &mut light, &RecordKey::Proposals)?;
    let next =
        counted.value.map_or(Ok(0), |value| Counter::from_bytes(&value).map(|counter| counter.next))?;
    for seq in next.saturating_sub(PAGE)..next {
        let key = RecordKey::Proposal { seq };
        if let Some(value) = proven(&client, &mut light, &key)?.value {
            println!("{key}\n{}", pretty(&key, &value));
        }
    }
    tell_header(locale, &light, &counted.header);
    eprintln!("{}", say(locale, "registry-proposals", &[("n", next.into())]));
    Ok(())
}

fn proven(
    client: &RegistryClient,
    light: &mut LightClient,
    key: &RecordKey,
) -> Result<VerifiedRecord, Failure> {
    Ok(block_on(client.record(light, key, SystemClock.now_ms(), At::Latest))??)
}
