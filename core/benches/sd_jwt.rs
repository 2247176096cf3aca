//! SD-JWT VC: issue, present and verify, as ratios to what the signatures alone cost.
//!
//! The work is a credential of 12 disclosable claims, one of them nested in another; three are disclosed,
//! with key binding. The limit is ring on the same bytes: one signature and the hashes to issue or to
//! present, two checks and the hashes to verify. Both are timed in turn in this process, in rounds short
//! enough to fall between two turns of a busy machine, and the fast rounds of each are compared.

use criterion::{Criterion, criterion_group, criterion_main};
use ring::{
    rand::SystemRandom as RingRandom,
    signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey},
};
use serde_json::{Map, Value, json};
use std::{hint::black_box, time::Instant};
use yufu_core::{
    SystemRandom,
    credential::{
        ClaimPath,
        sd_jwt::{ExpectedKeyBinding, ExpectedNonce, HeldSdJwt, IssueTemplate, KeyBinding, UnverifiedSdJwt},
    },
    crypto::{Algorithm, Signer, SoftwareKey, VerifyingKey},
};

const DID: &str = "did:yufu:demo:4Rfp7yvWnwmm4Gf8QKQyXkDnAxMc";
const DAY: u64 = 1_789_948_800;

/// Everything that the three measurements share.
struct Bench {
    issuer: SoftwareKey,
    holder: SoftwareKey,
    template: IssueTemplate,
    claims: Map<String, Value>,
    chosen: Vec<ClaimPath>,
    random: SystemRandom,
}

impl Bench {
    fn new() -> Self {
        let random = SystemRandom::new();
        let issuer = SoftwareKey::generate(Algorithm::Es256, &random).expect("randomness");
        let holder = SoftwareKey::generate(Algorithm::Es256, &random).expect("randomness");
        let claims = json!({
            "vct": "https://residents.yufu.example/types/resident-id/1",
            "iat": DAY, "nbf": DAY, "exp": DAY + 14 * 86_400,
            "status": { "status_list": { "idx": 80_411, "uri": "https://residents.yufu.example/status/3" } },
            "key_level": "hardware",
            "family_name": "Zhuge", "given_name": "Wenqing", "name_zh": "诸葛文清",
            "birth_date": "1987-03-14", "sex": 2, "resident_number": "110101198703140022",
            "nationalities": ["CN"],
            "address": {
                "street_address": "东城区和平里北街 8 号", "locality": "北京市", "country": "CN",
            },
            "issuing_authority": "示例市居民登记局",
            "date_of_issuance": "2026-09-01", "date_of_expiry": "2036-08-31",
        });
        let mut disclosable: Vec<ClaimPath> = [
            "family_name",
            "given_name",
            "name_zh",
            "birth_date",
            "sex",
            "resident_number",
            "nationalities",
            "address",
            "issuing_authority",
            "date_of_issuance",
            "date_of_expiry",
        ]
        .map(ClaimPath::name)
        .to_vec();
        disclosable.push(ClaimPath::names("address", &["street_address"]));
        Self {
            template: IssueTemplate::new(&[leaf(&issuer)], &disclosable, 0).expect("a template"),
            claims: claims.as_object().cloned().expect("an object"),
            chosen: ["name_zh", "birth_date", "resident_number"].map(ClaimPath::name).to_vec(),
            issuer,
            holder,
            random,
        }
    }

    fn issue(&self) -> String {
        let holder = Some(self.holder.verifying_key());
        self.template.issue(&self.claims, holder, &self.issuer, &self.random).expect("a credential").compact
    }

    fn present(&self, held: &HeldSdJwt) -> String {
        let extra = Map::new();
        let binding =
            KeyBinding { aud: "yufu-class:identity", nonce: "q83vEjRWeJASNFZ4", iat: DAY, extra: &extra };
        held.present(&self.chosen, &binding, &self.holder).expect("a presentation")
    }
}

fn verify(presentation: &str) {
    let read = UnverifiedSdJwt::parse(presentation).expect("an SD-JWT");
    let signed = read.verify().expect("a valid credential");
    let expected = ExpectedKeyBinding {
        audiences: &["yufu-class:identity"],
        nonce: ExpectedNonce::OfTheWallet,
        iat: (DAY, DAY),
    };
    black_box(signed.verify_key_binding(&expected).expect("a key binding"));
}

fn leaf(key: &SoftwareKey) -> Vec<u8> {
    use rcgen::{CertificateParams, DistinguishedName, DnType, Issuer, KeyPair, SanType};
    let name = |text: &str| {
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, text);
        name
    };
    let mut root = CertificateParams::default();
    root.distinguished_name = name("National root");
    let root = Issuer::new(root, KeyPair::generate().expect("a key"));
    let mut params = CertificateParams::default();
    params.distinguished_name = name("Resident register");
    params.subject_alt_names = vec![SanType::URI(DID.try_into().expect("ASCII"))];
    let pair = KeyPair::try_from(key.pkcs8().as_slice()).expect("the same key");
    params.signed_by(&pair, &root).expect("a leaf").der().to_vec()
}

