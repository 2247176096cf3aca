//! The national root and what it signs directly: lean leaves for agencies' keys, and TLS leaves for
//! `localhost`. Our own parties find trust on the registry; this chain is for everyone else.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, SanType, SerialNumber,
    SignatureAlgorithm,
};
use std::{
    io::Write,
    path::{Path, PathBuf},
};
use time::OffsetDateTime;
use yufu_core::{
    Random,
    crypto::{Algorithm, Signer, SoftwareKey, VerifyingKey},
    time::{DAY, start_of_day},
};

use crate::keys::{KeyFileError, KeyFiles};

/// The root's certificate within its folder.
pub const ROOT_CERTIFICATE: &str = "root.pem";
/// The root's private key within its folder.
pub const ROOT_KEY: &str = "root-key.pem";

/// Why a certificate was not made.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is a root already; a second one would make leaves of the first worthless.
    #[error("{0} already holds a root")]
    RootExists(PathBuf),
    /// The root's files do not belong together, or are none.
    #[error("{0} does not hold a root")]
    NotARoot(PathBuf),
    /// A key file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The key is of a kind that leaves do not carry.
    #[error("only P-256 keys are certified")]
    UnsupportedKey,
    /// The name is not a DID.
    #[error("`{0}` is not a DID")]
    NotADid(String),
    /// The validity is empty.
    #[error("the validity is empty or lies beyond what a certificate can say")]
    Validity,
    /// The certificate could not be put together.
    #[error("the certificate could not be made: {0}")]
    Make(#[from] rcgen::Error),
}

/// A certificate authority: here always the one national root.
pub struct Root {
    certificate: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Root").finish_non_exhaustive()
    }
}

/// Makes a root in `folder`: its certificate and its key, which `files` protects. `now` and the
/// validity are in seconds.
///
/// # Errors
/// [`PkiError`] by what failed; [`PkiError::RootExists`] when there is one.
pub fn create_root(
    folder: &Path,
    name: &str,
    now: u64,
    years: u64,
    files: &KeyFiles,
    random: &dyn Random,
) -> Result<Root, PkiError> {
    let (certificate_path, key_path) = (folder.join(ROOT_CERTIFICATE), folder.join(ROOT_KEY));
    if certificate_path.exists() || key_path.exists() {
        return Err(PkiError::RootExists(folder.into()));
    }
    let key = SoftwareKey::generate(Algorithm::Es256, random).map_err(KeyFileError::from)?;
    let pair = key_pair(&key)?;
    // Older than any key that it certifies: a demo's keys start weeks back.
    let from = start_of_day(now).saturating_sub(60 * DAY);
    let mut params = params(random, from, now.saturating_add(years.saturating_mul(365 * DAY)))?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = params.self_signed(&pair)?;
    files.write(&key_path, &key, random)?;
    write_new(&certificate_path, certificate.pem().as_bytes())?;
    Ok(Root { certificate: certificate.der().to_vec(), issuer: Issuer::new(params, pair) })
}

