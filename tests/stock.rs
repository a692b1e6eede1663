//! Stock taken beside the running gateway: a list out of an office, what the platform hears of it, and that it can be taken back.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{PATIENCE, World, distinct_plate, lotgate, plate_of};
use jiff::{SignedDuration, Timestamp};
use lotgate::standard::datetime::DateTime;
use lotgate::standard::id::Id;
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A list as a spreadsheet in an office saves it.
fn list(world: &World, name: &str, plates: &[&str]) -> String {
    let rows: Vec<_> =
        plates.iter().zip(1..).map(|(plate, at)| format!("{at}\t{plate}\tA区\r\n")).collect();
    let rows = rows.concat();
    let text = format!("2026 年夜间盘点表\t\t\r\n序号\t车牌号码\t位置\r\n{rows}\t\t\r\n");
    let file = world.folder.path().join(name);
    std::fs::write(&file, encoding_rs::GBK.encode(&text).0).unwrap();
    file.to_str().unwrap().to_owned()
}

fn words_of(output: &Output) -> String {
    String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap()
}

/// Just now: a watch that is a little ahead is set right.
fn just_now() -> String {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    DateTime::at(Timestamp::now() + SignedDuration::from_secs(60), &zone).to_string()
}

fn used(world: &World) -> Value {
    world.lotgate_json(&["status", "--json"])["usedSpaces"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_the_plates_that_stand_there_closes_ghosts_and_enters_the_unknown_once_somebody_has_said_so()
 {
    let world = World::new().await;
    let ghost = world.enter("粤A00001").await;
    world.enter("粤A00002").await;
    // A camera misread one letter.
    world.enter("粤B1234S").await;
    let file = list(&world, "stock.csv", &["粤A00002", "粤B12345", "粤C55555"]);
    let shown = world.lotgate(&["stock", &file, "--at", &just_now(), "--dry-run"]);
    let said = words_of(&shown);
    for wanted in [
        "stock.csv: GBK, columns separated by tabs",
        "  2 车牌号码 → number plates",
        "3 plates, 1 of them are of open stays",
        "open stays whose cars are not there (to be closed): 1\n  粤A00001, inside since ",
        "cars of which no entry is known (to be entered): 1\n  粤C55555\n",
        "one character misread, taken for the same car (left as they are): 1\n  粤B12345 = 粤B1234S",
        "nothing was changed",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    assert!(shown.status.success(), "{said}");
    // Nobody sits at a terminal, and nobody has said yes.
    let unasked = world.lotgate(&["stock", &file, "--at", &just_now()]);
    assert!(
        !unasked.status.success() && words_of(&unasked).contains("confirm with --yes"),
        "{}",
        words_of(&unasked)
    );
    assert_eq!((used(&world), world.lot.platform.received(5005).len()), (json!(3), 0));
    let taken = world.lotgate(&[
        "stock",
        &file,
        "--at",
        &just_now(),
        "--yes",
        "--reason",
        "夜间盘点",
        "--by",
        "王五",
    ]);
    assert!(
        taken.status.success()
            && words_of(&taken).contains("stock 1: 1 stays closed, 1 cars entered"),
        "{}",
        words_of(&taken)
    );
    let closed = world.report(5005, |record| record["id"] == ghost["id"]).await;
    assert_eq!(
        (&closed["recordType"], &closed["receivables"], &closed["enterTime"]),
        (&json!(1), &json!(0), &ghost["enterTime"])
    );
    let entered = world.report(5004, |record| plate_of(record) == "粤C55555").await;
    assert_eq!(entered["recordType"], 1);
    world
        .until("the line", || world.log().contains("夜间盘点): 1 stays closed, 1 cars entered"))
        .await;
    let status = words_of(&world.lotgate(&["status"]));
    assert!(status.contains("王五") && status.contains("lotgate stock --undo 1"), "{status}");
    let of_api = world.look("/api/status").await.1["stock"].clone();
    assert_eq!(
        (&of_api["closed"], &of_api["entered"], &of_api["reason"]),
        (&json!(1), &json!(1), &json!("夜间盘点"))
    );
    // The same again finds nothing to do.
    let again = words_of(&world.lotgate(&["stock", &file, "--at", &just_now(), "--yes"]));
    assert!(again.contains("the records agree with the list"), "{again}");
    let back = world.lotgate(&["stock", "--undo", "--yes"]);
    assert!(
        words_of(&back).contains("taken back: 1 stays go on, 1 entered cars are none"),
        "{}",
        words_of(&back)
    );
    let restored = world
        .report(5004, |record| plate_of(record) == "粤A00001" && record["id"] != ghost["id"])
        .await;
    assert_eq!((&restored["enterTime"], &restored["recordType"]), (&ghost["enterTime"], &json!(1)));
    world.report(5005, |record| record["id"] == entered["id"]).await;
    assert_eq!(used(&world), 3);
    let twice = world.lotgate(&["stock", "--undo", "1", "--yes"]);
    assert!(
        !twice.status.success() && words_of(&twice).contains("was taken back already"),
        "{}",
        words_of(&twice)
    );
    world.assert_lawful().await;
}

/// What is said to somebody who types that at a terminal.
fn at_a_terminal(world: &World, arguments: &[&str], types: &str) -> Option<String> {
    let quoted = |word: &str| format!("'{word}'");
    let program = lotgate();
    let words = std::iter::once(program.get_program()).chain(program.get_args());
    let mut command: Vec<String> = words.map(|word| quoted(word.to_str().unwrap())).collect();
    command.extend(arguments.iter().map(|word| quoted(word)));
    let config = quoted(world.lot.config_path().to_str().unwrap());
    command.extend(["--lang".to_owned(), "en".to_owned(), "--config".to_owned(), config]);
    let mut script = Command::new("script");
    script.args(["-qec", &command.join(" "), "/dev/null"]);
    let Ok(mut child) = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
        eprintln!("no `script` here: not tried");
        assert!(std::env::var_os("LOTGATE_TRY_ALL").is_none(), "all must be tried");
        return None;
    };
    child.stdin.take().unwrap().write_all(types.as_bytes()).unwrap();
    Some(words_of(&child.wait_with_output().unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sits_at_a_terminal_is_asked_and_nothing_but_yes_changes_anything() {
    let world = World::new().await;
    world.enter("粤A00001").await;
    let file = world.folder.path().join("plates.txt");
    std::fs::write(&file, "粤C55555\n合计：1 辆\n").unwrap();
    let file = file.to_str().unwrap();
    for (types, is_done) in [("n\n", false), ("\n", false), ("yess\n", false), ("y\n", true)] {
        let at = just_now();
        let Some(said) = at_a_terminal(&world, &["stock", file, "--at", &at], types) else {
            return;
        };
        let question = "1 stays will be closed at nothing and 1 cars entered. Go on? [y/N]";
        assert!(said.contains(question), "{said}");
        assert!(said.contains("plates.txt:2:1: holds no number plate; passed over"), "{said}");
        assert_eq!(said.contains("stock 1: 1 stays closed"), is_done, "{types:?}: {said}");
        let inside = world.look("/api/records?plateNo=%E7%B2%A4C55555").await.1.to_string();
        assert_eq!(inside.contains("粤C55555"), is_done, "{inside}");
    }
    for (types, is_done) in [("n\n", false), ("是\n", true)] {
        let Some(said) = at_a_terminal(&world, &["stock", "--undo"], types) else { return };
        assert!(said.contains("the last stock taken will be taken back. Go on? [y/N]"), "{said}");
        assert_eq!(said.contains("taken back: 1 stays go on"), is_done, "{types:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_with_a_line_that_is_no_plate_changes_nothing_and_is_named_by_its_place() {
    let world = World::new().await;
    world.enter("粤A00001").await;
    let file = list(&world, "stock.csv", &["粤C55555", "看不清"]);
    let refused = world.lotgate(&["stock", &file, "--yes"]);
    let said = words_of(&refused);
    assert!(
        said.contains("stock.csv:4:2: `看不清` is no number plate")
            && said.contains("nothing was changed"),
        "{said}"
    );
    assert_eq!((refused.status.code(), used(&world)), (Some(1), json!(1)));
    let bare = world.folder.path().join("plates.txt");
    std::fs::write(&bare, "粤A00001\n粤C55555\n").unwrap();
    let later =
        world.lotgate(&["stock", bare.to_str().unwrap(), "--at", "2199-01-01 00:00", "--yes"]);
    assert!(words_of(&later).contains("later than now"), "{}", words_of(&later));
    let nonsense = world.lotgate(&["stock", bare.to_str().unwrap(), "--at", "yesterday", "--yes"]);
    assert!(words_of(&nonsense).contains("--at must be a moment"), "{}", words_of(&nonsense));
    assert_eq!(used(&world), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ghost_that_turns_up_at_the_exit_goes_on_with_what_it_paid_and_a_repeated_command_is_carried_out_once()
 {
    let world = World::new().await;
    let ghost = world.enter("粤A00001").await;
    let payment = json!({ "id": Id::random(), "plateNo": "粤A00001", "received": 6, "payType": 1, "operator": "张三" });
    assert!(world.pay(&payment).await.0.contains("200"));
    let charge = world.report(5008, |charge| charge["recordId"] == ghost["id"]).await;
    let counted = json!({ "id": Id::random(), "plateNoList": ["粤C55555"], "operator": "张三", "reason": "盘点" });
    let (status, first) = world.booth("/api/stock", &counted).await;
    assert!(status.contains("200") && first["missing"][0]["recordId"] == ghost["id"], "{first}");
    assert_eq!(world.booth("/api/stock", &counted).await.1, first);
    let mut another = counted.clone();
    another["plateNoList"] = json!(["粤C66666"]);
    assert!(world.booth("/api/stock", &another).await.0.contains("409"));
    let closed = world.report(5005, |record| record["id"] == ghost["id"]).await;
    assert_eq!((&closed["received"], &closed["recordType"]), (&json!(6), &json!(1)));
    assert_eq!(used(&world), 1);
    world.lot.exit.read("粤A00001").await;
    let again = world
        .report(5004, |record| plate_of(record) == "粤A00001" && record["id"] != ghost["id"])
        .await;
    assert_eq!(
        (&again["enterTime"], &again["received"], &again["recordType"]),
        (&ghost["enterTime"], &json!(6), &json!(1))
    );
    assert_eq!(again["chargeIdList"], json!([charge["id"]]));
    world.until("the rest", || world.log().contains("粤A00001 is held: 4 yuan due")).await;
    let rest = json!({ "id": Id::random(), "plateNo": "粤A00001", "received": 4, "payType": 1, "operator": "张三" });
    assert!(world.pay(&rest).await.0.contains("200"));
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
    let left = world.report(5005, |record| record["id"] == again["id"]).await;
    assert_eq!((&left["receivables"], &left["received"]), (&json!(10), &json!(10)));
    assert_eq!(left["chargeIdList"].as_array().unwrap().len(), 2);
    world.until("the line", || world.log().contains("has turned up")).await;
    assert_eq!(
        world
            .lot
            .platform
            .received(5004)
            .iter()
            .filter(|record| plate_of(record) == "粤C55555")
            .count(),
        1
    );
    world.assert_lawful().await;
}

/// Cars of a large lot, and how long its lanes may wait meanwhile in the build of the tests.
const LARGE: u32 = 2_000;
const LANES_WAIT: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_cars_are_counted_in_one_step_and_no_lane_waits_for_long() {
    let world = World::with(|plan| plan.total_spaces = 20_000, "").await;
    world.enter("粤A00001").await;
    let plates: Vec<String> = (0..LARGE).map(distinct_plate).collect();
    let counted =
        json!({ "id": Id::random(), "plateNoList": plates, "operator": "张三", "reason": "盘点" });
    let begun = Instant::now();
    let (status, answer) = world.booth("/api/stock", &counted).await;
    let entering = begun.elapsed();
    assert!(status.contains("200"), "{status} {answer}");
    let empty = json!({ "id": Id::random(), "plateNoList": [plates[0]], "operator": "张三", "reason": "盘点" });
    let begun = Instant::now();
    let (closing, reading) = tokio::join!(world.booth("/api/stock", &empty), async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let begun = Instant::now();
        world.lot.entry.read("粤A00009").await;
        assert!(world.lot.entry.opened(2, PATIENCE).await, "{}", world.log());
        begun.elapsed()
    });
    let took = begun.elapsed();
    assert_eq!(closing.1["missing"].as_array().unwrap().len(), plates.len() - 1);
    println!(
        "{LARGE} cars: entered in {entering:?}, closed in {took:?}; a car waited {reading:?} of at most {LANES_WAIT:?}"
    );
    assert!(reading < LANES_WAIT, "a car waited {reading:?}");
    let back = world.booth("/api/stock/back", &json!({ "operator": "张三" })).await.1;
    assert_eq!(back["restored"].as_array().unwrap().len(), plates.len() - 1);
}
