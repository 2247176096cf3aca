//! Presentation files: every verdict and reason that can arise from one.

use super::{assert_refused, assert_valid, land::*, support::*};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use yufu_core::{
    Verdict,
    crypto::sha256,
    presentation::file::MAX_FILE,
    registry::{RecordKey, StapledFinding, StatusEncoding},
    time::{DAY, start_of_day},
};
use yufu_verifier::{Check, LocalLimits, Outcome, Reason};

impl Land {
    fn verdict_at(&mut self, file: &str, clock_ms: u64) -> Outcome {
        let limits = LocalLimits::default();
        self.world.verifier.verify_presentation_file(file.as_bytes(), &land_title(), &limits, clock_ms)
    }

    fn verdict(&mut self, file: &str) -> Outcome {
        self.verdict_at(file, NOW_MS)
    }

    fn refused(&mut self, file: &str, reason: Reason) {
        let outcome = self.verdict(file);
        assert_refused(&outcome, reason);
    }
}

#[test]
fn a_good_file_is_valid_and_shows_what_the_policy_asks() {
    let mut land = Land::new();
    let file = land.file(&land.issue());
    let outcome = land.verdict(&file);
    assert_valid(&outcome);
    let labels: Vec<_> = outcome.fields.iter().map(|field| field.path.to_string()).collect();
    assert_eq!(labels[0], "credentialSubject.certificate_number");
    assert_eq!(outcome.fields.len(), land_title().claims().len());
    assert_eq!(outcome.credential_type.as_deref(), Some(LAND_TITLE));
    assert_eq!(outcome.issuer.unwrap().did, land.world.agency.did);
    assert_eq!((outcome.header_age_ms, outcome.status_age_ms), (Some(1_000), Some(5_000)));
    assert_eq!(outcome.checked.len(), 9);
    assert_eq!(outcome.checked.last(), Some(&Check::Policy));
}

#[test]
fn a_file_is_good_once() {
    let mut land = Land::new();
    let file = land.file(&land.issue());
    assert_valid(&land.verdict(&file));
    land.refused(&file, Reason::NonceUsed);
    // Also when it has grown old meanwhile.
    let later = land.verdict_at(&file, NOW_MS + 3_600_000);
    assert_refused(&later, Reason::NonceUsed);
}

#[test]
fn a_file_is_good_for_as_long_as_its_policy_says() {
    let mut land = Land::new();
    let credential = land.issue();
    let file = land.file(&credential);
    assert_refused(&land.verdict_at(&file, NOW_MS + 601_000), Reason::CodeTooOld);
    assert_valid(&land.verdict_at(&file, NOW_MS + 600_000));
    let ahead = land.file_with(&credential, |made| made.made = NOW + 16);
    land.refused(&ahead, Reason::CodeAhead);
    let far_ahead = land.file_with(&credential, |made| made.made = NOW + 3_600);
    land.refused(&far_ahead, Reason::CodeAhead);
}

#[test]
fn what_was_changed_is_tampered_or_not_the_holder_s() {
    let mut land = Land::new();
    let credential = land.issue();
    let (head, signature) = credential.rsplit_once('.').unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    bytes[5] ^= 1;
    let forged = format!("{head}.{}", URL_SAFE_NO_PAD.encode(&bytes));
    let file = land.file(&forged);
    land.refused(&file, Reason::IssuerSignature);

    let file: Value = serde_json::from_str(&land.file(&credential)).unwrap();
    let (head, signature) = file["presentation"].as_str().unwrap().rsplit_once('.').unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    bytes[5] ^= 1;
    let forged = format!("{head}.{}", URL_SAFE_NO_PAD.encode(&bytes));
    let file = json!({"presentation": forged, "staples": file["staples"]}).to_string();
    land.refused(&file, Reason::HolderSignature);
}

#[test]
fn another_than_its_subject_cannot_present_a_credential() {
    let mut land = Land::new();
    let (credential, made) = (land.issue(), land.made());
    let file = land.file_by(99, &credential, made);
    land.refused(&file, Reason::OtherHolder);
}

#[test]
fn a_file_is_for_one_counter_and_for_its_staple() {
    let mut land = Land::new();
    let credential = land.issue();
    let other = land.file_with(&credential, |made| made.audience = "yufu-class:age18".into());
    land.refused(&other, Reason::OtherAudience);
    let other = land.file_with(&credential, |made| made.anchor = Some([1; 32]));
    land.refused(&other, Reason::OtherAnchor);
    let none = land.file_with(&credential, |made| made.anchor = None);
    land.refused(&none, Reason::OtherAnchor);
}

#[test]
fn validity_is_the_credential_s_own() {
    let mut land = Land::new();
    let day = |seconds: u64| Value::from(iso(seconds));
    let today = start_of_day(NOW);
    let over = land.issue_with(|document| {
        document.insert("validFrom".into(), day(today - 2 * DAY));
        document.insert("validUntil".into(), day(NOW - 1));
    });
    let file = land.file(&over);
    land.refused(&file, Reason::CredentialExpired);
    let coming = land.issue_with(|document| {
        document.insert("validFrom".into(), day(today + DAY));
    });
    let file = land.file(&coming);
    land.refused(&file, Reason::CredentialNotYetValid);
    let last_second = land.issue_with(|document| {
        document.insert("validUntil".into(), day(NOW));
    });
    let file = land.file(&last_second);
    assert_valid(&land.verdict(&file));
    let endless = land.issue_with(|document| drop(document.remove("validUntil")));
    let file = land.file(&endless);
    land.refused(&file, Reason::MalformedCredential);
}

