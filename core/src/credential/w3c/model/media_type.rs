//! Media types of secured and unsecured documents.

use std::{fmt, str::FromStr};

/// A media type of this data model.
///
/// Spec: Verifiable Credentials Data Model 2.0 §6.2; VC-JOSE-COSE §6.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// A credential in JSON-LD, with or without a proof in it.
    Vc,
    /// A presentation in JSON-LD, with or without a proof in it.
    Vp,
    /// A credential as a JWT.
    VcJwt,
    /// A presentation as a JWT.
    VpJwt,
    /// A credential as an SD-JWT.
    VcSdJwt,
    /// A presentation as an SD-JWT.
    VpSdJwt,
}

/// Why a text is none of these media types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaTypeError {
    /// Not a type, a subtype and parameters of distinct names.
    #[error("the media type is malformed")]
    Malformed,
    /// A media type of something else.
    #[error("the media type is not of a credential or presentation")]
    Unknown,
}

/// The longest text that is read, in bytes.
const MAX_LENGTH: usize = 512;
const ALL: [MediaType; 6] = [
    MediaType::Vc,
    MediaType::Vp,
    MediaType::VcJwt,
    MediaType::VpJwt,
    MediaType::VcSdJwt,
    MediaType::VpSdJwt,
];

impl MediaType {
    /// The media type, without parameters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vc => "application/vc",
            Self::Vp => "application/vp",
            Self::VcJwt => "application/vc+jwt",
            Self::VpJwt => "application/vp+jwt",
            Self::VcSdJwt => "application/vc+sd-jwt",
            Self::VpSdJwt => "application/vp+sd-jwt",
        }
    }

    /// The same without `application/`, as a JOSE `typ` or `cty` writes it.
    #[must_use]
    pub fn short(self) -> &'static str {
        self.as_str().trim_start_matches("application/")
    }

    /// Whether a JOSE `typ` or `cty` names this media type, in full or short.
    #[must_use]
    pub fn is_named_by(self, name: &str) -> bool {
        name.eq_ignore_ascii_case(self.as_str()) || name.eq_ignore_ascii_case(self.short())
    }

    /// Reads a media type with its parameters, names in lower case.
    ///
    /// # Errors
    /// [`MediaTypeError`].
    ///
    /// Spec: RFC 9110 §8.3.1.
    pub fn parse(text: &str) -> Result<(Self, Vec<(String, String)>), MediaTypeError> {
        if text.len() > MAX_LENGTH {
            return Err(MediaTypeError::Malformed);
        }
        let (essence, rest) = text.find(';').map_or((text, ""), |at| text.split_at(at));
        let essence = essence.trim_matches([' ', '\t']);
        let (kind, subtype) = essence.split_once('/').ok_or(MediaTypeError::Malformed)?;
        if !is_token(kind) || !is_token(subtype) {
            return Err(MediaTypeError::Malformed);
        }
        let parameters = parameters(rest).ok_or(MediaTypeError::Malformed)?;
        let known = ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(essence));
        Ok((known.ok_or(MediaTypeError::Unknown)?, parameters))
    }
}

impl FromStr for MediaType {
    type Err = MediaTypeError;

    fn from_str(text: &str) -> Result<Self, MediaTypeError> {
        Self::parse(text).map(|(media_type, _)| media_type)
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// `;name=value` again and again, a value a token or quoted.
fn parameters(mut rest: &str) -> Option<Vec<(String, String)>> {
    let mut parameters: Vec<(String, String)> = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if rest.is_empty() {
            return Some(parameters);
        }
        rest = rest.strip_prefix(';')?.trim_start_matches([' ', '\t']);
        if rest.is_empty() || rest.starts_with(';') {
            continue;
        }
        let (name, after) = rest.split_once('=')?;
        let name = name.to_ascii_lowercase();
        if !is_token(&name) || parameters.iter().any(|(met, _)| *met == name) {
            return None;
        }
        let (value, after) = if let Some(quoted) = after.strip_prefix('"') {
            quoted_value(quoted)?
        } else {
            let end = after.find([';', ' ', '\t']).unwrap_or(after.len());
            let (value, after) = after.split_at(end);
            (Some(value).filter(|value| is_token(value))?.to_owned(), after)
        };
        parameters.push((name, value));
        rest = after;
    }
}

/// The text up to the closing quotation mark, and what follows it.
fn quoted_value(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(characters.next()?.1),
            control if control.is_control() && control != '\t' => return None,
            other => value.push(other),
        }
    }
    None
}
