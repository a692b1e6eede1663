//! `lotgate init`: the few questions of a first hour, and a commented configuration out of the answers.
//!
//! It fills in the smallest lot's configuration; every answer is judged by the same reader as `check`, so
//! that what is asked again is asked with the reason.

use super::{broker, terminal};
use crate::config::parse;
use crate::lang::{Lang, Problem, Words as _, say};
use crate::private_files;
use anyhow::{Context as _, bail};
use std::io::{BufRead, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The smallest lot, commented.
const TEMPLATE: &str = include_str!("../../packaging/config.toml");

/// Answers given on the command line; what is missing is asked where somebody can answer.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Answers {
    /// The lot's code, 20 characters.
    #[arg(long)]
    park_code: Option<String>,
    /// The lot's name.
    #[arg(long)]
    park_name: Option<String>,
    /// How many spaces it has.
    #[arg(long)]
    total_spaces: Option<String>,
    /// The district's code, 9 digits.
    #[arg(long)]
    district_code: Option<String>,
    /// The road it is on.
    #[arg(long)]
    road_name: Option<String>,
    /// The operator's code, 10 characters.
    #[arg(long)]
    operator_id: Option<String>,
    /// Its owner.
    #[arg(long)]
    owner: Option<String>,
    /// The platform's address, e.g. https://platform.example.cn/api/1.0
    #[arg(long)]
    base_url: Option<String>,
    /// Our user there.
    #[arg(long)]
    user_id: Option<String>,
    /// Its password; better left to a file or credential afterwards.
    #[arg(long)]
    password: Option<String>,
    /// The platform's key, 8 bytes.
    #[arg(long)]
    des_key: Option<String>,
    /// The certificate of the platform's CA; "-" when a public one signed it.
    #[arg(long, allow_hyphen_values = true)]
    ca_file: Option<String>,
    /// The platform's long connection, host:port.
    #[arg(long)]
    tcp_address: Option<String>,
    /// The MQTT broker, e.g. mqtt://127.0.0.1:1883
    #[arg(long)]
    mqtt_url: Option<String>,
    /// Serial number of the camera at the entry.
    #[arg(long)]
    entry_camera: Option<String>,
    /// Serial number of the camera at the exit.
    #[arg(long)]
    exit_camera: Option<String>,
    /// Overwrite a configuration that is there.
    #[arg(long)]
    force: bool,
    /// Write the files of this box's MQTT broker instead, out of the configuration that is there: a login for each device
    /// and what it may.
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, default_missing_value = "/etc/mosquitto")]
    broker: Option<PathBuf>,
}

/// One question: the key it fills in, which time that key stands in the template, and its words.
struct Question {
    key: &'static str,
    nth: usize,
    number: bool,
    /// Whether the line may go: answered by `-`.
    optional: bool,
    zh: &'static str,
    en: &'static str,
}

const fn question(key: &'static str, nth: usize, zh: &'static str, en: &'static str) -> Question {
    Question { key, nth, number: false, optional: false, zh, en }
}

const QUESTIONS: [Question; 16] = [
    question("park_code", 0, "停车场编码（20 位）", "the lot's code, 20 characters"),
    question("park_name", 0, "停车场名称", "the lot's name"),
    Question {
        number: true, ..question("total_spaces", 0, "车位总数", "how many spaces it has")
    },
    question("district_code", 0, "行政区划代码（9 位）", "the district's code, 9 digits"),
    question("road_name", 0, "所在道路", "the road it is on"),
    question("operator_id", 0, "经营单位代码（10 位）", "the operator's code, 10 characters"),
    question("owner", 0, "产权单位", "its owner"),
    question("base_url", 0, "平台地址", "the platform's address"),
    question("user_id", 0, "平台用户", "our user there"),
    question("password", 0, "平台密码", "its password"),
    question("des_key", 0, "平台密钥（8 字节）", "the platform's key, 8 bytes"),
    Question {
        optional: true,
        ..question(
            "ca_file",
            0,
            "平台 CA 证书文件，公共证书填 -",
            "the platform's CA certificate, a file; - when it is a public one",
        )
    },
    question(
        "address",
        0,
        "平台指令长连接（主机:端口）",
        "the platform's long connection, host:port",
    ),
    question("url", 0, "MQTT 服务器", "the MQTT broker"),
    question("sn", 0, "入口相机序列号", "serial number of the camera at the entry"),
    question("sn", 1, "出口相机序列号", "serial number of the camera at the exit"),
];

impl Answers {
    fn given(self) -> [Option<String>; QUESTIONS.len()] {
        [
            self.park_code,
            self.park_name,
            self.total_spaces,
            self.district_code,
            self.road_name,
            self.operator_id,
            self.owner,
            self.base_url,
            self.user_id,
            self.password,
            self.des_key,
            self.ca_file,
            self.tcp_address,
            self.mqtt_url,
            self.entry_camera,
            self.exit_camera,
        ]
    }
}

