//! `POST /credentials/issue` and `POST /credentials/derive`.

use super::{Answer, Problem, ProblemType, Request, Suite, SuiteIssuer, suite::SuiteKey};
use crate::{
    credential::w3c::{
        embedded,
        jose::{IssueVcJwt, JwtTimes, VcIssueError, issue_credential},
        json_ld::Limits,
        model::{Credential, Enveloped, MediaType},
        proof::{ProofOptions, SignError, sign},
    },
    did::Relationship,
    random::Random,
};
use serde_json::{Map, Value, json};

impl SuiteIssuer {
    /// Answers a request to issue: `{credential, options}`, where `credential` has this issuer, and
    /// `options.mandatoryPointers` says what can never be held back. `now` is in seconds.
    ///
    /// The answer is 201 with `verifiableCredential`, for a JWT in an envelope, or a problem.
    #[must_use]
    pub fn issue(&self, body: &[u8], now: u64, random: &dyn Random) -> Answer {
        match self.issued(body, now, random) {
            Ok(credential) => Answer { status: 201, body: json!({ "verifiableCredential": credential }) },
            Err(problem) => problem.into(),
        }
    }

    fn issued(&self, body: &[u8], now: u64, random: &dyn Random) -> Result<Value, Problem> {
        let mut request = Request::read(body)?;
        let document = request.document("credential")?;
        let pointers = request.texts("mandatoryPointers")?;
        self.check(&document)?;
        match self.suite.cryptosuite() {
            None => self.jwt(&document, now),
            Some(suite) if suite.is_selective() => {
                self.base(&document, pointers.as_deref().unwrap_or_default(), now, random)
            }
            Some(suite) => {
                let mut options = ProofOptions::new(suite, &self.method, Relationship::AssertionMethod);
                options.created = Some(now);
                let signed = self.key.signing(|signer| sign(&document, &options, signer, &Limits::default()));
                signed.map(Value::Object).map_err(|error| of_sign(&error))
            }
        }
    }

    /// Whether a verifier could take it: its structure, its terms, and whose it is.
    fn check(&self, document: &Map<String, Value>) -> Result<(), Problem> {
        let credential =
            Credential::from_document(document.clone()).map_err(|error| Problem::of_model(&error))?;
        if credential.issuer().id != self.did {
            return Err(Problem::new(
                ProblemType::MalformedValue,
                "`issuer` is not the issuer of this address",
            ));
        }
        embedded::type_iris(document)?;
        Ok(())
    }

    fn jwt(&self, document: &Map<String, Value>, now: u64) -> Result<Value, Problem> {
        let SuiteKey::Software(key) = &self.key else {
            return Err(Problem::new(ProblemType::NotSupported, "the key signs no JWT"));
        };
        let times = JwtTimes { issued_at: Some(now), ..JwtTimes::default() };
        let issued = issue_credential(&IssueVcJwt { document, kid: &self.method, times }, key.as_ref());
        let compact = issued.map_err(|error| of_issue(&error))?.compact;
        Ok(Enveloped { media_type: MediaType::VcJwt, compact }.to_json())
    }

    fn base(
        &self,
        _document: &Map<String, Value>,
        _pointers: &[String],
        _now: u64,
        _random: &dyn Random,
    ) -> Result<Value, Problem> {
        Err(Problem::new(ProblemType::NotSupported, "proofs for selective disclosure are not made here"))
    }
}

/// Answers a request to derive from what this suite secured: `{verifiableCredential, options: {selectivePointers}}`. The answer is 201
/// with `verifiableCredential`, or a problem.
#[must_use]
pub fn derive(suite: Suite, body: &[u8], random: &dyn Random) -> Answer {
    match derived(suite, body, random) {
        Ok(credential) => Answer { status: 201, body: json!({ "verifiableCredential": credential }) },
        Err(problem) => problem.into(),
    }
}

fn derived(_suite: Suite, body: &[u8], _random: &dyn Random) -> Result<Value, Problem> {
    let mut request = Request::read(body)?;
    let _document = request.document("verifiableCredential")?;
    request.texts("selectivePointers")?;
    Err(Problem::new(ProblemType::NotSupported, "nothing is derived by this cryptosuite here"))
}

fn of_sign(error: &SignError) -> Problem {
    match error {
        SignError::Proof(error) => {
            let problem = Problem::of_proof(error);
            match problem.kind {
                ProblemType::ProofVerification => Problem { kind: ProblemType::ProofGeneration, ..problem },
                _ => problem,
            }
        }
        SignError::Signer(_) => Problem::new(ProblemType::Internal, "the key did not sign"),
    }
}

fn of_issue(error: &VcIssueError) -> Problem {
    match error {
        VcIssueError::Model(error) => Problem::of_model(error),
        VcIssueError::Signer(_) => Problem::new(ProblemType::Internal, "the key did not sign"),
        VcIssueError::TooLarge => Problem::new(ProblemType::TooLarge, error.to_string()),
        _ => Problem::new(ProblemType::MalformedValue, error.to_string()),
    }
}
