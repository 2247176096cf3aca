//! Titles whose issuer goes by a DID of the web: whose it is, the listing in the file proves.

use super::{assert_refused, assert_valid, land::*, support::*};
use yufu_core::{
    crypto::Signer,
    did::yufu::IssuerId,
    registry::{DidRecord, Listing, Record, RecordKey, Usage, test_network::TestNetwork},
};
use yufu_verifier::{LocalLimits, Outcome, Reason};

const WEB: &str = "did:web:land.example";

impl Land {
    /// An agency that lists its DID of the web in its record.
    fn listed() -> Self {
        let mut land = Self::new();
        land.list(&record(&[WEB]));
        land
    }

    fn list(&mut self, record: &DidRecord) {
        let key = RecordKey::Did { issuer: self.world.agency.id };
        self.world.network.trust.insert(&key, record.to_bytes());
    }

    /// A title in which the agency goes by `did`.
    fn issue_as(&self, did: &str) -> String {
        let key = &self.world.agency.key;
        let kid = format!("{did}#{}", multibase(key));
        self.issue_by(key, &kid, NOW, |document| {
            document.insert("issuer".into(), did.into());
        })
    }

    fn listing_at(&mut self, ms: u64) -> Vec<u8> {
        let issuer = self.world.agency.id;
        let header = self.world.anchor(ms);
        listing(&self.world.network, header, issuer)
    }

    fn verdict_with(&mut self, credential: &str, listings: Vec<Vec<u8>>) -> Outcome {
        let file = self.file_with(credential, |made| made.listings = listings);
        let limits = LocalLimits::default();
        self.world.verifier.verify_presentation_file(file.as_bytes(), &land_title(), &limits, NOW_MS)
    }

    fn verdict_of(&mut self, credential: &str) -> Outcome {
        let listing = self.listing_at(NOW_MS - 2_000);
        self.verdict_with(credential, vec![listing])
    }
}

fn record(names: &[&str]) -> DidRecord {
    DidRecord {
        version: 1,
        control_key: key(1010).verifying_key().clone(),
        next_key: [1; 32],
        nonce: 0,
        also_known_as: names.iter().map(|name| (*name).to_owned()).collect(),
        services: vec![],
        registered_at_ms: NOW_MS - 1_000_000,
        deactivated_at_ms: None,
        usage: Usage::default(),
    }
}

fn listing(network: &TestNetwork, header: yufu_core::registry::SignedHeader, issuer: IssuerId) -> Vec<u8> {
    let key = RecordKey::Did { issuer };
    let value = network.trust.get(&key).unwrap().to_vec();
    Listing::new(header, issuer, value, network.trust.prove(&key)).to_bytes().unwrap()
}

#[test]
fn a_title_of_a_listed_did_is_valid_with_no_network() {
    let webvh = "did:webvh:QmfGEUAcMpzo25kF2Rhn8L5FAXysfGnkzjwdKoNPi615XQ:land.example";
    for did in [WEB, webvh] {
        let mut land = Land::new();
        land.list(&record(&["https://land.example", WEB, webvh]));
        let credential = land.issue_as(did);
        let outcome = land.verdict_of(&credential);
        assert_valid(&outcome);
        let issuer = outcome.issuer.unwrap();
        assert_eq!((issuer.did.as_str(), issuer.en), (did, land.world.agency.grant.name_en.clone()));
    }
}

#[test]
fn without_a_listing_nobody_knows_whose_the_did_is() {
    let mut land = Land::listed();
    let credential = land.issue_as(WEB);
    assert_refused(&land.verdict_with(&credential, vec![]), Reason::ForeignIdentifier);
}

#[test]
fn a_record_that_does_not_list_the_did_proves_that_it_is_not_known_as_the_issuers() {
    let mut land = Land::listed();
    let credential = land.issue_as("did:web:land.example:branch");
    assert_refused(&land.verdict_of(&credential), Reason::IdentifierNotListed);
}

