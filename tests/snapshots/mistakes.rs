//! What is said about a wrong configuration and a wrong request.

use crate::{all_said, assert_snapshot, every, said, text};
use lotgate::lang::{
    LotProblem, PaperColumn, PaperProblem, Problem, RequestProblem, TopicFault, Wanted,
};
use lotgate::model::put_aside::AsideRefusal;
use lotgate::model::queue::QueueRefusal;
use lotgate::model::staff::{QuotaKind, Refusal};
use lotgate::standard::money::Money;

#[test]
fn problems() {
    let examples = every!(Problem {
        Unreadable { path: text("/etc/lotgate/config.toml"), error: text("No such file") };
        Encoding { path: text("/etc/lotgate/config.toml"), encoding: "GBK" };
        MixedEncodings { path: text("/etc/lotgate/config.toml") };
        Syntax { error: text("expected `=`") };
        UnknownKey { key: text("park_nmae"), place: text("[lot]"), nearest: Some(text("park_name")) };
        UnknownKey { key: text("colour"), place: text("[lot]"), nearest: None };
        Missing { key: text("park_code"), place: text("[lot]") };
        WrongType { key: text("total_spaces"), wanted: Wanted::WholeNumber };
        Empty { key: text("park_name") };
        TooLong { key: text("park_name"), max: 64, have: 70 };
        OutOfRange { key: text("unit"), low: 1, high: 247 };
        NotOneOf {
            key: text("direction"),
            allowed: text("\"entry\" | \"exit\" | \"both\""),
            nearest: Some(text("entry")),
        };
        NotOneOf {
            key: text("direction"),
            allowed: text("\"entry\" | \"exit\" | \"both\""),
            nearest: None,
        };
        NotAnAddress { key: text("listen") };
        NotAHostName { name: text("http://box:8313") };
        NotAUrl { key: text("base_url"), scheme: "https" };
        NotATimeZone { name: text("Asia/Shenzhen") };
        NotADesKey { error: text("8 bytes wanted") };
        NotANetwork { name: text("10.0.0.0/33") };
        NoSuch { what: "device", name: text("入口像机"), nearest: Some(text("入口相机")) };
        NoSuch { what: "device", name: text("相机"), nearest: None };
        Twice { key: text("name"), value: text("入口相机") };
        TokenNeeded { listen: text("0.0.0.0:8313") };
        MerchantsNeedToken;
        TokenOfTwo { of: text("一楼超市") };
        NotOneGift;
        CouponWithoutBound;
        EmptySecret { key: text("password") };
        ShortToken { key: text("token"), least: 16 };
        NoLogin;
        LoginInAddress;
        HalfLogin { key: text("password"), other: text("username") };
        CallbackOpen { listen: text("0.0.0.0:9445") };
        SecretMissing { place: text("password"), error: text("No such file") };
        NotAFileName { key: text("client_key") };
        FileMissing { path: text("/etc/lotgate/ca.pem") };
        PasswordTooLong { max: 64 };
        TwoSecrets { key: text("password") };
        CameraTwice { camera: text("入口相机") };
        UnfitDevice { key: text("camera"), name: text("余位屏") };
        SerialOrCamera;
        NotAPointer { key: text("plate") };
        NotInAPath { key: text("secret") };
        NotANumber { key: text("5004") };
        NoTable;
        TwoTables;
        BitOfBit;
        BadPointAddress { address: 0 };
        NotWritable { key: text("command") };
        SensorTwice { place: text("地磁网络 1") };
        BadCsv { error: text("line 3 has 4 fields") };
        Paper(PaperProblem::Workbook);
        BothSpaces;
        NotADevEui;
        NoEvent { code: 99 };
        NotLonger { key: text("badly_congested_after"), than: text("congested_after") };
        NotBoth { key: text("flat"), other: text("first") };
        NoAttribute { name: text("permit_no"), nearest: Some(text("permitNo")) };
        NoAttribute { name: text("colour"), nearest: None };
        Lot(LotProblem::NoExit);
    });
    let shown: String = examples
        .iter()
        .map(|(name, problem)| said(name, &format!("{:?}", problem.severity()), problem))
        .collect();
    assert_snapshot("problems", &shown, &[]);
}

