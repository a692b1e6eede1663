//! The envelope of every request (table 31) and reply (table 32), the same on both channels.

use super::canonical::canonical;
use super::codes::{ErrorCode, RESULT_FAILED, RESULT_OK};
use super::datetime::timestamp_seconds;
use super::lenient;
use super::sign::SignRules;
use serde_json::{Map, Value};

/// Values in one body, lists and objects counted too. What fills 10 MB by the tables has fewer: an attribute takes more than
/// 20 bytes there with its name.
const MOST_VALUES: usize = 500_000;

/// Why received bytes are no envelope.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EnvelopeError {
    /// Not JSON at all.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// More values than any command has: read, they would take many times the memory of their text.
    #[error("the body has more than {MOST_VALUES} values")]
    TooManyValues,
    /// JSON, but not an object.
    #[error("the body is not a JSON object")]
    NotObject,
    /// A request without `data`.
    #[error("the envelope has no `data`")]
    NoData,
    /// A request whose `sign` is absent or not the sign of its `data`.
    #[error("the sign is not that of the data")]
    BadSign,
    /// A reply without a readable `resultCode`.
    #[error("the reply has no `resultCode`")]
    NoResultCode,
}

/// A received request, its sign already checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Seconds since 1970 as the sender says; 0 when it says nothing readable.
    pub timestamp: i64,
    /// The elements.
    pub data: Vec<Value>,
}

/// A reply, sent or received.
///
/// What we answer the platform ([`encode`](Reply::encode)):
///
/// ```
/// use lotgate::standard::envelope::Reply;
/// use serde_json::json;
///
/// let reply = Reply::ok(vec![json!({ "id": "ff8080814d9be81f014d9beb81090003", "code": 0 })]);
/// assert_eq!(
///     reply.encode(1_700_000_000),
///     r#"{"resultCode":0,"resultMsg":"成功","timestamp":1700000000,"data":[{"code":0,"id":"ff8080814d9be81f014d9beb81090003"}]}"#
/// );
/// ```
///
/// What it answers us, in whatever shape ([`decode`](Reply::decode)):
///
/// ```
/// use lotgate::standard::codes::ErrorCode;
/// # use lotgate::standard::envelope::Reply;
///
/// let reply = Reply::decode(br#"{"resultCode":"1","data":{"code":"1101","message":"no such park"}}"#)?;
/// assert!(!reply.succeeded());
/// assert_eq!(reply.first_error(), Some((ErrorCode::NO_PARK, "no such park".to_owned())));
/// # Ok::<(), lotgate::standard::envelope::EnvelopeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Table A.1.
    pub result_code: i64,
    /// Its message.
    pub result_msg: String,
    /// The elements.
    pub data: Vec<Value>,
}

/// The text of a request whose elements are canonical JSON texts.
pub fn encode_request<T: AsRef<str>>(elements: &[T], timestamp: i64, rules: SignRules) -> String {
    let mut data =
        String::with_capacity(2 + elements.iter().map(|e| e.as_ref().len() + 1).sum::<usize>());
    data.push('[');
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            data.push(',');
        }
        data.push_str(element.as_ref());
    }
    data.push(']');
    let sign = rules.sign(&data);
    format!(r#"{{"timestamp":{timestamp},"sign":"{sign}","data":{data}}}"#)
}

/// Reads a request and checks its sign.
pub fn decode_request(bytes: &[u8], rules: SignRules) -> Result<Request, EnvelopeError> {
    let map = parse(bytes)?;
    let data = lenient::find(&map, "data").ok_or(EnvelopeError::NoData)?;
    let sign = lenient::find(&map, "sign").and_then(lenient::text).unwrap_or_default();
    if !rules.verify(data, sign) {
        return Err(EnvelopeError::BadSign);
    }
    let timestamp = lenient::find(&map, "timestamp").and_then(lenient::int).unwrap_or_default();
    Ok(Request { timestamp: timestamp_seconds(timestamp), data: elements(Some(data)) })
}

impl Reply {
    /// Success with these elements.
    pub fn ok(data: Vec<Value>) -> Self {
        Self { result_code: RESULT_OK, result_msg: "成功".to_owned(), data }
    }

    /// Failure as a whole, named in words (255 characters at most); there is no element to name.
    pub fn failed(message: &str) -> Self {
        let result_msg = message.chars().take(255).collect();
        Self { result_code: RESULT_FAILED, result_msg, data: Vec::new() }
    }