pub(super) fn init(path: &Path, lang: Lang, answers: Answers) -> anyhow::Result<ExitCode> {
    if let Some(folder) = &answers.broker {
        return broker::write_files(path, lang, folder, answers.force);
    }
    // What a package brought and nobody has touched is no configuration yet.
    let untouched = std::fs::read_to_string(path).is_ok_and(|text| text == TEMPLATE);
    if path.exists() && !untouched && !answers.force {
        let path = path.display();
        bail!(say!(
            lang,
            "{path} 已存在；如需覆盖请加 --force，或用 --config 指定其他文件",
            "{path} is there already; --force overwrites it, --config names another file"
        ));
    }
    let asks = std::io::stdin().is_terminal();
    let mut text = TEMPLATE.to_owned();
    // Identities must not be the same in any two lots.
    for id in ids(&text) {
        text = text.replace(&id, crate::standard::id::Id::random().as_str());
    }
    for (question, given) in QUESTIONS.iter().zip(answers.given()) {
        let answered = given.is_some();
        text = match given {
            Some(given) => fill(&text, question, &given)?,
            None if asks => ask(&text, question, path, lang)?,
            None => text,
        };
        if let Some(reason) = wrong(&text, question, path, lang).filter(|_| answered) {
            bail!(reason);
        }
    }
    write(path, &text).with_context(|| path.display().to_string())?;
    let path = path.display();
    terminal::print(&say!(
        lang,
        "已写入 {path}。下一步：lotgate check --config {path}，然后启动。其余配置项见 config.example.toml。",
        "{path} is written. Next: lotgate check --config {path}, then start it. config.example.toml has every other key."
    ));
    Ok(ExitCode::SUCCESS)
}

/// Writes the file; passwords stand in it, so a new one is not for everybody. One that is there keeps its
/// rights.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    private_files::open_for_group(path)?.write_all(text.as_bytes())
}

/// The ids of devices and lanes in a text.
fn ids(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| key_of(line) == Some("id"));
    lines.filter_map(|line| line.split('"').nth(1).map(str::to_owned)).collect()
}

fn key_of(line: &str) -> Option<&str> {
    line.split_once('=').map(|(key, _)| key.trim())
}

/// Asks until the answer is fine; an empty one keeps what stands there.
fn ask(text: &str, question: &Question, path: &Path, lang: Lang) -> anyhow::Result<String> {
    let words = if lang == Lang::Zh { question.zh } else { question.en };
    let stands = value(text, question).unwrap_or_default();
    loop {
        terminal::ask(&format!("{words} [{stands}]: "))?;
        let mut line = String::new();
        if std::io::stdin().lock().read_line(&mut line)? == 0 {
            bail!(say!(lang, "未写入任何文件", "nothing was written"));
        }
        let answer = line.trim();
        let filled =
            if answer.is_empty() { text.to_owned() } else { fill(text, question, answer)? };
        match wrong(&filled, question, path, lang) {
            None => return Ok(filled),
            Some(reason) => terminal::print(&reason),
        }
    }
}

/// The line a question is about.
fn line_of(text: &str, question: &Question) -> Option<usize> {
    let lines = text.lines().enumerate().filter(|(_, line)| key_of(line) == Some(question.key));
    lines.map(|(number, _)| number).nth(question.nth)
}

fn value(text: &str, question: &Question) -> Option<String> {
    let (_, value) = text.lines().nth(line_of(text, question)?)?.split_once('=')?;
    let bare = value.split('#').next().unwrap_or(value).trim();
    Some(bare.trim_matches('"').to_owned())
}

/// The text with an answer in its place, the comment kept.
fn fill(text: &str, question: &Question, answer: &str) -> anyhow::Result<String> {
    let at = line_of(text, question).context(question.key)?;
    let quoted = if question.number {
        answer.to_owned()
    } else {
        toml::Value::String(answer.to_owned()).to_string()
    };
    let lines = text.lines().enumerate().map(|(number, line)| {
        let Some((key, value)) = line.split_once('=').filter(|_| number == at) else {
            return line.to_owned();
        };
        let comment = value.find("  #").and_then(|at| value.get(at..)).unwrap_or_default();
        if question.optional && answer == "-" {
            return format!("# {line}");
        }
        format!("{key}= {quoted}{comment}")
    });
    Ok(lines.collect::<Vec<_>>().join("\n") + "\n")
}

/// What is wrong with the answer that stands there.
fn wrong(text: &str, question: &Question, path: &Path, lang: Lang) -> Option<String> {
    let line = line_of(text, question)? + 1;
    let findings = parse(text, path).findings;
    // A login at the broker is no answer to any of the questions; `check` asks for it.
    let asked = |problem: &Problem| !matches!(problem, Problem::NoLogin);
    let errors = findings.iter().filter(|found| found.is_refused() && asked(&found.problem));
    let mut here = errors.filter(|found| found.line == line);
    here.next().map(|found| found.problem.text(lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_has_its_line_and_an_answer_takes_its_place() {
        for question in &QUESTIONS {
            let answer = if question.number { "77" } else { "an \"answer\"" };
            let filled = fill(TEMPLATE, question, answer).unwrap();
            let stands = value(&filled, question).unwrap();
            assert!(stands.contains("77") || stands.contains("answer"), "{}", question.key);
            let changed =
                TEMPLATE.lines().zip(filled.lines()).filter(|(before, after)| before != after);
            assert_eq!(changed.count(), 1, "{}", question.key);
        }
    }

    #[test]
    fn an_optional_line_goes_when_it_is_answered_by_a_hyphen() {
        let question = QUESTIONS.iter().find(|question| question.optional).unwrap();
        let filled = fill(TEMPLATE, question, "-").unwrap();
        assert_eq!(value(&filled, question), None);
        let config = parse(&filled, Path::new("config.toml")).config.unwrap();
        assert_eq!(config.platform.ca_file, None);
    }

    #[test]
    fn a_wrong_answer_is_told_in_the_words_of_check() {
        let path = Path::new("config.toml");
        let code = &QUESTIONS[0];
        let filled = fill(TEMPLATE, code, "440304001001010000101").unwrap();
        let reason = wrong(&filled, code, path, Lang::En).unwrap();
        assert!(reason.contains("has 21 characters, the standard allows 20"), "{reason}");
        let spaces = &QUESTIONS[2];
        let filled = fill(TEMPLATE, spaces, "many").unwrap();
        assert!(wrong(&filled, spaces, path, Lang::En).is_some());
    }
}
