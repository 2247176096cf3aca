//! A record as JSON, for people and scripts. What is signed and proven are its bytes.

use super::{
    Accreditation, DidRecord, GovernanceAct, Grant, IssuedRecord, KeyRecord, Origin, Policy, Proposal,
    ProposalState, Proposals, Record, RecordKey, StatusListRecord, TypeRecord, Validators, client::hex,
};
use crate::{crypto::Digest, did::yufu::IssuerId};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// The record's content; one that is not understood, as its bytes in base64url.
#[must_use]
pub fn describe(key: &RecordKey, bytes: &[u8]) -> Value {
    let described = match key {
        RecordKey::Policy => of::<Policy>(bytes, policy),
        RecordKey::Validators { .. } | RecordKey::DecidedValidators => of::<Validators>(bytes, validators),
        RecordKey::Origin => of::<Origin>(bytes, origin),
        RecordKey::Proposal { .. } => of::<Proposal>(bytes, proposal),
        RecordKey::Proposals => of::<Proposals>(bytes, |counter| json!({ "next": counter.next })),
        RecordKey::Did { .. } | RecordKey::DidHistory { .. } => of::<DidRecord>(bytes, did),
        RecordKey::Key { .. } => of::<KeyRecord>(bytes, issuer_key),
        RecordKey::Accreditation { .. } => of::<Accreditation>(bytes, accreditation),
        RecordKey::Type { .. } => of::<TypeRecord>(bytes, credential_type),
        RecordKey::StatusList { .. } => of::<StatusListRecord>(bytes, status_list),
        RecordKey::Grant { .. } => of::<Grant>(bytes, grant),
        RecordKey::Issued { .. } => of::<IssuedRecord>(bytes, issued),
        _ => None,
    };
    described.unwrap_or_else(|| json!({ "bytes": base64url(bytes) }))
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn of<R: Record>(bytes: &[u8], describe: impl Fn(&R) -> Value) -> Option<Value> {
    R::from_bytes(bytes).ok().map(|record| describe(&record))
}

fn digest(digest: &Digest) -> Value {
    hex(digest).into()
}

fn policy(policy: &Policy) -> Value {
    let authorities: Vec<String> = policy.authorities.iter().map(ToString::to_string).collect();
    json!({
        "network": policy.network,
        "authorities": authorities,
        "authority_quorum": policy.authority_quorum,
        "slot_ms": policy.slot_ms,
        "publication_ms": policy.publication_ms,
        "timelock_ms": policy.timelock_ms,
        "epoch_length": policy.epoch_length,
        "status_age_limit_ms": policy.status_age_limit_ms,
        "quotas": {
            "block_transactions": policy.quotas.block_transactions,
            "block_bytes": policy.quotas.block_bytes,
            "did_transactions": policy.quotas.did_transactions,
            "did_bytes": policy.quotas.did_bytes,
            "registrations": policy.quotas.registrations,
        },
        "rules": {
            "version": policy.rules.version,
            "next": policy.rules.next.map(|next| json!({
                "version": next.version,
                "from_height": next.from_height,
            })),
        },
    })
}

fn origin(origin: &Origin) -> Value {
    json!({
        "network": digest(&origin.network),
        "height": origin.height,
        "header": digest(&origin.header),
        "time_ms": origin.time_ms,
        "export": digest(&origin.export),
    })
}

fn proposal(proposal: &Proposal) -> Value {
    let ids = |ids: &[IssuerId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (state, at_ms) = match proposal.state {
        ProposalState::Open => ("open", None),
        ProposalState::Passed { from_ms } => ("passed", Some(from_ms)),
        ProposalState::Executed { at_ms } => ("executed", Some(at_ms)),
        ProposalState::Rejected { at_ms } => ("rejected", Some(at_ms)),
        ProposalState::Vetoed { at_ms } => ("vetoed", Some(at_ms)),
    };
    json!({
        "act": act(&proposal.act),
        "proposer": proposal.proposer.to_string(),
        "proposed_at_ms": proposal.proposed_at_ms,
        "expires_at_ms": proposal.expires_at_ms,
        "approvals": ids(&proposal.approvals),
        "rejections": ids(&proposal.rejections),
        "state": state,
        "state_at_ms": at_ms,
    })
}

fn act(act: &GovernanceAct) -> Value {
    let of = |kind: &str, issuer: &IssuerId, vct: &str| json!({ "kind": kind, "issuer": issuer.to_string(), "vct": vct });
    match act {
        GovernanceAct::Accredit(terms) => json!({
            "kind": "accredit",
            "issuer": terms.issuer.to_string(),
            "vct": terms.vct,
            "name_zh": terms.name_zh,
            "name_en": terms.name_en,
            "valid_from": terms.valid_from,
            "valid_to": terms.valid_to,
            "max_open_lists": terms.max_open_lists,
        }),
        GovernanceAct::SuspendAccreditation { issuer, vct } => of("suspend", issuer, vct),
        GovernanceAct::ReinstateAccreditation { issuer, vct } => of("reinstate", issuer, vct),
        GovernanceAct::WithdrawAccreditation { issuer, vct } => of("withdraw", issuer, vct),
        GovernanceAct::ChangePolicy { policy: rules } => json!({ "kind": "policy", "policy": policy(rules) }),
        GovernanceAct::RecoverDid { issuer, control_key, next_key } => json!({
            "kind": "recover",
            "issuer": issuer.to_string(),
            "control_key": control_key.jwk(),
            "next_key": digest(next_key),
        }),
        GovernanceAct::PutValidator { validator, endpoint } => json!({
            "kind": "put_validator",
            "identity": digest(&validator.identity),
            "votes": base64url(&validator.bls),
            "endpoint": endpoint,
        }),
        GovernanceAct::RemoveValidator { identity } => {
            json!({ "kind": "remove_validator", "identity": digest(identity) })
        }
    }
}

fn validators(validators: &Validators) -> Value {
    let members: Vec<Value> = validators
        .set
        .validators()
        .iter()
        .map(|member| json!({ "identity": digest(&member.identity), "votes": base64url(&member.bls) }))
        .collect();
    json!({ "quorum": validators.set.quorum(), "validators": members, "endpoints": validators.endpoints })
}

fn did(did: &DidRecord) -> Value {
    let services: Vec<Value> =
        did.services.iter().map(|service| json!({ "type": service.kind, "url": service.url })).collect();
    json!({
        "version": did.version,
        "control_key": did.control_key.jwk(),
        "next_key": digest(&did.next_key),
        "nonce": did.nonce,
        "also_known_as": did.also_known_as,
        "services": services,
        "registered_at_ms": did.registered_at_ms,
        "deactivated_at_ms": did.deactivated_at_ms,
    })
}

fn issuer_key(key: &KeyRecord) -> Value {
    let revocation = key.revocation.map(|revocation| {
        json!({
            "at_ms": revocation.at_ms,
            "reason": format!("{:?}", revocation.reason),
            "compromised_since": revocation.compromised_since,
        })
    });
    json!({
        "key": key.key.jwk(),
        "purpose": format!("{:?}", key.purpose),
        "valid_from": key.valid_from,
        "valid_to": key.valid_to,
        "active_from": key.active_from,
        "revocation": revocation,
    })
}

fn accreditation(accreditation: &Accreditation) -> Value {
    json!({
        "accreditor": accreditation.accreditor.to_string(),
        "name_zh": accreditation.name_zh,
        "name_en": accreditation.name_en,
        "valid_from": accreditation.valid_from,
        "valid_to": accreditation.valid_to,
        "suspended_since": accreditation.suspended_since,
        "withdrawn_at": accreditation.withdrawn_at,
        "max_open_lists": accreditation.max_open_lists,
        "open_lists": accreditation.open_lists,
    })
}

fn credential_type(record: &TypeRecord) -> Value {
    json!({
        "owner": record.owner.to_string(),
        "metadata_digest": digest(&record.metadata_digest),
        "metadata_url": record.metadata_url,
        "schema_digest": record.schema_digest.as_ref().map(digest),
    })
}

fn status_list(list: &StatusListRecord) -> Value {
    json!({
        "key": digest(&list.key),
        "vct": list.vct,
        "type_version": list.type_version,
        "encoding": format!("{:?}", list.encoding),
        "bits": list.bits,
        "size": list.size,
        "version": list.version,
        "status_root": digest(&list.status_root),
        "issued_root": digest(&list.issued_root),
        "token_digest": digest(&list.token_digest),
        "purpose": list.purpose,
        "url": list.url,
        "published_at_ms": list.published_at_ms,
        "valid_until": list.valid_until,
    })
}

fn grant(grant: &Grant) -> Value {
    let revocation = grant.key_revocation.map(|revocation| {
        json!({
            "at_ms": revocation.at_ms,
            "compromised": revocation.compromised.map(|compromise| {
                json!({ "since": compromise.since, "issued_root": digest(&compromise.issued_root) })
            }),
        })
    });
    json!({
        "key": digest(&grant.key),
        "key_valid_from": grant.key_valid_from,
        "key_valid_to": grant.key_valid_to,
        "key_revocation": revocation,
        "name_zh": grant.name_zh,
        "name_en": grant.name_en,
        "accredited_from": grant.accredited_from,
        "accredited_to": grant.accredited_to,
        "type_digest": digest(&grant.type_digest),
        "encoding": format!("{:?}", grant.encoding),
        "bits": grant.bits,
        "size": grant.size,
        "status_root": digest(&grant.status_root),
        "version": grant.version,
        "published_at_ms": grant.published_at_ms,
        "valid_until": grant.valid_until,
    })
}

fn issued(issued: &IssuedRecord) -> Value {
    json!({
        "issued_root": digest(&issued.issued_root),
        "status_root": digest(&issued.status_root),
        "published_at_ms": issued.published_at_ms,
    })
}
