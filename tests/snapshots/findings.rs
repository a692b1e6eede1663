//! What the doctor and the self-test find.

use crate::{all_said, assert_snapshot, every, said, text, wrong_sign};
use lotgate::lang::{
    BoxFinding, DoctorVerdict, PlatformFinding, Problem, SelfTestFault, SelfTestFinding,
    SelfTestStep, TlsFault, WireFinding,
};
use lotgate::model::another_gateway::Stance;
use lotgate::model::happening::{CallFault, HoldReason};
use lotgate::model::input::ConnectionName;
use lotgate::model::moment::Voucher;
use lotgate::standard::money::Money;

fn user() -> String {
    text("lotgate")
}

fn database() -> String {
    text("/var/lib/lotgate/lotgate.db")
}

fn card() -> String {
    text("mmcblk0")
}

fn server() -> String {
    text("ntp.example")
}

fn bus() -> String {
    text("485-1")
}

fn port() -> String {
    text("/dev/ttyUSB0")
}

fn relay() -> String {
    text("道闸继电器")
}

fn camera() -> String {
    text("入口相机")
}

fn broker() -> String {
    text("lot")
}

fn host() -> String {
    text("platform.example")
}

fn address() -> String {
    text("platform.example:443")
}

fn since() -> String {
    text("2026-07-01 08:00:00")
}

#[test]
fn the_box() {
    let examples = every!(BoxFinding {
        Configuration { path: text("/etc/lotgate/config.toml"), lanes: 2, devices: 5 };
        ConfigurationRefused { count: 2 };
        RefusedButRuns { place: text("/etc/lotgate/config.toml:12"), problem: Problem::NoLogin };
        GatewayRuns;
        GatewayRests;
        NotEnabled;
        SocketSilent { path: text("/var/lib/lotgate/lotgate.db.sock"), error: text("Connection refused") };
        NoToken { listen: text("127.0.0.1:8313") };
        RightsFine { user: user() };
        Unreadable { path: text("/etc/lotgate/config.toml"), user: user() };
        Unwritable { path: text("/var/lib/lotgate"), user: user() };
        ReadableByAll { path: text("/etc/lotgate/config.toml") };
        Absent { path: text("/etc/lotgate/ca.pem") };
        NoDatabase { path: database() };
        DatabaseWell { path: database(), megabytes: 12 };
        DatabaseOlder { version: 1, newest: 2 };
        DatabaseNewer { version: 3, newest: 2 };
        DatabaseDamaged { path: database(), fault: text("malformed") };
        DatabaseAside { path: text("/var/lib/lotgate/lotgate.db.damaged-1") };
        DatabaseMended { at: text("2026-07-01 08:00:00"), fault: text("database disk image is malformed"), copied: Some(text("2026-07-01 02:00:00")), unread: 7 };
        CopyNewest { folder: text("/var/lib/lotgate/backups"), at: text("2026-07-01 02:00:00"), same_disk: true };
        CopyNewest { folder: text("/mnt/usb/lotgate"), at: text("2026-07-01 02:00:00"), same_disk: false };
        CopyOld { folder: text("/var/lib/lotgate/backups"), at: text("2026-06-01 02:00:00") };
        NoCopy { folder: text("/var/lib/lotgate/backups") };
        CopiesFail { folder: text("/mnt/usb/lotgate"), since: text("2026-07-01 08:00:00"), error: text("/mnt/usb/lotgate: Read-only file system (os error 30)") };
        DatabaseUnreachable { path: database(), fault: text("unable to open database file") };
        StoreAway { since: text("2026-07-01 08:00:00"), fault: text("database or disk is full") };
        StoreWasAway { since: text("2026-07-01 08:00:00"), until: text("2026-07-01 08:05:00"), fault: text("database or disk is full"), kept: 12, dropped: 3 };
        Queue { pending: 3 };
        QueueWaits { pending: 30, since: since() };
        QueueDead { dead: 2, code: 5004, words: text("1007 车牌不合规定") };
        NotTaken { waiting: 3, code: 5011, words: text("系统繁忙") };
        PutAside { aside: 1 };
        OutOfTime { late: 3 };
        QueueFull;
        DiskFree { path: text("/var/lib/lotgate"), megabytes: 9000 };
        DiskLow { path: text("/var/lib/lotgate"), megabytes: 100, wanted: 512 };
        DiskUnknown { path: text("/var/lib/lotgate"), error: text("Permission denied") };
        DiskOfMemory { path: text("/var/lib/lotgate") };
        DiskReadOnly { path: text("/var/lib/lotgate") };
        Wear { disk: card(), used: 20 };
        WearHigh { disk: card(), used: 90 };
        WearUntold { disk: card() };
        MediumLasts { megabytes_a_day: 1200, kilobytes_a_passage: Some(34), years: 5 };
        MediumLasts { megabytes_a_day: 9000, kilobytes_a_passage: None, years: 0 };
        MediumLasts { megabytes_a_day: 1, kilobytes_a_passage: Some(34), years: 100 };
        LogLarge { megabytes: 61, readers: vec![text("sqlite3 (4711)")] };
        LogLarge { megabytes: 61, readers: Vec::new() };
        WriterHolds { writer: text("sqlite3 (4711)") };
        ClockProven { voucher: Voucher::Platform };
        ClockUnproven { since: text("2026-03-02 08:00:00") };
        SystemClockIgnored { seconds: 86_400 };
        ClockRight { server: server(), off: text("0.1") };
        ClockOff { server: server(), off: text("2.5") };
        YearMissing { year: 2027 };
        ClockWrong { server: server(), off: text("86400.0") };
        NoTimeServer { servers: server(), error: text("timed out") };
        RtcRight { seconds: 0 };
        RtcWrong { seconds: 3600 };
        RtcAbsent;
    });
    let shown: String =
        examples.iter().map(|(name, found)| said(name, found.verdict().word(), found)).collect();
    assert_snapshot("findings_of_the_box", &shown, &[]);
}

