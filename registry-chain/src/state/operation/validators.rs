//! Who validates: what governance decides goes into the set that the next epoch's first block freezes.

use crate::{
    engine::is_identity,
    state::{
        rules::VALIDATOR_CHANGES,
        view::{Failure, View},
    },
};
use yufu_core::registry::{RecordKey, RejectReason, Validator, ValidatorSet, ValidatorSetError, Validators};

/// Adds a validator, or gives one that is there another key or endpoint.
pub(super) fn put(view: &mut View<'_>, validator: &Validator, endpoint: &str) -> Result<(), Failure> {
    // One that is no key would stop every engine that is given the set.
    if !is_identity(&validator.identity) {
        return Err(RejectReason::BadValidator.into());
    }
    let mut members = decided(view)?;
    match members.binary_search_by_key(&validator.identity, |(member, _)| member.identity) {
        Ok(place) => {
            if let Some(member) = members.get_mut(place) {
                *member = (*validator, endpoint.to_owned());
            }
        }
        Err(place) => members.insert(place, (*validator, endpoint.to_owned())),
    }
    decide(view, members)
}

/// Takes a validator out.
pub(super) fn remove(view: &mut View<'_>, identity: &[u8; 32]) -> Result<(), Failure> {
    let mut members = decided(view)?;
    let place = members
        .binary_search_by_key(identity, |(member, _)| member.identity)
        .map_err(|_| RejectReason::UnknownValidator)?;
    members.remove(place);
    decide(view, members)
}

/// The validators that the next freeze takes, each with its endpoint, in the set's order.
fn decided(view: &View<'_>) -> Result<Vec<(Validator, String)>, Failure> {
    if view.rules() < VALIDATOR_CHANGES {
        return Err(RejectReason::Unsupported.into());
    }
    let decided: Option<Validators> = view.read(&RecordKey::DecidedValidators)?;
    let validators = match decided {
        Some(decided) => decided,
        // Nothing was ever decided: all sets are the founders'.
        None => view.read(&RecordKey::Validators { epoch: 0 })?.ok_or(RejectReason::UnknownValidator)?,
    };
    let endpoints = validators.endpoints.into_iter().chain(std::iter::repeat(String::new()));
    Ok(validators.set.validators().iter().copied().zip(endpoints).collect())
}

fn decide(view: &mut View<'_>, members: Vec<(Validator, String)>) -> Result<(), Failure> {
    let (validators, endpoints): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    // Every key and proof is checked here, before anything is written.
    let set = ValidatorSet::new(validators).map_err(|error| match error {
        ValidatorSetError::Size => RejectReason::BadSetSize,
        ValidatorSetError::DuplicateKey => RejectReason::ValidatorKeyInUse,
        _ => RejectReason::BadValidator,
    })?;
    view.write(&RecordKey::DecidedValidators, &Validators { set, endpoints });
    Ok(())
}
