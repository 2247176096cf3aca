//! The honest journey: a wallet as phones have it, the town's counter, QR codes decoded from pixels.

use super::{Expected, Walk, report::words};
use crate::{
    agencies::{RESIDENT_REGISTER, TRANSPORT_AGENCY},
    handset,
};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use yufu_core::{
    http::HttpRequest,
    presentation::preset::Preset,
    qr::image,
    wallet::{CredentialId, Wallet},
};
use yufu_issuer::status::{self, Change};
use yufu_verifier::Reason;

/// Pixels a module of the QR codes in the pictures.
const SCALE: usize = 6;
const BOUNDARY: &str = "yufu-town-pictures";

/// What the town's counter answered.
pub(super) struct Answer {
    pub(super) words: String,
    pub(super) fields: Vec<String>,
    face: bool,
    pub(super) took: Duration,
}

impl Walk<'_> {
    pub(super) async fn honest_journey(&mut self) -> Result<()> {
        let wallet = self.phone("phone")?;
        let id_card = self.receive(&wallet).await?;
        self.shown_and_replayed(&wallet, &id_card).await?;
        self.at_one_counter(&wallet, &id_card).await?;
        self.driving(&wallet).await?;
        self.suspended_and_revoked(&wallet, &id_card).await
    }

    /// A phone whose store lies in a folder of the script's.
    pub(super) fn phone(&self, folder: &str) -> Result<Arc<Wallet>> {
        Ok(handset::open_wallet(&handset::Settings {
            listen: ([127, 0, 0, 1], 0).into(),
            url: String::new(),
            data: self.out.join(folder),
            tls: None,
            network_key: self.town.network_key.to_string(),
            registry: self.town.registry_url(),
            transport: Arc::clone(&self.town.http),
            clock: Arc::clone(&self.town.clock),
            random: Arc::clone(&self.world.random),
        })?)
    }

    /// Offer, review, transaction code, verified copies.
    async fn receive(&mut self, wallet: &Arc<Wallet>) -> Result<CredentialId> {
        let started = Instant::now();
        let offer = self.offer(RESIDENT_REGISTER, 0, None)?;
        std::fs::write(self.out.join("offer.png"), image::png(&offer.link, SCALE)?)?;
        let review = wallet.review_offer(&offer.link).await?;
        let named = review.issuer.legal_name.as_ref().map(|name| name.en.clone()).unwrap_or_default();
        let accredited = review.types.iter().all(|kind| kind.accredited);
        self.report.add(
            (
                "the phone proves who offers what, before any code is typed",
                "输入交易码之前，手机先证明谁要签发什么",
            ),
            format!("{}, accredited: true", RESIDENT_REGISTER.en),
            format!("{named}, accredited: {accredited}"),
            started.elapsed(),
        );

        let started = Instant::now();
        let wrong = if offer.tx_code == "000000" { "000001" } else { "000000" };
        let refused = match wallet.accept(&review, Some(wrong)).await {
            Err(error) => error.to_string(),
            Ok(_) => "accepted".into(),
        };
        self.report.add(
            ("a wrong transaction code is refused", "交易码错误，拒绝"),
            "the issuer did not deliver: the token was refused: invalid_grant".into(),
            refused,
            started.elapsed(),
        );

        let started = Instant::now();
        let accepted = wallet.accept(&review, Some(&offer.tx_code)).await?;
        let [card] = &accepted[..] else { bail!("one offer gave {} credentials", accepted.len()) };
        self.report.add(
            ("the resident ID is issued, verified and stored", "居民身份凭证：签发、核验、保存"),
            "8 copies".into(),
            format!("{} copies", card.copies),
            started.elapsed(),
        );
        wallet.refresh().await?;
        Ok(card.id.clone())
    }

    async fn shown_and_replayed(&mut self, wallet: &Arc<Wallet>, card: &CredentialId) -> Result<()> {
        let preset = super::counters::preset("age18")?;
        let frames = self.show(wallet, card, &preset, None)?;
        std::fs::write(self.out.join("age18.gif"), image::gif(&frames, SCALE)?)?;
        let answer = self.scan(&preset, &frames, Some("age18")).await?;
        self.note(
            ("over 18, shown as a QR code, no network at the counter", "年满 18 岁，扫码核验，窗口不联网"),
            Expected::VALID.to_string(),
            &answer,
        );
        self.report.add(
            ("the fields disclosed are exactly those chosen", "披露的字段恰好是所选的"),
            r#"["age_equal_or_over","18"] and the face"#.into(),
            format!("{}{}", answer.fields.join(" "), if answer.face { " and the face" } else { "" }),
            answer.took,
        );
        let again = self.scan(&preset, &frames, None).await?;
        self.note(
            ("the same code once more", "同一个码再来一次"),
            Expected::because(Reason::NonceUsed).to_string(),
            &again,
        );
        Ok(())
    }

    /// A preset for one counter: the phone scans its printed code first.
    async fn at_one_counter(&mut self, wallet: &Arc<Wallet>, card: &CredentialId) -> Result<()> {
        let preset = super::counters::preset("identity")?;
        let printed = self.printed_code().await?;
        let frames = self.show(wallet, card, &preset, Some(&printed))?;
        let answer = self.scan(&preset, &frames, Some("identity")).await?;
        self.note(
            ("identity, for the counter whose printed code was scanned", "身份核验，先扫窗口的印制码"),
            Expected::VALID.to_string(),
            &answer,
        );
        let frames = self.show(wallet, card, &preset, Some(&printed))?;
        let payload = yufu_core::qr::frames::join(frames.iter().map(String::as_str))?;
        let payload = payload.context("frames are missing")?;
        let said = self.counter(0).check(&payload, &preset);
        self.check(
            ("the same kind of code at another counter", "同样的码拿到另一个窗口"),
            Expected::because(Reason::OtherAudience),
            &said,
        );
        Ok(())
    }

    async fn driving(&mut self, wallet: &Arc<Wallet>) -> Result<()> {
        let offer = self.offer(TRANSPORT_AGENCY, 0, None)?;
        let review = wallet.review_offer(&offer.link).await?;
        let accepted = wallet.accept(&review, Some(&offer.tx_code)).await?;
        let card = accepted.first().context("no driving licence came")?;
        wallet.refresh().await?;
        let preset = super::counters::preset("driving")?;
        let printed = self.printed_code().await?;
        let frames = self.show(wallet, &card.id, &preset, Some(&printed))?;
        let answer = self.scan(&preset, &frames, Some("driving")).await?;
        self.note(
            ("a driving licence of another agency, same counter", "另一机关的驾驶证，同一窗口"),
            Expected::VALID.to_string(),
            &answer,
        );
        Ok(())
    }

    async fn suspended_and_revoked(&mut self, wallet: &Arc<Wallet>, card: &CredentialId) -> Result<()> {
        let steps = [
            (
                ("the agency suspends; after a refresh", "机关暂停，手机刷新之后"),
                Change::Suspend,
                Expected::because(Reason::CredentialSuspended),
            ),
            (
                ("the agency reinstates; after a refresh", "机关恢复，手机刷新之后"),
                Change::Reinstate,
                Expected::VALID,
            ),
            (
                ("the agency revokes; after a refresh", "机关吊销，手机刷新之后"),
                Change::Revoke,
                Expected::because(Reason::CredentialRevoked),
            ),
        ];
        let preset = super::counters::preset("age18")?;
        let number = self.person(RESIDENT_REGISTER, 0)?.number.clone();
        let db = Arc::clone(self.issuer(RESIDENT_REGISTER).database());
        for (names, change, expected) in steps {
            status::change(&db, &number, RESIDENT_REGISTER.configuration, change, self.town.clock.now())?;
            let answer = self.until_the_counter_says(wallet, card, &preset, expected).await?;
            self.note(names, expected.to_string(), &answer);
        }
        Ok(())
    }

    /// Refreshes and shows until the agency's change has arrived.
    async fn until_the_counter_says(
        &self,
        wallet: &Arc<Wallet>,
        card: &CredentialId,
        preset: &Preset,
        expected: Expected,
    ) -> Result<Answer> {
        let started = Instant::now();
        loop {
            wallet.refresh().await?;
            let frames = self.show(wallet, card, preset, None)?;
            let answer = self.scan(preset, &frames, None).await?;
            if answer.words == expected.to_string() || started.elapsed() > super::PATIENCE {
                return Ok(answer);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// The frames that the phone shows after its owner agreed.
    fn show(
        &self,
        wallet: &Arc<Wallet>,
        card: &CredentialId,
        preset: &Preset,
        counter: Option<&str>,
    ) -> Result<Vec<String>> {
        let sheet = wallet.consent_for(card, preset.id(), counter)?;
        Ok(wallet.show(sheet.agree())?.code(self.town.clock.now_ms())?.frames)
    }

    /// Draws the frames, and has the counter read them from the pictures.
    async fn scan(&self, preset: &Preset, frames: &[String], name: Option<&str>) -> Result<Answer> {
        let mut body = Vec::new();
        let mut part = |head: String, content: &[u8]| {
            body.extend_from_slice(
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes(),
            );
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        };
        part("name=\"preset\"".into(), preset.id().as_bytes());
        for (i, frame) in frames.iter().enumerate() {
            let picture = image::png(frame, SCALE)?;
            if let Some(name) = name {
                std::fs::write(self.out.join(format!("{name}-{}.png", i + 1)), &picture)?;
            }
            part(format!("name=\"image\"; filename=\"{i}.png\"\r\nContent-Type: image/png"), &picture);
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        let url = format!("{}/api/verify", self.town.counter.url());
        let started = Instant::now();
        let request = HttpRequest::post(url, &format!("multipart/form-data; boundary={BOUNDARY}"), body);
        let response = self.town.http.send(request).await?;
        let took = started.elapsed();
        let answer: Value = serde_json::from_slice(&response.body)?;
        read_answer(&answer, took)
    }

    pub(super) async fn printed_code(&self) -> Result<String> {
        let url = format!("{}/api/state", self.town.counter.url());
        let response = self.town.http.send(HttpRequest::get(url)).await?;
        let state: Value = serde_json::from_slice(&response.body)?;
        Ok(state["printed_code"].as_str().context("the counter has no printed code")?.to_owned())
    }

    fn note(&mut self, names: (&'static str, &'static str), expected: String, answer: &Answer) {
        self.report.add(names, expected, answer.words.clone(), answer.took);
    }
}

pub(super) fn read_answer(answer: &Value, took: Duration) -> Result<Answer> {
    let verdict = serde_json::from_value(answer["verdict"].clone()).context("no verdict")?;
    let reason = serde_json::from_value(answer["reason"].clone())?;
    let fields = answer["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(Answer {
        words: words(verdict, reason),
        fields: fields.iter().map(|field| field["path"].to_string()).collect(),
        face: answer["portrait_small"].is_string(),
        took,
    })
}
