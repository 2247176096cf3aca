#![no_main]

use libfuzzer_sys::fuzz_target;
use yufu_core::{
    crypto::Algorithm,
    issuance::{
        check_endpoint,
        issuer::{ProofPolicy, verify_proofs},
        offer::{CredentialOffer, OfferLink, parse_offer},
        request::{CredentialRequest, Proofs},
        token::TokenRequest,
        well_known,
    },
};

// What an issuer and a wallet read from each other. An offer that is read survives its link.
fuzz_target!(|text: &str| {
    let _ = parse_offer(text);
    if let Ok(offer) = CredentialOffer::from_json(text.as_bytes()) {
        let link = offer.link();
        assert!(link.len() > 16 * 1024 || parse_offer(&link) == Ok(OfferLink::Value(offer)));
    }
    let _ = CredentialRequest::from_json(text.as_bytes());
    if let Ok(request) = TokenRequest::from_form(text.as_bytes()) {
        assert_eq!(TokenRequest::from_form(request.to_form().as_bytes()), Ok(request));
    }
    if check_endpoint(text).is_ok() {
        let _ = well_known(text, "openid-credential-issuer");
    }
    let policy = ProofPolicy {
        audience: "https://a.example",
        batch_size: 2,
        algorithms: &[Algorithm::Es256, Algorithm::Ed25519],
        now: 1_790_000_000,
    };
    let _ = verify_proofs(&Proofs { jwt: vec![text.to_owned()] }, &policy);
});
