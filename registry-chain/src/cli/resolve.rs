//! Resolving DIDs, and saying whose a DID of the web is in the registry.

use super::{
    Failure, Locale,
    arguments::Resolve,
    block_on,
    read::{connect, tell_newest},
    say,
};
use std::sync::Arc;
use yufu_core::{
    Clock as _,
    client::{Destinations, ReqwestTransport, TransportOptions, roots_from_pem},
    did::{Registry, Resolution, Resolver, ResolverOptions, did_of},
    http::HttpTransport,
    time::SystemClock,
};

pub(super) fn resolve(locale: Locale, arguments: &Resolve) -> Result<(), Failure> {
    let (gateway, mut light) = connect(&arguments.registry)?;
    let resolver = Resolver::new(web(arguments)?, Arc::new(SystemClock), ResolverOptions::default());
    let resolution = block_on(async {
        let network = Registry::network_name(&gateway, &mut light, SystemClock.now_ms()).await?;
        let mut registry = Registry { network: &network, gateway: &gateway, light: &mut light };
        let did = did_of(&arguments.did);
        if is_of_the_web(did) {
            bound(locale, &resolver, &arguments.did, &mut registry).await
        } else {
            let resolution = resolver.resolve(&arguments.did, Some(&mut registry)).await?;
            tell_names(locale, &resolver, &resolution, &mut registry).await;
            Ok(resolution)
        }
    })??;
    tell_newest(locale, &light);
    let json = resolution.json();
    println!("{}", serde_json::to_string_pretty(&json).unwrap_or_else(|_| json.to_string()));
    Ok(())
}

/// The issuer of the registry that a DID of the web is, or why that is not proven.
async fn bound(
    locale: Locale,
    resolver: &Resolver,
    url: &str,
    registry: &mut Registry<'_>,
) -> Result<Resolution, Failure> {
    let bound = resolver.bound_issuer(url, registry).await?;
    let names = [("web", did_of(url).into()), ("did", bound.did.to_string().into())];
    eprintln!("{}", say(locale, "registry-bound", &names));
    if bound.key.is_some() {
        eprintln!("{}", say(locale, "registry-bound-key", &[]));
    }
    Ok(bound.resolution)
}

/// Which of the names in an issuer's record are proven to be its own.
async fn tell_names(
    locale: Locale,
    resolver: &Resolver,
    resolution: &Resolution,
    registry: &mut Registry<'_>,
) {
    let Some(document) = &resolution.document else { return };
    for web in document.also_known_as.iter().filter(|name| is_of_the_web(name)) {
        match resolver.bound_issuer(web, registry).await {
            Ok(bound) => {
                let names = [("web", web.into()), ("did", bound.did.to_string().into())];
                eprintln!("{}", say(locale, "registry-bound", &names));
            }
            Err(error) => {
                let names = [("web", web.into()), ("reason", error.to_string().into())];
                eprintln!("{}", say(locale, "registry-unbound", &names));
            }
        }
    }
}

fn is_of_the_web(did: &str) -> bool {
    did.starts_with("did:web:") || did.starts_with("did:webvh:")
}

/// How web sites are asked. Strangers name them: no address of an inner network is among them.
fn web(arguments: &Resolve) -> Result<Arc<dyn HttpTransport>, Failure> {
    let mut options =
        TransportOptions { destinations: Destinations::PublicAndLoopback, ..TransportOptions::default() };
    if let Some(path) = &arguments.root_certificate {
        options.extra_roots = roots_from_pem(super::read_text(path)?.as_bytes())?;
    }
    Ok(Arc::new(ReqwestTransport::new(&options)?))
}
