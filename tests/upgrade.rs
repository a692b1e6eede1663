//! A box that ran with version 0.2.0 runs with this one, whatever `check` says of its configuration by now. What would be
//! unsafe stays shut, but nothing that a lane or a payment needs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{World, lotgate};
use serde_json::json;

/// Both configurations that came with 0.2.0, as they were.
const EXAMPLE: &str = include_str!("fixtures/0.2.0/config.example.toml");
const PACKAGED: &str = include_str!("fixtures/0.2.0/config.toml");

/// What stands behind a key of the simulated lot's own configuration, for the first time.
fn value_of(text: &str, key: &str) -> String {
    let line = text.lines().find(|line| line.starts_with(&format!("{key} = "))).unwrap();
    line.split('"').nth(1).unwrap().to_owned()
}

/// A lot whose gateway is to run with this configuration, its addresses changed to those that are there.
async fn lot_with(configuration: &str) -> World {
    let world = World::at_rest(|_| {}, "").await;
    let path = world.lot.config_path();
    let own = std::fs::read_to_string(&path).unwrap();
    let callback = world.lot.callback().port();
    let broker = own.split('"').find(|text| text.starts_with("mqtt://")).unwrap().to_owned();
    let mut text = configuration.to_owned();
    for (was, is) in [
        ("https://localhost:9443/api/1.0", value_of(&own, "base_url")),
        ("localhost:9444", value_of(&own, "address")),
        ("mqtt://127.0.0.1:1883", broker),
        ("127.0.0.1:8313", world.lot.web().to_string()),
        ("0.0.0.0:9445", format!("0.0.0.0:{callback}")),
        ("https://box.example.cn:9445", format!("https://localhost:{callback}")),
        ("/var/lib/lotgate/", String::new()),
        ("192.168.1.20:502", "127.0.0.1:1".to_owned()),
    ] {
        text = text.replace(was, &is);
    }
    std::fs::write(path, text).unwrap();
    world
}

