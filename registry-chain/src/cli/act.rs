//! The authority's acts.

use super::{
    Failure, Locale,
    arguments::{Accredit, Accreditation, Author, Registry},
    block_on, network_key, passphrase, read_text, say, transport,
};
use crate::{authority, init::kind};
use std::{path::Path, sync::Arc};
use yufu_core::{
    Clock as _,
    crypto::{SoftwareKey, key_file},
    did::yufu::YufuDid,
    registry::client::{Submitted, hex},
    time::{DAY, SystemClock, start_of_day},
};
use zeroize::Zeroizing;

pub(super) fn accredit(locale: Locale, arguments: Accredit) -> Result<(), Failure> {
    let authority = authority(&arguments.registry, &arguments.author)?;
    let today = start_of_day(SystemClock.now());
    let terms = arguments.terms;
    let accredit = authority::Accredit {
        issuer: terms.issuer.id,
        vct: terms.vct,
        name_zh: terms.name_zh,
        name_en: terms.name_en,
        // From yesterday on, so that credentials dated by the day lie inside.
        valid_from: today - DAY,
        valid_to: today + u64::from(terms.valid_days) * DAY,
        max_open_lists: terms.max_open_lists,
    };
    tell(locale, &block_on(authority.accredit(accredit))??);
    Ok(())
}

pub(super) fn suspend(locale: Locale, arguments: &Accreditation) -> Result<(), Failure> {
    let authority = authority(&arguments.registry, &arguments.author)?;
    tell(locale, &block_on(authority.suspend(arguments.of.issuer.id, &arguments.of.vct))??);
    Ok(())
}

pub(super) fn reinstate(locale: Locale, arguments: &Accreditation) -> Result<(), Failure> {
    let authority = authority(&arguments.registry, &arguments.author)?;
    tell(locale, &block_on(authority.reinstate(arguments.of.issuer.id, &arguments.of.vct))??);
    Ok(())
}

pub(super) fn withdraw(locale: Locale, arguments: &Accreditation) -> Result<(), Failure> {
    let authority = authority(&arguments.registry, &arguments.author)?;
    tell(locale, &block_on(authority.withdraw(arguments.of.issuer.id, &arguments.of.vct))??);
    Ok(())
}

pub(super) fn authority(registry: &Registry, author: &Author) -> Result<authority::Authority, Failure> {
    let (did, key) = control_key(author)?;
    Ok(authority::Authority::new(
        transport()?,
        &registry.registry,
        network_key(&registry.network_key)?,
        did.id,
        Arc::new(key),
        Arc::new(SystemClock),
    ))
}

/// An authority's DID, and the key that controls it.
pub(super) fn control_key(author: &Author) -> Result<(YufuDid, SoftwareKey), Failure> {
    let did = match &author.did {
        Some(did) => did.clone(),
        // init-network writes the DID beside the keys.
        None => {
            let folder = author.key.parent().unwrap_or(Path::new(""));
            read_text(&folder.join("did"))?.trim().parse::<YufuDid>()?
        }
    };
    let text = Zeroizing::new(read_text(&author.key)?);
    let passphrase = passphrase(author.passphrase_file.as_deref())?;
    let passphrase = passphrase.as_ref().map(|passphrase| passphrase.as_str());
    Ok((did, SoftwareKey::from_pkcs8(&key_file::read(kind::CONTROL, &text, passphrase)?)?))
}

pub(super) fn tell(locale: Locale, submitted: &Submitted) {
    println!("transaction {}", hex(&submitted.digest));
    if let Some(height) = submitted.height {
        println!("height {height}");
        eprintln!("{}", say(locale, "registry-done", &[("height", height.into())]));
    }
}
