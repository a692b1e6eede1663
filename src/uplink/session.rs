//! The token: 1001 to get it, 1002 shortly before it expires, 1003 at a clean stop.

use super::client::{CallError, Client, may_refuse_the_session};
use crate::config::PlatformConfig;
use crate::foreign::json::canonical;
use crate::model::happening::Happening;
use crate::standard::codes::ErrorCode;
use crate::standard::envelope::Reply;
use crate::standard::lenient;
use crate::teller::Teller;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::{Mutex, Notify};
use tokio::time::Instant;

/// Taken when `expiresIn` cannot be read.
const DEFAULT_LIFE: i64 = 3600;
const SHORTEST_LIFE: i64 = 5;
const LONGEST_LIFE: i64 = 30 * 86_400;
/// Between tokens that are refused.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// The session with the platform; many calls share one token.
pub struct Session {
    client: Client,
    teller: Teller,
    token: Mutex<Held>,
    /// Wakes who waits for the platform to return.
    returned: Notify,
}

#[derive(Debug, Default)]
struct Held {
    token: Option<Token>,
    /// Which token could not be replaced, and why: all who were refused with it hear that one answer.
    in_vain: Option<(u64, CallError)>,
    /// The newest token that was good for something.
    good: u64,
    /// How many tokens in a row were good for nothing, and when the next is asked for.
    vain: Option<(u32, Instant)>,
    /// How many there have been.
    generations: u64,
    /// The interfaces whose last reply was a success without a word.
    wordless: HashSet<u16>,
}

#[derive(Debug, Clone)]
struct Token {
    text: String,
    renew_at: Instant,
    generation: u64,
}

/// A token as handed to one call.
#[derive(Debug, Clone)]
pub struct Lent {
    /// The text for the Authorization header.
    pub text: String,
    generation: u64,
}

impl Session {
    /// A session that logs in at its first call.
    pub fn new(client: Client, teller: Teller) -> Self {
        Self { client, teller, token: Mutex::default(), returned: Notify::new() }
    }

    /// The platform takes something again: whoever waits for that goes on.
    pub fn is_back(&self) {
        self.returned.notify_waiters();
    }

    /// Waits until it does.
    pub async fn back(&self) {
        self.returned.notified().await;
    }

    /// A token that is good as far as we know, logged in or renewed where needed.
    pub async fn token(&self) -> Result<Lent, CallError> {
        let mut held = self.token.lock().await;
        self.token_of(&mut held).await
    }

    async fn token_of(&self, held: &mut Held) -> Result<Lent, CallError> {
        let token = match held.token.take() {
            Some(token) if Instant::now() < token.renew_at => token,
            Some(token) => self.renew(token).await?,
            None => self.log_in(held.generations).await?,
        };
        let lent = Lent { text: token.text.clone(), generation: token.generation };
        held.generations = token.generation;
        held.token = Some(token);
        Ok(lent)
    }

    /// Replaces a token the platform refused, once for all who were refused with it.
    async fn replace(&self, refused: &Lent) -> Result<Lent, CallError> {
        let mut held = self.token.lock().await;
        if let Some((generation, error)) = &held.in_vain
            && *generation == refused.generation
        {
            return Err(error.clone());
        }
        if held.token.as_ref().is_some_and(|token| token.generation == refused.generation) {
            // Whoever refuses each new token as well is not asked for one with every car.
            let now = Instant::now();
            let before = held.vain.filter(|_| held.good < refused.generation);
            if before.is_some_and(|(_, next)| now < next) {
                return Err(CallError::TokenRefused);
            }
            let many = before.map_or(0, |(many, _)| many.saturating_add(1));
            held.vain = Some((many, now + pause_after(many)));
        }
        if held.token.as_ref().is_some_and(|token| token.generation == refused.generation)
            && let Some(token) = held.token.take()
        {
            match self.renew(token).await {
                Ok(token) => held.token = Some(token),
                Err(error) => {
                    held.in_vain = Some((refused.generation, error.clone()));
                    return Err(error);
                }
            }
        }
        self.token_of(&mut held).await
    }

    /// Calls an interface with the token, and once more with a fresh one where the answer may refuse the session.
    pub async fn call(&self, code: u16, elements: &[&str]) -> Result<Reply, CallError> {
        let ask = |token: Lent| async move {
            Ok::<_, CallError>(self.client.call(code, elements, Some(&token.text)).await)
        };
        self.with_token(code, ask).await?
    }

