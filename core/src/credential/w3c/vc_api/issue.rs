//! `POST /credentials/issue`.

use super::{Answer, Problem, ProblemType, Request, SuiteIssuer, suite::SuiteKey};
use crate::{
    credential::w3c::{
        embedded,
        jose::{IssueVcJwt, JwtTimes, NEVER_DISCLOSABLE, VcIssueError, issue_credential},
        json_ld::Limits,
        model::{Credential, Enveloped, MediaType},
        proof::{BySigner, Cryptosuite, ProofOptions, ProofSigner, SignError, sign},
        sd::{self, SdError, bbs::BbsKey},
    },
    did::Relationship,
    random::Random,
};
use serde_json::{Map, Value, json};

impl SuiteIssuer {
    /// Answers a request to issue: `{credential, options}`, where `credential` has this issuer, and
    /// `options.mandatoryPointers` says what can never be held back; where that is not said,
    /// [`NEVER_DISCLOSABLE`]. `now` is in seconds.
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
            Some(suite) => {
                let mandatory = pointers.unwrap_or_else(|| mandatory(&document));
                let unproved = Unproved { document: &document, mandatory: &mandatory, random };
                self.proved(suite, &unproved, now).map(Value::Object)
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

    fn proved(
        &self,
        suite: Cryptosuite,
        unproved: &Unproved<'_>,
        now: u64,
    ) -> Result<Map<String, Value>, Problem> {
        let mut options = ProofOptions::new(suite, &self.method, Relationship::AssertionMethod);
        match &self.key {
            // The second at which it was issued would tell presentations of one credential from others.
            SuiteKey::Bbs(key) => unproved.by_bbs(&options, key),
            SuiteKey::Software(key) => {
                options.created = Some(now);
                unproved.by(&options, &BySigner::new(key.as_ref()))
            }
            SuiteKey::P384(key) => {
                options.created = Some(now);
                unproved.by(&options, key.as_ref())
            }
        }
    }
}

/// Where `document` has what no holder may hold back, unless the issuer says otherwise. Contexts, types and
/// the identifier come with any part.
fn mandatory(document: &Map<String, Value>) -> Vec<String> {
    let is_there = |name: &&str| !matches!(*name, "@context" | "id" | "type") && document.contains_key(*name);
    NEVER_DISCLOSABLE.into_iter().filter(is_there).map(|name| format!("/{name}")).collect()
}

/// What is to be proved.
struct Unproved<'a> {
    document: &'a Map<String, Value>,
    mandatory: &'a [String],
    random: &'a dyn Random,
}

impl Unproved<'_> {
    fn by(&self, options: &ProofOptions, signer: &dyn ProofSigner) -> Result<Map<String, Value>, Problem> {
        let Self { document, mandatory, random } = *self;
        let limits = Limits::default();
        if options.cryptosuite.is_selective() {
            let base = sd::ecdsa::create_base(document, options, mandatory, signer, random, &limits);
            return base.map_err(|error| of_sd(&error));
        }
        sign(document, options, signer, &limits).map_err(|error| of_sign(&error))
    }

    fn by_bbs(&self, options: &ProofOptions, key: &BbsKey) -> Result<Map<String, Value>, Problem> {
        let Self { document, mandatory, random } = *self;
        let base = sd::bbs::create_base(document, options, mandatory, key, random, &Limits::default());
        base.map_err(|error| of_sd(&error))
    }
}

fn of_sign(error: &SignError) -> Problem {
    match error {
        SignError::Proof(error) => not_made(Problem::of_proof(error)),
        SignError::Signer(_) => Problem::new(ProblemType::Internal, "the key did not sign"),
    }
}

fn of_sd(error: &SdError) -> Problem {
    not_made(Problem::of_sd(error))
}

/// What would not verify is not made.
fn not_made(problem: Problem) -> Problem {
    match problem.kind {
        ProblemType::ProofVerification => Problem { kind: ProblemType::ProofGeneration, ..problem },
        _ => problem,
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
