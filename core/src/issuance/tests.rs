//! Both sides against each other: a wallet's driver, and an issuer that decides with our own functions.

use super::{
    error::{CredentialErrorCode, ErrorResponse, TokenErrorCode},
    holder::{HolderError, Issuance},
    issuer::{NonceUse, ProofPolicy, verify_proofs},
    metadata::{CredentialConfiguration, IssuerMetadata, ServerMetadata},
    offer::{CredentialOffer, Grants, OfferError, OfferLink, PreAuthorizedCode, TxCode, parse_offer},
    proof,
    request::{CredentialRequest, CredentialResponse, Requested},
    token::TokenRequest,
};
use crate::{
    credential::sd_jwt::{IssueTemplate, UnverifiedSdJwt},
    crypto::{Algorithm, Signer, SoftwareKey, testing},
    http::{HttpError, HttpFuture, HttpRequest, HttpResponse, HttpTransport},
    random::SeededRandom,
    test_vectors,
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    future::Future,
    pin::pin,
    sync::Mutex,
    task::{Context, Poll, Waker},
};

const ISSUER: &str = "https://residents.example";
const DID: &str = "did:yufu:test:2UzHL6";
const NOW: u64 = 1_790_000_000;
const DAY: u64 = 1_789_948_800;

/// The futures here never wait.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a test's transport answers at once"),
    }
}

/// An agency: answers by path, and can be told to answer a path otherwise.
struct Agency {
    key: SoftwareKey,
    template: IssueTemplate,
    nonces: Mutex<Vec<String>>,
    otherwise: HashMap<&'static str, (u16, Value)>,
    asked: Mutex<Vec<HttpRequest>>,
}

impl Agency {
    fn new() -> Self {
        let key = testing::key(Algorithm::Es256, 1);
        Self {
            template: IssueTemplate::new(&[testing::leaf(&key, DID)], &[], 0).unwrap(),
            key,
            nonces: Mutex::new(Vec::new()),
            otherwise: HashMap::new(),
            asked: Mutex::new(Vec::new()),
        }
    }

    fn answering(path: &'static str, status: u16, body: Value) -> Self {
        let mut agency = Self::new();
        agency.otherwise.insert(path, (status, body));
        agency
    }

    fn answer(&self, request: &HttpRequest) -> Result<(u16, Value), HttpError> {
        self.asked.lock().unwrap().push(request.clone());
        let path =
            request.url.strip_prefix(ISSUER).ok_or_else(|| HttpError::RefusedUrl(request.url.clone()))?;
        if let Some(told) = self.otherwise.get(path) {
            return Ok(told.clone());
        }
        Ok(match path {
            "/offers/1" => (200, serde_json::to_value(offer()).unwrap()),
            "/.well-known/openid-credential-issuer" => (200, issuer_metadata()),
            "/.well-known/oauth-authorization-server" => (200, server_metadata()),
            "/token" => token(&request.body),
            "/nonce" => {
                let nonce = format!("nonce-{}", self.nonces.lock().unwrap().len());
                self.nonces.lock().unwrap().push(nonce.clone());
                (200, json!({ "c_nonce": nonce }))
            }
            "/credential" => match self.issue(&request.body) {
                Ok(response) => (200, serde_json::to_value(response).unwrap()),
                Err(refusal) => (400, serde_json::to_value(refusal).unwrap()),
            },
            _ => (404, Value::Null),
        })
    }

    fn issue(&self, body: &[u8]) -> Result<CredentialResponse, ErrorResponse<CredentialErrorCode>> {
        let request = CredentialRequest::from_json(body)?;
        assert_eq!(request.requested()?, Requested::Configuration("resident-id"));
        let policy =
            ProofPolicy { audience: ISSUER, batch_size: 4, algorithms: &[Algorithm::Es256], now: NOW };
        let proofs = verify_proofs(&request.proofs.unwrap_or_default(), &policy).map_err(|e| e.response())?;
        let mut nonces = self.nonces.lock().unwrap();
        let fresh = nonces.iter().position(|nonce| nonce == proofs.nonce());
        let used = fresh.map_or(NonceUse::Stale, |at| {
            nonces.remove(at);
            NonceUse::Fresh
        });
        let keys = proofs.into_keys(used).map_err(|error| error.response())?;
        let claims = json!({
            "vct": "https://residents.example/types/resident-id/1", "iat": DAY, "exp": DAY + 86_400,
            "status": { "status_list": { "idx": 1, "uri": "https://residents.example/status/1" } },
        });
        let issue = |key| {
            let claims = claims.as_object().unwrap();
            self.template.issue(claims, Some(key), &self.key, &SeededRandom::new(1)).unwrap().compact
        };
        Ok(CredentialResponse::of(keys.iter().map(issue).collect()))
    }
}

