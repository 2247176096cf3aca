//! The facade's promises for credentials of the W3C data model, in both forms that it keeps.

use super::{testing::*, *};
use crate::{
    Clock,
    credential::{
        Format,
        w3c::{
            PresentationOptions, Securing, VcError, VerifiedPresentation, jose::VcJoseError,
            proof::ProofError,
        },
    },
    crypto::{Algorithm, Signer, testing},
    did::yufu::NamedKeys,
    issuance::holder::HolderError,
    jose::JoseError,
    presentation::{
        audience::PrintedCounter,
        file::{Challenge, UnverifiedFile},
    },
    registry::{Finding, LightClient, StapleQuery},
    status,
    wallet::store::Table,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use std::sync::Arc;

const FORMATS: [Format; 2] = [Format::LdpVc, Format::VcJwt];
const PRESET: &str = "land-title";

fn counter() -> PrintedCounter {
    let key = testing::key(Algorithm::Es256, 20).verifying_key().clone();
    PrintedCounter::new("市房产交易窗口", "City Housing Counter", key).unwrap()
}

fn sheet(wallet: &Wallet, id: &CredentialId) -> ConsentSheet {
    wallet.file_consent_for(id, PRESET, &counter().to_string()).unwrap()
}

fn present(wallet: &Wallet, id: &CredentialId) -> Vec<u8> {
    wallet.present_to_file(&sheet(wallet, id).agree()).unwrap().content
}

#[test]
fn shows_which_form_is_offered_and_that_the_issuer_is_accredited_for_the_type() {
    for format in FORMATS {
        let agency = Agency::of(format);
        let review = wait(agency.wallet().review_offer(&agency.offer())).unwrap();
        let offered = &review.types[0];
        assert_eq!((offered.format, offered.accredited, offered.copies), (format, true, 3));
        assert_eq!(offered.vct, "https://land.yufu.example/types/land-title/1");
        assert_eq!(offered.title, Localized::new("不动产证", "Land title"));
    }
}

#[test]
fn a_received_title_is_listed_with_its_issuer_validity_status_and_claims_in_words() {
    for format in FORMATS {
        let agency = Agency::of(format);
        let wallet = agency.wallet();
        let accepted = agency.accept(&wallet).unwrap();
        assert_eq!((accepted[0].copies, accepted[0].notices.as_slice()), (3, &[][..]), "{format}");
        let listed = &wallet.credentials().unwrap()[0];
        assert_eq!(listed.title, Localized::new("不动产权证", "Land title"));
        assert_eq!(listed.issuer, Localized::new("示范市居民登记处", "Model City Resident Register"));
        assert_eq!((listed.state, listed.copies_left), (CredentialState::Valid, 3), "{format}");
        let day = crate::time::start_of_day(NOW_MS / 1000);
        assert_eq!((listed.valid_from, listed.valid_to), (Some(day), Some(day + 14 * crate::time::DAY)));
        assert_eq!(listed.colours.as_ref().unwrap().background, "#1d5c3a");
        let age = listed.staple_age.unwrap();
        assert_eq!((age.status_ms, age.header_ms), (400_000, 400_000));

        let fields = wallet.credential(&listed.id).unwrap().fields;
        let field = |label: &str| fields.iter().find(|field| field.label.en == label).unwrap();
        assert_eq!(field("Area in square metres").value.en, AREA);
        assert_eq!(field("Area in square metres").label.zh, "面积（平方米）");
        assert_eq!(field("Owner's name in Latin letters").value.en, format!("{FAMILY_NAME} An"));
        // How it is signed, for whom, and where its status is are no claims.
        let paths: Vec<_> = fields.iter().map(|field| field.path.as_str()).collect();
        assert!(paths.iter().all(|path| path.starts_with(r#"["credentialSubject","#)), "{paths:?}");
        assert!(!paths.iter().any(|path| path.contains(r#""id""#)), "{paths:?}");
        assert_eq!(paths.len(), 10, "{paths:?}");
    }
}

#[test]
fn a_title_in_the_other_form_than_was_offered_is_not_read() {
    for format in FORMATS {
        let agency = Agency::of(format);
        let wallet = agency.wallet();
        agency.state().mischief = Mischief::AnotherForm;
        let refused = agency.accept(&wallet).unwrap_err();
        let expected = HolderError::Malformed("credential endpoint");
        assert!(matches!(refused, WalletError::Issuance(error) if error == expected), "{format}");
        assert_eq!(wallet.credentials().unwrap(), []);
    }
}

#[test]
fn a_title_that_is_not_valid_yet_is_stored_and_says_so() {
    for format in FORMATS {
        let agency = Agency::of(format);
        agency.state().mischief = Mischief::NotYetValid;
        let (wallet, id) = agency.wallet_with_credential();
        assert_eq!(wallet.credentials().unwrap()[0].state, CredentialState::NotYetValid, "{format}");
        assert!(sheet(&wallet, &id).warnings.contains(&Warning::NotYetValid));
    }
}

#[test]
fn a_refresh_marks_a_revoked_title() {
    for format in FORMATS {
        let agency = Agency::of(format);
        let (wallet, id) = agency.wallet_with_credential();
        agency.clock.advance(10_000);
        let now_ms = agency.clock.now_ms();
        agency.state().set_status(REVOKED, now_ms);
        let report = wait(wallet.refresh()).unwrap();
        let one = &report.credentials[0];
        assert_eq!((one.state, one.refreshed), (CredentialState::Revoked, true), "{format}: {one:?}");
        assert_eq!(one.staple_age.unwrap().status_ms, 0);
        assert_eq!(wallet.credentials().unwrap()[0].state, CredentialState::Revoked);
        assert!(sheet(&wallet, &id).warnings.contains(&Warning::Revoked));
        // The file carries the proof of it: the counter is told as well.
        let (_, staple) = opened(&present(&wallet, &id), agency.clock.now());
        assert_eq!(found(&agency, &wallet, &id, &staple), status::INVALID);
    }
}

#[test]
fn a_status_list_that_somebody_else_signed_changes_nothing() {
    for format in FORMATS {
        let agency = Agency::of(format);
        let (wallet, _) = agency.wallet_with_credential();
        agency.clock.advance(10_000);
        {
            let now_ms = agency.clock.now_ms();
            let mut state = agency.state();
            state.mischief = Mischief::ForgedList;
            state.set_status(REVOKED, now_ms);
        }
        let report = wait(wallet.refresh()).unwrap();
        assert!(!report.credentials[0].refreshed && !report.offline);
        let problem = report.credentials[0].problem.as_deref().unwrap();
        assert_eq!(problem, "the issuer's status list is not the one in the registry", "{format}");
        assert_eq!(wallet.credentials().unwrap()[0].state, CredentialState::Valid);
    }
}

#[test]
fn a_title_that_was_recorded_before_its_key_was_compromised_stays_valid() {
    for format in FORMATS {
        for (tells_paths, state) in [(true, CredentialState::Valid), (false, CredentialState::KeyNotValid)] {
            let agency = Agency::of(format);
            let (wallet, _) = agency.wallet_with_credential();
            {
                let mut issuer = agency.state();
                issuer.tells_paths = tells_paths;
                issuer.publish(NOW_MS - 300_000);
                issuer.publish(NOW_MS - 100_000);
                issuer.compromise(NOW_MS - 150_000, NOW_MS - 50_000);
            }
            let report = wait(wallet.refresh()).unwrap();
            assert_eq!(
                (report.credentials[0].state, report.credentials[0].refreshed),
                (state, true),
                "{format}"
            );
        }
    }
}

#[test]
fn consent_to_a_file_names_the_counter_the_purpose_and_every_claim() {
    for format in FORMATS {
        let agency = Agency::of(format);
        let (wallet, id) = agency.wallet_with_credential();
        let presets = wallet.file_presets_for(&id).unwrap();
        assert_eq!(presets.iter().map(|preset| preset.id.as_str()).collect::<Vec<_>>(), [PRESET]);
        assert!(presets[0].needs_counter);
        let sheet = sheet(&wallet, &id);
        assert_eq!(sheet.asker.audience(), counter().audience().to_string());
        assert_eq!(sheet.asker.name(), Localized::new("市房产交易窗口", "City Housing Counter"));
        assert!(sheet.purpose.zh.contains("核验") && sheet.purpose.en.contains("check"));
        assert_eq!(sheet.warnings[..2], [Warning::EverythingTravels, Warning::CounterNotRegistered]);
        // Six are asked for; the signature covers them all, so all of them would travel.
        assert_eq!(sheet.fields, wallet.credential(&id).unwrap().fields, "{format}");
        assert_eq!(sheet.fields.len(), 10);
        let unasked = ["land_use", "registered_on", "authority"]
            .map(|name| format!(r#"["credentialSubject","{name}"]"#));
        let owner = r#"["credentialSubject","owner","name_zh"]"#.to_owned();
        assert_eq!(sheet.unasked, [&unasked[..1], &[owner], &unasked[1..]].concat());
        assert!(!sheet.face);
    }
}

#[test]
fn a_sheet_that_cannot_be_answered_with_a_file_is_refused_by_its_reason() {
    let printed = counter().to_string();
    for format in FORMATS {
        let agency = Agency::of(format);
        let (wallet, id) = agency.wallet_with_credential();
        let refused = |preset, counter| wallet.file_consent_for(&id, preset, counter).unwrap_err();
        assert!(matches!(refused("age18", &printed), WalletError::UnknownPreset(_)));
        assert!(matches!(refused(PRESET, "https://example.org"), WalletError::NotACounter));
        let unknown = CredentialId("none".into());
        let refused = wallet.file_consent_for(&unknown, PRESET, &printed).unwrap_err();
        assert!(matches!(refused, WalletError::NotFound));
        // A show code carries no credential of the W3C data model.
        assert_eq!(wallet.presets_for(&id).unwrap(), []);
        let refused = wallet.consent_for(&id, "identity", Some(&printed)).unwrap_err();
        assert!(matches!(refused, WalletError::PresetNotAnswered(_)));
    }
    let agency = Agency::new();
    let (wallet, id) = agency.wallet_with_credential();
    assert_eq!(wallet.file_presets_for(&id).unwrap(), []);
    let refused = wallet.file_consent_for(&id, PRESET, &printed).unwrap_err();
    assert!(matches!(refused, WalletError::PresetNotAnswered(_)));
}

/// The presentation in a file, whose signatures hold, and its one staple.
fn opened(file: &[u8], now: u64) -> (VerifiedPresentation, Vec<u8>) {
    let file = UnverifiedFile::parse(file).unwrap();
    let [staple] = file.staples() else { panic!("{} staples", file.staples().len()) };
    let staple = staple.clone();
    let audience = counter().audience().to_string();
    let options =
        PresentationOptions { now, challenge: None, audiences: Some(&[&audience]), bound_to_holder: true };
    (file.presentation.verify(&NamedKeys, &options).unwrap(), staple)
}

/// The status that a staple proves to a counter that knows the network's key alone.
fn found(agency: &Agency, wallet: &Wallet, id: &CredentialId, staple: &[u8]) -> u8 {
    let records = wallet.records().unwrap();
    let record = records.credential(id).unwrap();
    let shown = record.copies.iter().rfind(|copy| copy.spent_at_ms.is_some()).unwrap();
    let copy = records.copy(&shown.id).unwrap();
    let state = agency.state();
    let query = StapleQuery {
        issuer: state.context().issuer,
        vct: &record.vct,
        list: copy.list,
        index: u64::from(copy.index),
        credential_digest: &copy.digest,
    };
    let mut counter = LightClient::new(state.network.key().clone());
    match counter.verify_staple(staple, &query, agency.clock.now_ms()).unwrap().finding {
        Finding::Granted { status, .. } => status,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_is_signed_by_the_titles_own_key_for_that_counter_and_carries_the_newest_proof() {
    for (format, securing) in [(Format::LdpVc, Securing::DataIntegrity), (Format::VcJwt, Securing::Jwt)] {
        let agency = Agency::of(format);
        let (wallet, id) = agency.wallet_with_credential();
        let file = wallet.present_to_file(&sheet(&wallet, &id).agree()).unwrap();
        assert_eq!(
            (file.name.as_str(), file.media_type.as_str()),
            ("yufu-land-title.json", "application/json")
        );
        assert_eq!(file.good_until_ms, NOW_MS + 600_000);
        assert!(!format!("{file:?}").contains(AREA));
        let (presentation, staple) = opened(&file.content, agency.clock.now());
        let [title] = presentation.credentials() else { panic!("not one credential") };
        assert_eq!(title.securing(), securing);
        assert_eq!(title.claims_before_trust()["credentialSubject"]["area_m2"], AREA);
        assert_eq!(title.subject_ids().collect::<Vec<_>>(), [presentation.holder()]);
        assert_eq!(presentation.audiences(), [counter().audience().to_string()]);
        assert_eq!(presentation.signed_at(), Some(NOW_MS / 1000));
        assert_eq!(found(&agency, &wallet, &id, &staple), status::VALID);
        // Bound to the header in the staple, so that no newer staple can be put in its place.
        let challenge: Challenge = presentation.challenge().unwrap().parse().unwrap();
        let records = wallet.records().unwrap();
        let record = records.credential(&id).unwrap();
        let held = records.staple(&record.copies[0].id).unwrap().unwrap();
        assert_eq!((challenge.anchor, &held.staple), (Some(held.header_digest), &staple));

        let (again, _) = opened(&present(&wallet, &id), agency.clock.now());
        assert_ne!(again.challenge(), presentation.challenge());
        assert_ne!(again.holder(), presentation.holder(), "each file spends a copy with a key of its own");
    }
}

#[test]
fn a_file_spends_a_copy_and_leaves_a_line_in_the_history_without_any_claim() {
    for format in FORMATS {
        let agency = Agency::of(format);
        let (wallet, id) = agency.wallet_with_credential();
        for left in [2, 1, 0] {
            present(&wallet, &id);
            assert_eq!(wallet.credentials().unwrap()[0].copies_left, left, "{format}");
        }
        assert!(sheet(&wallet, &id).warnings.contains(&Warning::CopyReused));
        present(&wallet, &id);
        let history = wallet.history().unwrap();
        assert!(matches!(&history[0].event, HistoryEvent::Shown { preset, reused_copy: true, fields, .. }
            if preset == PRESET && fields.len() == 10));
        assert!(matches!(&history[1].event, HistoryEvent::Shown { reused_copy: false, .. }));
        let written = serde_json::to_string(&history).unwrap();
        assert!(!written.contains(FAMILY_NAME) && !written.contains(AREA));
    }
}

#[test]
fn a_file_whose_title_was_changed_does_not_verify() {
    for format in FORMATS {
        let agency = Agency::of(format);
        let (wallet, id) = agency.wallet_with_credential();
        let mut file: Value = serde_json::from_slice(&present(&wallet, &id)).unwrap();
        file["presentation"] = match file["presentation"].take() {
            Value::String(compact) => {
                let [head, payload, signature] = compact.split('.').collect::<Vec<_>>()[..] else {
                    panic!("not a JWT")
                };
                let payload = URL_SAFE_NO_PAD.decode(payload).unwrap();
                let mut document: Value = serde_json::from_slice(&payload).unwrap();
                let enveloped = document["verifiableCredential"][0]["id"].take();
                let (kind, title) = enveloped.as_str().unwrap().split_once(',').unwrap();
                let larger = enlarge(title.into());
                document["verifiableCredential"][0]["id"] =
                    format!("{kind},{}", larger.as_str().unwrap()).into();
                let payload = URL_SAFE_NO_PAD.encode(document.to_string());
                format!("{head}.{payload}.{signature}").into()
            }
            mut document => {
                let title = document["verifiableCredential"][0].take();
                document["verifiableCredential"][0] = enlarge(title);
                document
            }
        };
        let options = PresentationOptions {
            now: agency.clock.now(),
            challenge: None,
            audiences: None,
            bound_to_holder: true,
        };
        let file = UnverifiedFile::parse(file.to_string().as_bytes()).unwrap();
        let refused = file.presentation.verify(&NamedKeys, &options).unwrap_err();
        let expected = match format {
            Format::LdpVc => VcError::Proof(ProofError::Signature),
            _ => VcError::Jose(VcJoseError::Jws(JoseError::Signature)),
        };
        assert_eq!(refused, expected, "{format}");
    }
}

#[test]
fn nothing_of_a_title_can_be_read_in_the_store() {
    for format in FORMATS {
        let agency = Agency::of(format);
        let store = Arc::new(MemoryStore::new());
        let wallet = Wallet::open(agency.config(store.clone()), Some(PASSPHRASE)).unwrap();
        let id = agency.accept(&wallet).unwrap()[0].id.clone();
        present(&wallet, &id);
        for table in [Table::Credential, Table::Copy, Table::Staple, Table::Key, Table::History] {
            for (_, value) in store.rows(table).unwrap() {
                for text in [FAMILY_NAME, AREA, "land-title", "did:key", "欧阳安"] {
                    let inside = |bytes: &[u8]| bytes.windows(text.len()).any(|part| part == text.as_bytes());
                    assert!(!inside(&value), "{text} can be read in {table:?}");
                }
            }
        }
    }
}
