//! A holder with its keys and credentials in plain sight: what an attacker's wallet would have. It gets
//! its credentials over the real protocol, and its staples with real proofs, but then it cheats.

use anyhow::{Context, Result, anyhow};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::sync::Arc;
use yufu_core::{
    Clock, Random,
    credential::sd_jwt::UnverifiedSdJwt,
    crypto::{Algorithm, Digest, Signer, SoftwareKey, sha256},
    did::yufu::{IssuerId, YufuDid},
    http::{HttpRequest, HttpTransport},
    issuance::{holder::Issuance, offer::parse_offer, proof},
    presentation::{
        audience::Audience,
        preset::Preset,
        show_code::{self, ANCHOR_CLAIM, BuildShowCode, LeafForm, PRESET_CLAIM, Stapled},
    },
    registry::{
        Grant, LightClient, Record, RecordKey, Staple, StapledFinding,
        client::{At, RegistryClient, VerifiedRecord},
    },
    status::{ListContext, chunk::ChunkTree, token::UnverifiedStatusToken},
};

/// Where a bare holder lives.
#[derive(Clone)]
pub(crate) struct World {
    /// Carries its requests.
    pub(crate) http: Arc<dyn HttpTransport>,
    /// The registry that it asks; a gateway, where it is cheated itself.
    pub(crate) registry: String,
    /// Its clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// Its randomness.
    pub(crate) random: Arc<dyn Random>,
    /// What it knows of the network.
    pub(crate) network: LightClient,
}

/// One copy of a credential with its key.
pub(crate) struct Held {
    /// The holder's key.
    pub(crate) key: SoftwareKey,
    /// `<issuer's JWT>~<disclosure>~…~`.
    pub(crate) compact: String,
    /// Its issuer.
    pub(crate) issuer: IssuerId,
    /// Its type.
    pub(crate) vct: String,
    /// Its status list.
    pub(crate) list: u32,
    /// Its place in the list.
    pub(crate) index: u64,
    status_uri: String,
}

/// A staple and the digest of its header.
#[derive(Clone)]
pub(crate) struct Proof {
    /// The staple's bytes.
    pub(crate) staple: Vec<u8>,
    /// The header's digest.
    pub(crate) header: Digest,
}

impl Held {
    /// Reads what is needed to staple a credential that `key` holds.
    pub(crate) fn new(compact: String, key: SoftwareKey) -> Result<Self> {
        let signed = UnverifiedSdJwt::parse(&compact)?.verify()?;
        let did: YufuDid = signed.iss().parse().map_err(|_| anyhow!("the issuer's DID"))?;
        let status = signed.status().context("a credential without status")?;
        Ok(Self {
            issuer: did.id,
            vct: signed.vct().to_owned(),
            list: status.list().context("the status list's number")?,
            index: u64::from(status.index),
            status_uri: status.uri.clone(),
            key,
            compact,
        })
    }

    /// Follows an offer to one copy of the credential.
    pub(crate) async fn accept(world: &World, link: &str, tx_code: Option<&str>) -> Result<Self> {
        let http = world.http.as_ref();
        let issuance = Issuance::discover(http, parse_offer(link)?).await?;
        let token = issuance.token(http, tx_code).await?;
        let nonce = issuance.nonce(http).await?;
        let key = SoftwareKey::generate(Algorithm::Es256, world.random.as_ref())?;
        let audience = issuance.issuer().credential_issuer.clone();
        let proof = proof::build(&key, &audience, &nonce, world.clock.now())?;
        let configuration = issuance.configurations().next().map(|(id, _)| id.to_owned());
        let configuration = configuration.context("an offer of nothing")?;
        let mut credentials = issuance.request(http, &token, &configuration, vec![proof]).await?;
        let compact = credentials.pop().context("no credential")?;
        Self::new(compact, key)
    }

    /// Fetches the newest proof that the registry gives for this credential.
    pub(crate) async fn prove(&self, world: &mut World) -> Result<Proof> {
        let registry = RegistryClient::new(Arc::clone(&world.http), world.registry.clone());
        let (issuer, vct) = (self.issuer, self.vct.clone());
        let key = RecordKey::Grant { issuer, vct: vct.clone(), list: self.list };
        let grant = read(&registry, world, &key).await?;
        let (signed_header, header, finding) = if let Some(value) = grant.value.clone() {
            let witness = self.witness(world, &Grant::from_bytes(&value)?).await?;
            let finding = StapledFinding::Grant { value, proof: grant.proof, witness, issued_path: None };
            (grant.signed_header, *grant.header.digest(), finding)
        } else {
            absence(&registry, world, issuer, vct).await?
        };
        let staple = Staple::new(signed_header, issuer, &self.vct, self.list, finding);
        Ok(Proof { staple: staple.to_bytes()?, header })
    }

