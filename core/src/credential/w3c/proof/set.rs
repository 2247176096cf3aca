//! The proofs of a document: one, a set, or a chain.

use super::{Proof, ProofError};
use serde_json::{Map, Value};

/// The most proofs that a document may have.
pub const MAX_PROOFS: usize = 16;

/// The proofs of a document, each with its JSON; every proof that another follows is among them.
pub(super) struct ProofSet<'a> {
    proofs: Vec<(&'a Value, Proof)>,
}

impl<'a> ProofSet<'a> {
    /// Reads the proofs of `document`, which may have none.
    pub(super) fn read(document: &'a Map<String, Value>) -> Result<Self, ProofError> {
        let values = match document.get("proof") {
            None => &[],
            Some(Value::Array(several)) if several.len() > MAX_PROOFS => return Err(ProofError::TooMany),
            Some(Value::Array(several)) => several.as_slice(),
            Some(one) => std::slice::from_ref(one),
        };
        let read = |value: &'a Value| Ok((value, Proof::read(value)?));
        let set = Self { proofs: values.iter().map(read).collect::<Result<_, ProofError>>()? };
        set.check_names()?;
        Ok(set)
    }

    fn check_names(&self) -> Result<(), ProofError> {
        for (at, proof) in self.iter().enumerate() {
            if proof.id().is_some_and(|id| self.iter().take(at).any(|earlier| earlier.id() == Some(id))) {
                return Err(ProofError::DuplicateId);
            }
        }
        self.iter().try_for_each(|proof| self.followed(proof.previous()).map(|_| ()))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Proof> {
        self.proofs.iter().map(|(_, proof)| proof)
    }

    pub(super) fn into_proofs(self) -> impl Iterator<Item = Proof> {
        self.proofs.into_iter().map(|(_, proof)| proof)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &'a Value> {
        self.proofs.iter().map(|(value, _)| *value)
    }

    pub(super) fn len(&self) -> usize {
        self.proofs.len()
    }

    /// The proofs of these names, in the order of the names.
    fn followed(&self, names: &[String]) -> Result<Vec<Value>, ProofError> {
        let find = |name: &String| {
            let found = self.proofs.iter().find(|(_, proof)| proof.id() == Some(name));
            found.map(|(value, _)| (*value).clone()).ok_or(ProofError::PreviousProof)
        };
        names.iter().map(find).collect()
    }

    /// What a proof that follows those of `names` signs: the document with them, or with no proof.
    ///
    /// Spec: Data Integrity 1.0 §4.3, §4.5.
    pub(super) fn input(
        &self,
        unsecured: &Map<String, Value>,
        names: &[String],
    ) -> Result<Map<String, Value>, ProofError> {
        let followed = self.followed(names)?;
        let mut input = unsecured.clone();
        if !followed.is_empty() {
            input.insert("proof".into(), Value::Array(followed));
        }
        Ok(input)
    }
}

/// `document` without its proofs.
pub(super) fn without_proofs(document: &Map<String, Value>) -> Map<String, Value> {
    let mut unsecured = document.clone();
    unsecured.remove("proof");
    unsecured
}
