/*
 * `key value` lines on standard input -> an LMDB map, as makemap makes it: keys in lower case, the first of equal keys. It reads
 * all, sorts pointers, and appends the records in one transaction. The measure for our build, without its checks and options.
 */
#include <ctype.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record {
  MDB_val key, value;
  size_t line;
};

static int by_key(const void *a, const void *b) {
  const struct record *left = a, *right = b;
  size_t shorter = left->key.mv_size < right->key.mv_size ? left->key.mv_size : right->key.mv_size;
  int order = memcmp(left->key.mv_data, right->key.mv_data, shorter);
  if (order != 0) return order;
  if (left->key.mv_size != right->key.mv_size) return left->key.mv_size < right->key.mv_size ? -1 : 1;
  return left->line < right->line ? -1 : 1;
}

static void check(int status) {
  if (status == MDB_SUCCESS) return;
  fprintf(stderr, "append: %s\n", mdb_strerror(status));
  exit(1);
}

static char *read_all(size_t *length) {
  size_t size = 1 << 20, count;
  char *text = malloc(size);
  *length = 0;
  while (text && (count = fread(text + *length, 1, size - *length, stdin)) > 0)
    if ((*length += count) == size) text = realloc(text, size *= 2);
  if (text == NULL) check(MDB_PANIC);
  return text;
}

static size_t parse(char *text, char *end, struct record *records) {
  size_t count = 0, line = 0;
  for (char *at = text; at < end; at++) {
    struct record *record = &records[count];
    char *start = at, *stop = memchr(at, '\n', end - at);
    if (stop == NULL) stop = end;
    line++;
    for (; at < stop && !isspace((unsigned char)*at); at++) *at = tolower((unsigned char)*at);
    record->key = (MDB_val){at - start, start};
    while (at < stop && isspace((unsigned char)*at)) at++;
    record->value = (MDB_val){stop - at, at};
    record->line = line;
    if (at < stop && record->key.mv_size > 0 && *start != '#') count++;
    at = stop;
  }
  return count;
}

int main(int count, char **arguments) {
  size_t length, lines = 1;
  MDB_env *env;
  MDB_txn *txn;
  MDB_dbi dbi;
  if (count != 2) return 64;
  remove(arguments[1]);
  char *text = read_all(&length);
  for (size_t i = 0; i < length; i++) lines += text[i] == '\n';
  struct record *records = malloc(lines * sizeof *records);
  if (records == NULL) check(MDB_PANIC);
  size_t found = parse(text, text + length, records);
  qsort(records, found, sizeof *records, by_key);
  check(mdb_env_create(&env));
  check(mdb_env_set_mapsize(env, (size_t)4 << 30));
  check(mdb_env_open(env, arguments[1], MDB_NOSUBDIR | MDB_NOLOCK, 0640));
  check(mdb_txn_begin(env, NULL, 0, &txn));
  check(mdb_dbi_open(txn, NULL, 0, &dbi));
  for (size_t i = 0; i < found; i++) {
    int status = mdb_put(txn, dbi, &records[i].key, &records[i].value, MDB_APPEND);
    if (status != MDB_KEYEXIST) check(status);
  }
  check(mdb_txn_commit(txn));
  mdb_env_close(env);
  return 0;
}
