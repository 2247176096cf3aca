//! `POST /credentials/derive`.

use super::{Answer, Problem, ProblemType, Request, Suite};
use crate::{
    credential::w3c::{json_ld::Limits, model::Credential, sd},
    random::Random,
};
use serde_json::{Map, Value, json};

/// Answers a request to derive from what `suite` secured: `{verifiableCredential, options}`, where
/// `options.selectivePointers` says what is disclosed besides what its issuer lets nobody hold back. A
/// base proof is not verified here: what comes of a forged one does not verify.
///
/// The answer is 201 with `verifiableCredential`, or a problem.
#[must_use]
pub fn derive(suite: Suite, body: &[u8], random: &dyn Random) -> Answer {
    match derived(suite, body, random) {
        Ok(credential) => Answer { status: 201, body: json!({ "verifiableCredential": credential }) },
        Err(problem) => problem.into(),
    }
}

fn derived(suite: Suite, body: &[u8], random: &dyn Random) -> Result<Map<String, Value>, Problem> {
    if !suite.is_selective() {
        return Err(Problem::new(
            ProblemType::NotSupported,
            "nothing is derived from what this suite secures",
        ));
    }
    let mut request = Request::read(body)?;
    let document = request.document("verifiableCredential")?;
    let pointers = request.texts("selectivePointers")?.unwrap_or_default();
    let mut document =
        Credential::from_document(document).map_err(|error| Problem::of_model(&error))?.into_document();
    keep_proofs_of(suite, &mut document);
    sd::derive(&document, &pointers, &[], random, &Limits::default()).map_err(|error| Problem::of_sd(&error))
}

/// Leaves out all other proofs, which would not fit a part of the document.
fn keep_proofs_of(suite: Suite, document: &mut Map<String, Value>) {
    let name = suite.cryptosuite().map(|suite| suite.name());
    let is_other = |proof: &Value| proof.get("cryptosuite").and_then(Value::as_str) != name;
    match document.get_mut("proof") {
        Some(Value::Array(proofs)) => proofs.retain(|proof| !is_other(proof)),
        Some(one) if is_other(one) => {
            document.remove("proof");
        }
        _ => {}
    }
}
