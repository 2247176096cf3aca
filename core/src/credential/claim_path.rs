//! Claims path pointers: which claim of a credential is meant.
//!
//! One form serves the type metadata, the issuer's disclosure rules, DCQL queries and the presets.
//!
//! Spec: OpenID4VP 1.0 §7; SD-JWT VC, claim paths.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;
use std::fmt;

/// One step from a claim to one inside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PathElement {
    /// The member of an object; a string in JSON.
    Name(String),
    /// The element of an array, from 0; a number in JSON.
    Index(usize),
    /// Every element of an array; `null` in JSON.
    All,
}

/// A path from the top of a credential to one or more of its claims. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClaimPath(Vec<PathElement>);

/// The most steps that a path may have.
pub const MAX_STEPS: usize = 16;

/// Why a path was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimPathError {
    /// A path has at least one step.
    #[error("a claim path without a step")]
    Empty,
    /// More than [`MAX_STEPS`].
    #[error("a claim path of more than {MAX_STEPS} steps")]
    TooLong,
    /// A step that is no string, no whole number from 0 and not null.
    #[error("a step of a claim path is a name, an index or null")]
    Step,
}

impl ClaimPath {
    /// A path of these steps.
    ///
    /// # Errors
    /// [`ClaimPathError::Empty`] or [`ClaimPathError::TooLong`].
    pub fn new(steps: Vec<PathElement>) -> Result<Self, ClaimPathError> {
        match steps.len() {
            0 => Err(ClaimPathError::Empty),
            1..=MAX_STEPS => Ok(Self(steps)),
            _ => Err(ClaimPathError::TooLong),
        }
    }

    /// The path of a claim at the top.
    #[must_use]
    pub fn name(name: &str) -> Self {
        Self(vec![PathElement::Name(name.to_owned())])
    }

    /// The path through members of objects, outermost first. `first` makes it non-empty.
    #[must_use]
    pub fn names(first: &str, rest: &[&str]) -> Self {
        let steps = std::iter::once(&first).chain(rest);
        Self(steps.map(|name| PathElement::Name((*name).to_owned())).collect())
    }

    /// This path, one step further.
    #[must_use]
    pub fn then(mut self, step: PathElement) -> Self {
        self.0.push(step);
        self
    }

    /// The steps, outermost first.
    #[must_use]
    pub fn steps(&self) -> &[PathElement] {
        &self.0
    }

    /// The path of what this one is a member or element of; none at the top.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        Self::new(above.to_vec()).ok()
    }

    /// Whether it is, or lies below, the claim of that name at the top.
    #[must_use]
    pub fn starts_with_name(&self, name: &str) -> bool {
        matches!(self.0.first(), Some(PathElement::Name(first)) if first == name)
    }

    /// Whether it is, or lies below, a claim that must always be shown.
    #[must_use]
    pub fn is_never_disclosable(&self) -> bool {
        super::sd_jwt::NEVER_DISCLOSABLE.iter().any(|name| self.starts_with_name(name))
    }

    /// The claims that the path names in `claims`; none where it leads nowhere.
    #[must_use]
    pub fn select<'a>(&self, claims: &'a serde_json::Map<String, Value>) -> Vec<&'a Value> {
        let Some((PathElement::Name(first), rest)) = self.0.split_first() else {
            return Vec::new();
        };
        let mut selected: Vec<&Value> = claims.get(first).into_iter().collect();
        for step in rest {
            selected = selected
                .into_iter()
                .flat_map(|value| match (step, value) {
                    (PathElement::Name(name), Value::Object(members)) => {
                        members.get(name).into_iter().collect::<Vec<_>>()
                    }
                    (PathElement::Index(index), Value::Array(elements)) => {
                        elements.get(*index).into_iter().collect()
                    }
                    (PathElement::All, Value::Array(elements)) => elements.iter().collect(),
                    _ => Vec::new(),
                })
                .collect();
        }
        selected
    }

    /// The paths of the claims that this one names in `claims`, each without `null`.
    pub(crate) fn resolve(&self, claims: &serde_json::Map<String, Value>, into: &mut Vec<Self>) {
        let Some((PathElement::Name(first), rest)) = self.0.split_first() else { return };
        let Some(value) = claims.get(first) else { return };
        let mut way = Vec::with_capacity(self.0.len());
        way.push(PathElement::Name(first.clone()));
        resolve(value, rest, &mut way, into);
    }

    /// Whether one of the two paths leads through or to the claims of the other: to show the one, the
    /// other must be opened.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| match (a, b) {
            (PathElement::Name(a), PathElement::Name(b)) => a == b,
            (PathElement::Index(a), PathElement::Index(b)) => a == b,
            (PathElement::All, PathElement::Index(_) | PathElement::All)
            | (PathElement::Index(_), PathElement::All) => true,
            _ => false,
        })
    }
}

