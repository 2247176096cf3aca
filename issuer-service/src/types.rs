//! The credential types that this service can issue: those shipped with the core, resolved once.

use crate::register::Resident;
use std::sync::LazyLock;
use yufu_core::credential::{
    ClaimPath, Format, PathElement,
    types::{CredentialType, ResolveError, ShippedType, shipped},
};

/// Why a type cannot be issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TypeError {
    /// Not among the shipped ones.
    #[error("the credential type `{0}` is not one that this program knows")]
    Unknown(String),
    /// A shipped document is damaged, which its own tests exclude.
    #[error("the credential type `{0}` cannot be read: {1}")]
    Damaged(&'static str, ResolveError),
}

/// A type, ready to be issued under.
#[derive(Debug)]
pub struct Kind {
    shipped: &'static ShippedType,
    resolved: CredentialType,
    disclosable: Vec<ClaimPath>,
}

type Loaded = (&'static ShippedType, Result<Kind, ResolveError>);

static KINDS: LazyLock<Vec<Loaded>> = LazyLock::new(|| {
    let load = |shipped: &'static ShippedType| {
        let kind = shipped.resolve().map(|resolved| {
            let disclosable = resolved.disclosable();
            Kind { shipped, resolved, disclosable }
        });
        (shipped, kind)
    };
    shipped().into_iter().map(load).collect()
});

/// The type called `vct`.
///
/// # Errors
/// [`TypeError`] when it cannot be issued.
pub fn by_vct(vct: &str) -> Result<&'static Kind, TypeError> {
    let found = KINDS.iter().find(|(shipped, _)| shipped.vct == vct);
    match found {
        None => Err(TypeError::Unknown(vct.into())),
        Some((_, Ok(kind))) => Ok(kind),
        Some((shipped, Err(error))) => Err(TypeError::Damaged(shipped.vct, error.clone())),
    }
}

impl Kind {
    /// The type's address.
    #[must_use]
    pub fn vct(&self) -> &'static str {
        self.shipped.vct
    }

    /// Its version in the registry.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.shipped.version
    }

    /// The path of its document on its owner's server.
    #[must_use]
    pub fn path(&self) -> &'static str {
        let rest = self.shipped.vct.strip_prefix("https://").unwrap_or(self.shipped.vct);
        rest.find('/').map_or("/", |slash| &rest[slash..])
    }

    /// Its document, to the byte.
    #[must_use]
    pub fn document(&self) -> &'static str {
        self.shipped.document
    }

    /// Names, labels and rules.
    #[must_use]
    pub fn resolved(&self) -> &CredentialType {
        &self.resolved
    }

    /// What holders may hold back.
    #[must_use]
    pub fn disclosable(&self) -> &[ClaimPath] {
        &self.disclosable
    }

    /// Whether the type describes a claim of that name at its top.
    #[must_use]
    pub fn has_claim(&self, name: &str) -> bool {
        self.resolved.claims().iter().any(
            |claim| matches!(claim.path.steps().first(), Some(PathElement::Name(first)) if first == name),
        )
    }

    /// Whether it says something about a right to land.
    #[must_use]
    pub fn needs_land(&self) -> bool {
        let number = ClaimPath::names("credentialSubject", &["certificate_number"]);
        self.resolved.claims().iter().any(|claim| claim.path == number)
    }

    /// Whether it can be issued in `format`: types of the W3C data model in its formats, the others as
    /// SD-JWT.
    #[must_use]
    pub fn fits(&self, format: Format) -> bool {
        match format {
            Format::SdJwtVc => self.resolved.w3c().is_none(),
            Format::LdpVc | Format::VcJwt => self.resolved.w3c().is_some(),
            Format::MsoMdoc => false,
        }
    }

    /// Whether the register has what it is about.
    #[must_use]
    pub fn is_about(&self, resident: &Resident) -> bool {
        (!self.needs_licence() || resident.licence.is_some())
            && (!self.needs_land() || resident.land.is_some())
    }

    /// Whether it says something about a driving licence.
    #[must_use]
    pub fn needs_licence(&self) -> bool {
        self.has_claim("driving_privileges")
    }
}
