//! The leaf certificate of a credential's `x5c`: whose key it is, and for how long.
//!
//! Nothing here decides trust. Our own parties look the leaf's key up in the registry under the
//! leaf's DID; parties outside follow the chain to the national root.

use super::VerifyingKey;
use base64::{Engine, engine::general_purpose::STANDARD};
use x509_parser::{
    extensions::{GeneralName, ParsedExtension},
    oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ED25519},
    prelude::{FromDer, X509Certificate},
    x509::SubjectPublicKeyInfo,
};

/// The largest certificate that is read, in bytes of DER.
pub const MAX_CERTIFICATE: usize = 4096;
/// The most certificates that an `x5c` may carry.
pub const MAX_CHAIN: usize = 4;

/// Why a certificate or a chain was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not one certificate in DER, whole and alone.
    #[error("not a certificate in DER")]
    Malformed,
    /// Larger than [`MAX_CERTIFICATE`].
    #[error("the certificate is larger than {MAX_CERTIFICATE} bytes")]
    TooLarge,
    /// Its key is neither P-256 nor Ed25519, or not a point of its curve.
    #[error("the certificate's key is not one that we take")]
    Key,
    /// It does not name exactly one DID as a URI.
    #[error("the certificate does not name exactly one DID")]
    Did,
    /// It may sign certificates, or may not sign anything else.
    #[error("the certificate is not a leaf for signatures")]
    NotALeaf,
    /// Issuer and subject are one.
    #[error("the certificate is self-signed")]
    SelfSigned,
    /// `x5c` is empty, too long, or not an array of standard base64 strings.
    #[error("the certificate chain is empty, too long or malformed")]
    Chain,
}

/// A leaf certificate, read but not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafCertificate {
    /// The key that it certifies.
    pub key: VerifyingKey,
    /// The DID that it names.
    pub did: String,
    /// First second of its validity, since the Unix epoch.
    pub not_before: u64,
    /// Last second of its validity, since the Unix epoch.
    pub not_after: u64,
}

impl LeafCertificate {
    /// Reads a leaf. Its signature is not checked: see the module.
    ///
    /// # Errors
    /// [`CertificateError`] by what is wrong with it.
    ///
    /// Spec: RFC 5280 §4.1, §4.2.1.
    pub fn parse(der: &[u8]) -> Result<Self, CertificateError> {
        if der.len() > MAX_CERTIFICATE {
            return Err(CertificateError::TooLarge);
        }
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| CertificateError::Malformed)?;
        if !rest.is_empty() {
            return Err(CertificateError::Malformed);
        }
        if certificate.issuer().as_raw() == certificate.subject().as_raw() {
            return Err(CertificateError::SelfSigned);
        }
        let seconds = |time: i64| u64::try_from(time).map_err(|_| CertificateError::Malformed);
        Ok(Self {
            key: key(certificate.public_key())?,
            did: did(&certificate)?,
            not_before: seconds(certificate.validity().not_before.timestamp())?,
            not_after: seconds(certificate.validity().not_after.timestamp())?,
        })
    }
}

fn key(spki: &SubjectPublicKeyInfo<'_>) -> Result<VerifyingKey, CertificateError> {
    let bytes = &spki.subject_public_key.data;
    let algorithm = &spki.algorithm;
    if algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY {
        let curve = algorithm.parameters.as_ref().and_then(|p| p.as_oid().ok());
        if curve != Some(OID_EC_P256) {
            return Err(CertificateError::Key);
        }
        VerifyingKey::from_p256_point(bytes).map_err(|_| CertificateError::Key)
    } else if algorithm.algorithm == OID_SIG_ED25519 {
        VerifyingKey::from_ed25519(bytes).map_err(|_| CertificateError::Key)
    } else {
        Err(CertificateError::Key)
    }
}

/// The one DID among the subject's alternative names; on the way, whether the leaf is one.
fn did(certificate: &X509Certificate<'_>) -> Result<String, CertificateError> {
    let mut did = None;
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(names) => {
                for name in &names.general_names {
                    if let GeneralName::URI(uri) = name
                        && uri.starts_with("did:")
                        && did.replace((*uri).to_owned()).is_some()
                    {
                        return Err(CertificateError::Did);
                    }
                }
            }
            ParsedExtension::BasicConstraints(constraints) if constraints.ca => {
                return Err(CertificateError::NotALeaf);
            }
            ParsedExtension::KeyUsage(usage) if !usage.digital_signature() => {
                return Err(CertificateError::NotALeaf);
            }
            _ => {}
        }
    }
    did.ok_or(CertificateError::Did)
}

