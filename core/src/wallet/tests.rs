//! The facade's promises, against an agency and a registry with real keys.

use super::{testing::*, *};
use crate::{
    Clock,
    credential::sd_jwt::{ExpectedKeyBinding, ExpectedNonce, UnverifiedSdJwt},
    crypto::Signer,
    crypto::{Algorithm, sha256, testing},
    issuance::{error::TokenErrorCode, holder::HolderError},
    presentation::{
        audience::PrintedCounter,
        show_code::{MAX_AGE_S, UnverifiedShowCode},
    },
    qr::frames,
    registry::Record,
    status,
    wallet::store::Table,
};
use serde_json::Value;
use std::sync::Arc;

#[test]
fn shows_who_issues_what_before_any_code_is_entered() {
    let agency = Agency::new();
    let wallet = agency.wallet();
    let review = wait(wallet.review_offer(&agency.offer())).unwrap();
    let name = review.issuer.legal_name.unwrap();
    assert_eq!(name, Localized::new("示范市居民登记处", "Model City Resident Register"));
    assert_eq!(review.issuer.claims_to_be.en, "Residents, by its own word");
    assert_eq!(review.types[0].title, Localized::new("居民证", "Resident ID"));
    assert!(review.types[0].accredited);
    assert_eq!(review.types[0].copies, 3);
    assert_eq!(review.tx_code.unwrap().length, Some(6));
    assert!(!agency.state().requests.iter().any(|url| url.ends_with("/token")));
}

#[test]
fn does_not_lend_an_agencys_name_to_an_address_that_its_record_does_not_list() {
    let agency = Agency::new();
    let wallet = agency.wallet();
    {
        let mut state = agency.state();
        let key = state.did_key();
        let mut record =
            crate::registry::DidRecord::from_bytes(state.network.trust.get(&key).unwrap()).unwrap();
        record.services[0].url = "https://somebody.else.example".into();
        state.network.trust.insert(&key, record.to_bytes());
        state.anchor(NOW_MS - 100_000);
    }
    let review = wait(wallet.review_offer(&agency.offer())).unwrap();
    assert_eq!((review.issuer.did, review.issuer.legal_name), (None, None));
    assert!(!review.types[0].accredited);
}

#[test]
fn an_offer_can_be_reviewed_while_the_registry_is_away_and_says_so() {
    let agency = Agency::new();
    let mut config = agency.config(Arc::new(MemoryStore::new()));
    config.registry_url = "https://away.example".into();
    let wallet = Wallet::open(config, Some(PASSPHRASE)).unwrap();
    let review = wait(wallet.review_offer(&agency.offer())).unwrap();
    assert!(review.registry_unreachable);
    assert_eq!((review.issuer.did.as_deref(), review.issuer.legal_name.as_ref()), (None, None));
    // Nothing is accepted on the issuer's word alone.
    assert!(matches!(wait(wallet.accept(&review, Some(TX_CODE))), Err(WalletError::Registry(_))));
    assert_eq!(wallet.credentials().unwrap(), []);
}

#[test]
fn accepts_a_batch_with_a_first_proof_for_each_copy() {
    let agency = Agency::new();
    let wallet = agency.wallet();
    let accepted = agency.accept(&wallet).unwrap();
    assert_eq!((accepted.len(), accepted[0].copies), (1, 3));
    assert_eq!(accepted[0].issuer.en, "Model City Resident Register");
    assert_eq!(accepted[0].notices, []);
    let credentials = wallet.credentials().unwrap();
    assert_eq!(credentials[0].state, CredentialState::Valid);
    assert_eq!((credentials[0].copies_left, credentials[0].copies), (3, 3));
    let age = credentials[0].staple_age.unwrap();
    assert_eq!((age.status_ms, age.header_ms), (400_000, 400_000));
    let details = wallet.credential(&accepted[0].id).unwrap();
    let value = |label: &str| {
        details.fields.iter().find(|field| field.label.en == label).map(|field| field.value.en.clone())
    };
    assert!(details.fields.iter().any(|field| field.value.en == FAMILY_NAME), "{:?}", details.fields);
    assert_eq!(value("key_level"), None);
    let faces: Vec<_> = details.fields.iter().filter_map(|field| field.image.as_deref()).collect();
    assert_eq!(faces, [b"a face of very few pixels"]);
    assert_eq!(details.key_level.as_deref(), Some("software"));
}

