//! What a clerk does to copies that were issued. The next publication carries it to everyone.

use crate::db::{
    Database, DbError,
    credentials::{self, Copies},
    lists, offers, residents,
};
use yufu_core::{
    credential::Format,
    status::{INVALID, SUSPENDED, VALID},
};

/// What is done to a resident's copies of one credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// They are refused until they are reinstated.
    Suspend,
    /// Suspended ones are accepted again.
    Reinstate,
    /// They are refused for good.
    Revoke,
}

/// Why nothing changed.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// No such person in the register.
    #[error("the register has no resident with that number")]
    UnknownResident,
    /// There is no copy that the change would apply to.
    #[error("the resident has no copy that this applies to")]
    NoCopies,
    /// There are only revoked copies, and revoked is for good.
    #[error("the copies are revoked, which is for good")]
    Revoked,
    /// The credential is of the W3C data model, whose lists here say *revoked* and nothing else.
    #[error("this credential can be revoked, not suspended")]
    NoSuspension,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Changes the status of a resident's copies that have not expired; gives how many there were. What is
/// suspended or revoked also takes the resident's open offers and tokens of that credential with it.
///
/// # Errors
/// [`StatusError`] by what does not hold.
pub fn change(
    db: &Database,
    resident: &str,
    configuration: &str,
    change: Change,
    now: u64,
) -> Result<usize, StatusError> {
    let (number, id) = (resident.to_owned(), configuration.to_owned());
    let changed = db.write(move |c| -> Result<usize, StatusError> {
        let resident = residents::id_of(c, &number)?.ok_or(StatusError::UnknownResident)?;
        let one_bit = lists::format_of(c, &id)?.is_some_and(|format| format != Format::SdJwtVc);
        if one_bit && change != Change::Revoke {
            return Err(StatusError::NoSuspension);
        }
        let before = credentials::copies(c, resident, &id, now)?;
        let (from, to) = match change {
            Change::Suspend => ([VALID, VALID], SUSPENDED),
            Change::Reinstate => ([SUSPENDED, SUSPENDED], VALID),
            Change::Revoke => ([VALID, SUSPENDED], INVALID),
        };
        let changed = credentials::change(c, resident, &id, now, from, to)?;
        let withdrawn = if change == Change::Reinstate { 0 } else { offers::withdraw(c, resident, &id)? };
        match (changed, withdrawn, before) {
            (0, 0, Copies { valid: 0, suspended: 0, revoked: 1.. }) => Err(StatusError::Revoked),
            (0, 0, _) => Err(StatusError::NoCopies),
            _ => Ok(changed),
        }
    })?;
    tracing::info!(?change, configuration, copies = changed, "status changed");
    Ok(changed)
}
