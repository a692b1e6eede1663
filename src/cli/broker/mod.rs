//! `lotgate init --broker`: the files of a mosquitto on this box, out of the lot's own configuration: a login for each
//! device that speaks there and one for the gateway, and what each may. Run again it keeps the logins that are there.

mod acl;
mod logins;

use super::terminal;
use crate::config::{Config, Finding, Mqtt, load};
use crate::devices::{self, CLAIMS};
use crate::lang::{Lang, LotProblem, Problem, say};
use crate::private_files;
use crate::this_machine::{self, is_this_machine};
use acl::Rights;
use anyhow::{Context as _, bail};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// mosquitto's own configuration as we ship it, with the folder in it that is replaced.
const TEMPLATE: &str = include_str!("../../../packaging/mosquitto-lotgate.conf");
const TEMPLATES_FOLDER: &str = "/etc/mosquitto";
/// The template's own.
const PORT: u16 = 1883;
/// The template's bound of what waits for one gateway.
const QUEUE: &str = "max_queued_bytes 134217728";
/// The gateway's login where its configuration names none, and the file of its password beside it.
const GATEWAY: &str = "lotgate";
const PASSWORD_FILE: &str = "mqtt-password";
/// What the devices' logins begin with.
const DEVICE: &str = "device-";

/// A login as it is told.
struct Told {
    name: String,
    user: String,
    /// None where it stays what it was.
    password: Option<String>,
}

/// Writes the files into mosquitto's folder.
pub(super) fn write_files(
    path: &Path,
    lang: Lang,
    folder: &Path,
    force: bool,
) -> anyhow::Result<ExitCode> {
    let loaded = load(path);
    let Some(config) = loaded.config else {
        let path = path.display();
        bail!(say!(
            lang,
            "{path} 不可用；请先运行 lotgate init 和 lotgate check",
            "{path} cannot be used; lotgate init and lotgate check come first"
        ));
    };
    let speaks_for_others = |found: &&Finding| {
        matches!(
            found.problem,
            Problem::Lot(LotProblem::TopicOfMany { .. } | LotProblem::TopicTwice { .. })
        )
    };
    if let Some(found) = loaded.findings.iter().find(speaks_for_others) {
        bail!(found.render(lang));
    }
    let brokers = brokers_here(&config);
    if brokers.is_empty() {
        bail!(say!(
            lang,
            "[[mqtt]] 中没有本机的 MQTT 服务器",
            "no broker in [[mqtt]] is on this machine"
        ));
    }
    let passwd = folder.join("lotgate.passwd");
    let before = read(&passwd)?;
    let mut told = Vec::new();
    let mut rights = Vec::new();
    let mut lines = Vec::new();
    for broker in &brokers {
        let (line, one) = gateway(broker, path, &before)?;
        rights.push(Rights::of_gateway(one.user.clone()));
        lines.push(line);
        told.push(one);
    }
    for one in devices_at(&config, &brokers) {
        let known = logins::known(&before).into_iter().find(|(user, _)| *user == one.user);
        let (line, password) = match known {
            Some((_, line)) => (line.to_owned(), None),
            None => {
                let password = logins::password()?;
                (logins::line(&one.user, &password)?, Some(password))
            }
        };
        lines.push(line);
        told.push(Told { name: one.name.clone(), user: one.user.clone(), password });
        rights.push(one);
    }
    // First what may be refused: a password that is written and not shown would be nobody's.
    let port = brokers.first().filter(|broker| !broker.tls).map_or(PORT, |broker| broker.port);
    let conf = configuration(folder, (port, lots_beside(path)), lang, force)?;
    lines.extend(kept(&before, &rights));
    lines.dedup();
    write(&passwd, &(lines.join("\n") + "\n"), lang)?;
    let acl = folder.join("lotgate.acl");
    let added = read(&acl)?;
    write(&acl, &acl::text(&rights, &added), lang)?;
    report(&told, &conf, lang);
    Ok(ExitCode::SUCCESS)
}

