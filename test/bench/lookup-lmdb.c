/*
 * lookup-lmdb MAP KEYS [WARM]: the processor time of a lookup by the C library of LMDB, as JSON.
 *
 * Keys are lines. Those of WARM, or else the first fifth of KEYS, are asked before the clock runs. One read transaction serves
 * all lookups, and values are not copied.
 */
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct keys {
  MDB_val *all;
  size_t count;
};

static double processor_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static void check(int result, const char *call) {
  if (result == 0) return;
  fprintf(stderr, "%s: %s\n", call, mdb_strerror(result));
  exit(1);
}

static struct keys read_keys(const char *path) {
  FILE *file = fopen(path, "r");
  struct stat status;
  if (file == NULL || fstat(fileno(file), &status) != 0) exit(2);
  char *text = malloc(status.st_size + 1);
  size_t length = fread(text, 1, status.st_size, file);
  text[length] = '\n';
  struct keys keys = {NULL, 0};
  for (size_t i = 0; i <= length; i++) keys.count += text[i] == '\n';
  keys.all = malloc(keys.count * sizeof(MDB_val));
  for (size_t i = 0; i < keys.count; i++) {
    char *end = strchr(text, '\n');
    keys.all[i].mv_data = text;
    keys.all[i].mv_size = end - text;
    text = end + 1;
  }
  fclose(file);
  return keys;
}

static size_t ask(MDB_txn *txn, MDB_dbi db, MDB_val *keys, size_t count) {
  size_t found = 0;
  MDB_val value;
  for (size_t i = 0; i < count; i++) found += mdb_get(txn, db, &keys[i], &value) == 0;
  return found;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  struct keys keys = read_keys(argv[2]);
  MDB_env *env;
  MDB_txn *txn;
  MDB_dbi db;
  check(mdb_env_create(&env), "mdb_env_create");
  check(mdb_env_open(env, argv[1], MDB_NOSUBDIR | MDB_RDONLY | MDB_NOLOCK, 0), "mdb_env_open");
  check(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), "mdb_txn_begin");
  check(mdb_dbi_open(txn, NULL, 0, &db), "mdb_dbi_open");
  if (argc > 3) {
    struct keys warm = read_keys(argv[3]);
    ask(txn, db, warm.all, warm.count);
  } else {
    ask(txn, db, keys.all, keys.count / 5);
  }
  double began = processor_seconds();
  size_t found = ask(txn, db, keys.all, keys.count);
  double took = processor_seconds() - began;
  printf("{\"cpuSeconds\":%.12f,\"found\":%zu}\n", took / keys.count, found);
  return 0;
}
