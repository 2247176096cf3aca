//! What the agency signs: credentials and status lists, in its format, and what it does wrong there.

use super::*;
use crate::{
    credential::{
        sd_jwt::{self, IssueSdJwt, KeyBinding},
        w3c::{
            jose::{IssueVcJwt, JwtTimes, issue_credential},
            json_ld::Limits,
            model::DateTimeStamp,
            proof::{self, BySigner, Cryptosuite, ProofOptions},
            recorded_digest,
        },
    },
    crypto::PublicKey,
    did::{self, Relationship},
    status::{
        bitstring::{ListDocument, Purpose, StatusEntry},
        token::{self, IssueToken},
    },
};
use base64::engine::general_purpose::STANDARD;
use serde_json::Map;

/// Encoding, bits an entry and entries of the lists that a format's credentials point to.
pub(super) fn list_shape(format: Format) -> (StatusEncoding, u8, u32) {
    match format {
        Format::SdJwtVc | Format::MsoMdoc => (StatusEncoding::Token, 2, 1024),
        Format::LdpVc | Format::VcJwt => (StatusEncoding::Bitstring, 1, status::MIN_LIST_SIZE),
    }
}

impl State {
    pub(super) fn configuration(&self) -> Value {
        let whole = self.shipped.resolve().unwrap();
        // As the agency calls it, which need not be what the type's owner calls it.
        let (en, zh) = match whole.w3c() {
            None => ("Resident ID", "居民证"),
            Some(_) => ("Land title", "不动产证"),
        };
        let mut configuration = json!({
            "format": self.format,
            "cryptographic_binding_methods_supported": ["jwk"],
            "proof_types_supported": { "jwt": { "proof_signing_alg_values_supported": ["ES256"] } },
            "credential_metadata": { "display": [
                { "name": en, "locale": "en" }, { "name": zh, "locale": "zh-CN" },
            ] },
        });
        match whole.w3c() {
            None => configuration["vct"] = self.shipped.vct.into(),
            Some(shape) => configuration["credential_definition"] = json!({ "type": shape.types }),
        }
        configuration
    }

    fn list_uri() -> String {
        format!("{ISSUER_URL}/status/{LIST}")
    }

    /// As credentials name the agency.
    fn did(&self) -> String {
        self.web_did.clone().unwrap_or_else(|| YufuDid::new("test", self.id).unwrap().to_string())
    }

    /// The status list as it is, signed.
    pub(super) fn status_list(&self, now: u64) -> String {
        let uri = Self::list_uri();
        if self.format == Format::SdJwtVc {
            let token = IssueToken {
                uri: &uri,
                array: &self.array,
                iat: now,
                exp: now + DAY,
                ttl: 60,
                x5c: &self.chain,
            };
            return token::issue(&token, &self.key).unwrap();
        }
        let did = self.did();
        let list = ListDocument {
            id: &uri,
            issuer: &did,
            purposes: &[Purpose::Revocation],
            array: &self.array,
            valid_from: now,
            valid_until: now + DAY,
            ttl_ms: 60_000,
        };
        let stranger = stranger();
        let signer = if self.mischief == Mischief::ForgedList { &stranger } else { &self.key };
        let hand = Hand { did: &did, named: &self.key, signer, format: self.format };
        match hand.sign(&list.to_json().unwrap(), now).0 {
            Value::String(compact) => compact,
            object => object.to_string(),
        }
    }

    pub(super) fn issue(&mut self, copy: u32, holder: &VerifyingKey, now: u64) -> Value {
        let first = u32::try_from(self.issued.len()).unwrap();
        let index = if self.mischief == Mischief::SameIndex { 5 } else { first * 3 + 5 };
        let another = testing::key(Algorithm::Es256, 78);
        let holder = if self.mischief == Mischief::AnotherHolder { another.verifying_key() } else { holder };
        let (credential, digest) = match self.format {
            Format::SdJwtVc => self.resident_id(copy, holder, index, now),
            _ => self.land_title(copy, holder, index, now),
        };
        self.issued.insert(index, (digest, holder.clone()));
        credential
    }

