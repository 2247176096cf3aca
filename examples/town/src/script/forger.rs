//! Credentials that nobody should have issued, signed for real.

use super::holder::{Held, World};
use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use yufu_core::{
    credential::{
        ClaimPath,
        sd_jwt::{HeldSdJwt, IssueSdJwt, issue},
    },
    crypto::{Algorithm, Signer, SoftwareKey, VerifyingKey},
};

/// A key that signs credentials, with the certificate that names its holder an issuer.
pub(crate) struct Press {
    /// The key.
    pub(crate) key: SoftwareKey,
    /// Its certificate, DER.
    pub(crate) leaf: Vec<u8>,
}

/// What a forgery changes in the credential that it imitates.
#[derive(Default)]
pub(crate) struct Changes<'a> {
    /// Another type.
    pub(crate) vct: Option<&'a str>,
    /// Another place in the status list.
    pub(crate) status: Option<(String, u64)>,
    /// Another last second.
    pub(crate) exp: Option<u64>,
}

impl Press {
    /// Signs an imitation of `model` for a fresh holder key.
    pub(crate) fn forge(&self, world: &World, model: &Held, changes: &Changes<'_>) -> Result<Held> {
        let holder = SoftwareKey::generate(Algorithm::Es256, world.random.as_ref())?;
        let compact = self.sign(world, model, holder.verifying_key(), changes)?;
        Held::new(compact, holder)
    }

    fn sign(
        &self,
        world: &World,
        model: &Held,
        holder: &VerifyingKey,
        changes: &Changes<'_>,
    ) -> Result<String> {
        let opened = HeldSdJwt::open(&model.compact)?;
        let disclosable: Vec<ClaimPath> = opened.disclosures().map(|(path, _)| path.clone()).collect();
        let mut claims: Map<String, Value> = opened.claims().clone();
        for own in ["iss", "cnf"] {
            claims.remove(own);
        }
        if let Some(vct) = changes.vct {
            claims.insert("vct".into(), vct.into());
        }
        if let Some(exp) = changes.exp {
            claims.insert("exp".into(), exp.into());
        }
        if let Some((uri, index)) = &changes.status {
            claims.insert("status".into(), json!({"status_list": {"uri": uri, "idx": index}}));
        }
        let credential = IssueSdJwt {
            claims: &claims,
            disclosable: &disclosable,
            holder: Some(holder),
            x5c: std::slice::from_ref(&self.leaf),
            decoys_to_multiple_of: 0,
        };
        let issued = issue(&credential, &self.key, world.random.as_ref()).context("the forgery")?;
        Ok(issued.compact)
    }
}
