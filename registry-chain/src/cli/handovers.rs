//! Saving handovers for a client that never has a network.

use super::{
    Failure, Locale,
    arguments::Handovers,
    block_on,
    read::{connect, tell_newest},
    say,
};
use std::{fs::OpenOptions, io::Write as _, path::Path};
use yufu_core::{
    Clock as _,
    registry::{
        HandoverFile, LightClient, NetworkKey, Record as _, RecordKey, Validators,
        client::{At, RegistryClient},
    },
    time::SystemClock,
};

/// A file, and how far it leads.
struct Saved {
    file: HandoverFile,
    to: u64,
    newest: u64,
}

pub(super) fn handovers(locale: Locale, arguments: &Handovers) -> Result<(), Failure> {
    let (client, light) = connect(&arguments.registry)?;
    let from = arguments.from.unwrap_or(light.key().epoch);
    let saved = block_on(collect(locale, &client, light, from))??;
    write(&arguments.out, saved.file.as_bytes())?;
    println!("file {}", arguments.out.display());
    println!("from {from}");
    println!("to {}", saved.to);
    println!("bytes {}", saved.file.as_bytes().len());
    if saved.to < saved.newest {
        let arguments = [("to", saved.to.to_string().into()), ("newest", saved.newest.to_string().into())];
        eprintln!("{}", say(locale, "registry-handovers-more", &arguments));
    }
    Ok(())
}

/// Follows the network by the key that was given, then goes the way once more from the epoch that was asked
/// for, as the client does to whom the file is brought.
async fn collect(
    locale: Locale,
    client: &RegistryClient,
    mut light: LightClient,
    from: u64,
) -> Result<Saved, Failure> {
    let given = light.key().clone();
    client.follow(&mut light, SystemClock.now_ms()).await?;
    let newest = light.key().epoch;
    if from >= newest {
        let arguments = [("newest", newest.to_string().into())];
        return Err(Failure(say(locale, "registry-handovers-none", &arguments)));
    }
    let start = if from == given.epoch { given } else { key_of(client, &mut light, from).await? };
    let mut walker = LightClient::new(start);
    let mut file = HandoverFile::new(&walker.key().genesis);
    while walker.key().epoch < newest {
        let Some(handover) = client.handover(walker.key().epoch + 1).await? else { break };
        if !file.push(&handover)? {
            break;
        }
        walker.follow(&handover, SystemClock.now_ms())?;
    }
    tell_newest(locale, &walker);
    Ok(Saved { file, to: walker.key().epoch, newest })
}

/// The network's key in an earlier epoch, by the proven record of its validators.
async fn key_of(client: &RegistryClient, light: &mut LightClient, epoch: u64) -> Result<NetworkKey, Failure> {
    let key = RecordKey::Validators { epoch };
    let record = client.record(light, &key, SystemClock.now_ms(), At::Latest).await?;
    let bytes = record.value.ok_or_else(|| Failure(key.to_string()))?;
    Ok(NetworkKey { epoch, set: Validators::from_bytes(&bytes)?.set, ..light.key().clone() })
}

/// The file must not exist.
fn write(out: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let named = |e: std::io::Error| Failure(format!("{}: {e}", out.display()));
    let mut file = OpenOptions::new().write(true).create_new(true).open(out).map_err(named)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(named)
}
