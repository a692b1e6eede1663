//! Findings about the box itself: configuration, rights, database, disk, clocks.

use super::DoctorVerdict;
use crate::lang::language::{Lang, Words, say};
use crate::lang::problems::Problem;
use crate::model::moment::Voucher;

/// One finding about the box.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "named for what they say and hold")]
pub enum BoxFinding {
    // The configuration and the service.
    Configuration { path: String, lanes: usize, devices: usize },
    ConfigurationRefused { count: usize },
    RefusedButRuns { place: String, problem: Problem },
    GatewayRuns,
    GatewayRests,
    NotEnabled,
    SocketSilent { path: String, error: String },
    NoToken { listen: String },
    // Rights.
    RightsFine { user: String },
    Unreadable { path: String, user: String },
    Unwritable { path: String, user: String },
    ReadableByAll { path: String },
    Absent { path: String },
    // The database and its queue.
    NoDatabase { path: String },
    DatabaseWell { path: String, megabytes: u64 },
    DatabaseOlder { version: usize, newest: usize },
    DatabaseNewer { version: usize, newest: usize },
    DatabaseDamaged { path: String, fault: String },
    DatabaseAside { path: String },
    DatabaseUnreachable { path: String, fault: String },
    StoreAway { since: String, fault: String },
    DatabaseMended { at: String, fault: String, copied: Option<String>, unread: i64 },
    CopyNewest { folder: String, at: String, same_disk: bool },
    CopyOld { folder: String, at: String },
    NoCopy { folder: String },
    CopiesFail { folder: String, since: String, error: String },
    LogLarge { megabytes: u64, readers: Vec<String> },
    WriterHolds { writer: String },
    StoreWasAway { since: String, until: String, fault: String, kept: i64, dropped: i64 },
    Queue { pending: i64 },
    QueueWaits { pending: i64, since: String },
    QueueDead { dead: i64, code: u16, words: String },
    NotTaken { waiting: i64, code: u16, words: String },
    QueueFull,
    PutAside { aside: i64 },
    OutOfTime { late: i64 },
    // The disk.
    DiskFree { path: String, megabytes: u64 },
    DiskLow { path: String, megabytes: u64, wanted: u64 },
    DiskUnknown { path: String, error: String },
    DiskOfMemory { path: String },
    DiskReadOnly { path: String },
    Wear { disk: String, used: u32 },
    WearHigh { disk: String, used: u32 },
    WearUntold { disk: String },
    MediumLasts { megabytes_a_day: u64, kilobytes_a_passage: Option<u64>, years: u64 },
    // Clocks.
    ClockProven { voucher: Voucher },
    ClockUnproven { since: String },
    SystemClockIgnored { seconds: i64 },
    ClockRight { server: String, off: String },
    ClockOff { server: String, off: String },
    ClockWrong { server: String, off: String },
    YearMissing { year: i16 },
    NoTimeServer { servers: String, error: String },
    RtcRight { seconds: i64 },
    RtcWrong { seconds: i64 },
    RtcAbsent,
}

/// A medium that lasts fewer years is worth a word.
const LASTS: u64 = 5;

impl BoxFinding {
    /// How well it is.
    pub fn verdict(&self) -> DoctorVerdict {
        match self {
            Self::Configuration { .. }
            | Self::GatewayRuns
            | Self::GatewayRests
            | Self::NoToken { .. }
            | Self::RightsFine { .. }
            | Self::NoDatabase { .. }
            | Self::DatabaseWell { .. }
            | Self::DatabaseOlder { .. }
            | Self::CopyNewest { .. }
            | Self::NoCopy { .. }
            | Self::Queue { .. }
            | Self::DiskFree { .. }
            | Self::Wear { .. }
            | Self::MediumLasts { years: LASTS.., .. }
            | Self::ClockProven { .. }
            | Self::ClockRight { .. }
            | Self::RtcRight { .. } => DoctorVerdict::Ok,
            Self::ConfigurationRefused { .. }
            | Self::RefusedButRuns { .. }
            | Self::NotEnabled
            | Self::SocketSilent { .. }
            | Self::ReadableByAll { .. }
            | Self::DatabaseAside { .. }
            | Self::StoreWasAway { .. }
            | Self::DatabaseMended { .. }
            | Self::CopyOld { .. }
            | Self::QueueWaits { .. }
            | Self::QueueDead { .. }
            | Self::OutOfTime { .. }
            | Self::NotTaken { .. }
            | Self::DiskUnknown { .. }
            | Self::WearUntold { .. }
            | Self::MediumLasts { .. }
            | Self::LogLarge { .. }
            | Self::ClockOff { .. }
            | Self::SystemClockIgnored { .. }
            | Self::NoTimeServer { .. }
            | Self::RtcWrong { .. }
            | Self::YearMissing { .. }
            | Self::RtcAbsent => DoctorVerdict::Warning,
            Self::Unreadable { .. }
            | Self::Unwritable { .. }
            | Self::Absent { .. }
            | Self::DatabaseNewer { .. }
            | Self::DatabaseDamaged { .. }
            | Self::DatabaseUnreachable { .. }
            | Self::StoreAway { .. }
            | Self::CopiesFail { .. }
            | Self::QueueFull
            | Self::WriterHolds { .. }
            | Self::PutAside { .. }
            | Self::DiskLow { .. }
            | Self::DiskOfMemory { .. }
            | Self::DiskReadOnly { .. }
            | Self::WearHigh { .. }
            | Self::ClockUnproven { .. }
            | Self::ClockWrong { .. } => DoctorVerdict::Failure,
        }
    }
}

