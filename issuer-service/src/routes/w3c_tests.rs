//! Credentials of the W3C data model, as a wallet asks for them and a verifier reads them.

use crate::{
    offers::{OfferError, OfferRequest},
    register::Date,
    status::{Change, StatusError, change},
    testing::{Agency, Answer, NOW, TITLE, TITLE_JWT, URL, holders},
    types,
};
use serde_json::{Value, json};
use yufu_core::{
    credential::{
        types::LAND_TITLE,
        w3c::{UnverifiedCredential, VerifiedCredential, VerifyOptions},
    },
    crypto::{PublicKey, Signer as _, sha256},
    did::{self, yufu::NamedKeys},
    registry::{Operation, StatusEncoding},
    status::{
        ListContext,
        bitstring::{ExpectedList, Purpose, StatusList},
        chunk::{ChunkTree, verify_witness},
    },
    time::DAY,
};

async fn token(agency: &Agency, configuration: &str) -> String {
    let offer = agency.offer(&agency.owner().number.clone(), configuration);
    let answer = agency.redeem(&offer, Some(&offer.tx_code)).await;
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

fn delivered(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    body["credentials"].as_array().unwrap().iter().map(|one| one["credential"].clone()).collect()
}

/// Verified by the keys that the registry would name, as the wallet does.
fn verified(credential: &Value) -> VerifiedCredential {
    let parsed = match credential {
        Value::String(compact) => UnverifiedCredential::parse_jwt(compact),
        object => UnverifiedCredential::parse_json(object.to_string().as_bytes()),
    };
    parsed.unwrap().verify(&NamedKeys, &VerifyOptions { now: NOW }).unwrap()
}

#[tokio::test]
async fn copies_of_a_land_title_are_bound_each_to_its_key_and_place_and_recorded_by_their_digest() {
    for (configuration, is_object) in [(TITLE, true), (TITLE_JWT, false)] {
        let agency = Agency::of_land(&format!("w3c-copies-{configuration}")).await;
        let token = token(&agency, configuration).await;
        let keys = holders(3);
        let copies = delivered(&agency.issue(&token, configuration, &keys).await);
        assert_eq!(copies.len(), 3);
        let mut places = std::collections::BTreeSet::new();
        for (copy, key) in copies.iter().zip(&keys) {
            assert_eq!(copy.is_object(), is_object);
            let verified = verified(copy);
            assert_eq!(verified.issuer(), agency.service.did.to_string());
            assert_eq!(verified.registry_type(), Some(LAND_TITLE.vct));
            LAND_TITLE.resolve().unwrap().check_w3c(verified.claims_before_trust()).unwrap();
            let holder = did::key::encode(PublicKey::from(key.verifying_key()));
            assert_eq!(verified.credential_before_trust().subjects()[0].id.as_deref(), Some(&*holder));
            // Whole days alone, the last second named.
            assert_eq!(verified.issued_at().map(|at| at % DAY), Some(0));
            assert_eq!(verified.valid_until().map(|at| (at + 1) % DAY), Some(0));
            let [entry] = verified.statuses() else { panic!("one status") };
            assert_eq!((&entry.purpose, entry.bits), (&Purpose::Revocation, 1));
            assert!(entry.list.starts_with(&format!("{URL}/status/")));
            places.insert(entry.index);
            let (list, index) = (entry.list_number().unwrap(), u32::try_from(entry.index).unwrap());
            let digest: Vec<u8> = agency
                .service
                .db
                .read(|c| -> Result<_, crate::db::DbError> {
                    let sql = "SELECT digest FROM credentials WHERE list = ?1 AND idx = ?2";
                    Ok(c.query_row(sql, [list, index], |row| row.get(0))?)
                })
                .unwrap();
            assert_eq!(digest, verified.signed_digest().unwrap());
        }
        assert_eq!(places.len(), 3);
    }
}

#[tokio::test]
async fn the_metadata_says_format_types_and_suite() {
    let agency = Agency::of_land("w3c-metadata").await;
    let metadata = agency.get("/.well-known/openid-credential-issuer/residents").await.json();
    let configurations = &metadata["credential_configurations_supported"];
    let title = &configurations[TITLE];
    assert_eq!(title["format"], "ldp_vc");
    assert_eq!(title["credential_signing_alg_values_supported"], json!(["ecdsa-rdfc-2019"]));
    assert_eq!(
        title["credential_definition"]["type"],
        json!(["VerifiableCredential", "LandTitleCredential"])
    );
    assert_eq!(title["credential_definition"]["@context"].as_array().unwrap().len(), 2);
    assert_eq!(title["vct"], Value::Null);
    let jwt = &configurations[TITLE_JWT];
    assert_eq!(jwt["format"], "vc+jwt");
    assert_eq!(jwt["credential_definition"]["@context"], Value::Null);
    assert_eq!(jwt["credential_signing_alg_values_supported"], json!(["ES256"]));
}

async fn list(agency: &Agency, path: &str, accept: &str) -> Answer {
    let request = axum::http::Request::get(path).header("accept", accept);
    agency.ask(request.body(axum::body::Body::empty()).unwrap()).await
}

/// The list that a credential points to, verified as it, and read.
fn read_list(answer: &Answer, credential: &VerifiedCredential) -> StatusList {
    let text = answer.text();
    let parsed = if text.starts_with('{') {
        UnverifiedCredential::parse_json(text.as_bytes())
    } else {
        UnverifiedCredential::parse_jwt(&text)
    };
    let signed = parsed.unwrap().verify(&NamedKeys, &VerifyOptions { now: NOW + 60 }).unwrap();
    let expected =
        ExpectedList { list: &credential.statuses()[0].list, issuer: credential.issuer(), now: NOW + 60 };
    StatusList::read(&signed, &expected).unwrap()
}

#[tokio::test]
async fn a_revoked_title_is_set_in_the_next_version_of_a_list_in_the_form_of_its_credentials() {
    for (configuration, form) in [(TITLE, "application/vc"), (TITLE_JWT, "application/vc+jwt")] {
        let agency = Agency::of_land(&format!("w3c-revoke-{configuration}")).await;
        let token = token(&agency, configuration).await;
        let copy = verified(&delivered(&agency.issue(&token, configuration, &holders(1)).await)[0]);
        let entry = copy.statuses()[0].clone();
        let path = entry.list.strip_prefix(URL).unwrap().to_owned();
        let before = list(&agency, &path, "application/vc, application/vc+jwt").await;
        assert_eq!((before.status.as_u16(), before.header("content-type")), (200, form));
        assert_eq!(read_list(&before, &copy).status(&entry).unwrap().value, 0);

        let number = agency.owner().number.clone();
        change(&agency.service.db, &number, configuration, Change::Revoke, NOW).unwrap();
        agency.publish().await;
        let after = list(&agency, &format!("{path}/1"), form).await;
        assert_eq!(after.header("cache-control"), "public, max-age=86400, immutable");
        let read = read_list(&after, &copy);
        assert_eq!(read.status(&entry).unwrap().value, 1);
        // The version before stays what it was.
        let old = list(&agency, &format!("{path}/0"), form).await;
        assert_eq!(old.body, before.body);

        // The witness of the place verifies against the root that the registry is told.
        let array = read.array(1).unwrap();
        let list_number = entry.list_number().unwrap();
        let context = ListContext { issuer: agency.service.did.id, list: list_number };
        let tree = ChunkTree::build(&context, &array);
        let publication = agency
            .service
            .db
            .read(|c| crate::db::lists::final_publication(c, list_number, Some(1)))
            .unwrap()
            .unwrap();
        assert_eq!(tree.root(), publication.status_root);
        assert_eq!(sha256(&[&after.body]), sha256(&[publication.token.as_bytes()]));
        let witness = tree.witness(entry.index).unwrap();
        let status = verify_witness(
            &publication.status_root,
            &context,
            StatusEncoding::Bitstring,
            1,
            array.size(),
            entry.index,
            &witness,
        );
        assert_eq!(status, Ok(1));
        // A list has the one form of its credentials.
        assert_eq!(list(&agency, &path, "application/statuslist+jwt").await.status, 406);
    }
}

#[tokio::test]
async fn the_registry_is_told_of_a_bitstring_list_of_one_bit_for_revocation() {
    let agency = Agency::of_land("w3c-open").await;
    let key = crate::identity::credential_keys(&agency.service.db).unwrap().remove(0);
    let kind = types::by_vct(LAND_TITLE.vct).unwrap();
    agency.service.publisher.open(9, &agency.service.config.credentials[0], kind, &key, None).await.unwrap();
    let entry = agency.service.db.read(|c| crate::db::outbox::head(c, u64::MAX >> 1)).unwrap().unwrap();
    let Operation::OpenList { encoding, bits, size, purpose, vct, .. } = entry.operation else {
        panic!("a list is opened")
    };
    assert_eq!((encoding, bits, size), (StatusEncoding::Bitstring, 1, 1 << 17));
    assert_eq!((purpose.as_str(), vct.as_str()), ("revocation", LAND_TITLE.vct));
}

#[tokio::test]
async fn a_title_is_revoked_and_never_suspended() {
    let agency = Agency::of_land("w3c-suspend").await;
    let token = token(&agency, TITLE).await;
    delivered(&agency.issue(&token, TITLE, &holders(1)).await);
    let number = agency.owner().number.clone();
    for refused in [Change::Suspend, Change::Reinstate] {
        let error = change(&agency.service.db, &number, TITLE, refused, NOW).unwrap_err();
        assert!(matches!(error, StatusError::NoSuspension), "{error}");
    }
    let request = axum::http::Request::post(format!("/residents/{number}/suspend"))
        .header("host", "127.0.0.1:8082")
        .header("origin", "http://127.0.0.1:8082")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(axum::body::Body::from(format!("credential={TITLE}"))).unwrap();
    assert_eq!(agency.clerk(request).await.status, 409);
    assert_eq!(change(&agency.service.db, &number, TITLE, Change::Revoke, NOW).unwrap(), 1);
}

#[tokio::test]
async fn nobody_is_offered_a_title_to_land_that_the_register_does_not_know() {
    let agency = Agency::of_land("w3c-landless").await;
    let landless = agency.residents.iter().find(|r| r.land.is_none()).unwrap();
    let request = OfferRequest {
        resident: landless.number.clone(),
        configuration: TITLE.into(),
        valid_from: None::<Date>,
        ..OfferRequest::default()
    };
    let service = &agency.service;
    let refused = crate::offers::create(&service.config, &service.db, &request, NOW, service.random.as_ref());
    assert!(matches!(refused, Err(OfferError::NothingToIssue("land title"))));
}

#[tokio::test]
async fn a_changed_title_no_longer_verifies() {
    let agency = Agency::of_land("w3c-tampered").await;
    let token = token(&agency, TITLE).await;
    let mut copy = delivered(&agency.issue(&token, TITLE, &holders(1)).await).remove(0);
    copy["credentialSubject"]["area_m2"] = json!("9999.00");
    let parsed = UnverifiedCredential::parse_json(copy.to_string().as_bytes()).unwrap();
    assert!(parsed.verify(&NamedKeys, &VerifyOptions { now: NOW }).is_err());
}

#[tokio::test]
async fn a_token_for_one_format_does_not_give_the_other() {
    let agency = Agency::of_land("w3c-other-format").await;
    for (offered, asked) in [(TITLE, TITLE_JWT), (TITLE_JWT, TITLE)] {
        let token = token(&agency, offered).await;
        let answer = agency.issue(&token, asked, &holders(1)).await;
        assert_eq!(answer.refusal(), (400, "unknown_credential_configuration".into()), "{offered} {asked}");
    }
}

#[tokio::test]
async fn nothing_is_issued_into_a_list_of_another_format() {
    let agency = Agency::of_land("w3c-format-changed").await;
    let token = token(&agency, TITLE).await;
    let changed = agency.service.db.write(|c| -> Result<_, crate::db::DbError> {
        // As if the settings had named the other format until now.
        Ok(c.execute("UPDATE lists SET format = 'vc+jwt' WHERE configuration = ?1", [TITLE])?)
    });
    assert_eq!(changed.unwrap(), 1);
    assert_eq!(agency.issue(&token, TITLE, &holders(1)).await.status, 503);
}
