//! Reads a register from CSV. A row that does not hold is reported by line and column and kept out;
//! the others come in.

use super::{Address, Date, LandTitle, Licence, MAX_PORTRAIT, MAX_PORTRAIT_SMALL, Resident, Sex, portrait};
use crate::db::{Database, DbError, residents};
use std::{
    fmt,
    path::{Component, Path, PathBuf},
};

/// The columns, by the names of the file's first line; their order is free. Those of a land title may be
/// left out.
pub const COLUMNS: [&str; 26] = [
    "number",
    "family_name",
    "given_name",
    "name_zh",
    "birth_date",
    "sex",
    "nationality",
    "street_address",
    "locality",
    "region",
    "postal_code",
    "country",
    "licence_number",
    "licence_categories",
    "licence_issued",
    "licence_expires",
    "portrait",
    "portrait_small",
    "land_certificate",
    "land_parcel",
    "land_location",
    "land_area_m2",
    "land_use",
    "land_right",
    "land_share",
    "land_registered",
];
/// How many of them a file must have.
const REQUIRED: usize = 18;

/// Rows that share a commit.
const BATCH: usize = 200;
/// The largest file of a register, in bytes.
const MAX_FILE: u64 = 1 << 30;

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is larger than any register.
    #[error("{0} is larger than a register can be")]
    TooLarge(PathBuf),
    /// The first line does not name the columns.
    #[error("the first line must name the columns; `{0}` is missing")]
    MissingColumn(&'static str),
    /// The first line names a column that nothing is read from: most likely a slip.
    #[error("the first line names a column `{0}` that a register does not have")]
    UnknownColumn(String),
    /// The first line names a column twice.
    #[error("the first line names the column `{0}` twice")]
    ColumnTwice(String),
    /// The file is not CSV.
    #[error("not a CSV file: {0}")]
    Csv(#[from] csv::Error),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Why a row was kept out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Line of the file, from 1.
    pub line: u64,
    /// The column's name; `None` when the row as a whole is at fault.
    pub column: Option<&'static str>,
    /// What is wrong, without repeating what the field says.
    pub reason: RowError,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(f, "line {}, column {column}: {}", self.line, self.reason),
            None => write!(f, "line {}: {}", self.line, self.reason),
        }
    }
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// Another number of fields than columns.
    #[error("the row has {found} fields, not {expected}")]
    Fields {
        /// In the row.
        found: usize,
        /// In the first line.
        expected: usize,
    },
    /// Bytes that are not UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// Nothing there.
    #[error("the field is empty")]
    Empty,
    /// Too many characters.
    #[error("the field is longer than {0} characters")]
    TooLong(usize),
    /// A control character.
    #[error("the field has a control character")]
    ControlCharacter,
    /// Not capital letters, digits and hyphens.
    #[error("a number has capital letters, digits and hyphens only")]
    Number,
    /// Another row of this file has the number.
    #[error("the number stands in line {0} too")]
    NumberTwice(u64),
    /// A Latin name with other letters.
    #[error("a name in Latin letters is expected")]
    NotLatin,
    /// A Chinese name without a Chinese character.
    #[error("a name in Chinese characters is expected")]
    NotChinese,
    /// Not a date.
    #[error("{0}")]
    Date(super::DateError),
    /// Born after today, or more than 130 years ago.
    #[error("nobody alive was born on that day")]
    BirthDate,
    /// Not a code of ISO/IEC 5218.
    #[error("sex is 0, 1, 2 or 9")]
    Sex,
    /// Not two capital letters.
    #[error("a country is two capital letters")]
    Country,
    /// A licence without all of its fields, or fields without a licence.
    #[error("a licence needs number, categories, date of issue and last day, or none of them")]
    Licence,
    /// A licence that ends before it begins.
    #[error("the licence ends before it begins")]
    LicenceOrder,
    /// Not a category.
    #[error("a licence category is one or two capital letters and at most a digit")]
    Category,
    /// A land title without all of its fields, or fields without a title.
    #[error("a land title needs all of its fields but the share, or none of them")]
    Land,
    /// Not a number of square metres.
    #[error("an area is a number of square metres, such as 89.40")]
    Area,
    /// Registered after today.
    #[error("a right cannot have been registered after today")]
    Registered,
    /// A path that leaves the folder of the file.
    #[error("the picture must lie in the folder of the file")]
    Path,
    /// No such file, or not readable.
    #[error("the picture cannot be read")]
    Unreadable,
    /// Not a picture that is taken, or too large.
    #[error("{0}")]
    Portrait(portrait::PortraitError),
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Rows that came in.
    pub imported: u64,
    /// Rows that were kept out.
    pub bad: Vec<BadRow>,
}

