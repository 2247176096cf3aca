//! Each endpoint's answers and refusals, by status and code.

use crate::{
    db::lists,
    offers::OfferRequest,
    register::Date,
    status::{Change, change},
    testing::{Agency, ID, LICENCE, NOW, URL, holders},
};
use axum::{body::Body, http::Request};
use serde_json::{Map, json};
use std::{collections::BTreeSet, sync::atomic::Ordering};
use yufu_core::{
    credential::sd_jwt::UnverifiedSdJwt,
    crypto::{Signer, SoftwareKey},
    issuance::proof,
    jose,
    status::{ListContext, issued::verify_path, token::UnverifiedStatusToken},
    time::{DAY, start_of_day},
};

fn compacts(answer: &crate::testing::Answer) -> Vec<String> {
    let answer = answer.json();
    let credentials = answer["credentials"].as_array().expect("credentials");
    credentials.iter().map(|c| c["credential"].as_str().unwrap().to_owned()).collect()
}

mod token {
    use super::*;

    #[tokio::test]
    async fn a_code_turns_into_a_token_once() {
        let agency = Agency::new("token-once").await;
        let offer = agency.offer(&agency.residents[0].number, ID);
        let answer = agency.redeem(&offer, Some(&offer.tx_code)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.json()["token_type"], "Bearer");
        assert_eq!(answer.json()["expires_in"], 300);
        let again = agency.redeem(&offer, Some(&offer.tx_code)).await;
        assert_eq!(again.refusal(), (400, "invalid_grant".into()));
    }

    #[tokio::test]
    async fn refuses_requests_by_their_fault() {
        let agency = Agency::new("token-faults").await;
        let offer = agency.offer(&agency.residents[0].number, ID);
        let pre = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code";
        for (form, code) in [
            ("", "invalid_request"),
            ("grant_type=authorization_code&code=x", "unsupported_grant_type"),
            (pre, "invalid_request"),
            (&format!("{pre}&pre-authorized_code=x&pre-authorized_code=y"), "invalid_request"),
            (&format!("{pre}&pre-authorized_code=unknown&tx_code=1"), "invalid_grant"),
        ] {
            assert_eq!(agency.token_with(form).await.refusal(), (400, code.into()), "{form}");
        }
        assert_eq!(agency.redeem(&offer, None).await.refusal(), (400, "invalid_request".into()));
        // None of this used the offer up.
        assert_eq!(agency.redeem(&offer, Some(&offer.tx_code)).await.status, 200);
    }

    #[tokio::test]
    async fn a_wrong_transaction_code_is_forgiven_four_times() {
        let agency = Agency::new("token-tries").await;
        let wrong = |right: &str| if right == "000000" { "000001" } else { "000000" };
        for (tries, expected) in [(4, 200), (5, 400)] {
            let offer = agency.offer(&agency.residents[0].number, ID);
            for _ in 0..tries {
                let answer = agency.redeem(&offer, Some(wrong(&offer.tx_code))).await;
                assert_eq!(answer.refusal(), (400, "invalid_grant".into()));
            }
            assert_eq!(agency.redeem(&offer, Some(&offer.tx_code)).await.status, expected, "{tries}");
        }
    }

    #[tokio::test]
    async fn an_offer_expires() {
        let agency = Agency::new("token-expired").await;
        let (early, late) =
            (agency.offer(&agency.residents[0].number, ID), agency.offer(&agency.residents[1].number, ID));
        agency.clock.set((early.expires_at - 1) * 1000);
        assert_eq!(agency.redeem(&early, Some(&early.tx_code)).await.status, 200);
        agency.clock.set(late.expires_at * 1000);
        assert_eq!(agency.redeem(&late, Some(&late.tx_code)).await.refusal(), (400, "invalid_grant".into()));
    }

