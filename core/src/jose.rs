//! JWS in compact form, read strictly: an allow-list of algorithms, no `crit`, no member twice.
//!
//! Spec: RFC 7515 §3.1, §5; RFC 8725.

use crate::crypto::{Algorithm, SignatureError, Signer, SignerError, VerifyingKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{
    Serialize,
    de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};
use std::fmt;

/// Why a JWS was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JoseError {
    /// Longer than the caller reads.
    #[error("the JWS is longer than is read")]
    TooLarge,
    /// Not three parts of base64url.
    #[error("not a JWS in compact form")]
    Malformed,
    /// The header is not a JSON object of distinct members, or a known member has the wrong type.
    #[error("the JWS header is malformed")]
    Header,
    /// `alg` is missing or not on the allow-list.
    #[error("the JWS algorithm is not allowed")]
    Algorithm,
    /// `crit` asks for an extension: we know none.
    #[error("the JWS asks for an extension")]
    Critical,
    /// The payload is not a JSON object of distinct members.
    #[error("the JWS payload is not an object of distinct members")]
    Payload,
    /// The signature does not verify, or `alg` is not the key's.
    #[error("the JWS signature does not verify")]
    Signature,
}

impl From<SignatureError> for JoseError {
    fn from(_: SignatureError) -> Self {
        Self::Signature
    }
}

/// A JWS, read but not verified.
#[derive(Clone)]
pub struct UnverifiedJws<'a> {
    algorithm: Algorithm,
    header: Map<String, Value>,
    signing_input: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

impl fmt::Debug for UnverifiedJws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnverifiedJws").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl<'a> UnverifiedJws<'a> {
    /// Reads `compact`, of at most `max_bytes`.
    ///
    /// # Errors
    /// [`JoseError`] by the first thing that does not hold.
    pub fn parse(compact: &'a str, max_bytes: usize) -> Result<Self, JoseError> {
        if compact.len() > max_bytes {
            return Err(JoseError::TooLarge);
        }
        let (signing_input, signature) = compact.rsplit_once('.').ok_or(JoseError::Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JoseError::Malformed)?;
        if payload.contains('.') {
            return Err(JoseError::Malformed);
        }
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| JoseError::Malformed)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| JoseError::Malformed)?;
        let header = parse_object(&header).map_err(|_| JoseError::Header)?;
        if header.contains_key("crit") {
            return Err(JoseError::Critical);
        }
        let algorithm = match header.get("alg") {
            Some(Value::String(name)) => Algorithm::from_name(name).ok_or(JoseError::Algorithm)?,
            _ => return Err(JoseError::Algorithm),
        };
        if header.get("typ").is_some_and(|typ| !typ.is_string()) {
            return Err(JoseError::Header);
        }
        Ok(Self { algorithm, header, signing_input, payload, signature })
    }

    /// The algorithm, one of the allow-list.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The `typ`.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.header.get("typ").and_then(Value::as_str)
    }

    /// All members of the header.
    #[must_use]
    pub fn header(&self) -> &Map<String, Value> {
        &self.header
    }

    /// What the signature covers.
    #[must_use]
    pub fn signing_input(&self) -> &'a str {
        self.signing_input
    }

    /// The payload *before its signature was checked*, for what must be known to find the key.
    ///
    /// # Errors
    /// [`JoseError::Payload`] when it is not an object of distinct members.
    pub fn claims_before_verification(&self) -> Result<Map<String, Value>, JoseError> {
        parse_object(&self.payload_bytes()?).map_err(|_| JoseError::Payload)
    }

    /// The payload, once the signature verifies under `key` by the algorithm of that key.
    ///
    /// # Errors
    /// [`JoseError::Signature`], [`JoseError::Payload`].
    pub fn verify(&self, key: &VerifyingKey) -> Result<Map<String, Value>, JoseError> {
        if self.algorithm != key.algorithm() {
            return Err(JoseError::Signature);
        }
        key.verify(self.signing_input.as_bytes(), &self.signature)?;
        self.claims_before_verification()
    }

    fn payload_bytes(&self) -> Result<Vec<u8>, JoseError> {
        URL_SAFE_NO_PAD.decode(self.payload).map_err(|_| JoseError::Malformed)
    }
}

/// Signs `claims` under a header of `alg` (the signer's), `typ` and the members of `header`.
///
/// # Errors
/// [`SignerError`] when the key cannot sign, or `claims` cannot be written as JSON.
pub fn sign(
    typ: &str,
    mut header: Map<String, Value>,
    claims: &impl Serialize,
    signer: &dyn Signer,
) -> Result<String, SignerError> {
    header.insert("alg".into(), signer.verifying_key().algorithm().name().into());
    header.insert("typ".into(), typ.into());
    let mut compact = URL_SAFE_NO_PAD.encode(Value::Object(header).to_string());
    compact.push('.');
    let payload = serde_json::to_vec(claims).map_err(|_| SignerError::Unwritable)?;
    URL_SAFE_NO_PAD.encode_string(payload, &mut compact);
    let signature = signer.sign(compact.as_bytes())?;
    compact.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut compact);
    Ok(compact)
}

