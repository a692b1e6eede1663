//! `lotgate backup` and `lotgate restore`: the lot's records and money in one file.

use super::local::{self, config_of};
use super::terminal;
use crate::lang::{Lang, say};
use crate::store::{CopyError, FaultKind, StoreError, StoreFault, back_up, restore};
use jiff::Timestamp;
use std::path::Path;
use std::process::ExitCode;

pub(super) fn backup(path: &Path, file: &Path, lang: Lang) -> anyhow::Result<ExitCode> {
    let config = config_of(path, lang)?;
    let bytes = back_up(&config.store.path, file).map_err(|error| words(error, lang))?;
    let file = file.display();
    terminal::print(&say!(
        lang,
        "已备份到 {file}（{bytes} 字节），已校验",
        "backed up to {file} ({bytes} bytes), verified"
    ));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn put_back(
    path: &Path,
    file: &Path,
    yes: bool,
    lang: Lang,
) -> anyhow::Result<ExitCode> {
    let config = config_of(path, lang)?;
    let shown = file.display();
    let question = say!(
        lang,
        "将用 {shown} 替换现有数据库，备份之后的记录将不再可见",
        "{shown} takes the database's place; what happened since it was made is set aside"
    );
    if !yes && !local::confirmed(&question, lang)? {
        return Ok(ExitCode::FAILURE);
    }
    let aside = restore(&config.store.path, file, Timestamp::now());
    match aside.map_err(|error| words(error, lang))? {
        Some(aside) => {
            let aside = aside.display();
            terminal::print(&say!(
                lang,
                "已恢复；原数据库保留为 {aside}",
                "restored; the former database is kept as {aside}"
            ));
        }
        None => terminal::print(&say!(lang, "已恢复", "restored")),
    }
    Ok(ExitCode::SUCCESS)
}

/// The sentence, with what to do.
fn words(error: CopyError, lang: Lang) -> anyhow::Error {
    let sentence = match &error {
        CopyError::Store(StoreError::InUse { .. }) => say!(
            lang,
            "网关正在运行；请先 systemctl stop lotgate",
            "the gateway runs; systemctl stop lotgate first"
        ),
        CopyError::Exists { path } => {
            let path = path.display();
            say!(
                lang,
                "{path} 已存在；请换一个文件名",
                "{path} exists already; choose another name"
            )
        }
        CopyError::Unsound { path, fault } => {
            let path = path.display();
            say!(
                lang,
                "{path} 不是完好的 lotgate 数据库：{fault}",
                "{path} is no sound database of lotgate: {fault}"
            )
        }
        CopyError::Store(_) | CopyError::File { .. } => match error.fault() {
            Some(StoreFault { kind: FaultKind::Damaged, words }) => say!(
                lang,
                "数据库已损坏（{words}），未备份；网关启动后会自动重建",
                "the database is damaged ({words}), no copy was made; the gateway puts it together anew as soon as it runs"
            ),
            _ => return error.into(),
        },
    };
    anyhow::Error::msg(sentence)
}