fn token(form: &[u8]) -> (u16, Value) {
    let refuse = |code| (400, serde_json::to_value(ErrorResponse::new(code, "no")).unwrap());
    match TokenRequest::from_form(form) {
        Err(refusal) => (400, serde_json::to_value(refusal).unwrap()),
        Ok(TokenRequest { tx_code: None, .. }) => refuse(TokenErrorCode::InvalidRequest),
        Ok(request)
            if request.pre_authorized_code == "code" && request.tx_code.as_deref() == Some("4711") =>
        {
            (200, json!({ "access_token": "token", "token_type": "bearer" }))
        }
        Ok(_) => refuse(TokenErrorCode::InvalidGrant),
    }
}

impl HttpTransport for Agency {
    fn send(&self, request: HttpRequest) -> HttpFuture<'_> {
        let answer = self.answer(&request).map(|(status, body)| HttpResponse {
            status,
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        });
        Box::pin(std::future::ready(answer))
    }
}

fn issuer_metadata() -> Value {
    json!({
        "credential_issuer": ISSUER,
        "credential_endpoint": format!("{ISSUER}/credential"),
        "nonce_endpoint": format!("{ISSUER}/nonce"),
        "batch_credential_issuance": { "batch_size": 4 },
        "credential_configurations_supported": {
            "resident-id": { "format": "dc+sd-jwt", "vct": "https://residents.example/types/resident-id/1" },
            "land-title": { "format": "ldp_vc" },
        },
    })
}

fn server_metadata() -> Value {
    json!({
        "issuer": ISSUER,
        "token_endpoint": format!("{ISSUER}/token"),
        "grant_types_supported": [super::token::PRE_AUTHORIZED_CODE],
        "pre-authorized_grant_anonymous_access_supported": true,
    })
}

fn offer() -> CredentialOffer {
    CredentialOffer {
        credential_issuer: ISSUER.into(),
        credential_configuration_ids: vec!["resident-id".into()],
        grants: Some(Grants {
            pre_authorized_code: Some(PreAuthorizedCode {
                code: "code".into(),
                tx_code: Some(TxCode { length: Some(4), ..TxCode::default() }),
                authorization_server: None,
            }),
        }),
    }
}

fn discover(agency: &Agency) -> Result<Issuance, HolderError> {
    now(Issuance::discover(agency, OfferLink::Value(offer())))
}

fn with(mut json: Value, name: &str, value: Value) -> Value {
    json[name] = value;
    json
}

#[test]
fn a_wallet_gets_a_batch_of_credentials_bound_to_its_keys() {
    let agency = Agency::new();
    let link = parse_offer(&CredentialOffer::link_by_reference(&format!("{ISSUER}/offers/1"))).unwrap();
    let issuance = now(Issuance::discover(&agency, link)).unwrap();
    assert_eq!(issuance.tx_code().unwrap().length, Some(4));
    assert_eq!(issuance.batch_size(), 4);
    let offered: Vec<&str> = issuance.configurations().map(|(id, _)| id).collect();
    assert_eq!(offered, ["resident-id"]);
    let token = now(issuance.token(&agency, Some("4711"))).unwrap();
    let nonce = now(issuance.nonce(&agency)).unwrap();
    let keys = [10, 11, 12].map(|seed| testing::key(Algorithm::Es256, seed));
    let proofs = keys.iter().map(|key| proof::build(key, ISSUER, &nonce, NOW).unwrap()).collect();
    let credentials = now(issuance.request(&agency, &token, "resident-id", proofs)).unwrap();
    assert_eq!(credentials.len(), 3);
    for (credential, key) in credentials.iter().zip(&keys) {
        let signed = UnverifiedSdJwt::parse(credential).unwrap().verify().unwrap();
        assert_eq!(signed.holder(), Some(key.verifying_key()));
    }
    let asked = agency.asked.lock().unwrap();
    let (name, value) = asked.last().unwrap().headers.last().unwrap();
    assert_eq!((name.as_str(), value.as_str()), ("authorization", "Bearer token"));
}

