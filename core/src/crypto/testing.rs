//! Keys and certificates for tests.

use super::{Algorithm, SoftwareKey};
use crate::random::SeededRandom;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, Issuer, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};

/// The same key for the same seed.
pub(crate) fn key(algorithm: Algorithm, seed: u64) -> SoftwareKey {
    SoftwareKey::generate(algorithm, &SeededRandom::new(seed)).unwrap()
}

/// A leaf for `key` that names `did`, valid from 2026 to 2027 inclusive.
pub(crate) fn leaf(key: &SoftwareKey, did: &str) -> Vec<u8> {
    leaf_with(key, did, |_| {})
}

/// That leaf, changed before it is signed.
pub(crate) fn leaf_with(
    key: &SoftwareKey,
    did: &str,
    change: impl FnOnce(&mut CertificateParams),
) -> Vec<u8> {
    certify(&KeyPair::try_from(key.pkcs8().as_slice()).unwrap(), did, change)
}

pub(crate) fn certify(key: &KeyPair, did: &str, change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
    let mut root = CertificateParams::default();
    root.distinguished_name = name("Test root");
    let root = Issuer::new(root, KeyPair::generate().unwrap());
    let mut params = CertificateParams::default();
    params.distinguished_name = name("Test agency");
    params.subject_alt_names = vec![did_name(did)];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2028, 1, 1);
    change(&mut params);
    params.signed_by(key, &root).unwrap().der().to_vec()
}

pub(crate) fn did_name(did: &str) -> SanType {
    SanType::URI(did.try_into().unwrap())
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}
