//! What a technician writes and what `check` answers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "configuration/callback.rs"]
mod callback;
#[path = "configuration/encodings.rs"]
mod encodings;
#[path = "configuration/equipment.rs"]
mod equipment;
#[path = "configuration/http_push.rs"]
mod http_push;
#[path = "configuration/lengths.rs"]
mod lengths;
#[path = "configuration/lots.rs"]
mod lots;
#[path = "configuration/merchants.rs"]
mod merchants;
#[path = "configuration/secrets.rs"]
mod secrets;
#[path = "configuration/web.rs"]
mod web;
#[path = "configuration/written.rs"]
mod written;

#[path = "common/mod.rs"]
mod common;

use lotgate::config::{Loaded, parse};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn check(text: &str, more: &[&str]) -> (Output, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lotgate"));
    let output = command.arg("check").arg("--config").arg(&path).args(more).output().unwrap();
    let shown = String::from_utf8(output.stdout.clone()).unwrap();
    (output, shown.replace(folder.path().to_str().unwrap(), "FOLDER"))
}

#[test]
fn the_example_is_a_configuration_that_works() {
    let Loaded { config, findings, .. } = parse(&read("config.example.toml"), Path::new("x.toml"));
    let words: Vec<_> =
        findings.iter().map(|found| found.render(lotgate::lang::Lang::En)).collect();
    assert!(config.is_some(), "{words:#?}");
    let fine = |word: &&String| word.contains("does not exist") || word.contains("is still the");
    assert_eq!(words.iter().filter(|word| !fine(word)).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn a_topic_on_which_nothing_can_be_heard_is_refused_with_why() {
    for (topic, why) in [
        ("$share/boxes/cam/1", "is a shared subscription"),
        ("$queue/cam/1", "is a shared subscription"),
        ("$SYS/broker/uptime", "begins with `$`"),
        (" camera/1", "has white space at an end"),
        ("camera/1 /read", "has white space at an end"),
        ("camera/#/read", "would have this camera speak for others"),
    ] {
        let text =
            read("config.example.toml").replace("\"camera/west/result\"", &format!("\"{topic}\""));
        let (output, shown) = check(&text, &["--lang", "en"]);
        assert!(!output.status.success() && shown.contains(why), "{topic}: {shown}");
    }
    let text = read("config.example.toml").replace("17c82e96-be03-4f38-aef3-f83d48582d97", "+");
    assert!(
        check(&text, &["--lang", "en"])
            .1
            .contains("`+`, `#` or a control character in `application_id`")
    );
}

#[test]
fn a_topic_that_no_broker_takes_is_refused_wherever_it_stands() {
    let example = read("config.example.toml");
    let marked = "# guidance_topic     = \"lotgate/guidance/{parkCode}\"";
    let guidance = |topic: &str| example.replace(marked, &format!("guidance_topic = '{topic}'"));
    for topic in ["$SYS/x", "a/#", "a/+/b", "", "$share/g/a", "a /b", " a", "a\tb"] {
        let (output, shown) = check(&guidance(topic), &["--lang", "en"]);
        let words = "`guidance_topic` makes no MQTT topic";
        assert!(!output.status.success() && shown.contains(words), "{topic}: {shown}");
        let line = guidance(topic).lines().position(|line| line.starts_with("guidance_topic"));
        let place = format!(":{}:18: ", line.unwrap() + 1);
        assert!(shown.contains(&place), "{place} {shown}");
    }
    for topic in ["lotgate/guidance/{parkCode}", "车场/{parkCode}/诱导", "/a"] {
        let shown = check(&guidance(topic), &["--lang", "en"]).1;
        assert!(!shown.contains("makes no MQTT topic"), "{topic}: {shown}");
    }
    let broker = "url  = \"mqtt://127.0.0.1:1883\"";
    for (written, key) in [
        (example.replace(broker, &format!("{broker}\nclient_id = \"\"")), "client_id"),
        (example.replace(broker, &format!("{broker}\nclient_id = \"a\\u0000\"")), "client_id"),
        (example.replace("\"camera/west/result\"", &format!("\"{}\"", "a/".repeat(200))), "topic"),
    ] {
        let shown = check(&written, &["--lang", "en"]).1;
        assert!(shown.contains(&format!("`{key}` makes no MQTT topic")), "{key}: {shown}");
    }
}

#[test]
fn what_would_mean_both_taken_and_free_is_named() {
    let text = read("config.example.toml");
    let turned = text.replace("occupied = 1, free = 0", "occupied = 1, free = 1");
    assert!(
        check(&turned, &["--lang", "en"]).1.contains("`1` is written for occupied and for free")
    );
    let both = text.replace(
        "# silent_after  =",
        "occupied_when = [\"Busy\"]\nfree_when = [\"busy\"]\n# silent_after  =",
    );
    assert!(
        check(&both, &["--lang", "en"]).1.contains("`busy` is written for occupied and for free")
    );
}

#[test]
fn every_key_there_is_stands_in_the_example_and_works_when_its_comment_mark_is_removed() {
    let text: String = read("config.example.toml").lines().map(uncommented).collect();
    let Loaded { findings, known_keys, .. } = parse(&text, Path::new("x.toml"));
    let words: Vec<_> =
        findings.iter().map(|found| found.render(lotgate::lang::Lang::En)).collect();
    let expected = ["does not exist", "secret cannot be read", "is still the example's"];
    let others: Vec<_> =
        words.iter().filter(|word| !expected.iter().any(|one| word.contains(one))).collect();
    assert!(others.is_empty(), "{others:#?}");
    let missing: Vec<_> = known_keys
        .iter()
        .filter(|key| {
            let name = key.rsplit('.').next().unwrap();
            // Interface codes are the file's own choice, not keys of ours.
            name.parse::<u16>().is_err() && !text.lines().any(|line| names_key(line, name))
        })
        .collect();
    assert!(missing.is_empty(), "not explained in config.example.toml: {missing:?}");
}

/// `# key = value` → `key = value`; everything else as it is.
fn uncommented(line: &str) -> String {
    let bare = line.strip_prefix("# ").filter(|rest| {
        let key = rest.split('=').next().unwrap_or_default().trim();
        rest.contains('=')
            && !key.is_empty()
            && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    });
    format!("{}\n", bare.unwrap_or(line))
}

fn names_key(line: &str, name: &str) -> bool {
    let line = line.trim_start_matches(['[', ' ', '#']);
    let inline = [format!("{{ {name} ="), format!(", {name} ="), format!(".{name}]")];
    let begins = line
        .strip_prefix(name)
        .is_some_and(|rest| rest.trim_start().starts_with(['=', ']']) || rest.starts_with('.'));
    begins || inline.iter().any(|form| line.contains(form.as_str()))
}

#[test]
fn every_mistake_is_named_with_its_place_and_what_to_write_instead() {
    let text = read("config.example.toml")
        .replace("park_name ", "park_nmae ")
        .replace("total_spaces      = 200", "total_spaces      = \"many\"")
        .replace("camera    = \"入口相机\"", "camera    = \"入口像机\"");
    let (output, shown) = check(&text, &["--lang", "en"]);
    assert_eq!(output.status.code(), Some(1));
    let line_of = |part: &str| text.lines().position(|line| line.contains(part)).unwrap() + 1;
    for (place, sentence) in [
        (
            format!("FOLDER/config.toml:{}:1: error", line_of("park_nmae")),
            "did you mean `park_name`?",
        ),
        (
            format!("FOLDER/config.toml:{}:21: error", line_of("\"many\"")),
            "`total_spaces` must be a whole number",
        ),
        (
            format!("FOLDER/config.toml:{}:13: error", line_of("入口像机")),
            "did you mean `入口相机`?",
        ),
    ] {
        let found = shown.lines().find(|line| line.starts_with(&place));
        assert!(found.is_some_and(|line| line.contains(sentence)), "{place} {sentence}:\n{shown}");
    }
}

#[test]
fn check_speaks_chinese_and_json() {
    let text = read("config.example.toml").replace("direction = \"entry\"", "direction = \"in\"");
    let (_, chinese) = check(&text, &["--lang", "zh"]);
    assert!(chinese.contains("`direction` 只能是 \"entry\" | \"exit\" | \"both\""), "{chinese}");
    let (output, json) = check(&text, &["--lang", "en", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((output.status.code(), &answer["ok"]), (Some(1), &serde_json::json!(false)));
    let errors: Vec<_> = answer["problems"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| p["severity"] == "error")
        .collect();
    assert_eq!(errors.len(), 1, "{json}");
    assert_eq!(errors[0]["column"], 13);
}

#[test]
fn a_file_that_is_not_there_is_said_and_wrong_use_ends_with_2() {
    let lotgate = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_lotgate")).args(arguments).output().unwrap()
    };
    let absent = lotgate(&["check", "--lang", "en", "--config", "/nowhere/config.toml"]);
    assert_eq!(absent.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&absent.stdout).contains("cannot read /nowhere/config.toml"));
    assert_eq!(lotgate(&["fly"]).status.code(), Some(2));
    assert_eq!(lotgate(&["--version"]).status.code(), Some(0));
}

/// The minimal lot with more lines behind it.
fn with(more: &str) -> String {
    let example = read("config.example.toml");
    let (head, _) = example.split_once("\n[[garage]]").unwrap();
    let (_, tariff) = example.split_once("[tariff]").unwrap();
    format!("{head}\n{more}\n[tariff]{tariff}")
}

fn findings(text: &str, path: &Path) -> Vec<String> {
    let Loaded { findings, .. } = parse(text, path);
    let errors = findings.iter().filter(|found| found.is_error());
    errors.map(|found| found.render(lotgate::lang::Lang::En)).collect()
}

#[test]
fn a_table_of_spaces_is_read_and_its_mistakes_are_shown_in_its_own_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let table = |rows: &str| {
        let header = "space_no,position_type,material_type,with_locker,with_charging_pile,floor,sensor.device,sensor.dev_eui,sensor.discrete";
        std::fs::write(folder.path().join("spaces.csv"), format!("{header}\n{rows}")).unwrap();
        let text = with("").replacen("[lot]", "[lot]\nspaces_file = \"spaces.csv\"", 1);
        (parse(&text, &path).config, findings(&text, &path))
    };
    let (config, wrong) = table(
        "4403040010010100001000B1A108,1,0,0,0,1,地磁网络,0004A30B001C0530,\n\
         4403040010010100001000B1A109,1,0,0,0,B1,车位探测器,,7\n",
    );
    assert_eq!(wrong, Vec::<String>::new());
    let spaces = config.unwrap().spaces;
    assert_eq!(spaces.len(), 2);
    assert!(spaces.iter().all(|space| space.sensor.is_some()));
    assert_eq!(spaces[0].space_info.attributes()["floor"], "1");
    let (config, wrong) = table(
        "4403040010010100001000B1A108,1,0,0,0,1,地磁网络,zz,\n\
         4403040010010100001000B1A109,9,0,0,0,B1,地磁,,\n",
    );
    assert!(config.is_none());
    let all = wrong.join("\n");
    assert!(
        all.contains("spaces.csv:2:1: error: `dev_eui` must be 16 hexadecimal digits"),
        "{all}"
    );
    assert!(
        all.contains("spaces.csv:3:1: error: `position_type` must be between 0 and 2"),
        "{all}"
    );
    assert!(all.contains("did you mean `地磁网络`?"), "{all}");
}

#[test]
fn a_cameras_words_for_directions_mean_one_of_two() {
    let camera = |way: &str| {
        let device = "[[device]]\nid = \"a1dc1d9fccdc441fb6238fb43fab00aa\"\nname = \"cam\"\n\
                      equipment_code = \"77775555001099\"\nequipment_type = \"1000\"\n\
                      driver = \"mqtt-json\"\nmqtt = \"lot\"\ntopic = \"a\"\nplate = \"/plate\"\n\
                      direction = \"/way\"\n";
        let text = with(&format!("{device}directions = {{ \"1\" = \"{way}\" }}\n"));
        findings(&text, Path::new("config.toml")).join("\n")
    };
    assert!(!camera("receding").contains("directions"), "{}", camera("receding"));
    assert!(camera("backwards").contains("directions.1"), "{}", camera("backwards"));
}

#[test]
fn register_maps_are_checked_by_the_numbering_they_name() {
    let garage = |points: &str| {
        format!(
            "[[garage]]\nid = \"a1dc1d9fccdc441fb6238fb43fab0001\"\n\
             garage_code = \"4403040010010100001001\"\noperator = \"a\"\ngarages_owner = \"a\"\n\
             total_spaces = 60\ngarage_type = 3\nplc = \"车库控制器\"\n{points}\n"
        )
    };
    for (points, complaint) in [
        ("state = { holding = 5 }", "address 5 does not exist by the numbering"),
        ("state = { holding = 40001, coil = 1 }", "write only one of coil"),
        ("state = { bit = 1 }", "which register?"),
        ("state = { coil = 1, bit = 1 }", "coils and discrete inputs are bits already"),
        ("state = { holding = 40001, map = { x = 1 } }", "`x` must be a whole number"),
        ("alarms = [{ coil = 1, code = 8099 }]", "table A.3 has no event 8099"),
        (
            "[garage.mission]\ncommand = { input = 30001 }\nacknowledged = { coil = 1 }",
            "it must be a whole holding register",
        ),
        ("[garage.mission]\ncommand = { holding = 40001 }", "lacks `acknowledged`"),
        ("plc_ = 1", "has no key `plc_`; did you mean `plc`?"),
    ] {
        let all = findings(&with(&garage(points)), Path::new("x.toml")).join("\n");
        assert!(all.contains(complaint), "{points}: {all}");
    }
    let text = with("").replace("addresses      = \"40001\"", "");
    let all = findings(&text, Path::new("x.toml")).join("\n");
    assert!(all.contains("lacks `addresses`"), "{all}");
    let text = with("").replace("device = \"继电器板\", coil = 0", "device = \"入口屏\", coil = 0");
    let all = findings(&text, Path::new("x.toml")).join("\n");
    assert!(all.contains("the driver of `入口屏` cannot serve as `device`"), "{all}");
}

#[test]
fn init_writes_a_configuration_that_check_accepts_and_overwrites_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let lotgate = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lotgate"));
        let command = command.args(["--lang", "en", "--config"]).arg(&path).args(arguments);
        command.stdin(std::process::Stdio::null()).output().unwrap()
    };
    let answers = [
        "init",
        "--park-code",
        "44030400100101000099",
        "--park-name",
        "新停车场",
        "--total-spaces",
        "321",
        "--entry-camera",
        "aa-1",
        "--exit-camera",
        "bb-2",
        "--tcp-address",
        "10.1.2.3:9001",
    ];
    // A new file is not for everybody; one that a package brought is taken and keeps its rights.
    assert!(lotgate(&answers).status.success());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    std::fs::copy("packaging/config.toml", &path).unwrap();
    assert!(lotgate(&answers).status.success());
    let text = std::fs::read_to_string(&path).unwrap();
    for line in ["\"新停车场\"", "321", "\"aa-1\"", "\"bb-2\"", "\"10.1.2.3:9001\""] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(lotgate(&["check"]).status.success());
    let again = lotgate(&answers);
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("--force overwrites it"));
    let wrong = lotgate(&["init", "--force", "--des-key", "123"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("8-byte key"), "{wrong:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "nothing was written");
    // Identities are this lot's own.
    assert!(lotgate(&["init", "--force"]).status.success());
    let other = std::fs::read_to_string(&path).unwrap();
    let id = |text: &str| text.lines().find(|line| line.starts_with("id ")).unwrap().to_owned();
    assert_ne!(id(&other), id(&text));
}

#[test]
fn secrets_come_from_what_systemd_loads_under_either_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let text = std::fs::read_to_string("packaging/config.toml").unwrap();
    let text = text.replace("\"lot-password\"", "{ credential = \"password\" }");
    std::fs::write(&path, text.replace("\"12345678\"", "{ credential = \"des_key\" }")).unwrap();
    let check = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lotgate"));
        let command = command.args(["check", "--lang", "en", "--config"]).arg(&path);
        let output = command.env("CREDENTIALS_DIRECTORY", folder.path()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(check().contains("the secret cannot be read"));
    // One credential by itself, one of a folder.
    std::fs::write(folder.path().join("password"), "lot-password\n").unwrap();
    std::fs::write(folder.path().join("lotgate_des_key"), "12345678\n").unwrap();
    assert!(check().contains("usable"), "{}", check());
}

/// The example with a line more in a section.
fn example_with(section: &str, line: &str) -> String {
    let example = read("config.example.toml");
    example.replace(&format!("\n[{section}]\n"), &format!("\n[{section}]\n{line}\n"))
}

#[test]
fn codes_of_events_are_one_for_all_or_some_kinds_own_or_none() {
    use lotgate::model::event_kind::EventKind::{Clock, ClonedPlate, Lock};
    let codes = |line: &str| {
        let text = example_with("platform.dialect", line);
        let events = parse(&text, Path::new("x.toml")).config.unwrap().platform.dialect.events;
        [Lock, Clock, ClonedPlate].map(|kind| events.of(kind))
    };
    assert_eq!(codes(""), [Some(5000), Some(5000), Some(1001)]);
    assert_eq!(codes("events = 5003"), [Some(5003), Some(5003), Some(1001)]);
    assert_eq!(codes("events = \"none\""), [None, None, Some(1001)]);
    let some = "events = { lock = 5002, clock = \"none\" }";
    assert_eq!(codes(some), [Some(5002), None, Some(1001)]);
    let wrong = |line: &str| {
        let found = findings(&example_with("platform.dialect", line), Path::new("x.toml"));
        found.first().cloned().unwrap_or_default()
    };
    let unknown = wrong("events = { locked = 5002 }");
    for kind in ["list-hit", "opened-by-hand", "database", "did you mean `lock`?"] {
        assert!(unknown.contains(kind), "{unknown}");
    }
    let wrong_codes = ["events = \"nothing\"", "events = 0", "events = { lock = \"off\" }"];
    // The police come for a cloned plate.
    let of_others = ["events = 1001", "events = { lock = 1002 }", "events = 8001"];
    for line in wrong_codes.into_iter().chain(of_others) {
        assert!(
            wrong(line).contains("a code that table A.3 gives no other meaning"),
            "{line}: {}",
            wrong(line)
        );
    }
}

/// The base data of a configuration, of one interface.
fn base_data(text: &str, code: u16) -> Vec<serde_json::Value> {
    let config = parse(text, Path::new("x.toml")).config.unwrap();
    let reports =
        lotgate::gateway::base_data::base_data(&config, jiff::Timestamp::UNIX_EPOCH).unwrap();
    let bodies = reports.iter().filter(|report| report.code == code);
    bodies.map(|report| serde_json::from_str(&report.body).unwrap()).collect()
}

const GARAGE_CODE: &str = "4403040010010100001001";

#[test]
fn a_lot_with_garages_says_so_and_names_them_by_their_ids() {
    let example = read("config.example.toml");
    let lot = base_data(&example, 3001).remove(0)["parkInfo"].clone();
    assert_eq!(lot["garagesInfoTable"], serde_json::json!(["a1dc1d9fccdc441fb6238fb43fab0001"]));
    assert_eq!(lot["isGarage"], 1);
}

#[test]
fn the_devices_of_a_garage_carry_its_code() {
    let example = read("config.example.toml");
    let code_of = |text: &str, name: &str| {
        let devices = base_data(text, 3003).into_iter().map(|one| one["equipment"].clone());
        devices.filter(|one| one["name"] == name).map(|one| one["garageCode"].clone()).next_back()
    };
    let garage = || Some(serde_json::json!(GARAGE_CODE));
    assert_eq!(code_of(&example, "车库控制器"), garage(), "its PLC");
    assert_eq!(code_of(&example, "入口相机"), Some(serde_json::Value::Null));
    let lane = example.replace(
        "camera    = \"入口相机\"\n# A relay",
        "camera    = \"入口相机\"\ngarage_code = \"4403040010010100001001\"\n# A relay",
    );
    assert_eq!(code_of(&lane, "入口相机"), garage(), "its lane's camera");
    let sensors = example.replace(
        "sensor             = { device = \"地磁网络\"",
        "garage_code = \"4403040010010100001001\"\nsensor = { device = \"地磁网络\"",
    );
    assert_eq!(code_of(&sensors, "地磁网络"), garage(), "what watches its spaces");
    let own = example.replace(
        "name           = \"车库控制器\"",
        "name           = \"车库控制器\"\ngarage_code = \"4403040010010100001002\"",
    );
    assert_eq!(code_of(&own, "车库控制器"), Some(serde_json::json!("4403040010010100001002")));
}

#[test]
fn a_garages_totals_are_given_where_they_are_written() {
    let figures = |text: &str| {
        let config = parse(text, Path::new("x.toml")).config.unwrap();
        let plc = config.garages[0].plc.clone().unwrap();
        (plc.totals_given, plc.available_small)
    };
    let example = read("config.example.toml");
    assert!(figures(&example).0);
    let without = example
        .lines()
        .filter(|line| !line.starts_with("total_small") && !line.starts_with("total_large"))
        .collect::<Vec<_>>()
        .join("\n");
    assert!(!figures(&without).0);
}

#[test]
fn a_lane_is_badly_congested_later_than_congested() {
    let read = |line: &str| parse(&example_with("lot", line), Path::new("x.toml"));
    let badly = |line: &str| read(line).config.unwrap().lot.badly_congested_after.as_secs();
    assert_eq!((badly(""), badly("congested_after = \"5m\"")), (360, 900));
    assert_eq!(badly("badly_congested_after = \"3m\""), 180);
    let wrong =
        findings(&example_with("lot", "badly_congested_after = \"2m\""), Path::new("x.toml"));
    assert!(wrong[0].contains("must be longer than `congested_after`"), "{wrong:?}");
}

#[test]
fn colours_and_addresses_that_their_tables_have_no_room_for_are_refused() {
    let example = read("config.example.toml");
    let camera = example.replace(
        "topic          = \"camera/west/result\"",
        "car_colors = { \"1\" = \"珍珠白色\" }\ntopic          = \"camera/west/result\"",
    );
    let space = example.replace(
        "with_charging_pile = 1\n",
        &format!("with_charging_pile = 1\nbluetooth_address = \"{}\"\n", "A".repeat(51)),
    );
    let order = example_with("platform", "online_order_url = \"pay.example.cn\"");
    for (text, sentence) in [
        (space, "`bluetooth_address` has 51 characters, the standard allows 50"),
        (order, "`online_order_url` must be an address that begins with https://"),
    ] {
        let found = findings(&text, Path::new("x.toml"));
        assert!(found.iter().any(|one| one.contains(sentence)), "{sentence}: {found:?}");
    }
    let refused: Vec<_> = parse(&camera, Path::new("x.toml"))
        .findings
        .iter()
        .filter(|found| found.is_refused())
        .map(|found| found.render(lotgate::lang::Lang::En))
        .collect();
    assert!(
        refused.iter().any(|one| one.contains("`car_colors` has a colour of 4")),
        "{refused:?}"
    );
}

/// What is wrong with a sign by itself.
fn wrong_with_sign(rules: &str) -> String {
    let (_, findings) =
        lotgate::config::parse_sign(&format!("[tariff]\n{rules}"), Path::new("x.toml"));
    findings
        .iter()
        .map(|found| found.render(lotgate::lang::Lang::En))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_price_sign_that_cannot_be_meant_is_told_at_its_place() {
    let hour = "then = { hours = 1, price = 2 }";
    for (sign, wanted) in [
        (
            "[[tariff.rule]]\nsteps = [{ until = \"3h\", hours = 1, price = 3 }, { until = \"2h\", hours = 1, price = 2 }]",
            "`until` must be longer than `until`",
        ),
        (
            "[[tariff.rule]]\nfirst = { hours = 2, price = 3 }\nsteps = [{ until = \"2h\", hours = 1, price = 3 }]",
            "`until` must be longer than `first`",
        ),
        ("[[tariff.rule]]\nvehicles = [\"patient\"]\nflat = 5", "`vehicles` must be one of"),
        ("[[tariff.rule]]\nflat = 5\nthen = { hours = 1, price = 1 }", "either `flat` or `then`"),
        (
            "[[tariff.rule]]\nfirst = { hours = 1, price = 10 }\ncap = { hours = 24, price = 5 }",
            "above the cap, 5 yuan",
        ),
        ("[[tariff.rule]]\ncap = { hours = 24, prices = [] }", "`prices`"),
        (
            "[[tariff.rule]]\ncap = { hours = 24, price = 5, prices = [6] }",
            "either `price` or `prices`",
        ),
        ("[[tariff.rule]]\nhours = { from = \"25:00\", to = \"20:00\" }", "a time of day"),
        ("[[tariff.rule]]\nvisits = \"week\"", "a duration"),
        (
            "[[tariff.class]]\nname = \"vip\"\n[[tariff.rule]]\nflat = 5",
            "no rule and no waiver is for the class `vip`",
        ),
        ("[[tariff.class]]\nname = \"small\"\n[[tariff.rule]]\nflat = 5", "`name`"),
        (
            "[[tariff.class]]\nname = \"vip\"\nplates = [\"\"]\nfree = true\n[[tariff.rule]]\nflat = 5",
            "number plates",
        ),
        (
            "[[tariff.waiver]]\nvehicles = [\"small\"]\nhours = 1\n[[tariff.rule]]\nflat = 5",
            "`per`",
        ),
        (
            "[[tariff.calendar]]\nyear = 2026\nholidays = [\"02-30\"]\n[[tariff.rule]]\nflat = 5",
            "days of that year",
        ),
        (
            "[[tariff.calendar]]\nyear = 2026\nholidays = [\"2025-01-01\"]\n[[tariff.rule]]\nflat = 5",
            "days of that year",
        ),
        (
            "[[tariff.calendar]]\nyear = 2026\nholidays = [\"01-04\"]\nmake_up_days = [\"01-04\"]\n[[tariff.rule]]\nflat = 5",
            "2026-01-04",
        ),
        (
            "[[tariff.calendar]]\nyear = 2026\n[[tariff.calendar]]\nyear = 2026\n[[tariff.rule]]\nflat = 5",
            "2026",
        ),
        (
            &format!("[[tariff.rule]]\n{hour}\n[[tariff.rule]]\nvehicles = [\"large\"]\n{hour}"),
            "from [[tariff.rule]] number 1 on",
        ),
        (
            &format!(
                "[[tariff.rule]]\nvehicles = [\"small\"]\n{hour}\n[[tariff.rule]]\nvehicles = [\"small\"]\n{hour}"
            ),
            "take all its vehicles",
        ),
        (
            "[[tariff.rule]]\nevery_day = \"cap\"\ncap = { hours = 24, price = 5 }\nflat = 5",
            "wants a cap of that window",
        ),
        (
            "[[tariff.rule]]\nsteps = [{ until = \"3h\", hours = 1, price = 3 }]",
            "nothing more is charged",
        ),
        ("[[tariff.rule]]\nflat = 5\nnon_working_days = { flat = 3 }", "each day begins anew"),
        (
            "[[tariff.rule]]\nflat = 5\nnight = { from = \"22:00\", to = \"06:00\", flat = 3 }",
            "`flat`",
        ),
        ("[[tariff.rule]]\nflat = 5\ncap = { minutes = 5, price = 8 }", "60"),
        (
            "[[tariff.class]]\nname = \"bus\"\nplate_colors = [\"green\"]\n[[tariff.rule]]\nvehicles = [\"bus\"]\nflat = 5",
            "`plate_colors` must be one of",
        ),
        ("free_kinds = [\"white\"]\n[[tariff.rule]]\nflat = 5", "`free_kinds` must be one of"),
    ] {
        let found = wrong_with_sign(sign);
        assert!(found.contains(wanted), "{sign}\nwanted: {wanted}\nfound: {found}");
    }
    let fine = "free_kinds = []\n[[tariff.class]]\nname = \"vip\"\nfree = true\n[[tariff.rule]]\nvehicles = [\"large\"]\nflat = 8\n[[tariff.rule]]\nflat = 5";
    assert_eq!(wrong_with_sign(fine), "");
}

#[test]
fn a_calendar_that_lacks_the_year_is_a_warning_and_only_where_prices_need_it() {
    let sign = |year: i16, more: &str| {
        let mut text = read("config.example.toml");
        text = text.replace("year         = 2026", &format!("year         = {year}"));
        text.replace(
            "vehicles    = [\"motorbike\"]\n",
            &format!("vehicles    = [\"motorbike\"]\n{more}"),
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let missed = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let loaded = lotgate::config::load(&path);
        loaded
            .findings
            .iter()
            .any(|found| found.render(lotgate::lang::Lang::En).contains("the holidays of"))
    };
    let other_days = "non_working_days = { then = { hours = 1, price = 1 } }\n";
    assert!(missed(&sign(2001, other_days)));
    assert!(!missed(&sign(2001, "")), "no price depends on it");
}

#[test]
fn of_very_many_mistakes_the_first_are_shown_each_with_its_line() {
    let space = |number: usize| format!("[[space]]\nspace_no = \"{number}\"\n");
    let text: String = (0..5000).map(space).collect();
    let (output, shown) =
        check(&format!("{}\n{text}", read("config.example.toml")), &["--lang", "en"]);
    assert!(!output.status.success());
    let first = read("config.example.toml").lines().count() + 2;
    assert!(shown.contains(&format!("config.toml:{first}:1:")), "{}", &shown[..2000]);
    let heads = shown.lines().filter(|line| line.contains(": error: ")).count();
    assert!(heads <= 200 && shown.contains(" more: mend these first"), "{heads}");
    // All of them stand in the other form, the last with its line.
    let (_, all) = check(&format!("{}\n{text}", read("config.example.toml")), &["--json"]);
    let all: serde_json::Value = serde_json::from_str(&all).unwrap();
    let lines = all["problems"].as_array().unwrap().iter().map(|one| one["line"].as_u64().unwrap());
    let lines: Vec<u64> = lines.collect();
    assert!(lines.len() > 5000 && lines.is_sorted());
    // Its number is wrong, too.
    assert_eq!(*lines.last().unwrap(), first as u64 + 2 * 4999 + 1);
}
