use super::{ISSUER, LIST, MINUTE, START, VCT, compromised, did_record, grant, grant_key, network};
use crate::{
    crypto::{Digest, sha256},
    did::yufu::IssuerId,
    registry::{
        CertificateError, Finding, Grant, GrantRevocation, Header, LightClient, LightClientError, MAX_STAPLE,
        Malformed, ProofError, Record, RecordError, RecordKey, Staple, StapleError, StapleQuery,
        StapleReport, StapledFinding, test_network::TestNetwork,
    },
    status::{
        ListContext, SUSPENDED, StatusArray,
        chunk::{ChunkTree, WitnessError},
        issued::IssuedTree,
    },
};
use proptest::prelude::*;

const INDEX: u64 = 77;
const CONTEXT: ListContext = ListContext { issuer: ISSUER, list: LIST };

fn digest() -> Digest {
    sha256(&[b"the credential's JWT"])
}

fn query(digest: &Digest) -> StapleQuery<'_> {
    StapleQuery { issuer: ISSUER, vct: VCT, list: LIST, index: INDEX, credential_digest: digest }
}

fn chunks() -> ChunkTree {
    let mut array = StatusArray::new(2, 1 << 17).unwrap();
    array.set(INDEX, SUSPENDED).unwrap();
    ChunkTree::build(&CONTEXT, &array)
}

/// A network whose trust tree holds this grant among others.
fn with_grant(grant: &Grant) -> TestNetwork {
    let mut network = network(4);
    network.trust.insert(&RecordKey::Did { issuer: ISSUER }, did_record().to_bytes());
    network.trust.insert(&grant_key(), grant.to_bytes());
    for list in 10..40 {
        let key = RecordKey::Grant { issuer: ISSUER, vct: VCT.into(), list };
        network.trust.insert(&key, vec![1, 2, 3]);
    }
    network
}

fn staple(network: &mut TestNetwork, slot: u64, issued_path: Option<Vec<u8>>) -> Staple {
    let signed = network.next_signed(START + 2 * MINUTE, slot);
    staple_of(network, signed, issued_path)
}

fn staple_of(
    network: &TestNetwork,
    signed: crate::registry::SignedHeader,
    issued_path: Option<Vec<u8>>,
) -> Staple {
    let finding = StapledFinding::Grant {
        value: network.trust.get(&grant_key()).unwrap().to_vec(),
        proof: network.trust.prove(&grant_key()),
        witness: chunks().witness(INDEX).unwrap(),
        issued_path,
    };
    Staple::new(signed, ISSUER, VCT, LIST, finding)
}

fn verify(network: &TestNetwork, staple: &Staple) -> Result<StapleReport, StapleError> {
    verify_for(network, staple, &query(&digest()))
}

fn verify_for(
    network: &TestNetwork,
    staple: &Staple,
    query: &StapleQuery<'_>,
) -> Result<StapleReport, StapleError> {
    let mut client = LightClient::new(network.key().clone());
    client.verify_staple(&staple.to_bytes().unwrap(), query, START + 2 * MINUTE)
}

#[test]
fn a_staple_proves_the_grant_and_the_status_with_no_network() {
    let grant = grant(chunks().root());
    let mut network = with_grant(&grant);
    let staple = staple(&mut network, 1, None);
    let report = verify(&network, &staple).unwrap();
    assert_eq!((report.header.height(), report.header.slot()), (1, 1));
    assert_eq!(report.finding, Finding::Granted { grant, status: SUSPENDED, recorded: None });
    let bytes = staple.to_bytes().unwrap();
    assert!(bytes.len() < 1300, "{} bytes", bytes.len());
    assert_eq!(Staple::from_bytes(&bytes), Ok(staple));
}

#[test]
fn a_client_learns_the_newest_header_from_a_staple() {
    let mut network = with_grant(&grant(chunks().root()));
    let bytes = staple(&mut network, 1, None).to_bytes().unwrap();
    let mut client = LightClient::new(network.key().clone());
    client.verify_staple(&bytes, &query(&digest()), START + 2 * MINUTE).unwrap();
    assert_eq!(client.newest().unwrap().header().height(), 1);
}

