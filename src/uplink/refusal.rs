//! Whether an answer says that our session is not (any longer) one: by its status, its page, its code or its words. For
//! the session, which logs in once more then. Pure; a wrong guess costs one login, so that it may guess.

use crate::foreign::json::{parsed, unquoted};
use crate::foreign::number::{text, whole};
use crate::standard::envelope::Reply;
use serde_json::Value;

/// What platforms say of a token that they do not know, in lower case, with the right one of two characters that look and
/// sound alike.
const WORDS: [&str; 22] = [
    "token",
    "jwt",
    "令牌",
    "登录",
    "会话",
    "认证",
    "鉴权",
    "授权",
    "凭证",
    "凭据",
    "身份校验",
    "身份验证",
    "身份过期",
    "身份已过期",
    "session",
    "credential",
    "not logged in",
    "log in",
    "login",
    "unauthorized",
    "unauthenticated",
    "not authenticated",
];

/// Statuses by which web servers refuse a session: the usual one, Laravel's, IIS's, nginx's and those of map servers.
pub const STATUSES: [u16; 5] = [401, 419, 440, 498, 499];

/// Codes of a whole answer that mean the same: as HTTP has them, as the standard has it, and those of the interfaces that
/// everybody here has written against (40001, 40014, 41001, 42001).
const CODES: [i64; 10] = [401, 403, 419, 440, 498, 3002, 40001, 40014, 41001, 42001];
/// And those of the table that Java's writers here go by: a login or right that is none, or no longer one.
const WORD_CODES: [&str; 6] = ["A0200", "A0220", "A0230", "A0300", "A0301", "A0311"];

/// Whether a reply may say that the platform has forgotten our session.
pub fn says_so(reply: &Reply) -> bool {
    if CODES.contains(&reply.result_code) || speaks_of_it(&reply.result_msg) {
        return true;
    }
    let first = reply.first_error();
    first.is_some_and(|(code, words)| CODES.contains(&code.0) || speaks_of_it(&words))
}

/// Whether a code is one of those, or a word that speaks of it.
fn is_code(value: &Value) -> bool {
    let word = || text(value).is_some_and(speaks_of_it);
    whole(value).map_or_else(word, |code| CODES.contains(&code))
}

fn speaks_of_it(words: &str) -> bool {
    let begin = words.trim_start().split(|letter: char| !letter.is_ascii_alphanumeric()).next();
    let is_code = |begin: &str| WORD_CODES.iter().any(|code| code.eq_ignore_ascii_case(begin));
    let words = words.to_lowercase().replace('陆', "录");
    begin.is_some_and(is_code) || WORDS.iter().any(|word| words.contains(word))
}

/// So many characters of a body are looked at that is no JSON: who says no more than that says it at once.
const AT_ONCE: usize = 200;

/// Whether a body that is no reply of the standard's says it in the way that its web server has: `{"code":401, …}`,
/// `{"message":"请登录"}`, or in plain words.
pub fn body_refuses_the_session(text: &str) -> bool {
    let Ok(said) = parsed::<Value>(&unquoted(text)) else {
        return speaks_of_it(&text.chars().take(AT_ONCE).collect::<String>());
    };
    let Value::Object(map) = said else { return false };
    let says = |name: &str| map.get(name);
    let codes = [
        "resultCode",
        "code",
        "status",
        "errcode",
        "errorCode",
        "error_code",
        "errCode",
        "err_code",
        "ret",
    ];
    let words = ["msg", "message", "error", "errmsg", "error_description", "resultMsg", "errMsg"];
    codes.into_iter().filter_map(says).any(is_code)
        || words.into_iter().filter_map(says).filter_map(Value::as_str).any(speaks_of_it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uplink::client::{CallError, may_refuse_the_session};
    use serde_json::json;

    #[test]
    fn a_session_is_refused_by_a_status_a_page_a_code_or_words() {
        let refused = |came| may_refuse_the_session(&came);
        for status in [401, 403] {
            assert!(refused(Err(CallError::Status(status))), "{status}");
        }
        assert!(refused(Err(CallError::TokenRefused)));
        assert!(refused(Err(CallError::Elsewhere(200))));
        for words in ["Token已失效", "访问令牌错误", "用户未登录，请登录", "UNAUTHORIZED"]
        {
            assert!(refused(Ok(Reply::failed(words))), "{words}");
            let element = json!({ "code": 9999, "message": words });
            assert!(refused(Ok(Reply { data: vec![element], ..Reply::failed("失败") })), "{words}");
        }
        assert!(refused(Ok(Reply { result_code: 401, ..Reply::failed("") })));
        for text in [
            r#"{"resultCode":1,"code":"A0230"}"#,
            r#"{"resultCode":1,"resultMsg":"x","code":"A0230"}"#,
            r#"{"resultCode":1,"data":[{"code":"A0230","message":"x"}]}"#,
            r#"{"resultCode":1,"resultMsg":"x","code":40001}"#,
        ] {
            assert!(refused(Ok(Reply::decode(text.as_bytes()).unwrap())), "{text}");
        }
    }

    #[test]
    fn what_says_nothing_of_the_session_brings_no_login() {
        let refused = |came| may_refuse_the_session(&came);
        for status in [400, 404, 413, 429, 500, 503] {
            assert!(!refused(Err(CallError::Status(status))), "{status}");
        }
        assert!(!refused(Err(CallError::Unreachable("refused".to_owned()))));
        assert!(!refused(Err(CallError::LoginRefused("3001".to_owned()))));
        assert!(!refused(Ok(Reply::failed("系统繁忙，请稍后再试"))));
        assert!(!refused(Ok(Reply::ok(vec![json!({ "message": "token" })]))));
    }

    #[test]
    fn what_a_web_server_says_in_its_own_json_is_known() {
        for body in [
            r#"{"code":401,"msg":"x"}"#,
            r#"{"status":500,"error":"Internal Server Error","message":"JWT expired at 2026-11-30"}"#,
            r#"{"code":"403"}"#,
            r#"{"status":401.0}"#,
            r#"{"code":10021,"msg":"token已失效"}"#,
            r#"{"success":false,"message":"请重新登陆"}"#,
            r#"{"error":"invalid_token"}"#,
            r#"{"code":"A0230","msg":"x"}"#,
            r#"{"code":"A0301"}"#,
            r#"{"resultCode":"A0230","resultMsg":""}"#,
            r#"{"errcode":40001,"errmsg":"invalid credential"}"#,
            r#"{"errcode":"42001","errmsg":"x"}"#,
            r#"{"errcode":99,"errmsg":"用户登录已过期"}"#,
            r#"{"code":"TOKEN_EXPIRED"}"#,
            r#"{"code":440}"#,
            r#"{"ret":401,"msg":"x"}"#,
            r#"{"err_code":"401"}"#,
            r#""{\"code\":401}""#,
            "会话已过期",
        ] {
            assert!(body_refuses_the_session(body), "{body}");
        }
        for body in [
            r#"{"code":0}"#,
            r#"{"code":"A0500"}"#,
            r#"{"errcode":40003}"#,
            r#"{"code":500}"#,
            r#"{"token":"x"}"#,
            "[401]",
            "401",
            "",
            "{",
        ] {
            assert!(!body_refuses_the_session(body), "{body}");
        }
    }
}
