//! The way of the command line to a gateway on this machine: its configuration, its database for
//! reading, and its local HTTP server for everything that changes something.

use crate::config::{Config, load};
use crate::lang::{Lang, say};
use crate::store::{Reader, Store, StoreError, Transaction};
use anyhow::{Context as _, bail};
use jiff::Timestamp;
use serde_json::Value;
use std::path::Path;

pub(super) struct Local {
    pub(super) config: Config,
    pub(super) reader: Reader,
    pub(super) lang: Lang,
}

impl Local {
    /// Reads the configuration and opens the database for reading.
    pub(super) fn open(path: &Path, lang: Lang) -> anyhow::Result<Self> {
        let loaded = load(path);
        let Some(config) = loaded.config else {
            for found in &loaded.findings {
                eprintln!("{}", found.render(lang));
            }
            bail!(
                "{}",
                say!(
                    lang,
                    "配置有误，请先运行 lotgate check",
                    "the configuration is wrong; run lotgate check"
                )
            );
        };
        let database = config.store.path.display().to_string();
        let reader = Store::open_reading(&config.store.path).with_context(|| {
            say!(lang, "无法打开数据库 {database}", "the database {database} cannot be opened")
        })?;
        Ok(Self { config, reader, lang })
    }
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
    if local.config.web.is_none() {
        bail!(
            "{}",
            say!(
                local.lang,
                "请在配置中加入 [web]，由运行中的网关执行",
                "add [web] to the configuration, so that the running gateway can do it"
            )
        );
    }
    let (mut store, _) = Store::open(&local.config.store.path, Timestamp::now())?;
    let tx = store.begin()?;
    let done = work(&tx)?;
    tx.commit()?;
    Ok(done)
}
