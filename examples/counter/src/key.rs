//! The counter's own key. Its thumbprint is the audience of codes that are made for this counter alone.

use crate::error::CounterError;
use std::{fs::OpenOptions, io::Write, path::Path};
use yufu_core::{
    Random,
    crypto::{Algorithm, SoftwareKey},
};

/// The key in `path`, made when the file is not there. The file is for its owner's eyes only. Losing it
/// means a new printed code and nothing worse: no past verdict depends on it.
///
/// # Errors
/// [`CounterError::Key`] when the file cannot be read, made, or holds something else.
pub(crate) fn open_or_create(path: &Path, random: &dyn Random) -> Result<SoftwareKey, CounterError> {
    let problem = |problem: String| CounterError::Key { path: path.to_owned(), problem };
    match std::fs::read(path) {
        Ok(pkcs8) => SoftwareKey::from_pkcs8(&pkcs8).map_err(|e| problem(e.to_string())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = SoftwareKey::generate(Algorithm::Es256, random).map_err(|e| problem(e.to_string()))?;
            write(path, &key.pkcs8()).map_err(|e| problem(e.to_string()))?;
            Ok(key)
        }
        Err(error) => Err(problem(error.to_string())),
    }
}

fn write(path: &Path, pkcs8: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(pkcs8)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use yufu_core::{crypto::Signer, random::SeededRandom};

    #[test]
    fn the_key_stays_the_same_and_is_readable_by_its_owner_only() {
        let folder = std::env::temp_dir().join(format!("yufu-counter-key-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let path = folder.join("counter.key");
        let made = open_or_create(&path, &SeededRandom::new(1)).unwrap();
        let again = open_or_create(&path, &SeededRandom::new(2)).unwrap();
        assert_eq!(made.verifying_key(), again.verifying_key());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&path, b"not a key").unwrap();
        assert!(matches!(open_or_create(&path, &SeededRandom::new(3)), Err(CounterError::Key { .. })));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