#[test]
fn problems_of_lots() {
    let near = || Some(text("4403040010010100001001"));
    let examples = every!(LotProblem {
        CodeLength { key: text("park_code"), want: 20, have: 19 };
        CodeCharacter { key: text("park_code"), odd: 'A', capitals: false };
        CodeCharacter { key: text("space_no"), odd: 'a', capitals: true };
        CodeOfOther { key: text("space_no"), park_code: text("44030400100101000010") };
        ShortDistrict { want: 9, have: 6 };
        NoGarage { code: text("4403040010010100001002"), nearest: near() };
        NoGarage { code: text("1"), nearest: None };
        IsGarage { written: 0 };
        IsGarage { written: 1 };
        HalfAPlace { key: text("longitude"), other: text("latitude") };
        SwappedPlace { longitude: 22.5562, latitude: 114.0866 };
        OutsideChina { key: text("longitude"), low: 73.0, high: 136.0 };
        NoSpaceAtAll;
        MoreThanTotal { key: text("reservable_spaces"), have: 21, total: 20 };
        MoreNumbered { numbered: 21, total: 20 };
        GaragesTooLarge { garages: 60, total: 20 };
        GarageOverfull { numbered: 61, total: 60 };
        StreetWithoutSpaces;
        LaneWithoutRoad;
        NoLanes;
        NoEntry;
        NoExit;
        RuleUnreached { by: 2 };
        VehiclesTaken;
        ClassUnused { name: text("patient") };
        DearerThanCap { price: text("10"), cap: text("5") };
        YearMissing { year: 2027 };
        NoCapAnew { key: text("every_day") };
        FreeAfterSteps;
        FlatOfADay;
        NoTariff;
        ExitWithoutBarrier;
        PositionOfOther { on_street: true };
        PositionOfOther { on_street: false };
        MaterialOfOther { mechanical: true };
        MaterialOfOther { mechanical: false };
        PileWithoutEquipment;
        SpaceWithoutPile;
        PileCharges;
        OtherCharges;
        NoEquipmentType { written: text("1001") };
        TypeOfOther { driver: text("modbus-plc"), types: text("\"6000\" … \"6018\"") };
        GarageUnsaid;
        NoSpace { number: text("4403040010010100001000B1A10B"), nearest: Some(text("4403040010010100001000B1A108")) };
        NoSpace { number: text("1"), nearest: None };
        CodeTwice { code: text("77775555001001") };
        EquipmentOfTwoLanes { name: text("遥控器"), lane: text("东入口") };
        GarageWithoutPlc { key: text("mission") };
        GarageTwice { id: text("a1dc1d9fccdc441fb6238fb43fab0001") };
        PlcNumberTwice { number: 4 };
        AlarmOfPlates { code: 1001 };
        LongColor { key: text("plate_colors"), max: 3, have: 4 };
        ShortCap;
        GatewayUnfiled;
        ShortSecret { least: 8 };
        SecretTwice;
        TopicOfMany { key: text("sn") };
        TopicTwice { other: text("入口相机") };
        MeansBoth { word: text("2.00") };
        TopicUnmatched { key: text("topic"), why: TopicFault::Shared };
        TopicUnmatched { key: text("topic"), why: TopicFault::OfBroker };
        TopicUnmatched { key: text("topic"), why: TopicFault::Spaces };
        NoTopic { key: text("guidance_topic") };
        AddressTwice { other: text("入口相机") };
        NotACamerasAddress { name: text("127.0.0.1") };
        ListNotTold;
        BarrierNotTold { name: text("入口相机") };
        BarrierWithoutLogin { name: text("入口相机") };
        FromExample { key: text("park_code") };
    });
    let shown: String = examples
        .iter()
        .map(|(name, problem)| said(name, &format!("{:?}", problem.severity()), problem))
        .collect();
    assert_snapshot("problems_of_lots", &shown, &[]);
}

#[test]
fn what_keys_want() {
    let examples = every!(Wanted {
        Text;
        WholeNumber;
        Number;
        Boolean;
        Duration;
        Amount;
        Table;
        List;
        Secret;
        Id;
        DateTime;
        TimeOfDay;
        Size;
        EventCode;
        DaysOfYear;
        Plates;
    });
    assert_snapshot("wanted", &all_said(&examples), &[]);
}

