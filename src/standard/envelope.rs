//! The envelope of every request (table 31) and reply (table 32), the same on both channels.

use super::MAX_BYTES;
use super::codes::{ErrorCode, RESULT_FAILED, RESULT_OK};
use super::interface::Interface;
use super::lenient::{self, find_nested};
use super::sign::{SignRules, WrongSign};
use crate::foreign::json::{Sent, canonical, members, parsed, unquoted};
use crate::foreign::moment;
use crate::foreign::text::{Decoded, NoText, decoded};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Values in one body, lists and objects counted too. What fills 10 MB by the tables has fewer: an attribute takes more than
/// 20 bytes there with its name.
const MOST_VALUES: usize = 500_000;

/// Why received bytes are no envelope.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EnvelopeError {
    /// Not JSON at all.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// No text in any encoding.
    #[error(transparent)]
    NotText(#[from] NoText),
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
    BadSign(Box<WrongSign>),
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
    /// Whether nothing stood in it: a success only because it was sent as one.
    pub is_wordless: bool,
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

/// A body as it came.
#[derive(Debug, Clone, Copy)]
pub struct RawBody<'b> {
    /// Its bytes.
    pub bytes: &'b [u8],
    /// The charset that its header names.
    pub charset: Option<&'b str>,
}

impl<'b> RawBody<'b> {
    /// One of which nothing is said.
    pub fn bare(bytes: &'b [u8]) -> Self {
        Self { bytes, charset: None }
    }

    fn decoded(self) -> Result<Decoded<'b>, EnvelopeError> {
        let decoded = decoded(self.bytes, self.charset, MAX_BYTES)?;
        bound(&decoded.text)?;
        Ok(decoded)
    }
}

/// No more values in a text than there is room for.
fn bound(text: &str) -> Result<(), EnvelopeError> {
    // Inside of texts they count too; there are few.
    let begins_one = |byte: &u8| matches!(*byte, b',' | b'[' | b'{');
    match text.bytes().filter(begins_one).take(MOST_VALUES + 1).count() {
        ..=MOST_VALUES => Ok(()),
        _ => Err(EnvelopeError::TooManyValues),
    }
}

/// Reads a request and checks its sign. What is carried out is the very text whose sign was checked. Its timestamp is read
/// in whatever form it comes, by the clock of the lot's `zone`.
pub fn decode_request(
    body: RawBody<'_>,
    rules: SignRules,
    zone: &TimeZone,
) -> Result<Request, EnvelopeError> {
    let body = body.decoded()?;
    let text = unquoted(&body.text);
    let members = members(&text).map_err(|error| no_object(&text, &error))?;
    let data = member(&members, "data").ok_or(EnvelopeError::NoData)?;
    let sign = member(&members, "sign").and_then(|sign| lenient::text(&sign.value));
    let sign = sign.unwrap_or_default();
    // Data that are given as a text of JSON: signed is that text, or what stands there.
    let held = held_text(&data.value)?;
    let inner = held.as_ref().map(|(text, value)| Sent { text, value: value.clone() });
    let of_inner = inner.as_ref().is_some_and(|inner| rules.verify(inner, &body, sign).is_ok());
    if !of_inner {
        let verified = rules.verify(data, &body, sign);
        verified.map_err(|wrong| EnvelopeError::BadSign(Box::new(wrong)))?;
    }
    let said = member(&members, "timestamp").and_then(|sent| moment::of_value(&sent.value));
    let timestamp = said.and_then(|said| said.exact(zone));
    let timestamp = timestamp.map_or(0, Timestamp::as_second);
    let data = inner.as_ref().map_or(&data.value, |inner| &inner.value);
    Ok(Request { timestamp, data: elements(Some(data)) })
}

/// The text of JSON that a text holds, and what it says; none where it holds no list and no object.
fn held_text(value: &Value) -> Result<Option<(&str, Value)>, EnvelopeError> {
    let text = value.as_str().map(str::trim).filter(|text| text.starts_with(['[', '{']));
    let Some(text) = text else { return Ok(None) };
    bound(text)?;
    Ok(parsed(text).ok().map(|value| (text, value)))
}

/// What stands under a name or under another spelling of it; null counts as absent.
fn member<'m, 't>(members: &'m BTreeMap<String, Sent<'t>>, name: &str) -> Option<&'m Sent<'t>> {
    let other = || members.iter().find(|(key, _)| lenient::same_name(key, name));
    let found = members.get(name).or_else(|| other().map(|(_, sent)| sent));
    found.filter(|sent| !sent.value.is_null())
}