/// How `check` ends, and what it prints.
fn checked(world: &World) -> (Option<i32>, String) {
    let config = world.lot.config_path();
    let output =
        lotgate().args(["check", "--lang", "en", "--config"]).arg(config).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// It runs: a car comes in and is told of.
async fn runs(world: &mut World) {
    world.start();
    world.ready().await;
    world.enter("粤B00001").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_packaged_configuration_of_0_2_0_runs() {
    let mut world = lot_with(PACKAGED).await;
    let (ends_with, printed) = checked(&world);
    assert_eq!(ends_with, Some(0), "{printed}");
    runs(&mut world).await;
    assert!(!world.log().contains("the configuration has"), "{}", world.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_0_2_0_runs_its_open_callback_with_it_and_says_so() {
    let mut world = lot_with(EXAMPLE).await;
    let (ends_with, printed) = checked(&world);
    assert_eq!(ends_with, Some(1), "{printed}");
    assert!(printed.contains("anybody may call"), "{printed}");
    assert!(printed.contains("the gateway starts all the same"), "{printed}");
    runs(&mut world).await;
    world.until("the word of it", || world.log().contains("the configuration has")).await;
    assert!(world.log().contains("anybody may call"), "{}", world.log());
    let lock = json!({ "id": "ff8080814d9be81f014d9beb81090003", "plateNo": "粤B00001",
                       "parkCode": "44030400100101000010", "lockFlag": 0, "featureCode": "f" });
    assert!(world.lot.platform.call_back(6003, &[lock]).await.unwrap().succeeded());
}

#[test]
fn every_refusal_since_0_2_0_has_words_and_leaves_a_configuration_to_run_with() {
    let parsed = |text: &str| lotgate::config::parse(text, std::path::Path::new("x.toml"));
    let garage =
        &EXAMPLE[EXAMPLE.find("\n[[garage]]").unwrap()..EXAMPLE.find("# ── Numbered").unwrap()];
    let space = "garage_code = \"4403040010010100001001\"\nplc_number = 1\nwith_locker        = 0";
    let cases: Vec<(String, &str)> = vec![
        (EXAMPLE.replace("\"lot-password\"", "\"\""), "`password` is empty"),
        (
            EXAMPLE.replace("url  = \"mqtt", "username = \"lotgate\"\nurl  = \"mqtt"),
            "`username` without `password` is no login",
        ),
        (
            EXAMPLE.replace("mqtt://127.0.0.1:1883", "mqtt://192.168.1.10:1883"),
            "this broker is not on this machine",
        ),
        (
            EXAMPLE.replace(
                "listen = \"127.0.0.1:8313\"",
                "listen = \"0.0.0.0:8313\"\ntoken = \"short\"",
            ),
            "fewer than 16 characters",
        ),
        (
            EXAMPLE.replace(garage, &format!("{garage}{}", garage.replace("01001\"", "01002\""))),
            "of another garage",
        ),
        (EXAMPLE.replace("with_locker        = 0", space), "have the `plc_number` 1"),
        (EXAMPLE.replace("code = 8001, class", "code = 1001, class"), "is a cloned plate"),
        (
            EXAMPLE.replace(
                "plate          = \"/data/plateNo\"",
                "plate = \"/data/plateNo\"\nplate_colors = { \"1\" = \"渐变绿色\" }",
            ),
            "has a colour of 4 characters",
        ),
        (
            EXAMPLE.replace("cap         = { hours = 24,", "cap = { minutes = 30,"),
            "the cap is of less than an hour",
        ),
    ];
    for (text, words) in cases {
        let loaded = parsed(&text);
        let rendered: Vec<_> =
            loaded.findings.iter().map(|one| one.render(lotgate::lang::Lang::En)).collect();
        let found = loaded.findings.iter().zip(&rendered).find(|(_, text)| text.contains(words));
        let found = found.unwrap_or_else(|| panic!("{words}: {rendered:#?}"));
        assert!(found.0.is_refused() && !found.0.is_error(), "{}", found.1);
        assert!(loaded.config.is_some(), "{words}: {rendered:#?}");
    }
}

#[test]
fn what_is_unsafe_of_it_is_shut() {
    let parsed =
        |text: &str| lotgate::config::parse(text, std::path::Path::new("x.toml")).config.unwrap();
    let web = |more: &str| {
        let web = format!("listen = \"0.0.0.0:8313\"\n{more}");
        parsed(&EXAMPLE.replace("listen = \"127.0.0.1:8313\"", &web)).web.unwrap().listen
    };
    assert_eq!(web("token = \"fifteen-letters\"").to_string(), "127.0.0.1:8313");
    assert_eq!(web("token = \"sixteen-letters-\"").to_string(), "0.0.0.0:8313");
    let space = "garage_code = \"4403040010010100001001\"\nplc_number = 1\nwith_locker        = 0";
    let config = parsed(&EXAMPLE.replace("with_locker        = 0", space));
    assert!(config.spaces.iter().all(|space| space.plc_number.is_none()));
    let config = parsed(&EXAMPLE.replace("code = 8001, class", "code = 1001, class"));
    assert_eq!(config.garages.first().unwrap().plc.as_ref().unwrap().alarms.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booth_api_whose_token_can_be_guessed_answers_this_machine_alone() {
    let mut world = lot_with(PACKAGED).await;
    let web = world.lot.web();
    let everywhere = format!("listen = \"0.0.0.0:{}\"\ntoken = \"short\"", web.port());
    world.change_configuration(&format!("listen = \"{web}\""), &everywhere);
    let (ends_with, printed) = checked(&world);
    assert!(ends_with == Some(1) && printed.contains("fewer than 16 characters"), "{printed}");
    assert!(!printed.contains("short"), "{printed}");
    runs(&mut world).await;
    assert!(world.show("short", "/api/status", None).await.0.contains("200"));
    let doctor = lotgate()
        .args(["doctor", "--lang", "en", "--listen", "0s", "--ntp", "127.0.0.1:9", "--config"])
        .arg(world.lot.config_path())
        .output();
    let found = String::from_utf8(doctor.unwrap().stdout).unwrap();
    assert!(found.contains("fewer than 16 characters"), "{found}");
    // The same machine by an address of the network's.
    let elsewhere = tokio::net::TcpStream::connect(("127.0.0.2", web.port())).await;
    assert!(elsewhere.is_err());
}