/// Reads the register at `path` into the database. `now` is in seconds; `progress` is called with the
/// bytes read so far and all bytes.
///
/// # Errors
/// [`ImportError`] when the file as a whole cannot be used. Rows committed before a failure stay: the
/// same import can be run again.
pub fn import(
    db: &Database,
    path: &Path,
    now: u64,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<ImportReport, ImportError> {
    let read = |source| ImportError::Read { path: path.into(), source };
    let total = std::fs::metadata(path).map_err(read)?.len();
    if total > MAX_FILE {
        return Err(ImportError::TooLarge(path.into()));
    }
    let file = std::fs::File::open(path).map_err(read)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let columns = Columns::read(&mut reader)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let today = Date::of(now);

    let mut report = ImportReport::default();
    let mut seen = std::collections::HashMap::new();
    let mut batch = Vec::with_capacity(BATCH);
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        let parsed = columns.row(&record, folder, today).and_then(|resident| {
            match seen.insert(resident.number.clone(), line) {
                Some(first) => Err((Some("number"), RowError::NumberTwice(first))),
                None => Ok(resident),
            }
        });
        match parsed {
            Ok(resident) => batch.push(resident),
            Err((column, reason)) => report.bad.push(BadRow { line, column, reason }),
        }
        if batch.len() == BATCH {
            report.imported += commit(db, std::mem::take(&mut batch))?;
            progress(reader.position().byte(), total);
        }
    }
    report.imported += commit(db, batch)?;
    progress(total, total);
    tracing::info!(imported = report.imported, bad = report.bad.len(), "register imported");
    Ok(report)
}

/// Writes residents in one commit.
///
/// # Errors
/// [`DbError`] when it fails; then none of them was written.
pub fn commit(db: &Database, residents: Vec<Resident>) -> Result<u64, DbError> {
    db.write(move |connection| {
        for resident in &residents {
            residents::put(connection, resident)?;
        }
        Ok(residents.len() as u64)
    })
}

struct Columns {
    /// Position of each of [`COLUMNS`] in the file.
    at: [usize; COLUMNS.len()],
    count: usize,
}

type Refusal = (Option<&'static str>, RowError);

impl Columns {
    fn read(reader: &mut csv::Reader<std::fs::File>) -> Result<Self, ImportError> {
        let header = reader.headers()?.clone();
        let mut at = [usize::MAX; COLUMNS.len()];
        for (position, name) in header.iter().enumerate() {
            let name = name.trim().trim_start_matches('\u{feff}');
            let slot = COLUMNS.iter().position(|column| *column == name);
            let slot = slot.ok_or_else(|| ImportError::UnknownColumn(name.into()))?;
            if at[slot] != usize::MAX {
                return Err(ImportError::ColumnTwice(name.into()));
            }
            at[slot] = position;
        }
        match at.iter().take(REQUIRED).position(|position| *position == usize::MAX) {
            Some(missing) => Err(ImportError::MissingColumn(COLUMNS[missing])),
            None => Ok(Self { at, count: header.len() }),
        }
    }

    fn row(&self, record: &csv::ByteRecord, folder: &Path, today: Date) -> Result<Resident, Refusal> {
        if record.len() != self.count {
            return Err((None, RowError::Fields { found: record.len(), expected: self.count }));
        }
        let row = Row { columns: self, record };
        let (portrait, portrait_small) = row.portraits(folder)?;
        Ok(Resident {
            number: row.number("number")?,
            family_name: row.latin("family_name")?,
            given_name: row.latin("given_name")?,
            name_zh: row.chinese("name_zh")?,
            birth_date: row.birth_date(today)?,
            sex: row.sex()?,
            nationality: row.country("nationality")?,
            address: Address {
                street_address: row.text("street_address", 120)?,
                locality: row.text("locality", 60)?,
                region: row.text("region", 60)?,
                postal_code: row.text("postal_code", 12)?,
                country: row.country("country")?,
            },
            licence: row.licence()?,
            land: row.land(today)?,
            portrait,
            portrait_small,
        })
    }
}

struct Row<'a> {
    columns: &'a Columns,
    record: &'a csv::ByteRecord,
}

