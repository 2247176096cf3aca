//! did:web: a DID whose document its web site serves.
//!
//! Spec: did:web Method Specification.

use super::{DidError, Document, DocumentError, MAX_DID};

const PREFIX: &str = "did:web:";

/// Where the document of `did` is.
///
/// # Errors
/// [`DidError::Method`] for another method, [`DidError::Malformed`] for a host that is none or an IP
/// address, a malformed port, or path segments that leave their place.
pub fn url(did: &str) -> Result<String, DidError> {
    location(did.strip_prefix(PREFIX).ok_or(DidError::Method)?, "did.json")
}

/// The document of `did` in what its address answered: it must be of that very DID.
///
/// # Errors
/// [`DocumentError`]; [`DocumentError::OtherId`] when it is another's.
pub fn document(did: &str, json: &[u8]) -> Result<Document, DocumentError> {
    let document = Document::parse(json)?;
    if document.id == did { Ok(document) } else { Err(DocumentError::OtherId) }
}

/// The address of `file` for a host and path as did:web and did:webvh write them.
pub(super) fn location(identifier: &str, file: &str) -> Result<String, DidError> {
    if identifier.len() > MAX_DID {
        return Err(DidError::Malformed);
    }
    let (authority, path) = identifier.split_once(':').unwrap_or((identifier, ""));
    let (host, port) = match authority.split_once('%') {
        Some((host, port)) => {
            let port = port.strip_prefix("3A").or_else(|| port.strip_prefix("3a"));
            (host, Some(port.ok_or(DidError::Malformed)?))
        }
        None => (authority, None),
    };
    if !is_host_name(host) || !port.is_none_or(is_port) {
        return Err(DidError::Malformed);
    }
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let path = match path {
        "" if identifier.contains(':') => return Err(DidError::Malformed),
        "" => ".well-known".to_owned(),
        path if path.split(':').all(is_segment) => path.replace(':', "/"),
        _ => return Err(DidError::Malformed),
    };
    Ok(format!("https://{host}{port}/{path}/{file}"))
}

/// Whether a text is a host's name, and not an IP address in any spelling that browsers take: those end
/// in a label of digits or one that begins like a hexadecimal number.
pub(super) fn is_host_name(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= 253
        && host.split('.').all(label)
        && !last.bytes().all(|byte| byte.is_ascii_digit())
        && !last.to_ascii_lowercase().starts_with("0x")
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

/// A segment that stays one when it is decoded, and does not lead upwards.
fn is_segment(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    let dots = lower.replace("%2e", ".");
    !segment.is_empty()
        && dots != "."
        && dots != ".."
        && !["%2f", "%5c", "%00"].iter().any(|escape| lower.contains(escape))
        && super::has_only_id_characters(segment.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_methods_examples_lead_to_their_addresses() {
        for (did, address) in [
            ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
            ("did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"),
            ("did:web:example.com%3A3000:user:alice", "https://example.com:3000/user/alice/did.json"),
        ] {
            assert_eq!(url(did).as_deref(), Ok(address));
        }
    }

    #[test]
    fn refuses_addresses_odd_ports_and_paths_that_lead_elsewhere() {
        for identifier in [
            "",
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "%5B%3A%3A1%5D",
            "a..example",
            "-a.example",
            "a.example%3A0",
            "a.example%3A65536",
            "a.example%3A",
            "a.example%2Fx",
            "a.example:",
            "a.example:..",
            "a.example:%2e%2E",
            "a.example:x%2Fy",
            "a.example::x",
            "user@a.example",
            "a.example:x?y",
            "a_b.example",
            "a.example%3A80%3A80",
        ] {
            assert_eq!(url(&format!("did:web:{identifier}")), Err(DidError::Malformed), "{identifier}");
        }
        assert_eq!(url("did:key:z"), Err(DidError::Method));
    }

    #[test]
    fn refuses_the_document_of_another() {
        let json = br#"{"@context":["https://www.w3.org/ns/did/v1"],"id":"did:web:b.example"}"#;
        assert_eq!(document("did:web:a.example", json), Err(DocumentError::OtherId));
        assert!(document("did:web:b.example", json).is_ok());
    }
}