    #[tokio::test]
    async fn suspending_a_resident_withdraws_the_open_offer() {
        let agency = Agency::new("token-withdrawn").await;
        let number = &agency.residents[0].number;
        let offer = agency.offer(number, ID);
        change(&agency.service.db, number, ID, Change::Suspend, NOW).unwrap();
        assert_eq!(
            agency.redeem(&offer, Some(&offer.tx_code)).await.refusal(),
            (400, "invalid_grant".into())
        );
    }
}

mod credential {
    use super::*;

    #[tokio::test]
    async fn a_batch_of_thirty_two_copies_is_issued_each_to_its_key_with_nothing_in_common() {
        let agency = Agency::new("batch").await;
        let keys = holders(32);
        let answer = agency.issue(&agency.token().await, ID, &keys).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("cache-control"), "no-store");
        let compacts = compacts(&answer);
        let (mut indices, mut salts) = (Vec::new(), BTreeSet::new());
        let today = start_of_day(NOW);
        for (compact, key) in compacts.iter().zip(&keys) {
            let signed = UnverifiedSdJwt::parse(compact).unwrap().verify().unwrap();
            assert_eq!(signed.holder(), Some(key.verifying_key()));
            assert_eq!(
                (signed.iat(), signed.nbf(), signed.exp()),
                (today, Some(today), Some(today + 14 * DAY))
            );
            assert_eq!(signed.iss(), agency.service.did.to_string());
            let status = signed.status().unwrap();
            assert_eq!(status.uri, format!("{URL}/status/1"));
            indices.push(status.index);
            salts.extend(compact.split('~').skip(1).filter(|d| !d.is_empty()).map(str::to_owned));
            let claims = signed.claims_before_trust();
            assert_eq!(claims["family_name"], agency.residents[0].family_name.as_str());
            assert_eq!(claims["key_level"], "software");
            crate::types::by_vct(signed.vct()).unwrap().resolved().check(claims).unwrap();
        }
        let disclosures: usize =
            compacts.iter().map(|c| c.split('~').filter(|d| !d.is_empty()).count() - 1).sum();
        assert_eq!(salts.len(), disclosures, "a disclosure stands in two copies");
        assert_eq!(indices.iter().collect::<BTreeSet<_>>().len(), 32);
        let steps: BTreeSet<_> = indices.windows(2).map(|w| w[1].wrapping_sub(w[0])).collect();
        assert!(steps.len() > 25, "places follow a pattern: {indices:?}");
    }

    #[tokio::test]
    async fn a_request_without_one_of_our_tokens_is_unauthorized() {
        let agency = Agency::new("no-token").await;
        let token = agency.token().await;
        let bare = agency.ask(Request::post("/credential").body(Body::from("{}")).unwrap()).await;
        assert_eq!(
            (bare.status.as_u16(), bare.header("www-authenticate")),
            (401, "Bearer realm=\"credential\"")
        );
        let query =
            Request::post(format!("/credential?access_token={token}")).body(Body::from("{}")).unwrap();
        assert_eq!(agency.ask(query).await.status, 401);
        let unknown = agency.credential("unknown", &json!({})).await;
        assert_eq!(unknown.status, 401);
        assert!(unknown.header("www-authenticate").contains("error=\"invalid_token\""));
        agency.clock.advance(300_000);
        assert_eq!(agency.credential(&token, &json!({})).await.status, 401);
    }

    #[tokio::test]
    async fn refuses_requests_by_their_fault() {
        let agency = Agency::new("faults").await;
        let token = agency.token().await;
        for (body, code) in [
            (json!([]), "invalid_credential_request"),
            (json!({}), "invalid_credential_request"),
            (
                json!({ "credential_identifier": "a", "credential_configuration_id": ID }),
                "invalid_credential_request",
            ),
            (json!({ "credential_identifier": "a" }), "unknown_credential_identifier"),
            (json!({ "credential_configuration_id": "land-title" }), "unknown_credential_configuration"),
            // Known, but not what the token is for.
            (json!({ "credential_configuration_id": LICENCE }), "unknown_credential_configuration"),
            (json!({ "credential_configuration_id": ID }), "invalid_proof"),
            (json!({ "credential_configuration_id": ID, "proofs": { "jwt": [] } }), "invalid_proof"),
            (json!({ "credential_configuration_id": ID, "proofs": { "ldp_vp": ["x"] } }), "invalid_proof"),
            (json!({ "credential_configuration_id": ID, "proofs": { "jwt": ["x.y.z"] } }), "invalid_proof"),
            (
                json!({ "credential_configuration_id": ID, "credential_response_encryption": {} }),
                "invalid_encryption_parameters",
            ),
        ] {
            assert_eq!(agency.credential(&token, &body).await.refusal(), (400, code.into()), "{body}");
        }
        // None of this used the token up.
        assert_eq!(agency.issue(&token, ID, &holders(1)).await.status, 200);
    }

    #[tokio::test]
    async fn refuses_proofs_by_their_fault() {
        let agency = Agency::new("proofs").await;
        let token = agency.token().await;
        let keys = holders(33);
        let now = agency.now();
        let ask = async |proofs: Vec<String>| {
            let body = json!({ "credential_configuration_id": ID, "proofs": { "jwt": proofs } });
            agency.credential(&token, &body).await.refusal()
        };
        let proof =
            |key: &SoftwareKey, audience: &str, nonce: &str| proof::build(key, audience, nonce, now).unwrap();
        let invalid = || (400, "invalid_proof".to_owned());
        let stale = || (400, "invalid_nonce".to_owned());

        let nonce = agency.nonce().await;
        assert_eq!(ask(vec![proof(&keys[0], "https://other.example", &nonce)]).await, invalid());
        let too_many = keys.iter().map(|key| proof(key, URL, &nonce)).collect();
        assert_eq!(ask(too_many).await, invalid());
        assert_eq!(ask(vec![proof(&keys[0], URL, &nonce), proof(&keys[0], URL, &nonce)]).await, invalid());
        let no_nonce = jose::sign(
            proof::TYPE,
            Map::from_iter([("jwk".into(), serde_json::to_value(keys[0].verifying_key().jwk()).unwrap())]),
            &json!({ "aud": URL, "iat": now }),
            &keys[0],
        );
        assert_eq!(ask(vec![no_nonce.unwrap()]).await, invalid());
        assert_eq!(ask(vec![proof(&keys[0], URL, "not-ours")]).await, stale());

        // Proofs that failed for another reason left the nonce alone; a proof that holds uses it up.
        assert_eq!(ask(vec![proof(&keys[0], URL, &nonce)]).await, (200, String::new()));
        assert_eq!(ask(vec![proof(&keys[1], URL, &nonce)]).await, stale());
        let old = agency.nonce().await;
        agency.clock.advance(299_000);
        let late = proof::build(&keys[1], URL, &old, agency.now()).unwrap();
        agency.clock.advance(1_000);
        let fresh_token = agency.token().await;
        let body = json!({ "credential_configuration_id": ID, "proofs": { "jwt": [late] } });
        assert_eq!(agency.credential(&fresh_token, &body).await.refusal(), stale());
    }

    #[tokio::test]
    async fn an_offer_is_good_for_thirty_two_copies_in_all() {
        let agency = Agency::new("copies").await;
        let token = agency.token().await;
        assert_eq!(agency.issue(&token, ID, &holders(20)).await.status, 200);
        let more = agency.issue(&token, ID, &holders(13)).await;
        assert_eq!(more.refusal(), (400, "credential_request_denied".into()));
        assert_eq!(agency.issue(&token, ID, &holders(12)).await.status, 200);
    }

    #[tokio::test]
    async fn revoking_ends_a_token_that_was_not_used_up() {
        let agency = Agency::new("revoked-token").await;
        let token = agency.token().await;
        agency.issue(&token, ID, &holders(1)).await;
        change(&agency.service.db, &agency.residents[0].number, ID, Change::Revoke, agency.now()).unwrap();
        assert_eq!(agency.issue(&token, ID, &holders(1)).await.status, 401);
    }

    #[tokio::test]
    async fn nothing_is_issued_before_a_list_is_final_and_the_registry_was_asked() {
        let agency = Agency::new("not-ready").await;
        let token = agency.token().await;
        agency.service.ready.store(false, Ordering::Release);
        assert_eq!(agency.issue(&token, ID, &holders(1)).await.status, 503);
        agency.service.ready.store(true, Ordering::Release);
        let detached = agency.service.db.write(|c| lists::set_state(c, 1, lists::ListState::Detached));
        detached.unwrap();
        assert_eq!(agency.issue(&token, ID, &holders(1)).await.status, 503);
        // A list that is being opened is no list yet.
        let key = crate::identity::credential_keys(&agency.service.db).unwrap().remove(0);
        let kind = crate::types::by_vct(&agency.service.config.credentials[0].vct).unwrap();
        agency
            .service
            .publisher
            .open(3, &agency.service.config.credentials[0], kind, &key, None)
            .await
            .unwrap();
        assert_eq!(agency.issue(&token, ID, &holders(1)).await.status, 503);
        agency.take_over();
        let issued = agency.issue(&token, ID, &holders(1)).await;
        let compact = &compacts(&issued)[0];
        let signed = UnverifiedSdJwt::parse(compact).unwrap().verify().unwrap();
        assert_eq!(signed.status().unwrap().list(), Some(3));
    }

    #[tokio::test]
    async fn an_offer_can_set_the_days_of_validity() {
        let agency = Agency::new("validity").await;
        let today = Date::of(NOW);
        let request = |from: Option<u64>, to: Option<u64>| OfferRequest {
            resident: agency.residents[0].number.clone(),
            configuration: ID.into(),
            valid_from: from.map(Date::of),
            valid_to: to.map(Date::of),
        };
        let issued = async |from, to| {
            let offer = agency.offer_as(&request(from, to));
            let answer = agency.redeem(&offer, Some(&offer.tx_code)).await;
            let token = answer.json()["access_token"].as_str().unwrap().to_owned();
            let answer = agency.issue(&token, ID, &holders(1)).await;
            let signed = UnverifiedSdJwt::parse(&compacts(&answer)[0]).unwrap().verify().unwrap();
            (signed.nbf().unwrap(), signed.exp().unwrap())
        };
        let start = today.start().unwrap();
        assert_eq!(issued(Some(start + DAY), None).await, (start + DAY, start + 15 * DAY));
        assert_eq!(issued(None, Some(start)).await, (start - DAY, start));
        assert_eq!(issued(None, Some(start + DAY)).await, (start, start + DAY));
        let service = &agency.service;
        for (from, to) in [(Some(start), Some(start)), (Some(start), Some(start + 15 * DAY))] {
            let refused = crate::offers::create(
                &service.config,
                &service.db,
                &request(from, to),
                NOW,
                service.random.as_ref(),
            );
            assert!(matches!(refused, Err(crate::offers::OfferError::Validity(14))));
        }
    }

    #[tokio::test]
    async fn a_driving_licence_says_what_the_register_knows_of_it() {
        let agency = Agency::new("licence").await;
        let driver = agency.driver();
        let offer = agency.offer(&driver.number, LICENCE);
        let answer = agency.redeem(&offer, Some(&offer.tx_code)).await;
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        let issued = agency.issue(&token, LICENCE, &holders(1)).await;
        let signed = UnverifiedSdJwt::parse(&compacts(&issued)[0]).unwrap().verify().unwrap();
        let claims = signed.claims_before_trust();
        let licence = driver.licence.as_ref().unwrap();
        assert_eq!(claims["document_number"], licence.number.as_str());
        assert_eq!(claims["driving_privileges"][0]["vehicle_category_code"], licence.categories[0].as_str());
        assert!(!claims.contains_key("resident_number"));
        crate::types::by_vct(signed.vct()).unwrap().resolved().check(claims).unwrap();
    }

    #[tokio::test]
    async fn a_licence_is_not_offered_to_who_has_none_nor_anything_to_who_is_suspended() {
        use crate::offers::{OfferError, create};
        let agency = Agency::new("no-offer").await;
        let service = &agency.service;
        let without = agency.residents.iter().find(|r| r.licence.is_none()).unwrap();
        let offer = |resident: &str, configuration: &str| {
            let request = OfferRequest {
                resident: resident.into(),
                configuration: configuration.into(),
                ..OfferRequest::default()
            };
            create(&service.config, &service.db, &request, NOW, service.random.as_ref())
        };
        assert!(matches!(offer(&without.number, LICENCE), Err(OfferError::NothingToIssue(_))));
        assert!(matches!(offer("R0", ID), Err(OfferError::UnknownResident)));
        assert!(matches!(offer(&without.number, "x"), Err(OfferError::UnknownConfiguration(_))));
        let token = agency.token().await;
        agency.issue(&token, ID, &holders(1)).await;
        let number = &agency.residents[0].number;
        change(&service.db, number, ID, Change::Suspend, NOW).unwrap();
        assert!(matches!(offer(number, ID), Err(OfferError::Suspended)));
    }
}

