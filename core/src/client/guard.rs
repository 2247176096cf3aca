//! Which addresses may be connected to. A name that strangers choose, such as that of a did:web, could
//! lead into our own network.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where a transport may connect to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Destinations {
    /// Anywhere: the addresses come from our own configuration.
    #[default]
    Any,
    /// Public addresses alone.
    Public,
    /// Public addresses and this machine, for development.
    PublicAndLoopback,
}

impl Destinations {
    /// Whether `address` may be connected to.
    #[must_use]
    pub fn allow(self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::Public => is_public_address(address),
            Self::PublicAndLoopback => is_public_address(address) || address.to_canonical().is_loopback(),
        }
    }
}

/// Whether `address` is one of the public internet: not private, shared, loopback, link-local,
/// multicast, reserved, for documentation, or an IPv4 address in the dress of another.
///
/// Spec: the IANA IPv4 and IPv6 Special-Purpose Address Registries.
#[must_use]
pub fn is_public_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 10 | 127, ..] | [169, 254, ..] | [192, 168, ..] => true,
        [100, second, ..] => (64..128).contains(&second),
        [172, second, ..] => (16..32).contains(&second),
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => {
            true
        }
        [first, ..] => first >= 224,
    };
    !special
}

/// Of IPv6 only global unicast (2000::/3) is public, less what carries an IPv4 address or is reserved.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let tunnel_or_reserved = match first {
        0x2001 => second < 0x0200 || second == 0x0db8,
        0x2002 => true,
        0x3fff => second < 0x1000,
        _ => false,
    };
    (0x2000..0x4000).contains(&first) && !tunnel_or_reserved
}

/// Resolves names and keeps the addresses that may be connected to. What was checked is what is
/// connected to: the name is not asked for again.
#[derive(Debug)]
pub(super) struct GuardedResolver(pub(super) Destinations);

#[derive(Debug, thiserror::Error)]
#[error("the host has no address that may be connected to")]
struct NoAllowedAddress;

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let destinations = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<_> = found.filter(|address| destinations.allow(address.ip())).collect();
            if allowed.is_empty() {
                return Err(NoAllowedAddress.into());
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_told_from_all_others() {
        for public in
            ["1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"]
        {
            assert!(is_public_address(public.parse().unwrap()), "{public}");
        }
        for other in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:8.8.8.8",
            "::8.8.8.8",
            "64:ff9b::7f00:1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2001::1",
            "fec0::1",
        ] {
            assert!(!is_public_address(other.parse().unwrap()), "{other}");
        }
        let loopback: IpAddr = "127.0.0.1".parse().unwrap();
        assert!(Destinations::PublicAndLoopback.allow(loopback) && Destinations::Any.allow(loopback));
        assert!(!Destinations::PublicAndLoopback.allow("10.0.0.1".parse().unwrap()));
    }
}
