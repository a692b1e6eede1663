//! Who may do what: each token has a role, and each group of routes says who may use it. For the router; it knows no
//! endpoint.

use super::LotView;
use super::answers::{Speech, refuse_problem};
use super::on_box::OnBox;
use super::service::Service;
use crate::https::{CallerAddress, CallersPlace};
use crate::lang::RequestProblem;
use crate::model::happening::Happening;
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;

/// What a caller is, by its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// The operator's staff: everything.
    Staff,
    /// A shop, by its name: its own coupons.
    Merchant(String),
}

impl Role {
    /// The role of a token, where it has one; whoever shows nothing has none. All tokens are compared, so that the time taken
    /// tells nothing.
    fn of(lot: &LotView, shown: &str) -> Option<Self> {
        if shown.is_empty() {
            return None;
        }
        let staff = lot.token.as_ref().filter(|token| token.is(shown));
        let mut role = staff.map(|_| Self::Staff);
        for (token, merchant) in lot.shops.iter() {
            if token.is(shown) {
                role = Some(Self::Merchant(merchant.name.clone()));
            }
        }
        role
    }
}

/// Lets in whoever shows a token that has a role, and whoever speaks on the box itself, and notes the role.
pub(super) async fn authorise(
    State(service): State<Service>,
    speech: Speech,
    mut request: Request,
    next: Next,
) -> Response {
    let (lot, on_box) = (service.lot(), OnBox::of(request.extensions()));
    let role = match on_box.user() {
        Some(user) => {
            if request.method() == Method::POST {
                let (by, path) = (user.to_owned(), request.uri().path().to_owned());
                service.teller.tell(Happening::SaidOnBox { by, path });
            }
            Some(Role::Staff)
        }
        None => Role::of(&lot, shown_token(request.headers())),
    };
    match role {
        Some(role) => {
            if let Some(place) = request.extensions().get::<CallersPlace>() {
                place.logged_in();
            }
            request.extensions_mut().insert(role);
            next.run(request).await
        }
        None => {
            turned_away(&service, &request, None);
            let problem = match lot.token {
                Some(_) => RequestProblem::Token,
                None => RequestProblem::NoTokenSet,
            };
            refuse_problem(&problem, speech)
        }
    }
}

/// Lets nobody pass but staff.
pub(super) async fn staff_only(
    State(service): State<Service>,
    Extension(role): Extension<Role>,
    speech: Speech,
    request: Request,
    next: Next,
) -> Response {
    match role {
        Role::Staff => next.run(request).await,
        Role::Merchant(merchant) => {
            turned_away(&service, &request, Some(merchant));
            refuse_problem(&RequestProblem::NotOfMerchants, speech)
        }
    }
}

/// Whether whoever sent these shows a token, and whether that has a role.
pub(super) enum ShownToken {
    Nothing,
    Nobodys,
    Known,
}

impl ShownToken {
    pub(super) fn of(lot: &LotView, headers: &HeaderMap) -> Self {
        match shown_token(headers) {
            "" => Self::Nothing,
            token if Role::of(lot, token).is_some() => Self::Known,
            _ => Self::Nobodys,
        }
    }
}

/// Tells who came in vain.
pub(super) fn turned_away(service: &Service, request: &Request, merchant: Option<String>) {
    let peer = request.extensions().get::<CallerAddress>();
    let address = peer.map_or_else(|| "—".to_owned(), |CallerAddress(peer)| peer.to_string());
    service.teller.tell(match merchant {
        None => Happening::LoginFailed { address },
        Some(merchant) => Happening::OutOfRole { merchant, address },
    });
}

fn shown_token(headers: &HeaderMap) -> &str {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = shown.and_then(|value| value.trim().split_once(' ')).unwrap_or_default();
    if scheme.eq_ignore_ascii_case("Bearer") { token.trim_start() } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use crate::model::merchant::{Merchant, Quota};
    use jiff::tz::TimeZone;
    use std::path::Path;
    use std::sync::Arc;

    fn lot(staff: Option<&str>, shops: &[&str]) -> LotView {
        let secret = |token: &str| Secret::from(token.to_owned());
        let shop = |token: &&str| {
            let (name, offers) = (format!("shop of {token}"), Vec::new());
            (secret(token), Merchant { name, org_code: None, offers, quota: Quota::default() })
        };
        LotView {
            time_zone: TimeZone::UTC,
            lanes: Arc::default(),
            classes: Arc::default(),
            token: staff.map(secret),
            names: Arc::default(),
            images: Arc::from(Path::new("")),
            shops: shops.iter().map(shop).collect(),
        }
    }

    #[test]
    fn whoever_shows_no_token_of_somebodys_is_nobody() {
        let shop = || Some(Role::Merchant("shop of s".to_owned()));
        for (staff, shops, shown, role) in [
            (None, &[][..], "", None),
            (None, &[], "x", None),
            (Some(""), &[], "", None),
            (Some("b"), &[], "", None),
            (Some("b"), &[], "b", Some(Role::Staff)),
            (Some("b"), &["s"], "b", Some(Role::Staff)),
            (Some("b"), &["s"], "s", shop()),
            (Some("b"), &["s"], "", None),
            (None, &["s"], "s", shop()),
            (None, &["s"], "", None),
            (None, &["s"], "x", None),
        ] {
            assert_eq!(Role::of(&lot(staff, shops), shown), role, "{staff:?} {shops:?} {shown}");
        }
    }
}