    /// First second of its validity, and the first one after.
    fn validity(&self, now: u64) -> (u64, u64) {
        let day = start_of_day(now);
        match self.mischief {
            Mischief::AlreadyExpired => (day - 15 * DAY, day - DAY),
            Mischief::NotYetValid => (day + 2 * DAY, day + 14 * DAY),
            _ => (day, day + 14 * DAY),
        }
    }

    fn given_name(&self, copy: u32) -> String {
        if self.mischief == Mischief::DifferentClaims { format!("An{copy}") } else { "An".into() }
    }

    fn resident_id(&self, copy: u32, holder: &VerifyingKey, index: u32, now: u64) -> (Value, Digest) {
        let mischief = self.mischief;
        let claims = self.claims(copy, index, now);
        let disclosable = RESIDENT_ID.resolve().unwrap().disclosable();
        let stranger = stranger();
        let (key, chain) = match mischief {
            Mischief::UnregisteredKey => (&stranger, vec![testing::leaf(&stranger, &self.did())]),
            Mischief::AnotherIssuer => (&self.key, vec![testing::leaf(&self.key, &another_issuer())]),
            _ => (&self.key, self.chain.clone()),
        };
        let template = IssueSdJwt {
            claims: &claims,
            disclosable: &disclosable,
            holder: Some(holder),
            x5c: &chain,
            decoys_to_multiple_of: 4,
        };
        let issued = sd_jwt::issue(&template, key, &SystemRandom::new()).unwrap();
        let compact = match mischief {
            Mischief::KeyBinding => {
                let binding = KeyBinding { aud: "x", nonce: "y", iat: now, extra: &Map::new() };
                // Bound by a key of the agency's own making: the claim `cnf` is its too.
                let own = testing::key(Algorithm::Es256, 79);
                let template = IssueSdJwt { holder: Some(own.verifying_key()), ..template };
                let issued = sd_jwt::issue(&template, key, &SystemRandom::new()).unwrap();
                sd_jwt::present(&issued.compact, &[], &binding, &own).unwrap()
            }
            Mischief::Changed => {
                let (head, tail) = issued.compact.trim_end_matches('~').rsplit_once('~').unwrap();
                let mut disclosure = URL_SAFE_NO_PAD.decode(tail).unwrap();
                let last = disclosure.len() - 3;
                disclosure[last] ^= 1;
                format!("{head}~{}~", URL_SAFE_NO_PAD.encode(disclosure))
            }
            _ => issued.compact,
        };
        (compact.into(), issued.jwt_digest)
    }

    fn claims(&self, copy: u32, index: u32, now: u64) -> Map<String, Value> {
        let day = start_of_day(now);
        let (from, to) = self.validity(now);
        let vct = match self.mischief {
            Mischief::AnotherType => "https://transport.yufu.example/types/driving-licence/1",
            _ => RESIDENT_ID.vct,
        };
        let mut claims = object(json!({
            "vct": vct,
            "iat": if self.mischief == Mischief::AlreadyExpired { from } else { day },
            "nbf": from,
            "exp": to,
            "status": { "status_list": { "idx": index, "uri": Self::list_uri() } },
            "family_name": FAMILY_NAME,
            "given_name": self.given_name(copy),
            "birth_date": "1990-02-03",
            "age_equal_or_over": { "16": true, "18": true, "21": true, "65": false },
            "resident_number": "440101199002030011",
            "portrait_small": STANDARD.encode(b"a face of very few pixels"),
            "issuing_authority": "Model City",
            "date_of_issuance": "2026-01-01",
            "date_of_expiry": "2036-01-01",
            "nationalities": ["CN"],
            "key_level": "software",
        }));
        if self.mischief == Mischief::NoStatus {
            claims.remove("status");
        }
        claims
    }