fn no_object(text: &str, error: &serde_json::Error) -> EnvelopeError {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) if !text.starts_with('{') => EnvelopeError::NotObject,
        _ => EnvelopeError::NotJson(error.to_string()),
    }
}

impl Reply {
    /// Success with these elements.
    pub fn ok(data: Vec<Value>) -> Self {
        Self { result_code: RESULT_OK, result_msg: "成功".to_owned(), data, is_wordless: false }
    }

    /// Failure as a whole, named in words (255 characters at most); there is no element to name.
    pub fn failed(message: &str) -> Self {
        let result_msg = message.chars().take(255).collect();
        Self { result_code: RESULT_FAILED, result_msg, data: Vec::new(), is_wordless: false }
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

    /// Reads a reply; numbers may be text, `data` may be missing, a single object or either as a text of JSON. Without a
    /// `resultCode` it is a success (ambiguity 13) where nothing else in it may say otherwise; what stands where its code
    /// belongs to an element, beside `data` or as their text, is that code.
    pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        Self::decode_body(RawBody::bare(bytes))
    }

    /// The same of a body whose charset may be named.
    pub fn decode_body(body: RawBody<'_>) -> Result<Self, EnvelopeError> {
        Self::decode_text(&body.decoded()?.text)
    }

    /// The same of the text of a body.
    pub fn decode_text(text: &str) -> Result<Self, EnvelopeError> {
        let text = unquoted(text);
        bound(&text)?;
        // PHP prints an object without attributes so.
        let map = if text.trim() == "[]" { Ok(Map::new()) } else { parsed(&text) };
        let map: Map<String, Value> = map.map_err(|error| no_object(&text, &error))?;
        let said = lenient::find(&map, "resultCode").filter(|code| !lenient::is_nothing(code));
        let result_code = match said {
            Some(code) => whole_code(code).ok_or(EnvelopeError::NoResultCode)?,
            None if says_nothing_else(&map) => RESULT_OK,
            None => return Err(EnvelopeError::NoResultCode),
        };
        let words = |name| lenient::find(&map, name).and_then(lenient::text).unwrap_or_default();
        let data = lenient::find(&map, "data");
        let held = data.map(held_text).transpose()?.flatten().map(|(_, held)| held);
        let mut reply = Self {
            result_code,
            result_msg: words("resultMsg").to_owned(),
            data: elements(held.as_ref().or(data)),
            is_wordless: map.is_empty(),
        };
        let code = CODES_BESIDE.iter().find_map(|name| map.get(*name));
        let beside = json!({ "code": code, "message": words("message") });
        reply.read_codes_that_stand_elsewhere(&beside);
        Ok(reply)
    }

    /// A code beside `data`, or one that is all that an element says, is as good as an element's `code`. Of a success only
    /// that the session is none, by the standard or as HTTP has it: other numbers may be anything there.
    fn read_codes_that_stand_elsewhere(&mut self, beside: &Value) {
        let failed = !self.succeeded();
        let counts = |code: ErrorCode| failed || refuses_the_session(code);
        for element in &mut self.data {
            if let Some((code, message)) = code_of_text(element).filter(|(code, _)| counts(*code)) {
                *element = json!({ "code": code.0, "message": message });
            }
        }
        let Some((code, message)) = element_error(beside) else { return };
        if counts(code) && (!SAYS_NOTHING.contains(&code.0) || !failed) {
            self.result_code = code.0;
        }
        let is_word = code.0 == RESULT_FAILED && !message.trim().is_empty();
        if failed && (is_word || self.result_msg.trim().is_empty()) {
            let words = format!("{message} {}", self.result_msg);
            words.trim().clone_into(&mut self.result_msg);
        }
    }

