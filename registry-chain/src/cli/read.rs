//! Showing what the registry says, after it is verified.

use super::{
    Failure, Locale,
    arguments::{Checkpoint, Evidence, Registry, Show},
    block_on, network_key, say, transport,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use yufu_core::{
    Clock as _,
    registry::{
        self, LightClient, MAX_EVIDENCE, RecordKey, VerifiedHeader,
        client::{At, RegistryClient, hex},
    },
    time::SystemClock,
};

pub(super) fn show(locale: Locale, arguments: &Show) -> Result<(), Failure> {
    let (client, mut light) = connect(&arguments.registry)?;
    let at = if arguments.latest { At::Latest } else { At::Anchor };
    let read = client.record(&mut light, &arguments.record, SystemClock.now_ms(), at);
    let record = block_on(read)??;
    tell_header(locale, &light, &record.header);
    match &record.value {
        Some(value) => println!("{}", pretty(&arguments.record, value)),
        None => {
            println!("null");
            let key = arguments.record.to_string();
            eprintln!("{}", say(locale, "registry-absent", &[("key", key.into())]));
        }
    }
    Ok(())
}

pub(super) fn checkpoint(locale: Locale, arguments: &Checkpoint) -> Result<(), Failure> {
    let (client, mut light) = connect(&arguments.registry)?;
    let header = block_on(client.checkpoint(&mut light, SystemClock.now_ms()))??;
    tell_header(locale, &light, &header);
    println!("height {}", header.height());
    println!("time_ms {}", header.time_ms());
    println!("slot {}", header.slot());
    println!("digest {}", hex(header.digest()));
    if let Some(newest) = light.newest() {
        println!("signed_header {}", URL_SAFE_NO_PAD.encode(newest.signed_header().to_bytes()));
    }
    Ok(())
}

/// Says whether a file that a counter or a phone saved proves that the network has shown two histories.
pub(super) fn evidence(locale: Locale, arguments: &Evidence) -> Result<(), Failure> {
    let bytes = crate::config::read_bounded(&arguments.file, MAX_EVIDENCE as u64)
        .map_err(|e| Failure(format!("{}: {e}", arguments.file.display())))?;
    let mut light = LightClient::new(network_key(&arguments.network_key)?);
    light.accept_evidence(&bytes)?;
    for signed in light.conflict().iter().flat_map(|conflict| [conflict.first(), conflict.second()]) {
        let header = signed.header();
        println!("height {}", header.height);
        println!("time_ms {}", header.time_ms);
        println!("digest {}", hex(&header.digest()));
        println!("signed_header {}", URL_SAFE_NO_PAD.encode(signed.to_bytes()));
    }
    if let Some(conflict) = light.conflict() {
        let again: Vec<_> = conflict.second().certificate().signers().collect();
        let set = light.key().set.validators();
        for both in conflict.first().certificate().signers().filter(|signer| again.contains(signer)) {
            let identity = set.get(both).map(|validator| hex(&validator.identity)).unwrap_or_default();
            println!("signed_both {identity}");
        }
    }
    eprintln!("{}", say(locale, "registry-evidence-holds", &[]));
    Ok(())
}

/// A record as indented JSON. What is signed and proven are its bytes.
pub(super) fn pretty(key: &RecordKey, bytes: &[u8]) -> String {
    let described = registry::describe(key, bytes);
    serde_json::to_string_pretty(&described).unwrap_or_else(|_| described.to_string())
}

pub(super) fn connect(registry: &Registry) -> Result<(RegistryClient, LightClient), Failure> {
    let light = LightClient::new(network_key(&registry.network_key)?);
    Ok((RegistryClient::new(transport()?, registry.registry.as_str()), light))
}

pub(super) fn tell_header(locale: Locale, light: &LightClient, header: &VerifiedHeader) {
    tell_age(locale, light, header.height(), header.time_ms());
}

/// The newest header that was verified on the way.
pub(super) fn tell_newest(locale: Locale, light: &LightClient) {
    if let Some(newest) = light.newest() {
        tell_age(locale, light, newest.header().height(), newest.header().time_ms());
    }
}

fn tell_age(locale: Locale, light: &LightClient, height: u64, time_ms: u64) {
    let operators = u64::try_from(light.operators()).unwrap_or(u64::MAX);
    let age_s = SystemClock.now_ms().saturating_sub(time_ms) / 1000;
    let arguments = [("height", height.into()), ("age", age_s.into()), ("n", operators.into())];
    eprintln!("{}", say(locale, "registry-verified", &arguments));
}