/// How many lots are driven from the folder of this configuration, this one among them.
fn lots_beside(path: &Path) -> u64 {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let files = std::fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten().flatten();
    let files = files.map(|file| file.path());
    let is_a_lot = |file: &PathBuf| {
        file.extension().is_some_and(|end| end == "toml") && load(file).config.is_some()
    };
    u64::try_from(files.filter(is_a_lot).count()).unwrap_or(1).max(1)
}

/// What waits for one gateway may take a quarter of the box's memory, where other lots have theirs of the same broker.
fn queue_of(memory: u64, lots: u64) -> String {
    let megabytes = (memory >> 20) / 4 / lots.max(1);
    format!("max_queued_bytes {}", megabytes.max(1) << 20)
}

/// The brokers whose files these are: those of this machine, or the only one there is.
fn brokers_here(config: &Config) -> Vec<&Mqtt> {
    let is_here = |broker: &&Mqtt| is_this_machine(&broker.host);
    match config.mqtt.as_slice() {
        [only] => vec![only],
        several => several.iter().filter(is_here).collect(),
    }
}

/// The devices that speak there, each with what it may.
fn devices_at(config: &Config, brokers: &[&Mqtt]) -> Vec<Rights> {
    let of = |device: &crate::config::Device| {
        let speech = devices::spoken(device)?;
        let here = brokers.iter().any(|broker| broker.name == speech.broker);
        let code = device.equipment.get("equipmentCode").and_then(serde_json::Value::as_str);
        let code = code.unwrap_or(device.id.as_str());
        let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || "_-.".contains(*letter);
        here.then(|| Rights {
            name: device.name.clone(),
            user: format!("{DEVICE}{}", code.chars().filter(is_plain).collect::<String>()),
            says: speech.says,
            hears: speech.hears,
            never: vec![format!("{CLAIMS}/#")],
        })
    };
    config.devices.iter().filter_map(of).collect()
}

/// The gateway's line and what is told of it: as its configuration says, else with a password that lies in a file
/// beside it.
fn gateway(broker: &Mqtt, path: &Path, before: &str) -> anyhow::Result<(String, Told)> {
    let name = format!("lotgate ({})", broker.name);
    let known = |user: &str, password: &str| {
        let mut lines = logins::known(before).into_iter();
        lines.find(|(of, line)| *of == user && logins::is_of(line, password))
    };
    let line = |user: &str, password: &str| match known(user, password) {
        Some((_, line)) => Ok(line.to_owned()),
        None => logins::line(user, password),
    };
    if let Some((user, password)) = &broker.login {
        let told = Told { name, user: user.clone(), password: None };
        return Ok((line(user, password.reveal())?, told));
    }
    let file = path.parent().unwrap_or(Path::new("")).join(PASSWORD_FILE);
    let password = match read(&file)?.trim() {
        "" => {
            let password = logins::password()?;
            let mut new = private_files::open_for_group(&file)?;
            writeln!(new, "{password}")?;
            // Whoever may read the configuration may read this.
            if let Ok(meta) = std::fs::metadata(path) {
                let _ = chown(&file, None, Some(std::os::unix::fs::MetadataExt::gid(&meta)));
            }
            password
        }
        password => password.to_owned(),
    };
    let told = Told { name, user: GATEWAY.to_owned(), password: Some(String::new()) };
    Ok((line(GATEWAY, &password)?, told))
}

/// The lines of logins that people have added.
fn kept(before: &str, rights: &[Rights]) -> Vec<String> {
    let ours = |user: &str| {
        user.starts_with(DEVICE) || user == GATEWAY || rights.iter().any(|one| one.user == user)
    };
    let known = logins::known(before).into_iter();
    known.filter(|(user, _)| !ours(user)).map(|(_, line)| line.to_owned()).collect()
}