    /// What an empty body says that was sent as a success, to a request with these elements of an interface: that each of
    /// them was taken. None where the interface's reply says more than that.
    pub fn of_nothing(code: u16, elements: &[&str]) -> Option<Self> {
        let interface = Interface::find(code).filter(|interface| !interface.says_more())?;
        let named = |element: &&str| {
            let element: Value = serde_json::from_str(element).ok()?;
            let of = |name: &&str| {
                Some(((*name).to_owned(), find_nested(element.as_object()?, name)?.clone()))
            };
            Some(Value::Object(interface.reply_key.iter().filter_map(of).collect()))
        };
        let data = elements.iter().filter_map(named).collect();
        Some(Self { is_wordless: true, ..Self::ok(data) })
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

/// The A.2 code and message of a reply element; absent, null, empty and 0 mean success (ambiguity 13), and so does a word
/// for it. A code of the platform's own is a refusal that names no fault of the table.
pub fn element_error(element: &Value) -> Option<(ErrorCode, String)> {
    let map = element.as_object()?;
    let code = lenient::find(map, "code").filter(|code| !lenient::is_nothing(code))?;
    let message = lenient::find(map, "message").and_then(lenient::text).unwrap_or_default();
    match (lenient::int(code), lenient::text(code)) {
        // As HTTP has it, and everybody who writes 200 there.
        (Some(0 | 200), _) => None,
        (Some(code), _) => Some((ErrorCode(code), message.to_owned())),
        (None, Some(word)) if is_success(word) => None,
        (None, Some(word)) => Some((ErrorCode(RESULT_FAILED), format!("{word} {message}"))),
        (None, None) => Some((ErrorCode(RESULT_FAILED), format!("{code} {message}"))),
    }
}

/// Whether a code, beside a success, says that it is none: whoever has no session has delivered nothing.
fn refuses_the_session(code: ErrorCode) -> bool {
    code == ErrorCode::BAD_TOKEN || [401, 403, 419, 440, 498].contains(&code.0)
}

/// What others call a code.
const CODES_BESIDE: [&str; 6] =
    ["code", "errorCode", "error_code", "errCode", "err_code", "errcode"];

/// What stands beside the data of a failure and says no more than that, or what HTTP did.
const SAYS_NOTHING: [i64; 3] = [RESULT_OK, RESULT_FAILED, 200];

/// The code of the whole, as a number or as a word for one of the two.
fn whole_code(value: &Value) -> Option<i64> {
    let word = lenient::text(value).map(str::trim);
    let is = |words: &[&str]| {
        word.is_some_and(|word| words.iter().any(|one| word.eq_ignore_ascii_case(one)))
    };
    match lenient::int(value) {
        Some(code) => Some(code),
        None if word.is_some_and(is_success) => Some(RESULT_OK),
        None if is(&["fail", "failed", "failure", "error", "失败"]) => Some(RESULT_FAILED),
        None => None,
    }
}

/// Whether an answer without a result has nothing but what an envelope has, and no words of a failure: whatever another
/// program says in its own form is no success.
fn says_nothing_else(map: &Map<String, Value>) -> bool {
    let of_an_envelope = |name: &str| {
        ["resultCode", "resultMsg", "timestamp", "sign", "data"]
            .iter()
            .any(|known| lenient::same_name(name, known))
    };
    let words = lenient::find(map, "resultMsg").and_then(lenient::text).unwrap_or_default();
    let unsaid = ["不成功", "未成功", "没有成功"].iter().any(|not| words.contains(not));
    let well = words.trim().is_empty() || is_success(words) || words.contains("成功");
    well && !unsaid && map.iter().all(|(name, value)| of_an_envelope(name) || value.is_null())
}

/// The code of table A.2 that a text begins with, and what it says of it.
fn code_of_text(element: &Value) -> Option<(ErrorCode, String)> {
    let text = lenient::text(element)?.trim();
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (digits, words) = text.split_at_checked(end)?;
    let code = ErrorCode(digits.parse().ok()?);
    code.meaning()?;
    let is_around = |letter: char| letter.is_whitespace() || ":：,，-_()（）".contains(letter);
    Some((code, words.trim_matches(is_around).to_owned()))
}

/// Whether a word where a code belongs says that all went well.
fn is_success(word: &str) -> bool {
    let words = ["ok", "success", "succeeded", "true", "成功"];
    words.iter().any(|good| word.trim().eq_ignore_ascii_case(good))
}

fn elements(data: Option<&Value>) -> Vec<Value> {
    match data {
        Some(Value::Array(list)) => list.clone(),
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Object(map)) => {
            lenient::numbered(map).unwrap_or_else(|| vec![map.clone().into()])
        }
        Some(single) => vec![single.clone()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn zone() -> TimeZone {
        TimeZone::fixed(jiff::tz::offset(8))
    }

    fn read(text: &str) -> Result<Request, EnvelopeError> {
        decode_request(RawBody::bare(text.as_bytes()), SignRules::default(), &zone())
    }

    #[test]
    fn a_request_is_signed_over_its_data_as_sent_and_reads_back() {
        let element = r#"{"id":"a","received":20}"#;
        let text = encode_request(&[element, element], 1_700_000_000, SignRules::default());
        let sign = SignRules::default().sign(&format!("[{element},{element}]"));
        assert_eq!(
            text,
            format!(r#"{{"timestamp":1700000000,"sign":"{sign}","data":[{element},{element}]}}"#)
        );
        let back = read(&text).unwrap();
        assert_eq!((back.timestamp, back.data.len()), (1_700_000_000, 2));
    }

    #[test]
    fn a_request_with_another_sign_is_refused() {
        let text = encode_request(&["{}"], 1, SignRules::default()).replace("{}", r#"{"a":1}"#);
        assert!(matches!(read(&text), Err(EnvelopeError::BadSign(_))));
    }

    #[test]
    fn what_is_carried_out_is_what_was_signed() {
        let rules = SignRules::default();
        let (signed, smuggled) = (r#"[{"a":1}]"#, r#"[{"a":2}]"#);
        let sign = rules.sign(signed);
        for (body, carried_out) in [
            (format!(r#"{{"data":{signed},"data":{smuggled},"sign":"{sign}"}}"#), None),
            (format!(r#"{{"data":{smuggled},"data":{signed},"sign":"{sign}"}}"#), Some(1)),
            (format!(r#"{{"Data":{signed},"data":{smuggled},"sign":"{sign}"}}"#), None),
            (format!(r#"{{"Data":{smuggled},"data":{signed},"sign":"{sign}"}}"#), Some(1)),
            (format!(r#"{{"DATA":{signed},"Sign":"{sign}"}}"#), Some(1)),
            (format!(r#"{{"d\u0061ta":{signed},"data":{smuggled},"sign":"{sign}"}}"#), None),
        ] {
            let read = read(&body);
            match carried_out {
                Some(value) => assert_eq!(read.unwrap().data, [json!({ "a": value })], "{body}"),
                None => assert!(matches!(read, Err(EnvelopeError::BadSign(_))), "{body}"),
            }
        }
        // Of what stands twice within the data the last counts, for whoever signs the canonical form, too.
        let twice = format!(r#"{{"data":[{{"a":2,"a":1}}],"sign":"{sign}"}}"#);
        assert_eq!(read(&twice).unwrap().data, [json!({ "a": 1 })]);
        let other = format!(r#"{{"data":[{{"a":1,"a":2}}],"sign":"{sign}"}}"#);
        assert!(matches!(read(&other), Err(EnvelopeError::BadSign(_))));
    }

    #[test]
    fn the_timestamp_is_the_same_in_whatever_form_it_comes() {
        let sign = SignRules::default().sign("[]");
        let at = |timestamp: &str| {
            read(&format!(r#"{{"timestamp":{timestamp},"sign":"{sign}","data":[]}}"#))
                .unwrap()
                .timestamp
        };
        for form in [
            "1795579200",
            "1795579200000",
            "\"1795579200\"",
            "1.7955792E9",
            "\"2026-11-25 12:00:00\"",
            "\"2026-11-25T04:00:00.000Z\"",
            "\"20261125120000\"",
            "\"/Date(1795579200000)/\"",
        ] {
            assert_eq!(at(form), 1_795_579_200, "{form}");
        }
        assert_eq!((at("null"), at("\"soon\""), at("{}")), (0, 0, 0));
    }

    #[test]
    fn a_request_is_read_in_whatever_encoding_it_comes() {
        let text = encode_request(&[r#"{"plateNo":"粤B12345"}"#], 1, SignRules::default());
        let gbk = encoding_rs::GBK.encode(&text).0;
        for bytes in [&[b"\xef\xbb\xbf", text.as_bytes(), b"\0"].concat(), &*gbk] {
            let back = decode_request(RawBody::bare(bytes), SignRules::default(), &zone()).unwrap();
            assert_eq!(back.data, [json!({ "plateNo": "粤B12345" })]);
        }
        let odd = decode_request(RawBody::bare(b"\xff\xff"), SignRules::default(), &zone());
        assert!(matches!(odd, Err(EnvelopeError::NotText(_))));
        assert_eq!(read("[1]"), Err(EnvelopeError::NotObject));
        assert!(matches!(read("{"), Err(EnvelopeError::NotJson(_))));
    }

    #[test]
    fn a_body_of_very_many_values_is_not_read() {
        let of = |count: usize| format!(r#"{{"data":[{}0]}}"#, "0,".repeat(count));
        assert!(matches!(read(&of(MOST_VALUES - 2)), Err(EnvelopeError::BadSign(_))));
        assert_eq!(read(&of(MOST_VALUES - 1)), Err(EnvelopeError::TooManyValues));
    }

    #[test]
    fn replies_with_text_codes_or_without_data_are_read() {
        let reply = Reply::decode(r#"{"resultCode":"0","resultMsg":"成功"}"#.as_bytes()).unwrap();
        assert!(reply.succeeded() && reply.data.is_empty());
        let reply =
            Reply::decode(br#"{"resultCode":1,"data":{"code":"1101","message":"x"}}"#).unwrap();
        assert_eq!(reply.first_error(), Some((ErrorCode::NO_PARK, "x".to_owned())));
        for fine in [
            json!(0),
            json!(""),
            json!(null),
            json!("0000"),
            json!("OK"),
            json!("成功"),
            json!("200"),
        ] {
            assert_eq!(element_error(&json!({"id": "a", "code": fine})), None, "{fine}");
        }
        // A code of its own is no success, and names no fault of the table.
        for (own, words) in [(json!("E1004"), "E1004 x"), (json!(false), "false x")] {
            let error = element_error(&json!({"id": "a", "code": own, "message": "x"})).unwrap();
            assert_eq!((error.0.names_a_fault(), &*error.1), (false, words));
        }
    }

    #[test]
    fn a_reply_without_a_result_is_a_success_where_nothing_else_may_say_otherwise() {
        for taken in [
            "{}",
            "[]",
            r#"{"resultCode":null}"#,
            r#"{"resultCode":""}"#,
            r#"{"resultCode":null,"resultMsg":null,"timestamp":1,"data":null}"#,
            r#"{"resultMsg":"操作成功","data":[]}"#,
            r#"{"resultMsg":"Success","message":null}"#,
            r#"{"resultCode":"success"}"#,
        ] {
            let reply = Reply::decode(taken.as_bytes()).unwrap();
            assert!(reply.succeeded() && reply.first_error().is_none(), "{taken}");
        }
        for unread in [
            r#"{"code":500,"msg":"系统繁忙"}"#,
            r#"{"code":0,"msg":"success"}"#,
            r#"{"resultCode":null,"resultMsg":"系统繁忙"}"#,
            r#"{"resultMsg":"操作未成功"}"#,
            r#"{"resultCode":"E12"}"#,
            r#"{"resultCode":[1]}"#,
            r#"{"status":500,"error":"Internal Server Error","path":"/5004"}"#,
        ] {
            let reply = Reply::decode(unread.as_bytes());
            assert_eq!(reply, Err(EnvelopeError::NoResultCode), "{unread}");
        }
        let named = Reply::decode(br#"{"data":[{"id":"a","code":1101}]}"#).unwrap();
        assert_eq!(named.first_error().unwrap().0, ErrorCode::NO_PARK);
        assert!(!Reply::decode(r#"{"resultCode":"失败"}"#.as_bytes()).unwrap().succeeded());
    }

    #[test]
    fn a_code_that_stands_beside_the_data_or_as_their_text_is_that_code() {
        let whole = |text: &str| Reply::decode(text.as_bytes()).unwrap();
        let beside = whole(r#"{"resultCode":"1","data":[],"code":3002}"#);
        assert_eq!(beside.result_code, 3002);
        let beside = whole(r#"{"resultCode":1,"resultMsg":" ","code":"1101","message":"无"}"#);
        assert_eq!((beside.result_code, &*beside.result_msg), (1101, "无"));
        assert_eq!(whole(r#"{"resultCode":0,"data":[],"code":3002}"#).result_code, 3002);
        for code in [401, 403, 419, 440, 498] {
            let text = format!(r#"{{"resultCode":"0","code":{code},"msg":"未登录"}}"#);
            assert_eq!(whole(&text).result_code, code, "{text}");
        }
        let php = r#"{"resultCode":1,"data":{"0":{"code":"3002","message":"访问令牌错误"}}}"#;
        assert_eq!(whole(php).first_error().unwrap().0, ErrorCode::BAD_TOKEN);
        let php = whole(r#"{"resultCode":0,"data":{"10":{"id":"c"},"2":{"id":"b"}}}"#);
        assert_eq!(php.data, [json!({ "id": "b" }), json!({ "id": "c" })]);
        let named = r#"{"resultCode":"1","errorCode":3002,"data":null}"#;
        assert_eq!(whole(named).result_code, 3002);
        for code in ["0", "200", "\"ok\"", "10000"] {
            let text = format!(r#"{{"resultCode":"0","code":{code},"msg":"x"}}"#);
            assert_eq!(whole(&text).result_code, 0, "{text}");
        }
        for (text, code) in [
            (r#"{"resultCode":0,"code":200}"#, 0),
            (r#"{"resultCode":0,"code":1000}"#, 0),
            (r#"{"resultCode":1,"code":200}"#, 1),
            (r#"{"resultCode":1,"code":"0"}"#, 1),
        ] {
            assert_eq!(whole(text).result_code, code, "{text}");
        }
        for data in [
            r#""3002""#,
            "3002",
            r#"["3002"]"#,
            r#""3002 访问令牌错误""#,
            r#""3002：访问令牌错误""#,
            r#""{\"code\":3002}""#,
            r#""[{\"code\":\"3002\",\"message\":\"访问令牌错误\"}]""#,
        ] {
            for result in [0, 1] {
                let reply = whole(&format!(r#"{{"resultCode":{result},"data":{data}}}"#));
                assert_eq!(reply.first_error().unwrap().0, ErrorCode::BAD_TOKEN, "{data}");
            }
        }
        let count = whole(r#"{"resultCode":0,"data":"1101"}"#);
        assert_eq!(count.first_error(), None, "of a success a number may be anything");
    }

    #[test]
    fn a_reply_is_read_that_a_careless_writer_printed() {
        let plain = r#"{"resultCode":"0","resultMsg":"ok","data":[{"id":"a"}]}"#;
        let careless = r#"{"resultCode":"0","resultMsg":"#.to_owned();
        for text in [
            plain.to_owned(),
            canonical(&Value::from(plain)),
            r#"{"resultCode":"0","resultMsg":"ok","data":"[{\"id\":\"a\"}]"}"#.to_owned(),
            format!("{careless}\"o\nk\t\",\"data\":[{{\"id\":\"a\"}}]}}"),
            format!("{careless}\"ok\\ud83d\",\"data\":[{{\"id\":\"a\"}}]}}"),
        ] {
            let reply = Reply::decode(text.as_bytes()).unwrap();
            assert!(reply.succeeded(), "{text}");
            assert_eq!(reply.data, [json!({ "id": "a" })], "{text}");
        }
    }

    #[test]
    fn data_given_as_a_text_of_json_are_signed_within_it_or_with_it_and_not_otherwise() {
        let rules = SignRules::default();
        let inner = r#"[{"b":1,"a":"x"}]"#;
        let quoted = canonical(&Value::from(inner));
        let canonical_inner = r#"[{"a":"x","b":1}]"#;
        for signed in [inner, &quoted, canonical_inner] {
            let sign = rules.sign(signed);
            let body = format!(r#"{{"data":{quoted},"sign":"{sign}"}}"#);
            let whole = canonical(&Value::from(body.as_str()));
            for body in [body, whole] {
                assert_eq!(read(&body).unwrap().data, [json!({ "a": "x", "b": 1 })], "{body}");
            }
        }
        let sign = rules.sign(r#"[{"a":"y"}]"#);
        let forged = format!(r#"{{"data":{quoted},"sign":"{sign}"}}"#);
        assert!(matches!(read(&forged), Err(EnvelopeError::BadSign(_))));
    }

    #[test]
    fn nothing_says_that_all_was_taken_where_a_reply_says_no_more() {
        let elements = [r#"{"id":"a","x":1}"#, r#"{"equipment":{"id":"b"}}"#];
        let reply = Reply::of_nothing(3003, &elements).unwrap();
        let taken = Reply::ok(vec![json!({ "id": "a" }), json!({ "id": "b" })]);
        assert_eq!(reply, Reply { is_wordless: true, ..taken });
        for (text, is_wordless) in [("{}", true), ("[]", true), ("{\"resultCode\":0}", false)] {
            let reply = Reply::decode_text(text).unwrap();
            assert!(reply.succeeded() && reply.is_wordless == is_wordless, "{text}");
        }
        assert!(
            Reply::of_nothing(2001, &[]).is_some() && Reply::of_nothing(1003, &["{}"]).is_some()
        );
        for code in [1001, 1002, 5010, 9999] {
            assert_eq!(Reply::of_nothing(code, &["{}"]), None, "{code}");
        }
    }

    proptest! {
        #[test]
        fn hostile_bodies_are_errors_and_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode_request(RawBody::bare(&bytes), SignRules::default(), &zone());
            let _ = Reply::decode(&bytes);
        }
    }
}