#[test]
fn wires() {
    let examples = every!(WireFinding {
        TooLarge {
            broker: text("lot"), topic: text("device/1/message/up/ivs_result"),
            device: Some(text("入口相机")), since: text("2026-07-01 08:00:00")
        };
        TooLarge {
            broker: text("lot"), topic: text("a/b"), device: None, since: text("2026-07-01 08:00:00")
        };
        BrokerTakesAnyone { broker: text("lot") };
        BrokerWithoutRights { broker: text("lot") };
        BrokerLetsUsAnywhere { broker: text("lot") };
        MeansNothing { what: text("地磁网络: A001"), value: text("\"fault\""), since: since() };
        InputMeansNothing { what: text("入口相机: gpio_in 1"), value: text("9"), since: since() };
        PointsNowhere {
            key: text("入口相机: plate"), pointer: text("/data/plat"), has: text("/data/plate"), since: since()
        };
        NothingReadable { device: camera(), error: text("expected value at line 1 column 1"), since: since() };
        PublishForbidden { broker: text("lot"), topic: text("lotgate/gate/marker"), since: None };
        PublishForbidden { broker: text("lot"), topic: text("lotgate/gate/marker"), since: Some(since()) };
        DeliveredOnce { broker: text("lot"), topics: String::new(), since: None };
        DeliveredOnce { broker: text("lot"), topics: text("device/1001/message/up/ivs_result"), since: Some(since()) };
        SentOnce { device: camera(), since: since() };
        AnotherGateway { stance: Stance::StandsBack, other: "0b1c".to_owned(), here: "0a2d".to_owned(), since: since() };
        LinkTaken { times: 5, since: since() };
        ReadsStopped { device: text("入口相机"), since: text("2026-07-01 08:00:00"), others: 117 };
        PortOpens { bus: bus(), port: port(), line: text("9600 8N1") };
        PortAbsent { bus: bus(), port: port(), others: text("/dev/ttyS0") };
        PortForbidden { bus: bus(), port: port(), user: user(), group: Some(text("dialout")) };
        PortForbidden { bus: bus(), port: port(), user: user(), group: None };
        PortBusy { bus: bus(), port: port(), by: text("ModemManager") };
        PortConsole { bus: bus(), port: text("/dev/ttyS0") };
        PortFails { bus: bus(), port: port(), error: text("Invalid argument") };
        UnitAnswers { device: relay(), unit: 1, millis: 12 };
        UnitRefuses { device: relay(), unit: 1, place: text("holding 10"), exception: 2 };
        UnitSilent { device: relay(), unit: 1 };
        UnitElsewhere { device: relay(), unit: 1, keys: text("baud = 19200") };
        UnitMisnumbers { device: relay(), unit: 1, asked: 9, answered: 7 };
        UnitUnreachable { device: relay(), error: text("Connection refused") };
        DisplayMute { device: text("余位屏") };
        BrokerAnswers { broker: broker(), address: text("127.0.0.1:1883"), devices: 0, seconds: 35 };
        BrokerAnswers { broker: broker(), address: text("127.0.0.1:1883"), devices: 2, seconds: 35 };
        BrokerForThisMachine { broker: broker(), port: 1883 };
        BrokerWrites { broker: broker(), seconds: 10 };
        BrokerWrites { broker: broker(), seconds: 86_400 };
        BrokerWrites { broker: broker(), seconds: 0 };
        BrokerWritesAll { broker: broker(), changes: 1 };
        BrokerWritesNothing { broker: broker() };
        BrokerKeeps { broker: broker(), plain: 60_000, pictured: 497 };
        BrokerKeepsAll { broker: broker() };
        BrokerNearlyFull { broker: broker(), percent: 81, kept: 402, megabytes: 104 };
        BrokerOverruns { broker: broker(), asked: 4, at_once: 7 };
        BrokerReturnsMarker { broker: broker() };
        BrokerKeepsMarker {
            broker: broker(),
            topic: text("lotgate/lotgate-440300-lot/marker"),
            user: text("lot"),
        };
        BrokerKeepsTopic { broker: broker(), topic: text("device/1001/message/up/#"), user: text("lot"), devices: camera() };
        BrokerRefuses { broker: broker(), address: text("127.0.0.1:1883"), words: text("not authorised") };
        BrokerUnreachable {
            broker: broker(),
            address: text("127.0.0.1:1883"),
            error: text("Connection refused"),
        };
        BrokerWithoutTls {
            broker: broker(),
            address: text("127.0.0.1:8883"),
            fault: TlsFault::OldVersion(text("TLS 1.1")),
        };
        Heard { device: camera(), seconds: 3 };
        Silent {
            device: camera(),
            seconds: 35,
            topics: text("device/1/up/…"),
            others: text("device/2/up/keep_alive"),
        };
        SilentSoFar { device: camera(), seconds: 35, topics: text("aiot/plate/1") };
        BehindBroker { device: camera(), broker: broker() };
        Up { what: ConnectionName::Https, since: since() };
        LinkLeft { since: since() };
        Down { what: ConnectionName::Bus(bus()), since: since(), error: text("No such device") };
        NotTried { what: ConnectionName::Broker(broker()) };
        DeviceOnline { device: camera(), since: Some(since()) };
        DeviceOnline { device: camera(), since: None };
        DeviceOffline { device: camera(), since: Some(since()) };
        DeviceOffline { device: camera(), since: None };
        DeviceUnheard { device: camera() };
        CameraListWaits { device: camera(), removals: 2, since: since(), error: text("refused 406") };
        CameraListOpensAlways { device: camera() };
        CameraListOpensNever { device: camera() };
        CallsFail { device: camera(), since: since(), fault: CallFault::LoginUnknown };
        NeverPushed { device: camera(), listen: text("0.0.0.0:8390") };
        PushesUnheard { device: camera() };
    });
    let shown: String =
        examples.iter().map(|(name, found)| said(name, found.verdict().word(), found)).collect();
    assert_snapshot("findings_of_wires", &shown, &[]);
}