#[test]
fn refuses_the_staple_of_another_list_type_or_issuer() {
    let mut network = with_grant(&grant(chunks().root()));
    let staple = staple(&mut network, 1, None);
    let digest = digest();
    let other_list = StapleQuery { list: 4, ..query(&digest) };
    let other_type = StapleQuery { vct: "https://a.example/1", ..query(&digest) };
    let other_issuer = StapleQuery { issuer: IssuerId([8; 20]), ..query(&digest) };
    for query in [other_list, other_type, other_issuer] {
        assert_eq!(verify_for(&network, &staple, &query), Err(StapleError::WrongList));
    }
}

#[test]
fn a_label_alone_makes_no_staple_of_another_list() {
    let mut network = with_grant(&grant(chunks().root()));
    let honest = staple(&mut network, 1, None);
    // The same proofs, labelled as if they were about list 4.
    let lying = Staple::new(honest.signed_header().clone(), ISSUER, VCT, 4, honest.finding().clone());
    let digest = digest();
    let refused = verify_for(&network, &lying, &StapleQuery { list: 4, ..query(&digest) });
    assert_eq!(refused, Err(StapleError::BadProof(ProofError::Root)));
}

#[test]
fn refuses_a_header_that_is_no_anchor() {
    let mut network = with_grant(&grant(chunks().root()));
    let staple = staple(&mut network, 0, None);
    assert_eq!(verify(&network, &staple), Err(StapleError::NotAnAnchor));
}

#[test]
fn refuses_a_forged_checkpoint_and_an_old_root() {
    let mut network = with_grant(&grant(chunks().root()));
    let header = network.next_header(START + MINUTE, 1);
    let forged = staple_of(&network, network.certify_by(&header, &[0, 1]), None);
    let refused = verify(&network, &forged);
    let quorum = LightClientError::BadCertificate(CertificateError::Quorum);
    assert_eq!(refused, Err(StapleError::Header(quorum)));
    // A proof under the root of before, with the header of after.
    let old = staple_of(&network, network.certify(&header), None);
    network.trust.insert(&grant_key(), grant([0; 32]).to_bytes());
    let newer = network.next_signed(START + 2 * MINUTE, 2);
    let mixed = Staple::new(newer, ISSUER, VCT, LIST, old.finding().clone());
    assert_eq!(verify(&network, &mixed), Err(StapleError::BadProof(ProofError::Root)));
}

#[test]
fn refuses_a_header_from_the_future_as_a_wrong_clock() {
    let mut network = with_grant(&grant(chunks().root()));
    let bytes = staple(&mut network, 1, None).to_bytes().unwrap();
    let mut client = LightClient::new(network.key().clone());
    let refused = client.verify_staple(&bytes, &query(&digest()), START - MINUTE);
    let wrong = LightClientError::ClockWrong { behind_ms: 3 * MINUTE };
    assert_eq!(refused, Err(StapleError::Header(wrong)));
}

#[test]
fn refuses_everything_after_a_conflict() {
    let mut network = with_grant(&grant(chunks().root()));
    let header = network.next_header(START + MINUTE, 1);
    let bytes = staple_of(&network, network.certify(&header), None).to_bytes().unwrap();
    let mut client = LightClient::new(network.key().clone());
    client.verify_header(&network.certify(&Header { body: [0; 32], ..header }), START + MINUTE).unwrap();
    for _ in 0..2 {
        let refused = client.verify_staple(&bytes, &query(&digest()), START + MINUTE);
        assert_eq!(refused, Err(StapleError::Header(LightClientError::NetworkConflict)));
    }
}

#[test]
fn refuses_the_witness_of_another_list_or_index() {
    let mut network = with_grant(&grant(chunks().root()));
    let staple = staple(&mut network, 1, None);
    let digest = digest();
    let refused = verify_for(&network, &staple, &StapleQuery { index: 1000, ..query(&digest) });
    assert_eq!(refused, Err(StapleError::BadWitness(WitnessError::Root)));
    let refused = verify_for(&network, &staple, &StapleQuery { index: 1 << 17, ..query(&digest) });
    assert_eq!(refused, Err(StapleError::BadWitness(WitnessError::OutOfRange)));
    // The registry holds a root of other bits than the witness proves.
    let mut network = with_grant(&grant([1; 32]));
    let staple = super::staple::staple(&mut network, 1, None);
    assert_eq!(verify(&network, &staple), Err(StapleError::BadWitness(WitnessError::Root)));
}