/// What ring alone needs for one signature over `message`.
fn ring_sign(key: &SoftwareKey, message: &[u8]) -> impl Fn() {
    let random = RingRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &key.pkcs8(), &random)
        .expect("the same key");
    let message = message.to_vec();
    move || {
        black_box(pair.sign(&random, black_box(&message)).expect("a signature"));
    }
}

/// What ring alone needs to check the two signatures of a presentation.
fn ring_verify_both(bench: &Bench, presentation: &str) -> impl Fn() + use<> {
    let signed = |jwt: &str, key: &VerifyingKey| {
        let VerifyingKey::P256(point) = key else { panic!("the keys here are P-256") };
        let (message, signature) = jwt.rsplit_once('.').expect("a JWT");
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        (point.to_vec(), message.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(signature).expect("base64url"))
    };
    let parts: Vec<&str> = presentation.split('~').collect();
    let both = [
        signed(parts[0], bench.issuer.verifying_key()),
        signed(parts[parts.len() - 1], bench.holder.verifying_key()),
    ];
    move || {
        for (point, message, signature) in &both {
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
            key.verify(black_box(message), black_box(signature)).expect("a good signature");
        }
    }
}

/// What ring alone needs to hash each disclosure of `compact`, and `others`.
fn ring_hashes(compact: &str, others: &[&str]) -> impl Fn() + use<> {
    let disclosures = compact.split('~').skip(1).filter(|part| !part.is_empty() && !part.contains('.'));
    let texts: Vec<String> = disclosures.chain(others.iter().copied()).map(str::to_owned).collect();
    move || {
        for text in &texts {
            black_box(ring::digest::digest(&ring::digest::SHA256, black_box(text.as_bytes())));
        }
    }
}

/// Times `work` and `limit` in turn, many short rounds each, and prints the ratio of their first deciles.
fn ratio<L, W>(name: &str, bar: f64, limit: impl Fn() -> L, work: impl Fn() -> W) {
    const ROUNDS: usize = 1001;
    const CALLS: u32 = 4;
    fn time<T>(work: &impl Fn() -> T) -> f64 {
        let start = Instant::now();
        for _ in 0..CALLS {
            black_box(work());
        }
        start.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
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
    let ratio = limit / work;
    let verdict = if ratio >= bar { "holds" } else { "MISSED" };
    println!("{name}: {work:.1} us, the limit {limit:.1} us, ratio {ratio:.2} (bar {bar:.2} {verdict})");
}

fn benches(criterion: &mut Criterion) {
    let bench = Bench::new();
    let compact = bench.issue();
    let held = HeldSdJwt::open(&compact).expect("our own credential");
    let presentation = bench.present(&held);
    println!("credential {} bytes, presentation {} bytes", compact.len(), presentation.len());
    let jwt = compact.split('~').next().expect("a JWT");
    let covered = &presentation[..=presentation.rfind('~').expect("a presentation")];
    let signing_input = jwt.rsplit_once('.').expect("a JWT").0;
    let binding_input =
        presentation.rsplit('~').next().and_then(|jwt| jwt.rsplit_once('.')).expect("a JWT").0;

    let issue = || drop(black_box(bench.issue()));
    let present = || drop(black_box(bench.present(&held)));
    let sign_credential = ring_sign(&bench.issuer, signing_input.as_bytes());
    let sign_binding = ring_sign(&bench.holder, binding_input.as_bytes());
    let verify_both = ring_verify_both(&bench, &presentation);
    // What must be hashed: each disclosure, the JWT that is recorded, what the key binding covers.
    let hash_credential = ring_hashes(&compact, &[jwt]);
    let hash_binding = ring_hashes("", &[covered]);
    let hash_both = ring_hashes(&presentation, &[jwt, covered]);
    ratio("issue", 0.70, || (sign_credential(), hash_credential()), issue);
    ratio("present", 0.70, || (sign_binding(), hash_binding()), present);
    ratio("verify", 0.85, || (verify_both(), hash_both()), || verify(black_box(&presentation)));

    let mut group = criterion.benchmark_group("sd_jwt");
    group.sample_size(20).measurement_time(std::time::Duration::from_secs(2));
    group.bench_function("issue", |bencher| bencher.iter(|| bench.issue()));
    group.bench_function("open", |bencher| bencher.iter(|| HeldSdJwt::open(black_box(&compact))));
    group.bench_function("present", |bencher| bencher.iter(|| bench.present(&held)));
    group.bench_function("verify", |bencher| bencher.iter(|| verify(black_box(&presentation))));
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
