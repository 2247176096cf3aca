//! Digests and disclosures: putting what was disclosed in its place.

use super::{MAX_DEPTH, MAX_DISCLOSURES, NEVER_DISCLOSABLE, SdJwtError};
use crate::{
    credential::{ClaimPath, PathElement},
    crypto::sha256,
    jose::parse_json,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// A digest as it stands in a payload: 43 characters of base64url.
pub(super) type DigestText = [u8; 43];

/// Where a disclosure's claim stands, all disclosures in place.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Which disclosure, in the order received.
    pub(super) disclosure: usize,
    /// The path of its claim.
    pub(super) path: ClaimPath,
}

/// The digest of a disclosure: of its base64url text, not of what that decodes to.
pub(super) fn digest(disclosure: &str) -> DigestText {
    encode(&sha256(&[disclosure.as_bytes()]))
}

pub(super) fn encode(digest: &[u8; 32]) -> DigestText {
    let mut text = [0; 43];
    // 32 bytes are 43 characters: the slice always fits.
    let written = URL_SAFE_NO_PAD.encode_slice(digest, &mut text);
    debug_assert_eq!(written, Ok(43));
    text
}

/// Puts `disclosures` in their places in `payload` and takes the marks of selective disclosure out.
///
/// # Errors
/// [`SdJwtError`] by the first rule that is broken.
///
/// Spec: RFC 9901 §7.1, step 3 on; SD-JWT VC on claims that are always shown.
pub(super) fn resolve(payload: &mut Map<String, Value>, disclosures: &[&str]) -> Result<(), SdJwtError> {
    resolve_but(&NEVER_DISCLOSABLE, payload, disclosures)
}

/// [`resolve`] where other claims must always be shown.
pub(crate) fn resolve_but(
    never: &[&str],
    payload: &mut Map<String, Value>,
    disclosures: &[&str],
) -> Result<(), SdJwtError> {
    Resolver::new(disclosures, never, None)?.run(payload).map(|_| ())
}

/// [`resolve`], and the place of each disclosure.
pub(super) fn resolve_with_places(
    payload: &mut Map<String, Value>,
    disclosures: &[&str],
) -> Result<Vec<Place>, SdJwtError> {
    Resolver::new(disclosures, &NEVER_DISCLOSABLE, Some(Vec::new()))?.run(payload)
}

struct Resolver<'a> {
    disclosures: &'a [&'a str],
    /// Claims at the top that must always be shown.
    never: &'a [&'a str],
    by_digest: HashMap<DigestText, usize>,
    /// Every digest met so far, decoys too.
    met: HashSet<String>,
    placed: usize,
    /// Inside a claim that must always be shown.
    fixed: bool,
    places: Option<Vec<Place>>,
    /// The way to where we are; kept only where places are asked for.
    path: Vec<PathElement>,
}

