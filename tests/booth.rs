//! The operator's own software and the command line beside the running gateway.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{PATIENCE, World};
use lotgate::sim::plan::BOOTH_TOKEN;
use lotgate::sim::platform::Fault;
use lotgate::standard::hidden::is_hidden;
use lotgate::standard::id::Id;
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::Output;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const ENTRY_LANE: &str = "90731c48a7ea4c27bd4d57ff0e13d001";

/// Posts bytes that are called `kind`; returns the answer.
async fn post_bytes(world: &World, path: &str, kind: &str, body: &[u8]) -> String {
    let mut stream = tokio::net::TcpStream::connect(world.lot.web()).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {BOOTH_TOKEN}\r\nconnection: close\r\n\
         content-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        world.lot.web(),
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_comes_again_in_another_print_is_the_same_one() {
    let world = World::new().await;
    world.enter("粤B00021").await;
    let id = uuid::Uuid::new_v4();
    let bare = id.simple().to_string();
    let paid = |id: &str, plate: &str, received: &str| {
        format!(
            r#"{{"id":"{id}","plateNo":"{plate}","received":{received},"payType":2,"operator":"张三"}}"#
        )
    };
    let send = async |body: &str| {
        post_bytes(&world, "/api/payments", "application/json", body.as_bytes()).await
    };
    let first = send(&paid(&bare, "粤B00021", "1")).await;
    assert!(first.starts_with("HTTP/1.1 200") && first.contains(r#""due":9"#), "{first}");
    for (id, plate, received) in [
        (bare.clone(), "粤B00021", "1.0"),
        (bare.to_uppercase(), "粤b·00021", "\"1.00\""),
        (id.hyphenated().to_string(), " 粤B 00021 ", "1E0"),
        (id.braced().to_string(), "粤B00021", "\"￥1\""),
        (format!(" {bare} "), "粤B00021", "\"1 元\""),
    ] {
        let again = send(&paid(&id, plate, received)).await;
        assert!(again.starts_with("HTTP/1.1 200"), "{id} {received}: {again}");
    }
    let other = send(&paid(&bare, "粤B00021", "1.01")).await;
    assert!(other.starts_with("HTTP/1.1 409") && other.contains(r#""field":"id""#), "{other}");
    let bill = world.look("/api/bill?plateNo=%E7%B2%A4B00021").await.1;
    assert_eq!(bill["due"], 9, "it was paid once: {bill}");

    let record = world.enter("粤B00022").await["id"].as_str().unwrap().to_owned();
    let at = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(60);
    let at = jiff::Timestamp::from_second(at.as_second()).unwrap();
    let correct = |record: &str, at: &str| {
        format!(
            r#"{{"id":"{}","recordId":"{record}","operator":"x","enterTime":{at}}}"#,
            "c".repeat(32)
        )
    };
    for (record, at) in [
        (format!(" {record} "), format!("\"{at}\"")),
        (record.to_uppercase(), at.as_millisecond().to_string()),
        (record.clone(), format!("\"{}\"", at.as_second())),
    ] {
        let body = correct(&record, &at);
        let answer =
            post_bytes(&world, "/api/records/correct", "application/json", body.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{body}: {answer}");
    }
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![b' '; 3 << 20]).unwrap();
    let bomb = bomb.finish().unwrap();
    let answer = post_bytes(&world, "/api/payments", "application/json", &bomb).await;
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("2 MB"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booth_is_understood_in_whatever_form_its_program_sends() {
    let world = World::new().await;
    let paid = |plate: &str, received: &str| {
        let id = Id::random();
        format!(
            r#"{{"id":"{id}","plateNo":"{plate}","received":{received},"payType":"2","operator":"张三"}}"#
        )
    };
    let gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(paid("粤B00004", "10.0").as_bytes()).unwrap();
    let forms: [(&str, &str, Vec<u8>); 4] = [
        (
            "粤B00001",
            "application/json",
            [b"\xef\xbb\xbf", paid("粤B00001", "\"10.00\"").as_bytes(), b"\0"].concat(),
        ),
        ("粤B00002", "application/json; charset=GBK", gbk(&paid("粤B00002", "1E+1"))),
        ("粤B00003", "application/json", gbk(&paid("粤B00003", "10"))),
        ("粤B00004", "application/json;charset=utf-8", packed.finish().unwrap()),
    ];
    for (plate, kind, body) in forms {
        world.enter(plate).await;
        let path = if plate.ends_with('4') { "/api/payments/" } else { "/api/payments" };
        let answer = post_bytes(&world, path, kind, &body).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{plate}: {answer}");
        let charge = world.report(5008, |charge| charge["parkCarInfo"]["plateNo"] == plate).await;
        assert_eq!((&charge["received"], &charge["payType"]), (&json!(10), &json!(2)), "{plate}");
    }
    let zlib = |text: &str| {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        packed.finish().unwrap()
    };
    let of_java = |plate: &str, received: &str, more: &str| {
        let id = uuid::Uuid::new_v4().hyphenated().to_string().to_uppercase();
        format!(
            r#"{{"id":"{id}","plateNo":"{plate}","received":{received},"discount":null,"payFrom":null,"payType":2,"operator":"张三",{more}}}"#
        )
    };
    let forms = [
        (
            "粤B00011",
            "//api/payments",
            "text/json",
            of_java("粤B00011", "\"￥10.00\"", r#""listDiscounts":{}"#).into_bytes(),
        ),
        (
            "川B00012",
            "/api//payments//",
            "application/vnd.booth+json",
            gbk(&of_java("川B00012", "\"10.00元\"", r#""listDiscounts":"""#)),
        ),
        (
            "鲁B00013",
            "/api/payments",
            "Text/JSON;charset=GBK",
            gbk(&of_java("鲁B00013", "10", r#""listDiscounts":null"#)),
        ),
        (
            "豫B00014",
            "/api/payments",
            "application/json",
            zlib(&of_java("豫B00014", "10", r#""listDiscounts":[]"#)),
        ),
    ];
    for (plate, path, kind, body) in forms {
        world.enter(plate).await;
        let escaped =
            gbk(plate).iter().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"));
        let bill = world.look(&format!("//api/bill/?plateNo={escaped}")).await;
        assert_eq!(bill.1["due"], 10, "{plate}: {bill:?}");
        let answer = post_bytes(&world, path, kind, &body).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{plate}: {answer}");
        let charge = world.report(5008, |charge| charge["parkCarInfo"]["plateNo"] == plate).await;
        assert_eq!(
            (&charge["received"], &charge["payFrom"]),
            (&json!(10), &json!("线下缴费")),
            "{plate}"
        );
        assert!(charge["id"].as_str().unwrap().len() == 32, "{charge}");
    }
    let dear = post_bytes(
        &world,
        "/api/payments",
        "application/json",
        paid("粤B00011", "\"1,000.00\"").as_bytes(),
    )
    .await;
    assert!(dear.starts_with("HTTP/1.1 409"), "a thousand yuan are more than is due: {dear}");
    let plain =
        post_bytes(&world, "/api/payments", "text/plain", paid("粤B00001", "1").as_bytes()).await;
    assert!(plain.starts_with("HTTP/1.1 415"), "{plain}");
    for (received, field) in
        [("\"ten\"", "received"), ("\"10,00\"", "received"), ("null", "received")]
    {
        let body = paid("粤B00001", received);
        let answer = post_bytes(&world, "/api/payments", "application/json", body.as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 4") && answer.contains(&format!(r#""field":"{field}""#)),
            "{answer}"
        );
    }
    for (received, field) in
        [("\"ten\"", "received"), ("\"10.005\"", "received"), ("true", "received")]
    {
        let answer = post_bytes(
            &world,
            "/api/payments",
            "application/json",
            paid("粤B00001", received).as_bytes(),
        )
        .await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains(&format!(r#""field":"{field}""#)), "{answer}");
    }
    let odd =
        post_bytes(&world, "/api/payments", "application/json", b"{\"id\":\"\xff\xff\"}").await;
    assert!(odd.starts_with("HTTP/1.1 400"), "{odd}");
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_taken_and_given_back_at_the_booth_reaches_the_platform() {
    let world = World::new().await;
    let record = world.enter("粤B00001").await;
    let paid = json!({ "id": Id::random(), "plateNo": "粤B00001", "received": 9, "discount": 1,
        "payType": 2, "payFrom": "微信公众号", "operator": "张三",
        "listDiscounts": [{ "couponType": 1, "couponValue": 1, "discountChannel": "超市" }] });
    assert_eq!(world.booth("/api/payments", &paid).await.1["due"], 0);
    let charge = world.report(5008, |charge| charge["recordId"] == record["id"]).await;
    assert_eq!(charge["listDiscounts"][0]["couponValue"], 1);
    let refund = json!({ "id": Id::random(), "recordId": record["id"], "refundMoney": 4,
        "operator": "张三" });
    assert_eq!(world.booth("/api/refunds", &refund).await.1["received"], 5);
    let reported = world.report(5009, |_| true).await;
    world.until("the line", || world.log().contains("张三 gave 4 yuan back to 粤B00001")).await;
    assert_eq!((&reported["orderNo"], &reported["refundMoney"]), (&charge["orderNo"], &json!(4)));
    let too_much = json!({ "id": Id::random(), "recordId": record["id"], "refundMoney": 6,
        "operator": "张三" });
    let (status, body) = world.booth("/api/refunds", &too_much).await;
    assert!(status.contains("409") && body["field"] == "refundMoney", "{status} {body}");
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_found_and_corrected() {
    let world = World::new().await;
    let record = world.enter("粤B0000I").await;
    let found = world.look("/api/records?plateNo=%E7%B2%A4b0000i").await.1;
    assert_eq!(found["records"][0]["id"], record["id"]);
    let correction = json!({ "recordId": record["id"], "plateNo": "粤B00001", "operator": "张三" });
    assert_eq!(world.booth("/api/records/correct", &correction).await.1["status"], "corrected");
    let corrected = world.report(5006, |_| true).await;
    assert_eq!(corrected["parkCarInfo"]["plateNo"], "粤B00001");
    let bad = json!({ "recordId": record["id"], "enterTime": "yesterday", "operator": "张三" });
    assert!(world.booth("/api/records/correct", &bad).await.0.contains("400"));
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_is_stopped_opened_and_put_back_and_the_platform_follows() {
    let world = World::new().await;
    let lane = json!({ "laneId": ENTRY_LANE, "operator": "张三", "reason": "维修" });
    world.booth("/api/lanes/stop", &lane).await;
    world.report(5011, |lane| lane["state"] == 4 && lane["comment"] == "张三：维修").await;
    world.booth("/api/lanes/normal", &lane).await;
    world.report(5011, |lane| lane["state"] == 1).await;
    world.booth("/api/lanes/open", &lane).await;
    assert!(world.lot.entry.opened(1, PATIENCE).await, "{}", world.log());
    let nowhere = json!({ "laneId": "x", "operator": "张三", "reason": "维修" });
    assert!(world.booth("/api/lanes/open", &nowhere).await.0.contains("404"));
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_come_from_a_spreadsheet_and_bad_lines_are_named() {
    let world = World::new().await;
    let csv = "plate_no_list,space_no_list,begin_date,end_date,amount\n\
               粤B00001;粤B00002,S1,2026-01-01,2099-12-31,220\n\
               粤B00003,S2,tomorrow,2099-12-31,\n\
               粤B00004,S3,2026-12-31,2026-01-01,\n";
    let head = format!(
        "host: localhost\r\nauthorization: Bearer {BOOTH_TOKEN}\r\ncontent-type: text/csv; charset=utf-8\r\n"
    );
    let answer = world.http("POST", "/api/leases/import", &head, csv).await.1;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let lines: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|e| &e["line"]).collect();
    assert_eq!((&answer["imported"], lines), (&json!(1), vec![&json!(3), &json!(4)]));
    world.report(5012, |update| update["lease"]["plateNoList"][0] == "粤B00001").await;
    let file = world.folder.path().join("leases.csv");
    std::fs::write(&file, csv.replace("粤B00003,S2,tomorrow", "粤B00003,S2,2026-01-01")).unwrap();
    let imported = world.lotgate(&["lease", "import", file.to_str().unwrap()]);
    let words = String::from_utf8(imported.stdout).unwrap();
    assert!(words.contains("leases.csv:4:4: ") && words.contains("2 leases imported"), "{words}");
    assert_eq!(imported.status.code(), Some(1));
    let listed = String::from_utf8(world.lotgate(&["lease", "ls"]).stdout).unwrap();
    assert_eq!(listed.lines().count(), 2, "{listed}");
    world.enter("粤B00001").await;
    world.enter("粤B00002").await;
    let shown = world.look("/api/leases?plateNo=%E7%B2%A4B00001").await.1["leases"][0].clone();
    let cars = |which: &str| -> Vec<Value> {
        shown[which].as_array().unwrap().iter().map(|car| car["plateNo"].clone()).collect()
    };
    assert_eq!(
        (cars("holders"), cars("waiting")),
        (vec![json!("粤B00001")], vec![json!("粤B00002")])
    );
    assert_eq!((&shown["inForce"], &shown["spaceNoList"]), (&json!(true), &json!(["S1"])));
    assert!(
        shown["holders"][0]["since"].as_str().is_some_and(|since| since.len() == 19),
        "{shown}"
    );
    assert_eq!(world.look("/api/control-list").await.1, json!({ "entries": [], "more": false }));
    let plates = |page: &Value| page["leases"][0]["plateNoList"].clone();
    let (first, second) = (
        world.look("/api/leases?limit=1").await.1,
        world.look("/api/leases?limit=1&offset=1").await.1,
    );
    assert_eq!((&first["more"], &second["more"]), (&json!(true), &json!(false)), "{first}");
    assert_ne!(plates(&first), plates(&second));
    assert!(world.look("/api/leases?limit=501").await.0.contains("422"));
    world.lot.exit.read("粤B00001").await;
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
    assert_eq!(world.look("/api/leases?plateNo=x").await.1["leases"], json!([]));
    world.assert_lawful().await;
}

/// A list of tenants as an office's spreadsheet saves it.
const TENANTS: &str = "海岸花园 2026 年月租车辆登记表,,,,,\r\n\
    序号,姓名,手机号码,车牌号码,开始日期,到期日期\r\n\
    1,张三,13800138000,粤B10001,2026/1/5,2099/12/31\r\n\
    2,\"李四\r\n（二期）\",13900139000,\"=\"\"粤B 10002\"\"\",46027,2099年12月31日\r\n\
    3,王五,1.38E+10,粤B10003,2026-1-5,2099-12-31 0:00\r\n\
    4,赵六,13700137000,粤B1,2026-1-5,2099-12-31\r\n\
    合计,,4,,,\r\n,,,,,\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_tenants_is_imported_in_whatever_form_an_office_saves_it() {
    let world = World::new().await;
    let tabs = TENANTS.replace(',', "\t");
    let utf16: Vec<u8> = tabs.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
    let forms: [(&str, Vec<u8>); 5] = [
        ("gbk.csv", gbk(TENANTS)),
        ("utf8.csv", [b"\xef\xbb\xbf", TENANTS.as_bytes()].concat()),
        ("utf16.txt", [b"\xff\xfe".to_vec(), utf16.clone()].concat()),
        ("utf16-bare.txt", utf16),
        ("semicolons.csv", gbk(&TENANTS.replace(',', ";"))),
    ];
    let leases = || String::from_utf8(world.lotgate(&["lease", "ls"]).stdout).unwrap();
    for (name, bytes) in forms {
        let file = world.folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        for (dry, said) in [
            (true, "2 leases would be imported; nothing was changed"),
            (false, "2 leases imported"),
        ] {
            let mut arguments = vec!["lease", "import", file.to_str().unwrap()];
            arguments.extend(dry.then_some("--dry-run"));
            let before = leases();
            let done = world.lotgate(&arguments);
            let words = String::from_utf8(done.stdout).unwrap();
            assert_eq!(done.status.code(), Some(1), "{words}");
            for wanted in [
                said,
                "  2 姓名 → not used\n",
                "  3 手机号码 → a phone number",
                "  4 车牌号码 → number plates\n",
                "  6 到期日期 → the last day\n",
                &format!("{name}:6:3: `1.38E+10` was rounded by the spreadsheet"),
                &format!("{name}:7:4: `粤B1` is no number plate"),
                &format!("{name}:8:1: says nothing of a lease"),
            ] {
                assert!(words.contains(wanted), "{name}: {wanted}: {words}");
            }
            if dry {
                assert_eq!(leases(), before, "{name}");
                assert!(words.contains(&format!("{name}:4:1: 粤B10002: ")), "{words}");
            }
        }
        let all = leases();
        assert_eq!(all.lines().count(), 2, "{all}");
        assert!(
            all.lines().all(|one| one.contains("2026-01-05") && one.contains("2099-12-31")),
            "{all}"
        );
    }
    let told = world.report(5012, |update| update["lease"]["plateNoList"][0] == "粤B10002").await;
    assert_eq!(
        (&told["lease"]["isFixed"], &told["lease"]["spaceNoList"]),
        (&json!(1), &json!(["1"]))
    );
    let head = format!(
        "host: localhost\r\nauthorization: Bearer {BOOTH_TOKEN}\r\ncontent-type: text/csv\r\naccept-language: zh\r\n"
    );
    let answer = world.http("POST", "/api/leases/import?dryRun=true", &head, TENANTS).await.1;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (&answer["dryRun"], &answer["leases"][0]["comesTo"]),
        (&json!(true), &json!("changed"))
    );
    assert_eq!(answer["readAs"]["columns"][3]["takenFor"], "车牌号码", "{answer}");
    let error = &answer["errors"][0];
    assert_eq!((&error["line"], &error["column"]), (&json!(6), &json!(3)));
    assert!(error["error"].as_str().unwrap().contains("已被 Excel 改成科学计数"), "{answer}");
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_list_of_leases_is_named_for_what_it_is_and_nothing_is_imported() {
    let world = World::new().await;
    for (bytes, said) in [
        (b"PK\x03\x04rest".to_vec(), ":1:1: this is a spreadsheet's own file"),
        (b"<html><table>".to_vec(), ":1:1: this is a web page"),
        (
            "车牌,到期日期\n粤B10001,2026/1/5\n".into(),
            ":1:1: the heading names no column for the first day",
        ),
        ("粤B10001,2026/1/5,2026/12/31\n".into(), ":1:1: no line names the columns"),
        (
            "车牌,开始日期,到期日期\n粤B10001,1/5/2026,2099/12/31\n".into(),
            ":2:2: `1/5/2026` may mean more than one day",
        ),
        ("车牌,开始日期,到期日期\n粤B10001,2026/1/5,2026/1/4\n".into(), ":2:3: "),
        (Vec::new(), ":1:1: nothing stands in it"),
    ] {
        let file = world.folder.path().join("list.csv");
        std::fs::write(&file, &bytes).unwrap();
        let done = world.lotgate(&["lease", "import", file.to_str().unwrap()]);
        let words = String::from_utf8(done.stdout).unwrap();
        assert_eq!(done.status.code(), Some(1), "{words}");
        assert!(
            words.contains(&format!("list.csv{said}")) && words.contains("0 leases imported"),
            "{said}: {words}"
        );
    }
    assert!(world.lotgate(&["lease", "ls"]).stdout.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_a_car_has_a_contract_is_asked_at_the_entry_and_it_leaves_for_it() {
    let more = "direction = \"exit\"|rule = \"leave-then-charge\"";
    let world = World::with(|plan| "0s".clone_into(&mut plan.free), more).await;
    world.lot.platform.open_contract("粤B00001");
    for plate in ["粤B00001", "粤B00002"] {
        world.enter(plate).await;
    }
    world.until("the answers", || world.lot.platform.calls(5010) == 2).await;
    world.lot.exit.read("粤B00001").await;
    assert!(world.lot.exit.opened(1, PATIENCE).await, "{}", world.log());
    let order = world.report(5007, |order| order["plateNo"] == "粤B00001").await;
    let left = world.report(5005, |_| true).await;
    for report in [&order, &left] {
        assert_eq!(report["receivables"], 10);
    }
    assert_eq!(left["received"], 0, "the deduction is asked for, not done");
    world.lot.exit.read("粤B00002").await;
    world.until("the hold", || world.log().contains("粤B00002 is held")).await;
    world.report(5007, |order| order["plateNo"] == "粤B00002").await;
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_listed_shown_sent_again_or_dropped() {
    let mut world = World::new().await;
    world.report(3003, |_| true).await;
    world.lot.platform.refuse("粤B00002", 1007, "车牌不合规定");
    world.enter("粤B00001").await;
    world.lot.entry.read("粤B00002").await;
    world.until("the refusal", || world.log().contains("1007 车牌不合规定")).await;
    let dead = world.lotgate_json(&["queue", "ls", "--dead", "--json"]);
    assert_eq!(
        (&dead[0]["code"], &dead[0]["refusal"]),
        (&json!(5004), &json!("1007 车牌不合规定"))
    );
    let row = dead[0]["row"].to_string();
    let shown = world.lotgate_json(&["queue", "show", &row]);
    assert_eq!(shown["data"]["parkCarInfo"]["plateNo"], "粤B00002");
    let status = world.lotgate_json(&["status", "--json"]);
    assert_eq!((&status["queue"]["dead"], &status["usedSpaces"]), (&json!(1), &json!(2)));
    world.lot.platform.forgive();
    assert!(world.lotgate(&["queue", "retry", &row]).status.success());
    world.report(5004, |record| common::plate_of(record) == "粤B00002").await;
    assert_eq!(world.lotgate(&["queue", "retry", &row]).status.code(), Some(1), "gone");
    // Without a running gateway the command line does it itself.
    world.lot.platform.refuse("粤B00003", 1007, "x");
    world.lot.entry.read("粤B00003").await;
    // The log has one line of them a minute.
    let is_dead = || world.lotgate_json(&["queue", "ls", "--dead", "--json"]) != json!([]);
    world.until("the refusal", is_dead).await;
    world.terminate().await;
    let dead = world.lotgate_json(&["queue", "ls", "--dead", "--json"]);
    let row = dead[0]["row"].to_string();
    assert_eq!(world.lotgate(&["queue", "drop", "--yes", &row]).status.code(), Some(2), "why?");
    let drop = |more: &[&str]| {
        world.lotgate(&[&["queue", "drop", &row, "--reason", "测试车辆"], more].concat())
    };
    assert_eq!(drop(&[]).status.code(), Some(1), "asks first");
    assert_eq!(drop(&["--yes", "--by", "李四"]).status.code(), Some(0));
    assert_eq!(world.lotgate_json(&["queue", "ls", "--dead", "--json"]), json!([]));
    let dropped = world.lotgate_json(&["queue", "dropped", "--json"]);
    assert_eq!(
        (&dropped[0]["operator"], &dropped[0]["reason"], &dropped[0]["code"]),
        (&json!("李四"), &json!("测试车辆"), &json!(5004))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_write_moves_no_cursor_begins_no_line_and_turns_none() {
    const HOSTILE: &str =
        "x\r\n2026-07-01 ERROR \u{1b}[2J\u{9b}m\u{202e}\u{2066}\u{200b}\u{2028}\u{e0041}";
    let mut world = World::new().await;
    world.report(3003, |_| true).await;
    world.lot.platform.refuse("粤B00001", 1007, HOSTILE);
    world.lot.entry.read("\u{202e}粤B\u{e0041}00001").await;
    world.until("the refusal", || world.log().contains("kept as a dead letter")).await;
    let lane = json!({ "laneId": ENTRY_LANE, "operator": HOSTILE, "reason": HOSTILE });
    assert!(world.booth("/api/lanes/open", &lane).await.0.contains("200"));
    world.until("who opened", || world.log().contains("opened by x")).await;
    let row = world.lotgate_json(&["queue", "ls", "--json"])[0]["row"].to_string();
    let drop = ["queue", "drop", "--yes", "--by", HOSTILE, "--reason", HOSTILE, &row];
    let listed = [
        &["queue", "ls"][..],
        &["queue", "ls", "--json"],
        &["queue", "show", &row],
        &["queue", "export"],
        &drop,
        &["queue", "dropped"],
        &["queue", "dropped", "--json"],
        &["queue", "drop", "--yes", "--by", "x", "--reason", "x", "1\u{202e}"],
    ];
    let mut shown = Vec::new();
    for arguments in listed {
        let Output { stdout, stderr, .. } = world.lotgate(arguments);
        shown.push((arguments.join(" "), String::from_utf8([stdout, stderr].concat()).unwrap()));
    }
    world.terminate().await;
    shown.push(("log".to_owned(), world.log()));
    for (what, shown) in &shown {
        assert!(!shown.contains(|c| c != '\n' && is_hidden(c)), "{what}: {shown:?}");
        assert!(!shown.lines().any(|line| line.starts_with("2026-07-01 ERROR")), "{what}: {shown}");
    }
    assert!(shown[0].1.contains(r"x\r\n2026-07-01 ERROR \u{1b}[2J"), "{}", shown[0].1);
    assert!(shown[2].1.contains("\"粤B00001\""), "the plate has lost it at the door");
    assert_eq!(
        serde_json::from_str::<Value>(&shown[6].1).unwrap()[0]["reason"],
        HOSTILE,
        "JSON says the same"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_tells_of_money_is_thrown_away_on_the_box_only_and_who_did_it_is_told() {
    let world = World::new().await;
    world.report(3003, |_| true).await;
    for kind in [5004, 5008] {
        world.lot.platform.refuse_interface(kind, Some(1007));
    }
    world.lot.entry.read("粤B00001").await;
    let dead = |code: u64| {
        let rows = world.lotgate_json(&["queue", "ls", "--dead", "--json"]);
        let rows = rows.as_array().unwrap().clone();
        rows.into_iter().find(|row| row["code"] == code).map(|row| row["row"].clone())
    };
    world.until("the refusal", || dead(5004).is_some()).await;
    let paid = json!({ "id": Id::random(), "plateNo": "粤B00001", "received": 10,
        "operator": "张三" });
    assert!(world.pay(&paid).await.0.contains("200"));
    world.until("its refusal", || dead(5008).is_some()).await;
    assert!(world.log().contains("张三 took 10 yuan for 粤B00001"), "{}", world.log());
    let drop = |row: &Value| json!({ "rows": [row], "operator": "李四", "reason": "测试" });
    let (entry, money) = (dead(5004).unwrap(), dead(5008).unwrap());
    let nameless = json!({ "rows": [entry] });
    assert!(world.booth("/api/queue/drop", &nameless).await.0.contains("400"));
    let (status, answer) = world.booth("/api/queue/drop", &drop(&money)).await;
    assert!(status.contains("403") && answer["field"] == "rows", "{status} {answer}");
    // The command line asks the running gateway by the socket on the box; without that, over HTTP like everybody.
    let drop_money =
        ["queue", "drop", "--yes", "--by", "王五", "--reason", "x", &money.to_string()];
    std::fs::remove_file(world.socket()).unwrap();
    let refused = world.lotgate(&drop_money);
    let words = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(1) && words.contains("money"), "{words}");
    assert_eq!(world.booth("/api/queue/drop", &drop(&entry)).await.1["rows"], 1);
    world.until("who did it", || world.log().contains("李四 threw away the refused report")).await;
    assert_eq!(
        world.booth("/api/queue/drop", &drop(&entry)).await.0.split(' ').nth(1),
        Some("404")
    );
    // The socket is made anew where somebody took it away.
    world.until("the socket", || world.socket().exists()).await;
    let done = world.lotgate(&drop_money);
    assert!(done.status.success(), "{done:?}");
    let dropped = world.lotgate_json(&["queue", "dropped", "--json"]);
    assert_eq!((&dropped[0]["code"], &dropped[1]["code"]), (&json!(5008), &json!(5004)));
    let user = lotgate_user();
    assert_eq!(
        (&dropped[0]["operator"], &dropped[1]["operator"]),
        (&json!(format!("王五 ({user})")), &json!("李四")),
        "the user of the box, and whoever the request names"
    );
    let told = format!("{user} on this box called /api/queue/drop");
    world.until("who spoke", || world.log().contains(&told)).await;
}

/// Whom the machine takes this process for.
fn lotgate_user() -> String {
    let found = std::process::Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(found.stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_report_that_is_refused_is_a_dead_letter_and_nothing_else_suffers() {
    for code in [Some(1007), Some(1100)] {
        let world = World::new().await;
        world.report(3003, |_| true).await;
        let kinds = [2002, 5006, 5008, 5009, 5011, 5012];
        for kind in kinds {
            world.lot.platform.refuse_interface(kind, code);
        }
        let record = world.enter("粤B00001").await;
        let id = &record["id"];
        let color = json!({ "recordId": id, "plateColor": "绿色", "operator": "张三" });
        let paid = json!({ "id": Id::random(), "plateNo": "粤B00001", "received": 10,
            "operator": "张三" });
        let refund =
            json!({ "id": Id::random(), "recordId": id, "refundMoney": 1, "operator": "张三" });
        let lane = json!({ "laneId": ENTRY_LANE, "operator": "张三", "reason": "维修" });
        let lease = json!({ "plateNoList": ["粤B00009"], "spaceNoList": ["S1"],
            "beginDate": "2026-01-01", "endDate": "2099-12-31", "operator": "张三" });
        for (path, body) in [
            ("/api/records/correct", color),
            ("/api/payments", paid),
            ("/api/refunds", refund),
            ("/api/lanes/stop", lane),
            ("/api/leases", lease),
        ] {
            let (status, answer) = world.booth(path, &body).await;
            assert!(status.contains("200"), "{path}: {answer}");
        }
        world.lock(&Id::random(), "粤B00001", 0).await;
        world.lot.exit.read("粤B00001").await;
        let dead = || {
            let rows = world.lotgate_json(&["queue", "ls", "--dead", "--json"]);
            let mut codes: Vec<_> =
                rows.as_array().unwrap().iter().map(|row| row["code"].as_u64().unwrap()).collect();
            codes.sort_unstable();
            codes
        };
        world.until("the refusals", || dead().len() == kinds.len()).await;
        assert_eq!(dead(), kinds.map(u64::from), "{code:?}");
        // The car's exit and other cars' records arrive all the same.
        let release = json!({ "plateNo": "粤B00001", "operator": "张三" });
        assert_eq!(world.booth("/api/locks/release", &release).await.1["status"], "released");
        world.report(5005, |left| left["id"] == *id).await;
        let lane = json!({ "laneId": ENTRY_LANE, "operator": "张三" });
        assert_eq!(world.booth("/api/lanes/normal", &lane).await.1["status"], "normal");
        world.enter("粤B00002").await;
        world.lot.platform.forgive();
        assert!(world.lotgate(&["queue", "retry", "--all"]).status.success());
        for kind in kinds {
            world.report(kind, |_| true).await;
        }
        world.assert_lawful().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_applies_prices_and_lanes_and_says_what_needs_a_restart() {
    let world = World::new().await;
    world.report(3003, |_| true).await;
    let path = world.lot.config_path();
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = text
        .replace("price = 10", "price = 7")
        .replace("name = \"东入口\"", "name = \"南入口\"")
        .replace("password = \"lot-password\"", "password = \"another\"")
        .replace("[web]", "[log]\nlevel = \"debug\"\n[web]");
    std::fs::write(&path, &changed).unwrap();
    world.hang_up();
    world.report(3002, |lane| lane["entranceExitInfo"]["name"] == "南入口").await;
    let word = "[platform] takes effect at the next start";
    world.until("the word", || world.log().contains(word)).await;
    world.until("what only debug shows", || world.log().contains("DEBUG")).await;
    world.enter("粤B00001").await;
    world.lot.exit.read("粤B00001").await;
    world.until("the fee", || world.log().contains("粤B00001 is held: 7 yuan due")).await;
    // The exit lane leaves the configuration, and a mistake comes into it.
    std::fs::write(&path, changed.replace("price = 7", "price = \"x\"")).unwrap();
    world.hang_up();
    world.until("the refusal", || world.log().contains("the old one stays")).await;
    let (head, _) =
        changed.split_once("[[lane]]\nid = \"90731c48a7ea4c27bd4d57ff0e13d002\"").unwrap();
    std::fs::write(&path, head).unwrap();
    world.hang_up();
    let gone = world.report(3002, |lane| lane["state"] == 2).await;
    assert_eq!(gone["entranceExitInfo"]["name"], "东出口");
    let shown = world.look("/api/lanes").await.1["lanes"].clone();
    assert_eq!((&shown[0]["name"], shown.as_array().unwrap().len()), (&json!("南入口"), 1));
    world.assert_lawful().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_api_is_described_and_errors_speak_the_callers_language() {
    let world = World::new().await;
    let document = world.look("/api/openapi.json").await.1;
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(paths.len(), 44, "{paths:?}");
    for path in paths {
        let (status, _) = world.booth(&path, &json!({})).await;
        assert!(!status.contains("404") && !status.contains(" 5"), "{path}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_body_is_named_and_answers_have_the_shape_that_is_described() {
    let world = World::new().await;
    for (body, field, words) in [
        (json!({}), "laneId", "`laneId` is missing"),
        (json!({ "laneId": 7 }), "laneId", "`laneId` is of a wrong kind"),
        (json!({ "lane": "x" }), "lane", "there is no field `lane`"),
    ] {
        let (status, answer) = world.booth("/api/lanes/choose", &body).await;
        assert!(status.contains("400"), "{status}");
        assert_eq!(answer["field"], field, "{answer}");
        assert!(answer["error"].as_str().unwrap().contains(words), "{answer}");
    }
    world.enter("粤B12345").await;
    let schemas = world.look("/api/openapi.json").await.1["components"]["schemas"].clone();
    let described = |shape: &str, answer: &Value| {
        let known = schemas[shape]["properties"].as_object().unwrap();
        let strange: Vec<_> =
            answer.as_object().unwrap().keys().filter(|key| !known.contains_key(*key)).collect();
        assert!(strange.is_empty(), "{shape}: {strange:?}");
    };
    let plate = "plateNo=%E7%B2%A4B12345";
    let records = world.look(&format!("/api/records?{plate}")).await.1;
    described("RecordShown", &records["records"][0]);
    described("BillTold", &world.look(&format!("/api/bill?{plate}")).await.1);
    let lane = json!({
        "laneId": shown_lane(&world).await, "operator": "张三", "reason": "无牌", "plateNo": "无牌",
    });
    let (status, refused) = world.booth("/api/lanes/car", &lane).await;
    assert!(status.contains("422") && refused["field"] == "plateNo", "{refused}");
    let passed = world.booth("/api/lanes/let-through", &lane).await.1;
    described("StaffDone", &passed);
    assert_eq!(passed["plateNo"], "无A0001");
}

async fn shown_lane(world: &World) -> Value {
    world.look("/api/lanes").await.1["lanes"][0]["laneId"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_how_every_connection_stands_and_why() {
    let world = World::new().await;
    world.report(3003, |_| true).await;
    let begun = std::time::Instant::now();
    loop {
        let connections = world.look("/api/status").await.1["connections"].clone();
        let up = |name: &str| connections[name]["up"] == true;
        if up("https") && up("link") && up("broker lot") {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{connections}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    world.lot.platform.fail(Some(Fault::Drop));
    world.lot.entry.read("粤B12345").await;
    loop {
        let https = world.look("/api/status").await.1["connections"]["https"].clone();
        if https["up"] == false {
            assert!(!https["error"].as_str().unwrap().is_empty(), "{https}");
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{https}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booths_address_that_is_taken_stops_no_lane_and_is_tried_again() {
    let mut world = World::at_rest(|_| {}, "").await;
    let taken = std::net::TcpListener::bind(world.lot.web()).unwrap();
    world.start();
    world.until("the word", || world.log().contains("the lanes work without it")).await;
    world.listens().await;
    world.enter("粤B00001").await;
    let status = || {
        let shown = world.lotgate(&["status"]);
        String::from_utf8_lossy(&shown.stdout).into_owned()
    };
    world.until("the state", || status().contains("[web]: down since")).await;
    drop(taken);
    world.until("the door", || status().contains("[web]: up since")).await;
    assert!(world.booth("/api/queue/retry", &json!({ "rows": [] })).await.0.contains("HTTP/1.1"));
    world.assert_lawful().await;
}