    /// Asks something of an interface with the token, and once more with a fresh one where the answer may refuse the session. What comes of
    /// it; an error where there is no token, or nothing to ask.
    pub async fn with_token<E, F>(
        &self,
        code: u16,
        ask: impl Fn(Lent) -> F,
    ) -> Result<Result<Reply, CallError>, E>
    where
        E: From<CallError>,
        F: Future<Output = Result<Result<Reply, CallError>, E>>,
    {
        let mut token = self.token().await?;
        let mut came = ask(token.clone()).await?;
        if may_refuse_the_session(&came) {
            token = self.replace(&token).await?;
            came = ask(token.clone()).await?;
        }
        self.heard(code, &token, &came).await;
        Ok(came)
    }

    /// What came of a call with a token: one that brought a reply is good. A success without a word counts as one, but may be
    /// that of somebody on the way: it is told where words came before.
    async fn heard(&self, code: u16, token: &Lent, came: &Result<Reply, CallError>) {
        let Ok(reply) = came else { return };
        if may_refuse_the_session(came) {
            return;
        }
        let mut held = self.token.lock().await;
        held.good = held.good.max(token.generation);
        if !reply.is_wordless {
            held.wordless.remove(&code);
        } else if held.wordless.insert(code) {
            self.teller.tell(Happening::TakenWithoutAWord { code });
        }
    }

    /// Whether there is a token.
    pub async fn is_logged_in(&self) -> bool {
        self.token.lock().await.token.is_some()
    }

    /// When the token should be renewed; none while there is none.
    pub async fn renew_at(&self) -> Option<Instant> {
        self.token.lock().await.token.as_ref().map(|token| token.renew_at)
    }

    /// 1003, where we are logged in.
    pub async fn log_out(&self) {
        let Some(token) = self.token.lock().await.token.take() else {
            return;
        };
        let element = canonical(&json!({ "accessToken": token.text }));
        if self.client.call(1003, &[&element], Some(&token.text)).await.is_ok() {
            self.teller.tell(Happening::LoggedOut);
        }
    }

    async fn log_in(&self, generation: u64) -> Result<Token, CallError> {
        let element = canonical(&login(self.client.platform()));
        let reply = self.client.call(1001, &[&element], None).await.map_err(of_the_login)?;
        let token = read_token(&reply, generation + 1)?;
        if let Some((host, at, of)) = self.client.reached()
            && of > 1
        {
            self.teller.tell(Happening::ReachedAt { host, at: at.to_string(), of });
        }
        self.teller.tell(Happening::LoggedIn { renewed: false });
        Ok(token)
    }

    /// 1002, and 1001 when that fails.
    async fn renew(&self, old: Token) -> Result<Token, CallError> {
        let platform = self.client.platform();
        let element = canonical(&json!({
            "userId": platform.user_id,
            "password": platform.password_cipher_text.reveal(),
            "accessToken": old.text,
        }));
        let renewed = match self.client.call(1002, &[&element], Some(&old.text)).await {
            Ok(reply) => read_token(&reply, old.generation + 1),
            Err(error) => Err(error),
        };
        match renewed {
            Ok(token) => {
                self.teller.tell(Happening::LoggedIn { renewed: true });
                Ok(token)
            }
            Err(
                CallError::TokenRefused
                | CallError::LoginRefused(_)
                | CallError::Busy(_)
                | CallError::Unreadable(_)
                | CallError::Elsewhere(_)
                | CallError::Unwanted { .. }
                | CallError::Status(_),
            ) => self.log_in(old.generation).await,
            Err(error) => Err(error),
        }
    }
}

/// How long nobody asks for another token after so many in a row that were refused.
fn pause_after(refused: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(refused)).min(LONGEST_PAUSE)
}

/// That a login is not wanted says nothing of the reports that wait for it.
fn of_the_login(error: CallError) -> CallError {
    match error {
        CallError::Unwanted { .. } => CallError::LoginRefused(error.to_string()),
        CallError::Status(status @ (404 | 405)) | CallError::Elsewhere(status @ (404 | 405)) => {
            CallError::WrongAddress(status)
        }
        other => other,
    }
}

/// 1001's element (table 34).
fn login(platform: &PlatformConfig) -> Value {
    let mut element = json!({
        "userId": platform.user_id,
        "password": platform.password_cipher_text.reveal(),
    });
    let callback = platform.callback.as_ref().map(|callback| &callback.url);
    let addresses =
        [("callbackServer", callback), ("onlineOrderUrl", platform.online_order_url.as_ref())];
    for (name, address) in addresses {
        if let (Some(address), Some(map)) = (address, element.as_object_mut()) {
            map.insert(name.to_owned(), address.as_str().into());
        }
    }
    element
}