impl<'a> Row<'a> {
    /// A field that may be empty.
    fn raw(&self, column: &'static str, max: usize) -> Result<&'a str, Refusal> {
        let refuse = |reason| Err((Some(column), reason));
        let slot = COLUMNS.iter().position(|name| *name == column).map(|slot| self.columns.at[slot]);
        let bytes = slot.and_then(|at| self.record.get(at)).unwrap_or_default();
        let Ok(text) = std::str::from_utf8(bytes) else { return refuse(RowError::Encoding) };
        let text = text.trim();
        if text.chars().count() > max {
            return refuse(RowError::TooLong(max));
        }
        if text.chars().any(char::is_control) {
            return refuse(RowError::ControlCharacter);
        }
        Ok(text)
    }

    fn text(&self, column: &'static str, max: usize) -> Result<String, Refusal> {
        match self.raw(column, max)? {
            "" => Err((Some(column), RowError::Empty)),
            text => Ok(text.to_owned()),
        }
    }

    fn number(&self, column: &'static str) -> Result<String, Refusal> {
        let text = self.text(column, 24)?;
        let fits = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(text) } else { Err((Some(column), RowError::Number)) }
    }

    fn latin(&self, column: &'static str) -> Result<String, Refusal> {
        let text = self.text(column, 80)?;
        // Latin letters with their marks end at U+024F; Latin Extended Additional has the rest.
        let latin = |c: char| {
            c.is_alphabetic() && (c <= '\u{24f}' || ('\u{1e00}'..='\u{1eff}').contains(&c))
                || matches!(c, ' ' | '-' | '\'' | '’' | '.' | '·')
        };
        if text.chars().all(latin) { Ok(text) } else { Err((Some(column), RowError::NotLatin)) }
    }

