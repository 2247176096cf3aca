//! Data Integrity with canonical statements: what a credential costs beside its signature alone.
//!
//! The work is a land title: the document and the proof's options become canonical statements, their
//! hashes are signed or checked. The limit is ring on the same 64 bytes. Both are timed in turn in this
//! process, in rounds short enough to fall between two turns of a busy machine, and the fast rounds of
//! each are compared.

use criterion::{Criterion, criterion_group, criterion_main};
use ring::{
    rand::SystemRandom as RingRandom,
    signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey},
};
use serde_json::{Map, Value, json};
use std::{hint::black_box, time::Instant};
use yufu_core::{
    SystemRandom,
    credential::w3c::{
        json_ld::{Limits, to_dataset},
        rdf::{Dataset, Hash, canonicalize},
    },
    crypto::{Algorithm, PublicKey, Signer, SoftwareKey, VerifyingKey, sha256},
};

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("an object") };
    object
}

fn land_title() -> Map<String, Value> {
    object(json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://land.yufu.example/contexts/land-title/1"],
        "type": ["VerifiableCredential", "LandTitleCredential"],
        "issuer": "did:yufu:demo:4Rfp7yvWnwmm4Gf8QKQyXkDnAxMc",
        "validFrom": "2026-09-01T00:00:00Z",
        "validUntil": "2026-09-15T00:00:00Z",
        "credentialStatus": {
            "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "80411",
            "statusListCredential": "https://land.yufu.example/status/3",
        },
        "credentialSubject": {
            "id": "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
            "certificate_number": "京（2026）朝阳区不动产权第0000001号",
            "parcel_number": "110105001001GB00001F00010001",
            "location": "北京市朝阳区", "area_m2": "89.40", "land_use": "住宅", "right_type": "所有权",
            "owner": { "name_zh": "李安", "name_latin": "Li An" },
            "co_owners": [{ "name_zh": "王宁", "name_latin": "Wang Ning" }],
            "registered_on": "2026-01-01", "authority": "示例市不动产登记中心",
        },
    }))
}

fn proof_options(document: &Map<String, Value>) -> Map<String, Value> {
    object(json!({
        "@context": document["@context"],
        "type": "DataIntegrityProof", "cryptosuite": "ecdsa-rdfc-2019", "created": "2026-09-01T00:00:00Z",
        "verificationMethod": "did:yufu:demo:4Rfp7yvWnwmm4Gf8QKQyXkDnAxMc#key-1", "proofPurpose": "assertionMethod",
    }))
}

struct Bench {
    key: SoftwareKey,
    public: PublicKey,
    document: Map<String, Value>,
    options: Map<String, Value>,
    limits: Limits,
}

impl Bench {
    fn new() -> Self {
        let key = SoftwareKey::generate(Algorithm::Es256, &SystemRandom::new()).expect("randomness");
        let document = land_title();
        Self {
            public: PublicKey::from(key.verifying_key()),
            key,
            options: proof_options(&document),
            document,
            limits: Limits::default(),
        }
    }

    fn statements(&self, document: &Map<String, Value>) -> Dataset {
        to_dataset(document, &self.limits).expect("a document")
    }

    fn canonical(&self, document: &Map<String, Value>) -> String {
        let dataset = self.statements(document);
        canonicalize(&dataset, Hash::Sha256, self.limits.canonicalization_steps)
            .expect("a small graph")
            .text()
    }

    fn hashes(&self) -> Vec<u8> {
        let [options, document] =
            [&self.options, &self.document].map(|part| sha256(&[self.canonical(part).as_bytes()]));
        [options, document].concat()
    }

    fn issue(&self) -> Vec<u8> {
        self.key.sign(&self.hashes()).expect("a signature").to_vec()
    }

    fn verify(&self, signature: &[u8]) {
        self.public.verify(&self.hashes(), signature).expect("a good signature");
    }
}

/// Times `work` and `limit` in turn, many short rounds each, and prints the ratio of their first deciles.
fn ratio<L, W>(name: &str, limit: impl Fn() -> L, work: impl Fn() -> W) {
    const ROUNDS: usize = 1001;
    fn time<T>(work: &impl Fn() -> T) -> f64 {
        let start = Instant::now();
        black_box(work());
        start.elapsed().as_secs_f64() * 1e6
    }
    let (mut limits, mut works) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        limits.push(time(&limit));
        works.push(time(&work));
    }
    let decile = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 10]
    };
    let (limit, work) = (decile(&mut limits), decile(&mut works));
    println!("{name}: {work:.1} us, the limit {limit:.1} us, ratio {:.2}", limit / work);
}

fn benches(criterion: &mut Criterion) {
    let bench = Bench::new();
    let (hashes, signature) = (bench.hashes(), bench.issue());
    let random = RingRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &bench.key.pkcs8(), &random);
    let pair = pair.expect("the same key");
    let VerifyingKey::P256(point) = bench.key.verifying_key() else { panic!("the key is P-256") };
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    println!("{} statements", bench.statements(&bench.document).quads().len());
    ratio("issue", || pair.sign(&random, &hashes), || bench.issue());
    ratio("verify", || public.verify(&hashes, &signature), || bench.verify(&signature));

    let mut group = criterion.benchmark_group("data_integrity");
    group.sample_size(20).measurement_time(std::time::Duration::from_secs(2));
    let dataset = bench.statements(&bench.document);
    group.bench_function("statements", |bencher| {
        bencher.iter(|| bench.statements(black_box(&bench.document)))
    });
    group.bench_function("canonicalize", |bencher| {
        bencher.iter(|| canonicalize(black_box(&dataset), Hash::Sha256, 1000));
    });
    group.bench_function("issue", |bencher| bencher.iter(|| bench.issue()));
    group.bench_function("verify", |bencher| bencher.iter(|| bench.verify(black_box(&signature))));
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
