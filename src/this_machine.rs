//! Whether a host or an address is this machine, and how much memory it has. For whoever must tell it from all others: who calls it by which name, whose
//! files are whose, what is never asked for pictures. It knows no configuration.

use std::net::{IpAddr, UdpSocket};

/// By which name every machine calls itself.
const LOCALHOST: &str = "localhost";
/// What a network of one's own hangs behind its machines' names; nobody on the internet can have such a name.
const OF_OWN_NETWORKS: [&str; 5] = ["lan", "local", "localdomain", "home.arpa", "internal"];

/// Whether a host (a name, or an address with or without brackets) is this machine as nobody else reaches it.
pub fn is_loopback(host: &str) -> bool {
    let bare = bare(host);
    let address = bare.parse::<IpAddr>();
    is_localhost(bare) || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Whether a host is this machine: as nobody else reaches it, by an address of its own, or by the name it has in its network.
pub fn is_this_machine(host: &str) -> bool {
    let bare = bare(host);
    match bare.parse() {
        Ok(address) => is_own_address(address),
        Err(_) => is_localhost(bare) || is_name_of(bare, &own_name()),
    }
}

/// Whether an address is this machine's: only such a one can be bound.
pub fn is_own_address(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let nobodys = match address {
        IpAddr::V4(v4) => v4.is_unspecified() || v4.is_multicast() || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.is_unspecified() || v6.is_multicast(),
    };
    !nobodys && UdpSocket::bind((address, 0)).is_ok()
}

/// How much memory it has, in bytes.
#[allow(clippy::useless_conversion, reason = "on ARM it has 32 bits")]
pub fn memory() -> u64 {
    let machine = rustix::system::sysinfo();
    let (total, unit) = (u64::from(machine.totalram), u64::from(machine.mem_unit));
    total.saturating_mul(unit.max(1))
}

fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.')
}

fn is_localhost(name: &str) -> bool {
    name.eq_ignore_ascii_case(LOCALHOST)
}

fn own_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Whether a name is that of the machine of this name: whole, or its first part alone or with what a network of one's own
/// hangs behind it.
fn is_name_of(name: &str, own: &str) -> bool {
    let (name, own) = (name.to_ascii_lowercase(), own.to_ascii_lowercase());
    let first = own.split('.').next().unwrap_or_default();
    if first.is_empty() || first == "(none)" {
        return false;
    }
    let behind = name.strip_prefix(first).map(|rest| rest.strip_prefix('.').unwrap_or(rest));
    name == own
        || name == first
        || (name.contains('.') && behind.is_some_and(|behind| OF_OWN_NETWORKS.contains(&behind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_known_by_its_own_name_and_by_none_that_a_stranger_can_have() {
        for (name, own, is) in [
            ("lotbox", "lotbox", true),
            ("LotBox.LAN", "lotbox", true),
            ("lotbox.local", "lotbox", true),
            ("lotbox.home.arpa", "lotbox.lan", true),
            ("lotbox.example.com", "lotbox.example.com", true),
            ("lotbox", "lotbox.example.com", true),
            ("lotbox.example.com", "lotbox", false),
            ("lotbox.evil.example", "lotbox", false),
            ("lotbox.lan.evil.example", "lotbox", false),
            ("lotbox2.lan", "lotbox", false),
            ("lotboxlan", "lotbox", false),
            ("lan", "lotbox", false),
            (".lan", "", false),
            ("", "", false),
            ("(none)", "(none)", false),
        ] {
            assert_eq!(is_name_of(name, own), is, "{name} {own}");
        }
    }

    #[test]
    fn one_host_has_one_answer_however_it_is_written() {
        for host in ["localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "[::ffff:127.0.0.1]"] {
            assert!(is_loopback(host) && is_this_machine(host), "{host}");
        }
        for host in
            ["192.0.2.8", "0.0.0.0", "[::]", "224.0.0.1", "255.255.255.255", "", "evil.example"]
        {
            assert!(!is_loopback(host) && !is_this_machine(host), "{host}");
        }
        // An address of its own is this machine, and others reach it there.
        let way = UdpSocket::bind("0.0.0.0:0").unwrap();
        if way.connect("192.0.2.1:9").is_ok() {
            let own = way.local_addr().unwrap().ip();
            assert!(is_this_machine(&own.to_string()) && is_own_address(own));
            assert!(!is_loopback(&own.to_string()) || own.is_loopback());
        }
    }
}