impl Words for BoxFinding {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Configuration { path, lanes, devices } => say!(
                lang,
                "配置 {path}：{lanes} 条车道，{devices} 台设备",
                "configuration {path}: {lanes} lanes, {devices} devices"
            ),
            Self::ConfigurationRefused { count } => say!(
                lang,
                "配置有 {count} 处错误，平台会拒绝或车辆无法正常进出；请运行 lotgate check 查看",
                "the configuration has {count} mistakes that the platform or cars will meet; lotgate check names them"
            ),
            Self::RefusedButRuns { place, problem } => {
                let problem = problem.text(lang);
                say!(lang, "{place}：{problem}", "{place}: {problem}")
            }
            Self::GatewayRuns => say!(
                lang,
                "网关正在运行：平台、总线和设备的状态由它提供",
                "the gateway runs: it says how the platform, buses and devices stand"
            ),
            Self::GatewayRests => say!(
                lang,
                "网关未运行：逐项直接检测",
                "the gateway does not run: everything is tried from here"
            ),
            Self::NotEnabled => say!(
                lang,
                "重启后网关不会自动启动；请运行 systemctl enable lotgate",
                "the gateway will not come back after a restart of the box; run systemctl enable lotgate"
            ),
            Self::SocketSilent { path, error } => say!(
                lang,
                "命令行无法通过 {path} 联系运行中的网关（{error}）；请查看网关日志，或设置 [web] token",
                "the command line cannot reach the running gateway by {path} ({error}); look at the gateway's log, or set `token` in [web]"
            ),
            Self::NoToken { listen } => say!(
                lang,
                "[web] 未设置 token：{listen} 只回答 /healthz；岗亭软件需要 token，本机命令行不需要",
                "[web] has no `token`: {listen} answers /healthz alone; a booth's software needs one, the command line on the box does not"
            ),
            Self::RightsFine { user } => say!(
                lang,
                "用户 {user} 可以读写所需的全部文件",
                "user {user} may read and write all files it needs"
            ),
            Self::Unreadable { path, user } => say!(
                lang,
                "用户 {user} 无法读取 {path}；请运行 chgrp {user} {path} && chmod 640 {path}",
                "user {user} may not read {path}; run chgrp {user} {path} && chmod 640 {path}"
            ),
            Self::Unwritable { path, user } => say!(
                lang,
                "用户 {user} 无法写入 {path}；请运行 chown -R {user}: {path}",
                "user {user} may not write {path}; run chown -R {user}: {path}"
            ),
            Self::ReadableByAll { path } => say!(
                lang,
                "任何用户都能读取 {path}（含密码）；请运行 chmod o= {path}",
                "everybody on the box may read {path}, which may hold passwords; run chmod o= {path}"
            ),
            Self::Absent { path } => say!(
                lang,
                "{path} 不存在；请核对配置中的路径",
                "{path} does not exist; check the path in the configuration"
            ),
            Self::NoDatabase { path } => say!(
                lang,
                "数据库 {path} 将在首次启动时创建",
                "the database {path} will be made at the first start"
            ),
            Self::DatabaseWell { path, megabytes } => say!(
                lang,
                "数据库 {path} 完整（{megabytes} MB）",
                "the database {path} is sound ({megabytes} MB)"
            ),
            Self::DatabaseOlder { version, newest } => say!(
                lang,
                "数据库版本 {version} 将在下次启动时升级到 {newest}；升级前请先 lotgate backup",
                "the database is of version {version} and becomes {newest} at the next start; run lotgate backup before"
            ),
            Self::DatabaseNewer { version, newest } => say!(
                lang,
                "数据库版本 {version} 比本程序（{newest}）新；请装回新版程序",
                "the database is of version {version}, this program knows up to {newest}; install the newer program again"
            ),
            Self::DatabaseDamaged { path, fault } => say!(
                lang,
                "数据库 {path} 已损坏：{fault}；请停止网关后运行 lotgate restore 恢复备份，并检查磁盘",
                "the database {path} is damaged: {fault}; stop the gateway, lotgate restore a backup, and check the disk"
            ),
            Self::DatabaseAside { path } => say!(
                lang,
                "曾有损坏的数据库被移至 {path}，可读取的数据已补回；请联系厂家确认，处理后删除",
                "a damaged database was moved to {path}; what could be read of it was taken over: show it to your supplier, then delete it"
            ),
            Self::DatabaseMended { at, fault, copied, unread } => {
                let none = say!(lang, "无", "none");
                let copied = copied.as_deref().unwrap_or(&none);
                say!(
                    lang,
                    "{at} 数据库损坏（{fault}），已用备份（{copied}）和仍可读取的数据重建，约 {unread} 行无法读取；请核对此前的进出、收费和退款，并检查磁盘",
                    "at {at} the database was damaged ({fault}) and was put together anew from its copy ({copied}) and what could be read since; about {unread} rows cannot: compare the cars, money and refunds before it, and look at the disk"
                )
            }
            Self::CopyNewest { folder, at, same_disk: true } => say!(
                lang,
                "最新备份：{at}（{folder}，与数据库在同一磁盘）；[store] backup 可改到另一块磁盘",
                "the newest copy of the database is of {at} ({folder}, on the same disk; [store] backup can name another)"
            ),
            Self::CopyNewest { folder, at, same_disk: false } => say!(
                lang,
                "最新备份：{at}（{folder}，另一块磁盘）",
                "the newest copy of the database is of {at} ({folder}, on another disk)"
            ),
            Self::CopyOld { folder, at } => say!(
                lang,
                "最新备份是 {at} 的（{folder}），之后没有成功；请查看日志和该目录的空间与权限",
                "the newest copy of the database is of {at} ({folder}) and none was made since; look into the log, and at that folder's room and rights"
            ),
            Self::NoCopy { folder } => say!(
                lang,
                "尚无数据库备份；网关运行后将存放在 {folder}",
                "there is no copy of the database yet; the running gateway makes them in {folder}"
            ),
            Self::CopiesFail { folder, since, error } => say!(
                lang,
                "自 {since} 起无法在 {folder} 备份数据库：{error}；请检查该目录的空间、权限和挂载",
                "no copy of the database can be made in {folder} since {since}: {error}; look at that folder's room, rights and mount"
            ),
            Self::DatabaseUnreachable { path, fault } => say!(
                lang,
                "数据库 {path} 无法读取：{fault}；请检查磁盘和挂载（dmesg），网关在此期间不记录而继续运行",
                "the database {path} cannot be read: {fault}; look at the disk and its mount (dmesg), the gateway goes on without it meanwhile"
            ),
            Self::StoreAway { since, fault } => say!(
                lang,
                "自 {since} 起数据库不可写：{fault}；请腾出空间或更换磁盘，网关每 10 秒重试",
                "nothing can be written down since {since}: {fault}; make room or replace the disk, the gateway tries again every 10 s"
            ),
            Self::StoreWasAway { since, until, fault, kept, dropped } => say!(
                lang,
                "{since} 至 {until} 数据库中断（{fault}）：补记 {kept} 条，遗漏 {dropped} 条；请核对此期间的进出和收费",
                "the database was not in use from {since} to {until} ({fault}): {kept} things were written afterwards, {dropped} reads are missing; compare the cars and money of that time"
            ),
            Self::Queue { pending } => say!(
                lang,
                "上报队列：{pending} 条待上报，没有被拒",
                "the queue of reports: {pending} waiting, none refused"
            ),
            Self::QueueWaits { pending, since } => say!(
                lang,
                "有 {pending} 条待上报，最早的自 {since} 起；请查看下面的平台检测结果",
                "{pending} reports wait, the oldest since {since}; see the platform's lines below"
            ),
            Self::QueueDead { dead, code, words } => say!(
                lang,
                "平台拒绝了 {dead} 条 {code} 上报，最近一条：{words}；请用 lotgate queue ls --dead 查看，改正后 lotgate queue retry --all",
                "the platform refused {dead} reports of {code}, the newest with: {words}; lotgate queue ls --dead lists them, once mended lotgate queue retry --all"
            ),
            Self::NotTaken { waiting, code, words } => say!(
                lang,
                "{waiting} 条 {code} 上报已发送，平台未接收，最近一条：{words}；网关将继续重试，如长期如此请联系平台",
                "{waiting} reports of {code} were sent and not taken, the newest with: {words}; they are tried again, ask the platform if that goes on"
            ),
            Self::PutAside { aside } => say!(
                lang,
                "有 {aside} 条反复导致程序中断或无法入库，已搁置，请人工处理；用 lotgate aside ls 查看，改正后 lotgate aside retry",
                "{aside} things ended the process each time, or cannot be stored, and are put aside; see to them: lotgate aside ls, and once the cause is mended lotgate aside retry"
            ),
            Self::OutOfTime { late } => say!(
                lang,
                "有 {late} 条补传记录的时间不可信，未计停车记录；请检查相机时钟，用 lotgate aside ls 查看",
                "{late} late reads are of moments that cannot be right and make no stay; check the cameras' clocks, lotgate aside ls shows them"
            ),
            Self::QueueFull => say!(
                lang,
                "上报队列已达上限，状态上报被丢弃；请恢复平台连接或增大 [store] 的 max_rows、max_bytes",
                "the queue of reports has reached its bound and states are dropped; mend the way to the platform or raise max_rows, max_bytes in [store]"
            ),
            Self::DiskFree { path, megabytes } => {
                say!(
                    lang,
                    "{path} 所在磁盘剩余 {megabytes} MB",
                    "{megabytes} MB are free for {path}"
                )
            }
            Self::DiskLow { path, megabytes, wanted } => say!(
                lang,
                "{path} 所在磁盘只剩 {megabytes} MB，配置要求 {wanted} MB（min_free_disk）；请清理磁盘",
                "only {megabytes} MB are free for {path}, min_free_disk wants {wanted} MB; make room on the disk"
            ),
            Self::DiskUnknown { path, error } => say!(
                lang,
                "无法获知 {path} 所在磁盘的情况：{error}",
                "the disk of {path} cannot be looked at: {error}"
            ),
            Self::DiskOfMemory { path } => say!(
                lang,
                "{path} 位于内存文件系统，断电即丢失；请将 [store] 的 path 改到真正的磁盘",
                "{path} lies in memory and is lost with the power; put [store] path on a disk"
            ),
            Self::DiskReadOnly { path } => say!(
                lang,
                "{path} 所在磁盘为只读；请检查 dmesg，磁盘可能已损坏",
                "the disk of {path} is read-only; look into dmesg, it may be broken"
            ),
            Self::Wear { disk, used } => say!(
                lang,
                "磁盘 {disk} 寿命已用不超过 {used}%",
                "disk {disk} has used at most {used}% of its life"
            ),
            Self::MediumLasts { megabytes_a_day, kilobytes_a_passage, years } => {
                let passage = kilobytes_a_passage.map_or_else(String::new, |kilobytes| {
                    say!(lang, "（每次通行约 {kilobytes} kB）", " ({kilobytes} kB a passage)")
                });
                let years = match years {
                    0 => say!(lang, "不到 1 年", "less than a year"),
                    100 => say!(lang, "远超设备寿命", "longer than the box"),
                    years => say!(lang, "约 {years} 年", "about {years} years"),
                };
                say!(
                    lang,
                    "每天写入 {megabytes_a_day} MB{passage}：若介质可整体写入 300 遍，可用{years}",
                    "{megabytes_a_day} MB are written a day{passage}: a medium that takes its size 300 times lasts {years}"
                )
            }
            Self::LogLarge { megabytes, readers } if readers.is_empty() => say!(
                lang,
                "数据库的日志文件（-wal）有 {megabytes} MB，当前无程序读取；网关运行时会自动缩小",
                "the database's log (-wal) has {megabytes} MB and nobody reads in it; a running gateway cuts it back"
            ),
            Self::LogLarge { megabytes, readers } => {
                let readers = readers.join(", ");
                say!(
                    lang,
                    "数据库的日志文件（-wal）已增至 {megabytes} MB，因为有程序一直在读取而不结束：{readers}；请结束它",
                    "the database's log (-wal) has grown to {megabytes} MB because somebody reads and does not end: {readers}; end it"
                )
            }
            Self::WriterHolds { writer } => say!(
                lang,
                "{writer} 正占用数据库的写锁，其间网关无法存储：请结束该程序",
                "{writer} holds the lock to write in the database, and the gateway can store nothing meanwhile: end it"
            ),
            Self::WearHigh { disk, used } => say!(
                lang,
                "磁盘 {disk} 寿命已用 {used}%；请备份数据库并更换",
                "disk {disk} has used {used}% of its life; back the database up and replace it"
            ),
            Self::WearUntold { disk } => say!(
                lang,
                "SD 卡 {disk} 不报告寿命；请使用工业级卡并定期 lotgate backup",
                "SD card {disk} does not tell its wear; use an industrial one and lotgate backup now and then"
            ),
            Self::ClockProven { voucher } => {
                let voucher = voucher.text(lang);
                say!(
                    lang,
                    "网关的时钟已由{voucher}核实",
                    "the gateway's clock is proven by {voucher}"
                )
            }
            Self::ClockUnproven { since } => say!(
                lang,
                "网关的时钟未核实（只知道晚于 {since}）：出口只按已证实的时长收费，上报暂缓；请让它连上平台或时间服务器，或用 timedatectl set-time 校时（须有硬件时钟）",
                "the gateway's clock is not proven (it is later than {since}): exits charge only proven time, reports wait; let it reach the platform or a time server, or set it with timedatectl set-time where there is a hardware clock"
            ),
            Self::SystemClockIgnored { seconds } => say!(
                lang,
                "系统时钟与网关所信的时间相差 {seconds} 秒，网关未采用；请运行 timedatectl set-ntp true",
                "the system's clock is {seconds} s off what the gateway believes, which goes on by its own; run timedatectl set-ntp true"
            ),
            Self::ClockRight { server, off } => {
                say!(lang, "时钟与 {server} 相差 {off} 秒", "the clock is {off} s off {server}")
            }
            Self::ClockOff { server, off } => say!(
                lang,
                "时钟与 {server} 相差 {off} 秒；请启用校时：timedatectl set-ntp true",
                "the clock is {off} s off {server}; turn synchronisation on: timedatectl set-ntp true"
            ),
            Self::ClockWrong { server, off } => say!(
                lang,
                "时钟与 {server} 相差 {off} 秒，停车时间和令牌都会出错；请运行 timedatectl set-ntp true",
                "the clock is {off} s off {server}: stays and tokens go wrong; run timedatectl set-ntp true"
            ),
            Self::YearMissing { year } => say!(
                lang,
                "[[tariff.calendar]] 缺少 {year} 年的节假日，届时周一至周五按工作日收费；请按国务院放假通知补充",
                "[[tariff.calendar]] lacks the holidays of {year}: Monday to Friday will be charged as working days; add them from the State Council's notice"
            ),
            Self::NoTimeServer { servers, error } => say!(
                lang,
                "时间服务器（{servers}）没有应答：{error}；请用 --ntp 指定可达的服务器，并在 /etc/systemd/timesyncd.conf 中配置",
                "no time server ({servers}) answers: {error}; name one that can be reached with --ntp, and in /etc/systemd/timesyncd.conf"
            ),
            Self::RtcRight { seconds } => say!(
                lang,
                "硬件时钟与系统时钟相差 {seconds} 秒",
                "the hardware clock is {seconds} s off the system's"
            ),
            Self::RtcWrong { seconds } => say!(
                lang,
                "硬件时钟与系统时钟相差 {seconds} 秒；请运行 hwclock --systohc，仍不准则更换纽扣电池",
                "the hardware clock is {seconds} s off the system's; run hwclock --systohc, and replace its battery if that does not last"
            ),
            Self::RtcAbsent => say!(
                lang,
                "没有硬件时钟：断电又断网后时间会出错；请加装 RTC 模块",
                "there is no hardware clock: after a power cut without network the time is wrong; fit an RTC module"
            ),
        }
    }
}
