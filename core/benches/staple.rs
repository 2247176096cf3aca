//! Staples: how many bytes a credential carries, and what a check costs, by the number of validators and
//! of records.
//!
//! The trust tree is a real one: `jmt`, as in the node, grown step by step to a million grants. The
//! certificates are real too, by 4, 16 and 30 BLS keys. Each row is the median over the same lists, which
//! stand in the tree from its first step on. The unit of the times is one check of the certificate that
//! the staple carries, timed in turn with the staple's check in this process; the fast rounds of each are
//! compared. `--records N` stops at a smaller tree.

#[path = "../src/registry/tests/proof/jmt_tree.rs"]
mod jmt_tree;

use jmt_tree::JmtTree;
use serde_json::{Value, json};
use std::{collections::BTreeMap, hint::black_box, time::Instant};
use yufu_core::{
    crypto::{Digest, sha256},
    did::yufu::IssuerId,
    registry::{
        CompactProof, Finding, Grant, Handover, Header, LightClient, Record, RecordKey, SignedHeader, Staple,
        StapleQuery, StapledFinding, StatusEncoding, test_network::TestNetwork,
    },
    status::{ListContext, StatusArray, chunk::ChunkTree},
};

/// 2026-11-23, in milliseconds.
const START: u64 = 1_795_392_000_000;
const VCT: &str = "https://residents.yufu.example/types/resident-id/1";
const VALIDATORS: [u8; 3] = [4, 16, 30];
const RECORDS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// Lists whose staples are made and checked.
const SAMPLES: usize = 200;
const LIST_SIZE: u32 = 1 << 17;
const CREDENTIAL: Digest = [9; 32];

/// A list of which a credential is held.
struct Held {
    issuer: IssuerId,
    list: u32,
    index: u64,
    key_hash: Digest,
    grant: Vec<u8>,
    witness: Vec<u8>,
}

impl Held {
    fn query(&self) -> StapleQuery<'_> {
        let (issuer, list, index) = (self.issuer, self.list, self.index);
        StapleQuery { issuer, vct: VCT, list, index, credential_digest: &CREDENTIAL }
    }
}

/// The place of list number `number` of the registry: a hundred lists an issuer.
fn place(number: usize) -> (IssuerId, u32) {
    let issuer = sha256(&[b"issuer", &(number / 100).to_be_bytes()]);
    let list = u32::try_from(number % 100).expect("below 100");
    (IssuerId(std::array::from_fn(|i| issuer[i])), list)
}

fn grant_at(number: usize, status_root: Digest) -> (Digest, Vec<u8>) {
    let (issuer, list) = place(number);
    let grant = Grant {
        key: sha256(&[b"key", &number.to_be_bytes()]),
        key_valid_from: START / 1000 - 86_400,
        key_valid_to: START / 1000 + 365 * 86_400,
        key_revocation: None,
        name_zh: "玉府市居民登记处".into(),
        name_en: "Yufu Resident Register".into(),
        accredited_from: START / 1000 - 86_400,
        accredited_to: START / 1000 + 365 * 86_400,
        type_digest: sha256(&[b"type"]),
        encoding: StatusEncoding::Token,
        bits: 2,
        size: LIST_SIZE,
        status_root,
        version: 12,
        published_at_ms: START,
        valid_until: START / 1000 + 3600,
    };
    (RecordKey::Grant { issuer, vct: VCT.into(), list }.hash(), grant.to_bytes())
}

fn held(number: usize) -> Held {
    let (issuer, list) = place(number);
    let index = (number as u64 * 7919) % u64::from(LIST_SIZE);
    let mut array = StatusArray::new(2, LIST_SIZE).expect("a list's shape");
    // One credential in a hundred is revoked.
    for revoked in (0..u64::from(LIST_SIZE)).step_by(100) {
        array.set(revoked, 1).expect("in the list");
    }
    let chunks = ChunkTree::build(&ListContext { issuer, list }, &array);
    let (key_hash, grant) = grant_at(number, chunks.root());
    Held { issuer, list, index, key_hash, grant, witness: chunks.witness(index).expect("in the list") }
}

fn staple(trust: &JmtTree, signed: &SignedHeader, held: &Held) -> Vec<u8> {
    let finding = StapledFinding::Grant {
        value: held.grant.clone(),
        proof: trust.prove(&held.key_hash),
        witness: held.witness.clone(),
        issued_path: None,
    };
    let staple = Staple::new(signed.clone(), held.issuer, VCT, held.list, finding);
    staple.to_bytes().expect("a staple is small")
}

fn verify(client: &mut LightClient, bytes: &[u8], held: &Held) {
    let report = client.verify_staple(bytes, &held.query(), START).expect("a good staple");
    assert!(matches!(report.finding, Finding::Granted { recorded: None, .. }));
}

fn microseconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1e6
}

fn decile(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 10]
}

