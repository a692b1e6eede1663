//! What the gateway did: log lines, their weights and fields.

use crate::{all_said, assert_snapshot, every, said, text, wrong_sign};
use lotgate::lang::{Fields, Lang, Source, Weight, of_several};
use lotgate::model::another_gateway::Stance;
use lotgate::model::barrier::{Act, BarrierFault, Movement};
use lotgate::model::camera_list::ListFault;
use lotgate::model::event::SpaceSeen;
use lotgate::model::happening::{CallFault, Happening, HoldReason, PushRefusal};
use lotgate::model::moment::Voucher;
use lotgate::model::without_store::{ByItself, Mended, WhenItFails};
use lotgate::standard::codes::LaneState;
use lotgate::standard::money::Money;
use std::time::Duration;

fn entry() -> String {
    text("东门入口")
}

fn exit() -> String {
    text("东门出口")
}

fn plate() -> String {
    text("粤B12345")
}

fn operator() -> String {
    text("李四")
}

const RECORD: &str = "0123456789abcdef0123456789abcdef";
const AFTER: Duration = Duration::from_micros(12_340);
const AGAIN_IN: Duration = Duration::from_secs(4);

#[test]
fn happenings() {
    let examples = every!(Happening {
        PlateRead { lane: entry(), plate: plate(), live: true };
        PlateRead { lane: entry(), plate: plate(), live: false };
        Repeat { lane: entry(), plate: plate() };
        Redelivered { device: text("入口相机") };
        NoLane { device: text("入口相机") };
        Entered { lane: entry(), plate: plate(), record: text(RECORD).into() };
        Left { lane: exit(), plate: plate(), record: text(RECORD).into(), received: Money::yuan(12) };
        Held { lane: exit(), plate: plate(), reason: HoldReason::PaymentDue(Money::yuan(12)) };
        BookingUsed { plate: plate(), book_code: text("B1") };
        BookingExpired { plate: plate(), book_code: text("B1") };
        QueueFull { full: true, pending: 20_000, bytes: 268_435_456 };
        QueueFull { full: false, pending: 100, bytes: 1000 };
        SpaceSeen { space_no: text("A001"), seen: SpaceSeen::Free };
        SpaceSeen { space_no: text("A001"), seen: SpaceSeen::Occupied };
        SpaceSeen { space_no: text("A001"), seen: SpaceSeen::Unknown };
        Evicted { images: 10, states: 200 };
        ImageUploaded { place: text("2026/07/01/a.jpg") };
        ImageRefused { words: text("文件过大"), given_up: false };
        ImageRefused { words: text("文件过大"), given_up: true };
        Corrected { plate: plate(), before: text("无A0001"), reason: text("补录"), record: text(RECORD).into(), by: operator() };
        OpenedByHand { lane: exit(), by: operator(), reason: text("消防车") };
        OpenedByButton { lane: exit() };
        UnreadableRow { error: text("the database holds `x` where a plate belongs") };
        LetPassByHand { lane: exit(), plate: plate(), by: Some(operator()), held: HoldReason::NotInside };
        LetPassByHand { lane: exit(), plate: plate(), by: None, held: HoldReason::Locked };
        LeftUnknown { lane: exit(), plate: plate(), record: text(RECORD).into() };
        LeftUnknownEarlier { lane: exit(), plate: plate() };
        UnreadEarlier { lane: exit(), at: text("2026-07-01 08:00:00"), place: None };
        PutAside { lane: Some(exit()), what: text("粤B12345 m1") };
        PutAside { lane: None, what: text("booking YD1") };
        AsideAgain { number: 12, what: text("粤B12345 m1") };
        AsideDropped {
            number: 12,
            what: text("粤B12345 m1"),
            by: operator(),
            reason: text("相机时钟错误"),
        };
        OutOfTime {
            lane: exit(),
            device: text("出口相机"),
            plate: Some(plate()),
            at: text("9999-12-31 00:00:00"),
        };
        MovedByHand { lane: exit(), movement: Movement::HoldOpen, by: operator() };
        BackedOut { lane: exit(), plate: plate() };
        LetPassAgain { lane: exit(), plate: plate() };
        AssumedGone { lane: exit(), plate: plate() };
        LoopStuck { lane: exit() };
        MayBeOneCar { lane: entry(), first: plate(), second: text("粤B12399") };
        MayStillOpen { lane: exit(), plate: plate() };
        Tailed { lane: exit(), leaves: true, plate: None };
        Tailed { lane: entry(), leaves: false, plate: Some(plate()) };
        AllUp { by: operator(), reason: text("消防演习") };
        AllUpEnded { by: operator(), reason: text("演习结束") };
        StockTaken { by: operator(), closed: 12, entered: 3, misread: 1, reason: text("夜间盘点") };
        StockTakenBack { by: operator(), restored: 12, removed: 3 };
        MissingTurnedUp { lane: exit(), plate: plate(), record: text(RECORD).into() };
        NamedByHand {
            lane: exit(), reading: text("粤B1234S"), plate: plate(), by: operator(),
            reason: text("误识别")
        };
        BackedOutByHand { lane: entry(), by: operator(), reason: text("掉头") };
        TailSettled { lane: exit(), by: operator(), reason: text("挂车") };
        Matched { lane: exit(), reading: text("粤B1234S"), plate: plate(), record: text(RECORD).into() };
        EntryUnseen { lane: exit(), plate: plate(), record: text(RECORD).into() };
        TicketGiven { lane: exit(), plate: plate() };
        OpenedLate { lane: exit() };
        ReadsLay { broker: text("lot"), stand_there: 1, late: 3 };
        SnapshotKept { lane: exit(), place: text("2026/07/01/b.jpg") };
        BusUp { bus: text("485-1") };
        BusDown { bus: text("485-1"), error: text("No such device") };
        UnitRefused { device: text("道闸继电器"), exception: 2 };
        BatteryLow { device: text("地磁网络"), sensor: text("00ff000000000001"), percent: 9 };
        GarageAlarm { meaning: "急停" };
        MissionOrdered { mission: 7, store: true };
        MissionOrdered { mission: 8, store: false };
        MissionTaken { mission: 7, seconds: 90 };
        MissionDone { mission: 7, store: true };
        MissionFailed { mission: 7, words: text("车辆超长") };
        LaneStands { lane: entry(), state: LaneState::Normal };
        LaneStands { lane: entry(), state: LaneState::Congested };
        LaneStands { lane: entry(), state: LaneState::BadlyCongested };
        LaneStands { lane: entry(), state: LaneState::Stopped };
        LockReleased { plate: plate(), by: operator() };
        ClassGiven { plate: plate(), class: text("patient"), by: operator() };
        ClockUnproven { since: text("2026-03-02 08:00:00") };
        ClockProven { voucher: Voucher::HardwareClock, seconds: 86_400 };
        ClockProven { voucher: Voucher::Cameras, seconds: 86_400 };
        ClockProven { voucher: Voucher::Platform, seconds: 86_400 };
        ClockProven { voucher: Voucher::TimeServer, seconds: 86_400 };
        ClockStepped { seconds: -3600 };
        CalendarMissing { year: 2027 };
        ClassTaken { plate: plate(), class: text("patient"), by: operator() };
        PassGiven { plates: text("粤B12345 粤B54321"), by: operator() };
        PassWithdrawn { plates: text("粤B12345 粤B54321"), by: operator() };
        CouponGiven { coupon_no: text("0000000012"), by: text("一楼超市") };
        CouponReturned { coupon_no: text("0000000012"), by: operator() };
        CommandOffTime { code: 6003, seconds: 4000, refused: false };
        CommandOffTime { code: 6003, seconds: -4000, refused: true };
        BadSign { code: 6007, wrong: wrong_sign() };
        ConfigurationRefused { count: 2, first: text("`token` has fewer than 16 characters") };
        CallerRefused { address: text("203.0.113.9") };
        CallbackFromPage { address: text("203.0.113.9") };
        Crowded { door: text("0.0.0.0:8313"), address: text("203.0.113.9"), times: 17 };
        CallbackClosed { error: text("callback.pem: No such file"), again_in: Duration::from_secs(60) };
        ClosedUnseen { plate: plate(), record: text(RECORD).into() };
        PaidOtherwise { plate: plate(), record: text(RECORD).into(), due: Money::yuan(12), received: Money::yuan(8) };
        LeaseSpaceTaken { plate: plate(), since: text("2026-07-01 10:00:00") };
        LeaseSpaceLost { plate: plate() };
        OpenedByCamera { lane: entry(), plate: plate(), at: text("2026-07-01 03:00:00") };
        CameraListStuck { device: text("出口相机"), plate: plate(), removing: true, fault: ListFault::Silent };
        CameraListStuck { device: text("入口相机"), plate: plate(), removing: false, fault: ListFault::Refused(406) };
        CameraListMode { device: text("入口相机"), always: true };
        CameraListMode { device: text("入口相机"), always: false };
        CameraListFull { device: text("入口相机"), plates: 5000 };
        Paid { plate: plate(), received: Money::yuan(12), pay_from: text("微信"), by: None };
        Paid {
            plate: plate(), received: Money::yuan(12), pay_from: text("现金"), by: Some(operator())
        };
        Refunded {
            plate: plate(), record: text(RECORD).into(), money: Money::yuan(4), refund_from: text("现金"),
            by: operator()
        };
        Forgotten { records: 12, by: operator(), reason: text("本人要求") };
        ReportDropped {
            row: 4711, code: 5004, key: text(RECORD), by: operator(), reason: text("测试车辆")
        };
        LoginFailed { address: text("192.0.2.9") };
        SaidOnBox { by: text("root"), path: text("/api/queue/drop") };
        SocketShut { path: text("/var/lib/lotgate/lotgate.db.sock"), error: text("path must be shorter than SUN_LEN") };
        OutOfRole { merchant: text("一楼超市"), address: text("192.0.2.9") };
        BarrierCommanded { lane: entry(), act: Act::Open { output: 1 }, after: Some(AFTER) };
        BarrierCommanded { lane: entry(), act: Act::Close { output: 2 }, after: None };
        BarrierCommanded { lane: entry(), act: Act::Stop { output: 3 }, after: None };
        BarrierCommanded { lane: entry(), act: Act::Hold { output: 1 }, after: None };
        BarrierCommanded { lane: entry(), act: Act::Release { output: 1 }, after: None };
        BarrierConfirmed { lane: entry(), after: AFTER };
        BarrierFault { lane: entry(), fault: BarrierFault::Silent };
        BarrierMoved { lane: entry(), movement: Movement::Close, after: AFTER };
        BarrierNotMoved { lane: entry(), movement: Movement::Close, fault: BarrierFault::Unreachable };
        BarrierNotMoved { lane: entry(), movement: Movement::Release, fault: BarrierFault::Silent };
        DeviceOnline { device: text("入口相机") };
        DeviceOffline { device: text("入口相机") };
        BadMessage { device: text("入口相机"), error: text("expected value at line 1 column 1") };
        BrokerUp { broker: text("lot") };
        BrokerDown { broker: text("lot"), error: text("Connection refused") };
        BrokerOlder { broker: text("lot") };
        WindowOverrun { broker: text("lot"), window: 2048 };
        ClientIdKnown { error: text("/var/lib/lotgate/lotgate.db.client-id: Read-only file system") };
        RetainedIgnored { device: text("入口相机") };
        MessageTooLarge {
            broker: text("lot"), topic: text("device/1/message/up/ivs_result"), megabytes: 70, most: 64
        };
        PushRefused { device: text("入口相机"), why: PushRefusal::OtherAddress };
        PushRefused { device: text("192.0.2.9"), why: PushRefusal::UnknownPath };
        PushRefused { device: text("入口相机"), why: PushRefusal::WrongLogin };
        PushRefused { device: text("入口相机"), why: PushRefusal::TooLarge { most_mb: 4 } };
        PushRefused { device: text("入口相机"), why: PushRefusal::BrokenOff };
        PushRefused {
            device: text("入口相机"),
            why: PushRefusal::OtherCamera { claims: text("917e2298-8ddf3e46") },
        };
        PushClosed { name: text("lot"), error: text("address in use"), again_in: AGAIN_IN };
        CallsFail { device: text("入口相机"), fault: CallFault::Silent(text("192.0.2.7:80")) };
        CallsFail { device: text("入口相机"), fault: CallFault::LoginRefused };
        CallsFail { device: text("入口相机"), fault: CallFault::LoginUnknown };
        CallsAnswered { device: text("入口相机") };
        CameraListLeft { device: text("1001"), plates: 12 };
        LoginStopped { device: text("入口相机"), minutes: 60 };
        OpensItself { device: text("入口相机") };
        UnitMisnumbered { device: text("继电器板"), asked: 9, answered: 7 };
        MarkerMissing { broker: text("lot"), topic: text("lotgate/lotgate-440300-lot/marker") };
        ReachedAt { host: text("parking.example.cn"), at: text("203.0.113.9:443"), of: 2 };
        LoggedIn { renewed: false };
        LoggedIn { renewed: true };
        LoggedOut;
        Acknowledged { code: 5004, count: 20, after: AFTER };
        Refused { code: 5004, key: text(RECORD), words: text("车牌号码格式错误") };
        CalledByName { name: text("booth.example") };
        StateUnknown { device: text("地磁网络"), what: text("A001"), value: text("\"fault\"") };
        StateKnown { device: text("地磁网络"), what: text("A001") };
        InputUnknown { device: text("入口相机"), what: text("gpio_in 1"), value: text("9") };
        InputKnown { device: text("入口相机"), what: text("gpio_in 1") };
        MoreUnknown { device: text("地磁网络"), than: 6 };
        PointerMisses {
            device: text("入口相机"), key: text("plate"), pointer: text("/data/plat"), has: text("/data/plate, /id")
        };
        PointerMisses {
            device: text("地磁网络"), key: text("occupied"), pointer: text("/state"), has: text("/parking/state")
        };
        PointerMisses {
            device: text("入口相机"), key: text("time"), pointer: text("/tme"), has: text("/time")
        };
        PointerFinds { device: text("入口相机"), key: text("plate") };
        NothingReadable { device: text("入口相机"), error: text("expected value at line 1 column 1") };
        ReadableAgain { device: text("入口相机") };
        SentOnce { device: text("入口相机") };
        SentSafely { device: text("入口相机") };
        TopicRefused { broker: text("lot"), topic: text("device/1001/message/up/#"), reason: 0x87 };
        PublishRefused { broker: text("lot"), topic: text("device/1001/message/down/gpio_out"), reason: 0x87 };
        PublishAllowed { broker: text("lot"), topic: text("device/1001/message/down/gpio_out") };
        DeliveredOnce { broker: text("lot"), topics: vec![] };
        DeliveredOnce { broker: text("lot"), topics: vec![text("device/1001/message/up/ivs_result")] };
        DeliveredSafely { broker: text("lot") };
        PicturesFromAnywhere { device: text("入口相机") };
        CertificateRenewed { path: text("/etc/lotgate/ca.pem") };
        CertificateUnreadable { error: text("/etc/lotgate/ca.pem: no certificate in it"), kept: true };
        CertificateUnreadable { error: text("/etc/lotgate/ca.pem: no certificate in it"), kept: false };
        PutOff { code: 5004, key: text(RECORD), words: text("系统繁忙"), give_up_after: Duration::from_secs(86_400) };
        NotWanted { code: 5004, key: text(RECORD), words: text("HTTP 413") };
        UnwantedAside { code: 5004, key: text(RECORD), words: text("HTTP 413") };
        NoPictureTaken { words: text("HTTP 413") };
        MayBeDelivered { code: 5004, key: text(RECORD), words: text("unreadable answer: the body is not JSON") };
        GivenUp { code: 5004, key: text(RECORD), words: text("系统繁忙"), after: Duration::from_secs(90) };
        PictureUnreadable { key: text("2026/11/30/a.jpg"), error: text("entity not found") };
        WebListens { address: text("192.0.2.5:8313") };
        WebRefused { address: text("192.0.2.5:8313"), error: text("Cannot assign requested address"), again_in: AGAIN_IN };
        NotTaken { code: 5011, words: text("系统繁忙") };
        TakenWithoutAWord { code: 5004 };
        TakenAgain { code: 5011 };
        PlatformDown { error: text("no answer"), again_in: AGAIN_IN };
        PlatformUp;
        UnfitReport { error: text("plateNo: too long") };
        LinkTakenOver { times: 5 };
        LinkKept;
        AnotherGateway { stance: Stance::StandsBack, other: text("0b1c"), here: text("0a2d") };
        NoOtherGateway;
        DrivesAgain;
        ToldToDrive { by: operator(), reason: text("旧机已拆") };
        LinkUp;
        LinkLeft;
        LinkDown { error: text("Connection reset by peer"), again_in: AGAIN_IN };
        BadFrame { error: text("bad checksum") };
        Commanded { code: 6003, result_code: 0, message: text("成功") };
        CommitFailed { error: text("disk I/O error") };
        Reloaded { after_restart: vec![] };
        Reloaded { after_restart: vec!["[platform]", "[[mqtt]]"] };
        ReloadRefused { first: text("config.toml:3:1: error: `park_code` must not be empty") };
        DatabaseMended { mended: Mended { aside: Some(text("/var/lib/lotgate/lotgate.db.damaged-1")), copied: Some(jiff::Timestamp::UNIX_EPOCH), taken: 1200, unread: 7 } };
        DatabaseMended { mended: Mended { aside: None, copied: None, taken: 0, unread: 1 } };
        DatabaseBegun { path: text("/var/lib/lotgate/lotgate.db") };
        DatabaseUnderneath { path: text("/var/lib/lotgate/lotgate.db"), beside: text("/var/lib/lotgate/lotgate.db.underneath-1") };
        DatabaseDisplaced { path: text("/var/lib/lotgate/lotgate.db"), aside: None };
        DatabaseDisplaced { path: text("/var/lib/lotgate/lotgate.db"), aside: Some(text("/var/lib/lotgate/lotgate.db.damaged-1")) };
        CopyMade { path: text("/var/lib/lotgate/backups/lotgate.db.20260701T080000Z"), bytes: 40_960 };
        CopyFailed { error: text("database or disk is full") };
        CopiesAgain;
        LogHeld { bytes: 64_000_000 };
        LogCutBack { bytes: 64_000_000 };
        StoreLost { error: text("the database refuses: disk I/O error"), when_it_fails: WhenItFails { entry: ByItself::Open, exit: ByItself::Hold } };
        StoreBack { since: text("2026-07-01 08:00:00"), error: text("the database refuses: disk I/O error"), kept: 12, dropped: 0 };
        ReadWithoutStore { lane: entry(), plate: plate(), opens: true };
        ReadWithoutStore { lane: exit(), plate: plate(), opens: false };
        Ballast { there: false };
        Ballast { there: true };
    });
    let shown: String = examples
        .iter()
        .map(|(name, happening)| {
            let (weight, fields) = (Weight::of(happening), Fields::of(happening));
            // Whether it costs a line each time, or is counted.
            let pace = Source::of(happening).map(|(_, pace)| format!(", {pace:?} a minute"));
            let more = format!("{weight:?}{}", pace.unwrap_or_default());
            said(name, &more, happening) + &format!("  {fields:?}\n")
        })
        .collect();
    let last = [Lang::Zh, Lang::En].map(|lang| format!("  {}\n", of_several("…", 17, lang)));
    let shown = format!("{shown}The last of several\n{}", last.concat());
    // What a happening has not is not logged either.
    assert_snapshot("happenings", &shown, &[(r", \w+: None", ""), (r"Some\(([^)]*)\)", "$1")]);
}

#[test]
fn reasons_faults_and_movements() {
    let reasons = every!(HoldReason {
        NoPlate;
        Full;
        NotInside;
        Locked;
        Listed;
        PaymentDue(Money::yuan(12));
        Stopped;
        WithoutStore;
    });
    let faults = every!(BarrierFault {
        Refused(404);
        Busy;
        Silent;
        TooLate;
        Unreachable;
        NoBarrier;
        NotUp;
        Forbidden(text("device/1001/message/down/gpio_out"));
        Unproven;
    });
    let list_faults = every!(ListFault {
        Refused(406);
        Silent;
        Unreachable;
        Unsupported;
    });
    let movements = every!(Movement {
        Close;
        Stop;
        HoldOpen;
        Release;
    });
    let shown =
        [all_said(&reasons), all_said(&faults), all_said(&list_faults), all_said(&movements)];
    let shown = shown.join("\n");
    assert_snapshot("reasons", &shown, &[]);
}