    /// The reply's text.
    pub fn encode(&self, timestamp: i64) -> String {
        let message = canonical(&Value::from(self.result_msg.as_str()));
        let data = canonical(&Value::from(self.data.clone()));
        let code = self.result_code;
        format!(
            r#"{{"resultCode":{code},"resultMsg":{message},"timestamp":{timestamp},"data":{data}}}"#
        )
    }

    /// Reads a reply; numbers may be text and `data` may be missing or a single object.
    pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let map = parse(bytes)?;
        let result_code = lenient::find(&map, "resultCode")
            .and_then(lenient::int)
            .ok_or(EnvelopeError::NoResultCode)?;
        let result_msg = lenient::find(&map, "resultMsg").and_then(lenient::text);
        Ok(Self {
            result_code,
            result_msg: result_msg.unwrap_or_default().to_owned(),
            data: elements(lenient::find(&map, "data")),
        })
    }

    /// Whether the whole succeeded.
    pub fn succeeded(&self) -> bool {
        self.result_code == RESULT_OK
    }

    /// The first business code any element carries, with its message.
    pub fn first_error(&self) -> Option<(ErrorCode, String)> {
        self.data.iter().find_map(element_error)
    }
}

/// The A.2 code and message of a reply element; absent, null and 0 mean success (ambiguity 13).
pub fn element_error(element: &Value) -> Option<(ErrorCode, String)> {
    let map = element.as_object()?;
    let code = lenient::find(map, "code").and_then(lenient::int).filter(|code| *code != 0)?;
    let message = lenient::find(map, "message").and_then(lenient::text).unwrap_or_default();
    Some((ErrorCode(code), message.to_owned()))
}

fn parse(bytes: &[u8]) -> Result<Map<String, Value>, EnvelopeError> {
    // Inside of texts they count too; there are few.
    let begins_one = |byte: &&u8| matches!(**byte, b',' | b'[' | b'{');
    if bytes.iter().filter(begins_one).take(MOST_VALUES + 1).count() > MOST_VALUES {
        return Err(EnvelopeError::TooManyValues);
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(EnvelopeError::NotObject),
        Err(error) => Err(EnvelopeError::NotJson(error.to_string())),
    }
}

fn elements(data: Option<&Value>) -> Vec<Value> {
    match data {
        Some(Value::Array(list)) => list.clone(),
        None | Some(Value::Null) => Vec::new(),
        Some(single) => vec![single.clone()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_request_is_signed_over_its_data_as_sent_and_reads_back() {
        let element = r#"{"id":"a","received":20}"#;
        let text = encode_request(&[element, element], 1_700_000_000, SignRules::default());
        let sign = SignRules::default().sign(&format!("[{element},{element}]"));
        assert_eq!(
            text,
            format!(r#"{{"timestamp":1700000000,"sign":"{sign}","data":[{element},{element}]}}"#)
        );
        let back = decode_request(text.as_bytes(), SignRules::default()).unwrap();
        assert_eq!((back.timestamp, back.data.len()), (1_700_000_000, 2));
    }

    #[test]
    fn a_request_with_another_sign_is_refused() {
        let text = encode_request(&["{}"], 1, SignRules::default()).replace("{}", r#"{"a":1}"#);
        assert_eq!(
            decode_request(text.as_bytes(), SignRules::default()),
            Err(EnvelopeError::BadSign)
        );
    }

    #[test]
    fn a_body_of_very_many_values_is_not_read() {
        let of = |count: usize| format!(r#"{{"data":[{}0]}}"#, "0,".repeat(count));
        let refused = |text: &str| decode_request(text.as_bytes(), SignRules::default());
        assert_eq!(refused(&of(MOST_VALUES - 2)), Err(EnvelopeError::BadSign));
        assert_eq!(refused(&of(MOST_VALUES - 1)), Err(EnvelopeError::TooManyValues));
    }

    #[test]
    fn replies_with_text_codes_or_without_data_are_read() {
        let reply = Reply::decode(r#"{"resultCode":"0","resultMsg":"成功"}"#.as_bytes()).unwrap();
        assert!(reply.succeeded() && reply.data.is_empty());
        let reply =
            Reply::decode(br#"{"resultCode":1,"data":{"code":"1101","message":"x"}}"#).unwrap();
        assert_eq!(reply.first_error(), Some((ErrorCode::NO_PARK, "x".to_owned())));
        assert_eq!(element_error(&json!({"id": "a", "code": 0})), None);
        assert_eq!(Reply::decode(b"{}"), Err(EnvelopeError::NoResultCode));
    }

    proptest! {
        #[test]
        fn hostile_bodies_are_errors_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode_request(&bytes, SignRules::default());
            let _ = Reply::decode(&bytes);
        }
    }
}