#[test]
fn a_nonce_serves_one_request() {
    let agency = Agency::new();
    let issuance = discover(&agency).unwrap();
    let token = now(issuance.token(&agency, Some("4711"))).unwrap();
    let nonce = now(issuance.nonce(&agency)).unwrap();
    let ask = |seed| {
        let key = testing::key(Algorithm::Es256, seed);
        let proofs = vec![proof::build(&key, ISSUER, &nonce, NOW).unwrap()];
        now(issuance.request(&agency, &token, "resident-id", proofs))
    };
    assert!(ask(1).is_ok());
    assert_eq!(ask(2).unwrap_err(), HolderError::CredentialRefused(CredentialErrorCode::InvalidNonce));
}

#[test]
fn refuses_metadata_that_does_not_fit_the_offer() {
    let issuer = "/.well-known/openid-credential-issuer";
    let server = "/.well-known/oauth-authorization-server";
    let other = json!("https://other.example");
    for (path, body, expected) in [
        (issuer, with(issuer_metadata(), "credential_issuer", other.clone()), HolderError::WrongIssuer),
        (
            issuer,
            with(issuer_metadata(), "credential_configurations_supported", json!({})),
            HolderError::UnknownConfiguration("resident-id".into()),
        ),
        (issuer, with(issuer_metadata(), "authorization_servers", json!([])), HolderError::WrongServer),
        (issuer, json!([]), HolderError::Malformed("issuer metadata")),
        (server, with(server_metadata(), "issuer", other), HolderError::WrongServer),
        (server, with(server_metadata(), "grant_types_supported", Value::Null), HolderError::GrantNotTaken),
        (
            server,
            with(server_metadata(), "pre-authorized_grant_anonymous_access_supported", json!(false)),
            HolderError::GrantNotTaken,
        ),
    ] {
        assert_eq!(discover(&Agency::answering(path, 200, body)).unwrap_err(), expected);
    }
    let status = HolderError::Status { endpoint: "issuer metadata", status: 503 };
    assert_eq!(discover(&Agency::answering(issuer, 503, Value::Null)).unwrap_err(), status);
}

#[test]
fn refuses_an_authorization_server_that_the_issuer_does_not_name() {
    let mut offer = offer();
    let grant = offer.grants.as_mut().unwrap().pre_authorized_code.as_mut().unwrap();
    grant.authorization_server = Some("https://evil.example".into());
    let error = now(Issuance::discover(&Agency::new(), OfferLink::Value(offer))).unwrap_err();
    assert_eq!(error, HolderError::WrongServer);
}

#[test]
fn never_asks_an_address_without_https() {
    let body = with(server_metadata(), "token_endpoint", json!("http://residents.example/token"));
    let agency = Agency::answering("/.well-known/oauth-authorization-server", 200, body);
    let issuance = discover(&agency).unwrap();
    let error = now(issuance.token(&agency, Some("4711"))).unwrap_err();
    assert_eq!(error, HolderError::Endpoint(super::EndpointError::Insecure));
    assert!(agency.asked.lock().unwrap().iter().all(|request| request.url.starts_with("https://")));
}

#[test]
fn a_transaction_code_is_given_exactly_where_it_is_asked_for() {
    let agency = Agency::new();
    let issuance = discover(&agency).unwrap();
    assert_eq!(now(issuance.token(&agency, None)).unwrap_err(), HolderError::TxCode);
    let wrong = now(issuance.token(&agency, Some("0000"))).unwrap_err();
    assert_eq!(wrong, HolderError::TokenRefused(TokenErrorCode::InvalidGrant));
}

