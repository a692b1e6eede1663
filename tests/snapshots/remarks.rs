//! What people at the platform and in front of displays read.

use crate::{assert_snapshot, examples};
use lotgate::lang::{Lang, scenes};
use lotgate::model::another_gateway::Stance;
use lotgate::model::barrier::BarrierFault;
use lotgate::model::event::LostWhy;
use lotgate::model::happening::HoldReason;
use lotgate::model::outcome::Occasion;
use lotgate::model::remark::{Remark, Reproach};
use lotgate::standard::money::Money;

const LET_PASS: HoldReason = HoldReason::NotInside;

#[test]
fn remarks() {
    let forbidden = BarrierFault::Forbidden("device/1001/message/down/gpio_out".to_owned());
    let due = HoldReason::PaymentDue(Money::yuan(12));
    let examples = examples!(Remark {
        ForgedPlate;
        LockedHeld;
        ListedHeld { strategy: 1, from: "市公安局" };
        ListedPasses { leaves: false, strategy: 2, from: "市公安局" };
        ListedPasses { leaves: true, strategy: 2, from: "市公安局" };
        LetPassByHand { held: &LET_PASS, by: Some("李四"), reason: "车主出示票据" };
        LetPassByHand { held: &due, by: Some("李四"), reason: "设备故障" };
        LetPassByHand { held: &due, by: None, reason: "" };
        LeavesUnseen;
        EntryUnseen;
        Tailed { leaves: true };
        Tailed { leaves: false };
        AllUp { by: "李四", reason: "消防演习" };
        AnotherGateway { stance: Stance::StandsBack, other: "0b1c" };
        NoOtherGateway { stood_back: false };
        NoOtherGateway { stood_back: true };
        AllUpEnded { by: "李四", reason: "演习结束" };
        Matched { reading: "粤B1234S", kept: "粤B12345" };
        StoppedByStaff { by: "李四", reason: "维修" };
        DeviceOffline;
        ClockWrong;
        ClockPutRight { seconds: 86_400 };
        BarrierNotOpened(&BarrierFault::Refused(404));
        BarrierNotOpened(&BarrierFault::Silent);
        BarrierNotOpened(&BarrierFault::Unreachable);
        BarrierNotOpened(&BarrierFault::NoBarrier);
        BarrierNotOpened(&BarrierFault::NotUp);
        BarrierNotOpened(&forbidden);
        CalendarMissing { year: 2027 };
        EmergencyPasses { leaves: true };
        EmergencyPasses { leaves: false };
        BarrierFaulty;
        LoopStuck;
        ListedYet { plate: "粤B12345" };
        OutOfTime { at: "9999-12-31 00:00:00" };
        PutAside { what: "粤B12345" };
        NotWanted { what: "2001 /20260701/440305000012/0123456789abcdef/1782900000000_1_1.jpg", words: "HTTP 413" };
        CallStaff;
        CarHeld;
        DatabaseMended { copied: Some("2026-07-01 08:00:00"), taken: 1200, unread: 7 };
        DatabaseMended { copied: None, taken: 0, unread: 1 };
        CopiesFail { error: "/mnt/usb/lotgate: Read-only file system (os error 30)" };
        QueueFull { pending: 20_000, bytes: 268_435_456 };
        StoreWasAway { since: "2026-07-01 08:00:00", until: "2026-07-01 08:05:00", kept: 12, dropped: 0 };
        MissionLost(LostWhy::NotTaken);
        MissionLost(LostWhy::Restarted);
        MissionLost(LostWhy::NeverBegan);
        Said("车库检修");
    });
    let shown = examples
        .iter()
        .map(|(name, remark)| format!("{name}\n  {}\n", remark.text()))
        .collect::<Vec<_>>()
        .concat();
    assert_snapshot("remarks", &shown, &[]);
}

#[test]
fn reproaches() {
    let examples = examples!(Reproach {
        NotDownward { code: 5004 };
        NotOffered { code: 9001, name: "预留接口" };
        NoElements;
        Failed;
        PlateTooShort;
        GarageTakesNoOrders;
        ControllerOffline;
        ControllerRefused;
        TooManyMissions;
        NoPlcNumber;
        PutAside;
        NotStored;
        TooMany;
        NotLoggedIn;
        NotText;
        NotJson { detail: "expected value at line 1 column 1" };
        NotObject;
        NoData;
        BadSign;
        NoResultCode;
        NoCode;
        NotPost;
        FromPage;
        TooLarge;
        Broken;
    });
    let shown = examples
        .iter()
        .map(|(name, reproach)| format!("{name}\n  {}\n", reproach.text()))
        .collect::<Vec<_>>()
        .concat();
    assert_snapshot("reproaches", &shown, &[]);
}

#[test]
fn displays() {
    let shown = Occasion::ALL.map(|occasion| {
        let [zh, en] = [Lang::Zh, Lang::En].map(|lang| {
            let (lines, voice) = scenes::words(occasion, lang);
            format!("  {}  “{voice}”", lines.join(" | "))
        });
        format!("{}\n{zh}\n{en}\n", occasion.name())
    });
    let shown = shown.concat();
    assert_snapshot("displays", &shown, &[]);
}
