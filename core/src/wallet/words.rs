//! Types in words: what the wallet keeps of a type's description.

use super::{
    error::Refusal,
    model::{CardColours, Localized},
    record::TypeWords,
};
use crate::{
    credential::{
        ClaimPath,
        types::{self, CredentialType, ShippedType, TypeMetadata},
    },
    crypto::Digest,
};
use std::borrow::Cow;

/// The description of a shipped type with this digest.
pub(super) fn shipped(digest: &Digest) -> Option<Vec<u8>> {
    let documents = types::shipped().into_iter().map(|shipped| shipped.document.as_bytes());
    documents.into_iter().find(|document| TypeMetadata::digest(document) == *digest).map(<[u8]>::to_vec)
}

/// The words of a type from its description, whose digest the caller has checked. What it extends must be
/// shipped, or bound by the integrity that the description gives.
pub(super) fn from_metadata(document: &[u8], vct: &str) -> Result<TypeWords, Refusal> {
    let whole = CredentialType::resolve(vct, |wanted| {
        if wanted == vct {
            return Some(Cow::Borrowed(document));
        }
        ShippedType::named(wanted).map(|shipped| Cow::Borrowed(shipped.document.as_bytes()))
    });
    let whole = whole.map_err(|_| Refusal::TypeMetadata)?;
    let both = |of: &dyn Fn(&str) -> Option<String>, otherwise: &str| {
        let text = |locale| of(locale).unwrap_or_else(|| otherwise.to_owned());
        Localized::new(text("zh-CN"), text("en"))
    };
    let label =
        |path: &ClaimPath| both(&|locale| whole.label(path, locale).map(str::to_owned), &path.to_string());
    let colours = whole.colours("en").and_then(|colours| {
        let (background, text) = (colours.background_color.clone()?, colours.text_color.clone()?);
        Some(CardColours { background, text })
    });
    Ok(TypeWords {
        title: both(&|locale| whole.name(locale).map(str::to_owned), vct),
        colours,
        labels: whole.claims().iter().map(|claim| (claim.path.clone(), label(&claim.path))).collect(),
    })
}