#[test]
fn a_credential_with_a_data_integrity_proof_comes_as_an_object_and_never_as_a_text() {
    let ask = |credential: Value| {
        let agency =
            Agency::answering("/credential", 200, json!({ "credentials": [{ "credential": credential }] }));
        let issuance = discover(&agency).unwrap();
        let token = now(issuance.token(&agency, Some("4711"))).unwrap();
        now(issuance.request(&agency, &token, "land-title", vec!["proof".into()]))
    };
    assert_eq!(ask(json!({ "type": "x" })), Ok(vec!["{\"type\":\"x\"}".into()]));
    assert_eq!(ask(json!("text")), Err(HolderError::Malformed("credential endpoint")));
    assert_eq!(ask(json!(7)), Err(HolderError::Malformed("credential endpoint")));
}

#[test]
fn refuses_answers_of_the_wrong_kind_or_number() {
    let ask = |status, body| {
        let agency = Agency::answering("/credential", status, body);
        let issuance = discover(&agency).unwrap();
        let token = now(issuance.token(&agency, Some("4711"))).unwrap();
        now(issuance.request(&agency, &token, "resident-id", vec!["proof".into()])).unwrap_err()
    };
    let one = json!({ "credential": "x" });
    assert_eq!(ask(200, json!({ "credentials": [one, one] })), HolderError::WrongCount);
    assert_eq!(ask(200, json!({})), HolderError::Malformed("credential endpoint"));
    let object = json!({ "credentials": [{ "credential": {} }] });
    assert_eq!(ask(200, object), HolderError::Malformed("credential endpoint"));
    assert_eq!(ask(202, json!({ "transaction_id": "1", "interval": 5 })), HolderError::Deferred);
    let status = HolderError::Status { endpoint: "credential endpoint", status: 500 };
    assert_eq!(ask(500, Value::Null), status);
    let mac = Agency::answering("/token", 200, json!({ "access_token": "t", "token_type": "mac" }));
    let error = now(discover(&mac).unwrap().token(&mac, Some("4711"))).unwrap_err();
    assert_eq!(error, HolderError::TokenType);
}

#[test]
fn credential_identifiers_are_used_where_the_token_names_them() {
    let body = json!({ "access_token": "t", "token_type": "Bearer", "authorization_details": [{
        "type": "openid_credential", "credential_configuration_id": "resident-id",
        "credential_identifiers": ["resident-id-17"],
    }]});
    let agency = Agency::answering("/token", 200, body);
    let issuance = discover(&agency).unwrap();
    let token = now(issuance.token(&agency, Some("4711"))).unwrap();
    let request = issuance.credential_request(&token, "resident-id", vec![]);
    assert_eq!(request.requested().unwrap(), Requested::Identifier("resident-id-17"));
}

#[test]
fn an_offer_survives_its_link() {
    assert_eq!(parse_offer(&offer().link()).unwrap(), OfferLink::Value(offer()));
    assert!(offer().link().starts_with("openid-credential-offer://?credential_offer=%7B"));
}

#[test]
fn refuses_links_and_offers_that_are_none() {
    let long = format!("openid-credential-offer://?x={}", "a".repeat(super::offer::MAX_OFFER));
    let both = format!("{}&credential_offer_uri=https%3A%2F%2Fa.example", offer().link());
    let twice = format!("{}&{}", offer().link(), offer().link().rsplit_once('?').unwrap().1);
    for (link, expected) in [
        ("https://a.example", OfferError::Link),
        ("openid-credential-offer://", OfferError::Link),
        ("openid-credential-offer://?x=1", OfferError::Link),
        (&both, OfferError::Link),
        (&twice, OfferError::Link),
        (&long, OfferError::TooLarge),
        ("openid-credential-offer://?credential_offer=%7B", OfferError::Malformed),
        (
            "openid-credential-offer://?credential_offer_uri=http%3A%2F%2Fa.example",
            OfferError::Endpoint(super::EndpointError::Insecure),
        ),
    ] {
        assert_eq!(parse_offer(link).unwrap_err(), expected, "{link:.60}");
    }
    let read = |json: Value| CredentialOffer::from_json(json.to_string().as_bytes()).unwrap_err();
    let offer = serde_json::to_value(offer()).unwrap();
    let ids = "credential_configuration_ids";
    assert_eq!(read(with(offer.clone(), ids, json!([]))), OfferError::Configurations);
    assert_eq!(read(with(offer.clone(), ids, json!(["a", "a"]))), OfferError::Configurations);
    let bare = with(offer, "grants", Value::Null);
    let bare = CredentialOffer::from_json(bare.to_string().as_bytes()).unwrap();
    assert_eq!(bare.pre_authorized_code().unwrap_err(), OfferError::Grant);
}