#[test]
fn the_platform() {
    let examples = every!(PlatformFinding {
        NameResolves { host: host(), addresses: text("203.0.113.9") };
        NameUnknown { host: host(), error: text("Name or service not known") };
        HostUnreachable { address: address(), error: text("Connection refused") };
        Certificate { of: address(), until: text("2027-01-01"), days: 184 };
        CertificateEnds { of: address(), until: text("2026-07-11"), days: 10 };
        CertificateEnded { of: address(), until: text("2026-06-30") };
        CertificateNotYet { of: address(), from: text("2026-07-02") };
        CertificateUnsigned { of: address(), issuer: text("CN=City CA"), ca_file: Some(text("ca.pem")) };
        CertificateUnsigned { of: address(), issuer: text("CN=City CA"), ca_file: None };
        CertificateOfOther { of: address(), host: host(), names: text("other.example") };
        CertificateBad { of: address(), error: text("no TLS handshake within 10 s") };
        NoTls { of: address(), fault: TlsFault::OldVersion(text("TLS 1.1")) };
        NoTls { of: address(), fault: TlsFault::RsaKeyExchange(text("TLS_RSA_WITH_AES_128_CBC_SHA")) };
        NoTls { of: address(), fault: TlsFault::OldSuite(text("TLS_DHE_RSA_WITH_AES_128_CBC_SHA")) };
        NoTls { of: address(), fault: TlsFault::KeyOn(text("P-521")) };
        NoTls { of: address(), fault: TlsFault::GroupOnly(text("P-521")) };
        NoTls { of: address(), fault: TlsFault::Refused(text("alert 40, HandshakeFailure")) };
        NoTls { of: address(), fault: TlsFault::Http };
        NoTls { of: address(), fault: TlsFault::Foreign(text("SSH-2.0-OpenSSH_9.2")) };
        NoTls { of: address(), fault: TlsFault::Closes };
        NoTls { of: address(), fault: TlsFault::Silent };
        NoTls { of: address(), fault: TlsFault::CommonNameOnly(text("localhost")) };
        NoTls { of: address(), fault: TlsFault::CommonNameOnly(text("")) };
        LoggedIn { what: ConnectionName::Https, millis: 80 };
        LoginRefused { what: ConnectionName::Https, words: text("密码错误") };
        LoginFailed { what: ConnectionName::Https, error: text("no answer") };
        LoginFailed { what: ConnectionName::Link, error: text("no answer") };
        ListenFree { section: "[web]", listen: text("127.0.0.1:8313") };
        ListenTaken { section: "[web]", listen: text("127.0.0.1:8313"), error: text("Address in use") };
        CommandsOffTime { count: 3, since: since(), code: 6003, seconds: 4000 };
        CommandsOffTime { count: 1, since: since(), code: 6003, seconds: -4000 };
        WrongSign { since: since(), code: 6007, wrong: wrong_sign() };
    });
    let shown: String =
        examples.iter().map(|(name, found)| said(name, found.verdict().word(), found)).collect();
    assert_snapshot("findings_of_the_platform", &shown, &[]);
}

