//! What the real binary prints.

use crate::assert_snapshot;
use crate::common::{World, lotgate};
use clap::CommandFactory as _;
use lotgate::cli::Arguments;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

const LANGS: [&str; 2] = ["zh", "en"];
const EXAMPLE: &str = include_str!("../../config.example.toml");

/// What differs from run to run and from machine to machine.
const VOLATILE: &[(&str, &str)] = &[
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "[time]"),
    (r"\d{4}-\d\d-\d\d", "[day]"),
    (r"\b[0-9a-f]{32}\b", "[id]"),
    (r"\b(127\.0\.0\.1|localhost):\d+", "$1:[port]"),
    (r"\b\d+ (ms|毫秒|MB)", "[n] $1"),
    (r"(port|端口) \d+ ", "$1 [port] "),
    (r"\d+ (days|天)", "[n] $1"),
    // A row's number: counts of the lot are reported when there is time.
    (r"(?m)^ +\d+  \[time\]", "[row]  [time]"),
    // A machine may have more than one address of its own.
    (r"(localhost is|域名 localhost：) ?[^\n]*", "$1 [addresses]"),
];

/// What a call prints, and how it ends.
fn called(folder: &Path, arguments: &[&str]) -> String {
    let config = folder.join("config.toml");
    let mut command = lotgate();
    // Nothing of the machine's own environment but what was given.
    for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
        command.env_remove(name);
    }
    let output = command.args(arguments).arg("--config").arg(config).output().unwrap();
    let [printed, complained] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    let shown = format!("{printed}{complained}[exit status {}]\n", output.status.code().unwrap());
    let real = std::fs::canonicalize(folder).unwrap();
    shown.replace(real.to_str().unwrap(), "[folder]").replace(folder.to_str().unwrap(), "[folder]")
}

#[test]
fn check() {
    let wrong = EXAMPLE
        .replace("park_name ", "park_nmae ")
        .replace("total_spaces      = 200", "total_spaces      = \"many\"")
        .replace("direction = \"entry\"", "direction = \"in\"")
        .replace("camera    = \"入口相机\"", "camera    = \"入口像机\"");
    let folder = tempfile::tempdir().unwrap();
    for (name, configuration) in [("good", EXAMPLE), ("wrong", &wrong)] {
        std::fs::write(folder.path().join("config.toml"), configuration).unwrap();
        for lang in LANGS {
            let shown = called(folder.path(), &["check", "--lang", lang]);
            assert_snapshot(&format!("check_{name}_{lang}"), &shown, &[]);
        }
    }
}

/// Help is in English only: clap's own words are.
#[test]
fn help() {
    let mut shown = String::new();
    let mut command = Arguments::command();
    command.build();
    help_of(&command, &[], &mut shown);
    assert_snapshot("help", &shown, &[]);
}

/// A command's help and that of all below it, so that none can be forgotten.
fn help_of(command: &clap::Command, names: &[&str], shown: &mut String) {
    let output = lotgate().args(names).arg("--help").output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    // clap leaves blanks at the end of lines.
    let printed: Vec<_> = printed.lines().map(str::trim_end).collect();
    let call = ["lotgate"].iter().chain(names).copied().collect::<Vec<_>>().join(" ");
    writeln!(shown, "$ {call} --help\n{}\n", printed.join("\n")).unwrap();
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        let names: Vec<_> = names.iter().copied().chain([below.get_name()]).collect();
        help_of(below, &names, shown);
    }
}

/// A lot of which the platform has taken one car's entry and refused another's.
async fn lot_with_a_refused_report() -> World {
    let world = World::new().await;
    world.enter("粤B00001").await;
    world.lot.platform.refuse("粤B00002", 1103, "车辆不存在");
    world.lot.entry.read("粤B00002").await;
    world.until("the refusal", || world.log().contains("kept as a dead letter")).await;
    let all_is_noted = || {
        let shown = called(world.folder.path(), &["status", "--lang", "en"]);
        shown.contains("0 waiting, 0 pictures waiting, 1 refused")
            && shown.matches(": up since").count() == 4
    };
    world.until("the end of the queue", all_is_noted).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lot_its_queue_and_the_doctor() {
    let mut world = lot_with_a_refused_report().await;
    for lang in LANGS {
        let status = called(world.folder.path(), &["status", "--lang", lang]);
        assert_snapshot(&format!("status_{lang}"), &status, VOLATILE);
        let list = called(world.folder.path(), &["queue", "ls", "--lang", lang]);
        assert_snapshot(&format!("queue_ls_{lang}"), &list, VOLATILE);
    }
    assert!(world.terminate().await.1);
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(world.lot.config_path(), mode).unwrap();
    for lang in LANGS {
        let doctor = ["doctor", "--lang", lang, "--listen", "0s", "--ntp", "127.0.0.1:9"];
        let doctor = tokio::task::block_in_place(|| called(world.folder.path(), &doctor));
        assert_snapshot(&format!("doctor_{lang}"), &of_the_lot(&doctor), VOLATILE);
    }
}

/// The doctor's lines without those that depend on the machine the test runs on: its disk, clocks, init
/// system, user, and the counts at the end.
fn of_the_lot(doctor: &str) -> String {
    let of_the_machine = [
        "[exit status",
        " warnings, ",
        "，警告 ",
        "磁盘",
        "disk",
        "MB are free",
        "SD ",
        "内存文件系统",
        "lies in memory",
        "硬件时钟",
        "hardware clock",
        "时间服务器",
        "time server",
        "systemctl enable",
        "用户 ",
        "user ",
    ];
    let kept = doctor.lines().filter(|line| !of_the_machine.iter().any(|word| line.contains(word)));
    kept.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_self_test() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("config.toml"), EXAMPLE).unwrap();
    for lang in LANGS {
        let shown = called(folder.path(), &["doctor", "--self-test", "--lang", lang]);
        // How many states were merged on the way is not always the same.
        let counts = [(r"(all|全部) \d+", "$1 [n]")];
        let replaced = [VOLATILE, &counts].concat();
        assert_snapshot(&format!("self_test_{lang}"), &shown, &replaced);
    }
}