mod documents {
    use super::*;

    #[tokio::test]
    async fn metadata_stands_at_both_places_and_announces_what_works() {
        let agency = Agency::new("metadata").await;
        for place in [
            "/.well-known/openid-credential-issuer/residents",
            "/residents/.well-known/openid-credential-issuer",
        ] {
            let answer = agency.get(place).await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("content-type")),
                (200, "application/json"),
                "{place}"
            );
            let json = answer.json();
            assert_eq!(json["credential_issuer"], URL);
            assert_eq!(json["did"], agency.service.did.to_string());
            assert_eq!(json["batch_credential_issuance"]["batch_size"], 32);
            let configuration = &json["credential_configurations_supported"][ID];
            assert_eq!(configuration["format"], "dc+sd-jwt");
            assert_eq!(
                configuration["proof_types_supported"]["jwt"]["proof_signing_alg_values_supported"][0],
                "ES256"
            );
            assert_eq!(configuration["cryptographic_binding_methods_supported"][0], "jwk");
            let names: Vec<_> = configuration["credential_metadata"]["display"]
                .as_array()
                .unwrap()
                .iter()
                .map(|d| &d["locale"])
                .collect();
            assert_eq!(names, ["en", "zh-CN"]);
        }
        for place in [
            "/.well-known/oauth-authorization-server/residents",
            "/residents/.well-known/oauth-authorization-server",
        ] {
            let json = agency.get(place).await.json();
            assert_eq!(
                (&json["issuer"], &json["token_endpoint"]),
                (&json!(URL), &json!(format!("{URL}/token")))
            );
            assert_eq!(json["pre-authorized_grant_anonymous_access_supported"], true);
        }
    }

    #[tokio::test]
    async fn a_types_document_is_served_to_the_byte_at_the_path_of_its_address() {
        let agency = Agency::new("types").await;
        let answer = agency.get("/types/resident-id/1").await;
        assert_eq!(answer.text(), yufu_core::credential::types::RESIDENT_ID.document);
        assert_eq!(agency.get("/types/resident-id/2").await.status, 404);
        assert_eq!(agency.get("/types/land-title/1").await.status, 404);
    }

    #[tokio::test]
    async fn only_final_tokens_are_served_the_newest_or_by_version() {
        let agency = Agency::new("status").await;
        let answer = agency.get("/status/1").await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (200, "application/statuslist+jwt")
        );
        let token = answer.text();
        let unverified = UnverifiedStatusToken::parse(&token).unwrap();
        let leaf = yufu_core::crypto::LeafCertificate::parse(unverified.leaf_der().unwrap()).unwrap();
        let status = unverified.verify(&leaf.key, &format!("{URL}/status/1"), agency.now()).unwrap();
        assert_eq!((status.array.bits(), status.array.size(), status.ttl), (2, 1 << 17, Some(10)));

        agency.clock.advance(10_000);
        assert_eq!(agency.service.publisher.publish_due().await.unwrap(), 2);
        assert_eq!(agency.get("/status/1/1").await.status, 404, "not final yet");
        assert_eq!(agency.get("/status/1").await.text(), token);
        agency.take_over();
        assert_eq!(agency.get("/status/1/1").await.status, 200);
        assert_eq!(agency.get("/status/1/0").await.text(), token);
        assert_ne!(agency.get("/status/1").await.text(), token);
        for nowhere in ["/status/9", "/status/1/9"] {
            assert_eq!(agency.get(nowhere).await.status, 404, "{nowhere}");
        }
        assert_eq!(agency.get("/status/x").await.status, 400);
        let cwt = Request::get("/status/1").header("accept", "application/statuslist+cwt");
        assert_eq!(agency.ask(cwt.body(Body::empty()).unwrap()).await.status, 406);
    }

    #[tokio::test]
    async fn publications_go_on_when_nothing_changes_and_wait_for_the_one_before() {
        let agency = Agency::new("cadence").await;
        let publisher = &agency.service.publisher;
        assert_eq!(publisher.publish_due().await.unwrap(), 0);
        agency.clock.advance(10_000);
        assert_eq!(publisher.publish_due().await.unwrap(), 2);
        agency.clock.advance(10_000);
        assert_eq!(publisher.publish_due().await.unwrap(), 0, "the last one is not final");
        agency.take_over();
        assert_eq!(publisher.publish_due().await.unwrap(), 2);
        agency.take_over();
        for _ in 0..33 {
            agency.publish().await;
        }
        assert_eq!(agency.get("/status/1/4").await.status, 200);
        assert_eq!(agency.get("/status/1/3").await.status, 404, "only the last 32 are kept");
    }

    #[tokio::test]
    async fn a_status_change_reaches_the_next_publication_and_only_that() {
        let agency = Agency::new("change").await;
        let issued = agency.issue(&agency.token().await, ID, &holders(2)).await;
        let places: Vec<_> = compacts(&issued)
            .iter()
            .map(|c| u64::from(UnverifiedSdJwt::parse(c).unwrap().verify().unwrap().status().unwrap().index))
            .collect();
        let status = async || {
            let token = agency.get("/status/1").await.text();
            let unverified = UnverifiedStatusToken::parse(&token).unwrap();
            let leaf = yufu_core::crypto::LeafCertificate::parse(unverified.leaf_der().unwrap()).unwrap();
            let status = unverified.verify(&leaf.key, &format!("{URL}/status/1"), agency.now()).unwrap();
            let set = (0..1 << 17).filter(|i| status.array.get(*i).unwrap() != 0).count();
            (status.array.get(places[0]).unwrap(), status.array.get(places[1]).unwrap(), set)
        };
        let number = agency.residents[0].number.clone();
        let db = &agency.service.db;
        for (what, expected) in
            [(Change::Suspend, (2, 2, 2)), (Change::Reinstate, (0, 0, 0)), (Change::Revoke, (1, 1, 2))]
        {
            let before = status().await;
            assert_eq!(change(db, &number, ID, what, agency.now()).unwrap(), 2);
            assert_eq!(status().await, before);
            agency.publish().await;
            assert_eq!(status().await, expected, "{what:?}");
        }
        use crate::status::StatusError;
        let refused = |what| change(db, &number, ID, what, agency.now()).unwrap_err();
        assert!(matches!(refused(Change::Reinstate), StatusError::Revoked));
        assert!(matches!(refused(Change::Suspend), StatusError::Revoked));
        let nobody = change(db, "R0", ID, Change::Revoke, NOW).unwrap_err();
        assert!(matches!(nobody, StatusError::UnknownResident));
        let none = change(db, &agency.residents[1].number, ID, Change::Revoke, NOW).unwrap_err();
        assert!(matches!(none, StatusError::NoCopies));
    }
}