#[test]
fn refuses_a_grant_that_is_none() {
    let mut network = with_grant(&grant(chunks().root()));
    for (value, error) in [
        (vec![], RecordError::Malformed),
        (vec![2, 0], RecordError::Version),
        (vec![1, 0], RecordError::Malformed),
        ([grant(chunks().root()).to_bytes(), vec![0]].concat(), RecordError::Malformed),
        (Grant { bits: 3, ..grant([0; 32]) }.to_bytes(), RecordError::Inconsistent),
        (Grant { size: 0, ..grant([0; 32]) }.to_bytes(), RecordError::Inconsistent),
    ] {
        network.trust.insert(&grant_key(), value);
        let staple = staple(&mut network, 1, None);
        assert_eq!(verify(&network, &staple), Err(StapleError::BadRecord(error)));
    }
}

#[test]
fn after_a_compromise_only_a_recorded_credential_is_believed() {
    let mut issued = IssuedTree::new([5; 32], &CONTEXT, 1 << 17).unwrap();
    issued.set(INDEX, &digest()).unwrap();
    let (root, path) = (issued.root(), issued.path(INDEX).unwrap());
    let grant = Grant { key_revocation: Some(compromised(root)), ..grant(chunks().root()) };
    let mut network = with_grant(&grant);
    let recorded = |network: &TestNetwork, staple: &Staple, digest: &Digest| match verify_for(
        network,
        staple,
        &query(digest),
    )
    .unwrap()
    .finding
    {
        Finding::Granted { recorded, .. } => recorded,
        other => panic!("{other:?}"),
    };
    let with_path = staple(&mut network, 1, Some(path.clone()));
    assert!(with_path.to_bytes().unwrap().len() < 2048);
    assert_eq!(recorded(&network, &with_path, &digest()), Some(true));
    // Forged with the stolen key at the same index: another digest.
    assert_eq!(recorded(&network, &with_path, &sha256(&[b"forged"])), Some(false));
    let without = staple(&mut network, 1, None);
    assert_eq!(recorded(&network, &without, &digest()), Some(false));
    let cut = staple(&mut network, 1, Some(path[32..].to_vec()));
    assert_eq!(recorded(&network, &cut, &digest()), Some(false));
    let empty = staple(&mut network, 1, Some(Vec::new()));
    assert_eq!(recorded(&network, &empty, &digest()), Some(false));
}

#[test]
fn refuses_a_path_that_nothing_asks_for() {
    let revoked = GrantRevocation { at_ms: START, compromised: None };
    for key_revocation in [None, Some(revoked)] {
        let mut network = with_grant(&Grant { key_revocation, ..grant(chunks().root()) });
        let staple = staple(&mut network, 1, Some(vec![0; 17 * 32]));
        assert_eq!(verify(&network, &staple), Err(StapleError::NeedlessPath));
    }
}

#[test]
fn an_unknown_issuer_is_proven_by_absence() {
    let mut network = with_grant(&grant(chunks().root()));
    let (stranger, digest) = (IssuerId([9; 20]), digest());
    let signed = network.next_signed(START + MINUTE, 1);
    let absence =
        |issuer| StapledFinding::UnknownIssuer { proof: network.trust.prove(&RecordKey::Did { issuer }) };
    let staple = Staple::new(signed.clone(), stranger, VCT, LIST, absence(stranger));
    let query = StapleQuery { issuer: stranger, ..query(&digest) };
    let report = verify_for(&network, &staple, &query).unwrap();
    assert_eq!(report.finding, Finding::UnknownIssuer);
    assert_eq!(Staple::from_bytes(&staple.to_bytes().unwrap()), Ok(staple));
    // The absence of a third party says nothing about one that is registered.
    let lying = Staple::new(signed, ISSUER, VCT, LIST, absence(stranger));
    let refused = verify(&network, &lying);
    assert!(matches!(refused, Err(StapleError::BadProof(_))), "{refused:?}");
}

