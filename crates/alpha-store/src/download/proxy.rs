//! The proxy that the environment names.

use std::ffi::OsString;

use ureq::Proxy;

use crate::error::{Error, Result};
use crate::message::shown;

/// The proxy for an address: that of `HTTPS_PROXY` or `HTTP_PROXY`, as the address begins, else of `ALL_PROXY`, else of the
/// other of the two, in lower or upper case; an empty variable counts as none. Hosts in `NO_PROXY`, and those below them, are
/// reached directly, and so is everything for `*`.
///
/// # Errors
/// [`Error::Proxy`] for a value that is not the address of a proxy of a kind that is spoken here: it is never passed over.
pub(super) fn of(url: &str, variable: impl Fn(&str) -> Option<OsString>) -> Result<Option<Proxy>> {
    let find = |name: &str| {
        let names = [name.to_lowercase(), name.to_owned()];
        names.into_iter().find_map(|name| variable(&name).filter(|value| !value.is_empty()).map(|value| (name, value)))
    };
    let order = match url.starts_with("https:") {
        true => ["HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY"],
        false => ["HTTP_PROXY", "ALL_PROXY", "HTTPS_PROXY"],
    };
    let Some((name, value)) = order.into_iter().find_map(find) else { return Ok(None) };
    let value = value.to_string_lossy().trim().to_owned();
    let refused = || Error::Proxy { variable: name.clone(), value: shown(&without_secrets(&value)) };
    let proxy = Proxy::new(&value).ok().filter(is_whole).ok_or_else(refused)?;
    let mut builder = Proxy::builder(proxy.protocol()).host(proxy.host()).port(proxy.port());
    if let Some(username) = proxy.username() {
        builder = builder.username(username);
    }
    if let Some(password) = proxy.password() {
        builder = builder.password(password);
    }
    let direct = find("NO_PROXY").map(|(_, value)| value.to_string_lossy().into_owned()).unwrap_or_default();
    for host in direct.split([',', ' ']).map(str::trim).filter(|host| !host.is_empty()) {
        builder = builder.no_proxy(host);
        if !host.starts_with(['*', '.']) {
            builder = builder.no_proxy(&format!(".{host}"));
        }
    }
    builder.build().map(Some).map_err(|_| refused())
}

/// Whether the port, if there is one, is a number: the usual one would stand in for another.
fn is_whole(proxy: &Proxy) -> bool {
    let address = proxy.uri().authority().map_or("", |authority| authority.as_str());
    let after = address.rsplit_once('@').map_or(address, |(_, host)| host).strip_prefix(proxy.host());
    after.is_some_and(|after| {
        after.is_empty() || after.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
    })
}

/// A proxy's address without its user and password.
fn without_secrets(value: &str) -> String {
    match value.rsplit_once('@') {
        None => value.to_owned(),
        Some((before, host)) => match before.split_once("://") {
            Some((scheme, _)) => format!("{scheme}://…@{host}"),
            None => format!("…@{host}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(url: &str, set: &[(&str, &str)]) -> Result<Option<Proxy>> {
        of(url, |name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_nearest_variable_is_taken() {
        type Variables<'a> = &'a [(&'a str, &'a str)];
        let cases: [(Variables<'_>, Option<&str>); 7] = [
            (&[], None),
            (&[("HTTPS_PROXY", "")], None),
            (&[("HTTPS_PROXY", "a:1"), ("ALL_PROXY", "b:1"), ("HTTP_PROXY", "c:1")], Some("a")),
            (&[("HTTPS_PROXY", "a:1"), ("https_proxy", "b:1")], Some("b")),
            (&[("all_proxy", "socks5h://b"), ("HTTP_PROXY", "c:1")], Some("b")),
            (&[("https_proxy", ""), ("http_proxy", "http://c:1")], Some("c")),
            (&[("ALL_PROXY", "http://user:pass%40word@[::1]:3128")], Some("[::1]")),
        ];
        for (set, host) in cases {
            let proxy = with("https://files.example/a", set).unwrap();
            assert_eq!(proxy.as_ref().map(Proxy::host), host, "{set:?}");
        }
        let both = [("HTTPS_PROXY", "a:1"), ("HTTP_PROXY", "c:1")];
        assert_eq!(with("http://files.example/a", &both).unwrap().unwrap().host(), "c");
        let secret = with("https://a/", &[("ALL_PROXY", "http://user:pass%40word@h:3128")]).unwrap().unwrap();
        assert_eq!((secret.username(), secret.password(), secret.port()), (Some("user"), Some("pass@word"), 3128));
    }

    #[test]
    fn a_host_and_those_below_it_may_be_reached_directly() {
        let direct = |list: &str, url: &str| {
            let proxy = with(url, &[("ALL_PROXY", "socks5h://h"), ("NO_PROXY", list)]).unwrap().unwrap();
            proxy.is_no_proxy(&url.parse().unwrap())
        };
        for (list, expected) in [
            ("example.org", true),
            ("other.example, Example.org", true),
            (".example.org", true),
            ("*.example.org", true),
            ("*", true),
            ("files.example.org", true),
            ("ample.org", false),
            ("example.com", false),
            ("", false),
        ] {
            assert_eq!(direct(list, "https://files.example.org/a"), expected, "{list}");
        }
        assert!(direct("example.org", "https://example.org/a"));
    }

    #[test]
    fn what_is_no_proxy_is_refused_and_its_password_not_shown() {
        for value in ["ftp://user:secret@h:1", "socks6://h", "quic://h", "http://", "h:port", "://", "a b"] {
            let message = with("https://a/", &[("https_proxy", value)]).unwrap_err().to_string();
            assert!(message.contains("https_proxy") && message.contains("socks5h"), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