#[test]
fn papers() {
    let columns = every!(PaperColumn {
        Plates;
        Spaces;
        SpaceCount;
        Begin;
        End;
        Period;
        Fixed;
        Cycles;
        CycleType;
        Amount;
        Phone;
    });
    let problems = every!(PaperProblem {
        Workbook;
        WebPage;
        NoText { byte: 17 };
        Empty;
        TooManyRows { most: 20_000 };
        RowInCell;
        NoHeading { names: text("车牌号码, 开始日期, 到期日期") };
        ColumnMissing { column: PaperColumn::Begin, names: text("开始日期, begin_date") };
        ColumnTwice { column: PaperColumn::End, first: text("到期日期"), second: text("有效期至") };
        EmptyCell { column: PaperColumn::Plates };
        NoPlate { text: text("没有") };
        NoDay { text: text("长期") };
        TwoDays { text: text("1/5/2026") };
        NoPeriod { text: text("一年") };
        NoNumber { text: text("两") };
        OutOfRange { low: 1, high: 100 };
        NoAmount { text: text("免费") };
        NoWord { text: text("年"), allowed: text("月 | 日") };
        Rounded { text: text("1.38E+10") };
        SheetError { text: text("#REF!") };
        MadeDate { text: text("2月1日") };
        SameCars { line: 3 };
    });
    let shown = [all_said(&columns), all_said(&problems)].join("\n");
    assert_snapshot("papers", &shown, &[]);
}

#[test]
fn requests() {
    let problems = every!(RequestProblem {
        Unreadable { error: text("length limit exceeded") };
        NotJson { at: text("line 1 column 5") };
        NotCalledJson;
        NotCalledCsv;
        NotOurName { host: text("evil.example") };
        ForeignOrigin { origin: text("http://evil.example") };
        ForeignSite;
        TooLarge { megabytes: 2 };
        BrokenOff;
        NoRoom;
        Missing { field: text("plateNo") };
        Unknown { field: text("plate") };
        Kind { field: text("tail") };
        Token;
        NoTokenSet;
        NotOfMerchants;
        Id;
        Plate { field: "plateNo" };
        Count { field: "plateNoList", max: 20 };
        OneOf { field: "plateNo", other: "recordId" };
        Unfit { field: "value", with: "kind" };
        Length { field: "operator", max: 32 };
        Range { field: "limit", low: 1, high: 500 };
        Whole { field: "value", low: 1, high: 100 };
        NotPositive { field: "receivedMoney" };
        Negative { field: "discountMoney" };
        Time { field: "enterTime" };
        Years { field: "endDate" };
        Refused(Refusal::NotInside);
        Queue(QueueRefusal::NoRow { row: 4711 });
        Aside(AsideRefusal::NoSuch { number: 12 });
        NotStored;
        NoPicture;
    });
    let refusals = every!(Refusal {
        NotInside;
        NoRecord;
        NoLane;
        NoLease;
        NotLocked;
        NotOfClass;
        NothingDue;
        MoreThanDue { due: Money::yuan(12) };
        MoreThanReceived;
        PlateInside;
        EndsBeforeItBegan;
        BadLease;
        ChargeKnown;
        NoSuchOutput;
        LeadsIn;
        NobodyWaits;
        NobodyPassed;
        NoTail;
        AllUp;
        NotAllUp;
        AlreadyOver;
        EndsBeforeItBegins;
        TooFar { days: 366 };
        NoPass;
        PassOver;
        TooMany { max: 20 };
        IdUsed;
        NoOffer;
        StayEnded;
        BeginsLater;
        NotStackable;
        QuotaReached { quota: QuotaKind::CouponsADay };
        QuotaReached { quota: QuotaKind::CouponsAMonth };
        QuotaReached { quota: QuotaKind::YuanADay };
        QuotaReached { quota: QuotaKind::YuanAMonth };
        NoCoupon;
        CouponGone;
        CouponInUse;
        PutAside;
        NoClass;
        StillHere;
        InForce;
        CountedLater;
        NoStockTaking;
        StockTakenBack;
        StockTooOld { hours: 24 };
    });
    let of_queue = every!(QueueRefusal {
        NoRow { row: 4711 };
        Waits { row: 4711 };
        Money { row: 4711, code: 5008 };
    });
    let of_aside = every!(AsideRefusal {
        NoSuch { number: 12 };
        Row { number: 12 };
        Money { number: 12 };
        PutAside;
    });
    let all = [all_said(&problems), all_said(&refusals), all_said(&of_queue), all_said(&of_aside)];
    let shown = all.join("\n");
    assert_snapshot("requests", &shown, &[]);
}
