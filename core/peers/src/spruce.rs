//! What the crate `ssi` (SpruceID) consists of.

use crate::{
    documents::{Kind, MANDATORY, SELECTIVE},
    peer::{No, Peer},
};
use did_method_key::DIDKey;
use futures::executor::block_on;
use iref::IriBuf;
use serde_json::Value;
use ssi_claims_core::{SignatureEnvironment, VerificationParameters};
use ssi_data_integrity::{
    AnySelectionOptions, AnySignatureOptions, AnySuite, CryptographicSuite, DataIntegrity, ProofOptions,
    from_json_str,
};
use ssi_dids_core::VerificationMethodDIDResolver;
use ssi_json_ld::ContextLoader;
use ssi_jwk::JWK;
use ssi_vc::v2::JsonCredential;
use ssi_verification_methods::{AnyMethod, LocalSigner, SingleSecretSigner};
use std::collections::HashMap;
use yufu_core::credential::w3c::contexts::{Contexts, LAND_TITLE_1};

pub struct Ssi {
    suite: AnySuite,
    signer: LocalSigner<SingleSecretSigner<JWK>>,
    method: String,
    document: JsonCredential,
    loader: ContextLoader,
    resolver: VerificationMethodDIDResolver<DIDKey, AnyMethod>,
}

fn no(error: impl std::fmt::Display) -> No {
    error.to_string()
}

impl Ssi {
    /// # Errors
    /// Where `ssi` has no such suite.
    pub fn new(suite: &str, kind: Kind) -> Result<Self, No> {
        let (suite, key) = match suite {
            "eddsa-rdfc-2022" => (AnySuite::EdDsaRdfc2022, JWK::generate_ed25519().map_err(no)?),
            "ecdsa-rdfc-2019" => (AnySuite::EcdsaRdfc2019, JWK::generate_p256()),
            "ecdsa-sd-2023" => (AnySuite::EcdsaSd2023, JWK::generate_p256()),
            "bbs-2023" => (AnySuite::Bbs2023, JWK::generate_bls12381g2()),
            _ => return Err("ssi has no such cryptosuite".into()),
        };
        let method = DIDKey::generate_url(&key).map_err(no)?.to_string();
        let did = method.split('#').next().unwrap_or_default();
        let document = serde_json::from_value(Value::from(kind.document(did))).map_err(no)?;
        let context = Contexts::bundled().document(LAND_TITLE_1).ok_or("the context is bundled")?.to_string();
        let contexts = HashMap::from([(LAND_TITLE_1.to_owned(), context)]);
        Ok(Self {
            suite,
            signer: SingleSecretSigner::new(key).into_local(),
            method,
            document,
            loader: ContextLoader::default().with_context_map_from(contexts).map_err(no)?,
            resolver: VerificationMethodDIDResolver::new(DIDKey),
        })
    }

    fn parameters(
        &self,
    ) -> VerificationParameters<&VerificationMethodDIDResolver<DIDKey, AnyMethod>, &ContextLoader> {
        VerificationParameters::from_resolver(&self.resolver).with_json_ld_loader(&self.loader)
    }
}

fn read(secured: &str) -> Result<DataIntegrity<JsonCredential, AnySuite>, No> {
    from_json_str(secured).map_err(no)
}

fn pointers<P: std::str::FromStr>(texts: &[&str]) -> Result<Vec<P>, No> {
    texts.iter().map(|text| text.parse().map_err(|_| format!("{text} is no pointer"))).collect()
}

impl Peer for Ssi {
    fn issue(&self) -> Result<String, No> {
        let environment = SignatureEnvironment { json_ld_loader: &self.loader, eip712_loader: () };
        let method = IriBuf::new(self.method.clone()).map_err(no)?;
        let mut options = AnySignatureOptions::default();
        options.mandatory_pointers = pointers(&MANDATORY)?;
        let signed = block_on(self.suite.sign_with(
            environment,
            self.document.clone(),
            &self.resolver,
            &self.signer,
            ProofOptions::from_method(method.into()),
            options,
        ));
        serde_json::to_string(&signed.map_err(no)?).map_err(no)
    }

    fn derive(&self, secured: &str) -> Result<String, No> {
        let mut options = AnySelectionOptions::default();
        options.selective_pointers = pointers(&SELECTIVE)?;
        let derived = block_on(read(secured)?.select(self.parameters(), options)).map_err(no)?;
        serde_json::to_string(&derived).map_err(no)
    }

    fn verify(&self, secured: &str) -> Result<(), No> {
        block_on(read(secured)?.verify(self.parameters())).map_err(no)?.map_err(no)
    }
}
