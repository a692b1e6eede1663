//! How a command was said: its path and body, whatever the order of the fields, as a digest. The same id said otherwise is
//! not the same command. For the desk; it knows no endpoint and no field but the id.

use super::answers::{Speech, refuse_problem};
use crate::foreign::json::mended;
use crate::foreign::text::{charset, is_json, is_packed, of_body};
use crate::https::{BodyError, HttpBounds};
use crate::lang::RequestProblem;
use crate::standard::sign::hex;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::Value;
use sha1::{Digest as _, Sha1};

/// The largest body: some thousands of leases.
const MAX_BODY: usize = 2 << 20;

/// The digest of how a request was said.
#[derive(Debug, Clone)]
pub(super) struct Wording(pub(super) String);

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
    let mut held = match bounds.bodies().read_packed(body, MAX_BODY, is_packed).await {
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
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default();
    let plain = if is_json(kind) { plain(&held, charset(kind)) } else { None };
    if plain.is_some() {
        parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let body = plain.unwrap_or_else(|| held.take());
    if let Some(said) = digest(parts.uri.path(), &body) {
        parts.extensions.insert(Wording(said));
    }
    let body = without_nulls(&body).unwrap_or(body);
    // Its room is held until it is answered.
    next.run(Request::from_parts(parts, Body::from(body))).await
}

/// A body without what says nothing; none where it says something everywhere.
fn without_nulls(body: &[u8]) -> Option<Vec<u8>> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    leave_nulls_out(&mut value).then(|| value.to_string().into_bytes())
}

/// Whether there was any.
fn leave_nulls_out(value: &mut Value) -> bool {
    let mut any = false;
    match value {
        Value::Object(map) => {
            let before = map.len();
            map.retain(|_, inner| !inner.is_null());
            any = map.len() < before;
            for inner in map.values_mut() {
                any |= leave_nulls_out(inner);
            }
        }
        Value::Array(list) => {
            for inner in list {
                any |= leave_nulls_out(inner);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    any
}

/// A body in UTF-8 with nothing around it; none of one that is no text, which is refused as it came.
fn plain(body: &[u8], charset: Option<&str>) -> Option<Vec<u8>> {
    let text = of_body(body, charset, MAX_BODY).ok()?;
    Some(mended(&text).unwrap_or_else(|| text.into_owned()).into_bytes())
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
    fn a_body_is_the_same_words_in_whatever_encoding_it_comes() {
        let text = r#"{"plateNo":"粤B12345"}"#;
        let gbk = encoding_rs::GBK.encode(text).0.into_owned();
        let marked = [b"\xef\xbb\xbf", text.as_bytes(), b"\0\r\n"].concat();
        for (bytes, charset) in
            [(text.as_bytes(), None), (&marked, Some("utf-8")), (&gbk, Some("GBK")), (&gbk, None)]
        {
            assert_eq!(plain(bytes, charset).unwrap(), text.as_bytes());
        }
        assert_eq!(plain(b"\xff\xff", None), None);
        let careless = b"{\"plateNo\":\"\xe7\xb2\xa4B\t12345\"}";
        assert_eq!(plain(careless, None).unwrap(), r#"{"plateNo":"粤B\u000912345"}"#.as_bytes());
    }

    #[test]
    fn what_says_nothing_is_as_good_as_left_out() {
        let body = br#"{"a":null,"b":[{"c":null,"d":10.00}],"e":""}"#;
        assert_eq!(without_nulls(body).unwrap(), br#"{"b":[{"d":10.00}],"e":""}"#);
        assert_eq!(without_nulls(br#"{"b":[null],"e":1E+1}"#), None);
    }

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
