//! Impostors among the issuers, and what becomes of their keys.

use super::{
    Expected, Walk, class_of,
    counters::preset,
    forger::{Changes, Press},
    holder::Held,
};
use crate::agencies::RESIDENT_REGISTER;
use anyhow::{Context, Result};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use yufu_core::{
    credential::sd_jwt::UnverifiedSdJwt,
    crypto::{Algorithm, Digest, Signer as _, SoftwareKey},
    did::yufu::{IssuerId, YufuDid},
    registry::{
        Grant, Record as _, RecordKey,
        client::{At, RegistryClient},
    },
    time::{DAY, start_of_day},
    wallet::{CredentialId, Wallet},
};
use yufu_issuer::{
    Issuer,
    config::KeysConfig,
    db::keys::{self, Role},
    identity,
    keys::KeyFiles,
    pki,
};
use yufu_verifier::Reason;

/// A place in a status list that the agency has given to nobody, with near certainty: indices are drawn
/// at random from 2^17.
const UNUSED_INDEX: u64 = 77_777;

impl Walk<'_> {
    pub(super) async fn impostors(&mut self) -> Result<()> {
        let age18 = preset("age18")?;
        let audience = class_of(&age18)?;
        let model = self.accept(RESIDENT_REGISTER, 7, None).await?;

        let stranger = self.stranger()?;
        let forged = stranger.forge(&self.world, &model, &Changes::default())?;
        let proof = self.prove(&forged).await?;
        let code = forged.code(&self.world, &age18, &audience, Some(&proof))?;
        let said = self.counter(0).check(&code, &age18);
        self.check(
            (
                "an issuer that the registry does not know (proven by absence)",
                "登记链上没有的签发机关（不存在证明）",
            ),
            Expected::because(Reason::AbsentFromRegistry),
            &said,
        );

        let transport = self.stolen_key(&self.town.transport)?;
        let forged = transport.forge(&self.world, &model, &Changes::default())?;
        let proof = self.prove(&forged).await?;
        let code = forged.code(&self.world, &age18, &audience, Some(&proof))?;
        let said = self.counter(0).check(&code, &age18);
        self.check(
            (
                "the transport agency signs a resident ID (no accreditation: proven)",
                "交管局签发居民身份凭证（未获授权：有证明）",
            ),
            Expected::because(Reason::NoAccreditation),
            &said,
        );

        let code = model.code(&self.world, &age18, &audience, None)?;
        let said = self.counter(0).check(&code, &age18);
        self.check(
            ("no staple at all, at a counter that has never been online", "没有附证，窗口也从未联网"),
            Expected::because(Reason::NoStaple),
            &said,
        );
        Ok(())
    }

    /// Rotation in good order, then a theft.
    pub(super) async fn keys(&mut self) -> Result<()> {
        let age18 = preset("age18")?;
        let issuer = &self.town.residents;
        let before = self.accept(RESIDENT_REGISTER, 8, None).await?;
        self.until(&before, &age18, Expected::VALID).await?;

        let old_key = signed_with(&before)?;
        let files = self.key_files()?;
        let (now, random) = (self.town.clock.now(), Arc::clone(&self.world.random));
        identity::rotate_key(issuer.config(), issuer.database(), &files, now, random.as_ref())?;
        let after = self.signed_with_another_key(&old_key, 9).await?;
        let said = self.until(&before, &age18, Expected::VALID).await?;
        self.check(
            ("issuer's key rotated: a credential of the old key", "签发密钥轮换后，旧密钥签的凭证"),
            Expected::VALID,
            &said,
        );
        let said = self.until(&after, &age18, Expected::VALID).await?;
        self.check(("… and one of the new key", "……以及新密钥签的凭证"), Expected::VALID, &said);
        self.theft(&after).await
    }

    /// The new key is stolen. What was recorded before survives; what the thief dates back does not.
    async fn theft(&mut self, recorded: &Held) -> Result<()> {
        let age18 = preset("age18")?;
        let audience = class_of(&age18)?;
        let issuer = &self.town.residents;
        let (wallet, card) = self.a_phone_with_a_card(10).await?;
        self.two_publications(recorded).await?;
        let thief = self.stolen_key(issuer)?;
        let uri = format!("{}/status/{}", issuer.url(), recorded.list);
        let changes = Changes { status: Some((uri, UNUSED_INDEX)), ..Changes::default() };
        let forged = thief.forge(&self.world, recorded, &changes)?;
        let proof = self.prove(&forged).await?;
        let code = forged.code(&self.world, &age18, &audience, Some(&proof))?;
        let said = self.counter(0).check(&code, &age18);
        self.check(
            ("a forgery with a stolen key, before anybody notices", "密钥被盗、尚未发现时的伪造"),
            Expected::VALID,
            &said,
        );

        let files = self.key_files()?;
        let random = Arc::clone(&self.world.random);
        let (now, since) = (self.town.clock.now(), self.town.clock.now_ms());
        let thumbprint = signed_with(recorded)?;
        identity::revoke_key(
            issuer.config(),
            issuer.database(),
            &files,
            thumbprint,
            Some(since),
            now,
            random.as_ref(),
        )?;
        let refused = Expected::because(Reason::CompromisedAndUnrecorded);
        let said = self.until(&forged, &age18, refused).await?;
        self.check(
            (
                "key revoked as compromised: the forgery, under its earlier date",
                "密钥因泄露吊销后，倒填日期的伪造",
            ),
            refused,
            &said,
        );

        let started = Instant::now();
        let said = loop {
            wallet.refresh().await?;
            let sheet = wallet.consent_for(&card, age18.id(), None)?;
            let frames = wallet.show(sheet.agree())?.code(self.town.clock.now_ms())?.frames;
            let payload = yufu_core::qr::frames::join(frames.iter().map(String::as_str))?;
            let said = self.counter(0).check(&payload.context("frames are missing")?, &age18);
            if said.is(Expected::VALID) || started.elapsed() > super::PATIENCE {
                break said;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        };
        self.check(
            ("… and a credential that was recorded before", "……以及此前已登记的凭证"),
            Expected::VALID,
            &said,
        );
        Ok(())
    }

    /// A second phone, with a resident ID.
    async fn a_phone_with_a_card(&self, person: usize) -> Result<(Arc<Wallet>, CredentialId)> {
        let wallet = self.phone("second-phone")?;
        let offer = self.offer(RESIDENT_REGISTER, person, None)?;
        let review = wallet.review_offer(&offer.link).await?;
        let accepted = wallet.accept(&review, Some(&offer.tx_code)).await?;
        let card = accepted.first().context("no resident ID came")?;
        Ok((wallet, card.id.clone()))
    }

    /// Waits until the list of `held` was published twice: what was issued before is then recorded.
    async fn two_publications(&mut self, held: &Held) -> Result<()> {
        let started = Instant::now();
        let first = self.version(held).await?;
        while self.version(held).await? < first + 2 {
            anyhow::ensure!(started.elapsed() < super::PATIENCE, "the list is not published any more");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(())
    }

    async fn version(&mut self, held: &Held) -> Result<u32> {
        let registry = RegistryClient::new(Arc::clone(&self.world.http), self.world.registry.clone());
        let key = RecordKey::Grant { issuer: held.issuer, vct: held.vct.clone(), list: held.list };
        let clock_ms = self.world.clock.now_ms();
        let record = registry.record(&mut self.world.network, &key, clock_ms, At::Anchor).await?;
        Ok(Grant::from_bytes(&record.value.context("no grant")?)?.version)
    }

    /// Waits until the agency signs with another key than `old`.
    async fn signed_with_another_key(&self, old: &Digest, person: usize) -> Result<Held> {
        let started = Instant::now();
        loop {
            let held = self.accept(RESIDENT_REGISTER, person, None).await?;
            if signed_with(&held)? != *old {
                return Ok(held);
            }
            anyhow::ensure!(started.elapsed() < super::PATIENCE, "the new key was never used");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Somebody whom nobody registered, with a certificate in perfect order.
    fn stranger(&self) -> Result<Press> {
        let random = self.world.random.as_ref();
        let key = SoftwareKey::generate(Algorithm::Es256, random)?;
        let next = SoftwareKey::generate(Algorithm::Es256, random)?;
        let id = IssuerId::from_inception(key.verifying_key(), &next.verifying_key().thumbprint());
        let did = YufuDid::new(crate::town::NETWORK, id)?;
        let root = pki::Root::open(&self.town.root_folder(), &self.key_files()?)?;
        let today = start_of_day(self.town.clock.now());
        let (from, to) = (today - 30 * DAY, today + 300 * DAY);
        let leaf = root.leaf(&did.to_string(), key.verifying_key(), from, to, random)?;
        Ok(Press { key, leaf })
    }

    /// An agency's newest credential key, as somebody with its disk and its passphrase would have it.
    fn stolen_key(&self, issuer: &Issuer) -> Result<Press> {
        let rows = issuer.database().read(|c| keys::of_role(c, Role::Credential))?;
        let row = rows.into_iter().next().context("the agency has no credential key")?;
        let key = self.key_files()?.read(&issuer.config().keys_folder().join(&row.file))?;
        Ok(Press { key, leaf: row.certificate })
    }

    fn key_files(&self) -> Result<KeyFiles> {
        let settings =
            KeysConfig { passphrase_file: Some(self.town.passphrase.clone()), ..KeysConfig::default() };
        Ok(KeyFiles::new(&settings)?)
    }
}

/// The key that signed a credential, by its thumbprint.
fn signed_with(held: &Held) -> Result<Digest> {
    Ok(UnverifiedSdJwt::parse(&held.compact)?.verify()?.leaf().key.thumbprint())
}