#[test]
fn a_wrong_transaction_code_stores_nothing_and_the_right_one_still_works() {
    let agency = Agency::new();
    let wallet = agency.wallet();
    let review = wait(wallet.review_offer(&agency.offer())).unwrap();
    let refused = wait(wallet.accept(&review, Some("000000"))).unwrap_err();
    let expected = HolderError::TokenRefused(TokenErrorCode::InvalidGrant);
    assert!(matches!(refused, WalletError::Issuance(error) if error == expected));
    assert_eq!(wallet.credentials().unwrap(), []);
    wait(wallet.accept(&review, Some(TX_CODE))).unwrap();
    assert_eq!(wallet.credentials().unwrap().len(), 1);
}

#[test]
fn stores_a_credential_that_is_not_valid_yet_and_says_so() {
    let agency = Agency::new();
    agency.state().mischief = Mischief::NotYetValid;
    let wallet = agency.wallet();
    let accepted = agency.accept(&wallet).unwrap();
    assert!(matches!(accepted[0].notices[..], [Notice::NotYetValid { .. }]));
    assert_eq!(wallet.credentials().unwrap()[0].state, CredentialState::NotYetValid);
    let sheet = wallet.consent_for(&accepted[0].id, "age18", None).unwrap();
    assert!(sheet.warnings.contains(&Warning::NotYetValid));
}

