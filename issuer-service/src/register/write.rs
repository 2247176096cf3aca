//! Writes a register as the files that [`import`](super::import) reads.

use super::{Resident, import::COLUMNS};
use std::path::{Path, PathBuf};

/// Writes `residents.csv` and the pictures beside it into `folder`; gives the path of the CSV.
///
/// # Errors
/// What the system says when a file cannot be written.
pub fn write_csv(folder: &Path, residents: &[Resident]) -> std::io::Result<PathBuf> {
    let pictures = folder.join("portraits");
    std::fs::create_dir_all(&pictures)?;
    let path = folder.join("residents.csv");
    let mut writer = csv::Writer::from_path(&path)?;
    writer.write_record(COLUMNS)?;
    for resident in residents {
        let extension = super::portrait::extension(&resident.portrait);
        let portrait = format!("portraits/{}.{extension}", resident.number);
        let extension = super::portrait::extension(&resident.portrait_small);
        let small = format!("portraits/{}-small.{extension}", resident.number);
        std::fs::write(folder.join(&portrait), &resident.portrait)?;
        std::fs::write(folder.join(&small), &resident.portrait_small)?;
        let (licence, land) = (resident.licence.as_ref(), resident.land.as_ref());
        let of = |field: Option<String>| field.unwrap_or_default();
        writer.write_record([
            resident.number.clone(),
            resident.family_name.clone(),
            resident.given_name.clone(),
            resident.name_zh.clone(),
            resident.birth_date.to_string(),
            resident.sex.code().to_string(),
            resident.nationality.clone(),
            resident.address.street_address.clone(),
            resident.address.locality.clone(),
            resident.address.region.clone(),
            resident.address.postal_code.clone(),
            resident.address.country.clone(),
            of(licence.map(|l| l.number.clone())),
            of(licence.map(|l| l.categories.join(" "))),
            of(licence.map(|l| l.issued.to_string())),
            of(licence.map(|l| l.expires.to_string())),
            portrait,
            small,
            of(land.map(|l| l.certificate_number.clone())),
            of(land.map(|l| l.parcel_number.clone())),
            of(land.map(|l| l.location.clone())),
            of(land.map(|l| l.area_m2.clone())),
            of(land.map(|l| l.land_use.clone())),
            of(land.map(|l| l.right_type.clone())),
            of(land.and_then(|l| l.share.clone())),
            of(land.map(|l| l.registered_on.to_string())),
        ])?;
    }
    writer.flush()?;
    Ok(path)
}