/// Bytes and times of the staples of all samples, in a network of `validators`.
fn measure(trust: &JmtTree, root: Digest, samples: &[Held], validators: u8, records: usize) -> Value {
    let mut network = TestNetwork::new(validators, 1, START);
    let header = Header { trust_root: root, ..network.next_header(START, 1) };
    let signed = network.certify(&header);
    let staples: Vec<Vec<u8>> = samples.iter().map(|held| staple(trust, &signed, held)).collect();
    let (key, digest) = (network.key(), header.digest());
    let (mut certificate, mut first, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for (held, bytes) in samples.iter().zip(&staples) {
        certificate.push(microseconds(|| {
            let checked = signed.certificate().verify(&key.genesis, key.epoch, &key.set, black_box(&digest));
            checked.expect("a good certificate");
        }));
        // Somebody who knows the network's key and has seen no header yet; then the same counter again.
        let mut client = LightClient::new(key.clone());
        first.push(microseconds(|| verify(&mut client, black_box(bytes), held)));
        again.push(microseconds(|| verify(&mut client, black_box(bytes), held)));
    }
    let mut sizes: Vec<usize> = staples.iter().map(Vec::len).collect();
    sizes.sort_unstable();
    let (certificate, first, again) = (decile(&mut certificate), decile(&mut first), decile(&mut again));
    let (median, largest) = (sizes[sizes.len() / 2], sizes[sizes.len() - 1]);
    println!(
        "{validators:>10} {records:>9} {median:>7} {largest:>8} {certificate:>12.0} {first:>8.0} {:>6.2} \
         {again:>8.1} {:>6.3}",
        first / certificate,
        again / certificate,
    );
    json!({
        "validators": validators, "records": records, "bytes_median": median, "bytes_largest": largest,
        "certificate_us": certificate, "verify_us": first, "verify_ratio": first / certificate,
        "verify_header_seen_us": again, "verify_header_seen_ratio": again / certificate,
    })
}

/// What it takes to follow the network to validators who are all new: the last header of the epoch and
/// the next set, whose keys and proofs of possession are all checked.
fn handover(validators: u8) -> Value {
    let mut network = TestNetwork::new(validators, 1, START);
    let key = network.key().clone();
    let handover = network.hand_over(validators, 2, START);
    let last = handover.last().clone();
    let (handover, digest) = (handover.to_bytes().expect("a short one"), last.header().digest());
    let (mut certificate, mut follow) = (Vec::new(), Vec::new());
    for _ in 0..20 {
        certificate.push(microseconds(|| {
            let checked = last.certificate().verify(&key.genesis, key.epoch, &key.set, black_box(&digest));
            checked.expect("a good certificate");
        }));
        let mut client = LightClient::new(key.clone());
        follow.push(microseconds(|| {
            let handover = Handover::from_bytes(black_box(&handover)).expect("good keys");
            client.follow(&handover, START).expect("the epoch's last header");
        }));
        assert_eq!(client.key().epoch, 1);
    }
    let (certificate, follow) = (decile(&mut certificate), decile(&mut follow));
    let bytes = handover.len();
    println!("{validators:>10} {bytes:>7} {follow:>8.0} {:>6.1}", follow / certificate);
    json!({
        "validators": validators, "bytes": bytes, "certificate_us": certificate, "follow_us": follow,
        "follow_ratio": follow / certificate,
    })
}

/// The largest tree, by `--records`.
fn most_records() -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--records").skip(1);
    arguments.next().map_or(usize::MAX, |number| number.parse().expect("--records takes a number"))
}

fn main() {
    let most = most_records();
    let samples: Vec<Held> = (0..SAMPLES).map(held).collect();
    let mut trust = JmtTree::default();
    let (mut written, mut rows) = (0, Vec::new());
    println!("staples of {SAMPLES} lists; times in microseconds, x is one check of the certificate");
    println!("validators   records   bytes  largest  certificate   verify      x     seen      x");
    for records in RECORDS.into_iter().filter(|records| *records <= most) {
        let filler = (written.max(SAMPLES)..records).map(|number| grant_at(number, sha256(&[b"status"])));
        let sampled = samples.iter().filter(|_| written == 0).map(|held| (held.key_hash, held.grant.clone()));
        let records_by_place: BTreeMap<Digest, Vec<u8>> = sampled.chain(filler).collect();
        let root = trust.write(records_by_place.into_iter().collect());
        written = records;
        assert_eq!(trust.values.len(), records);
        rows.extend(VALIDATORS.map(|validators| measure(&trust, root, &samples, validators, records)));
    }
    println!(
        "\nfollowing the network to a set of new validators: the epoch's last header, the set, its proofs"
    );
    println!("validators   bytes   follow      x");
    let handovers = VALIDATORS.map(handover);
    println!("{}", json!({ "staples": rows, "handovers": handovers }));
}