mod issued {
    use super::*;

    fn proof_for(key: &SoftwareKey, url: &str, iat: u64) -> String {
        let claims = json!({ "htu": url, "iat": iat });
        let jwt = jose::sign("yufu-issued+jwt", Map::new(), &claims, key).unwrap();
        format!("Holder {jwt}")
    }

    async fn ask(agency: &Agency, path: &str, proof: Option<String>) -> crate::testing::Answer {
        let mut request = Request::get(path);
        if let Some(proof) = proof {
            request = request.header("authorization", proof);
        }
        agency.ask(request.body(Body::empty()).unwrap()).await
    }

    #[tokio::test]
    async fn the_holder_alone_gets_the_path_of_a_copy_once_it_is_recorded() {
        let agency = Agency::new("issued").await;
        let keys = holders(2);
        let compact = compacts(&agency.issue(&agency.token().await, ID, &keys[..1]).await).remove(0);
        let signed = UnverifiedSdJwt::parse(&compact).unwrap().verify().unwrap();
        let index = signed.status().unwrap().index;
        let place = |version: u32| format!("/issued/1/{version}/{index}");
        let url = |version: u32| format!("{URL}{}", place(version));
        let mine = |version: u32| Some(proof_for(&keys[0], &url(version), agency.now()));
        assert_eq!(ask(&agency, &place(0), mine(0)).await.status, 404, "recorded later");
        agency.publish().await;
        agency.publish().await;
        assert_eq!(ask(&agency, &place(3), mine(3)).await.status, 404, "not published");

        let now = agency.now();
        for (proof, why) in [
            (None, "no proof"),
            (Some(proof_for(&keys[1], &url(1), now)), "another key"),
            (Some(proof_for(&keys[0], &url(2), now)), "another address"),
            (Some(proof_for(&keys[0], &url(1), now - 301)), "an old proof"),
            (Some(proof_for(&keys[0], &url(1), now + 301)), "a proof from the future"),
            (Some("Holder x".into()), "no JWT"),
        ] {
            assert_eq!(ask(&agency, &place(1), proof).await.status, 401, "{why}");
        }
        let empty = format!("/issued/1/1/{}", (index + 1) % (1 << 17));
        let somewhere = proof_for(&keys[0], &format!("{URL}{empty}"), now);
        assert_eq!(ask(&agency, &empty, Some(somewhere)).await.status, 401, "nothing was issued there");

        let context = ListContext { issuer: agency.service.did.id, list: 1 };
        for version in [1, 2] {
            let root = agency
                .service
                .db
                .read(|c| lists::final_publication(c, 1, Some(version)))
                .unwrap()
                .unwrap()
                .issued_root;
            let answer = ask(&agency, &place(version), mine(version)).await;
            assert_eq!(answer.status, 200);
            verify_path(&root, &context, 1 << 17, u64::from(index), signed.jwt_digest(), &answer.body)
                .unwrap();
        }
    }

    #[tokio::test]
    async fn roots_follow_from_the_database_after_a_restart() {
        let agency = Agency::new("restart").await;
        let token = agency.token().await;
        agency.issue(&token, ID, &holders(3)).await;
        agency.publish().await;
        agency.issue(&token, ID, &holders(2)).await;
        let newest = |agency: &Agency| {
            agency.service.db.read(|c| lists::final_publication(c, 1, None)).unwrap().unwrap()
        };
        let before = newest(&agency);
        let (config, residents) = (agency.service.config.as_ref().clone(), agency.residents.clone());
        let (now_ms, path) = (agency.now() * 1000, config.database());
        drop(agency);
        let again = Agency::open(config, crate::db::Database::open(&path).unwrap(), residents, now_ms);
        again.publish().await;
        let after = newest(&again);
        assert_eq!(after.version, before.version + 1);
        assert_ne!(after.issued_root, before.issued_root, "two more copies");
        again.publish().await;
        assert_eq!(newest(&again).issued_root, after.issued_root, "nothing more was issued");
    }
}
