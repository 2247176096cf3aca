//! Exporting all records, and founding a network that begins with them.

use super::{
    Failure, Locale,
    act::control_key,
    arguments::{Export, InitNetwork},
    block_on, network_key, passphrase, run, say, transport,
};
use crate::{
    Settings,
    audit::{AuditFailure, replay},
    config::ConfigError,
    export::{Exported, write},
    genesis::Genesis,
    init,
    state::Reader,
};
use std::{
    fs::OpenOptions,
    io::{BufWriter, Write as _},
    path::Path,
};
use yufu_core::{
    Clock as _, SystemRandom,
    crypto::SoftwareKey,
    did::yufu::IssuerId,
    registry::{
        LightClient,
        client::{RegistryClient, hex},
    },
    time::SystemClock,
};

pub(super) fn export(locale: Locale, arguments: &Export) -> Result<(), Failure> {
    let (did, key) = control_key(&arguments.author)?;
    let out = arguments.out.as_path();
    let exported = match (&arguments.config, &arguments.registry, &arguments.network_key) {
        (Some(config), ..) => {
            let settings = Settings::load(config).map_err(|e: ConfigError| Failure(e.to_string()))?;
            let genesis = crate::config::read_bounded(&settings.genesis, crate::genesis::MAX_GENESIS as u64)?;
            let genesis = Genesis::from_bytes(&genesis)?;
            let reader = Reader::open(&settings.data.join("registry.db"), &genesis.digest())?;
            write_file(&reader, did.id, &key, out)?
        }
        (None, Some(url), Some(network)) => {
            let light = LightClient::new(network_key(network)?);
            let client = RegistryClient::new(transport()?, url.as_str());
            let folder = std::env::temp_dir().join(format!("yufu-export-{}", std::process::id()));
            std::fs::create_dir_all(&folder)?;
            let followed = follow(locale, &client, light, &folder, arguments.import.as_deref());
            let exported = followed.and_then(|reader| write_file(&reader, did.id, &key, out));
            let removed = std::fs::remove_dir_all(&folder);
            let exported = exported?;
            removed?;
            exported
        }
        // The command line asks for one of them.
        _ => return Err(Failure("--config or --registry with --network-key".into())),
    };
    println!("export {}", out.display());
    println!("height {}", exported.height);
    println!("header {}", hex(&exported.header));
    println!("records {}", exported.records);
    println!("digest {}", hex(&exported.digest));
    eprintln!("{}", say(locale, "registry-exported", &[("height", exported.height.into())]));
    Ok(())
}

/// Follows the whole chain, so that nothing is believed of the node that it is fetched from.
fn follow(
    locale: Locale,
    client: &RegistryClient,
    light: LightClient,
    folder: &Path,
    import: Option<&Path>,
) -> Result<Reader, Failure> {
    let mut progress = |height: u64, last: u64| {
        let arguments = [("height", height.into()), ("last", last.into())];
        eprintln!("{}", say(locale, "registry-audit-progress", &arguments));
    };
    let followed = block_on(replay(client, light, folder, import, SystemClock.now_ms(), &mut progress))?;
    let (chain, _) = followed.map_err(|e: AuditFailure| Failure(e.to_string()))?;
    Ok(chain.reader()?)
}

/// The file must not exist; one that was begun and failed is removed.
fn write_file(reader: &Reader, author: IssuerId, key: &SoftwareKey, out: &Path) -> Result<Exported, Failure> {
    let named = |e: std::io::Error| Failure(format!("{}: {e}", out.display()));
    let file = OpenOptions::new().write(true).create_new(true).open(out).map_err(named)?;
    let mut file = BufWriter::new(file);
    let written = write(reader, author, key, &mut file);
    let stored = file.flush().and_then(|()| file.get_ref().sync_all());
    if written.is_err() || stored.is_err() {
        // What failed is told; a remainder that cannot be removed is refused by the next try.
        let _ = std::fs::remove_file(out);
    }
    let exported = written?;
    stored.map_err(named)?;
    Ok(exported)
}

pub(super) fn import(locale: Locale, arguments: InitNetwork) -> Result<(), Failure> {
    // The command line asks for both.
    let (Some(export), Some(key)) = (arguments.import, arguments.network_key) else {
        return Err(Failure("--import with --network-key".into()));
    };
    let passphrase = passphrase(arguments.passphrase_file.as_deref())?;
    if passphrase.is_none() {
        eprintln!("{}", say(locale, "registry-keys-in-clear", &[]));
    }
    let init = init::ImportNetwork {
        dir: arguments.out,
        export,
        network_key: network_key(&key)?,
        validators: arguments.validators,
        http_port: arguments.http_port,
        p2p_port: arguments.p2p_port,
        passphrase,
    };
    let files = init::import_network(&init, &SystemRandom::new(), &SystemClock)?;
    run::warn_of_few(locale, init.validators);
    for config in &files.validators {
        println!("config {}", config.display());
    }
    println!("genesis {}", files.genesis.display());
    println!("import {}", files.import.display());
    println!("origin {}", hex(&files.verified.origin.network));
    println!("origin_height {}", files.verified.origin.height);
    println!("records {}", files.verified.records);
    println!("network_key {}", files.network_key);
    let network = files.verified.policy.network.as_str();
    eprintln!("{}", say(locale, "registry-imported", &[("network", network.into())]));
    Ok(())
}
