//! Presentation files whose credential and presentation are both secured by Data Integrity proofs, as the
//! land registry issues and wallets present them.

use super::{assert_refused, assert_valid, land::*, support::*};
use serde_json::{Map, Value, json};
use yufu_core::{
    credential::w3c::{
        json_ld::Limits,
        proof::{self, BySigner, Cryptosuite, ProofOptions},
    },
    crypto::SoftwareKey,
    did::Relationship,
    presentation::file::{self, Challenge},
    registry::{RecordKey, StapledFinding},
    time::start_of_day,
};
use yufu_verifier::{LocalLimits, Outcome, Reason};

fn signed(document: &Map<String, Value>, options: &ProofOptions, key: &SoftwareKey) -> Map<String, Value> {
    proof::sign(document, options, &BySigner::new(key), &Limits::default()).unwrap()
}

impl Land {
    fn title(&self) -> Map<String, Value> {
        let agency = &self.world.agency;
        let method = format!("{}#{}", agency.did, multibase(&agency.key));
        let suite = Cryptosuite::EcdsaRdfc2019;
        let mut options = ProofOptions::new(suite, &method, Relationship::AssertionMethod);
        options.created = Some(start_of_day(NOW));
        signed(&self.document(), &options, &agency.key)
    }

    /// A presentation of `credential` by the key of `holder`, as `made` says and `change` has it.
    fn proven(
        &self,
        holder: u64,
        credential: &Map<String, Value>,
        made: &Made,
        change: impl FnOnce(&mut ProofOptions),
    ) -> Map<String, Value> {
        let holder = key(holder);
        let document = file::presentation_of(&credential.clone().into(), &did_key(&holder));
        let method = holder_method(&holder);
        let suite = Cryptosuite::EcdsaRdfc2019;
        let mut options = ProofOptions::new(suite, &method, Relationship::Authentication);
        options.created = Some(made.made);
        options.domain = vec![made.audience.clone()];
        options.challenge = Some(Challenge { nonce: made.nonce, anchor: made.anchor }.to_string());
        change(&mut options);
        signed(&document, &options, &holder)
    }

    fn proven_file(&mut self, change: impl FnOnce(&mut ProofOptions)) -> (String, Made) {
        let (credential, made) = (self.title(), self.made());
        let presentation = self.proven(HOLDER, &credential, &made, change);
        (file::write(presentation.into(), &made.staples, &made.listings), made)
    }

    fn said(&mut self, file: &str) -> Outcome {
        let limits = LocalLimits::default();
        self.world.verifier.verify_presentation_file(file.as_bytes(), &land_title(), &limits, NOW_MS)
    }
}

/// The same file with something else in it.
fn with(file: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut file: Value = serde_json::from_str(file).unwrap();
    change(&mut file["presentation"]);
    file.to_string()
}

#[test]
fn a_title_and_its_presentation_by_data_integrity_proofs_are_valid_once() {
    let mut land = Land::new();
    let (file, _) = land.proven_file(|_| {});
    let outcome = land.said(&file);
    assert_valid(&outcome);
    assert_eq!(outcome.fields.len(), land_title().claims().len());
    assert_eq!(outcome.credential_type.as_deref(), Some(LAND_TITLE));
    assert_refused(&land.said(&file), Reason::NonceUsed);
}

#[test]
fn what_was_changed_is_the_issuer_s_or_the_holder_s_signature() {
    let mut land = Land::new();
    let (file, _) = land.proven_file(|_| {});
    // The holder signs over the credential too, so a change of it breaks both; the issuer's comes first.
    let claims = with(&file, |presentation| {
        presentation["verifiableCredential"][0]["credentialSubject"]["area_m2"] = json!("999.00");
    });
    let outcome = land.said(&claims);
    assert!(
        matches!(outcome.reason, Some(Reason::IssuerSignature | Reason::HolderSignature)),
        "{:?}",
        outcome.reason
    );
    // A title that somebody else changed and then presented properly.
    let (mut title, made) = (land.title(), land.made());
    title["credentialSubject"]["area_m2"] = json!("999.00");
    let presentation = land.proven(HOLDER, &title, &made, |_| {});
    let forged = file::write(presentation.into(), &made.staples, &made.listings);
    assert_refused(&land.said(&forged), Reason::IssuerSignature);
    let holder = with(&file, |presentation| presentation["proof"]["created"] = json!("2026-11-20T00:00:00Z"));
    assert_refused(&land.said(&holder), Reason::HolderSignature);
}

#[test]
fn another_than_its_subject_cannot_present_a_title() {
    let mut land = Land::new();
    let (title, made) = (land.title(), land.made());
    let presentation = land.proven(99, &title, &made, |_| {});
    let file = file::write(presentation.into(), &made.staples, &made.listings);
    assert_refused(&land.said(&file), Reason::OtherHolder);
}

#[test]
fn a_proof_is_for_one_counter_its_staple_and_its_purpose() {
    let mut land = Land::new();
    let (other, _) = land.proven_file(|options| options.domain = vec!["yufu-class:age18".into()]);
    assert_refused(&land.said(&other), Reason::OtherAudience);
    let (none, _) = land.proven_file(|options| options.domain.clear());
    assert_refused(&land.said(&none), Reason::OtherAudience);
    let (other, _) = land.proven_file(|options| {
        options.challenge = Some(Challenge { nonce: [5; 16], anchor: Some([1; 32]) }.to_string());
    });
    assert_refused(&land.said(&other), Reason::OtherAnchor);
    let (none, _) = land.proven_file(|options| options.challenge = None);
    assert_refused(&land.said(&none), Reason::MalformedKeyBinding);
    let (purpose, _) = land.proven_file(|options| options.purpose = Relationship::AssertionMethod);
    let outcome = land.said(&purpose);
    assert!(outcome.reason.is_some() && outcome.fields.is_empty(), "{:?}", outcome.reason);
}

#[test]
fn a_suite_that_is_not_known_is_refused_and_shows_nothing() {
    let mut land = Land::new();
    let (file, _) = land.proven_file(|_| {});
    for suite in ["ecdsa-rdfc-2030", "eddsa-2022", "", "none"] {
        let other = with(&file, |presentation| {
            presentation["verifiableCredential"][0]["proof"]["cryptosuite"] = json!(suite);
        });
        let outcome = land.said(&other);
        assert!(outcome.reason.is_some() && outcome.fields.is_empty(), "{suite}: {:?}", outcome.reason);
    }
}

#[test]
fn an_issuer_that_is_not_accredited_for_titles_is_refused_by_proven_absence() {
    let mut land = Land::new();
    let (title, did) = (land.title(), RecordKey::Did { issuer: land.world.agency.id });
    let accreditation = RecordKey::Accreditation { issuer: land.world.agency.id, vct: LAND_TITLE.into() };
    // Registers the DID; the title's own accreditation stays absent.
    land.world.staple_not_accredited(NOW_MS - 2_000);
    let header = land.world.anchor(NOW_MS - 1_000);
    let trust = &land.world.network.trust;
    let finding = StapledFinding::NotAccredited {
        did: trust.get(&did).unwrap().to_vec(),
        did_proof: trust.prove(&did),
        accreditation_proof: trust.prove(&accreditation),
    };
    let staple = land.staple_of(finding, &header);
    let made = land.made_with(staple, header.header().digest());
    let presentation = land.proven(HOLDER, &title, &made, |_| {});
    let file = file::write(presentation.into(), &made.staples, &made.listings);
    assert_refused(&land.said(&file), Reason::NoAccreditation);
}
