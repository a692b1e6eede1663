//! The way of the command line to a gateway on this machine: its configuration, its database for
//! reading, and for everything that changes something the socket beside the database, or its local HTTP server for whoever may
//! not open that.

use super::terminal;
use crate::config::{Config, Web, load, rendered};
use crate::lang::{Lang, say};
use crate::machine_users::name_of_user;
use crate::store::{Keeper, Reader, Store, StoreError, Transaction};
use anyhow::{Context as _, bail};
use reqwest::RequestBuilder;
use serde_json::Value;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use tokio::net::UnixStream;

pub(super) struct Local {
    pub(super) config: Config,
    pub(super) lang: Lang,
    reader: Option<Reader>,
}

impl Local {
    /// Reads the configuration.
    pub(super) fn open(path: &Path, lang: Lang) -> anyhow::Result<Self> {
        Ok(Self { config: config_of(path, lang)?, lang, reader: None })
    }

    /// The database for reading. Whoever has only the gateway do something may be one who cannot open it.
    pub(super) fn reader(&mut self) -> anyhow::Result<&mut Reader> {
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => reader_of(&self.config, self.lang)?,
        };
        Ok(self.reader.insert(reader))
    }
}

/// The database of a configuration for reading.
pub(super) fn reader_of(config: &Config, lang: Lang) -> anyhow::Result<Reader> {
    let database = config.store.path.display().to_string();
    let reader = Store::open_reading(&config.store.path).with_context(|| {
        say!(lang, "无法打开数据库 {database}", "the database {database} cannot be opened")
    })?;
    if let Some(fault) = reader.fault() {
        terminal::complain(&say!(
            lang,
            "数据库 {database} 已损坏：{fault}；以下仅为可读取的内容，可能不是最新",
            "the database {database} is damaged: {fault}; this is what can be read of it, and may be older"
        ));
    }
    Ok(reader)
}

/// Reads the configuration; what is wrong with it has been printed.
pub(super) fn config_of(path: &Path, lang: Lang) -> anyhow::Result<Config> {
    let loaded = load(path);
    if let Some(config) = loaded.config {
        return Ok(config);
    }
    rendered(&loaded.findings, lang).for_each(|found| terminal::complain_all(&found));
    bail!(
        "{}",
        say!(
            lang,
            "配置有误，请先运行 lotgate check",
            "the configuration is wrong; run lotgate check"
        )
    );
}

/// Posts JSON to the running gateway; none when there is none.
pub(super) fn post(local: &Local, path: &str, body: &Value) -> anyhow::Result<Option<Value>> {
    post_bytes(local, path, "application/json", body.to_string().into_bytes())
}

/// Posts what is of another kind to the running gateway; none when there is none.
pub(super) fn post_bytes(
    local: &Local,
    path: &str,
    content_type: &str,
    body: Vec<u8>,
) -> anyhow::Result<Option<Value>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let socket = local.config.store.socket();
        let shut = match UnixStream::connect(&socket).await {
            Ok(_) => {
                let client = reqwest::Client::builder().no_proxy().unix_socket(socket).build()?;
                let request = client.post(format!("http://localhost{path}"));
                return ask(request, local.lang, content_type, body).await;
            }
            Err(error) => error.kind() == io::ErrorKind::PermissionDenied,
        };
        match &local.config.web {
            Some(web) if web.token.is_some() || !shut => {
                let asked = ask(over_tcp(web, path)?, local.lang, content_type, body).await?;
                if asked.is_some() || !shut {
                    return Ok(asked);
                }
            }
            None if !shut => return Ok(None),
            _ => {}
        }
        let (socket, lang) = (socket.display(), local.lang);
        bail!(
            "{}",
            say!(
                lang,
                "无权访问 {socket}：请以 root 执行，或加入 lotgate 组后重新登录",
                "{socket} is shut to this user: run it as root, or join the group lotgate and log in anew"
            )
        )
    })
}

/// A request to where `[web]` listens.
fn over_tcp(web: &Web, path: &str) -> anyhow::Result<RequestBuilder> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut to = web.listen;
    if to.ip().is_unspecified() {
        to.set_ip(if to.is_ipv4() {
            Ipv4Addr::LOCALHOST.into()
        } else {
            Ipv6Addr::LOCALHOST.into()
        });
    }
    let request = client.post(format!("http://{to}{path}"));
    Ok(match &web.token {
        Some(token) => request.bearer_auth(token.reveal()),
        None => request,
    })
}

/// What the gateway answers; none where nobody listens.
async fn ask(
    request: RequestBuilder,
    lang: Lang,
    content_type: &str,
    body: Vec<u8>,
) -> anyhow::Result<Option<Value>> {
    let request = request
        .header("content-type", content_type)
        .header("accept-language", if lang == Lang::Zh { "zh" } else { "en" })
        .body(body);
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) if error.is_connect() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let answer: Value = serde_json::from_slice(&response.bytes().await?).unwrap_or_default();
    match answer.get("error").and_then(Value::as_str) {
        Some(error) => bail!("{error}"),
        None => Ok(Some(answer)),
    }
}

/// Changes the database directly: only where no gateway runs that could do it.
pub(super) fn write<T>(
    local: &Local,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
) -> anyhow::Result<T> {
    // One that is not there is not made here.
    reader_of(&local.config, local.lang)?;
    let opened = Keeper::new(&local.config.store.path).open();
    if matches!(opened, Err(StoreError::InUse { .. })) {
        let (socket, lang) = (local.config.store.socket(), local.lang);
        let socket = socket.display();
        bail!(
            "{}",
            say!(
                lang,
                "网关正在运行，但无法通过 {socket} 或 [web] 联系；请查看其日志",
                "a gateway runs and can be reached neither by {socket} nor by [web]; look at its log"
            )
        );
    }
    let mut store = opened?;
    let tx = store.begin()?;
    let done = work(&tx)?;
    tx.commit()?;
    Ok(done)
}

/// Who works on this machine: behind `sudo` whoever called that; by the user's number where it has no name.
pub(super) fn user() -> String {
    let id = rustix::process::getuid().as_raw();
    let behind = || std::env::var("SUDO_USER").ok().filter(|name| !name.trim().is_empty());
    let behind = if id == 0 { behind() } else { None };
    behind.unwrap_or_else(|| name_of_user(id))
}

/// Texts of options that must say something, and no more than so many characters.
pub(super) fn bounded(texts: &[(&str, &str, usize)], lang: Lang) -> anyhow::Result<()> {
    for (option, text, most) in texts {
        if text.trim().is_empty() || text.chars().count() > *most {
            bail!(
                "{}",
                say!(
                    lang,
                    "{option} 应有 1 到 {most} 个字符",
                    "{option} must have 1 to {most} characters"
                )
            );
        }
    }
    Ok(())
}

/// Asks on the terminal; elsewhere only `--yes` will do.
pub(super) fn confirmed(question: &str, lang: Lang) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("{}", say!(lang, "{question}；请加 --yes 确认", "{question}; confirm with --yes"));
    }
    terminal::ask(&say!(lang, "{question}，确认？[y/N] ", "{question}. Go on? [y/N] "))?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "是"))
}