#[test]
fn an_agency_cannot_lend_its_record_to_the_key_of_another() {
    let mut land = Land::listed();
    let thief = key(66);
    let kid = format!("{WEB}#{}", multibase(&thief));
    let credential = land.issue_by(&thief, &kid, NOW, |document| {
        document.insert("issuer".into(), WEB.into());
    });
    assert_refused(&land.verdict_of(&credential), Reason::KeyNotOfList);
}

#[test]
fn an_issuer_who_lists_the_did_too_has_no_grant_for_the_title() {
    let mut land = Land::listed();
    let other = IssuerId([9; 20]);
    land.world.network.trust.insert(&RecordKey::Did { issuer: other }, record(&[WEB]).to_bytes());
    let header = land.world.anchor(NOW_MS - 2_000);
    let stolen = listing(&land.world.network, header, other);
    let credential = land.issue_as(WEB);
    // The staple is about the list of the agency, and the listing says that the title is another's.
    assert_refused(&land.verdict_with(&credential, vec![stolen]), Reason::OtherList);
}

#[test]
fn a_listing_may_be_as_old_as_a_header_and_no_older() {
    let mut land = Land::listed();
    let credential = land.issue_as(WEB);
    let limit_ms = land_title().max_header_age_s() * 1000;
    let old = land.listing_at(NOW_MS - limit_ms - 1);
    assert_refused(&land.verdict_with(&credential, vec![old]), Reason::HeaderStale);
    let young = land.listing_at(NOW_MS - limit_ms);
    assert_valid(&land.verdict_with(&credential, vec![young]));
}

#[test]
fn an_issuer_at_its_end_is_accredited_for_nothing() {
    let mut land = Land::listed();
    land.list(&DidRecord { deactivated_at_ms: Some(NOW_MS - 5_000), ..record(&[WEB]) });
    let credential = land.issue_as(WEB);
    assert_refused(&land.verdict_of(&credential), Reason::AccreditationEnded);
}

#[test]
fn what_is_no_listing_or_not_needed_is_refused() {
    let mut land = Land::listed();
    let (by_web, by_yufu) = (land.issue_as(WEB), land.issue());
    let listing = land.listing_at(NOW_MS - 2_000);
    assert_refused(&land.verdict_with(&by_web, vec![vec![1, 2, 3]]), Reason::MalformedStaple);
    assert_refused(&land.verdict_with(&by_web, vec![listing.clone(); 2]), Reason::Malformed);
    assert_refused(&land.verdict_with(&by_yufu, vec![listing]), Reason::MalformedStaple);
    let mut foreign = TestNetwork::new(4, 99, NOW_MS - 60_000);
    foreign.trust = land.world.network.trust.clone();
    let header = foreign.next_signed(NOW_MS - 2_000, 1);
    let foreign = self::listing(&foreign, header, land.world.agency.id);
    assert_refused(&land.verdict_with(&by_web, vec![foreign]), Reason::WrongNetwork);
}

#[test]
fn a_listing_that_was_changed_proves_nothing() {
    let mut land = Land::listed();
    let credential = land.issue_as(WEB);
    let listing = land.listing_at(NOW_MS - 2_000);
    let place = listing.windows(WEB.len()).position(|bytes| bytes == WEB.as_bytes()).unwrap();
    let mut changed = listing.clone();
    changed[place + 8] = b'b';
    assert_refused(&land.verdict_with(&credential, vec![changed]), Reason::BadProof);
}

#[test]
fn a_listing_under_a_header_that_is_no_anchor_is_not_taken() {
    let mut land = Land::listed();
    let credential = land.issue_as(WEB);
    let header = land.world.network.next_signed(NOW_MS - 2_000, 0);
    let listing = listing(&land.world.network, header, land.world.agency.id);
    assert_refused(&land.verdict_with(&credential, vec![listing]), Reason::NotAnAnchor);
}
