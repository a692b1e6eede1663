//! Requests that a page of another site may have made in somebody's browser: refused, whatever token they carry. The address
//! they call must be one of ours, so that no foreign name is made to mean this box (DNS rebinding), and where a browser says
//! which page asks, that must be ours. No answer is kept, or taken for what it does not say it is. For the router; it knows
//! no endpoint.

use super::answers::{Speech, refuse_problem};
use super::service::Service;
use crate::https::{CalledAddress, CallerOnBox};
use crate::lang::RequestProblem;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::net::{IpAddr, UdpSocket};

/// How a browser says whether the page that asks is of the site it asks.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// By which name a box is called that has no other.
const LOCALHOST: &str = "localhost";

/// Lets in what no other site can have sent. No browser reaches the socket on this machine.
pub(super) async fn guard(
    State(service): State<Service>,
    speech: Speech,
    request: Request,
    next: Next,
) -> Response {
    let on_box = request.extensions().get::<CallerOnBox>().is_some();
    let checked = if on_box { Ok(()) } else { check(&request, &service.lot().names) };
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(problem) => refuse_problem(&problem, speech),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn check(request: &Request, names: &[String]) -> Result<(), RequestProblem> {
    let called = called(request)?;
    let address = request.extensions().get::<CalledAddress>().map(|CalledAddress(ours)| *ours);
    if !is_ours(called.host(), address, names) {
        return Err(RequestProblem::NotOurName { host: called.host().to_owned() });
    }
    let headers = request.headers();
    let foreign = texts(headers, &header::ORIGIN).find(|origin| !is_same(origin, &called));
    if let Some(origin) = foreign {
        return Err(RequestProblem::ForeignOrigin { origin: origin.to_owned() });
    }
    let foreign =
        texts(headers, &SEC_FETCH_SITE).any(|site| !matches!(site, "same-origin" | "none"));
    if foreign { Err(RequestProblem::ForeignSite) } else { Ok(()) }
}

/// By which name or address, and port, the caller calls us: it says so once.
fn called(request: &Request) -> Result<Authority, RequestProblem> {
    let mut hosts = texts(request.headers(), &header::HOST);
    let (host, more) = (hosts.next().unwrap_or_default(), hosts.next());
    let called = host.parse::<Authority>().ok().filter(|called| !called.as_str().contains('@'));
    let one = called.filter(|called| {
        more.is_none() && request.uri().authority().is_none_or(|in_path| in_path == called)
    });
    one.ok_or_else(|| RequestProblem::NotOurName { host: host.to_owned() })
}

/// What is no text is nobody's name.
fn texts<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    headers.get_all(name).into_iter().map(|value| value.to_str().unwrap_or("?"))
}

/// Whether a host is this box: the address that was called, another of this machine's, or a name it has.
fn is_ours(host: &str, called: Option<IpAddr>, names: &[String]) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let name = bare.trim_end_matches('.').to_ascii_lowercase();
    if name == LOCALHOST || names.contains(&name) {
        return true;
    }
    let Ok(address) = bare.parse::<IpAddr>() else { return false };
    let address = address.to_canonical();
    called == Some(address) || is_of_this_machine(address)
}

/// Only an address of one's own can be bound.
fn is_of_this_machine(address: IpAddr) -> bool {
    let nobodys = match address {
        IpAddr::V4(v4) => v4.is_unspecified() || v4.is_multicast() || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.is_unspecified() || v6.is_multicast(),
    };
    !nobodys && UdpSocket::bind((address, 0)).is_ok()
}

/// Whether a page is of the host and port that it calls. One that does not say where it is from (`null`) is not.
fn is_same(origin: &str, called: &Authority) -> bool {
    let (usual, rest) = match origin.split_once("://") {
        Some(("http", rest)) => (80, rest),
        Some(("https", rest)) => (443, rest),
        _ => return false,
    };
    let Ok(page) = rest.parse::<Authority>() else { return false };
    let port = |of: &Authority| of.port_u16().unwrap_or(usual);
    page.host().eq_ignore_ascii_case(called.host()) && port(&page) == port(called)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    /// What comes of a request with these headers that came to 192.0.2.7.
    fn checked(uri: &str, headers: &[(&str, &str)]) -> Result<(), RequestProblem> {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(CalledAddress(IpAddr::from([192, 0, 2, 7])));
        check(&request, &["booth.example".to_owned()])
    }

    #[test]
    fn only_an_address_of_ours_and_a_name_that_is_written_down_is_this_box() {
        for (host, ours) in [
            ("192.0.2.7:8313", true),
            ("127.0.0.1:8313", true),
            ("[::ffff:192.0.2.7]", true),
            ("localhost", true),
            ("LOCALHOST.:1", true),
            ("Booth.Example:8313", true),
            ("192.0.2.8:8313", false),
            ("0.0.0.0:8313", false),
            ("[::]", false),
            ("224.0.0.1", false),
            ("evil.example", false),
            ("booth.example.evil.example", false),
            ("127.0.0.1.nip.io", false),
            ("127.0.0.1@evil.example", false),
            ("evil.example@127.0.0.1", false),
            ("", false),
        ] {
            assert_eq!(checked("/api/status", &[("host", host)]).is_ok(), ours, "{host}");
        }
        assert!(checked("/", &[]).is_err(), "no name at all");
        let two = [("host", "localhost"), ("host", "evil.example")];
        assert!(checked("/", &two).is_err(), "two names");
        assert!(checked("http://evil.example/", &[("host", "localhost")]).is_err());
        assert!(checked("http://localhost/", &[("host", "localhost")]).is_ok());
    }

    #[test]
    fn where_a_browser_says_which_page_asks_it_must_be_ours() {
        let host = ("host", "booth.example:8313");
        for (origin, same) in [
            ("http://booth.example:8313", true),
            ("https://BOOTH.example:8313", true),
            ("http://booth.example", false),
            ("http://booth.example:8314", false),
            ("http://localhost:8313", false),
            ("http://evil.example", false),
            ("null", false),
            ("file://", false),
            ("", false),
        ] {
            assert_eq!(checked("/", &[host, ("origin", origin)]).is_ok(), same, "{origin}");
        }
        // Behind something that speaks TLS in our place.
        let (plain, tls) = (("host", "booth.example"), ("origin", "https://booth.example"));
        assert!(checked("/", &[plain, tls]).is_ok());
        for (site, same) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false)]
        {
            assert_eq!(checked("/", &[host, ("sec-fetch-site", site)]).is_ok(), same, "{site}");
        }
    }
}
