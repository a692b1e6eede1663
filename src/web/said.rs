//! How a command was said: its path and body, whatever the order of the fields, as a digest. The same id said otherwise is
//! not the same command. For the desk; it knows no endpoint and no field but the id.

use super::answers::{Speech, refuse_problem};
use crate::https::{BodyError, HttpBounds};
use crate::lang::RequestProblem;
use crate::standard::sign::hex;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use serde_json::Value;
use sha1::{Digest as _, Sha1};

/// The largest body: some thousands of leases.
const MAX_BODY: usize = 2 << 20;

/// The digest of how a request was said.
#[derive(Debug, Clone)]
pub(super) struct Said(pub(super) String);

/// Notes how a request that may do something was said.
pub(super) async fn note(
    State(bounds): State<HttpBounds>,
    speech: Speech,
    request: Request,
    next: Next,
) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let mut held = match bounds.bodies().read(body, MAX_BODY).await {
        Ok(held) => held,
        Err(error) => {
            let problem = match error {
                BodyError::TooLarge => RequestProblem::TooLarge { megabytes: MAX_BODY >> 20 },
                BodyError::Broken => RequestProblem::BrokenOff,
                BodyError::NoRoom => RequestProblem::NoRoom,
            };
            return refuse_problem(&problem, speech);
        }
    };
    if let Some(said) = digest(parts.uri.path(), &held) {
        parts.extensions.insert(Said(said));
    }
    // Its room is held until it is answered.
    next.run(Request::from_parts(parts, Body::from(held.take()))).await
}

/// None of a body that is no JSON: it is refused anyway, or carries no id.
fn digest(path: &str, body: &[u8]) -> Option<String> {
    // Its objects are kept in the order of their names.
    let body: Value = serde_json::from_slice(body).ok()?;
    Some(hex(&Sha1::digest(format!("{path}\n{body}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_in_another_order_are_the_same_and_others_are_not() {
        let of = |path, body: &str| digest(path, body.as_bytes());
        let said = of("/api/coupons", r#"{"id": "1", "value": 5}"#);
        assert_eq!(of("/api/coupons", r#"{"value":5,"id":"1"}"#), said);
        for (path, body) in [
            ("/api/passes", r#"{"id": "1", "value": 5}"#),
            ("/api/coupons", r#"{"id": "1", "value": 6}"#),
            ("/api/coupons", r#"{"id": "1"}"#),
        ] {
            assert_ne!(of(path, body), said, "{path} {body}");
        }
        assert_eq!(of("/api/coupons", "plate,from"), None);
    }
}
