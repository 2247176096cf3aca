//! Credential types: labels, claims and rules as data (SD-JWT VC type metadata).
