//! An agency's register: residents, read from a file of the agency's or made up for a demonstration.

mod date;
mod face;
pub mod import;
mod names;
pub mod portrait;
pub mod synthetic;
mod write;

pub use date::{Date, DateError};
pub use import::{ImportError, ImportReport, commit, import};
pub use synthetic::synthetic;
pub use write::write_csv;

/// The largest `portrait`, in bytes.
pub const MAX_PORTRAIT: usize = 64 * 1024;
/// The largest `portrait_small`, in bytes: it travels in a code on a screen.
pub const MAX_PORTRAIT_SMALL: usize = 1000;

/// One person in the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resident {
    /// The number that the register knows the person by.
    pub number: String,
    /// In Latin letters.
    pub family_name: String,
    /// In Latin letters.
    pub given_name: String,
    /// The whole name in Chinese characters.
    pub name_zh: String,
    /// Date of birth.
    pub birth_date: Date,
    /// Sex.
    pub sex: Sex,
    /// ISO 3166-1 alpha-2.
    pub nationality: String,
    /// Where the person lives.
    pub address: Address,
    /// The driving licence, where the person has one and this register knows it.
    pub licence: Option<Licence>,
    /// The right to a home, where the person has one and this register knows it.
    pub land: Option<LandTitle>,
    /// A picture: JPEG or WebP.
    pub portrait: Vec<u8>,
    /// A small picture of the same face, at most [`MAX_PORTRAIT_SMALL`] bytes.
    pub portrait_small: Vec<u8>,
}

/// A postal address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// House and street.
    pub street_address: String,
    /// Town or district.
    pub locality: String,
    /// Province or region.
    pub region: String,
    /// Postal code.
    pub postal_code: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

/// A driving licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence {
    /// Its number.
    pub number: String,
    /// Vehicle categories, such as `B` and `C1`.
    pub categories: Vec<String>,
    /// Date of issue.
    pub issued: Date,
    /// Last day.
    pub expires: Date,
}

/// A registered right to land or a home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LandTitle {
    /// Number of the certificate.
    pub certificate_number: String,
    /// Number of the parcel or unit.
    pub parcel_number: String,
    /// Where it is.
    pub location: String,
    /// Area in square metres, with a point before the decimals.
    pub area_m2: String,
    /// What it is used for.
    pub land_use: String,
    /// Which right it is.
    pub right_type: String,
    /// The owner's share, where there are several: `1/2`.
    pub share: Option<String>,
    /// When it was registered.
    pub registered_on: Date,
}

/// Sex, in the codes of ISO/IEC 5218 that credentials use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    /// Not known.
    NotKnown,
    /// Male.
    Male,
    /// Female.
    Female,
    /// Not applicable.
    NotApplicable,
}

impl Sex {
    /// The code.
    #[must_use]
    pub fn code(self) -> i64 {
        match self {
            Self::NotKnown => 0,
            Self::Male => 1,
            Self::Female => 2,
            Self::NotApplicable => 9,
        }
    }

    /// The sex of a code.
    #[must_use]
    pub fn from_code(code: i64) -> Option<Self> {
        [Self::NotKnown, Self::Male, Self::Female, Self::NotApplicable].into_iter().find(|s| s.code() == code)
    }
}
