/* Gives each request of h2load a body of its own, and counts what the answers say.

   h2load sends one body for ever. A ledger answers a request that it knows with the answer that it gave, and writes
   nothing: a load of one repeated body would measure a look into a table. Preloaded into h2load, this library stands
   between it and libnghttp2. A request submitted takes the next record of a file as its body; the gRPC status in an
   answer's trailers is counted, which h2load does not look at, since every gRPC answer is HTTP 200.

   The environment says what to do:
     BODIES_FILE    the records, one after the other
     BODIES_SIZES   the bytes of each, such as 145, or 145,80 where a connection sends two kinds in turn: then the file
                    has them in turn too, and the second belongs to the caller who sent the first
     BODIES_TALLY   a file of 64-bit counters: requests taken, then answers by status 0 to 16, then by any other
     BODIES_AGAIN   if set, start anew when the records are used up, for a server that keeps nothing

   What it replaces are three public functions of libnghttp2; the types below are those of its header, so that only a
   compiler is needed. h2load runs one thread unless told otherwise, and this wants it so. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KINDS_MAX = 8, CALLERS_MAX = 4096, STATUSES = 17, COUNTERS = STATUSES + 2, HEADERS_MAX = 32 };
enum { CALLBACK_FAILURE = -902, FLAG_EOF = 1 };

typedef struct { uint8_t *name, *value; size_t name_length, value_length; uint8_t flags; } header;
typedef union { int fd; void *pointer; } source;
typedef ptrdiff_t read_function(void *, int32_t, uint8_t *, size_t, uint32_t *, source *, void *);
typedef struct { source from; read_function *read; } provider;
typedef int32_t submit_function(void *, const void *, const header *, size_t, const provider *, void *);
typedef int header_function(void *, const void *, const uint8_t *, size_t, const uint8_t *, size_t, uint8_t, void *);
typedef void set_header_function(void *, header_function *);

typedef struct { const uint8_t *at; size_t left; } body;
typedef struct { void *session; size_t sequence, kind; } caller;

static const uint8_t *records;
static size_t sizes[KINDS_MAX], kinds, sequence_size, sequences, next_sequence;
static caller callers[CALLERS_MAX];
static uint64_t nowhere[COUNTERS], *tally = nowhere;
static int again;
static header_function *their_header;

static void fail(const char *problem) {
  fprintf(stderr, "bodies: %s\n", problem);
  _exit(9);
}

static void *map(const char *path, int flags, int protection, int sharing, size_t *size) {
  struct stat found;
  int file = open(path, flags);
  if (file < 0 || fstat(file, &found) < 0) fail("a file cannot be opened");
  void *at = mmap(NULL, found.st_size, protection, sharing, file, 0);
  if (at == MAP_FAILED) fail("a file cannot be mapped");
  close(file);
  *size = found.st_size;
  return at;
}

__attribute__((constructor)) static void set_up(void) {
  const char *file = getenv("BODIES_FILE"), *of = getenv("BODIES_SIZES"), *counters = getenv("BODIES_TALLY");
  size_t size;
  if (!file || !of || !counters) return;
  for (char *rest = (char *)of; kinds < KINDS_MAX && *rest; rest += *rest == ',') {
    sizes[kinds] = strtoul(rest, &rest, 10);
    if (!sizes[kinds]) fail("BODIES_SIZES is no list of sizes");
    sequence_size += sizes[kinds++];
  }
  again = getenv("BODIES_AGAIN") != NULL;
  records = map(file, O_RDONLY, PROT_READ, MAP_PRIVATE | MAP_POPULATE, &size);
  sequences = size / sequence_size;
  tally = map(counters, O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED, &size);
  if (size < sizeof nowhere) fail("BODIES_TALLY is too small");
}

static caller *caller_of(void *session) {
  size_t slot = ((uintptr_t)session >> 6) % CALLERS_MAX;
  for (size_t tried = 0; tried < CALLERS_MAX; tried++, slot = (slot + 1) % CALLERS_MAX) {
    if (callers[slot].session == session) return &callers[slot];
    if (!callers[slot].session) {
      callers[slot].session = session;
      return &callers[slot];
    }
  }
  fail("too many connections");
  return NULL;
}

static body *next_body(void *session) {
  caller *one = caller_of(session);
  if (one->kind == 0) {
    if (next_sequence == sequences && again) next_sequence = 0;
    if (next_sequence == sequences) fail("the records are used up");
    one->sequence = next_sequence++;
  }
  body *made = malloc(sizeof *made);
  if (!made) fail("out of memory");
  made->at = records + one->sequence * sequence_size;
  for (size_t kind = 0; kind < one->kind; kind++) made->at += sizes[kind];
  made->left = sizes[one->kind];
  one->kind = (one->kind + 1) % kinds;
  tally[0]++;
  return made;
}

static ptrdiff_t read_body(void *session, int32_t stream, uint8_t *into, size_t room, uint32_t *flags, source *from,
                           void *user) {
  (void)session, (void)stream, (void)user;
  body *one = from->pointer;
  size_t taken = one->left < room ? one->left : room;
  memcpy(into, one->at, taken);
  one->at += taken;
  one->left -= taken;
  if (!one->left) {
    *flags |= FLAG_EOF;
    free(one);
  }
  return (ptrdiff_t)taken;
}

static int32_t submit(const char *name, void *session, const void *priority, const header *headers, size_t count,
                      const provider *data, void *user) {
  static submit_function *known;
  submit_function *real = known ? known : (known = (submit_function *)dlsym(RTLD_NEXT, name));
  if (!real) return CALLBACK_FAILURE;
  if (!records || !data || count > HEADERS_MAX) return real(session, priority, headers, count, data, user);
  header kept[HEADERS_MAX];
  size_t left = 0;
  for (size_t at = 0; at < count; at++) /* the length is that of the one body which h2load knows */
    if (headers[at].name_length != 14 || memcmp(headers[at].name, "content-length", 14)) kept[left++] = headers[at];
  provider own = {{.pointer = next_body(session)}, read_body};
  return real(session, priority, kept, left, &own, user);
}

int32_t nghttp2_submit_request(void *session, const void *priority, const header *headers, size_t count,
                               const provider *data, void *user) {
  return submit("nghttp2_submit_request", session, priority, headers, count, data, user);
}

int32_t nghttp2_submit_request2(void *session, const void *priority, const header *headers, size_t count,
                                const provider *data, void *user) {
  return submit("nghttp2_submit_request2", session, priority, headers, count, data, user);
}

static int on_header(void *session, const void *frame, const uint8_t *name, size_t name_length, const uint8_t *value,
                     size_t value_length, uint8_t flags, void *user) {
  if (name_length == 11 && !memcmp(name, "grpc-status", 11)) {
    size_t status = 0;
    for (size_t at = 0; at < value_length && status < STATUSES; at++) status = status * 10 + (value[at] - '0');
    tally[1 + (status < STATUSES ? status : STATUSES)]++;
  }
  return their_header(session, frame, name, name_length, value, value_length, flags, user);
}

void nghttp2_session_callbacks_set_on_header_callback(void *callbacks, header_function *function) {
  set_header_function *real =
      (set_header_function *)dlsym(RTLD_NEXT, "nghttp2_session_callbacks_set_on_header_callback");
  their_header = function;
  if (real) real(callbacks, on_header);
}