#[test]
fn the_consent_sheet_says_who_asks_what_for_and_exactly_which_fields() {
    let agency = Agency::new();
    let (wallet, id) = agency.wallet_with_credential();
    let sheet = wallet.consent_for(&id, "age18", None).unwrap();
    assert_eq!(sheet.asker.audience(), "yufu-class:age18");
    assert!(sheet.purpose.en.contains("18") && sheet.purpose.zh.contains("18"));
    let paths: Vec<_> = sheet.fields.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, [r#"["age_equal_or_over","18"]"#, r#"["portrait_small"]"#]);
    assert_eq!(sheet.fields[0].value, Localized::new("是", "yes"));
    assert!(sheet.face);
    assert_eq!(sheet.warnings, [Warning::FaceTravels]);
}

#[test]
fn refuses_consent_sheets_that_cannot_be_answered() {
    let agency = Agency::new();
    let (wallet, id) = agency.wallet_with_credential();
    let refused = |preset, counter| wallet.consent_for(&id, preset, counter).unwrap_err();
    assert!(matches!(refused("nothing", None), WalletError::UnknownPreset(_)));
    assert!(matches!(refused("driving", None), WalletError::PresetNotAnswered(_)));
    // The claim is there and says no.
    assert!(matches!(refused("age65", None), WalletError::PresetNotAnswered(_)));
    assert!(matches!(refused("age18", Some("https://example.org")), WalletError::NotACounter));
    let unknown = CredentialId("none".into());
    assert!(matches!(wallet.consent_for(&unknown, "age18", None), Err(WalletError::NotFound)));
}

#[test]
fn a_code_for_a_printed_counter_is_bound_to_that_counter_and_warns_that_nobody_vouches_for_it() {
    let agency = Agency::new();
    let (wallet, id) = agency.wallet_with_credential();
    let key = testing::key(Algorithm::Es256, 20).verifying_key().clone();
    let printed = PrintedCounter::new("市图书馆", "City Library", key).unwrap();
    let sheet = wallet.consent_for(&id, "age18", Some(&printed.to_string())).unwrap();
    assert_eq!(sheet.asker.audience(), printed.audience().to_string());
    assert_eq!(sheet.asker.name().zh, "市图书馆");
    assert!(sheet.warnings.contains(&Warning::CounterNotRegistered));
    let (_, audience, _) = shown(&wallet.show(sheet.agree()).unwrap().code(NOW_MS).unwrap());
    assert_eq!(audience, printed.audience().to_string());
}

/// Nonce, audience and disclosed claims of a code; its issuer's signature and key binding hold.
fn shown(code: &CurrentCode) -> (String, String, Vec<String>) {
    let payload = frames::join(code.frames.iter().map(String::as_str)).unwrap().unwrap();
    assert_eq!(payload.len(), code.payload_bytes as usize);
    let decoded = UnverifiedShowCode::decode(&payload, &|_| None).unwrap();
    assert!(decoded.staple().is_some());
    let signed = UnverifiedSdJwt::parse(decoded.presentation()).unwrap().verify().unwrap();
    let iat = code.made_at_ms / 1000;
    let audiences: Vec<String> = {
        let claims = key_binding_claims(decoded.presentation());
        vec![claims["aud"].as_str().unwrap().to_owned()]
    };
    let accepted: Vec<&str> = audiences.iter().map(String::as_str).collect();
    let expected = ExpectedKeyBinding {
        audiences: &accepted,
        nonce: ExpectedNonce::OfTheWallet,
        iat: (iat - MAX_AGE_S, iat),
    };
    let binding = signed.verify_key_binding(&expected).unwrap();
    let personal = ["family_name", "given_name", "birth_date", "age_equal_or_over", "portrait_small", "sex"];
    let claims = signed.claims_before_trust();
    let disclosed = personal.iter().filter(|name| claims.contains_key(**name)).map(|n| (*n).to_owned());
    (binding.nonce.clone(), binding.aud.clone(), disclosed.collect())
}

fn key_binding_claims(presentation: &str) -> serde_json::Map<String, Value> {
    let jwt = presentation.rsplit('~').next().unwrap();
    crate::jose::UnverifiedJws::parse(jwt, 1 << 16).unwrap().claims_before_verification().unwrap()
}

#[test]
fn a_display_session_spends_one_copy_and_makes_a_new_code_every_thirty_seconds() {
    let agency = Agency::new();
    let (wallet, id) = agency.wallet_with_credential();
    let session = wallet.show(wallet.consent_for(&id, "age18", None).unwrap().agree()).unwrap();
    let first = session.code(NOW_MS).unwrap();
    assert_eq!(first, session.code(NOW_MS + CODE_LIFETIME_MS - 1).unwrap());
    let second = session.code(NOW_MS + CODE_LIFETIME_MS).unwrap();
    let ((nonce, audience, disclosed), (next_nonce, ..)) = (shown(&first), shown(&second));
    assert_ne!(nonce, next_nonce);
    assert_eq!(audience, "yufu-class:age18");
    assert_eq!(disclosed, ["age_equal_or_over", "portrait_small"]);
    assert_eq!(wallet.credentials().unwrap()[0].copies_left, 2);
    let history = wallet.history().unwrap();
    assert!(matches!(&history[0].event, HistoryEvent::Shown { preset, face: true, reused_copy: false, .. }
        if preset == "age18"));
}

#[test]
fn when_copies_run_out_it_warns_and_uses_the_last_again() {
    let agency = Agency::new();
    let (wallet, id) = agency.wallet_with_credential();
    let show = || {
        let sheet = wallet.consent_for(&id, "age18", None).unwrap();
        let warnings = sheet.warnings.clone();
        wallet.show(sheet.agree()).unwrap();
        warnings
    };
    assert_eq!(show(), [Warning::FaceTravels]);
    assert_eq!(show(), [Warning::FaceTravels, Warning::FewCopies { left: 2 }]);
    assert_eq!(show(), [Warning::FaceTravels, Warning::FewCopies { left: 1 }]);
    assert_eq!(show(), [Warning::FaceTravels, Warning::CopyReused]);
    assert_eq!(wallet.credentials().unwrap()[0].notices, [Notice::CopiesSpent]);
    assert!(matches!(wallet.history().unwrap()[0].event, HistoryEvent::Shown { reused_copy: true, .. }));
}

#[test]
fn a_refresh_learns_suspension_reinstatement_and_revocation() {
    let agency = Agency::new();
    let (wallet, _) = agency.wallet_with_credential();
    for (value, state) in [
        (status::SUSPENDED, CredentialState::Suspended),
        (status::VALID, CredentialState::Valid),
        (REVOKED, CredentialState::Revoked),
    ] {
        agency.clock.advance(10_000);
        let now_ms = agency.clock.now_ms();
        agency.state().set_status(value, now_ms);
        let report = wait(wallet.refresh()).unwrap();
        assert_eq!((report.credentials[0].state, report.credentials[0].refreshed), (state, true));
        assert_eq!(report.credentials[0].staple_age.unwrap().status_ms, 0);
        assert_eq!(report.operators, 1);
    }
}

#[test]
fn offline_the_previous_proof_is_kept_with_its_age() {
    let agency = Agency::new();
    let (wallet, id) = agency.wallet_with_credential();
    agency.state().offline = true;
    agency.clock.advance(3 * 24 * 3_600_000);
    let report = wait(wallet.refresh()).unwrap();
    assert!(report.offline && !report.credentials[0].refreshed);
    let status_ms = report.credentials[0].staple_age.unwrap().status_ms;
    assert_eq!(status_ms, 3 * 24 * 3_600_000 + 400_000);
    assert_eq!(report.credentials[0].state, CredentialState::Valid);
    let sheet = wallet.consent_for(&id, "age18", None).unwrap();
    assert!(sheet.warnings.contains(&Warning::ProofTooOld { status_ms }));
    wallet.show(sheet.agree()).unwrap().code(agency.clock.now_ms()).unwrap();
}

#[test]
fn a_status_list_that_is_not_the_registrys_changes_nothing() {
    let agency = Agency::new();
    let (wallet, _) = agency.wallet_with_credential();
    {
        let mut state = agency.state();
        state.regrant(|grant| grant.status_root = sha256(&[b"another"]));
        state.anchor(NOW_MS - 50_000);
    }
    let report = wait(wallet.refresh()).unwrap();
    assert!(!report.credentials[0].refreshed && !report.offline);
    let problem = report.credentials[0].problem.as_deref().unwrap();
    assert_eq!(problem, "the issuer's status list is not the one in the registry");
    assert_eq!(report.credentials[0].staple_age.unwrap().status_ms, 400_000);
}

#[test]
fn absence_of_issuer_or_accreditation_is_stapled_as_proof() {
    for (remove_did, state) in
        [(true, CredentialState::UnknownIssuer), (false, CredentialState::IssuerNotAccredited)]
    {
        let agency = Agency::new();
        let (wallet, id) = agency.wallet_with_credential();
        {
            let mut network = agency.state();
            let keys = [network.grant_key(), network.accreditation_key()];
            keys.iter().for_each(|key| network.network.trust.remove(key));
            if remove_did {
                let key = network.did_key();
                network.network.trust.remove(&key);
            }
            network.anchor(NOW_MS - 50_000);
        }
        let report = wait(wallet.refresh()).unwrap();
        assert_eq!((report.credentials[0].state, report.credentials[0].refreshed), (state, true));
        let sheet = wallet.consent_for(&id, "age18", None).unwrap();
        assert!(sheet.warnings.contains(&Warning::IssuerNotTrusted));
        let code = wallet.show(sheet.agree()).unwrap().code(NOW_MS).unwrap();
        shown(&code);
    }
}

#[test]
fn after_a_compromise_what_was_recorded_before_stays_valid_if_its_path_can_be_had() {
    for (tells_paths, state) in [(true, CredentialState::Valid), (false, CredentialState::KeyNotValid)] {
        let agency = Agency::new();
        let (wallet, _) = agency.wallet_with_credential();
        {
            let mut issuer = agency.state();
            issuer.tells_paths = tells_paths;
            for later in [300_000, 200_000, 100_000] {
                issuer.publish(NOW_MS - later);
            }
            issuer.compromise(NOW_MS - 150_000, NOW_MS - 50_000);
        }
        let report = wait(wallet.refresh()).unwrap();
        assert_eq!((report.credentials[0].state, report.credentials[0].refreshed), (state, true));
        let asked = agency.state().requests.iter().filter(|url| url.contains("/issued/7/2/")).count();
        assert_eq!(asked, 3, "each copy asks for its path in the last publication before the compromise");
    }
}

#[test]
fn a_clock_that_is_behind_the_registry_is_named_and_nothing_is_adopted() {
    let agency = Agency::new();
    let (wallet, id) = agency.wallet_with_credential();
    agency.state().publish(NOW_MS + 10 * 60_000);
    let report = wait(wallet.refresh()).unwrap();
    assert!(report.clock_wrong && !report.credentials[0].refreshed);
    assert_eq!(report.credentials[0].staple_age.unwrap().header_ms, 400_000);
    assert!(wallet.credentials().unwrap()[0].notices.contains(&Notice::ClockWrong));
    assert!(wallet.consent_for(&id, "age18", None).unwrap().warnings.contains(&Warning::ClockWrong));
}

#[test]
fn two_histories_are_named_and_stay_named_after_reopening() {
    let agency = Agency::new();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let wallet = Wallet::open(agency.config(store.clone()), Some(PASSPHRASE)).unwrap();
    agency.accept(&wallet).unwrap();
    agency.state().contradict();
    let report = wait(wallet.refresh()).unwrap();
    assert!(report.network_conflict);
    drop(wallet);
    let wallet = Wallet::open(agency.config(store), Some(PASSPHRASE)).unwrap();
    assert!(wallet.credentials().unwrap()[0].notices.contains(&Notice::NetworkConflict));
}

#[test]
fn a_locked_wallet_does_nothing_and_opens_with_its_passphrase_alone() {
    let agency = Agency::new();
    let (wallet, id) = agency.wallet_with_credential();
    let sheet = wallet.consent_for(&id, "age18", None).unwrap();
    wallet.lock();
    assert!(wallet.is_locked());
    assert!(matches!(wallet.credentials(), Err(WalletError::Locked)));
    assert!(matches!(wallet.show(sheet.agree()), Err(WalletError::Locked)));
    assert!(matches!(wait(wallet.refresh()), Err(WalletError::Locked)));
    assert!(matches!(wallet.export("other"), Err(WalletError::Locked)));
    let refused = |passphrase| match wallet.unlock(passphrase).unwrap_err() {
        WalletError::Vault(error) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(Some("wrong")), VaultError::WrongPassphrase);
    assert_eq!(refused(None), VaultError::PassphraseNeeded);
    assert!(wallet.is_locked());
    wallet.unlock(Some(PASSPHRASE)).unwrap();
    wallet.change_passphrase(Some("another")).unwrap();
    assert!(matches!(wallet.change_passphrase(None), Err(WalletError::Vault(VaultError::PassphraseNeeded))));
    wallet.lock();
    assert_eq!(refused(Some(PASSPHRASE)), VaultError::WrongPassphrase);
    wallet.unlock(Some("another")).unwrap();
    assert_eq!(wallet.credentials().unwrap().len(), 1);
}

#[test]
fn a_new_wallet_with_software_keys_needs_a_passphrase() {
    let agency = Agency::new();
    let opened = Wallet::open(agency.config(Arc::new(MemoryStore::new())), None);
    assert!(matches!(opened.err(), Some(WalletError::Vault(VaultError::PassphraseNeeded))));
}

#[test]
fn a_wallet_belongs_to_one_network() {
    let agency = Agency::new();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let wallet = Wallet::open(agency.config(store.clone()), Some(PASSPHRASE)).unwrap();
    agency.accept(&wallet).unwrap();
    let mut config = agency.config(store);
    config.network_key = crate::registry::test_network::TestNetwork::new(1, 6, NOW_MS).key().to_string();
    assert!(matches!(
        Wallet::open(config.clone(), Some(PASSPHRASE)).err(),
        Some(WalletError::AnotherNetwork)
    ));
    config.network_key = "yufu-network-1:nonsense".into();
    assert!(matches!(Wallet::open(config, Some(PASSPHRASE)).err(), Some(WalletError::NetworkKey)));
}

#[test]
fn deleting_a_credential_deletes_its_keys_and_keeps_a_line() {
    let agency = Agency::new();
    let store = Arc::new(MemoryStore::new());
    let wallet = Wallet::open(agency.config(store.clone()), Some(PASSPHRASE)).unwrap();
    let id = agency.accept(&wallet).unwrap()[0].id.clone();
    wallet.delete(&id).unwrap();
    for table in [Table::Credential, Table::Copy, Table::Staple, Table::Key] {
        assert_eq!(store.rows(table).unwrap(), [], "{table:?}");
    }
    assert!(matches!(wallet.history().unwrap()[0].event, HistoryEvent::Deleted));
    wallet.erase_history().unwrap();
    assert_eq!(wallet.history().unwrap(), []);
    assert!(matches!(wallet.delete(&id), Err(WalletError::NotFound)));
}

#[test]
fn an_export_opens_with_its_own_passphrase_and_holds_credentials_and_history() {
    let agency = Agency::new();
    let (wallet, id) = agency.wallet_with_credential();
    let export = wallet.export("of its own").unwrap();
    assert_eq!(backup::open(&export, PASSPHRASE).unwrap_err(), VaultError::WrongPassphrase);
    assert_eq!(backup::open(b"something", "of its own").unwrap_err(), VaultError::Tampered);
    let json: Value = serde_json::from_slice(&backup::open(&export, "of its own").unwrap()).unwrap();
    assert_eq!(json["credentials"][0]["id"], Value::from(id.0));
    assert_eq!(json["credentials"][0]["copies"].as_array().unwrap().len(), 3);
    assert_eq!(json["history"][0]["event"], "received");
    assert!(!export.windows(FAMILY_NAME.len()).any(|window| window == FAMILY_NAME.as_bytes()));
    assert!(matches!(wallet.export(""), Err(WalletError::Vault(VaultError::PassphraseNeeded))));
}

#[cfg(feature = "sqlite")]
#[test]
fn nothing_of_a_credential_can_be_read_in_the_sqlite_file() {
    let agency = Agency::new();
    let file = std::env::temp_dir().join(format!("yufu-wallet-sealed-{}.db", std::process::id()));
    let _ = std::fs::remove_file(&file);
    let store = Arc::new(SqliteStore::open(&file).unwrap());
    let wallet = Wallet::open(agency.config(store), Some(PASSPHRASE)).unwrap();
    let id = agency.accept(&wallet).unwrap()[0].id.clone();
    wallet.show(wallet.consent_for(&id, "age18", None).unwrap().agree()).unwrap();
    drop(wallet);
    let bytes = std::fs::read(&file).unwrap();
    let details =
        ["440101199002030011", "resident-id", "residents.example", "did:yufu", "age18", "eyJ", PASSPHRASE];
    for text in details.into_iter().chain([FAMILY_NAME, id.0.as_str(), "Model City", "示范市"]) {
        assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{text} can be read");
    }
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&file).unwrap());
    let refused = Wallet::open(agency.config(store.clone()), Some("wrong")).err();
    assert!(matches!(refused, Some(WalletError::Vault(VaultError::WrongPassphrase))));
    let wallet = Wallet::open(agency.config(store), Some(PASSPHRASE)).unwrap();
    assert_eq!(wallet.credentials().unwrap()[0].copies_left, 2);
    let session = wallet.show(wallet.consent_for(&id, "age18", None).unwrap().agree()).unwrap();
    shown(&session.code(NOW_MS).unwrap());
    let _ = std::fs::remove_file(&file);
}

#[test]
fn not_every_text_is_an_offer() {
    let agency = Agency::new();
    let wallet = agency.wallet();
    let refused = wait(wallet.review_offer("https://example.org")).err();
    assert!(matches!(refused, Some(WalletError::Issuance(HolderError::Offer(_)))));
}
