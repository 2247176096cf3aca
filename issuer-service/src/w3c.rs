//! Credentials of the W3C data model: what they say, and how they and their status lists are signed.

use crate::{
    claims::Validity,
    config::Names,
    register::{LandTitle, Resident},
    types::Kind,
};
use serde_json::{Map, Value, json};
use yufu_core::{
    credential::{
        Format,
        w3c::{
            jose::{IssueVcJwt, JwtTimes, VcIssueError, issue_credential},
            json_ld::Limits,
            model::DateTimeStamp,
            proof::{self, BySigner, Cryptosuite, ProofOptions, SignError},
            recorded_digest,
        },
    },
    crypto::{Digest, PublicKey, Signer, VerifyingKey},
    did::{self, Relationship},
    status::bitstring::{BitstringError, ListDocument, Purpose, StatusEntry},
};

/// The media type of a list that is signed by a Data Integrity proof.
///
/// Spec: VCDM 2.0 §6.3 (`application/vc`)
pub(crate) const VC: &str = "application/vc";
/// The media type of a list that is a JWT.
///
/// Spec: VC-JOSE-COSE §6.1
pub(crate) const VC_JWT: &str = "application/vc+jwt";

/// Why a document was not signed.
#[derive(Debug, thiserror::Error)]
pub enum W3cError {
    /// The type is none of the W3C data model.
    #[error("the type is not one of the W3C data model")]
    Type,
    /// The format is none of the W3C data model.
    #[error("the format is not one of the W3C data model")]
    Format,
    /// The proof was not made.
    #[error(transparent)]
    Proof(#[from] SignError),
    /// The JWT was not made.
    #[error(transparent)]
    Jwt(#[from] VcIssueError),
    /// The list cannot be written.
    #[error(transparent)]
    List(#[from] BitstringError),
}

/// Who signs, and how.
pub(crate) struct Hand<'a> {
    /// The agency's DID, one of those it goes by.
    pub(crate) did: &'a str,
    pub(crate) signer: &'a dyn Signer,
    pub(crate) format: Format,
}

impl Hand<'_> {
    /// `document` signed: its digest, which the registry records as issued, and the credential: an object,
    /// or a text.
    pub(crate) fn sign(
        &self,
        document: &Map<String, Value>,
        today: u64,
    ) -> Result<(Value, Digest), W3cError> {
        let key = PublicKey::from(self.signer.verifying_key()).multibase();
        let method = format!("{}#{key}", self.did);
        match self.format {
            Format::LdpVc => {
                let mut options =
                    ProofOptions::new(Cryptosuite::EcdsaRdfc2019, &method, Relationship::AssertionMethod);
                // The day alone: copies of one batch must not be told apart by it, nor joined.
                options.created = Some(today);
                let signed =
                    proof::sign(document, &options, &BySigner::new(self.signer), &Limits::default())?;
                let digest = recorded_digest(&signed).ok_or(W3cError::Format)?;
                Ok((signed.into(), digest))
            }
            Format::VcJwt => {
                let times = JwtTimes { issued_at: Some(today), ..JwtTimes::default() };
                let request = IssueVcJwt { document, kid: &method, times };
                let issued = issue_credential(&request, self.signer)?;
                Ok((issued.compact.into(), issued.jwt_digest))
            }
            Format::SdJwtVc | Format::MsoMdoc => Err(W3cError::Format),
        }
    }

    /// A status list, signed as the credentials that point to it are.
    pub(crate) fn sign_list(&self, list: &ListDocument<'_>, now: u64) -> Result<String, W3cError> {
        let (signed, _) = self.sign(&list.to_json()?, now)?;
        Ok(match signed {
            Value::String(compact) => compact,
            object => object.to_string(),
        })
    }
}

/// What a credential says to its holder: everything but the proof.
pub(crate) fn document(
    resident: &Resident,
    kind: &Kind,
    agency: &Names,
    issuer: &str,
    validity: Validity,
) -> Result<Map<String, Value>, W3cError> {
    let shape = kind.resolved().w3c().ok_or(W3cError::Type)?;
    let title = resident.land.as_ref().ok_or(W3cError::Type)?;
    let day = |seconds| DateTimeStamp::from_seconds(seconds).to_string();
    let mut document = Map::new();
    document.insert("@context".into(), json!(shape.contexts));
    document.insert("type".into(), json!(shape.types));
    document.insert("issuer".into(), issuer.into());
    document.insert("validFrom".into(), day(validity.from).into());
    // The data model names the last second, our dates the first one after.
    document.insert("validUntil".into(), day(validity.to.saturating_sub(1)).into());
    document.insert("credentialSubject".into(), subject(resident, title, agency).into());
    Ok(document)
}

fn subject(resident: &Resident, title: &LandTitle, agency: &Names) -> Map<String, Value> {
    let mut owner = json!({
        "name_zh": resident.name_zh,
        "name_latin": format!("{} {}", resident.family_name, resident.given_name),
    });
    if let Some(share) = &title.share {
        owner["share"] = share.clone().into();
    }
    let subject = json!({
        "certificate_number": title.certificate_number,
        "parcel_number": title.parcel_number,
        "location": title.location,
        "area_m2": title.area_m2,
        "land_use": title.land_use,
        "right_type": title.right_type,
        "owner": owner,
        "registered_on": title.registered_on.to_string(),
        "authority": format!("{} {}", agency.zh, agency.en),
    });
    match subject {
        Value::Object(subject) => subject,
        _ => Map::new(),
    }
}

/// Binds a document to a holder's key and to a place in a status list.
pub(crate) fn bind(document: &mut Map<String, Value>, holder: &VerifyingKey, list: &str, index: u32) {
    let id = did::key::encode(PublicKey::from(holder));
    if let Some(Value::Object(subject)) = document.get_mut("credentialSubject") {
        subject.insert("id".into(), id.into());
    }
    let entry = StatusEntry::new(Purpose::Revocation, list, index.into());
    document.insert("credentialStatus".into(), entry.to_json().into());
}
