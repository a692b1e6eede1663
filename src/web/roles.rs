//! Who may do what: each token has a role, and each group of routes says who may use it. For the router; it knows no
//! endpoint.

use super::answers::{Speech, refuse, refuse_problem};
use super::service::Service;
use crate::lang::RequestProblem;
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
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
    /// The role of a token, where it has one. All tokens are compared, so that the time taken tells nothing; where neither
    /// staff nor a shop has a token, everybody is staff.
    fn of(service: &Service, shown: &str) -> Option<Self> {
        let lot = service.lot();
        let mut role = match &service.token {
            Some(token) => same(token.reveal(), shown).then_some(Self::Staff),
            // No shop is staff by showing nothing, however it came to that.
            None => lot.shops.is_empty().then_some(Self::Staff),
        };
        for (token, merchant) in lot.shops.iter() {
            if same(token.reveal(), shown) {
                role = Some(Self::Merchant(merchant.name.clone()));
            }
        }
        role
    }
}

/// Lets in whoever shows a token that has a role, and notes the role.
pub(super) async fn authorise(
    State(service): State<Service>,
    speech: Speech,
    mut request: Request,
    next: Next,
) -> Response {
    match Role::of(&service, shown_token(request.headers())) {
        Some(role) => {
            request.extensions_mut().insert(role);
            next.run(request).await
        }
        None => refuse(StatusCode::UNAUTHORIZED, &RequestProblem::Token, speech),
    }
}

/// Lets nobody pass but staff.
pub(super) async fn staff_only(
    Extension(role): Extension<Role>,
    speech: Speech,
    request: Request,
    next: Next,
) -> Response {
    match role {
        Role::Staff => next.run(request).await,
        Role::Merchant(_) => refuse_problem(&RequestProblem::NotOfMerchants, speech),
    }
}

fn shown_token(headers: &HeaderMap) -> &str {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    shown.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default()
}

/// Compares without telling by its duration how much was right.
fn same(token: &str, shown: &str) -> bool {
    let difference = token.bytes().zip(shown.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    token.len() == shown.len() && difference == 0
}