/// The certificates of an `x5c` header, leaf first, as DER.
///
/// # Errors
/// [`CertificateError::Chain`] when it is not an array of 1 to [`MAX_CHAIN`] standard base64 strings,
/// [`CertificateError::TooLarge`] when a member is.
///
/// Spec: RFC 7515 §4.1.6.
pub fn decode_x5c<T: AsRef<str>>(x5c: &[T]) -> Result<Vec<Vec<u8>>, CertificateError> {
    if x5c.is_empty() || x5c.len() > MAX_CHAIN {
        return Err(CertificateError::Chain);
    }
    x5c.iter()
        .map(|text| {
            let text = text.as_ref();
            if text.len() > MAX_CERTIFICATE.div_ceil(3) * 4 {
                return Err(CertificateError::TooLarge);
            }
            STANDARD.decode(text).map_err(|_| CertificateError::Chain)
        })
        .collect()
}

/// The `x5c` header of a chain in DER, leaf first and without its anchor.
///
/// Spec: RFC 7515 §4.1.6.
#[must_use]
pub fn encode_x5c(chain: &[Vec<u8>]) -> Vec<String> {
    chain.iter().map(|der| STANDARD.encode(der)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{
        Algorithm, Signer,
        testing::{did_name, key, leaf, leaf_with},
    };
    use proptest::prelude::*;
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyUsagePurpose, SanType};

    const DID: &str = "did:yufu:test:2UzHL6";

    #[test]
    fn a_leaf_tells_its_key_its_did_and_its_validity() {
        for algorithm in [Algorithm::Es256, Algorithm::Ed25519] {
            let key = key(algorithm, 1);
            let leaf = LeafCertificate::parse(&leaf(&key, DID)).unwrap();
            assert_eq!(&leaf.key, key.verifying_key());
            assert_eq!(leaf.did, DID);
            assert_eq!((leaf.not_before, leaf.not_after), (1_767_225_600, 1_830_297_600));
        }
    }

    fn refusal(change: impl FnOnce(&mut CertificateParams)) -> CertificateError {
        LeafCertificate::parse(&leaf_with(&key(Algorithm::Es256, 1), DID, change)).unwrap_err()
    }

    #[test]
    fn refuses_a_leaf_that_names_no_did_or_two() {
        assert_eq!(refusal(|params| params.subject_alt_names.clear()), CertificateError::Did);
        let web = "https://agency.example".try_into().unwrap();
        assert_eq!(
            refusal(|params| params.subject_alt_names = vec![SanType::URI(web)]),
            CertificateError::Did
        );
        assert_eq!(
            refusal(|params| params.subject_alt_names.push(did_name("did:yufu:test:other"))),
            CertificateError::Did
        );
    }

    #[test]
    fn refuses_an_authority_and_a_key_that_may_not_sign() {
        assert_eq!(
            refusal(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
            CertificateError::NotALeaf
        );
        assert_eq!(
            refusal(|params| params.key_usages = vec![KeyUsagePurpose::KeyAgreement]),
            CertificateError::NotALeaf
        );
    }

    #[test]
    fn refuses_a_self_signed_certificate() {
        let error = refusal(|params| {
            params.distinguished_name = rcgen::DistinguishedName::new();
            params.distinguished_name.push(DnType::CommonName, "Test root");
        });
        assert_eq!(error, CertificateError::SelfSigned);
    }

    #[test]
    fn refuses_a_key_of_another_curve() {
        let other = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let der = crate::crypto::testing::certify(&other, DID, |_| {});
        assert_eq!(LeafCertificate::parse(&der), Err(CertificateError::Key));
    }

    #[test]
    fn refuses_bytes_behind_the_certificate_and_too_many_of_them() {
        let mut der = leaf(&key(Algorithm::Es256, 1), DID);
        der.push(0);
        assert_eq!(LeafCertificate::parse(&der), Err(CertificateError::Malformed));
        assert_eq!(LeafCertificate::parse(&vec![0; MAX_CERTIFICATE + 1]), Err(CertificateError::TooLarge));
    }

    #[test]
    fn a_chain_survives_x5c_and_a_bad_one_is_refused() {
        let chain = vec![vec![1, 2, 3], vec![4]];
        assert_eq!(decode_x5c(&encode_x5c(&chain)), Ok(chain));
        assert_eq!(decode_x5c::<String>(&[]), Err(CertificateError::Chain));
        assert_eq!(decode_x5c(&["AA=="; MAX_CHAIN + 1]), Err(CertificateError::Chain));
        assert_eq!(decode_x5c(&["-_8"]), Err(CertificateError::Chain));
        assert_eq!(decode_x5c(&["A".repeat(6000)]), Err(CertificateError::TooLarge));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = LeafCertificate::parse(&bytes);
        }

        #[test]
        fn no_changed_byte_makes_it_panic(at in 0_usize..300, to: u8) {
            let mut der = leaf(&key(Algorithm::Es256, 1), DID);
            let at = at % der.len();
            der[at] = to;
            let _ = LeafCertificate::parse(&der);
        }
    }
}
