/* Counts the calls that change files below a folder, and at one of them ends the process, writes half, or fails.
 *
 * Preloaded into a Python process; armed from there through ctypes (fault_arm). A process that was forked from an armed
 * one goes on counting. Calls through functions of the C library are seen, which is what Python, SQLite, Pillow, Arrow
 * and Rust make; what goes through a memory map is not. fsync is counted and left out: no power is cut here.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { KILL = 1, TEAR = 2, FAIL = 3, FULL = 4 };

static char root[4096];
static size_t root_length;
static long limit;
static int mode;
static atomic_long count;
static atomic_int full;
static char kinds[1 << 16]; /* of each call: w writes, r takes room on the disk, c changes something else */

void fault_arm(const char *folder, long call, int how)
{
    snprintf(root, sizeof root, "%s/", folder);
    root_length = strlen(root);
    limit = call;
    mode = how;
    count = 0;
    full = 0;
    memset(kinds, 0, sizeof kinds);
}

const char *fault_kinds(void) { return kinds; }

static int below(int at, const char *path)
{
    char whole[8192], link[64];
    if (!root_length || !path) return 0;
    if (path[0] == '/') return !strncmp(path, root, root_length);
    if (at == AT_FDCWD) {
        if (!getcwd(whole, 4096)) return 0;
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t length = readlink(link, whole, 4095);
        if (length < 0) return 0;
        whole[length] = 0;
    }
    strcat(whole, "/");
    if (path[0]) strncat(whole, path, 4000);
    return !strncmp(whole, root, root_length);
}

static int open_below(int fd) { return below(fd, ""); }

static void end(const char *what, const char *path)
{
    dprintf(2, "[fault] at %s %s\n", what, path ? path : "");
    syscall(SYS_exit_group, 137);
}