fn read_token(reply: &Reply, generation: u64) -> Result<Token, CallError> {
    if let Some(error) = not_had(reply) {
        return Err(error);
    }
    let element = reply.data.first().and_then(Value::as_object);
    let attribute = |name| element.and_then(|element| lenient::find(element, name));
    let text = attribute("accessToken").and_then(lenient::text).map(str::trim);
    let is_whole = |text: &&str| !text.is_empty() && !text.contains(char::REPLACEMENT_CHARACTER);
    let text = text.filter(is_whole);
    let text = text.ok_or_else(|| CallError::Unreadable("no accessToken".to_owned()))?.to_owned();
    let life = attribute("expiresIn").and_then(lenient::int).unwrap_or(DEFAULT_LIFE);
    let renew_at = Instant::now() + renew_after(life);
    Ok(Token { text, renew_at, generation })
}

/// Why a login was not had: refused by a code, or the platform is busy.
fn not_had(reply: &Reply) -> Option<CallError> {
    let whole = Some(ErrorCode(reply.result_code)).filter(|code| code.meaning().is_some());
    let error = reply.first_error().or_else(|| Some((whole?, reply.result_msg.clone())));
    match error {
        Some((code, message)) if code.names_a_fault() || code == ErrorCode::BAD_LOGIN => {
            Some(CallError::LoginRefused(refusal_words(code, &message)))
        }
        Some((code, message)) => Some(CallError::Busy(refusal_words(code, &message))),
        None if reply.succeeded() => None,
        None => Some(CallError::Busy(words_of(reply))),
    }
}

/// What a reply says of the whole.
pub fn words_of(reply: &Reply) -> String {
    match reply.result_msg.trim() {
        "" => format!("resultCode {}", reply.result_code),
        words => words.to_owned(),
    }
}

/// A minute before the end, or a tenth of a short life.
fn renew_after(life: i64) -> Duration {
    let life = u64::try_from(life.clamp(SHORTEST_LIFE, LONGEST_LIFE)).unwrap_or(3600);
    let life = Duration::from_secs(life);
    life.saturating_sub((life / 10).min(Duration::from_secs(60)))
}

/// A refusal in the platform's own words.
pub fn refusal_words(code: ErrorCode, message: &str) -> String {
    if message.is_empty() { code.to_string() } else { format!("{} {message}", code.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;
    use std::path::Path;

    #[test]
    fn a_busy_platform_is_no_wrong_password() {
        let busy = |reply| matches!(read_token(&reply, 1), Err(CallError::Busy(_)));
        assert!(busy(Reply::failed("系统繁忙")));
        assert!(busy(Reply { data: vec![json!({ "code": 5999 })], ..Reply::failed("") }));
        let element = json!({ "code": 3001, "message": "用户名或密码错误" });
        let wrong = read_token(&Reply { data: vec![element], ..Reply::failed("失败") }, 1);
        assert!(matches!(wrong, Err(CallError::LoginRefused(_))));
        let wrong = read_token(&Reply { result_code: 3001, ..Reply::failed("密码错误") }, 1);
        assert!(matches!(wrong, Err(CallError::LoginRefused(_))));
    }

    #[test]
    fn a_login_that_is_nowhere_is_a_wrong_address_and_no_fault_of_what_waits() {
        for error in [CallError::Status(404), CallError::Elsewhere(405)] {
            let error = of_the_login(error);
            assert!(error.to_string().contains("check `base_url`"), "{error}");
            assert!(!error.reached());
            assert_eq!(error.says(), crate::uplink::patience::Evidence::Nothing);
        }
        let cut = json!({ "accessToken": "abc\u{fffd}", "expiresIn": 1 });
        assert!(read_token(&Reply::ok(vec![cut]), 1).is_err(), "half a token is none");
    }

    #[test]
    fn the_login_says_where_we_are_called_and_where_people_pay() {
        let key = "\npassword = \"lot-password\"";
        let order = "\nonline_order_url = \"https://pay.example.cn?parkCode={parkCode}\"";
        let text = include_str!("../../config.example.toml").replace(key, &format!("{order}{key}"));
        let platform = parse(&text, Path::new("x.toml")).config.unwrap().platform;
        let element = login(&platform);
        assert_eq!(element["callbackServer"], "https://box.example.cn:9445/callback");
        assert_eq!(element["onlineOrderUrl"], "https://pay.example.cn?parkCode={parkCode}");
        let table = &crate::standard::tables::uplink::REQUEST_1001;
        assert_eq!(crate::standard::verify::verify(table, &element), []);
    }
}
