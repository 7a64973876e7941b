/* Loaded before libc into a server or a receiver, so that the laboratory can take its power away.

   After each successful fsync or fdatasync of an append-only file it writes the size that had been
   handed over before the call to <file>.synced: what is beyond that would be gone after a power
   loss. While the file named by CHAOS_FAIL_FLAG exists, the disk below the directory CHAOS_FAIL_BELOW
   fails: each sync with EIO where the file says "sync", as on a dying disk, and each write with
   ENOSPC where it says "write", as on a full one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fails(const char *path, const char *what) {
  const char *below = getenv("CHAOS_FAIL_BELOW"), *flag = getenv("CHAOS_FAIL_FLAG");
  if (!below || !flag || strncmp(path, below, strlen(below)) != 0)
    return 0;
  char said[8] = "";
  int handle = open(flag, O_RDONLY | O_CLOEXEC);
  if (handle < 0)
    return 0;
  ssize_t length = read(handle, said, sizeof said - 1);
  close(handle);
  return length > 0 && strncmp(said, what, strlen(what)) == 0;
}

static ssize_t path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = '\0';
  return length;
}

static void record(const char *path, off_t size) {
  char note[PATH_MAX + 8], text[32];
  snprintf(note, sizeof note, "%s.synced", path);
  int handle = open(note, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  if (handle < 0)
    return;
  int length = snprintf(text, sizeof text, "%020lld", (long long)size);
  if (pwrite(handle, text, length, 0) != length)
    abort();
  close(handle);
}

static int synced(int fd, int (*real)(int)) {
  char path[PATH_MAX];
  struct stat before;
  ssize_t length = path_of(fd, path);
  if (length < 0)
    return real(fd);
  if (fails(path, "sync")) {
    errno = EIO;
    return -1;
  }
  int known = fstat(fd, &before) == 0;
  int result = real(fd);
  int saved = errno;
  if (result == 0 && known && length > 4 && strcmp(path + length - 4, ".aof") == 0)
    record(path, before.st_size);
  errno = saved;
  return result;
}

int fsync(int fd) { return synced(fd, (int (*)(int))dlsym(RTLD_NEXT, "fsync")); }

int fdatasync(int fd) { return synced(fd, (int (*)(int))dlsym(RTLD_NEXT, "fdatasync")); }

static int full(int fd) {
  char path[PATH_MAX];
  if (!getenv("CHAOS_FAIL_BELOW") || path_of(fd, path) < 0 || !fails(path, "write"))
    return 0;
  errno = ENOSPC;
  return 1;
}

ssize_t write(int fd, const void *data, size_t size) {
  static ssize_t (*real)(int, const void *, size_t);
  if (!real)
    real = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  return full(fd) ? -1 : real(fd, data, size);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
  static ssize_t (*real)(int, const void *, size_t, off64_t);
  if (!real)
    real = (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  return full(fd) ? -1 : real(fd, data, size, at);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
  return pwrite64(fd, data, size, at);
}
