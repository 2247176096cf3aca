//! The register: who there is to issue to.

use super::DbError;
use crate::register::Resident;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A row of the clerk's search: no portrait, no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The row.
    pub id: i64,
    /// The resident number.
    pub number: String,
    /// Name in Chinese characters.
    pub name_zh: String,
    /// Name in Latin letters, family name first.
    pub name_latin: String,
    /// ISO 8601 date.
    pub birth_date: String,
}

/// Adds a resident, or replaces the one with the same number.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn put(connection: &Connection, resident: &Resident) -> Result<i64, DbError> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO residents (number, family_name, given_name, name_zh, birth_date, sex, nationality,
             street_address, locality, region, postal_code, country,
             licence_number, licence_categories, licence_issued, licence_expires, portrait, portrait_small,
             land_certificate, land_parcel, land_location, land_area_m2, land_use, land_right, land_share,
             land_registered)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
             ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26)
         ON CONFLICT (number) DO UPDATE SET
             family_name = ?2, given_name = ?3, name_zh = ?4, birth_date = ?5, sex = ?6, nationality = ?7,
             street_address = ?8, locality = ?9, region = ?10, postal_code = ?11, country = ?12,
             licence_number = ?13, licence_categories = ?14, licence_issued = ?15, licence_expires = ?16,
             portrait = ?17, portrait_small = ?18, land_certificate = ?19, land_parcel = ?20,
             land_location = ?21, land_area_m2 = ?22, land_use = ?23, land_right = ?24, land_share = ?25,
             land_registered = ?26
         RETURNING id",
    )?;
    let (licence, land) = (resident.licence.as_ref(), resident.land.as_ref());
    let id = statement.query_row(
        params![
            resident.number,
            resident.family_name,
            resident.given_name,
            resident.name_zh,
            resident.birth_date.to_string(),
            resident.sex.code(),
            resident.nationality,
            resident.address.street_address,
            resident.address.locality,
            resident.address.region,
            resident.address.postal_code,
            resident.address.country,
            licence.map(|l| &l.number),
            licence.map(|l| l.categories.join(" ")),
            licence.map(|l| l.issued.to_string()),
            licence.map(|l| l.expires.to_string()),
            resident.portrait,
            resident.portrait_small,
            land.map(|l| &l.certificate_number),
            land.map(|l| &l.parcel_number),
            land.map(|l| &l.location),
            land.map(|l| &l.area_m2),
            land.map(|l| &l.land_use),
            land.map(|l| &l.right_type),
            land.and_then(|l| l.share.as_ref()),
            land.map(|l| l.registered_on.to_string()),
        ],
        |row| row.get(0),
    )?;
    Ok(id)
}

/// The resident of a row.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn by_id(connection: &Connection, id: i64) -> Result<Option<Resident>, DbError> {
    let mut statement = connection.prepare_cached("SELECT * FROM residents WHERE id = ?1")?;
    Ok(statement.query_row([id], resident).optional()?)
}

/// The row of a resident number.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn id_of(connection: &Connection, number: &str) -> Result<Option<i64>, DbError> {
    let mut statement = connection.prepare_cached("SELECT id FROM residents WHERE number = ?1")?;
    Ok(statement.query_row([number], |row| row.get(0)).optional()?)
}

/// How many residents there are.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn count(connection: &Connection) -> Result<u64, DbError> {
    let count: i64 = connection.query_row("SELECT count(*) FROM residents", [], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Residents whose number or name starts with `text`: in Chinese, or in Latin letters with the family
/// name or the given name first. At most `limit` of them.
///
/// # Errors
/// [`DbError`] when SQLite fails.
pub fn search(connection: &Connection, text: &str, limit: u32) -> Result<Vec<Found>, DbError> {
    let escaped: String = text
        .trim()
        .chars()
        .take(64)
        .flat_map(|c| if matches!(c, '%' | '_' | '\\') { vec!['\\', c] } else { vec![c] })
        .collect();
    let mut statement = connection.prepare_cached(
        "SELECT id, number, name_zh, family_name || ' ' || given_name, birth_date FROM residents
         WHERE number LIKE ?1 ESCAPE '\\' OR name_zh LIKE ?1 ESCAPE '\\'
            OR family_name || ' ' || given_name LIKE ?1 ESCAPE '\\'
            OR given_name || ' ' || family_name LIKE ?1 ESCAPE '\\'
         ORDER BY family_name, given_name, number LIMIT ?2",
    )?;
    let rows = statement.query_map(params![format!("{escaped}%"), limit], |row| {
        Ok(Found {
            id: row.get(0)?,
            number: row.get(1)?,
            name_zh: row.get(2)?,
            name_latin: row.get(3)?,
            birth_date: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn resident(row: &Row<'_>) -> rusqlite::Result<Resident> {
    use crate::register::{Address, Date, LandTitle, Licence, Sex};
    // What was written was checked, so what is read fails only when somebody edited the file.
    let date = |column: &str| -> rusqlite::Result<Date> {
        let text: String = row.get(column)?;
        text.parse().map_err(|e| {
            rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(e))
        })
    };
    let sex: i64 = row.get("sex")?;
    let licence = match row.get::<_, Option<String>>("licence_number")? {
        None => None,
        Some(number) => Some(Licence {
            number,
            categories: row
                .get::<_, String>("licence_categories")?
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
            issued: date("licence_issued")?,
            expires: date("licence_expires")?,
        }),
    };
    let land = match row.get::<_, Option<String>>("land_certificate")? {
        None => None,
        Some(certificate_number) => Some(LandTitle {
            certificate_number,
            parcel_number: row.get("land_parcel")?,
            location: row.get("land_location")?,
            area_m2: row.get("land_area_m2")?,
            land_use: row.get("land_use")?,
            right_type: row.get("land_right")?,
            share: row.get("land_share")?,
            registered_on: date("land_registered")?,
        }),
    };
    Ok(Resident {
        number: row.get("number")?,
        family_name: row.get("family_name")?,
        given_name: row.get("given_name")?,
        name_zh: row.get("name_zh")?,
        birth_date: date("birth_date")?,
        sex: Sex::from_code(sex).ok_or(rusqlite::Error::IntegralValueOutOfRange(0, sex))?,
        nationality: row.get("nationality")?,
        address: Address {
            street_address: row.get("street_address")?,
            locality: row.get("locality")?,
            region: row.get("region")?,
            postal_code: row.get("postal_code")?,
            country: row.get("country")?,
        },
        licence,
        land,
        portrait: row.get("portrait")?,
        portrait_small: row.get("portrait_small")?,
    })
}
