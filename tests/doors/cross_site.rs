//! What a page of another site has somebody's browser send: it does nothing and learns nothing, whatever it shows.

use crate::common::World;
use lotgate::sim::plan::BOOTH_TOKEN;
use serde_json::{Value, json};

const LANE: &str = "90731c48a7ea4c27bd4d57ff0e13d001";

/// The number of an answer.
fn code(head: &str) -> u16 {
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

/// What it says about which header.
fn about(body: &str) -> (String, String) {
    let body: Value = serde_json::from_str(body).unwrap();
    (body["field"].as_str().unwrap().to_owned(), body["error"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_name_or_page_gets_nothing_even_with_the_token() {
    let world = World::with(|_| {}, "[web]|names = [\"Booth.Example\"]").await;
    let web = world.lot.web();
    let port = web.port();
    let token = format!("authorization: Bearer {BOOTH_TOKEN}\r\n");
    let with = |more: &str| format!("{token}{more}");
    let evil = format!("host: evil.example:{port}\r\n");
    for (head, status, field) in [
        (format!("{evil}origin: http://evil.example:{port}\r\n"), 421, "Host"),
        (format!("{evil}sec-fetch-site: same-origin\r\n"), 421, "Host"),
        (format!("{evil}sec-fetch-mode: cors\r\n"), 421, "Host"),
        (format!("host: 192.0.2.1:{port}\r\norigin: http://192.0.2.1:{port}\r\n"), 421, "Host"),
        (String::new(), 421, "Host"),
        (format!("host: {web}\r\norigin: http://evil.example\r\n"), 403, "Origin"),
        (format!("host: {web}\r\norigin: http://127.0.0.1:1\r\n"), 403, "Origin"),
        (format!("host: {web}\r\norigin: null\r\n"), 403, "Origin"),
        (format!("host: {web}\r\nsec-fetch-site: cross-site\r\n"), 403, "Sec-Fetch-Site"),
        (format!("host: {web}\r\nsec-fetch-site: same-site\r\n"), 403, "Sec-Fetch-Site"),
    ] {
        for path in ["/api/status", "/api/openapi.json", "/healthz", "/nothing"] {
            let (answer, body) = world.http("GET", path, &with(&head), "").await;
            assert_eq!((code(&answer), about(&body).0.as_str()), (status, field), "{head} {path}");
        }
    }
    for head in [
        format!("host: {web}\r\norigin: http://{web}\r\nsec-fetch-site: same-origin\r\n"),
        format!("host: localhost:{port}\r\nsec-fetch-site: none\r\n"),
        "host: booth.example\r\norigin: https://booth.example\r\n".to_owned(),
    ] {
        let (answer, body) = world.http("GET", "/api/status", &with(&head), "").await;
        assert_eq!(code(&answer), 200, "{head} {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn software_that_shows_a_token_calls_the_box_by_any_name_and_that_is_told_once() {
    let world = World::new().await;
    let web = world.lot.web();
    let port = web.port();
    let call = async |host: &str, more: &str| {
        let head = format!("host: {host}:{port}\r\n{more}");
        code(&world.http("GET", "/api/status", &head, "").await.0)
    };
    let token = format!("authorization: Bearer {BOOTH_TOKEN}\r\n");
    let wrong = "authorization: Bearer somebody-elses-token\r\n";
    let told = |name: &str| world.log().matches(&format!("called as {name}")).count();
    for _ in 0..3 {
        assert_eq!(call("booth.example", &token).await, 200);
    }
    world.until("the word", || told("booth.example") == 1).await;
    // What shows none may be a browser whose page had that name made to mean this box.
    assert_eq!(call("rebound.example", "").await, 421);
    assert_eq!(call("rebound.example", wrong).await, 421);
    world.until("the guess", || world.log().contains("127.0.0.1")).await;
    // By the name that the machine itself has it is called as ever, by browsers, too.
    let own = rustix::system::uname();
    let own = own.nodename().to_str().unwrap().split('.').next().unwrap().to_owned();
    for name in [own.clone(), format!("{own}.lan"), format!("{own}.local")] {
        let page = format!("origin: http://{name}:{port}\r\nsec-fetch-site: same-origin\r\n");
        assert_eq!(call(&name, &format!("{token}{page}")).await, 200, "{name}");
        assert_eq!(call(&name, "").await, 401, "{name}");
    }
    assert_eq!((told("booth.example"), told("rebound.example"), told(&own)), (1, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_form_of_another_site_can_send_is_taken_nowhere() {
    let world = World::new().await;
    let lane = json!({ "laneId": LANE, "operator": "张三", "reason": "维修" }).to_string();
    let leases =
        "plate_no_list,space_no_list,begin_date,end_date\n粤B00001,S1,2026-01-01,2099-12-31\n";
    let document = world.look("/api/openapi.json").await.1;
    let posts = document["paths"].as_object().unwrap().iter();
    let posts: Vec<_> = posts.filter(|(_, methods)| !methods["post"].is_null()).collect();
    assert!(posts.len() > 25, "{}", posts.len());
    let send = async |path: &str, kind: &str| {
        let kind =
            if kind.is_empty() { String::new() } else { format!("content-type: {kind}\r\n") };
        let body = if path == "/api/leases/import" { leases } else { &lane };
        let head = format!("host: localhost\r\nauthorization: Bearer {BOOTH_TOKEN}\r\n{kind}");
        world.http("POST", path, &head, body).await
    };
    for (path, _) in posts {
        let kinds = [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/html",
        ];
        for kind in kinds {
            let (answer, body) = send(path, kind).await;
            let wanted = (415, "Content-Type".to_owned());
            assert_eq!((code(&answer), about(&body).0), wanted, "{path} {kind}");
        }
    }
    assert_eq!(world.look("/api/leases").await.1["leases"], json!([]));
    assert_eq!(code(&send("/api/leases/import", "application/json").await.0), 415);
    assert_eq!(code(&send("/api/lanes/open", "text/csv").await.0), 415);
    assert_eq!(code(&send("/api/leases/import", "Text/CSV;charset=UTF-8").await.0), 200);
    assert_eq!(world.look("/api/leases").await.1["leases"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_nobody_calls_that_is_taken_of_software_with_the_token_and_of_no_page() {
    let world = World::new().await;
    let web = world.lot.web();
    let lane = json!({ "laneId": LANE, "operator": "张三", "reason": "维修" }).to_string();
    let token = format!("host: localhost\r\nauthorization: Bearer {BOOTH_TOKEN}\r\n");
    let send = async |path: &str, head: &str, body: &str| {
        let (answer, body) = world.http("POST", path, head, body).await;
        (code(&answer), body)
    };
    let own = format!("host: {web}\r\norigin: http://{web}\r\n");
    let evil = format!("{token}origin: http://evil.example\r\n");
    for (head, status) in [
        ("host: localhost\r\n".to_owned(), 401),
        (own.clone(), 401),
        (evil, 403),
        (format!("{token}origin: null\r\n"), 403),
        (format!("{token}sec-fetch-site: cross-site\r\n"), 403),
    ] {
        assert_eq!(send("/api/lanes/stop", &head, &lane).await.0, status, "{head}");
    }
    assert_eq!(send("/api/leases/import", &token, "plate_no_list\n").await.0, 415);
    for body in ["laneId=1", "[]", "", "\"x\""] {
        assert_eq!(send("/api/lanes/stop", &token, body).await.0, 415, "{body}");
    }
    let opens = || world.lot.entry.opens().len();
    let before = opens();
    let open = |id: &str| {
        json!({ "id": id, "laneId": LANE, "operator": "张三", "reason": "维修" }).to_string()
    };
    for (id, head) in [
        ("a".repeat(32), token.clone()),
        ("b".repeat(32), format!("{own}authorization: Bearer {BOOTH_TOKEN}\r\n")),
    ] {
        let answer = send("/api/lanes/open", &head, &open(&id)).await;
        assert_eq!(answer.0, 200, "{answer:?}");
    }
    world.until("the barrier", || opens() > before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_kept_or_taken_for_something_else() {
    let world = World::new().await;
    let token = format!("host: localhost\r\nauthorization: Bearer {BOOTH_TOKEN}\r\n");
    for (method, path, head) in [
        ("GET", "/healthz", "host: localhost\r\n"),
        ("GET", "/api/openapi.json", "host: localhost\r\n"),
        ("GET", "/api/status", &token),
        ("GET", "/api/status", "host: localhost\r\n"),
        ("GET", "/api/status", "host: evil.example\r\n"),
        ("GET", "/nothing", "host: localhost\r\n"),
        ("DELETE", "/healthz", "host: localhost\r\n"),
        ("POST", "/api/lanes/open", &token),
        ("GET", "/api/pictures/none.jpg", &token),
    ] {
        let (answer, _) = world.http(method, path, head, "").await;
        let answer = answer.to_lowercase();
        for header in ["cache-control: no-store", "x-content-type-options: nosniff"] {
            assert_eq!(answer.matches(header).count(), 1, "{method} {path} {header}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_the_network_learns_only_that_the_process_lives_and_what_to_do() {
    let mut world = World::at_rest(|_| {}, "").await;
    world.change_configuration(&format!("token = \"{BOOTH_TOKEN}\"\n"), "");
    world.start();
    world.ready().await;
    for (path, status) in [("/healthz", 200), ("/api/openapi.json", 200), ("/api/status", 401)] {
        for shown in ["", "authorization: Bearer \r\n", "authorization: Bearer x\r\n"] {
            let head = format!("host: localhost\r\n{shown}");
            let (answer, body) = world.http("GET", path, &head, "").await;
            assert_eq!(code(&answer), status, "{path} {shown} {body}");
            if status == 401 {
                let words = about(&body).1;
                assert!(words.contains("`token`") && words.contains("command line"), "{words}");
            }
        }
    }
    // The command line of that box does all it did.
    let file = world.folder.path().join("leases.csv");
    std::fs::write(&file, "plate_no_list,space_no_list,begin_date,end_date\n粤B1,S1,x,x\n粤B00001,S1,2026-01-01,2099-12-31\n").unwrap();
    let imported = world.lotgate(&["lease", "import", file.to_str().unwrap()]);
    let words = String::from_utf8(imported.stdout).unwrap();
    assert!(
        words.contains("1 leases imported"),
        "{words} {:?}",
        String::from_utf8(imported.stderr)
    );
}