    async fn witness(&self, world: &World, grant: &Grant) -> Result<Vec<u8>> {
        let url = format!("{}/{}", self.status_uri, grant.version);
        let answer = world.http.send(HttpRequest::get(url)).await?;
        let token = String::from_utf8(answer.body).map_err(|_| anyhow!("a status token"))?;
        let leaf = UnverifiedSdJwt::parse(&self.compact)?.verify()?.leaf().key.clone();
        let token = UnverifiedStatusToken::parse(&token)?;
        let token = token.verify(&leaf, &self.status_uri, world.clock.now())?;
        let context = ListContext { issuer: self.issuer, list: self.list };
        Ok(ChunkTree::build(&context, &token.array).witness(self.index)?)
    }

    /// A show code by the book.
    pub(crate) fn code(
        &self,
        world: &World,
        preset: &Preset,
        audience: &Audience,
        proof: Option<&Proof>,
    ) -> Result<Vec<u8>> {
        let nonce = world.random.bytes::<16>().map_err(|_| anyhow!("no randomness"))?;
        let code = BuildShowCode {
            compact: &self.compact,
            preset,
            staple: proof.map(|proof| Stapled { staple: &proof.staple, header: &proof.header }),
            audience,
            nonce: &nonce,
            iat: world.clock.now(),
            leaf: LeafForm::Whole,
        };
        Ok(show_code::build(&code, &self.key)?)
    }

    /// A show code whose presentation `forge` changed, bound by `signer` whatever key that is.
    pub(crate) fn forged_code(
        &self,
        world: &World,
        preset: &Preset,
        audience: &Audience,
        proof: &Proof,
        signer: &dyn Signer,
        forge: impl Fn(String) -> String,
    ) -> Result<Vec<u8>> {
        let honest = self.code(world, preset, audience, Some(proof))?;
        let honest = show_code::UnverifiedShowCode::decode(&honest, &|_| None)?;
        let (shown, _) = honest.presentation().rsplit_once('~').unwrap_or_default();
        let shown = forge(format!("{shown}~"));
        let nonce = world.random.bytes::<16>().map_err(|_| anyhow!("no randomness"))?;
        let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let header = json!({"alg": signer.verifying_key().algorithm().name(), "typ": "kb+jwt"});
        let claims = json!({
            "iat": world.clock.now(),
            "aud": audience.to_string(),
            "nonce": b64(&nonce),
            "sd_hash": b64(&sha256(&[shown.as_bytes()])),
            PRESET_CLAIM: b64(preset.digest()),
            ANCHOR_CLAIM: b64(&proof.header),
        });
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let signature = b64(&signer.sign(signed.as_bytes())?);
        let presentation = format!("{shown}{signed}.{signature}");
        Ok(show_code::pack(&presentation, &proof.staple, LeafForm::Whole)?)
    }
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

async fn read(registry: &RegistryClient, world: &mut World, key: &RecordKey) -> Result<VerifiedRecord> {
    let clock_ms = world.clock.now_ms();
    Ok(registry.record(&mut world.network, key, clock_ms, At::Anchor).await?)
}

/// That there is no such issuer, or that it is not accredited: under one header.
async fn absence(
    registry: &RegistryClient,
    world: &mut World,
    issuer: IssuerId,
    vct: String,
) -> Result<(yufu_core::registry::SignedHeader, Digest, StapledFinding)> {
    let key = RecordKey::Accreditation { issuer, vct };
    for _ in 0..5 {
        let did = read(registry, world, &RecordKey::Did { issuer }).await?;
        let digest = *did.header.digest();
        let Some(value) = did.value else {
            return Ok((did.signed_header, digest, StapledFinding::UnknownIssuer { proof: did.proof }));
        };
        let accreditation = read(registry, world, &key).await?;
        // The registry moved on between the two reads: once more.
        if accreditation.header != did.header {
            continue;
        }
        let finding = StapledFinding::NotAccredited {
            did: value,
            did_proof: did.proof,
            accreditation_proof: accreditation.proof,
        };
        return Ok((did.signed_header, digest, finding));
    }
    Err(anyhow!("two reads under one anchor"))
}
