//! The platform's commands against the real binary, through both doors: the link and the callback.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{A_WHILE, PATIENCE, World};
use lotgate::sim::plan::PARK_CODE;
use lotgate::standard::datetime::DateTime;
use lotgate::standard::envelope::Reply;
use lotgate::standard::id::Id;
use lotgate::standard::interface::Interface;
use lotgate::standard::verify::verify;
use rumqttc::{AsyncClient, Event, Incoming, MqttOptions, QoS};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

#[derive(Debug, Clone, Copy)]
enum Door {
    Link,
    Callback,
}

const DOORS: [Door; 2] = [Door::Link, Door::Callback];

impl World {
    async fn send(&self, door: Door, code: u16, elements: &[Value]) -> Reply {
        let platform = &self.lot.platform;
        self.until("the login", || platform.callback_server().is_some()).await;
        let reply = match door {
            Door::Link => platform.command(code, elements).await,
            Door::Callback => platform.call_back(code, elements).await,
        };
        reply.unwrap_or_else(|error| panic!("{door:?} {code}: {error}\n{}", self.log()))
    }

    async fn send_raw(&self, door: Door, code: u16, body: Vec<u8>) -> Reply {
        let platform = &self.lot.platform;
        let bytes = match door {
            Door::Link => platform.command_raw(code, body).await.unwrap(),
            Door::Callback => platform.call_back_raw(code, body).await.unwrap().1,
        };
        Reply::decode(&bytes).unwrap()
    }
}

fn local(moment: jiff::Timestamp) -> String {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    DateTime::at(moment, &zone).to_string()
}

