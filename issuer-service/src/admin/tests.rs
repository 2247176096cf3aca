//! The clerks' pages: what they show, what they change, whom they refuse.

use crate::testing::{Agency, Answer, ID, LICENCE, TITLE, TITLE_JWT, holders};
use axum::{body::Body, http::Request};
use yufu_core::pages::CONTENT_SECURITY_POLICY;

const HOST: &str = "127.0.0.1:8082";

async fn get(agency: &Agency, path: &str) -> Answer {
    let request = Request::get(path).header("host", HOST).header("accept-language", "en");
    agency.clerk(request.body(Body::empty()).unwrap()).await
}

async fn post(agency: &Agency, path: &str, form: &str) -> Answer {
    let request = Request::post(path)
        .header("host", HOST)
        .header("origin", format!("http://{HOST}"))
        .header("sec-fetch-site", "same-origin")
        .header("accept-language", "en")
        .header("content-type", "application/x-www-form-urlencoded");
    agency.clerk(request.body(Body::from(form.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_clerk_finds_a_resident_by_chinese_name_latin_name_and_number() {
    let agency = Agency::new("admin-search").await;
    let resident = &agency.residents[3];
    for text in [
        resident.name_zh.clone(),
        resident.family_name.to_lowercase(),
        format!("{} {}", resident.given_name, resident.family_name),
        resident.number[..6].to_owned(),
    ] {
        let encoded: String = text.bytes().map(|b| format!("%{b:02x}")).collect();
        let answer = get(&agency, &format!("/?q={encoded}")).await;
        assert!(answer.text().contains(&format!("/residents/{}\"", resident.number)), "{text}");
    }
    let nobody = get(&agency, "/?q=%25").await;
    assert!(nobody.text().contains("Nobody in the register"), "a wildcard is no name");
    assert!(get(&agency, "/").await.text().contains("The register has 10 residents."));
}

#[tokio::test]
async fn every_page_is_in_the_readers_language_and_under_the_strict_policy() {
    let agency = Agency::new("admin-language").await;
    let number = &agency.residents[0].number;
    for path in ["/", "/registry", "/nowhere", &format!("/residents/{number}"), "/residents/R0"] {
        let english = get(&agency, path).await;
        assert_eq!(english.header("content-security-policy"), CONTENT_SECURITY_POLICY);
        assert_eq!(english.header("cache-control"), "no-store");
        assert!(english.text().contains("<html lang=\"en\">"), "{path}");
        let chinese = get(&agency, &format!("{path}?lang=zh-CN")).await;
        assert!(
            chinese.text().contains("<html lang=\"zh-CN\">") && chinese.text().contains("居民署"),
            "{path}"
        );
        assert!(chinese.header("set-cookie").starts_with("lang=zh-CN"), "{path}");
        for page in [&english, &chinese] {
            assert!(!page.text().contains("issuer-"), "{path} shows a message's id: {}", page.text());
            assert!(!page.text().contains("style=") && !page.text().contains("<script"), "{path}");
        }
    }
}

#[tokio::test]
async fn an_offer_is_shown_as_code_and_link_with_its_transaction_code_apart() {
    let agency = Agency::new("admin-offer").await;
    let number = agency.residents[0].number.clone();
    let answer = post(&agency, &format!("/residents/{number}/offer"), &format!("credential={ID}")).await;
    assert_eq!(answer.status, 200);
    let html = answer.text();
    assert!(html.contains("<svg") && html.contains("openid-credential-offer://?credential_offer="));
    let digits = html.split("id=\"tx-code\">").nth(1).unwrap();
    assert!(digits[..6].bytes().all(|b| b.is_ascii_digit()) && digits[6..].starts_with('<'));
    let link = html.split("id=\"offer-link\"").nth(1).unwrap();
    let link = link.split("</a>").next().unwrap();
    assert!(!link.contains(&digits[..6]), "the link gives the transaction code away");
}

#[tokio::test]
async fn a_clerk_suspends_reinstates_and_revokes_after_being_asked_once_more() {
    let agency = Agency::new("admin-change").await;
    agency.issue(&agency.token().await, ID, &holders(2)).await;
    let page = format!("/residents/{}", agency.residents[0].number);
    let form = format!("credential={ID}");
    assert!(get(&agency, &page).await.text().contains("tag--valid"));
    for (word, tag) in [("suspend", "tag--again"), ("reinstate", "tag--valid"), ("revoke", "tag--refused")] {
        let asked = get(&agency, &format!("{page}/{word}?{form}")).await;
        assert!(asked.status == 200 && asked.text().contains("method=\"post\""), "{word}");
        let changed = post(&agency, &format!("{page}/{word}"), &form).await;
        assert_eq!((changed.status.as_u16(), changed.header("location")), (303, page.as_str()), "{word}");
        assert!(get(&agency, &page).await.text().contains(tag), "{word}");
    }
    assert_eq!(post(&agency, &format!("{page}/suspend"), &form).await.status, 409);
}

#[tokio::test]
async fn says_why_nothing_can_be_done() {
    let agency = Agency::new("admin-refusals").await;
    let without = agency.residents.iter().find(|r| r.licence.is_none()).unwrap();
    let licence = format!("credential={LICENCE}");
    let offer = post(&agency, &format!("/residents/{}/offer", without.number), &licence).await;
    assert_eq!(offer.status, 409);
    assert!(offer.text().contains("There is nothing to issue"));
    for (path, form, status) in [
        ("/residents/R0/offer", licence.as_str(), 404),
        (&format!("/residents/{}/offer", without.number), "credential=x", 404),
        (&format!("/residents/{}/explode", without.number), licence.as_str(), 404),
        (&format!("/residents/{}/revoke", without.number), licence.as_str(), 409),
        (&format!("/residents/{}/offer", without.number), "", 422),
    ] {
        assert_eq!(post(&agency, path, form).await.status, status, "{path} {form}");
    }
}

#[tokio::test]
async fn refuses_other_names_of_this_machine_and_posts_from_other_pages() {
    let agency = Agency::new("admin-guard").await;
    let path = format!("/residents/{}/offer", agency.residents[0].number);
    let rebound = Request::get("/").header("host", "attacker.example:8082");
    assert_eq!(agency.clerk(rebound.body(Body::empty()).unwrap()).await.status, 403);
    for (origin, site) in [
        ("https://attacker.example", "cross-site"),
        ("null", "cross-site"),
        ("http://127.0.0.1:9", "same-site"),
    ] {
        let request = Request::post(&path)
            .header("host", HOST)
            .header("origin", origin)
            .header("sec-fetch-site", site)
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = agency.clerk(request.body(Body::from(format!("credential={ID}"))).unwrap()).await;
        assert_eq!(answer.status, 403, "{origin}");
    }
    for host in ["localhost", "localhost:1", "[::1]", "[::1]:1"] {
        let request = Request::get("/").header("host", host).body(Body::empty()).unwrap();
        assert_eq!(agency.clerk(request).await.status, 200, "{host}");
    }
}

#[tokio::test]
async fn shows_the_portrait_and_what_the_registry_knows() {
    let agency = Agency::new("admin-registry").await;
    let resident = &agency.residents[0];
    let portrait = get(&agency, &format!("/residents/{}/portrait", resident.number)).await;
    assert_eq!((portrait.header("content-type"), &portrait.body), ("image/jpeg", &resident.portrait));
    let registry = get(&agency, "/registry").await.text();
    assert!(registry.contains(&agency.service.did.to_string()) && registry.contains("In use"));
}

#[tokio::test]
async fn a_land_registrys_clerk_finds_an_owner_and_offers_and_revokes_titles_in_both_languages() {
    let agency = Agency::of_land("admin-land").await;
    let owner = agency.owner().clone();
    let land = owner.land.as_ref().unwrap();
    let page = format!("/residents/{}", owner.number);
    let found = get(&agency, &format!("/?q={}", owner.number)).await;
    assert!(found.text().contains(&format!("{page}\"")));
    for (language, name, where_) in [("en", "Land title", "Home or land"), ("zh-CN", "不动产权证", "不动产")]
    {
        let html = get(&agency, &format!("{page}?lang={language}")).await.text();
        // Two formats of one type are told apart.
        for format in ["ldp_vc", "vc+jwt"] {
            assert!(html.contains(&format!("{name} · {format}</h2>")), "{language} {format}: {html}");
        }
        assert!(html.contains(where_) && html.contains(&land.certificate_number), "{language}");
    }

    for configuration in [TITLE, TITLE_JWT] {
        let form = format!("credential={configuration}");
        let offer = post(&agency, &format!("{page}/offer"), &form).await;
        assert!(offer.status == 200 && offer.text().contains("id=\"tx-code\">"), "{configuration}");
        let offer = agency.offer(&owner.number, configuration);
        let answer = agency.redeem(&offer, Some(&offer.tx_code)).await;
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(agency.issue(&token, configuration, &holders(2)).await.status, 200);
        let html = get(&agency, &page).await.text();
        assert!(html.contains(&format!("{page}/revoke")) && !html.contains(&format!("{page}/suspend")));

        for (language, title) in [("en", "This credential cannot be suspended"), ("zh-CN", "该证件不能暂停")]
        {
            let asked = get(&agency, &format!("{page}/suspend?{form}&lang={language}")).await;
            assert!(asked.status == 409 && asked.text().contains(title), "{}", asked.text());
        }
        let refused = post(&agency, &format!("{page}/suspend"), &form).await;
        assert!(refused.status == 409 && refused.text().contains("This credential cannot be suspended"));
        assert_eq!(post(&agency, &format!("{page}/revoke"), &form).await.status, 303);
        assert!(get(&agency, &page).await.text().contains("tag--refused"));
    }
}