fn resolve(value: &Value, steps: &[PathElement], way: &mut Vec<PathElement>, into: &mut Vec<ClaimPath>) {
    let Some((step, rest)) = steps.split_first() else {
        into.push(ClaimPath(way.clone()));
        return;
    };
    let mut go = |value: &Value, step: PathElement| {
        way.push(step);
        resolve(value, rest, way, into);
        way.pop();
    };
    match (step, value) {
        (PathElement::Name(name), Value::Object(members)) => {
            if let Some(value) = members.get(name) {
                go(value, step.clone());
            }
        }
        (PathElement::Index(index), Value::Array(elements)) => {
            if let Some(value) = elements.get(*index) {
                go(value, step.clone());
            }
        }
        (PathElement::All, Value::Array(elements)) => {
            for (index, value) in elements.iter().enumerate() {
                go(value, PathElement::Index(index));
            }
        }
        _ => {}
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                PathElement::Name(name) if i == 0 => f.write_str(name)?,
                PathElement::Name(name) => write!(f, ".{name}")?,
                PathElement::Index(index) => write!(f, "[{index}]")?,
                PathElement::All => f.write_str("[]")?,
            }
        }
        Ok(())
    }
}

impl Serialize for PathElement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Name(name) => serializer.serialize_str(name),
            Self::Index(index) => index.serialize(serializer),
            Self::All => serializer.serialize_unit(),
        }
    }
}

impl<'de> Deserialize<'de> for PathElement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(name) => Ok(Self::Name(name)),
            Value::Null => Ok(Self::All),
            Value::Number(number) => number
                .as_u64()
                .and_then(|index| usize::try_from(index).ok())
                .map(Self::Index)
                .ok_or_else(|| de::Error::custom(ClaimPathError::Step)),
            _ => Err(de::Error::custom(ClaimPathError::Step)),
        }
    }
}

impl Serialize for ClaimPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ClaimPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Vec::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(json: Value) -> ClaimPath {
        serde_json::from_value(json).unwrap()
    }

    fn select(json: Value, claims: &Value) -> Vec<Value> {
        path(json).select(claims.as_object().unwrap()).into_iter().cloned().collect()
    }

    #[test]
    fn selects_as_the_examples_of_openid4vp_say() {
        let claims = json!({
            "name": "Arthur Dent",
            "address": {"street_address": "42 Market Street", "locality": "Milliways"},
            "degrees": [
                {"type": "Bachelor of Science", "university": "University of Betelgeuse"},
                {"type": "Master of Science", "university": "University of Betelgeuse"}
            ],
            "nationalities": ["British", "Betelgeusian"]
        });
        assert_eq!(select(json!(["name"]), &claims), [json!("Arthur Dent")]);
        assert_eq!(select(json!(["address", "street_address"]), &claims), [json!("42 Market Street")]);
        assert_eq!(select(json!(["nationalities", 1]), &claims), [json!("Betelgeusian")]);
        assert_eq!(
            select(json!(["degrees", null, "type"]), &claims),
            [json!("Bachelor of Science"), json!("Master of Science")]
        );
        assert!(select(json!(["nationalities", "x"]), &claims).is_empty());
        assert!(select(json!([0]), &claims).is_empty());
    }

    #[test]
    fn refuses_paths_that_are_none() {
        for bad in [json!([]), json!([-1]), json!([1.5]), json!([true]), json!([["a"]]), json!(vec!["a"; 17])]
        {
            assert!(serde_json::from_value::<ClaimPath>(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_path_opens_what_lies_above_and_below_it() {
        let address = path(json!(["address"]));
        let street = path(json!(["address", "street"]));
        assert!(address.overlaps(&street) && street.overlaps(&address));
        assert!(!street.overlaps(&path(json!(["address", "city"]))));
        assert!(path(json!(["n", null])).overlaps(&path(json!(["n", 3]))));
        assert!(!path(json!(["n", 2])).overlaps(&path(json!(["n", 3]))));
    }
}
