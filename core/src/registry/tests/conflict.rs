//! Evidence of two histories: exported by one client, verified by another.

use super::{
    MINUTE, START,
    light_client::{chain, client},
    network,
};
use crate::registry::{
    CertificateError, Conflict, Header, LightClient, LightClientError, MAX_EVIDENCE, SignedHeader, history,
    test_network::TestNetwork,
};

/// Two certified headers at one height.
fn fork(network: &mut TestNetwork) -> (SignedHeader, SignedHeader) {
    let header = network.next_header(START + 1, 1);
    (network.certify(&header), network.certify(&Header { trust_root: [9; 32], ..header }))
}

fn evidence(client: &LightClient) -> Vec<u8> {
    client.conflict().map(Conflict::to_bytes).unwrap().unwrap()
}

#[test]
fn evidence_of_one_client_ends_the_trust_of_another() {
    let mut network = network(4);
    let (first, second) = fork(&mut network);
    let mut witness = client(&network);
    witness.verify_header(&first, START).unwrap();
    witness.verify_header(&second, START).unwrap_err();
    let bytes = evidence(&witness);

    let mut other = client(&network);
    other.accept_evidence(&bytes).unwrap();
    assert_eq!(other.conflict(), witness.conflict());
    let later = network.next_signed(START + 2, 2);
    assert_eq!(other.verify_header(&later, START), Err(LightClientError::NetworkConflict));
    let restored = LightClient::from_bytes(&other.to_bytes().unwrap()).unwrap();
    assert_eq!(restored.conflict(), witness.conflict());
}

#[test]
fn evidence_of_two_heights_carries_the_path_that_proves_it() {
    let mut network = network(1);
    let (headers, nodes) = chain(&mut network);
    let now = START + 6 * MINUTE;
    let folded = headers[1].header();
    let rest = headers[1].rest().unwrap();
    let other = network.certify(&Header {
        network: folded.network,
        height: 2,
        parent: rest.parent,
        time_ms: folded.time_ms + 1,
        slot: 2,
        epoch: 0,
        set: folded.set,
        next_set: rest.next_set,
        history: rest.history,
        trust_root: folded.trust_root,
        records_root: rest.records_root,
        body: rest.body,
    });
    let path = history::Path::build(6, 2, |level, index| nodes.get(&(level, index)).copied()).unwrap();
    let mut witness = client(&network);
    witness.verify_header(&other, now).unwrap();
    witness.verify_history(&headers[5], &other, &folded.digest(), &path, now).unwrap_err();

    let mut third = client(&network);
    third.accept_evidence(&evidence(&witness)).unwrap();
    assert_eq!(third.conflict(), witness.conflict());

    // The header that the history does hold contradicts nothing.
    let agreeing = Conflict {
        first: headers[1].clone(),
        second: headers[5].clone(),
        history: Some((folded.digest(), path.clone())),
    };
    let refused = client(&network).accept_evidence(&agreeing.to_bytes().unwrap());
    assert_eq!(refused, Err(LightClientError::NoConflict));
    // Nor does a path to a digest that somebody made up prove anything.
    let made_up = Conflict { history: Some(([7; 32], path.clone())), ..agreeing.clone() };
    let refused = client(&network).accept_evidence(&made_up.to_bytes().unwrap());
    assert_eq!(refused, Err(LightClientError::BadHistory(history::PathError)));
    // And a header that came folded shows no history.
    let folded = Conflict { second: headers[5].clone().fold(), ..agreeing.clone() };
    let refused = client(&network).accept_evidence(&folded.to_bytes().unwrap());
    assert_eq!(refused, Err(LightClientError::Folded));
    // Two heights without a path are no contradiction.
    let bare = Conflict { history: None, ..agreeing };
    let refused = client(&network).accept_evidence(&bare.to_bytes().unwrap());
    assert_eq!(refused, Err(LightClientError::NoConflict));
}

#[test]
fn one_header_twice_is_no_evidence() {
    let mut network = network(4);
    let (first, _) = fork(&mut network);
    let twice = Conflict { first: first.clone(), second: first, history: None };
    let mut client = client(&network);
    assert_eq!(client.accept_evidence(&twice.to_bytes().unwrap()), Err(LightClientError::NoConflict));
    assert!(client.conflict().is_none());
}

#[test]
fn evidence_without_a_quorum_or_of_another_network_is_refused_by_name() {
    let mut network = network(4);
    let (first, second) = fork(&mut network);
    let few = network.next_header(START + 2, 2);
    let few = network.certify_by(&few, &[0, 1]);
    let conflict = Conflict { first: first.clone(), second: few, history: None };
    let refused = client(&network).accept_evidence(&conflict.to_bytes().unwrap());
    assert_eq!(refused, Err(LightClientError::BadCertificate(CertificateError::Quorum)));

    let elsewhere = TestNetwork::new(4, 99, START);
    let conflict = Conflict { first, second, history: None };
    let mut stranger = LightClient::new(elsewhere.key().clone());
    let refused = stranger.accept_evidence(&conflict.to_bytes().unwrap());
    assert_eq!(refused, Err(LightClientError::WrongNetwork));
    assert!(stranger.conflict().is_none());
}

#[test]
fn evidence_with_any_byte_missing_added_or_beyond_the_limit_is_refused() {
    let mut network = network(4);
    let (first, second) = fork(&mut network);
    let bytes = Conflict { first, second, history: None }.to_bytes().unwrap();
    assert!(bytes.starts_with(b"yufu-conflict/1\n"));
    let mut client = client(&network);
    for length in 0..bytes.len() {
        assert!(client.accept_evidence(&bytes[..length]).is_err(), "cut to {length}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(matches!(client.accept_evidence(&longer), Err(LightClientError::Malformed(_))));
    longer.resize(MAX_EVIDENCE + 1, 0);
    assert!(matches!(client.accept_evidence(&longer), Err(LightClientError::Malformed(_))));
    assert!(client.conflict().is_none());
    client.accept_evidence(&bytes).unwrap();
}
