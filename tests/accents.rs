//! The main job beside platforms that print what the standard prints as their makers' libraries do, sign over their own text and
//! answer in their own way: the real binary, a real broker, real TLS.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{A_WHILE, PATIENCE, World, lotgate, plate_of};
use lotgate::sim::free_address;
use lotgate::sim::plan::PARK_CODE;
use lotgate::sim::platform::Accent;
use lotgate::standard::codes::ErrorCode;
use lotgate::standard::datetime::DateTime;
use lotgate::standard::id::Id;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use tempfile::TempDir;

fn local(moment: jiff::Timestamp) -> String {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    DateTime::at(moment, &zone).to_string()
}

/// A car comes in and is reported, pays at the platform and leaves; another is locked and unlocked; a third has a space booked. All
/// that the lot was told and answered means the same, and nothing is sent for ever.
async fn the_main_job(accent: Accent) {
    let change = |plan: &mut lotgate::sim::plan::Plan| {
        "0s".clone_into(&mut plan.free);
        plan.settings.accent = Some(accent);
    };
    let world = World::with(change, "").await;
    let platform = &world.lot.platform;
    let record = world.enter("粤B20002").await;
    world.lot.exit.read("粤B20002").await;
    world.until("the hold", || world.log().contains("粤B20002 is held: 10 yuan due")).await;
    let charge = json!({
        "id": Id::random(), "recordId": record["id"], "payTime": local(jiff::Timestamp::now()),
        "receivables": 10, "discount": 0, "received": 10, "payType": 2, "payFrom": "微信/公众号",
        "parkCarInfo": { "plateNo": "粤B20002", "eidEquiped": false },
    });
    let notice = json!({ "parkCode": PARK_CODE, "chargeInfo": charge });
    // Its moment is printed otherwise each time.
    for _ in 0..4 {
        let reply = platform.command(6007, std::slice::from_ref(&notice)).await.unwrap();
        assert!(reply.succeeded() && reply.data.is_empty(), "{reply:?}\n{}", world.log());
    }
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
    let reported = world.report(5008, |charge| charge["recordId"] == record["id"]).await;
    assert_eq!((&reported["id"], &reported["received"]), (&charge["id"], &json!(10)));
    assert_eq!(
        (&reported["payTime"], &reported["payFrom"]),
        (&charge["payTime"], &charge["payFrom"])
    );
    let left = world.report(5005, |left| left["id"] == record["id"]).await;
    assert_eq!(left["chargeIdList"], json!([charge["id"]]));
    assert_eq!(platform.received(5008).len(), 1);

    world.enter("鲁B30001").await;
    let id = Id::random();
    let locking = |flag: i64| {
        json!({ "id": id, "parkCode": PARK_CODE, "plateNo": "鲁B30001", "lockFlag": flag,
                "featureCode": "14d9be81f014d9/=+" })
    };
    let locked = platform.call_back(6003, &[locking(0)]).await.unwrap();
    assert_eq!(locked.data, [json!({ "id": id, "lockstate": 1 })], "{}", world.log());
    world.lot.exit.read("鲁B30001").await;
    world.until("the hold", || world.log().contains("鲁B30001 is held: its owner locked it")).await;
    assert!(!world.lot.exit.opened(2, A_WHILE).await);
    let unlocked = platform.command(6003, &[locking(1)]).await.unwrap();
    assert_eq!(unlocked.data, [json!({ "id": id, "lockstate": 0 })]);
    let paid = json!({ "id": Id::random(), "plateNo": "鲁B30001", "received": "10.00", "payType": "1", "operator": "张三" });
    assert_eq!(world.pay(&paid).await.0, "HTTP/1.1 200 OK");
    assert!(world.lot.exit.opened(2, PATIENCE).await, "{}", world.log());

    let now = jiff::Timestamp::now();
    let booking = json!({
        "bookCode": "YD/1", "parkCode": PARK_CODE, "bookMoney": 20, "obligatTime": 30,
        "parkCarInfo": { "plateNo": "豫B40001", "eidEquiped": false },
        "bookTime": local(now), "overTime": local(now + jiff::SignedDuration::from_hours(2)),
    });
    for _ in 0..2 {
        let booked = platform.command(6001, std::slice::from_ref(&booking)).await.unwrap();
        assert_eq!(booked.data[0]["bookCode"], "YD/1", "{booked:?}\n{}", world.log());
    }
    world.report(5003, |counts| counts["reservedSpaces"] == 1).await;
    world.report(5005, |left| plate_of(left) == "鲁B30001").await;
    let asked = json!({ "parkCode": PARK_CODE, "plateNo": "鲁B30001" });
    let bill = platform.call_back(6006, &[asked]).await.unwrap();
    let refused = bill.first_error().map(|(code, _)| code);
    assert_eq!((bill.succeeded(), refused), (false, Some(ErrorCode::NOT_IN_LOT)), "{bill:?}");
    let inside = world.enter("川A20003").await;
    let asked = json!({ "parkCode": PARK_CODE, "plateNo": "川A20003" });
    let bill = platform.call_back(6006, &[asked]).await.unwrap();
    assert!(bill.succeeded(), "{bill:?}");
    let due = &bill.data[0];
    assert_eq!(
        (&due["recordId"], &due["receivables"], &due["plateNo"]),
        (&inside["id"], &json!(10), &json!("川A20003")),
        "{due}"
    );

    let nothing_waits = |status: &Value| status["queue"]["pending"] == 0;
    let begun = std::time::Instant::now();
    loop {
        let status = world.look("/api/status").await.1;
        if nothing_waits(&status) {
            assert_eq!(status["queue"]["dead"], 0, "{status}");
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{status}\n{}", world.log());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(platform.received(5004).iter().filter(|one| plate_of(one) == "粤B20002").count(), 1);
    assert_eq!(platform.repeats(), 0, "what was taken is not sent again");
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_is_done_beside_a_platform_written_in_java() {
    the_main_job(Accent::Java).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_is_done_beside_a_platform_written_in_php() {
    the_main_job(Accent::Php).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_is_done_beside_a_platform_written_for_dotnet() {
    the_main_job(Accent::Dotnet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_main_job_is_done_beside_an_old_platform() {
    the_main_job(Accent::Old).await;
}

/// `lotgate sim platform`, by itself.
struct Platform {
    child: Child,
    folder: TempDir,
}

impl Platform {
    fn start(https: SocketAddr, tcp: SocketAddr, accent: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let says = File::create(folder.path().join("says")).unwrap();
        let mut command = lotgate();
        command.args(["sim", "platform", "--lang", "en", "--accent", accent, "--folder"]);
        command.arg(folder.path()).args(["--https", &https.to_string(), "--tcp", &tcp.to_string()]);
        let child = command.stdin(Stdio::piped()).stdout(says).spawn().unwrap();
        Self { child, folder }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("says")).unwrap()
    }

    fn type_in(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_by_itself_takes_reports_and_sends_the_commands_that_are_typed_to_it() {
    for accent in ["java", "old"] {
        let (https, tcp) = (free_address().unwrap(), free_address().unwrap());
        let mut platform = Platform::start(https, tcp, accent);
        let mut world = World::at_rest(|plan| "0s".clone_into(&mut plan.free), "").await;
        world.until("it", || platform.said().contains("ready: HTTPS")).await;
        let lines = std::fs::read_to_string(platform.folder.path().join("platform.toml")).unwrap();
        let own = [world.lot.platform.https().port(), world.lot.platform.tcp().port()];
        for (own, port) in own.into_iter().zip([https.port(), tcp.port()]) {
            let place = format!("localhost:{port}");
            assert!(lines.contains(&place), "{lines}");
            world.change_configuration(&format!("localhost:{own}"), &place);
        }
        let ca = platform.folder.path().join("ca.pem");
        std::fs::copy(ca, world.folder.path().join("ca.pem")).unwrap();
        world.start();
        world.listens().await;
        world.lot.entry.read("粤B20002").await;
        world.until("the entry", || platform.said().contains("5004 {")).await;
        world.until("the link", || world.log().contains("command link logged in")).await;
        platform
            .type_in(&format!("6006 {{\"parkCode\":\"{PARK_CODE}\",\"plateNo\":\"粤B20002\"}}"));
        world.until("the fee", || platform.said().contains("6006: 0 ")).await;
        platform.type_in("hello");
        world.until("a word", || platform.said().contains("not understood: hello")).await;
        assert!(!platform.said().contains('✗'), "{}", platform.said());
        platform.type_in("quit");
        assert!(platform.child.wait().unwrap().success());
    }
}
