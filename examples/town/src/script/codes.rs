//! Codes that were changed, copied, mixed, kept too long or made ahead.

use super::{
    Expected, Walk, class_of,
    counters::{Counter, preset},
    gateway::Gateway,
    report::{Sizes, words},
};
use crate::agencies::RESIDENT_REGISTER;
use anyhow::{Context, Result};
use std::{sync::Arc, time::Instant};
use yufu_core::{
    OffsetClock,
    crypto::{Algorithm, SoftwareKey},
    qr::frames,
};
use yufu_issuer::status::{self, Change};
use yufu_verifier::Reason;

impl Walk<'_> {
    pub(super) async fn forged_codes(&mut self) -> Result<()> {
        let age18 = preset("age18")?;
        let audience = class_of(&age18)?;
        let held = self.accept(RESIDENT_REGISTER, 1, None).await?;
        let other = self.accept(RESIDENT_REGISTER, 2, None).await?;
        let proof = self.prove(&held).await?;
        let code = held.code(&self.world, &age18, &audience, Some(&proof))?;
        let cut = frames::split(&code, frames::DEFAULT_FRAME_BYTES)?;
        self.report.sizes = Sizes {
            staple: proof.staple.len(),
            payload: code.len(),
            frames: cut.len(),
            frame_digits: cut.iter().map(String::len).max().unwrap_or_default(),
        };

        let tampered = held.forged_code(&self.world, &age18, &audience, &proof, &held.key, |shown| {
            tamper_with_first_disclosure(&shown)
        })?;
        let said = self.counter(0).check(&tampered, &age18);
        self.check(
            ("a disclosed field is changed", "改动一个已披露的字段"),
            Expected::because(Reason::DisclosureNotSigned),
            &said,
        );

        let thief = SoftwareKey::generate(Algorithm::Es256, self.world.random.as_ref())?;
        let bound = held.forged_code(&self.world, &age18, &audience, &proof, &thief, |shown| shown)?;
        let said = self.counter(0).check(&bound, &age18);
        self.check(
            ("a copied credential, bound by another key", "凭证被复制，用别的密钥绑定"),
            Expected::because(Reason::HolderSignature),
            &said,
        );

        let proof_of_other = self.prove(&other).await?;
        let mut swapped = proof_of_other.clone();
        if other.list == held.list {
            // One list serves both: take the licence's, which is another agency's.
            let licence = self.accept(crate::agencies::TRANSPORT_AGENCY, 3, None).await?;
            swapped = self.prove(&licence).await?;
        }
        let code = held.code(&self.world, &age18, &audience, Some(&swapped))?;
        let said = self.counter(0).check(&code, &age18);
        self.check(
            ("the staple of another credential's list", "附上别的状态列表的证明"),
            Expected::because(Reason::OtherList),
            &said,
        );

        let mut forged = proof.clone();
        forge_certificate(&mut forged.staple)?;
        let code = held.code(&self.world, &age18, &audience, Some(&forged))?;
        let said = self.counter(0).check(&code, &age18);
        self.check(
            ("a checkpoint that no validator signed", "没有验证者签名的检查点"),
            Expected::because(Reason::ForgedCheckpoint),
            &said,
        );

        let started = Instant::now();
        let proof = self.prove(&held).await?;
        let mine = held.code(&self.world, &age18, &audience, Some(&proof))?;
        let theirs = other.code(&self.world, &age18, &audience, Some(&proof_of_other))?;
        let (mine, theirs) = (
            frames::split(&mine, frames::DEFAULT_FRAME_BYTES)?,
            frames::split(&theirs, frames::DEFAULT_FRAME_BYTES)?,
        );
        let mixed = mine.iter().take(1).chain(theirs.iter().skip(1));
        let got = match frames::join(mixed.map(String::as_str)) {
            Err(error) => {
                let reason = Reason::from(error);
                words(reason.verdict(), Some(reason))
            }
            Ok(_) => "read".into(),
        };
        self.report.add(
            ("frames of two codes, mixed", "两个码的帧混在一起"),
            Expected::because(Reason::MixedFrames).to_string(),
            got,
            started.elapsed(),
        );
        Ok(())
    }

    pub(super) async fn times_and_frames(&mut self) -> Result<()> {
        let age18 = preset("age18")?;
        let audience = class_of(&age18)?;
        let held = self.accept(RESIDENT_REGISTER, 1, None).await?;

        let proof = self.prove(&held).await?;
        let code = held.code(&self.world, &age18, &audience, Some(&proof))?;
        let said = self.counter(75).check(&code, &age18);
        self.check(
            ("a code older than 60 s", "超过 60 秒的码"),
            Expected::because(Reason::CodeTooOld),
            &said,
        );

        let ahead = self.with_clock(40_000);
        let code = held.code(&ahead, &age18, &audience, Some(&proof))?;
        let said = self.counter(0).check(&code, &age18);
        self.check(("a code dated ahead", "日期在未来的码"), Expected::because(Reason::CodeAhead), &said);

        let proof = self.prove(&held).await?;
        let code = held.code(&self.world, &age18, &audience, Some(&proof))?;
        let said = self.counter(-300).check(&code, &age18);
        self.check(
            ("a header from the future of this counter's clock", "区块头晚于本窗口的时钟"),
            Expected::because(Reason::HeaderAhead),
            &said,
        );

        // Both clocks an hour on: the code is new, the staple is what it was.
        let later = self.with_clock(3_600_000);
        let code = held.code(&later, &age18, &audience, Some(&proof))?;
        let said = self.counter(3_600).check(&code, &age18);
        let age = said.outcome.status_age_ms.map_or(0, |ms| ms / 60_000);
        self.check(
            ("a staple older than the preset allows", "附证比允许的更旧"),
            Expected::because(Reason::HeaderStale),
            &said,
        );
        self.report.add(
            ("… and its age is told, in minutes", "……并告知其时长（分钟）"),
            "60".into(),
            age.to_string(),
            said.took,
        );

        let fortnight = 15 * 86_400;
        let later = self.with_clock(fortnight * 1000);
        let code = held.code(&later, &age18, &audience, Some(&proof))?;
        let said = self.counter(fortnight).check(&code, &age18);
        self.check(
            ("a credential past its last day", "过期的凭证"),
            Expected::because(Reason::CredentialExpired),
            &said,
        );

        let tomorrow = self.accept(RESIDENT_REGISTER, 4, Some((1, 8))).await?;
        let proof = self.prove(&tomorrow).await?;
        let code = tomorrow.code(&self.world, &age18, &audience, Some(&proof))?;
        let said = self.counter(0).check(&code, &age18);
        self.check(
            ("a credential whose first day is tomorrow", "明天才生效的凭证"),
            Expected::because(Reason::CredentialNotYetValid),
            &said,
        );
        self.old_gateway().await
    }

    /// A phone that asks a gateway which serves the past, and a counter that has seen the present.
    async fn old_gateway(&mut self) -> Result<()> {
        let age18 = preset("age18")?;
        let audience = class_of(&age18)?;
        let victim = self.accept(RESIDENT_REGISTER, 5, None).await?;
        let honest = self.accept(RESIDENT_REGISTER, 6, None).await?;
        self.prove(&victim).await?;

        let gateway = Gateway::start(&self.town.registry_url(), Arc::clone(&self.town.http)).await?;
        let mut cheated = self.world.clone();
        cheated.registry = gateway.url().to_owned();
        let first = victim.prove(&mut cheated).await.context("through the gateway, the first time")?;

        let number = self.person(RESIDENT_REGISTER, 5)?.number.clone();
        let db = Arc::clone(self.issuer(RESIDENT_REGISTER).database());
        let now = self.town.clock.now();
        status::change(&db, &number, RESIDENT_REGISTER.configuration, Change::Revoke, now)?;
        let revoked = Expected::because(Reason::CredentialRevoked);
        let said = self.until(&victim, &age18, revoked).await?;
        self.check(("revoked, as every honest gateway proves", "已吊销，诚实网关都能证明"), revoked, &said);

        // The gateway still proves what was true before. A counter that saw another customer's newer
        // staple is not taken in, though the old one is within the limit.
        let old = victim.prove(&mut cheated).await.context("through the gateway, the second time")?;
        anyhow::ensure!(old.header == first.header, "the gateway did not serve the past");
        // This counter would take statuses of an hour ago.
        let mut counter = Counter::new(&self.town.network_key, &self.town.clock, 0, 3_600, None);
        let newer = self.prove(&honest).await?;
        let code = honest.code(&self.world, &age18, &audience, Some(&newer))?;
        let said = counter.check(&code, &age18);
        self.check(("another customer's fresh code", "另一位顾客的新码"), Expected::VALID, &said);
        let code = victim.code(&self.world, &age18, &audience, Some(&old))?;
        let said = counter.check(&code, &age18);
        self.check(
            ("a gateway that serves an old root", "网关提供旧的根"),
            Expected::because(Reason::NewerPublicationKnown),
            &said,
        );
        gateway.stop();
        Ok(())
    }

    /// The same world with a clock that is `offset_ms` ahead.
    fn with_clock(&self, offset_ms: i64) -> super::World {
        let clock = OffsetClock::new(Arc::clone(&self.town.clock));
        clock.set_offset_ms(offset_ms);
        let mut world = self.world.clone();
        world.clock = Arc::new(clock);
        world
    }
}

/// Turns one character of the first disclosure's value.
fn tamper_with_first_disclosure(shown: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut parts: Vec<String> = shown.split('~').map(str::to_owned).collect();
    for part in parts.iter_mut().skip(1).filter(|part| !part.is_empty()) {
        let json = URL_SAFE_NO_PAD.decode(&*part).unwrap_or_default();
        let text = String::from_utf8_lossy(&json);
        if text.contains("true") {
            *part = URL_SAFE_NO_PAD.encode(text.replacen("true", "false", 1));
            break;
        }
    }
    parts.join("~")
}

/// Turns one bit of the height in the staple's header, so that the certificate is of another one.
fn forge_certificate(staple: &mut [u8]) -> Result<()> {
    // Version, kind, label, length of the header; its form; network; then the height's last byte.
    let height = 1 + 1 + 4 + 2 + 1 + 32 + 7;
    *staple.get_mut(height).context("a staple without a header")? ^= 1;
    Ok(())
}
