//! Land titles: credentials of the W3C data model, from the land registry to the counter as a file.

use super::{
    Walk,
    report::Expected,
    road::{Answer, read_answer},
};
use crate::agencies::LAND_REGISTRY;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use yufu_core::{
    did::{Registry, Resolver, ResolverOptions},
    http::HttpRequest,
    registry::{LightClient, client::RegistryClient},
    wallet::{CredentialId, Wallet},
};
use yufu_issuer::{
    offers::{self, OfferRequest},
    status::{self, Change},
};
use yufu_verifier::Reason;

/// The check that a land title answers.
const PRESET: &str = "land-title";

impl Walk<'_> {
    pub(super) async fn land_titles(&mut self) -> Result<()> {
        let wallet = self.phone("land-phone")?;
        let names = ("a land title is issued with a Data Integrity proof", "不动产权证：数据完整性证明签发");
        let card = self.receive_title(&wallet, LAND_REGISTRY.configuration, names).await?;
        let file = self.present(&wallet, &card).await?;
        std::fs::write(self.out.join("land-title.json"), &file)?;
        let answer = self.bring(&file).await?;
        self.report.add(
            ("the title is brought to the counter as a file", "不动产权证以文件形式提交窗口"),
            format!("{}, 6 fields", Expected::VALID),
            format!("{}, {} fields", answer.words, answer.fields.len()),
            answer.took,
        );
        let again = self.bring(&file).await?;
        self.report.add(
            ("the same file once more", "同一文件再来一次"),
            Expected::because(Reason::NonceUsed).to_string(),
            again.words,
            again.took,
        );
        self.forged_title(&wallet, &card).await?;
        self.web_names(&file).await?;

        let names = ("the same title as a JWT", "同一不动产权证：JWT 形式签发");
        let (as_jwt, _) = LAND_REGISTRY.more.first().context("the land registry issues no JWT")?;
        let jwt = self.receive_title(&wallet, as_jwt, names).await?;
        let answer = self.bring(&self.present(&wallet, &jwt).await?).await?;
        self.report.add(
            ("the JWT is brought to the counter as a file", "JWT 以文件形式提交窗口"),
            Expected::VALID.to_string(),
            answer.words,
            answer.took,
        );
        self.revoked_title(&wallet, &card).await
    }

    async fn receive_title(
        &mut self,
        wallet: &Arc<Wallet>,
        configuration: &str,
        names: (&'static str, &'static str),
    ) -> Result<CredentialId> {
        let started = Instant::now();
        let issuer = &self.town.land;
        let request = OfferRequest {
            resident: self.person(LAND_REGISTRY, 0)?.number.clone(),
            configuration: configuration.to_owned(),
            ..OfferRequest::default()
        };
        let (now, random) = (self.town.clock.now(), self.world.random.as_ref());
        let offer = offers::create(issuer.config(), issuer.database(), &request, now, random)?;
        let review = wallet.review_offer(&offer.link).await?;
        let accepted = wallet.accept(&review, Some(&offer.tx_code)).await?;
        let card = accepted.first().context("no land title came")?;
        self.report.add(names, "8 copies".into(), format!("{} copies", card.copies), started.elapsed());
        wallet.refresh().await?;
        Ok(card.id.clone())
    }

    /// The file that the phone makes after its owner agreed.
    async fn present(&self, wallet: &Arc<Wallet>, card: &CredentialId) -> Result<Vec<u8>> {
        let printed = self.printed_code().await?;
        let sheet = wallet.file_consent_for(card, PRESET, &printed)?;
        Ok(wallet.present_to_file(&sheet.agree())?.content)
    }

    /// What the counter says to a file.
    async fn bring(&self, file: &[u8]) -> Result<Answer> {
        let url = format!("{}/api/verify-file?preset={PRESET}", self.town.counter.url());
        let started = Instant::now();
        let request = HttpRequest::post(url, "application/json", file.to_vec());
        let response = self.town.http.send(request).await?;
        let took = started.elapsed();
        let answer: Value = serde_json::from_slice(&response.body)?;
        read_answer(&answer, took).with_context(|| answer.to_string())
    }

    /// Over TLS the land registry goes by a did:web and a did:webvh, and its titles name it so: the registry
    /// says whose they are, and a verifier who knows no registry takes the title too.
    async fn web_names(&mut self, file: &[u8]) -> Result<()> {
        let gateway = RegistryClient::new(Arc::clone(&self.world.http), self.town.registry_url());
        let mut light = LightClient::new(self.town.network_key.clone());
        let clock = Arc::clone(&self.town.clock);
        let resolver = Resolver::new(Arc::clone(&self.world.http), clock, ResolverOptions::default());
        let dids = self.town.land.web_dids();
        for did in &dids {
            let started = Instant::now();
            let mut registry =
                Registry { network: crate::town::NETWORK, gateway: &gateway, light: &mut light };
            let bound = resolver.bound_issuer(did, &mut registry).await;
            let method = did.split(':').nth(1).unwrap_or_default();
            let names = match method {
                "web" => ("the registry and the did:web name each other", "登记簿与 did:web 互相指认"),
                _ => ("the registry and the did:webvh name each other", "登记簿与 did:webvh 互相指认"),
            };
            let found = bound.map_or_else(|error| error.to_string(), |bound| bound.did.to_string());
            self.report.add(names, self.town.land.did().to_string(), found, started.elapsed());
        }
        if dids.is_empty() {
            return Ok(());
        }
        let file: Value = serde_json::from_slice(file)?;
        let title = &file["presentation"]["verifiableCredential"][0];
        let body = json!({ "verifiableCredential": title }).to_string();
        let verify = &self.town.counter.vc_api().context("the counter serves no VC-API")?.verify;
        let started = Instant::now();
        let request = HttpRequest::post(verify.clone(), "application/json", body.into_bytes());
        let answer: Value = serde_json::from_slice(&self.world.http.send(request).await?.body)?;
        let found = if answer["verified"] == true { title["issuer"].to_string() } else { answer.to_string() };
        let names =
            ("who knows no registry resolves the did:web and verifies", "不识登记簿者解析 did:web 并核验");
        let expected = dids.first().map(|did| Value::from(did.as_str()).to_string()).unwrap_or_default();
        self.report.add(names, expected, found, started.elapsed());
        Ok(())
    }

    /// Somebody makes the home larger than it is registered.
    async fn forged_title(&mut self, wallet: &Arc<Wallet>, card: &CredentialId) -> Result<()> {
        let file = self.present(wallet, card).await?;
        let mut forged: Value = serde_json::from_slice(&file)?;
        let area = find_mut(&mut forged, "area_m2").context("the file names no area")?;
        *area = "999.00".into();
        let answer = self.bring(forged.to_string().as_bytes()).await?;
        self.report.add(
            ("a title whose area was changed", "面积被改过的不动产权证"),
            "refused".into(),
            if answer.words == Expected::VALID.to_string() { answer.words } else { "refused".into() },
            answer.took,
        );
        Ok(())
    }

    async fn revoked_title(&mut self, wallet: &Arc<Wallet>, card: &CredentialId) -> Result<()> {
        let number = self.person(LAND_REGISTRY, 0)?.number.clone();
        let (db, now) = (self.town.land.database(), self.town.clock.now());
        let refused = status::change(db, &number, LAND_REGISTRY.configuration, Change::Suspend, now);
        self.report.add(
            ("a land title cannot be suspended", "不动产权证不能暂停"),
            "this credential can be revoked, not suspended".into(),
            refused.map_or_else(|error| error.to_string(), |count| format!("{count} suspended")),
            Duration::ZERO,
        );
        status::change(db, &number, LAND_REGISTRY.configuration, Change::Revoke, now)?;
        let expected = Expected::because(Reason::CredentialRevoked).to_string();
        let started = Instant::now();
        let answer = loop {
            wallet.refresh().await?;
            let answer = self.bring(&self.present(wallet, card).await?).await?;
            if answer.words == expected || started.elapsed() > super::PATIENCE {
                break answer;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        };
        self.report.add(
            ("the land registry revokes; after a refresh", "不动产登记中心吊销，手机刷新之后"),
            expected,
            answer.words,
            answer.took,
        );
        Ok(())
    }
}

/// The first member of that name, at any depth.
fn find_mut<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(members) => {
            if members.contains_key(name) {
                return members.get_mut(name);
            }
            members.values_mut().find_map(|inner| find_mut(inner, name))
        }
        Value::Array(items) => items.iter_mut().find_map(|inner| find_mut(inner, name)),
        _ => None,
    }
}