impl<'a> Resolver<'a> {
    fn new(
        disclosures: &'a [&'a str],
        never: &'a [&'a str],
        places: Option<Vec<Place>>,
    ) -> Result<Self, SdJwtError> {
        if disclosures.len() > MAX_DISCLOSURES {
            return Err(SdJwtError::TooLarge);
        }
        let mut by_digest = HashMap::with_capacity(disclosures.len());
        for (i, disclosure) in disclosures.iter().enumerate() {
            if by_digest.insert(digest(disclosure), i).is_some() {
                return Err(SdJwtError::DigestTwice);
            }
        }
        Ok(Self {
            disclosures,
            never,
            by_digest,
            met: HashSet::new(),
            placed: 0,
            fixed: false,
            places,
            path: Vec::new(),
        })
    }

    fn run(mut self, payload: &mut Map<String, Value>) -> Result<Vec<Place>, SdJwtError> {
        match payload.remove("_sd_alg") {
            None => {}
            Some(Value::String(name)) if name == "sha-256" => {}
            Some(_) => return Err(SdJwtError::HashAlgorithm),
        }
        self.object(payload, 0)?;
        if self.placed != self.disclosures.len() {
            return Err(SdJwtError::Unreferenced);
        }
        Ok(self.places.unwrap_or_default())
    }

    fn value(&mut self, value: &mut Value, depth: usize) -> Result<(), SdJwtError> {
        match value {
            Value::Object(members) => self.object(members, depth),
            Value::Array(elements) => self.array(elements, depth),
            _ => Ok(()),
        }
    }

    fn object(&mut self, members: &mut Map<String, Value>, depth: usize) -> Result<(), SdJwtError> {
        if depth >= MAX_DEPTH {
            return Err(SdJwtError::TooLarge);
        }
        if members.contains_key("...") {
            return Err(SdJwtError::Digest);
        }
        let digests = match members.remove("_sd") {
            None => Vec::new(),
            Some(_) if self.fixed => return Err(SdJwtError::NeverDisclosable),
            Some(Value::Array(digests)) => digests,
            Some(_) => return Err(SdJwtError::Digest),
        };
        for (name, value) in members.iter_mut() {
            // Scalars have nothing to resolve.
            if matches!(value, Value::Object(_) | Value::Array(_)) {
                self.fixed |= depth == 0 && self.never.contains(&name.as_str());
                self.step(|| PathElement::Name(name.clone()));
                self.value(value, depth + 1)?;
                self.path.pop();
                self.fixed &= depth != 0;
            }
        }
        for digest in digests {
            let Value::String(digest) = digest else { return Err(SdJwtError::Digest) };
            let Some(disclosure) = self.meet(digest)? else { continue };
            let [_salt, Value::String(name), mut value] = self.open::<3>(disclosure)? else {
                return Err(SdJwtError::Disclosure);
            };
            if matches!(name.as_str(), "_sd" | "_sd_alg" | "...") {
                return Err(SdJwtError::ReservedName);
            }
            if depth == 0 && self.never.contains(&name.as_str()) {
                return Err(SdJwtError::NeverDisclosable);
            }
            if members.contains_key(&name) {
                return Err(SdJwtError::ClaimTwice);
            }
            self.step(|| PathElement::Name(name.clone()));
            self.place(disclosure, &mut value, depth + 1)?;
            members.insert(name, value);
        }
        Ok(())
    }

    fn array(&mut self, elements: &mut Vec<Value>, depth: usize) -> Result<(), SdJwtError> {
        if depth >= MAX_DEPTH {
            return Err(SdJwtError::TooLarge);
        }
        for mut element in std::mem::take(elements) {
            let index = elements.len();
            if let Value::Object(members) = &mut element
                && let Some(digest) = members.remove("...")
            {
                if self.fixed {
                    return Err(SdJwtError::NeverDisclosable);
                }
                let Value::String(digest) = digest else { return Err(SdJwtError::Digest) };
                if !members.is_empty() {
                    return Err(SdJwtError::Digest);
                }
                let Some(disclosure) = self.meet(digest)? else { continue };
                let [_salt, mut value] = self.open::<2>(disclosure)?;
                self.step(|| PathElement::Index(index));
                self.place(disclosure, &mut value, depth + 1)?;
                elements.push(value);
            } else {
                self.step(|| PathElement::Index(index));
                self.value(&mut element, depth + 1)?;
                self.path.pop();
                elements.push(element);
            }
        }
        Ok(())
    }

    /// The disclosure of a digest; none for a decoy, or where the holder held it back.
    fn meet(&mut self, digest: String) -> Result<Option<usize>, SdJwtError> {
        let disclosure = <&DigestText>::try_from(digest.as_bytes())
            .ok()
            .and_then(|digest| self.by_digest.get(digest))
            .copied();
        if self.met.insert(digest) { Ok(disclosure) } else { Err(SdJwtError::DigestTwice) }
    }

    fn open<const N: usize>(&self, disclosure: usize) -> Result<[Value; N], SdJwtError> {
        let text = self.disclosures.get(disclosure).ok_or(SdJwtError::Unreferenced)?;
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| SdJwtError::Disclosure)?;
        let Ok(Value::Array(parts)) = parse_json(&json) else { return Err(SdJwtError::Disclosure) };
        let parts: [Value; N] = parts.try_into().map_err(|_| SdJwtError::Disclosure)?;
        // The salt is the first of them in both forms.
        if parts.first().is_some_and(Value::is_string) { Ok(parts) } else { Err(SdJwtError::Disclosure) }
    }

    /// Resolves what was disclosed; the path's last step is its own, and is taken back.
    fn place(&mut self, disclosure: usize, value: &mut Value, depth: usize) -> Result<(), SdJwtError> {
        self.placed += 1;
        if let Some(places) = &mut self.places {
            let path = ClaimPath::new(self.path.clone()).map_err(|_| SdJwtError::TooLarge)?;
            places.push(Place { disclosure, path });
        }
        self.value(value, depth)?;
        self.path.pop();
        Ok(())
    }

    fn step(&mut self, step: impl FnOnce() -> PathElement) {
        if self.places.is_some() {
            self.path.push(step());
        }
    }
}