#[test]
fn a_revoked_credential_is_revoked_and_a_stale_status_is_unknown() {
    let mut land = Land::new();
    let credential = land.issue();
    land.world.agency.set_status(INDEX, 1);
    land.world.agency.publish(NOW_MS - 4_000);
    land.register();
    let file = land.file(&credential);
    land.refused(&file, Reason::CredentialRevoked);

    let mut land = Land::new();
    land.world.agency.publish(NOW_MS - 25 * 3_600_000);
    land.register();
    let file = land.file(&credential);
    land.refused(&file, Reason::StatusStale);
}

#[test]
fn an_issuer_is_trusted_by_the_registry_alone() {
    let mut land = Land::new();
    let credential = land.issue();
    let issuer = land.world.agency.id;
    let header = land.world.anchor(NOW_MS - 1_000);
    let proof = land.world.network.trust.prove(&RecordKey::Did { issuer });
    let staple = land.staple_of(StapledFinding::UnknownIssuer { proof }, &header);
    let made = land.made_with(staple, header.header().digest());
    let file = land.file_by(HOLDER, &credential, made);
    land.refused(&file, Reason::AbsentFromRegistry);

    let mut land = Land::new();
    land.world.agency.grant.accredited_to = NOW - 10;
    land.register();
    let file = land.file(&credential);
    land.refused(&file, Reason::AccreditationEnded);
}

#[test]
fn an_issuer_of_another_did_method_is_unknown_here() {
    let mut land = Land::new();
    let key = key(10);
    for did in ["did:web:land.example".to_owned(), did_key(&key)] {
        let kid = format!("{did}#{}", multibase(&key));
        let credential = land.issue_by(&key, &kid, NOW, |document| {
            document.insert("issuer".into(), did.clone().into());
        });
        let file = land.file(&credential);
        land.refused(&file, Reason::ForeignIdentifier);
    }
}

#[test]
fn the_key_is_the_list_s_and_valid_on_the_day() {
    let mut land = Land::new();
    let other = key(77);
    let kid = format!("{}#{}", land.world.agency.did, multibase(&other));
    let credential = land.issue_by(&other, &kid, NOW, |_| {});
    let file = land.file(&credential);
    land.refused(&file, Reason::KeyNotOfList);

    let credential = land.issue();
    land.world.agency.grant.key_valid_to = start_of_day(NOW);
    land.register();
    let file = land.file(&credential);
    land.refused(&file, Reason::OutsideKeyValidity);
}

#[test]
fn after_a_compromise_only_what_was_recorded_counts() {
    for recorded in [true, false] {
        let mut land = Land::new();
        let credential = land.issue();
        if recorded {
            land.world.agency.issued.set(INDEX.into(), &sha256(&[credential.as_bytes()])).unwrap();
        }
        land.world.agency.revoke_key(NOW_MS - 10_000, Some(NOW_MS - 20_000));
        land.register();
        let (staple, header) = land.staple_at(NOW_MS - 1_000, true);
        let made = land.made_with(staple, header);
        let file = land.file_by(HOLDER, &credential, made);
        let outcome = land.verdict(&file);
        if recorded {
            assert_valid(&outcome);
        } else {
            assert_refused(&outcome, Reason::CompromisedAndUnrecorded);
        }
    }
}

#[test]
fn a_staple_is_of_the_credential_s_list_and_its_encoding() {
    let mut land = Land::new();
    let elsewhere = land.issue_with(|document| {
        document["credentialStatus"]["statusListCredential"] = "https://land.yufu.example/status/4".into();
    });
    let file = land.file(&elsewhere);
    land.refused(&file, Reason::OtherList);

    let credential = land.issue();
    land.world.agency.grant.encoding = StatusEncoding::Token;
    land.register();
    let file = land.file(&credential);
    land.refused(&file, Reason::OtherList);

    let none = land.file_with(&credential, |made| {
        made.staples.clear();
        made.anchor = None;
    });
    land.refused(&none, Reason::NoStaple);
    let junk = land.file_with(&credential, |made| made.staples = vec![vec![1; 100]]);
    land.refused(&junk, Reason::MalformedStaple);
}

#[test]
fn a_credential_has_one_revocation_status_and_no_other() {
    let mut land = Land::new();
    let none = land.issue_with(|document| drop(document.remove("credentialStatus")));
    let file = land.file(&none);
    land.refused(&file, Reason::NoStatusReference);
    let suspension = land.issue_with(|document| {
        document["credentialStatus"]["statusPurpose"] = "suspension".into();
    });
    let file = land.file(&suspension);
    land.refused(&file, Reason::MalformedCredential);
}

#[test]
fn what_does_not_answer_the_policy_is_refused() {
    let mut land = Land::new();
    let less = land.issue_with(|document| {
        document["credentialSubject"].as_object_mut().unwrap().remove("location");
    });
    let file = land.file(&less);
    land.refused(&file, Reason::ClaimMissing);
}

#[test]
fn unreadable_files_are_told_apart_by_reason() {
    let mut land = Land::new();
    land.refused("no json", Reason::Malformed);
    land.refused(&" ".repeat(MAX_FILE + 1), Reason::TooLarge);
    let unsecured = json!({"presentation": {"@context": [V2], "type": "VerifiablePresentation"}});
    land.refused(&unsecured.to_string(), Reason::NoKeyBinding);
    let credential = land.issue();
    let twice = land.file_with(&credential, |made| made.staples.push(vec![1]));
    land.refused(&twice, Reason::Malformed);
    assert_eq!(Reason::Malformed.verdict(), Verdict::Unreadable);
}
