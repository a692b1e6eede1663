//! `lotgate sim platform`: a strict city platform by itself, for a gateway of one's own. Lines typed to it are its commands.

use super::terminal;
use crate::lang::{Lang, say};
use crate::sim::authority::Authority;
use crate::sim::configuration;
use crate::sim::plan::user;
use crate::sim::platform::{Accent, Settings, SimulatedPlatform};
use anyhow::Context as _;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};

#[derive(Debug, clap::Args)]
pub(super) struct PlatformOptions {
    /// Where its HTTPS listens.
    #[arg(long, default_value = "127.0.0.1:8443")]
    https: SocketAddr,
    /// Where its long connection listens.
    #[arg(long, default_value = "127.0.0.1:8444")]
    tcp: SocketAddr,
    /// Where `platform.toml` and `ca.pem` are made.
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    /// What it was written with: it prints, signs and answers as such platforms do.
    #[arg(long, value_enum)]
    accent: Option<AccentWord>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum AccentWord {
    Java,
    Php,
    Dotnet,
    Old,
}

impl From<AccentWord> for Accent {
    fn from(word: AccentWord) -> Self {
        match word {
            AccentWord::Java => Self::Java,
            AccentWord::Php => Self::Php,
            AccentWord::Dotnet => Self::Dotnet,
            AccentWord::Old => Self::Old,
        }
    }
}

pub(super) async fn serve(options: PlatformOptions, lang: Lang) -> anyhow::Result<()> {
    let PlatformOptions { https, tcp, folder, accent } = options;
    crate::tls::install_provider();
    let authority = Authority::new()?;
    let accent = accent.map(Accent::from);
    let settings = Settings { https, tcp, accent, ..Settings::local()? };
    let platform = SimulatedPlatform::start(&authority, user()?, settings).await?;
    let ca_file = folder.join("ca.pem");
    std::fs::write(&ca_file, authority.ca_pem()).with_context(|| ca_file.display().to_string())?;
    let path = folder.join("platform.toml");
    let text = configuration::platform(platform.https().port(), platform.tcp().port());
    std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    let path = path.display();
    terminal::print(&say!(
        lang,
        "平台已就绪：HTTPS {https}，长连接 {tcp}；配置见 {path}。命令：接口号 JSON，例如 6005 {{\"plateNo\":\"粤B1\"}}；quit 退出",
        "ready: HTTPS {https}, long connection {tcp}; {path} has the lines for it. Say: CODE JSON, as in 6005 {{\"plateNo\":\"粤B1\"}}; quit"
    ));
    tokio::select! {
        stopped = super::run::stopped_by_signal() => stopped?,
        done = obey(&platform, lang) => done?,
        () = tell(&platform) => {}
    }
    platform.stop().await;
    Ok(())
}

/// Sends what lines on standard input say.
async fn obey(platform: &SimulatedPlatform, lang: Lang) -> anyhow::Result<()> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let line = line.trim();
        if line == "quit" {
            return Ok(());
        }
        let (code, element) = line.split_once(' ').unwrap_or((line, "{}"));
        match (code.parse::<u16>(), serde_json::from_str::<Value>(element)) {
            (Ok(code), Ok(element)) => match platform.command(code, &[element]).await {
                Ok(reply) => {
                    let (result, words) = (reply.result_code, &reply.result_msg);
                    let data = Value::from(reply.data.clone());
                    terminal::print(&format!("{code}: {result} {words} {data}"));
                }
                Err(error) => terminal::print(&format!("{code}: {error}")),
            },
            _ if line.is_empty() => {}
            _ => terminal::print(&say!(lang, "听不懂：{line}", "not understood: {line}")),
        }
    }
    // Without anybody typing it serves until it is stopped.
    std::future::pending().await
}

/// Says what it takes, and what is against the standard.
async fn tell(platform: &SimulatedPlatform) {
    let (mut taken, mut wrong) = (0, 0);
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let (reports, violations) = (platform.all_received(), platform.violations());
        for report in reports.iter().skip(taken) {
            terminal::print(&format!("{} {}", report.code, report.element));
        }
        for violation in violations.iter().skip(wrong) {
            terminal::print(&format!("✗ {violation}"));
        }
        (taken, wrong) = (reports.len(), violations.len());
    }
}
