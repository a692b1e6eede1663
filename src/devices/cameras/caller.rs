//! Calls a camera and holds the conversations of its language. It knows HTTP and logins, no make.
//!
//! A request goes once. After a 401 it goes again with the answer to that very challenge; a second 401 is a wrong
//! password, and since cameras lock the account after a few of them nothing more is sent for an hour.

use super::makes::http::{CameraAnswer, Conversation, Ended, Learned, Question, TalkTurn};
use crate::config::{PushWay, Secret};
use crate::devices::digest::{Asked, Challenge, DigestLogin};
use crate::devices::http_push::MAX_BODY;
use crate::standard::id::Id;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::{Client, Method, RequestBuilder, Response};
use std::time::Duration;
use tokio::time::Instant;

const CONNECT_WITHIN: Duration = Duration::from_millis(1500);
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// So long no login is tried after a wrong one.
pub(super) const LOGIN_AGAIN: Duration = Duration::from_secs(3600);
/// Turns of one conversation; more are a circle.
const MOST_TURNS: usize = 64;

/// The way to one camera.
pub(super) struct Caller {
    client: Client,
    base: String,
    login: Option<(String, Secret)>,
    /// No login before this.
    stopped_until: Option<Instant>,
}

/// How a conversation went.
#[derive(Debug, PartialEq)]
pub(super) enum Call {
    /// It came to its end.
    Ended(Ended),
    /// The camera cannot be reached: nothing was asked.
    Unreachable,
    /// It wants a login that we have not, or cannot.
    LoginUnknown,
    /// The camera refuses user and password, just now.
    JustRefused,
    /// It did so before, and is not asked again yet.
    Stopped,
}

enum Fault {
    Unreachable,
    Silent,
    LoginUnknown,
    Refused,
}

impl Caller {
    pub(super) fn new(way: &PushWay) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            // Small devices close idle connections without a word: a command must not go into one.
            .pool_max_idle_per_host(0)
            .build()?;
        let address = std::net::SocketAddr::new(way.address, way.port);
        let base = format!("http://{address}");
        Ok(Self { client, base, login: way.login.clone(), stopped_until: None })
    }

    /// Where the camera is called.
    pub(super) fn address(&self) -> String {
        self.base.trim_start_matches("http://").to_owned()
    }

    /// User and password.
    pub(super) fn login(&self) -> Option<(&str, &str)> {
        self.login.as_ref().map(|(user, password)| (user.as_str(), password.reveal()))
    }

    /// Holds a conversation to its end.
    pub(super) async fn hold(&mut self, mut conversation: Box<dyn Conversation>) -> Call {
        if self.stopped_until.is_some_and(|until| Instant::now() < until) {
            return Call::Stopped;
        }
        let mut turn = conversation.next(None);
        for _ in 0..MOST_TURNS {
            turn = match turn {
                TalkTurn::Over(Ended::WrongLogin) => {
                    self.stop();
                    return Call::JustRefused;
                }
                TalkTurn::Over(ended) => return Call::Ended(ended),
                TalkTurn::Wait(so_long) => {
                    tokio::time::sleep(so_long).await;
                    conversation.next(Some(&CameraAnswer::Waited))
                }
                TalkTurn::Ask(question) => match self.ask(&question).await {
                    Ok((status, body)) => {
                        conversation.next(Some(&CameraAnswer::Http { status, body: &body }))
                    }
                    Err(Fault::Silent) => conversation.next(Some(&CameraAnswer::Nothing)),
                    Err(Fault::Unreachable) => return Call::Unreachable,
                    Err(Fault::LoginUnknown) => return Call::LoginUnknown,
                    Err(Fault::Refused) => {
                        self.stop();
                        return Call::JustRefused;
                    }
                },
            };
        }
        Call::Ended(Ended::Unanswered)
    }

    fn stop(&mut self) {
        self.stopped_until = Some(Instant::now() + LOGIN_AGAIN);
    }

    async fn ask(&self, question: &Question) -> Result<(u16, Vec<u8>), Fault> {
        let response = send(self.request(question)).await?;
        if response.status() != 401 {
            return read(response).await;
        }
        let Some((user, password)) = self.login() else { return Err(Fault::LoginUnknown) };
        let headers = response.headers().get_all(WWW_AUTHENTICATE).iter();
        let challenge = headers.filter_map(|one| one.to_str().ok()).find_map(Challenge::parse);
        let Some(challenge) = challenge else { return Err(Fault::LoginUnknown) };
        let login = DigestLogin { user, password };
        let asked = Asked { method: question.method, target: &question.target };
        let answer = challenge.answer(login, asked, Id::random().as_str());
        let response = send(self.request(question).header(AUTHORIZATION, answer)).await?;
        if response.status() == 401 { Err(Fault::Refused) } else { read(response).await }
    }

    fn request(&self, question: &Question) -> RequestBuilder {
        let method = Method::from_bytes(question.method.as_bytes()).unwrap_or(Method::GET);
        let mut request = self.client.request(method, format!("{}{}", self.base, question.target));
        for (name, value) in &question.headers {
            request = request.header(*name, value);
        }
        if question.body.is_empty() {
            return request;
        }
        request.header(CONTENT_TYPE, question.kind).body(question.body.clone())
    }
}

async fn send(request: RequestBuilder) -> Result<Response, Fault> {
    request
        .send()
        .await
        .map_err(|error| if error.is_connect() { Fault::Unreachable } else { Fault::Silent })
}

/// The answer's body, as far as a camera's may go.
async fn read(mut response: Response) -> Result<(u16, Vec<u8>), Fault> {
    let (status, mut body) = (response.status().as_u16(), Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(|_| Fault::Silent)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BODY {
            return Err(Fault::Silent);
        }
    }
    Ok((status, body))
}

impl Call {
    /// What was learned, where it was done.
    pub(super) fn learned(&self) -> Option<&Learned> {
        match self {
            Self::Ended(Ended::Done(learned)) => Some(learned),
            _ => None,
        }
    }

    /// Whether the camera was heard.
    pub(super) fn was_answered(&self) -> bool {
        !matches!(self, Self::Unreachable | Self::Stopped | Self::Ended(Ended::Unanswered))
    }
}