/* 0: go on; TEAR: write half, then call `end`; FAIL: give up with errno set. */
static int step(const char *what, const char *path, int takes_room)
{
    long number = atomic_fetch_add(&count, 1) + 1;
    if (number < (long)sizeof kinds) kinds[number - 1] = path ? takes_room ? 'r' : 'c' : 'w';
    if (limit > 0 && number == limit) {
        if (mode == KILL || (mode == TEAR && !takes_room)) end(what, path);
        if (mode == TEAR) return TEAR;
        if (mode == FULL) full = 1;
        if (mode == FAIL) {
            dprintf(2, "[fault] failed %s %s\n", what, path ? path : "");
            errno = EIO;
            return FAIL;
        }
    }
    if (full && takes_room) {
        errno = ENOSPC;
        return FAIL;
    }
    return 0;
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define PLAIN(name, inside, path, room, parameters, arguments, ...) \
    int name parameters \
    { \
        REAL(int, #name, __VA_ARGS__); \
        if ((inside) && step(#name, path, room)) return -1; \
        return real arguments; \
    }

PLAIN(rename, below(AT_FDCWD, b), b, 0, (const char *a, const char *b), (a, b), const char *, const char *)
PLAIN(renameat, below(e, b), b, 0, (int d, const char *a, int e, const char *b), (d, a, e, b), int, const char *, int,
      const char *)
PLAIN(renameat2, below(e, b), b, 0, (int d, const char *a, int e, const char *b, unsigned f), (d, a, e, b, f), int,
      const char *, int, const char *, unsigned)
PLAIN(unlink, below(AT_FDCWD, p), p, 0, (const char *p), (p), const char *)
PLAIN(unlinkat, below(d, p), p, 0, (int d, const char *p, int f), (d, p, f), int, const char *, int)
PLAIN(rmdir, below(AT_FDCWD, p), p, 0, (const char *p), (p), const char *)
PLAIN(mkdir, below(AT_FDCWD, p), p, 1, (const char *p, mode_t m), (p, m), const char *, mode_t)
PLAIN(mkdirat, below(d, p), p, 1, (int d, const char *p, mode_t m), (d, p, m), int, const char *, mode_t)
PLAIN(link, below(AT_FDCWD, b), b, 1, (const char *a, const char *b), (a, b), const char *, const char *)
PLAIN(linkat, below(e, b), b, 1, (int d, const char *a, int e, const char *b, int f), (d, a, e, b, f), int,
      const char *, int, const char *, int)
PLAIN(symlink, below(AT_FDCWD, b), b, 1, (const char *a, const char *b), (a, b), const char *, const char *)
PLAIN(symlinkat, below(d, b), b, 1, (const char *a, int d, const char *b), (a, d, b), const char *, int, const char *)
PLAIN(truncate, below(AT_FDCWD, p), p, 0, (const char *p, off_t n), (p, n), const char *, off_t)
PLAIN(ftruncate, open_below(f), "", 0, (int f, off_t n), (f, n), int, off_t)
PLAIN(ftruncate64, open_below(f), "", 0, (int f, off_t n), (f, n), int, off_t)
PLAIN(fallocate, open_below(f), "", 1, (int f, int m, off_t o, off_t n), (f, m, o, n), int, int, off_t, off_t)
PLAIN(fallocate64, open_below(f), "", 1, (int f, int m, off_t o, off_t n), (f, m, o, n), int, int, off_t, off_t)
PLAIN(chmod, below(AT_FDCWD, p), p, 0, (const char *p, mode_t m), (p, m), const char *, mode_t)
PLAIN(fchmod, open_below(f), "", 0, (int f, mode_t m), (f, m), int, mode_t)
PLAIN(fchmodat, below(d, p), p, 0, (int d, const char *p, mode_t m, int f), (d, p, m, f), int, const char *, mode_t, int)
PLAIN(utimensat, below(d, p), p, 0, (int d, const char *p, const struct timespec t[2], int f), (d, p, t, f), int,
      const char *, const struct timespec *, int)

/* These give back an error's number instead of setting errno. */
int posix_fallocate(int f, off_t o, off_t n)
{
    REAL(int, "posix_fallocate", int, off_t, off_t);
    if (open_below(f) && step("posix_fallocate", "", 1)) return errno;
    return real(f, o, n);
}
int posix_fallocate64(int f, off_t o, off_t n) { return posix_fallocate(f, o, n); }

static int synced(int f) { return open_below(f) && step("fsync", "", 0) ? -1 : 0; }
int fsync(int f) { return synced(f); }
int fdatasync(int f) { return synced(f); }

#define CHANGES(flags) ((flags) & (O_CREAT | O_TRUNC))
#define MODE \
    mode_t rights = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
        va_list more; \
        va_start(more, flags); \
        rights = va_arg(more, mode_t); \
        va_end(more); \
    }
#define OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        MODE REAL(int, #name, const char *, int, mode_t); \
        if (CHANGES(flags) && below(AT_FDCWD, path) && step(#name, path, 1)) return -1; \
        return real(path, flags, rights); \
    }
#define OPENAT(name) \
    int name(int at, const char *path, int flags, ...) \
    { \
        MODE REAL(int, #name, int, const char *, int, mode_t); \
        if (CHANGES(flags) && below(at, path) && step(#name, path, 1)) return -1; \
        return real(at, path, flags, rights); \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

#define STREAM(name) \
    FILE *name(const char *path, const char *how) \
    { \
        REAL(FILE *, #name, const char *, const char *); \
        if (strpbrk(how, "wa+") && below(AT_FDCWD, path) && step(#name, path, 1)) return NULL; \
        return real(path, how); \
    }
STREAM(fopen)
STREAM(fopen64)

ssize_t write(int f, const void *data, size_t n)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    if (open_below(f))
        switch (step("write", NULL, 1)) {
        case FAIL: return -1;
        case TEAR: real(f, data, n / 2); end("half a write", "");
        }
    return real(f, data, n);
}

#define PWRITE(name) \
    ssize_t name(int f, const void *data, size_t n, off_t at) \
    { \
        REAL(ssize_t, #name, int, const void *, size_t, off_t); \
        if (open_below(f)) \
            switch (step(#name, NULL, 1)) { \
            case FAIL: return -1; \
            case TEAR: real(f, data, n / 2, at); end("half a pwrite", ""); \
            } \
        return real(f, data, n, at); \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t writev(int f, const struct iovec *parts, int n)
{
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    if (open_below(f))
        switch (step("writev", NULL, 1)) {
        case FAIL: return -1;
        case TEAR: real(f, parts, n > 1 ? n / 2 : 0); end("half a writev", "");
        }
    return real(f, parts, n);
}

#define SENDFILE(name) \
    ssize_t name(int to, int from, off_t *at, size_t n) \
    { \
        REAL(ssize_t, #name, int, int, off_t *, size_t); \
        if (open_below(to)) \
            switch (step(#name, NULL, 1)) { \
            case FAIL: return -1; \
            case TEAR: real(to, from, at, 100); end("half a sendfile", ""); \
            } \
        return real(to, from, at, n); \
    }
SENDFILE(sendfile)
SENDFILE(sendfile64)

ssize_t copy_file_range(int from, off_t *a, int to, off_t *b, size_t n, unsigned flags)
{
    REAL(ssize_t, "copy_file_range", int, off_t *, int, off_t *, size_t, unsigned);
    if (open_below(to))
        switch (step("copy_file_range", NULL, 1)) {
        case FAIL: return -1;
        case TEAR: real(from, a, to, b, 100, flags); end("half a copy_file_range", "");
        }
    return real(from, a, to, b, n, flags);
}