impl Root {
    /// Opens the root in `folder`.
    ///
    /// # Errors
    /// [`PkiError`] by what failed.
    pub fn open(folder: &Path, files: &KeyFiles) -> Result<Self, PkiError> {
        let path = folder.join(ROOT_CERTIFICATE);
        let pem = std::fs::read(&path).map_err(|source| PkiError::File { path: path.clone(), source })?;
        let not_a_root = || PkiError::NotARoot(folder.into());
        let (_, pem) = x509_parser::pem::parse_x509_pem(&pem).map_err(|_| not_a_root())?;
        let certificate = pem.contents;
        let key = files.read(&folder.join(ROOT_KEY))?;
        let (_, parsed) = x509_parser::parse_x509_certificate(&certificate).map_err(|_| not_a_root())?;
        let public = VerifyingKey::from_p256_point(&parsed.public_key().subject_public_key.data);
        if public.as_ref() != Ok(key.verifying_key()) || !parsed.is_ca() {
            return Err(not_a_root());
        }
        let name = parsed.subject().iter_common_name().next().and_then(|n| n.as_str().ok());
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name.ok_or_else(not_a_root)?);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = Issuer::new(params, key_pair(&key)?);
        Ok(Self { certificate, issuer })
    }

    /// The root's certificate, DER. It is what outside parties are given; it never stands in `x5c`.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// A leaf for an agency's key, DER: the DID as URI name and nothing that `x5c` can do without.
    /// Validity in seconds, from inclusive, to exclusive.
    ///
    /// # Errors
    /// [`PkiError`] by what does not hold.
    pub fn leaf(
        &self,
        did: &str,
        key: &VerifyingKey,
        valid_from: u64,
        valid_to: u64,
        random: &dyn Random,
    ) -> Result<Vec<u8>, PkiError> {
        if !did.starts_with("did:") || did.len() > 128 {
            return Err(PkiError::NotADid(did.into()));
        }
        let VerifyingKey::P256(point) = key else { return Err(PkiError::UnsupportedKey) };
        let mut params = params(random, valid_from, valid_to)?;
        params.subject_alt_names =
            vec![SanType::URI(did.try_into().map_err(|_| PkiError::NotADid(did.into()))?)];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        Ok(params.signed_by(&P256(point), &self.issuer)?.der().to_vec())
    }

    /// A TLS leaf for `localhost` and the loopback addresses, with its key: (certificate, key), PEM.
    ///
    /// # Errors
    /// [`PkiError`] by what failed.
    pub fn localhost(&self, now: u64, random: &dyn Random) -> Result<(String, String), PkiError> {
        let key = SoftwareKey::generate(Algorithm::Es256, random).map_err(KeyFileError::from)?;
        let pair = key_pair(&key)?;
        // Clients refuse TLS leaves that live longer than 398 days.
        let from = start_of_day(now).saturating_sub(DAY);
        let mut params = params(random, from, from + 397 * DAY)?;
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.subject_alt_names = vec![
            SanType::DnsName("localhost".try_into()?),
            SanType::IpAddress([127, 0, 0, 1].into()),
            SanType::IpAddress(std::net::Ipv6Addr::LOCALHOST.into()),
        ];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&pair, &self.issuer)?;
        Ok((certificate.pem(), pair.serialize_pem()))
    }
}

/// Writes the files of a TLS leaf to `folder`: `localhost.pem` and `localhost-key.pem`, which servers
/// read as they are, so the key is not encrypted and is for the owner alone.
///
/// # Errors
/// [`PkiError`] by what failed.
pub fn write_localhost(
    root: &Root,
    folder: &Path,
    now: u64,
    random: &dyn Random,
) -> Result<(PathBuf, PathBuf), PkiError> {
    let (certificate, key) = root.localhost(now, random)?;
    let (certificate_path, key_path) = (folder.join("localhost.pem"), folder.join("localhost-key.pem"));
    write_new(&certificate_path, certificate.as_bytes())?;
    write_new(&key_path, key.as_bytes())?;
    Ok((certificate_path, key_path))
}

/// A certificate as PEM.
#[must_use]
pub fn certificate_pem(der: &[u8]) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

fn params(random: &dyn Random, from: u64, to: u64) -> Result<CertificateParams, PkiError> {
    if from >= to {
        return Err(PkiError::Validity);
    }
    let mut serial: [u8; 8] = random.bytes().map_err(|e| KeyFileError::Generate(e.to_string()))?;
    // Positive and of constant length.
    serial[0] = serial[0] & 0x7f | 0x40;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.not_before = instant(from)?;
    params.not_after = instant(to - 1)?;
    params.use_authority_key_identifier_extension = false;
    params.is_ca = IsCa::NoCa;
    Ok(params)
}

fn instant(seconds: u64) -> Result<OffsetDateTime, PkiError> {
    let seconds = i64::try_from(seconds).map_err(|_| PkiError::Validity)?;
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| PkiError::Validity)
}

fn key_pair(key: &SoftwareKey) -> Result<KeyPair, PkiError> {
    let pkcs8 = key.pkcs8();
    let der = rustls_pki_types::PrivatePkcs8KeyDer::from(pkcs8.as_slice());
    Ok(KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_ECDSA_P256_SHA256)?)
}

