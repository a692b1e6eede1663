//! Where a command comes in, whichever channel carried it: envelope and sign are checked here, the
//! engine carries it out, and its reply becomes an envelope again. Never silence, never a panic.

use crate::engine::{Answer, EngineHandle, Input};
use crate::happening::{Happening, Teller};
use crate::lot::command::Command;
use crate::standard::envelope::{EnvelopeError, Reply, decode_request};
use crate::standard::sign::SignRules;
use jiff::Timestamp;

/// The one way from a request's bytes to its reply's.
#[derive(Clone)]
pub struct Door {
    /// Carries commands out.
    pub engine: EngineHandle,
    /// How requests are signed.
    pub sign: SignRules,
    /// Told what happened.
    pub teller: Teller,
}

impl Door {
    /// The reply's bytes to a request's bytes.
    pub async fn answer(&self, code: u16, body: &[u8]) -> Vec<u8> {
        let request = match decode_request(body, self.sign) {
            Ok(request) => request,
            Err(error) => return self.refuse(code, &in_chinese(&error)),
        };
        let command = Command { code, timestamp: request.timestamp, data: request.data };
        match self.engine.submit(Input::Command(command)).await {
            Ok(Answer::Reply(reply)) => encode(&reply),
            Ok(_) | Err(_) => self.refuse(code, "指令未能保存，请重发"),
        }
    }

    /// The reply's bytes to a request that is none.
    pub fn refuse(&self, code: u16, message: &str) -> Vec<u8> {
        let reply = Reply::failed(message);
        self.teller.tell(Happening::Commanded {
            code,
            result_code: reply.result_code,
            message: message.to_owned(),
        });
        encode(&reply)
    }
}

fn encode(reply: &Reply) -> Vec<u8> {
    reply.encode(Timestamp::now().as_second()).into_bytes()
}

/// The platform's people read Chinese.
fn in_chinese(error: &EnvelopeError) -> String {
    match error {
        EnvelopeError::NotJson(detail) => format!("请求不是有效的 JSON：{detail}"),
        EnvelopeError::NotObject => "请求不是 JSON 对象".to_owned(),
        EnvelopeError::NoData => "请求缺少 data".to_owned(),
        EnvelopeError::BadSign => "签名错误".to_owned(),
        EnvelopeError::NoResultCode => "缺少 resultCode".to_owned(),
    }
}
