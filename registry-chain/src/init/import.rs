//! Founding a network that begins with the records of another.

use super::{IMPORT, InitError, Keys, Members, Ports, make_empty, unwritable, write_network};
use crate::{
    export::{Verified, carried_policy, verify},
    genesis::{Genesis, GenesisContent},
};
use std::{fs::File, io::BufReader, path::PathBuf};
use yufu_core::{Clock, Random, registry::NetworkKey};
use zeroize::Zeroizing;

/// What a network is founded with that goes on where another ended.
pub struct ImportNetwork {
    /// Folder that is made and filled. It must not exist, or be empty.
    pub dir: PathBuf,
    /// The export: see [`export`](crate::export).
    pub export: PathBuf,
    /// Key of the network whose records they are, of the epoch of the export.
    pub network_key: NetworkKey,
    /// How many validators.
    pub validators: u16,
    /// As for [`InitNetwork`](super::InitNetwork).
    pub http_port: u16,
    /// As for [`InitNetwork`](super::InitNetwork).
    pub p2p_port: u16,
    /// Seals all key files, if given.
    pub passphrase: Option<Zeroizing<String>>,
}

/// Where everything of such a network is. Its authorities keep the keys that they had.
#[derive(Clone, Debug)]
pub struct ImportedNetwork {
    /// What counters and phones are given.
    pub network_key: NetworkKey,
    /// The genesis file.
    pub genesis: PathBuf,
    /// The export, which each validator reads at its first start, and each auditor.
    pub import: PathBuf,
    /// One configuration for each validator.
    pub validators: Vec<PathBuf>,
    /// What was imported.
    pub verified: Verified,
}

/// Founds a network that begins with all records of another: checks the export, makes the validators'
/// keys, a genesis that names the export, and a configuration for each validator.
///
/// # Errors
/// [`InitError`] by what failed. What was written until then is left for the operator to look at.
pub fn import_network(
    init: &ImportNetwork,
    random: &dyn Random,
    clock: &dyn Clock,
) -> Result<ImportedNetwork, InitError> {
    let ports = Ports { http: init.http_port, p2p: init.p2p_port };
    ports.check(init.validators)?;
    make_empty(&init.dir)?;
    let import = init.dir.join(IMPORT);
    std::fs::copy(&init.export, &import).map_err(|e| unwritable(&import, e))?;
    // What the validators will read is what is checked.
    let file = File::open(&import).map_err(|e| unwritable(&import, e))?;
    let verified = match verify(BufReader::new(file), &init.network_key) {
        Ok(verified) => verified,
        Err(error) => {
            std::fs::remove_file(&import).map_err(|e| unwritable(&import, e))?;
            return Err(error.into());
        }
    };
    let passphrase = init.passphrase.as_ref().map(|passphrase| passphrase.as_str());
    let keys = Keys { passphrase, random };
    let members = Members::generate(init.validators, ports, random)?;
    let content = GenesisContent {
        time_ms: clock.now_ms(),
        policy: carried_policy(&verified.policy, verified.origin.height),
        validators: members.validators()?,
        founders: Vec::new(),
    };
    let genesis = Genesis::on_records(content, verified.origin)?;
    let (path, validators) = write_network(&init.dir, &genesis, &members, &keys)?;
    Ok(ImportedNetwork { network_key: genesis.network_key(), genesis: path, import, validators, verified })
}
