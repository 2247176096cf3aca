//! What the specifications' vectors need of a context that is not bundled.

use serde_json::{Value, json};

/// The URL of the citizenship vocabulary's context in its fourth version, and our own words for the terms
/// of it that the vectors' documents use.
pub(in crate::credential::w3c) fn citizenship() -> (&'static str, Value) {
    let ours = |name: &str| format!("https://w3id.org/citizenship#{name}");
    let schema = |name: &str| format!("https://schema.org/{name}");
    let time = |iri: String| json!({ "@id": iri, "@type": "http://www.w3.org/2001/XMLSchema#dateTime" });
    let context = json!({
        "id": "@id",
        "type": "@type",
        "EmployablePerson": ours("EmployablePerson"),
        "EmploymentAuthorizationDocument": ours("EmploymentAuthorizationDocument"),
        "EmploymentAuthorizationDocumentCredential": ours("EmploymentAuthorizationDocumentCredential"),
        "PermanentResident": ours("PermanentResident"),
        "PermanentResidentCard": ours("PermanentResidentCard"),
        "PermanentResidentCardCredential": ours("PermanentResidentCardCredential"),
        "Person": schema("Person"),
        "additionalName": schema("additionalName"),
        "birthCountry": ours("birthCountry"),
        "birthDate": time(schema("birthDate")),
        "commuterClassification": ours("commuterClassification"),
        "employmentAuthorizationDocument": { "@id": ours("employmentAuthorizationDocument"), "@type": "@id" },
        "familyName": schema("familyName"),
        "gender": schema("gender"),
        "givenName": schema("givenName"),
        "identifier": schema("identifier"),
        "image": { "@id": schema("image"), "@type": "@id" },
        "lprCategory": ours("lprCategory"),
        "lprNumber": ours("lprNumber"),
        "permanentResidentCard": { "@id": ours("permanentResidentCard"), "@type": "@id" },
        "residentSince": time(ours("residentSince")),
    });
    ("https://w3id.org/citizenship/v4rc1", json!({ "@context": context }))
}