/// The elements of an example of Annex D as printed.
fn example(code: u16) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/standard");
    let body = std::fs::read(folder.join(format!("{code}.request.json"))).unwrap();
    let envelope: Value = serde_json::from_slice(&body).unwrap();
    envelope["data"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_printed_example_is_accepted_through_both_doors_and_answered_by_its_table() {
    let world = World::new().await;
    let record = world.enter("粤B88888").await;
    for door in DOORS {
        for code in [4001, 6001, 6003, 6004, 6005, 6006, 6007, 6008, 6010, 6009, 9001] {
            let mut elements = example(code);
            if code == 6007 {
                elements[0]["chargeInfo"]["recordId"] = record["id"].clone();
            }
            if code == 6001 {
                // Printed in 2018, it would be over.
                let now = jiff::Timestamp::now();
                let bring_on = jiff::SignedDuration::from_hours(24);
                elements[0]["bookTime"] = local(now + bring_on).into();
                elements[0]["overTime"] = local(now + bring_on * 2).into();
            }
            let reply = world.send(door, code, &elements).await;
            assert!(reply.succeeded(), "{door:?} {code}: {reply:?}");
            let Some(table) = Interface::find(code).unwrap().reply else {
                assert!(reply.data.is_empty(), "{code}");
                continue;
            };
            assert_eq!(reply.data.len(), 1, "{code}");
            // D.36 and D.37 print ids of 30 characters, which come back as they were sent.
            let faults = verify(table, &reply.data[0]);
            let odd_id = |path: &str| matches!((code, path), (6009, "lease.id") | (6010, "id"));
            assert!(faults.iter().all(|fault| odd_id(&fault.path)), "{code}: {faults:?}");
        }
        // D.29 confirms D.28's booking; as D.28 prints it, its time was over in 2018.
        assert!(world.send(door, 6002, &example(6002)).await.succeeded());
        let mut late = example(6001);
        late[0]["bookCode"] = "YD2018".into();
        assert_eq!(world.send(door, 6001, &late).await.data[0]["code"], 1301);
    }
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_command_is_refused_in_words_and_the_doors_stay_open() {
    let world = World::new().await;
    let unsigned = br#"{"timestamp":1,"sign":"00","data":[{}]}"#;
    let no_data = br#"{"timestamp":1,"sign":"00"}"#;
    for door in DOORS {
        for body in [&b""[..], b"not json", b"[]", b"\xff\xfe", unsigned, no_data] {
            let reply = world.send_raw(door, 6003, body.to_vec()).await;
            assert!(reply.result_code == 1 && !reply.result_msg.is_empty(), "{door:?} {body:?}");
        }
        for code in [1, 1001, 5004, 8004, 9999] {
            let reply = world.send(door, code, &[json!({})]).await;
            assert!(reply.result_code == 1 && !reply.result_msg.is_empty(), "{door:?} {code}");
        }
        assert!(world.send(door, 6005, &example(6005)).await.succeeded(), "{door:?}");
    }
    let (status, body) =
        world.lot.platform.call_back_raw(6003, vec![b'x'; 10 * 1024 * 1024 + 1]).await.unwrap();
    assert_eq!((status, Reply::decode(&body).unwrap().result_code), (413, 1));
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_through_one_door_is_known_at_the_other() {
    let world = World::with(|_| {}, "").await;
    world.enter("粤B00001").await;
    let element = json!({ "id": Id::random(), "parkCode": PARK_CODE, "plateNo": "粤B00001",
                          "lockFlag": 0, "featureCode": "f" });
    let body = world.lot.platform.request(&[element]);
    let first = world.send_raw(Door::Callback, 6003, body.clone()).await;
    let second = world.send_raw(Door::Link, 6003, body).await;
    assert!(first.succeeded());
    assert_eq!(first, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_callers_that_are_allowed_reach_the_callback() {
    let more = "[platform.callback]|allow = [\"203.0.113.0/24\"]";
    let world = World::with(|_| {}, more).await;
    world.report(3003, |_| true).await;
    let refused = world.lot.platform.call_back(6005, &example(6005)).await;
    assert!(refused.is_err(), "{refused:?}");
    world.until("the refusal", || world.log().contains("may not call the HTTPS callback")).await;
    assert!(world.send(Door::Link, 6005, &example(6005)).await.succeeded());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_a_browser_gives_no_commands_whoever_may_call() {
    let world = World::with(|_| {}, "").await;
    world.report(3003, |_| true).await;
    let tls = lotgate::tls::client_config(Some(&world.folder.path().join("ca.pem")), None);
    let caller = reqwest::Client::builder().tls_backend_preconfigured(tls.unwrap());
    let caller = caller.no_proxy().build().unwrap();
    let url = format!("{}/6005", world.lot.platform.callback_server().unwrap());
    for (header, value, status) in [
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("origin", "", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("sec-fetch-site", "none", 200),
        ("user-agent", "Java/17", 200),
    ] {
        let body = world.lot.platform.request(&example(6005));
        let answer = caller.post(&url).header(header, value).body(body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{header}: {value}");
        let reply = Reply::decode(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(reply.succeeded(), status == 200, "{header}: {value} {reply:?}");
    }
    let word = "a web page in a browser at 127.0.0.1";
    world.until("the word of it", || world.log().contains(word)).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ipv4_address_may_be_allowed_in_ipv6s_writing() {
    for allowed in ["::ffff:127.0.0.1", "::ffff:127.0.0.0/104"] {
        let more = format!("[platform.callback]|allow = [\"{allowed}\"]");
        let world = World::with(|_| {}, &more).await;
        world.report(3003, |_| true).await;
        assert!(world.send(Door::Callback, 6005, &example(6005)).await.succeeded(), "{allowed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_client_ca_is_set_callers_without_its_certificate_are_turned_away() {
    let more = "[platform.callback]|client_ca_file = \"ca.pem\"";
    let world = World::with(|_| {}, more).await;
    world.report(3003, |_| true).await;
    assert!(world.send(Door::Callback, 6005, &example(6005)).await.succeeded());
    let ca = world.folder.path().join("ca.pem");
    let tls = lotgate::tls::client_config(Some(&ca), None).unwrap();
    let stranger =
        reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap();
    let url = world.lot.platform.callback_server().unwrap();
    assert!(stranger.post(format!("{url}/6005")).body("{}").send().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_callers_have_a_name_other_certificates_of_the_same_authority_are_turned_away() {
    for (name, comes_in) in [("localhost", true), ("platform.example.cn", false)] {
        let more = format!(
            "[platform.callback]|client_ca_file = \"ca.pem\"\n\
             [platform.callback]|client_name = \"{name}\""
        );
        let world = World::with(|_| {}, &more).await;
        world.report(3003, |_| true).await;
        let called = world.lot.platform.call_back(6005, &example(6005)).await;
        assert_eq!(called.is_ok_and(|reply| reply.succeeded()), comes_in, "{name}");
        assert!(world.send(Door::Link, 6005, &example(6005)).await.succeeded());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_far_off_our_clock_is_carried_out_and_refused_only_where_that_is_wanted() {
    let more = "[platform.callback]|max_age = \"1h\"";
    let world = World::with(|_| {}, more).await;
    world.enter("粤B00001").await;
    let lock = |seconds: i64| {
        let element = json!({ "id": Id::random(), "parkCode": PARK_CODE, "plateNo": "粤B00001",
                              "lockFlag": 0, "featureCode": "f" });
        let sent = jiff::Timestamp::now().as_second() - seconds;
        let text = lotgate::foreign::json::canonical(&element);
        let rules = lotgate::standard::sign::SignRules::default();
        lotgate::standard::envelope::encode_request(&[text], sent, rules).into_bytes()
    };
    let old = world.send_raw(Door::Callback, 6003, lock(1800)).await;
    assert!(old.succeeded(), "{old:?}");
    let older = lock(4000);
    let refused = world.send_raw(Door::Callback, 6003, older.clone()).await;
    assert_eq!((refused.result_code, &refused.data[0]["code"]), (1, &json!(1300)));
    // The link is the platform's own.
    let by_link = world.send_raw(Door::Link, 6003, older.clone()).await;
    assert!(by_link.succeeded(), "{by_link:?}");
    // What was carried out is answered, through whichever door, and however old it is.
    assert_eq!(world.send_raw(Door::Callback, 6003, older).await, by_link);
    world.until("the word of it", || world.log().contains("behind this box's clock")).await;
    let doctor = common::lotgate()
        .args(["doctor", "--lang", "en", "--listen", "0s", "--ntp", "127.0.0.1:9", "--config"])
        .arg(world.lot.config_path())
        .output();
    let found = String::from_utf8(doctor.unwrap().stdout).unwrap();
    assert!(found.contains("3 commands since") && found.contains("the last was 6003"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_sign_does_not_fit_is_refused_and_doctor_says_what_was_wanted() {
    let world = World::with(|_| {}, "").await;
    let rules = lotgate::standard::sign::SignRules::default();
    let data = r#"[{"parkCode":"44030400100101000010","plateNo":"88888"}]"#;
    let sorted_otherwise = r#"[{"plateNo":"88888", "parkCode":"44030400100101000010"}]"#;
    let body = |sign: &str, data: &str| {
        format!(r#"{{"timestamp":1,"sign":"{sign}","data":{data}}}"#).into_bytes()
    };
    // Of the text as it came, or of its canonical form.
    for sign in [rules.sign(data), rules.sign(sorted_otherwise)] {
        let taken = world.send_raw(Door::Link, 6005, body(&sign, sorted_otherwise)).await;
        assert!(taken.succeeded(), "{taken:?}");
    }
    let wrong = "0123456789012345678901234567890123456789";
    let refused = world.send_raw(Door::Link, 6005, body(wrong, data)).await;
    assert_eq!((refused.result_code, refused.result_msg.as_str()), (1, "签名错误"));
    let doctor = || {
        let arguments = ["doctor", "--listen", "0s", "--ntp", "127.0.0.1:9"];
        String::from_utf8(world.lotgate(&arguments).stdout).unwrap()
    };
    let begun = std::time::Instant::now();
    let found = loop {
        let found = doctor();
        if found.contains(wrong) || begun.elapsed() > PATIENCE {
            break found;
        }
    };
    for words in [wrong, &rules.sign(data), "the first was 6005", "sign_scope", "88888"] {
        assert!(found.contains(words), "{words}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_around_a_command_does_it_once_and_answers_the_repetition() {
    let mut world = World::with(|_| {}, "").await;
    for round in 0..6_u64 {
        let plate = format!("粤B{round:05}");
        world.enter(&plate).await;
        let id = Id::random();
        world.lock(&id, &plate, 0).await;
        world.lot.exit.read(&plate).await;
        world.until("the hold", || world.log().contains(&format!("{plate} is held"))).await;
        let unlock = json!({ "id": id, "parkCode": PARK_CODE, "plateNo": plate, "lockFlag": 1,
                             "featureCode": "f" });
        let body = world.lot.platform.request(&[unlock]);
        let platform = &world.lot.platform;
        // Some kills come before the commit, some between commit and reply, some after.
        let sent = platform.call_back_raw(6003, body.clone());
        let killed_early = tokio::time::timeout(Duration::from_micros(300 + round * 500), sent);
        let _ = killed_early.await;
        world.kill();
        world.restart().await;
        let reply = world.send_raw(Door::Link, 6003, body).await;
        assert_eq!((reply.result_code, &reply.data[0]["lockstate"]), (0, &json!(0)), "{round}");
        let expected = usize::try_from(round).unwrap() + 1;
        let distinct = |world: &World| {
            world.lot.exit.opens().iter().map(|open| open.id.clone()).collect::<BTreeSet<_>>()
        };
        world.until("the barrier", || distinct(&world).len() >= expected).await;
        assert_eq!(distinct(&world).len(), expected, "one command for each car");
    }
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_expires_by_itself_though_the_gateway_was_killed_meanwhile() {
    let mut world = World::new().await;
    let now = jiff::Timestamp::now();
    let element = json!({
        "bookCode": "YD1", "parkCode": PARK_CODE,
        "parkCarInfo": { "plateNo": "粤B88888", "eidEquiped": false }, "bookTime": local(now),
        "overTime": local(now + jiff::SignedDuration::from_secs(3)),
        "bookMoney": 0, "obligatTime": 0,
    });
    let reply = world.send(Door::Link, 6001, &[element]).await;
    assert_eq!(reply.data, [json!({ "bookCode": "YD1", "reservableSpace": 1 })]);
    world.kill();
    world.restart().await;
    world.until("the expiry", || world.log().contains("booking YD1 has expired")).await;
    world.report(5003, |counts| counts["reservedSpaces"] == 0).await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guidance_waits_on_the_broker_for_signs_that_subscribe_later() {
    let world = World::new().await;
    assert!(world.send(Door::Callback, 9001, &example(9001)).await.succeeded());
    let address = world.lot.broker;
    let options = MqttOptions::new("sign", address.ip().to_string(), address.port());
    let (client, mut events) = AsyncClient::new(options, 10);
    client.subscribe("lotgate/guidance/+", QoS::AtLeastOnce).await.unwrap();
    let received = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Event::Incoming(Incoming::Publish(publish)) = events.poll().await.unwrap() {
                return publish;
            }
        }
    });
    let publish = received.await.unwrap();
    assert_eq!(publish.topic, format!("lotgate/guidance/{PARK_CODE}"));
    let shown: Value = serde_json::from_slice(&publish.payload).unwrap();
    assert_eq!((&shown["remainingSpace"], &shown["totalSpaces"]), (&json!(30), &json!(300)));
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_let_a_locked_car_out_and_the_platform_is_told_so() {
    let world = World::with(|_| {}, "").await;
    let record = world.enter("粤B88888").await;
    world.lock(&Id::random(), "粤B88888", 0).await;
    world.lot.exit.read("粤B88888").await;
    let event = world.report(2002, |event| event["plateNo"] == "粤B88888").await;
    assert_eq!(event["equipmentId"], "a1dc1d9fccdc441fb6238fb43faba902");
    assert!(!world.lot.exit.opened(1, A_WHILE).await);
    let nobody = json!({ "plateNo": "粤B88888" });
    assert!(world.booth("/api/locks/release", &nobody).await.0.contains("400"));
    let release = json!({ "plateNo": "粤B88888", "operator": "张三" });
    assert_eq!(world.booth("/api/locks/release", &release).await.1["status"], "released");
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
    let left = world.report(5005, |left| left["id"] == record["id"]).await;
    assert_eq!(left["recordType"], 2);
    let again = json!({ "plateNo": "粤B88888", "operator": "李四" });
    assert!(world.booth("/api/locks/release", &again).await.0.contains("404"));
    world.assert_lawful().await;
}