    fn land_title(&self, copy: u32, holder: &VerifyingKey, index: u32, now: u64) -> (Value, Digest) {
        let mischief = self.mischief;
        let did = if mischief == Mischief::AnotherIssuer { another_issuer() } else { self.did() };
        let stranger = stranger();
        let (named, signer) = match mischief {
            Mischief::UnregisteredKey => (&stranger, &stranger),
            Mischief::Forged => (&self.key, &stranger),
            _ => (&self.key, &self.key),
        };
        let format = match (mischief, self.format) {
            (Mischief::AnotherForm, Format::LdpVc) => Format::VcJwt,
            (Mischief::AnotherForm, _) => Format::LdpVc,
            (_, format) => format,
        };
        let hand = Hand { did: &did, named, signer, format };
        let (from, _) = self.validity(now);
        let today = if mischief == Mischief::AlreadyExpired { from } else { start_of_day(now) };
        let (signed, digest) = hand.sign(&self.title(&did, copy, holder, index, now), today);
        (if mischief == Mischief::Changed { enlarge(signed) } else { signed }, digest)
    }

    fn title(&self, did: &str, copy: u32, holder: &VerifyingKey, index: u32, now: u64) -> Map<String, Value> {
        let whole = LAND_TITLE.resolve().unwrap();
        let shape = whole.w3c().unwrap();
        let (from, to) = self.validity(now);
        let time = |seconds| DateTimeStamp::from_seconds(seconds).to_string();
        let status = StatusEntry::new(Purpose::Revocation, &Self::list_uri(), index.into());
        let holder = did::key::encode(PublicKey::from(holder));
        let mut title = object(json!({
            "@context": shape.contexts,
            "type": shape.types,
            "issuer": did,
            "validFrom": time(from),
            "validUntil": time(to - 1),
            "credentialStatus": status.to_json(),
            "credentialSubject": {
                "id": holder,
                "certificate_number": "示（2026）不动产权第0000001号",
                "parcel_number": "110105001001GB00001F00010001",
                "location": "示范市鱼符路 1 号",
                "area_m2": AREA,
                "land_use": "住宅",
                "right_type": "所有权",
                "owner": { "name_zh": "欧阳安", "name_latin": format!("{FAMILY_NAME} {}", self.given_name(copy)) },
                "registered_on": "2026-01-01",
                "authority": "Model City",
            },
        }));
        match self.mischief {
            Mischief::NoStatus => {
                title.remove("credentialStatus");
            }
            Mischief::AnotherType => {
                title["@context"] = json!([shape.contexts[0]]);
                title["type"] = json!([shape.types[0]]);
                title["credentialSubject"] = json!({ "id": holder });
            }
            _ => {}
        }
        title
    }
}

/// Who signs a document of the W3C data model, whose key it names as the signer's, and how.
struct Hand<'a> {
    did: &'a str,
    named: &'a SoftwareKey,
    signer: &'a SoftwareKey,
    format: Format,
}

impl Hand<'_> {
    fn sign(&self, document: &Map<String, Value>, today: u64) -> (Value, Digest) {
        let method = format!("{}#{}", self.did, PublicKey::from(self.named.verifying_key()).multibase());
        if self.format == Format::VcJwt {
            let times = JwtTimes { issued_at: Some(today), ..JwtTimes::default() };
            let issued =
                issue_credential(&IssueVcJwt { document, kid: &method, times }, self.signer).unwrap();
            return (issued.compact.into(), issued.jwt_digest);
        }
        let mut options =
            ProofOptions::new(Cryptosuite::EcdsaRdfc2019, &method, Relationship::AssertionMethod);
        options.created = Some(today);
        let signed =
            proof::sign(document, &options, &BySigner::new(self.signer), &Limits::default()).unwrap();
        let digest = recorded_digest(&signed).unwrap();
        (signed.into(), digest)
    }
}

/// The home is larger than what was signed.
pub(in crate::wallet) fn enlarge(signed: Value) -> Value {
    match signed {
        Value::String(compact) => {
            let [head, payload, signature] = compact.split('.').collect::<Vec<_>>()[..] else {
                panic!("not a JWT")
            };
            let payload = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
            let payload = URL_SAFE_NO_PAD.encode(payload.replace(AREA, "999.00"));
            format!("{head}.{payload}.{signature}").into()
        }
        mut object => {
            object["credentialSubject"]["area_m2"] = "999.00".into();
            object
        }
    }
}

fn stranger() -> SoftwareKey {
    testing::key(Algorithm::Es256, 77)
}

fn another_issuer() -> String {
    YufuDid::new("test", IssuerId([3; 20])).unwrap().to_string()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is no object"),
    }
}