/// A P-256 key as rcgen wants to be told of it.
struct P256<'a>(&'a [u8; 65]);

impl PublicKeyData for P256<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), PkiError> {
    let failed = |source| PkiError::File { path: path.into(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::KeysConfig, testing::scratch};
    use yufu_core::{SystemRandom, crypto::LeafCertificate};

    const NOW: u64 = 1_793_577_600;
    const DID: &str = "did:yufu:demo:3yZe7d1qUyV7Zq1Zt6n9nXbq6m5K";

    fn files() -> KeyFiles {
        KeyFiles::new(&KeysConfig { unencrypted: true, ..KeysConfig::default() }).unwrap()
    }

    fn root(name: &str) -> (PathBuf, Root) {
        let folder = scratch(name);
        let root = create_root(&folder, "Yufu Root", NOW, 10, &files(), &SystemRandom::new()).unwrap();
        (folder, root)
    }

    #[test]
    fn a_leaf_is_lean_names_the_did_and_verifies_under_the_root() {
        let (folder, _) = root("leaf");
        let root = Root::open(&folder, &files()).unwrap();
        let key = SoftwareKey::generate(Algorithm::Es256, &SystemRandom::new()).unwrap();
        let der = root.leaf(DID, key.verifying_key(), NOW, NOW + DAY, &SystemRandom::new()).unwrap();
        assert!(der.len() <= 400, "{}", der.len());
        let leaf = LeafCertificate::parse(&der).unwrap();
        assert_eq!((leaf.did.as_str(), leaf.not_before, leaf.not_after), (DID, NOW, NOW + DAY - 1));
        assert_eq!(&leaf.key, key.verifying_key());
        let (_, child) = x509_parser::parse_x509_certificate(&der).unwrap();
        let (_, anchor) = x509_parser::parse_x509_certificate(root.certificate()).unwrap();
        assert_eq!(child.issuer(), anchor.subject());
        let point = VerifyingKey::from_p256_point(&anchor.public_key().subject_public_key.data).unwrap();
        let VerifyingKey::P256(point) = point else { panic!() };
        ring::signature::UnparsedPublicKey::new(&ring::signature::ECDSA_P256_SHA256_ASN1, point)
            .verify(child.tbs_certificate.as_ref(), &child.signature_value.data)
            .unwrap();
    }

    #[test]
    fn refuses_a_second_root_in_one_folder() {
        let (folder, _) = root("second");
        let again = create_root(&folder, "Other", NOW, 10, &files(), &SystemRandom::new());
        assert!(matches!(again, Err(PkiError::RootExists(_))));
    }

    #[test]
    fn refuses_a_root_whose_key_is_anothers() {
        let (folder, _) = root("mixed-a");
        let (other, _) = root("mixed-b");
        std::fs::copy(other.join(ROOT_KEY), folder.join(ROOT_KEY)).unwrap();
        assert!(matches!(Root::open(&folder, &files()), Err(PkiError::NotARoot(_))));
    }

    #[test]
    fn refuses_names_that_are_no_did_keys_that_are_not_p256_and_empty_validity() {
        let (_, root) = root("refusals");
        let random = SystemRandom::new();
        let key = SoftwareKey::generate(Algorithm::Es256, &random).unwrap();
        let other = SoftwareKey::generate(Algorithm::Ed25519, &random).unwrap();
        let leaf = |did: &str, key: &SoftwareKey, to| root.leaf(did, key.verifying_key(), NOW, to, &random);
        assert!(matches!(leaf("https://a.example", &key, NOW + 1), Err(PkiError::NotADid(_))));
        assert!(matches!(leaf(DID, &other, NOW + 1), Err(PkiError::UnsupportedKey)));
        assert!(matches!(leaf(DID, &key, NOW), Err(PkiError::Validity)));
    }

    #[test]
    fn a_localhost_leaf_is_one_that_rustls_serves_and_webpki_accepts() {
        let (folder, root) = root("localhost");
        let (certificate, key) = write_localhost(&root, &folder, NOW, &SystemRandom::new()).unwrap();
        crate::tls::server_config(&crate::config::TlsConfig { cert: certificate, key }).unwrap();
    }
}