    fn chinese(&self, column: &'static str) -> Result<String, Refusal> {
        let text = self.text(column, 40)?;
        let han = |c: char| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}' | '〇');
        let fits = text.chars().any(han) && text.chars().all(|c| han(c) || c == '·');
        if fits { Ok(text) } else { Err((Some(column), RowError::NotChinese)) }
    }

    fn date(&self, column: &'static str) -> Result<Date, Refusal> {
        let text = self.text(column, 10)?;
        text.parse().map_err(|e| (Some(column), RowError::Date(e)))
    }

    fn birth_date(&self, today: Date) -> Result<Date, Refusal> {
        let date = self.date("birth_date")?;
        if date > today || date.years_until(today) > 130 {
            return Err((Some("birth_date"), RowError::BirthDate));
        }
        Ok(date)
    }

    fn sex(&self) -> Result<Sex, Refusal> {
        let text = self.text("sex", 1)?;
        text.parse().ok().and_then(Sex::from_code).ok_or((Some("sex"), RowError::Sex))
    }

    fn country(&self, column: &'static str) -> Result<String, Refusal> {
        let text = self.text(column, 2)?;
        let fits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
        if fits { Ok(text) } else { Err((Some(column), RowError::Country)) }
    }

    fn licence(&self) -> Result<Option<Licence>, Refusal> {
        const FIELDS: [&str; 4] =
            ["licence_number", "licence_categories", "licence_issued", "licence_expires"];
        let mut filled = 0;
        for field in FIELDS {
            filled += usize::from(!self.raw(field, 80)?.is_empty());
        }
        if filled == 0 {
            return Ok(None);
        }
        if filled < FIELDS.len() {
            return Err((Some(FIELDS[0]), RowError::Licence));
        }
        let categories: Vec<_> =
            self.raw("licence_categories", 80)?.split_whitespace().map(str::to_owned).collect();
        let category = |c: &String| {
            let letters = c.trim_end_matches(|c: char| c.is_ascii_digit());
            matches!(letters.len(), 1..=2)
                && c.len() - letters.len() <= 1
                && letters.bytes().all(|b| b.is_ascii_uppercase())
        };
        if !categories.iter().all(category) {
            return Err((Some("licence_categories"), RowError::Category));
        }
        let (issued, expires) = (self.date("licence_issued")?, self.date("licence_expires")?);
        if expires < issued {
            return Err((Some("licence_expires"), RowError::LicenceOrder));
        }
        Ok(Some(Licence { number: self.number("licence_number")?, categories, issued, expires }))
    }

    fn land(&self, today: Date) -> Result<Option<LandTitle>, Refusal> {
        const FIELDS: [&str; 7] = [
            "land_certificate",
            "land_parcel",
            "land_location",
            "land_area_m2",
            "land_use",
            "land_right",
            "land_registered",
        ];
        let mut filled = 0;
        for field in FIELDS {
            filled += usize::from(!self.raw(field, 200)?.is_empty());
        }
        let share = Some(self.raw("land_share", 20)?).filter(|share| !share.is_empty());
        if filled == 0 && share.is_none() {
            return Ok(None);
        }
        if filled < FIELDS.len() {
            return Err((Some(FIELDS[0]), RowError::Land));
        }
        let area_m2 = self.text("land_area_m2", 12)?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let is_area = match area_m2.split_once('.') {
            Some((whole, decimals)) => digits(whole) && digits(decimals),
            None => digits(&area_m2),
        };
        if !is_area {
            return Err((Some("land_area_m2"), RowError::Area));
        }
        let registered_on = self.date("land_registered")?;
        if registered_on > today {
            return Err((Some("land_registered"), RowError::Registered));
        }
        Ok(Some(LandTitle {
            certificate_number: self.text("land_certificate", 60)?,
            parcel_number: self.text("land_parcel", 40)?,
            location: self.text("land_location", 200)?,
            area_m2,
            land_use: self.text("land_use", 60)?,
            right_type: self.text("land_right", 60)?,
            share: share.map(str::to_owned),
            registered_on,
        }))
    }

    /// Both pictures; a register without small ones gets them made.
    fn portraits(&self, folder: &Path) -> Result<(Vec<u8>, Vec<u8>), Refusal> {
        let portrait = picture(folder, &self.text("portrait", 200)?, MAX_PORTRAIT);
        let portrait = portrait.map_err(|e| (Some("portrait"), e))?;
        let small = match self.raw("portrait_small", 200)? {
            "" => portrait::small_from(&portrait).map_err(RowError::Portrait),
            name => picture(folder, name, MAX_PORTRAIT_SMALL),
        };
        Ok((portrait, small.map_err(|e| (Some("portrait_small"), e))?))
    }
}

fn picture(folder: &Path, name: &str, max: usize) -> Result<Vec<u8>, RowError> {
    let path = Path::new(name);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(RowError::Path);
    }
    let path = folder.join(path);
    let metadata = std::fs::metadata(&path).map_err(|_| RowError::Unreadable)?;
    if metadata.len() > max as u64 {
        return Err(RowError::Portrait(portrait::PortraitError::TooLarge { max }));
    }
    let bytes = std::fs::read(&path).map_err(|_| RowError::Unreadable)?;
    portrait::check(&bytes, max).map_err(RowError::Portrait)?;
    Ok(bytes)
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
