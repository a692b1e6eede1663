//! The way of the command line to a gateway on this machine: its configuration, its database for
//! reading, and its local HTTP server for everything that changes something.

use super::terminal;
use crate::config::{Config, load};
use crate::lang::{Lang, say};
use crate::store::{Keeper, Reader, Store, StoreError, Transaction};
use anyhow::{Context as _, bail};
use serde_json::Value;
use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

pub(super) struct Local {
    pub(super) config: Config,
    pub(super) reader: Reader,
    pub(super) lang: Lang,
}

impl Local {
    /// Reads the configuration and opens the database for reading.
    pub(super) fn open(path: &Path, lang: Lang) -> anyhow::Result<Self> {
        let config = config_of(path, lang)?;
        let database = config.store.path.display().to_string();
        let reader = Store::open_reading(&config.store.path).with_context(|| {
            say!(lang, "无法打开数据库 {database}", "the database {database} cannot be opened")
        })?;
        Ok(Self { config, reader, lang })
    }
}

/// Reads the configuration; what is wrong with it has been printed.
pub(super) fn config_of(path: &Path, lang: Lang) -> anyhow::Result<Config> {
    let loaded = load(path);
    if let Some(config) = loaded.config {
        return Ok(config);
    }
    for found in &loaded.findings {
        terminal::complain_all(&found.render(lang));
    }
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
    post_text(local, path, "application/json", body.to_string())
}

/// Posts a text to the running gateway; none when there is none.
pub(super) fn post_text(
    local: &Local,
    path: &str,
    content_type: &str,
    body: String,
) -> anyhow::Result<Option<Value>> {
    let Some(web) = &local.config.web else { return Ok(None) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let mut request = client
            .post(format!("http://{}{path}", web.listen))
            .header("content-type", content_type)
            .header("accept-language", if local.lang == Lang::Zh { "zh" } else { "en" })
            .body(body);
        if let Some(token) = &web.token {
            request = request.bearer_auth(token.reveal());
        }
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
    })
}

/// Changes the database directly: only where no gateway runs that could do it.
pub(super) fn write<T>(
    local: &Local,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
) -> anyhow::Result<T> {
    let opened = Keeper::new(&local.config.store.path).open();
    if matches!(opened, Err(StoreError::InUse { .. })) {
        bail!(
            "{}",
            say!(
                local.lang,
                "网关正在运行；请在配置中加入 [web]，由它执行",
                "a gateway runs; add [web] to the configuration, so that it can do it"
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
    let listed = || {
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let named = |line: &str| {
            let mut parts = line.split(':');
            let name = parts.next()?.to_owned();
            (parts.nth(1)? == id.to_string()).then_some(name)
        };
        users.lines().find_map(named)
    };
    let name = if id == 0 { behind().or_else(listed) } else { listed() };
    name.unwrap_or_else(|| id.to_string())
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
