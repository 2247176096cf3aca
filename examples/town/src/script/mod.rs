//! The journey by script: every verdict shown by real parts, and the attacks that each refusal is for.
//!
//! The honest steps use the wallet's facade and the town's counter, over HTTP, with pictures of QR codes
//! decoded from pixels. The attacks use a holder that cheats ([`holder`]), thieves and impostors
//! ([`forger`]), a gateway that serves the past ([`gateway`]), and counters with clocks of their own
//! ([`counters`]).

mod codes;
mod counters;
mod forger;
mod gateway;
mod holder;
mod issuers;
mod land;
pub mod report;
mod road;

use crate::{
    agencies::{Agency, LAND_REGISTRY, RESIDENT_REGISTER, TRANSPORT_AGENCY},
    town::Town,
};
use anyhow::{Context, Result, bail};
use counters::{Counter, Said};
use holder::{Held, Proof, World};
use report::{Expected, Report};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use yufu_core::{
    OffsetClock, SystemRandom,
    presentation::{audience::Audience, preset::Preset},
    registry::LightClient,
};
use yufu_issuer::{
    Issuer,
    offers::{self, Offer, OfferRequest},
    register::{Date, Resident},
};

/// The longest that a step waits for a publication to be anchored.
const PATIENCE: Duration = Duration::from_secs(60);

/// Walks the whole journey and leaves pictures and a report in `out`.
///
/// # Errors
/// When a step could not be walked at all. A verdict that is not the expected one is in the report.
pub async fn run(town: &Town, out: &Path) -> Result<Report> {
    std::fs::create_dir_all(out).with_context(|| format!("cannot make the folder {}", out.display()))?;
    let mut walk = Walk::new(town, out)?;
    let result = walk.all().await;
    walk.report.write(out)?;
    result.map(|()| walk.report)
}

/// A walk through the town.
pub(crate) struct Walk<'a> {
    town: &'a Town,
    out: PathBuf,
    report: Report,
    world: World,
    people: Vec<Resident>,
}

impl<'a> Walk<'a> {
    fn new(town: &'a Town, out: &Path) -> Result<Self> {
        let clock = OffsetClock::new(Arc::clone(&town.clock));
        let world = World {
            http: Arc::clone(&town.http),
            registry: town.registry_url(),
            clock: Arc::new(clock),
            random: Arc::new(SystemRandom::new()),
            network: LightClient::new(town.network_key.clone()),
        };
        let people = crate::agencies::people(60, town.clock.now())?;
        Ok(Self { town, out: out.into(), report: Report::default(), world, people })
    }

    async fn all(&mut self) -> Result<()> {
        self.honest_journey().await?;
        self.land_titles().await?;
        self.forged_codes().await?;
        self.times_and_frames().await?;
        self.impostors().await?;
        self.keys().await
    }

    /// An adult, a different one for each `n`; with a licence where the agency needs one.
    fn person(&self, agency: Agency, n: usize) -> Result<&Resident> {
        let today = Date::of(self.town.clock.now());
        let fits = |person: &&Resident| {
            person.birth_date.years_until(today) >= 18
                && (agency.folder != TRANSPORT_AGENCY.folder || person.licence.is_some())
                && (agency.folder != LAND_REGISTRY.folder || person.land.is_some())
        };
        self.people.iter().filter(fits).nth(n).context("the register has too few people")
    }

    fn issuer(&self, agency: Agency) -> &'a Issuer {
        match agency.folder {
            folder if folder == RESIDENT_REGISTER.folder => &self.town.residents,
            folder if folder == LAND_REGISTRY.folder => &self.town.land,
            _ => &self.town.transport,
        }
    }

    /// A clerk offers a credential, with days from today as its validity where the step needs another.
    fn offer(&self, agency: Agency, person: usize, days: Option<(u64, u64)>) -> Result<Offer> {
        let issuer = self.issuer(agency);
        let now = self.town.clock.now();
        let day = |n| Date::of(now).plus_days(n);
        let request = OfferRequest {
            resident: self.person(agency, person)?.number.clone(),
            configuration: agency.configuration.into(),
            valid_from: days.map(|(from, _)| day(from)),
            valid_to: days.map(|(_, to)| day(to)),
        };
        let random = self.world.random.as_ref();
        Ok(offers::create(issuer.config(), issuer.database(), &request, now, random)?)
    }

    /// A bare holder gets one copy.
    async fn accept(&self, agency: Agency, person: usize, days: Option<(u64, u64)>) -> Result<Held> {
        let offer = self.offer(agency, person, days)?;
        Held::accept(&self.world, &offer.link, Some(&offer.tx_code)).await
    }

    /// A counter with the demo's limits, whose clock differs from the town's by `offset_s` seconds.
    fn counter(&self, offset_s: i64) -> Counter {
        self.counter_for(offset_s, None)
    }

    fn counter_for(&self, offset_s: i64, own: Option<Audience>) -> Counter {
        let limit_s = yufu_registry::Parameters::demo().status_age_limit_ms / 1000;
        Counter::new(&self.town.network_key, &self.town.clock, offset_s * 1000, limit_s, own)
    }

    /// The newest proof for a credential; asked again where the registry moved on meanwhile.
    async fn prove(&mut self, held: &Held) -> Result<Proof> {
        let mut tries = 0;
        loop {
            match held.prove(&mut self.world).await {
                Ok(proof) => return Ok(proof),
                Err(error) if tries == 10 => return Err(error),
                Err(_) => tries += 1,
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    fn check(&mut self, names: (&'static str, &'static str), expected: Expected, said: &Said) {
        self.report.add(names, expected.to_string(), said.words(), said.took);
    }

    /// Proves and shows a credential again and again until a fresh counter says what is expected: that is
    /// how long a change at the agency takes to arrive.
    async fn until(&mut self, held: &Held, preset: &Preset, expected: Expected) -> Result<Said> {
        let started = Instant::now();
        loop {
            let proof = self.prove(held).await?;
            let audience = class_of(preset)?;
            let said =
                self.counter(0).check(&held.code(&self.world, preset, &audience, Some(&proof))?, preset);
            if said.is(expected) || started.elapsed() > PATIENCE {
                return Ok(said);
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }
}

fn class_of(preset: &Preset) -> Result<Audience> {
    match preset.class_audience() {
        Some(audience) => Ok(audience),
        None => bail!("the preset {} is for one counter", preset.id()),
    }
}
