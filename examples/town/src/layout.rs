//! The town's folder and its ports: chosen once, kept, so that links in credentials stay good.

use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
};

/// The ports of the town's programs, all on loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// Registry node, HTTP.
    pub registry: u16,
    /// Registry node, its peers.
    pub peers: u16,
    /// Resident register, for wallets.
    pub residents: u16,
    /// Resident register, for its clerks.
    pub residents_page: u16,
    /// Transport agency, for wallets.
    pub transport: u16,
    /// Transport agency, for its clerks.
    pub transport_page: u16,
    /// Land registry, for wallets.
    pub land: u16,
    /// Land registry, for its clerks.
    pub land_page: u16,
    /// Counter.
    pub counter: u16,
    /// Phone.
    pub phone: u16,
}

/// What does not change between two openings of the same town.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    ports: Ports,
    https: bool,
}

/// The town's folder.
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
    /// Ports of this town.
    pub ports: Ports,
    /// Whether the roles are served over TLS.
    pub https: bool,
    /// Whether this town was open before.
    pub resumed: bool,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// The folder cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// What was touched.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The town's file in it is damaged.
    #[error("{0} is damaged; start over with --fresh")]
    Damaged(PathBuf),
    /// Another program listens where this town used to.
    #[error(
        "port {0} is taken, perhaps by this town in another window. Stop that program, name another folder with --data, or start over with --fresh"
    )]
    PortTaken(u16),
    /// The town was founded with other settings.
    #[error("this town was founded {0} --https; open it the same way or start over with --fresh")]
    OtherScheme(&'static str),
    /// `--fresh` was pointed at a folder that is no town.
    #[error("{0} is not empty and holds no town: it is left alone")]
    NotATown(PathBuf),
}

impl Layout {
    /// Opens the folder `root`, or founds a new town in it.
    ///
    /// # Errors
    /// [`LayoutError`] by what stands in the way. A folder that holds something else is left alone.
    pub fn open(root: &Path, fresh: bool, https: bool) -> Result<Self, LayoutError> {
        let kept_at = root.join("town.json");
        if fresh && root.exists() {
            if !kept_at.exists() && fs::read_dir(root).is_ok_and(|mut d| d.next().is_some()) {
                return Err(LayoutError::NotATown(root.into()));
            }
            fs::remove_dir_all(root).map_err(|e| at(root, e))?;
        }
        fs::create_dir_all(root).map_err(|e| at(root, e))?;
        let resumed = kept_at.exists();
        let kept = if resumed {
            let text = fs::read(&kept_at).map_err(|e| at(&kept_at, e))?;
            let kept: Kept =
                serde_json::from_slice(&text).map_err(|_| LayoutError::Damaged(kept_at.clone()))?;
            if kept.https != https {
                return Err(LayoutError::OtherScheme(if kept.https { "with" } else { "without" }));
            }
            kept
        } else {
            let kept = Kept { ports: Ports::free().map_err(|e| at(root, e))?, https };
            let text = serde_json::to_vec_pretty(&kept).map_err(|e| at(&kept_at, e.into()))?;
            fs::write(&kept_at, text).map_err(|e| at(&kept_at, e))?;
            kept
        };
        kept.ports.all_free()?;
        Ok(Self { root: root.into(), ports: kept.ports, https, resumed })
    }

    /// The town's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A folder or file in it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Where a role listens.
    #[must_use]
    pub fn address(port: u16) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, port).into()
    }

    /// A role's base URL, without a slash at the end.
    #[must_use]
    pub fn url(&self, port: u16) -> String {
        if self.https { format!("https://localhost:{port}") } else { format!("http://127.0.0.1:{port}") }
    }
}

impl Ports {
    /// Ports that nobody listens on now.
    fn free() -> io::Result<Self> {
        // Held together, so that the system hands out ten different ones.
        let held =
            (0..10).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<io::Result<Vec<_>>>()?;
        let mut ports = held.iter().map(|l| l.local_addr().map(|a| a.port()));
        let mut next = || ports.next().unwrap_or(Err(io::ErrorKind::AddrNotAvailable.into()));
        Ok(Self {
            registry: next()?,
            peers: next()?,
            residents: next()?,
            residents_page: next()?,
            transport: next()?,
            transport_page: next()?,
            land: next()?,
            land_page: next()?,
            counter: next()?,
            phone: next()?,
        })
    }

    fn all_free(self) -> Result<(), LayoutError> {
        let all = [
            self.registry,
            self.peers,
            self.residents,
            self.residents_page,
            self.transport,
            self.transport_page,
            self.land,
            self.land_page,
            self.counter,
            self.phone,
        ];
        for port in all {
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|_| LayoutError::PortTaken(port))?;
        }
        Ok(())
    }
}

fn at(path: &Path, source: io::Error) -> LayoutError {
    LayoutError::Io { path: path.into(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("yufu-layout-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        dir
    }

    #[test]
    fn a_town_keeps_its_ports() {
        let dir = folder("keeps");
        let first = Layout::open(&dir, false, false).unwrap();
        let second = Layout::open(&dir, false, false).unwrap();
        assert!(!first.resumed && second.resumed);
        assert_eq!(first.ports, second.ports);
    }

    #[test]
    fn names_the_port_that_another_program_took() {
        let dir = folder("taken");
        let layout = Layout::open(&dir, false, false).unwrap();
        let _held = TcpListener::bind(Layout::address(layout.ports.counter)).unwrap();
        let error = Layout::open(&dir, false, false).unwrap_err();
        assert!(matches!(error, LayoutError::PortTaken(port) if port == layout.ports.counter));
    }

    #[test]
    fn fresh_leaves_a_folder_alone_that_holds_no_town() {
        let dir = folder("other");
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("letter.txt"), "dear").unwrap();
        assert!(matches!(Layout::open(&dir, true, false), Err(LayoutError::NotATown(_))));
        assert!(dir.join("letter.txt").exists());
    }

    #[test]
    fn refuses_to_open_a_town_with_another_scheme() {
        let dir = folder("scheme");
        Layout::open(&dir, false, false).unwrap();
        assert!(matches!(Layout::open(&dir, false, true), Err(LayoutError::OtherScheme("without"))));
    }
}