#[test]
fn a_missing_accreditation_is_proven_by_the_did_and_an_absence() {
    let mut network = with_grant(&grant(chunks().root()));
    let licence = "https://transport.yufu.example/types/driving-licence/1";
    let did_key = RecordKey::Did { issuer: ISSUER };
    let accreditation = RecordKey::Accreditation { issuer: ISSUER, vct: licence.into() };
    let signed = network.next_signed(START + MINUTE, 1);
    let finding = |did: Vec<u8>| StapledFinding::NotAccredited {
        did,
        did_proof: network.trust.prove(&did_key),
        accreditation_proof: network.trust.prove(&accreditation),
    };
    let staple = Staple::new(signed.clone(), ISSUER, licence, LIST, finding(did_record().to_bytes()));
    let digest = digest();
    let query = StapleQuery { vct: licence, ..query(&digest) };
    assert_eq!(verify_for(&network, &staple, &query).unwrap().finding, Finding::NotAccredited);
    assert_eq!(Staple::from_bytes(&staple.to_bytes().unwrap()), Ok(staple));
    let wrong_did = Staple::new(signed.clone(), ISSUER, licence, LIST, finding(vec![1]));
    let refused = verify_for(&network, &wrong_did, &query);
    assert_eq!(refused, Err(StapleError::BadProof(ProofError::Root)));
    // Accredited after all, at the next header.
    network.trust.insert(&accreditation, vec![1]);
    let newer = network.next_signed(START + 2 * MINUTE, 2);
    let stale = Staple::new(newer, ISSUER, licence, LIST, staple_finding(&network, &did_key, &accreditation));
    assert_eq!(verify_for(&network, &stale, &query), Err(StapleError::BadProof(ProofError::Kind)));
}

fn staple_finding(network: &TestNetwork, did: &RecordKey, accreditation: &RecordKey) -> StapledFinding {
    StapledFinding::NotAccredited {
        did: network.trust.get(did).unwrap().to_vec(),
        did_proof: network.trust.prove(did),
        accreditation_proof: network.trust.prove(accreditation),
    }
}

#[test]
fn no_byte_of_a_staple_can_change() {
    let mut network = with_grant(&grant(chunks().root()));
    let bytes = staple(&mut network, 1, None).to_bytes().unwrap();
    let digest = digest();
    let mut client = LightClient::new(network.key().clone());
    client.verify_staple(&bytes, &query(&digest), START + 2 * MINUTE).unwrap();
    for i in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[i] ^= 1;
        let verified = client.clone().verify_staple(&changed, &query(&digest), START + 2 * MINUTE);
        assert!(verified.is_err(), "byte {i}");
    }
}

#[test]
fn refuses_bytes_that_are_cut_longer_or_too_many() {
    let mut network = with_grant(&grant(chunks().root()));
    let whole = staple(&mut network, 1, None);
    let bytes = whole.to_bytes().unwrap();
    for length in 0..bytes.len() {
        assert_eq!(Staple::from_bytes(&bytes[..length]), Err(Malformed), "{length}");
    }
    assert_eq!(Staple::from_bytes(&[&bytes[..], &[0]].concat()), Err(Malformed));
    assert_eq!(Staple::from_bytes(&vec![1; MAX_STAPLE + 1]), Err(Malformed));
    let large = staple(&mut network, 1, Some(vec![0; MAX_STAPLE]));
    assert_eq!(large.to_bytes(), Err(Malformed));
}

#[test]
fn refuses_a_staple_with_an_unfolded_header() {
    let mut network = with_grant(&grant(chunks().root()));
    let signed = network.next_signed(START + MINUTE, 1);
    let bytes = staple_of(&network, signed.clone(), None).to_bytes().unwrap();
    let folded = signed.clone().fold().to_bytes().len();
    let whole = signed.to_bytes();
    let length = u16::try_from(whole.len()).unwrap().to_be_bytes();
    let unfolded = [&bytes[..6], &length, &whole, &bytes[8 + folded..]].concat();
    assert_eq!(Staple::from_bytes(&unfolded), Err(Malformed));
}

proptest! {
    #[test]
    fn what_is_read_is_written_the_same(kind in 0u8..6, bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let bytes = [&[1, kind][..], &bytes].concat();
        if let Ok(staple) = Staple::from_bytes(&bytes) {
            prop_assert_eq!(staple.to_bytes(), Ok(bytes));
        }
    }
}
