//! How a command was said: its path and what its body means, whatever the order and print of its fields, as a digest. The same
//! id said otherwise is not the same command. For the desk; what a field means in whatever print is [`meaning`](super::meaning)'s.

use super::LotView;
use super::answers::{Speech, refuse_problem};
use super::meaning::meaning;
use crate::foreign::json::{mended, unquoted};
use crate::foreign::text::{NoText, charset, is_json, is_packed, of_body};
use crate::https::{BodyError, HttpBounds};
use crate::lang::RequestProblem;
use crate::model::staff::said_as;
use crate::standard::sign::hex;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use sha1::{Digest as _, Sha1};
use tokio::sync::watch;

/// The largest body: some thousands of leases.
const MAX_BODY: usize = 2 << 20;

/// The digest of how a request was said.
#[derive(Debug, Clone)]
pub(super) struct Wording(pub(super) String);

/// Notes how a request that may do something was said.
pub(super) async fn note(
    State((bounds, lot)): State<(HttpBounds, watch::Receiver<LotView>)>,
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
    let kind = parts.headers.get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default());
    let plain = match kind {
        Some(kind) if is_json(kind) => plain(&held, charset(kind)).map(Some),
        Some(_) => Ok(None),
        // Whoever comes here has shown a token in a header, which no page of another site can have sent.
        None => plain(&held, None).map(|body| Some(body).filter(|body| is_object(body))),
    };
    let plain = match plain {
        Ok(plain) => plain,
        Err(NoText::TooLarge(_)) => {
            let problem = RequestProblem::TooLarge { megabytes: MAX_BODY >> 20 };
            return refuse_problem(&problem, speech);
        }
        // It is refused as it came.
        Err(NoText::BadlyPacked | NoText::UnknownEncoding(_)) => None,
    };
    if plain.is_some() {
        parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let body = plain.unwrap_or_else(|| held.take());
    let zone = lot.borrow().time_zone.clone();
    if let Some(said) = digest(parts.uri.path(), &body, &zone) {
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

/// A body in UTF-8 with nothing around it.
fn plain(body: &[u8], charset: Option<&str>) -> Result<Vec<u8>, NoText> {
    let text = of_body(body, charset, MAX_BODY)?;
    let text = unquoted(&text);
    Ok(mended(&text).unwrap_or_else(|| text.into_owned()).into_bytes())
}

fn is_object(body: &[u8]) -> bool {
    serde_json::from_slice::<Map<String, Value>>(body).is_ok()
}

/// None of a body that is no JSON: it is refused anyway.
fn digest(path: &str, body: &[u8], zone: &TimeZone) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    // What has no id is never asked for again.
    let means = if body.get("id").is_some() { meaning(body, zone) } else { body };
    Some(said_as(&hex(&Sha1::digest(format!("{path}\n{means}")))))
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
        assert_eq!(plain(b"\xff\xff", None), Err(NoText::UnknownEncoding(0)));
        let quoted = serde_json::to_string(text).unwrap();
        assert_eq!(plain(quoted.as_bytes(), None).unwrap(), text.as_bytes());
        let careless = b"{\"plateNo\":\"\xe7\xb2\xa4B\t12345\"}";
        let mended = plain(careless, None).unwrap();
        assert_eq!(mended, r#"{"plateNo":"粤B\u000912345"}"#.as_bytes());
    }

    #[test]
    fn what_says_nothing_is_as_good_as_left_out() {
        let body = br#"{"a":null,"b":[{"c":null,"d":10.00}],"e":""}"#;
        assert_eq!(without_nulls(body).unwrap(), br#"{"b":[{"d":10.00}],"e":""}"#);
        assert_eq!(without_nulls(br#"{"b":[null],"e":1E+1}"#), None);
    }

    #[test]
    fn the_same_words_in_another_order_or_print_are_the_same_and_others_are_not() {
        let of = |path, body: &str| digest(path, body.as_bytes(), &TimeZone::UTC);
        let said = of("/api/coupons", r#"{"id": "1", "value": 5}"#);
        assert_eq!(of("/api/coupons", r#"{"value":5,"id":"1"}"#), said);
        assert_eq!(of("/api/coupons", r#"{"value":"5.00","id":"1"}"#), said);
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
