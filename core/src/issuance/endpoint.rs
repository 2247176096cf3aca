//! Addresses that may be asked, and where an issuer's metadata stands.

/// The longest address that is taken.
const MAX_URL: usize = 2048;

/// Why an address was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not an absolute http or https address, or with user information, a fragment or a stray character.
    #[error("not an address that can be asked")]
    Malformed,
    /// Plain http to another machine.
    #[error("an address without https, and not on this machine")]
    Insecure,
}

/// The scheme, authority and path of an address.
struct Parts<'a> {
    origin: &'a str,
    path: &'a str,
}

/// Checks that `url` is an address that may be asked: https, or http to this very machine, which is for
/// development.
///
/// # Errors
/// [`EndpointError`] by what is wrong with it.
pub fn check_endpoint(url: &str) -> Result<(), EndpointError> {
    parts(url).map(|_| ())
}

fn parts(url: &str) -> Result<Parts<'_>, EndpointError> {
    let clean = url.len() <= MAX_URL
        && url.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\' | b'#'));
    if !clean {
        return Err(EndpointError::Malformed);
    }
    let (rest, secure) = if let Some(rest) = url.strip_prefix("https://") {
        (rest, true)
    } else {
        (url.strip_prefix("http://").ok_or(EndpointError::Malformed)?, false)
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let authority = &rest[..end];
    let host = host(authority)?;
    if !secure && !is_loopback(host) {
        return Err(EndpointError::Insecure);
    }
    let split = url.len() - rest.len() + end;
    Ok(Parts { origin: &url[..split], path: &url[split..] })
}

fn host(authority: &str) -> Result<&str, EndpointError> {
    if authority.contains('@') {
        return Err(EndpointError::Malformed);
    }
    let (host, port) = if let Some(bracketed) = authority.strip_prefix('[') {
        let (address, port) = bracketed.split_once(']').ok_or(EndpointError::Malformed)?;
        address.parse::<std::net::Ipv6Addr>().map_err(|_| EndpointError::Malformed)?;
        (address, port)
    } else {
        let end = authority.find(':').unwrap_or(authority.len());
        (&authority[..end], &authority[end..])
    };
    let port_fits = match port.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_ok(),
        None => port.is_empty(),
    };
    if host.is_empty() || !port_fits { Err(EndpointError::Malformed) } else { Ok(host) }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The address of the metadata `name` of `issuer`: the well-known string goes between host and path.
///
/// # Errors
/// [`EndpointError`] when the issuer's identifier is no address, or has a query.
///
/// Spec: OpenID4VCI 1.0 §12.2.2; RFC 8414 §3.1.
pub fn well_known(issuer: &str, name: &str) -> Result<String, EndpointError> {
    let Parts { origin, path } = parts(issuer)?;
    if path.contains('?') {
        return Err(EndpointError::Malformed);
    }
    Ok(format!("{origin}/.well-known/{name}{}", path.trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_string_goes_between_host_and_path() {
        let name = "openid-credential-issuer";
        for (issuer, expected) in [
            ("https://a.example", "https://a.example/.well-known/openid-credential-issuer"),
            ("https://a.example/", "https://a.example/.well-known/openid-credential-issuer"),
            ("https://a.example/tenant/1", "https://a.example/.well-known/openid-credential-issuer/tenant/1"),
            ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/.well-known/openid-credential-issuer/x"),
        ] {
            assert_eq!(well_known(issuer, name).unwrap(), expected);
        }
        assert_eq!(well_known("https://a.example/?x", name), Err(EndpointError::Malformed));
    }

    #[test]
    fn takes_https_everywhere_and_http_on_this_machine_alone() {
        for good in
            ["https://a.example/x?y=z", "http://localhost:1/", "http://127.0.0.1", "http://[::1]:80/x"]
        {
            assert_eq!(check_endpoint(good), Ok(()), "{good}");
        }
        for insecure in ["http://a.example", "http://10.0.0.1/", "http://localhost.evil.example/"] {
            assert_eq!(check_endpoint(insecure), Err(EndpointError::Insecure), "{insecure}");
        }
        for bad in [
            "",
            "ftp://a.example",
            "https://",
            "https://user@a.example",
            "https://a.example/#f",
            "https://a b/",
            "https://a.example:99999/",
            "https://a.example:/",
            "https://[::g]/",
            "http://localhost@evil.example/",
            "https://a.example:+80/",
        ] {
            assert_eq!(check_endpoint(bad), Err(EndpointError::Malformed), "{bad}");
        }
    }
}