#[test]
fn token_forms_are_refused_with_the_codes_of_oauth() {
    let refusal = |form: &str| TokenRequest::from_form(form.as_bytes()).unwrap_err().error;
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code";
    assert_eq!(refusal(""), TokenErrorCode::InvalidRequest);
    assert_eq!(refusal(grant), TokenErrorCode::InvalidRequest);
    assert_eq!(refusal(&format!("{grant}&{grant}&pre-authorized_code=x")), TokenErrorCode::InvalidRequest);
    assert_eq!(refusal("grant_type=authorization_code&code=x"), TokenErrorCode::UnsupportedGrantType);
    assert_eq!(refusal(&"x".repeat(9000)), TokenErrorCode::InvalidRequest);
    let request = TokenRequest { pre_authorized_code: "a+b&c".into(), tx_code: Some("1 2".into()) };
    assert_eq!(TokenRequest::from_form(request.to_form().as_bytes()).unwrap(), request);
}

#[test]
fn credential_requests_are_refused_with_the_codes_of_openid4vci() {
    let refusal = |json: &str| CredentialRequest::from_json(json.as_bytes()).unwrap_err().error;
    assert_eq!(refusal("[]"), CredentialErrorCode::InvalidCredentialRequest);
    assert_eq!(refusal(r#"{"proofs":{},"proofs":{}}"#), CredentialErrorCode::InvalidCredentialRequest);
    assert_eq!(refusal(r#"{"proofs":{"ldp_vp":[{}]}}"#), CredentialErrorCode::InvalidProof);
    assert_eq!(refusal(r#"{"proofs":{"jwt":"one"}}"#), CredentialErrorCode::InvalidProof);
    assert_eq!(
        refusal(r#"{"credential_response_encryption":{}}"#),
        CredentialErrorCode::InvalidEncryptionParameters
    );
    for neither_or_both in ["{}", r#"{"credential_identifier":"a","credential_configuration_id":"b"}"#] {
        let request = CredentialRequest::from_json(neither_or_both.as_bytes()).unwrap();
        assert_eq!(request.requested().unwrap_err().error, CredentialErrorCode::InvalidCredentialRequest);
    }
}

#[test]
fn the_specifications_offers_and_metadata_are_read() {
    if let Some(json) = test_vectors::read("openid4vci/credential_offer_pre-authz_code.json") {
        let offer = CredentialOffer::from_json(json.as_bytes()).unwrap();
        assert_eq!(offer.pre_authorized_code().unwrap().code, "adhjhdjajkdkhjhdj");
    }
    if let Some(json) = test_vectors::read("openid4vci/credential_issuer_metadata_sd_jwt_long.json") {
        let metadata: IssuerMetadata = serde_json::from_str(&json).unwrap();
        assert_eq!(metadata.batch_credential_issuance.unwrap().batch_size, 10);
        assert_eq!(metadata.display.len(), 2);
    }
    for name in ["sd_jwt_vc", "ldp_vc", "mso_mdoc", "jwt_vc_json"] {
        if let Some(json) = test_vectors::read(&format!("openid4vci/credential_metadata_{name}.json")) {
            let mut metadata: Value = serde_json::from_str(&json).unwrap();
            let configurations: HashMap<String, CredentialConfiguration> =
                serde_json::from_value(metadata["credential_configurations_supported"].take()).unwrap();
            let known = configurations.values().filter(|one| one.known_format().is_some()).count();
            assert_eq!(known, usize::from(name != "jwt_vc_json"), "{name}");
        }
    }
    let _: ServerMetadata = serde_json::from_value(server_metadata()).unwrap();
}
