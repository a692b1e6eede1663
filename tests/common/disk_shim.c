/* What a process does to the files of one folder, written down in order as it is done, for tests that cut the
 * power: tests/common/disk.rs builds it, preloads it and reads what it has written. Nothing else
 * of what the process does is changed.
 *
 * LOTGATE_DISK_FOLDER is the folder, LOTGATE_DISK_LOG the file that is appended to, if any. A record is a struct entry
 * and its bytes. LOTGATE_DISK_ERRNO, if any, is a file whose first four bytes say with which error the folder's files
 * answer whoever writes, makes or syncs them; 0 is none. What is written through memory maps is not seen: of SQLite's files that is the -shm alone, which nobody needs
 * after a power cut. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct entry {
  uint8_t kind;
  uint8_t made;      /* 'O': the file is new */
  uint8_t directory; /* 'S', 'F': of a directory */
  uint8_t data;      /* 'F': of what stands in it alone (fdatasync) */
  uint32_t length; /* bytes that follow */
  uint64_t at;     /* nanoseconds since 1970 */
  uint64_t number; /* the inode's */
  uint64_t place;  /* 'W': where; 'T': the new size; 'S', 'F': which sync */
};

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int ledger = -1, refusals = -1;
static char folder[PATH_MAX];
static size_t folder_length;
static dev_t device;
static uint64_t syncs;

/* The inodes that were opened for writing in the folder. */
#define PLACES 65536
static uint64_t known[PLACES];

static int is_known(uint64_t number) {
  for (size_t at = number % PLACES, tried = 0; tried < PLACES; at = (at + 1) % PLACES, tried++) {
    if (known[at] == number) return 1;
    if (known[at] == 0) return 0;
  }
  return 0;
}

static void note_known(uint64_t number) {
  for (size_t at = number % PLACES, tried = 0; tried < PLACES; at = (at + 1) % PLACES, tried++) {
    if (known[at] == number) return;
    if (known[at] == 0) {
      known[at] = number;
      return;
    }
  }
}

static void begin(void) {
  const char *where = getenv("LOTGATE_DISK_FOLDER"), *log = getenv("LOTGATE_DISK_LOG");
  struct stat meta;
  const char *errors = getenv("LOTGATE_DISK_ERRNO");
  if (!where || !realpath(where, folder) || stat(folder, &meta) != 0) return;
  folder_length = strlen(folder);
  device = meta.st_dev;
  syncs = (uint64_t)getpid() << 32;
  if (log) ledger = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (errors) refusals = (int)syscall(SYS_openat, AT_FDCWD, errors, O_RDONLY | O_CLOEXEC);
}

static int off(void) {
  pthread_once(&once, begin);
  return ledger < 0 && refusals < 0;
}

/* Whether the device answers with an error now; errno is set then. */
static int refuses(void) {
  uint32_t error = 0;
  if (refusals < 0 || syscall(SYS_pread64, refusals, &error, sizeof error, 0L) != sizeof error || !error) return 0;
  errno = (int)error;
  return 1;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void write_down(struct entry entry, const void *bytes, size_t length) {
  if (ledger < 0) return;
  entry.length = (uint32_t)length;
  entry.at = now();
  struct iovec parts[2] = {{&entry, sizeof entry}, {(void *)bytes, length}};
  /* A regular file takes it whole or the disk is full; the reader sees a torn end. */
  syscall(SYS_writev, ledger, parts, length ? 2 : 1);
}

/* The path below the folder; null where it is none. */
static const char *inside(const char *path, char *whole) {
  if (path[0] != '/') {
    if (!getcwd(whole, PATH_MAX)) return NULL;
    size_t length = strlen(whole);
    if (length + strlen(path) + 2 > PATH_MAX) return NULL;
    whole[length] = '/';
    strcpy(whole + length + 1, path);
  } else {
    if (strlen(path) >= PATH_MAX) return NULL;
    strcpy(whole, path);
  }
  if (strncmp(whole, folder, folder_length) != 0 || whole[folder_length] != '/') return NULL;
  return whole + folder_length + 1;
}

/* The inode of an open file that is watched, or of a directory of the folder's device. */
static uint64_t watched(int fd, int *directory) {
  struct stat meta;
  if (off() || fstat(fd, &meta) != 0 || meta.st_dev != device) return 0;
  *directory = S_ISDIR(meta.st_mode);
  if (*directory) return (uint64_t)meta.st_ino;
  return S_ISREG(meta.st_mode) && is_known((uint64_t)meta.st_ino) ? (uint64_t)meta.st_ino : 0;
}

static int do_open(int at, const char *path, int flags, mode_t mode) {
  char whole[PATH_MAX];
  const char *below;
  int writes = (flags & O_ACCMODE) != O_RDONLY;
  if (off() || at != AT_FDCWD || (!writes && !(flags & O_CREAT)) || !(below = inside(path, whole)))
    return (int)syscall(SYS_openat, at, path, flags, mode);
  pthread_mutex_lock(&turn);
  struct stat meta;
  if (fstatat(AT_FDCWD, path, &meta, 0) != 0 && (flags & O_CREAT) && refuses()) {
    int why = errno;
    pthread_mutex_unlock(&turn);
    errno = why;
    return -1;
  }
  int made = fstatat(AT_FDCWD, path, &meta, 0) != 0;
  int fd = (int)syscall(SYS_openat, at, path, flags, mode), why = errno;
  if (fd >= 0 && fstat(fd, &meta) == 0 && S_ISREG(meta.st_mode)) {
    note_known((uint64_t)meta.st_ino);
    struct entry entry = {.kind = 'O', .made = (uint8_t)made, .number = (uint64_t)meta.st_ino};
    write_down(entry, below, strlen(below));
    if (!made && (flags & O_TRUNC)) {
      struct entry cut = {.kind = 'T', .number = (uint64_t)meta.st_ino, .place = 0};
      write_down(cut, NULL, 0);
    }
  }
  pthread_mutex_unlock(&turn);
  errno = why;
  return fd;
}

#define OPEN(name, params, at, with)                         \
  int name params {                                          \
    mode_t mode = 0;                                         \
    if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) { \
      va_list more;                                          \
      va_start(more, flags);                                 \
      mode = va_arg(more, mode_t);                           \
      va_end(more);                                          \
    }                                                        \
    return do_open(at, path, (flags) | (with), mode);        \
  }