/// Not JSON, or an object names a member twice: two readers could see two different documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not JSON whose objects have distinct members")]
pub struct JsonError;

/// Reads JSON; an object that names a member twice is refused.
///
/// # Errors
/// [`JsonError`].
pub fn parse_json(json: &[u8]) -> Result<Value, JsonError> {
    serde_json::from_slice::<Strict>(json).map(|strict| strict.0).map_err(|_| JsonError)
}

/// Reads a JSON object as [`parse_json`] does.
///
/// # Errors
/// [`JsonError`], also for JSON that is no object.
pub fn parse_object(json: &[u8]) -> Result<Map<String, Value>, JsonError> {
    match parse_json(json)? {
        Value::Object(members) => Ok(members),
        _ => Err(JsonError),
    }
}

/// A JSON value whose objects have distinct members.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON whose objects have distinct members")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(Strict(element)) = access.next_element()? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, Strict(member))) = access.next_entry::<String, Strict>()? {
            if members.insert(name, member).is_some() {
                return Err(de::Error::custom(JsonError));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{crypto::SoftwareKey, random::SeededRandom};
    use serde_json::json;

    fn key(algorithm: Algorithm) -> SoftwareKey {
        SoftwareKey::generate(algorithm, &SeededRandom::new(1)).unwrap()
    }

    fn signed(header: &str, payload: &str, key: &SoftwareKey) -> String {
        let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
        let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()).unwrap());
        format!("{input}.{signature}")
    }

    fn refusal(header: &str, payload: &str) -> JoseError {
        let key = key(Algorithm::Es256);
        let compact = signed(header, payload, &key);
        let jws = match UnverifiedJws::parse(&compact, 4096) {
            Ok(jws) => jws,
            Err(error) => return error,
        };
        jws.verify(key.verifying_key()).unwrap_err()
    }

    #[test]
    fn what_is_signed_verifies_and_nothing_else_does() {
        for algorithm in [Algorithm::Es256, Algorithm::Ed25519] {
            let key = key(algorithm);
            let claims = json!({"a": 1}).as_object().unwrap().clone();
            let compact = sign("test+jwt", Map::new(), &claims, &key).unwrap();
            let jws = UnverifiedJws::parse(&compact, 4096).unwrap();
            assert_eq!(jws.typ(), Some("test+jwt"));
            assert_eq!(jws.verify(key.verifying_key()).unwrap(), claims);
            let other = SoftwareKey::generate(algorithm, &SeededRandom::new(2)).unwrap();
            assert_eq!(jws.verify(other.verifying_key()), Err(JoseError::Signature));
        }
    }

    #[test]
    fn refuses_the_algorithm_none_and_every_other_that_is_not_listed() {
        for name in ["none", "None", "HS256", "RS256", "ES384", "EdDSA", "es256", ""] {
            assert_eq!(refusal(&json!({"alg": name}).to_string(), "{}"), JoseError::Algorithm, "{name}");
        }
        assert_eq!(refusal("{}", "{}"), JoseError::Algorithm);
        assert_eq!(refusal(r#"{"alg":["ES256"]}"#, "{}"), JoseError::Algorithm);
    }

    #[test]
    fn refuses_an_algorithm_that_is_not_the_keys() {
        assert_eq!(refusal(r#"{"alg":"Ed25519"}"#, "{}"), JoseError::Signature);
    }

    #[test]
    fn refuses_extensions_and_members_that_stand_twice() {
        assert_eq!(refusal(r#"{"alg":"ES256","crit":["b64"],"b64":false}"#, "{}"), JoseError::Critical);
        assert_eq!(refusal(r#"{"alg":"ES256","alg":"ES256"}"#, "{}"), JoseError::Header);
        assert_eq!(refusal(r#"{"alg":"ES256","typ":1}"#, "{}"), JoseError::Header);
        assert_eq!(refusal(r#"{"alg":"ES256"}"#, r#"{"a":{"b":1,"b":2}}"#), JoseError::Payload);
        assert_eq!(refusal(r#"{"alg":"ES256"}"#, "[]"), JoseError::Payload);
        assert_eq!(refusal(r#"{"alg":"ES256"}"#, "{} {}"), JoseError::Payload);
    }

    #[test]
    fn refuses_what_is_not_three_parts_of_base64url() {
        let good = signed(r#"{"alg":"ES256"}"#, "{}", &key(Algorithm::Es256));
        let parse = |text: &str| UnverifiedJws::parse(text, 4096).map(|_| ()).unwrap_err();
        for bad in ["", ".", "..", "a.b", "e30=.e30.AA", &format!("{good}="), &format!("{good}.AA")] {
            assert!(matches!(parse(bad), JoseError::Malformed | JoseError::Header), "{bad}");
        }
        assert_eq!(UnverifiedJws::parse(&good, good.len() - 1).unwrap_err(), JoseError::TooLarge);
    }
}
