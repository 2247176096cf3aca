use super::super::{testing::*, *};
use super::*;
use crate::{
    Clock,
    credential::Format,
    crypto::{Algorithm, Signer, testing},
    did::{Document, MethodError, Relationship, key},
    presentation::{audience::PrintedCounter, file::UnverifiedFile},
    registry::{DidRecord, KeyPurpose, KeyRecord, LightClient, Record},
    time::DAY,
};
use std::sync::Arc;

const WEB: &str = "did:web:land.example";
const SITE: &str = "https://land.example/.well-known/did.json";
const FORMATS: [Format; 2] = [Format::LdpVc, Format::VcJwt];

impl State {
    /// From now on the agency's credentials name it by its did:web, which is bound to its record.
    fn go_by_web(&mut self) {
        let verifying = self.key.verifying_key().clone();
        self.web_did = Some(WEB.into());
        let mut document = Document::new(WEB);
        document.also_known_as.push(YufuDid::new("test", self.id).unwrap().to_string());
        self.serve(&document.with_key(
            &key::multibase(&verifying),
            &verifying,
            &[Relationship::AssertionMethod],
        ));
        self.relist(|record| record.also_known_as = vec!["did:web:other.example".into(), WEB.into()]);
        let (from, to) = (NOW_MS / 1000 - DAY, NOW_MS / 1000 + 400 * DAY);
        let record = KeyRecord {
            key: verifying.clone(),
            purpose: KeyPurpose::Credential,
            valid_from: from,
            valid_to: to,
            active_from: from,
            revocation: None,
        };
        let name = RecordKey::Key { issuer: self.id, thumbprint: verifying.thumbprint() };
        self.network.trust.insert(&name, record.to_bytes());
        self.publish(NOW_MS - 1);
    }

    fn serve(&mut self, document: &Document) {
        self.site.insert(SITE.into(), serde_json::to_vec(&document.json()).unwrap());
    }

    fn relist(&mut self, change: impl FnOnce(&mut DidRecord)) {
        let key = self.did_key();
        let mut record = DidRecord::from_bytes(self.network.trust.get(&key).unwrap()).unwrap();
        change(&mut record);
        self.network.trust.insert(&key, record.to_bytes());
    }
}

fn agency(format: Format) -> Arc<Agency> {
    let agency = Agency::of(format);
    agency.state().go_by_web();
    agency
}

fn present(wallet: &Wallet, id: &CredentialId) -> Vec<u8> {
    let key = testing::key(Algorithm::Es256, 20).verifying_key().clone();
    let counter = PrintedCounter::new("市房产交易窗口", "City Housing Counter", key).unwrap().to_string();
    let sheet = wallet.file_consent_for(id, "land-title", &counter).unwrap();
    wallet.present_to_file(&sheet.agree()).unwrap().content
}

fn refused(agency: &Arc<Agency>) -> WalletError {
    let wallet = agency.wallet();
    let refused = agency.accept(&wallet).unwrap_err();
    assert_eq!(wallet.credentials().unwrap().len(), 0);
    refused
}

#[test]
fn a_title_of_a_did_of_the_web_is_kept_and_shown_with_the_proof_of_whose_it_is() {
    for format in FORMATS {
        let agency = agency(format);
        let (wallet, id) = agency.wallet_with_credential();
        let summary = &wallet.credentials().unwrap()[0];
        assert_eq!((summary.issuer_did.as_str(), summary.state), (WEB, CredentialState::Valid), "{format}");
        assert_eq!(summary.issuer.en, "Model City Resident Register");
        let file = UnverifiedFile::parse(&present(&wallet, &id)).unwrap();
        let [listing] = file.listings() else { panic!("{} listings", file.listings().len()) };
        // A counter that knows the network's key alone.
        let mut counter = LightClient::new(agency.state().network.key().clone());
        let listed = counter.verify_listing(listing, WEB, agency.clock.now_ms()).unwrap();
        assert_eq!((listed.issuer, listed.header.slot() > 0), (agency.state().id, true));
    }
}

#[test]
fn a_refresh_fetches_the_listing_anew_and_keeps_it_when_there_is_none() {
    let agency = agency(Format::LdpVc);
    let (wallet, id) = agency.wallet_with_credential();
    let listing =
        || wallet.records().unwrap().credential(&id).unwrap().listed_issuer.unwrap().listing().unwrap();
    let first = listing().unwrap();
    agency.clock.advance(60_000);
    agency.state().publish(agency.clock.now_ms());
    assert!(wait(wallet.refresh()).unwrap().credentials[0].refreshed);
    let second = listing().unwrap();
    assert_ne!(first, second);
    agency.state().relist(|record| record.also_known_as.clear());
    agency.clock.advance(60_000);
    agency.state().publish(agency.clock.now_ms());
    let report = wait(wallet.refresh()).unwrap();
    assert!(!report.credentials[0].refreshed);
    assert_eq!(report.credentials[0].problem.as_deref(), Some(&*ProveError::NotListed.to_string()));
    assert_eq!(listing(), Some(second));
}

#[test]
fn a_title_of_a_did_that_the_registry_does_not_list_is_refused() {
    for format in FORMATS {
        let agency = agency(format);
        agency.state().relist(|record| record.also_known_as.clear());
        agency.state().anchor(NOW_MS);
        let refused = refused(&agency);
        assert!(
            matches!(refused, WalletError::Refused(Refusal::NotBound(BindingError::NotListed(_)))),
            "{refused}"
        );
    }
}

#[test]
fn a_title_of_a_did_whose_document_names_nobody_or_another_key_is_refused() {
    let agency = agency(Format::VcJwt);
    agency.state().serve(&Document::new(WEB));
    let error = refused(&agency);
    assert!(matches!(error, WalletError::Refused(Refusal::NotBound(BindingError::NamesNone))), "{error}");
    let mut document = Document::new(WEB);
    document.also_known_as.push(YufuDid::new("test", agency.state().id).unwrap().to_string());
    agency.state().serve(&document);
    let error = refused(&agency);
    let unknown = BindingError::Method(MethodError::Unknown);
    assert!(matches!(&error, WalletError::Refused(Refusal::NotBound(why)) if *why == unknown), "{error}");
}

#[test]
fn a_title_of_a_did_whose_site_is_silent_is_refused() {
    let agency = agency(Format::LdpVc);
    agency.state().site.clear();
    let refused = refused(&agency);
    assert!(
        matches!(refused, WalletError::Refused(Refusal::NotBound(BindingError::Resolve(_)))),
        "{refused}"
    );
}

#[test]
fn a_title_of_another_method_than_those_of_the_web_is_refused() {
    let agency = agency(Format::LdpVc);
    agency.state().web_did = Some("did:example:land".into());
    assert!(matches!(refused(&agency), WalletError::Refused(_)));
}
