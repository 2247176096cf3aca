use super::*;
use crate::jose;

const AUDIENCE: &str = "yufu-counter:abc";
const NONCE: &str = "n-0S6_WzA2Mj";

fn expected() -> ExpectedKeyBinding<'static> {
    ExpectedKeyBinding {
        audiences: &["yufu-class:age18", AUDIENCE],
        nonce: ExpectedNonce::Exactly(NONCE),
        iat: (DAY, DAY + 60),
    }
}

/// The presentation without its key binding, and that with these claims, type and key.
fn bound(change: impl FnOnce(&mut Value), typ: &str, key: &SoftwareKey) -> String {
    let presented = issued().compact;
    let mut claims = json!({
        "aud": AUDIENCE, "nonce": NONCE, "iat": DAY,
        "sd_hash": URL_SAFE_NO_PAD.encode(sha256(&[presented.as_bytes()])),
    });
    change(&mut claims);
    format!("{presented}{}", jose::sign(typ, Map::new(), &claims, key).unwrap())
}

fn judge(text: &str) -> Result<KeyBindingClaims, KeyBindingError> {
    verify(text).unwrap().verify_key_binding(&expected())
}

fn refusal(change: impl FnOnce(&mut Value)) -> KeyBindingError {
    judge(&bound(change, KEY_BINDING_TYPE, &holder_key())).unwrap_err()
}

#[test]
fn takes_the_holders_binding_with_its_further_claims() {
    let claims =
        judge(&bound(|claims| claims["preset"] = json!("age18"), KEY_BINDING_TYPE, &holder_key())).unwrap();
    assert_eq!((claims.aud.as_str(), claims.nonce.as_str(), claims.iat), (AUDIENCE, NONCE, DAY));
    assert_eq!(Value::from(claims.extra), json!({ "preset": "age18" }));
}

#[test]
fn rejects_key_binding_for_another_audience() {
    assert_eq!(refusal(|claims| claims["aud"] = json!("yufu-counter:other")), KeyBindingError::Audience);
    assert_eq!(refusal(|claims| claims["aud"] = json!([AUDIENCE])), KeyBindingError::Malformed);
}

#[test]
fn rejects_key_binding_with_another_nonce_unless_it_is_the_wallets() {
    let text = bound(|claims| claims["nonce"] = json!("other"), KEY_BINDING_TYPE, &holder_key());
    assert_eq!(judge(&text).unwrap_err(), KeyBindingError::Nonce);
    let of_the_wallet = ExpectedKeyBinding { nonce: ExpectedNonce::OfTheWallet, ..expected() };
    assert_eq!(verify(&text).unwrap().verify_key_binding(&of_the_wallet).unwrap().nonce, "other");
}

#[test]
fn rejects_key_binding_from_another_time() {
    assert_eq!(refusal(|claims| claims["iat"] = json!(DAY - 1)), KeyBindingError::TooOld);
    assert_eq!(refusal(|claims| claims["iat"] = json!(DAY + 61)), KeyBindingError::TooNew);
}

#[test]
fn rejects_key_binding_to_another_presentation() {
    let other = URL_SAFE_NO_PAD.encode(sha256(&[b"other~"]));
    assert_eq!(refusal(|claims| claims["sd_hash"] = json!(other)), KeyBindingError::SdHash);
    // A disclosure taken out after the holder signed.
    let text = bound(|_| {}, KEY_BINDING_TYPE, &holder_key());
    let mut parts: Vec<&str> = text.split('~').collect();
    let nationality = parts
        .iter()
        .position(|part| URL_SAFE_NO_PAD.decode(part).is_ok_and(|json| json.ends_with(br#""IS"]"#)));
    parts.remove(nationality.unwrap());
    assert_eq!(judge(&parts.join("~")).unwrap_err(), KeyBindingError::SdHash);
}

#[test]
fn rejects_key_binding_by_another_key_type_or_algorithm() {
    let stranger = testing::key(Algorithm::Es256, 77);
    assert_eq!(judge(&bound(|_| {}, KEY_BINDING_TYPE, &stranger)).unwrap_err(), KeyBindingError::Signature);
    assert_eq!(judge(&bound(|_| {}, "JWT", &holder_key())).unwrap_err(), KeyBindingError::Type);
    let edwards = testing::key(Algorithm::Ed25519, 2);
    assert_eq!(judge(&bound(|_| {}, KEY_BINDING_TYPE, &edwards)).unwrap_err(), KeyBindingError::Algorithm);
    let text = bound(|_| {}, KEY_BINDING_TYPE, &holder_key());
    let (presented, jwt) = text.rsplit_once('~').unwrap();
    let (_, rest) = jwt.split_once('.').unwrap();
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"kb+jwt"}"#);
    assert_eq!(judge(&format!("{presented}~{header}.{rest}")).unwrap_err(), KeyBindingError::Algorithm);
}

#[test]
fn rejects_key_binding_that_lacks_a_claim() {
    for name in ["aud", "nonce", "iat", "sd_hash"] {
        let error = refusal(|claims| drop(claims.as_object_mut().unwrap().remove(name)));
        assert_eq!(error, KeyBindingError::Malformed, "{name}");
    }
}

#[test]
fn tells_a_missing_binding_from_a_credential_bound_to_nobody() {
    assert_eq!(judge(&issued().compact).unwrap_err(), KeyBindingError::Missing);
    let (claims, disclosable) = resident();
    let template = IssueTemplate::new(&chain(), &disclosable, 0).unwrap();
    let unbound = template.issue(&claims, None, &issuer_key(), &SeededRandom::new(1)).unwrap().compact;
    let jwt = jose::sign(KEY_BINDING_TYPE, Map::new(), &json!({}), &holder_key()).unwrap();
    assert_eq!(judge(&format!("{unbound}{jwt}")).unwrap_err(), KeyBindingError::Unbound);
}