/// Where mosquitto's own configuration stands, written where it is not there.
fn configuration(
    folder: &Path,
    (port, lots): (u16, u64),
    lang: Lang,
    force: bool,
) -> anyhow::Result<PathBuf> {
    let included = folder.join("conf.d");
    let into = if included.is_dir() { included } else { folder.to_owned() };
    let path = into.join("lotgate.conf");
    let text = TEMPLATE.replace(TEMPLATES_FOLDER, &folder.display().to_string());
    let text = text.replacen(QUEUE, &queue_of(this_machine::memory(), lots), 1);
    let text = text.replacen(&format!("listener {PORT}"), &format!("listener {port}"), 1);
    let before = read(&path)?;
    let wanted = ["password_file", "acl_file"];
    let has = |key: &str| before.lines().any(|line| line.trim_start().starts_with(key));
    if before.is_empty() || force {
        if !before.is_empty() && before != text {
            std::fs::write(path.with_extension("conf.before"), &before)?;
        }
        write(&path, &text, lang)?;
    } else if !wanted.iter().all(|key| has(key)) {
        let lines = text.lines().filter(|line| wanted.iter().any(|key| line.starts_with(key)));
        let (lines, path) = (lines.collect::<Vec<_>>().join("; "), path.display());
        bail!(say!(
            lang,
            "{path} 已存在，但没有以下各行，请补上（或用 --force 重写，原文件另存为 .before）：{lines}",
            "{path} is there and lacks these lines; add them, or --force writes it anew and keeps the old one as .before: {lines}"
        ));
    }
    Ok(path)
}

fn report(told: &[Told], conf: &Path, lang: Lang) {
    for Told { name, user, password } in told {
        let password = match password.as_deref() {
            None => say!(lang, "（密码不变）", "(its password stays)"),
            Some("") => say!(
                lang,
                "（请在 [[mqtt]] 中写 username = \"{user}\"，password = {{ file = \"{PASSWORD_FILE}\" }}）",
                "(in [[mqtt]]: username = \"{user}\", password = {{ file = \"{PASSWORD_FILE}\" }})"
            ),
            Some(password) => password.to_owned(),
        };
        terminal::print(&format!("{name} | {user} | {password}"));
    }
    let conf = conf.display();
    terminal::print(&say!(
        lang,
        "已写入 {conf}。请把用户名和密码填到各设备（密码只显示这一次），然后运行 systemctl restart mosquitto 和 lotgate doctor。",
        "{conf} is written. Enter each user and password at its device (they are shown this once), then: systemctl restart mosquitto, and lotgate doctor."
    ));
}

/// What stands in a file; nothing where it is not there.
fn read(path: &Path) -> anyhow::Result<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// Writes a file for root and mosquitto alone.
fn write(path: &Path, text: &str, lang: Lang) -> anyhow::Result<()> {
    let written = || -> std::io::Result<()> {
        let new = path.with_extension("new");
        let mut file = private_files::open_for_group(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, path)
    };
    written().with_context(|| path.display().to_string())?;
    let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
    let mosquitto = groups.lines().find_map(|line| line.strip_prefix("mosquitto:"));
    let gid = mosquitto.and_then(|rest| rest.split(':').nth(1)?.parse().ok());
    if let Some(gid) = gid
        && chown(path, None, Some(gid)).is_err()
    {
        let path = path.display();
        terminal::complain(&say!(
            lang,
            "{path} 无法归入 mosquitto 组；请以 root 运行：chgrp mosquitto {path}",
            "{path} cannot be given to the group mosquitto; as root: chgrp mosquitto {path}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_a_lot_is_bounded_by_the_boxs_memory_and_its_other_lots() {
        assert!(TEMPLATE.contains(&format!("\n{QUEUE}\n")));
        for (megabytes, lots, bound) in [(512, 1, 128), (1024, 2, 128), (4096, 1, 1024), (2, 3, 1)]
        {
            let wanted = format!("max_queued_bytes {}", bound << 20);
            assert_eq!(queue_of(megabytes << 20, lots), wanted);
        }
    }
}
