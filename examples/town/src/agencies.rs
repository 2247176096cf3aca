//! The town's three agencies: what they are called, what they issue, and their registers.

use crate::{layout::Layout, town::TownError};
use std::{path::Path, sync::Arc};
use yufu_core::{Clock, credential::Format};
use yufu_issuer::{
    Issuer,
    config::{
        Config, CredentialConfig, IssuerName, KeysConfig, Names, PkiConfig, RegistryConfig, TlsConfig,
        VcApiConfig, WebMethod,
    },
    register,
};
use yufu_registry::authority::{Accredit, Authority, AuthorityError};

/// People in each register.
pub const RESIDENTS: u32 = 1_000;
/// The same people live in the town every time.
const SEED: u64 = 618;
/// Days that the accreditations began before the town was founded, and how long they last after.
const ACCREDITED_DAYS: (u64, u64) = (30, 3650);

/// One agency of the town.
#[derive(Clone, Copy, Debug)]
pub struct Agency {
    /// Its folder.
    pub folder: &'static str,
    /// Its name in English, as the registry will say it.
    pub en: &'static str,
    /// Its name in Chinese.
    pub zh: &'static str,
    /// The credential configuration that it offers.
    pub configuration: &'static str,
    /// Its format.
    pub format: Format,
    /// Further configurations of the same type, with their formats.
    pub more: &'static [(&'static str, Format)],
    /// The type that it is accredited for.
    pub vct: &'static str,
}

/// The resident register.
pub const RESIDENT_REGISTER: Agency = Agency {
    folder: "residents",
    en: "Yufu Town Resident Register",
    zh: "鱼符镇户籍登记处",
    configuration: "resident-id",
    format: Format::SdJwtVc,
    more: &[],
    vct: "https://residents.yufu.example/types/resident-id/1",
};

/// The transport agency.
pub const TRANSPORT_AGENCY: Agency = Agency {
    folder: "transport",
    en: "Yufu Town Transport Agency",
    zh: "鱼符镇交通管理局",
    configuration: "driving-licence",
    format: Format::SdJwtVc,
    more: &[],
    vct: "https://transport.yufu.example/types/driving-licence/1",
};

/// The land registry, which issues credentials of the W3C data model.
pub const LAND_REGISTRY: Agency = Agency {
    folder: "land",
    en: "Yufu Town Land Registry",
    zh: "鱼符镇不动产登记中心",
    configuration: "land-title",
    format: Format::LdpVc,
    more: &[("land-title-jwt", Format::VcJwt)],
    vct: "https://land.yufu.example/types/land-title/1",
};

/// What an agency needs from the town around it.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Folders and ports.
    pub layout: &'a Layout,
    /// The registry's URL.
    pub registry: &'a str,
    /// The registry's public key.
    pub network_key: &'a str,
    /// Folder of the national root.
    pub root: &'a Path,
    /// A file with the passphrase of the key files.
    pub passphrase: &'a Path,
    /// TLS for wallets, where the town is served over it.
    pub tls: Option<&'a TlsConfig>,
}

impl Agency {
    /// Its settings.
    #[must_use]
    pub fn config(&self, around: &Surroundings<'_>, ports: (u16, u16)) -> Config {
        // Who issues credentials of the W3C data model goes by names that verifiers elsewhere resolve, where
        // there are any: they are served over TLS alone.
        let web = self.format != Format::SdJwtVc && around.tls.is_some();
        Config {
            name: Names { en: self.en.into(), zh: self.zh.into() },
            listen: Layout::address(ports.0),
            admin: Layout::address(ports.1),
            url: Some(around.layout.url(ports.0)),
            data: around.layout.path(self.folder),
            registry: RegistryConfig {
                url: around.registry.into(),
                network_key: around.network_key.into(),
                root_certificate: None,
            },
            keys: KeysConfig { passphrase_file: Some(around.passphrase.into()), ..KeysConfig::default() },
            pki: PkiConfig { root: around.root.into(), keys: None, backdate_days: 30, lifetime_days: 730 },
            tls: around.tls.cloned(),
            credentials: std::iter::once(&(self.configuration, self.format))
                .chain(self.more)
                .map(|(id, format)| CredentialConfig {
                    id: (*id).into(),
                    vct: self.vct.into(),
                    format: *format,
                    lifetime_days: 14,
                    issuer: match format {
                        Format::LdpVc if web => IssuerName::Web,
                        Format::VcJwt if web => IssuerName::Webvh,
                        _ => IssuerName::Yufu,
                    },
                })
                .collect(),
            // Its issuers are did:keys of their own; any agency could host them, and one does.
            vc_api: (self.vct == RESIDENT_REGISTER.vct)
                .then(|| VcApiConfig { listen: Layout::address(0), allow_remote: false }),
            web_dids: if web { vec![WebMethod::Web, WebMethod::Webvh] } else { Vec::new() },
            offer_lifetime_s: 3600,
            status_lifetime_s: 86_400,
        }
    }

    /// Fills its register, if that was not done before.
    ///
    /// # Errors
    /// [`TownError`] when the register cannot be written.
    pub fn fill(&self, issuer: &Issuer, everybody: &mut Everybody<'_>) -> Result<(), TownError> {
        let db = issuer.database();
        if db.read(yufu_issuer::db::residents::count)? == 0 {
            register::commit(db, everybody.made_up()?)?;
        }
        Ok(())
    }

    /// Has the authority accredit it, if that was not done before.
    ///
    /// # Errors
    /// [`AuthorityError`] when the registry refuses.
    pub async fn accredit(
        &self,
        issuer: &Issuer,
        authority: &Arc<Authority>,
        clock: &dyn Clock,
    ) -> Result<(), AuthorityError> {
        let id = issuer.did().id;
        if authority.accreditation(id, self.vct).await?.is_some() {
            return Ok(());
        }
        let today = yufu_core::time::start_of_day(clock.now());
        let days = |n: u64| n * yufu_core::time::DAY;
        authority
            .accredit(Accredit {
                issuer: id,
                vct: self.vct.into(),
                name_zh: self.zh.into(),
                name_en: self.en.into(),
                valid_from: today - days(ACCREDITED_DAYS.0),
                valid_to: today + days(ACCREDITED_DAYS.1),
                max_open_lists: 8,
            })
            .await
            .map(drop)
    }
}

/// Everybody who lives in town, made up the first time that a register needs them.
pub struct Everybody<'a> {
    now: u64,
    progress: &'a mut dyn FnMut(u32),
    people: Vec<register::Resident>,
}

impl<'a> Everybody<'a> {
    /// Nobody yet. `progress` is told how many people have been drawn.
    pub fn new(now: u64, progress: &'a mut dyn FnMut(u32)) -> Self {
        Self { now, progress, people: Vec::new() }
    }

    fn made_up(&mut self) -> Result<Vec<register::Resident>, TownError> {
        if self.people.is_empty() {
            self.people = register::synthetic(RESIDENTS, SEED, self.now, self.progress)?;
        }
        Ok(self.people.clone())
    }
}

/// The first `count` people of every register in town.
///
/// # Errors
/// [`TownError::Portrait`] when a face cannot be drawn.
pub fn people(count: u32, now: u64) -> Result<Vec<register::Resident>, TownError> {
    Ok(register::synthetic(count, SEED, now, &mut |_| ())?)
}
