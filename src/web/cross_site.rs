//! Requests that a page of another site may have made in somebody's browser: refused, whatever token they carry. The address
//! they call must be one of ours, so that no foreign name is made to mean this box (DNS rebinding), and where a browser says
//! which page asks, that must be ours. What is no browser and shows a token may call it by any name: its network may have one
//! that nobody has written down. No answer is kept, or taken for what it does not say it is. For the router; it knows
//! no endpoint.

use super::LotView;
use super::answers::{Speech, refuse_problem};
use super::roles::{ShownToken, turned_away};
use super::service::Service;
use crate::https::{CalledAddress, CallerOnBox};
use crate::lang::RequestProblem;
use crate::this_machine::is_this_machine;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use std::net::IpAddr;

/// How a browser says whether the page that asks is of the site it asks.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// What browsers alone send begins so; pages cannot have it left out.
const OF_BROWSERS: &str = "sec-fetch-";

/// Lets in what no other site can have sent. No browser reaches the socket on this machine.
pub(super) async fn guard(
    State(service): State<Service>,
    speech: Speech,
    request: Request,
    next: Next,
) -> Response {
    let on_box = request.extensions().get::<CallerOnBox>().is_some();
    let checked = if on_box { Ok(()) } else { admit(&request, &service) };
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(problem) => refuse_problem(&problem, speech),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn admit(request: &Request, service: &Service) -> Result<(), RequestProblem> {
    let lot = service.lot();
    let checked = check(request, &lot.names);
    let (Err(RequestProblem::NotOurName { .. }), Ok(called)) = (&checked, called(request)) else {
        return checked;
    };
    match by_other_name(request.headers(), &lot) {
        ShownToken::Known => {
            service.called_by(called.host());
            return Ok(());
        }
        // Whoever guesses is told of by whatever name.
        ShownToken::Nobodys => turned_away(service, request, None),
        ShownToken::Nothing => {}
    }
    checked
}

fn check(request: &Request, names: &[String]) -> Result<(), RequestProblem> {
    let called = called(request)?;
    let address = request.extensions().get::<CalledAddress>().map(|CalledAddress(ours)| *ours);
    if !is_ours(called.host(), address, names) {
        return Err(RequestProblem::NotOurName { host: called.host().to_owned() });
    }
    check_page(request.headers(), &called)
}

/// What counts of the token that somebody shows who calls us by a name that is not ours: nothing where a browser may have
/// sent it, whose page had that name made to mean this box.
fn by_other_name(headers: &HeaderMap, lot: &LotView) -> ShownToken {
    let is_browsers =
        |name: &HeaderName| *name == header::ORIGIN || name.as_str().starts_with(OF_BROWSERS);
    if headers.keys().any(is_browsers) { ShownToken::Nothing } else { ShownToken::of(lot, headers) }
}

/// Where a browser says which page asks, that must be ours.
fn check_page(headers: &HeaderMap, called: &Authority) -> Result<(), RequestProblem> {
    let foreign = texts(headers, &header::ORIGIN).find(|origin| !is_same(origin, called));
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
    let address = bare.parse::<IpAddr>().ok().map(|address| address.to_canonical());
    let name = bare.trim_end_matches('.').to_ascii_lowercase();
    (address.is_some() && called == address) || names.contains(&name) || is_this_machine(host)
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
