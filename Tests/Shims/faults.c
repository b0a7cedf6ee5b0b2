// Faults of a file while it is read, for tests: load with LD_PRELOAD.
//
// FAULT_FILE   the file concerned
// FAULT_AFTER  bytes that are read of it before the fault
// FAULT_KIND   eio: reading fails; grow: FAULT_MORE (a file) is appended; truncate: the file is cut
//              to FAULT_LENGTH bytes

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long done, happened;

static void happen(const char *kind, const char *path) {
  ssize_t (*real_read)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
  if (!strcmp(kind, "truncate")) {
    if (truncate(path, atol(getenv("FAULT_LENGTH")))) abort();
  } else if (!strcmp(kind, "grow")) {
    static char buffer[1 << 16];
    int from = open(getenv("FAULT_MORE"), O_RDONLY), to = open(path, O_WRONLY | O_APPEND);
    ssize_t count;
    if (from < 0 || to < 0) abort();
    while ((count = real_read(from, buffer, sizeof buffer)) > 0)
      if (write(to, buffer, count) != count) abort();
    close(from);
    close(to);
  }
}

ssize_t read(int descriptor, void *buffer, size_t count) {
  static ssize_t (*real_read)(int, void *, size_t);
  if (!real_read) real_read = dlsym(RTLD_NEXT, "read");
  const char *path = getenv("FAULT_FILE"), *kind = getenv("FAULT_KIND");
  struct stat here, there;
  if (!path || !kind || fstat(descriptor, &here) || stat(path, &there) ||
      here.st_ino != there.st_ino || here.st_dev != there.st_dev)
    return real_read(descriptor, buffer, count);
  long after = atol(getenv("FAULT_AFTER"));
  if (done >= after) {
    if (!strcmp(kind, "eio")) {
      errno = EIO;
      return -1;
    }
    if (!happened++) happen(kind, path);
  } else if (count > (size_t)(after - done)) {
    count = after - done;
  }
  ssize_t got = real_read(descriptor, buffer, count);
  if (got > 0) done += got;
  return got;
}