#[test]
fn the_self_test() {
    let steps = every!(SelfTestStep {
        Start;
        LogIn;
        Link;
        BaseData { count: 12 };
        Enter { lane: text("东门入口"), millis: 20 };
        Lock { lane: text("东门出口") };
        Fee { due: text("12") };
        Leave { lane: text("东门出口"), millis: 20 };
        Outage { lane: text("东门入口") };
        Drain { count: 40 };
        Strict;
    });
    let faults = every!(SelfTestFault {
        Late { seconds: 20 };
        Held { reason: HoldReason::PaymentDue(Money::yuan(12)) };
        NotHeld;
        Refused { words: text("车牌号码格式错误") };
        Other { error: text("Permission denied") };
    });
    let findings = every!(SelfTestFinding {
        Passed { step: SelfTestStep::LogIn };
        Failed { step: SelfTestStep::LogIn, fault: SelfTestFault::Late { seconds: 20 } };
    });
    let shown = [all_said(&steps), all_said(&faults), all_said(&findings)].join("\n");
    assert_snapshot("findings_of_the_self_test", &shown, &[]);
}

#[test]
fn verdicts_and_connections() {
    let verdicts = every!(DoctorVerdict {
        Ok;
        Warning;
        Failure;
    });
    let connections = every!(ConnectionName {
        Https;
        Link;
        Web;
        Broker(broker());
        Bus(bus());
        Calls(camera());
        Signs;
        Messages(broker());
        Said(text("地磁网络"), text("A001"));
        OddInput(camera(), text("gpio_in 1"));
        Pointer(camera(), text("plate"));
        Unread(camera());
        Forbidden(broker(), text("lotgate/gate/marker"));
        DeliveredOnce(broker());
        SentOnce(camera());
        AnotherGateway;
        LinkKept;
        Copies;
    });
    let shown = [all_said(&verdicts), all_said(&connections)].join("\n");
    assert_snapshot("verdicts_and_connections", &shown, &[]);
}