OPEN(open, (const char *path, int flags, ...), AT_FDCWD, 0)
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD, O_LARGEFILE)
OPEN(openat, (int at, const char *path, int flags, ...), at, 0)
OPEN(openat64, (int at, const char *path, int flags, ...), at, O_LARGEFILE)
int creat(const char *path, mode_t mode) {
  return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

static ssize_t do_write(int fd, const struct iovec *parts, int count, int64_t place) {
  int directory = 0;
  uint64_t number = watched(fd, &directory);
  if (!number || directory) {
    return place < 0 ? syscall(SYS_writev, fd, parts, count)
                     : syscall(SYS_pwritev, fd, parts, count, (long)place, 0L);
  }
  if (refuses()) return -1;
  pthread_mutex_lock(&turn);
  ssize_t done = place < 0 ? syscall(SYS_writev, fd, parts, count)
                           : syscall(SYS_pwritev, fd, parts, count, (long)place, 0L);
  int why = errno;
  if (done > 0) {
    uint64_t at = place < 0 ? (uint64_t)(lseek(fd, 0, SEEK_CUR) - done) : (uint64_t)place;
    ssize_t left = done;
    for (int index = 0; index < count && left > 0; index++) {
      ssize_t length = (ssize_t)parts[index].iov_len < left ? (ssize_t)parts[index].iov_len : left;
      struct entry entry = {.kind = 'W', .number = number, .place = at};
      write_down(entry, parts[index].iov_base, (size_t)length);
      at += (uint64_t)length;
      left -= length;
    }
  }
  pthread_mutex_unlock(&turn);
  errno = why;
  return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  struct iovec part = {(void *)bytes, length};
  return do_write(fd, &part, 1, -1);
}
ssize_t writev(int fd, const struct iovec *parts, int count) { return do_write(fd, parts, count, -1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t place) {
  struct iovec part = {(void *)bytes, length};
  return do_write(fd, &part, 1, place);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t place) {
  return pwrite(fd, bytes, length, place);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t place) {
  return do_write(fd, parts, count, place);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t place) {
  return do_write(fd, parts, count, place);
}

/* Whoever copies inside the kernel is told to do it by reading and writing. */
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t length, unsigned flags) {
  (void)in, (void)from, (void)out, (void)to, (void)length, (void)flags;
  errno = ENOSYS;
  return -1;
}
ssize_t sendfile64(int out, int in, off64_t *from, size_t length) {
  (void)out, (void)in, (void)from, (void)length;
  errno = ENOSYS;
  return -1;
}
ssize_t sendfile(int out, int in, off_t *from, size_t length) { return sendfile64(out, in, from, length); }

static int sized(int fd, uint64_t size, int failed) {
  int why = errno, directory = 0;
  uint64_t number = failed ? 0 : watched(fd, &directory);
  if (number && !directory) {
    struct entry entry = {.kind = 'T', .number = number, .place = size};
    write_down(entry, NULL, 0);
  }
  errno = why;
  return failed;
}
int ftruncate(int fd, off_t size) {
  int directory = 0;
  if (watched(fd, &directory) && refuses()) return -1;
  pthread_mutex_lock(&turn);
  int failed = sized(fd, (uint64_t)size, (int)syscall(SYS_ftruncate, fd, size));
  pthread_mutex_unlock(&turn);
  return failed;
}
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

static int allocate(int fd, int mode, off_t from, off_t length) {
  int directory = 0;
  if (watched(fd, &directory) && refuses()) return -1;
  pthread_mutex_lock(&turn);
  int failed = (int)syscall(SYS_fallocate, fd, mode, from, length);
  struct stat meta;
  int kept = failed ? errno : 0;
  if (!failed && fstat(fd, &meta) == 0) sized(fd, (uint64_t)meta.st_size, 0);
  pthread_mutex_unlock(&turn);
  errno = kept;
  return failed;
}
int fallocate(int fd, int mode, off_t from, off_t length) { return allocate(fd, mode, from, length); }
int fallocate64(int fd, int mode, off64_t from, off64_t length) { return allocate(fd, mode, from, length); }
int posix_fallocate(int fd, off_t from, off_t length) { return allocate(fd, 0, from, length) ? errno : 0; }
int posix_fallocate64(int fd, off64_t from, off64_t length) { return posix_fallocate(fd, from, length); }

/* What was written before a sync began is safe when it has ended; it is not held up meanwhile. */
static int do_sync(int fd, long call) {
  int directory = 0;
  uint64_t number = watched(fd, &directory), which = 0;
  /* A disk that is full keeps what it has. */
  if (number && refuses() && errno != ENOSPC) return -1;
  if (number) {
    pthread_mutex_lock(&turn);
    which = ++syncs;
    struct entry entry = {.kind = 'S', .directory = (uint8_t)directory, .number = number, .place = which};
    write_down(entry, NULL, 0);
    pthread_mutex_unlock(&turn);
  }
  int failed = (int)syscall(call, fd), why = errno;
  if (number && !failed) {
    pthread_mutex_lock(&turn);
    struct entry entry = {.kind = 'F', .directory = (uint8_t)directory, .number = number, .place = which};
    entry.data = call == SYS_fdatasync;
    write_down(entry, NULL, 0);
    pthread_mutex_unlock(&turn);
  }
  errno = why;
  return failed;
}
int fsync(int fd) { return do_sync(fd, SYS_fsync); }
int fdatasync(int fd) { return do_sync(fd, SYS_fdatasync); }

/* Names: a rename is both names with a zero between them. */
static int named(uint8_t kind, const char *first, const char *second, int failed, uint64_t number) {
  char one[PATH_MAX], two[PATH_MAX], both[2 * PATH_MAX];
  int why = errno;
  if (!failed && ledger >= 0) {
    const char *from = inside(first, one), *to = second ? inside(second, two) : NULL;
    if (from || to) {
      size_t length = (size_t)snprintf(both, sizeof both, "%s", from ? from : "");
      if (second) length += 1 + (size_t)snprintf(both + length + 1, sizeof both - length - 1, "%s", to ? to : "");
      struct entry entry = {.kind = kind, .number = number};
      write_down(entry, both, length);
    }
  }
  errno = why;
  return failed;
}
#define NAMED(kind, first, second, call)                       \
  off();                                                       \
  pthread_mutex_lock(&turn);                                   \
  int failed = named(kind, first, second, (int)(call), 0);     \
  pthread_mutex_unlock(&turn);                                 \
  return failed;
int unlink(const char *path) { NAMED('U', path, NULL, syscall(SYS_unlinkat, AT_FDCWD, path, 0)) }
int rename(const char *from, const char *to) {
  NAMED('R', from, to, syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0))
}
int link(const char *from, const char *to) {
  NAMED('L', from, to, syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0))
}
int linkat(int one, const char *from, int two, const char *to, int flags) {
  NAMED('L', from, to, syscall(SYS_linkat, one, from, two, to, flags))
}
int mkdir(const char *path, mode_t mode) {
  off();
  pthread_mutex_lock(&turn);
  int failed = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode), why = errno;
  struct stat meta;
  uint64_t number = !failed && stat(path, &meta) == 0 ? (uint64_t)meta.st_ino : 0;
  errno = why;
  failed = named('M', path, NULL, failed, number);
  pthread_mutex_unlock(&turn);
  return failed;
}
