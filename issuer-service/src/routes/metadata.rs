//! What the issuer and its authorization server, which are one, say about themselves.

use crate::{config::Config, offers::BATCH_SIZE, service::Service, types};
use axum::{Json, Router, routing::get};
use std::{collections::BTreeMap, sync::Arc};
use yufu_core::{
    credential::{Format, w3c::proof::Cryptosuite},
    crypto::Algorithm,
    issuance::{
        metadata::{
            BatchIssuance, ClaimDescription, CredentialConfiguration, CredentialDefinition,
            CredentialMetadata, Display, ISSUER_METADATA, IssuerMetadata, ProofType, SERVER_METADATA,
            ServerMetadata,
        },
        token::PRE_AUTHORIZED_CODE,
    },
};

/// The languages of names.
const LOCALES: [&str; 2] = ["en", "zh-CN"];

/// The documents at both places where wallets look: the well-known string inserted after the host, and,
/// as older wallets ask, appended to the path.
pub(super) fn router(service: &Service) -> Router<Arc<Service>> {
    let issuer = issuer(&service.config, &service.url, &service.did.to_string());
    let server = server(&service.url);
    let path = path_of(&service.url);
    let mut router = Router::new();
    for place in places(ISSUER_METADATA, path) {
        let document = issuer.clone();
        router = router.route(&place, get(move || async move { Json(document) }));
    }
    for place in places(SERVER_METADATA, path) {
        let document = server.clone();
        router = router.route(&place, get(move || async move { Json(document) }));
    }
    router
}

fn places(name: &str, path: &str) -> Vec<String> {
    let mut places = vec![format!("/.well-known/{name}{path}"), format!("{path}/.well-known/{name}")];
    places.dedup();
    places
}

/// The path of an address, without a slash at its end.
pub(super) fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').map_or("", |slash| rest[slash..].trim_end_matches('/'))
}

fn issuer(config: &Config, url: &str, did: &str) -> IssuerMetadata {
    let configurations = config.credentials.iter().filter_map(|credential| {
        let kind = types::by_vct(&credential.vct).ok()?;
        Some((credential.id.clone(), configuration(kind, credential.format)))
    });
    IssuerMetadata {
        credential_issuer: url.to_owned(),
        authorization_servers: None,
        did: Some(did.to_owned()),
        credential_endpoint: format!("{url}/credential"),
        nonce_endpoint: Some(format!("{url}/nonce")),
        batch_credential_issuance: Some(BatchIssuance { batch_size: BATCH_SIZE }),
        display: vec![named(&config.name.en, "en"), named(&config.name.zh, "zh-CN")],
        credential_configurations_supported: configurations.collect::<BTreeMap<_, _>>(),
    }
}

fn configuration(kind: &types::Kind, format: Format) -> CredentialConfiguration {
    let es256 = Algorithm::Es256.name();
    let secured_by = if format == Format::LdpVc { Cryptosuite::EcdsaRdfc2019.name() } else { es256 };
    let definition = kind.resolved().w3c().map(|shape| CredentialDefinition {
        // A JWT's contexts stand in it; only `ldp_vc` tells them here.
        contexts: if format == Format::LdpVc { shape.contexts.clone() } else { Vec::new() },
        types: shape.types.clone(),
    });
    let proof =
        ProofType { proof_signing_alg_values_supported: vec![es256.into()], key_attestations_required: None };
    let resolved = kind.resolved();
    let display = LOCALES.iter().map(|locale| {
        let colours = resolved.colours(locale);
        Display {
            name: resolved.name(locale).map(str::to_owned),
            locale: Some((*locale).into()),
            description: resolved.description(locale).map(str::to_owned),
            background_color: colours.and_then(|c| c.background_color.clone()),
            text_color: colours.and_then(|c| c.text_color.clone()),
            ..Display::default()
        }
    });
    let claims = resolved.claims().iter().map(|claim| {
        let label = |locale: &&str| Some(named(resolved.label(&claim.path, locale)?, locale));
        ClaimDescription {
            path: claim.path.clone(),
            mandatory: claim.mandatory,
            display: LOCALES.iter().filter_map(label).collect(),
        }
    });
    CredentialConfiguration {
        format: format.to_string(),
        scope: None,
        cryptographic_binding_methods_supported: Some(vec!["jwk".into()]),
        credential_signing_alg_values_supported: Some(vec![secured_by.into()]),
        proof_types_supported: Some(BTreeMap::from([("jwt".to_owned(), proof)])),
        vct: (format == Format::SdJwtVc).then(|| kind.vct().to_owned()),
        credential_definition: definition,
        credential_metadata: Some(CredentialMetadata {
            display: display.collect(),
            claims: claims.collect(),
        }),
    }
}

fn server(url: &str) -> ServerMetadata {
    ServerMetadata {
        issuer: url.to_owned(),
        token_endpoint: Some(format!("{url}/token")),
        response_types_supported: Vec::new(),
        grant_types_supported: Some(vec![PRE_AUTHORIZED_CODE.into()]),
        anonymous_access: Some(true),
    }
}

fn named(name: &str, locale: &str) -> Display {
    Display { name: Some(name.to_owned()), locale: Some(locale.to_owned()), ..Display::default() }
}
