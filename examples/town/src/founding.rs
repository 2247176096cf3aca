//! What a town is founded on, the first time, and finds again later: its registry's network, the authority, the
//! national root, the passphrase of its key files.

use crate::{
    layout::Layout,
    town::{NETWORK, TownError},
};
use std::{
    fs, io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};
use yufu_core::{
    Clock, Random,
    crypto::{SoftwareKey, key_file},
    did::yufu::YufuDid,
    http::HttpTransport,
};
use yufu_issuer::{config::TlsConfig, keys::KeyFiles, pki};
use yufu_registry::{
    InitNetwork, Node, NodeConfig, Parameters, Settings, authority::Authority, init_network,
};

/// Years that the town's national root is good for.
const ROOT_YEARS: u64 = 10;

pub(crate) fn start_node(
    layout: &Layout,
    web: Option<PathBuf>,
    clock: &Arc<dyn Clock>,
    random: &dyn Random,
) -> Result<(Node, YufuDid), TownError> {
    let folder = layout.path("registry");
    let did_at = folder.join("authority/did");
    if !did_at.exists() {
        let init = InitNetwork {
            dir: folder.clone(),
            name: NETWORK.into(),
            validators: 1,
            authorities: 1,
            quorum: 1,
            parameters: Parameters::demo(),
            http_port: layout.ports.registry,
            p2p_port: layout.ports.peers,
            passphrase: None,
        };
        init_network(&init, random, clock.as_ref())?;
    }
    let mut settings = Settings::load(&folder.join("validator-1/node.toml"))?;
    settings.web = web;
    let node = Node::start(NodeConfig { settings, passphrase: None, clock: Arc::clone(clock) })?;
    let did = String::from_utf8_lossy(&read(&did_at)?).trim().parse();
    Ok((node, did.map_err(|_| TownError::Damaged(did_at))?))
}

pub(crate) fn authority(
    layout: &Layout,
    node: &Node,
    did: YufuDid,
    http: &Arc<dyn HttpTransport>,
    clock: &Arc<dyn Clock>,
) -> Result<Arc<Authority>, TownError> {
    let path = layout.path("registry/authority/control.key");
    let text = String::from_utf8_lossy(&read(&path)?).into_owned();
    let secret = key_file::read("did control", &text, None)?;
    let key = SoftwareKey::from_pkcs8(&secret).map_err(|_| TownError::Damaged(path))?;
    let (http, clock) = (Arc::clone(http), Arc::clone(clock));
    let network_key = node.network_key().clone();
    Ok(Arc::new(Authority::new(http, &node.url(), network_key, did.id, Arc::new(key), clock)))
}

/// The national root, and with `--https` the certificate of `localhost` that it signed.
pub(crate) fn national_root(
    layout: &Layout,
    passphrase: &Path,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<(PathBuf, PathBuf, Option<TlsConfig>), TownError> {
    let folder = layout.path("root");
    let settings =
        yufu_issuer::config::KeysConfig { passphrase_file: Some(passphrase.into()), ..Default::default() };
    let files = KeyFiles::new(&settings)?;
    let certificate = folder.join(pki::ROOT_CERTIFICATE);
    let root = if certificate.exists() {
        pki::Root::open(&folder, &files)?
    } else {
        fs::create_dir_all(&folder).map_err(|e| file(&folder, e))?;
        pki::create_root(&folder, "Yufu Town National Root", clock.now(), ROOT_YEARS, &files, random)?
    };
    let tls = if layout.https {
        let (cert, key) = (folder.join("localhost.pem"), folder.join("localhost-key.pem"));
        if !cert.exists() {
            pki::write_localhost(&root, &folder, clock.now(), random)?;
        }
        Some(TlsConfig { cert, key })
    } else {
        None
    };
    Ok((folder, certificate, tls))
}

/// The passphrase of the town's key files, made at its founding, for its owner's eyes alone.
pub(crate) fn passphrase(layout: &Layout, random: &dyn Random) -> Result<PathBuf, TownError> {
    let path = layout.path("passphrase");
    if !path.exists() {
        let text: String = random.bytes::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut open = fs::OpenOptions::new();
        let mut out =
            open.write(true).create_new(true).mode(0o600).open(&path).map_err(|e| file(&path, e))?;
        io::Write::write_all(&mut out, text.as_bytes()).map_err(|e| file(&path, e))?;
    }
    Ok(path)
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, TownError> {
    fs::read(path).map_err(|e| file(path, e))
}

fn file(path: &Path, source: io::Error) -> TownError {
    TownError::File { path: path.into(), source }
}
