/* Covers src/formats/tf-*.c: tables, keys, and models as checkpoints. What TensorFlow itself
 * writes is in tests/golden/test-samples-checkpoints.c, partitioned variables of every rank in
 * tests/cli/test-checkpoints.py. */
#include "base/stage.h"
#include "config.h"
#include "formats/model-file.h"
#include "formats/tf/checkpoint.h"
#include "formats/weights/read.h"
#include "leuko/error.h"
#include <glib/gstdio.h>
#include <string.h>

enum { N_ENTRIES = 700 };

static gchar *folder;

static gchar *in_folder(const char *name) { return g_build_filename(folder, name, NULL); }

/* --- tables ----------------------------------------------------------------------------------- */

static void key_and_value(guint i, gchar *key, gchar *value)
{
    g_snprintf(key, 40, "InceptionV3/layer_%05u/weights", i);
    g_snprintf(value, 200, "value %u of %0*u", i * 7919u, (int)(i % 150), 3u);
}

static GBytes *make_table(gboolean snappy)
{
    g_autoptr(LeukoTfTableWriter) w = leuko_tf_table_writer_new(snappy);
    for (guint i = 0; i < N_ENTRIES; i++) {
        gchar key[40], value[200];
        key_and_value(i, key, value);
        leuko_tf_table_writer_add(w, key, strlen(key), value, strlen(value));
    }
    return leuko_tf_table_writer_end(w);
}

static gboolean check_entry(const guint8 *key, gsize n_key, const guint8 *value, gsize n_value,
                            gpointer user, GError **error)
{
    guint *n = user;
    gchar want_key[40], want_value[200];
    (void)error;
    key_and_value(*n, want_key, want_value);
    g_assert_true(n_key == strlen(want_key) && memcmp(key, want_key, n_key) == 0);
    g_assert_true(n_value == strlen(want_value) && memcmp(value, want_value, n_value) == 0);
    (*n)++;
    return TRUE;
}

/* A table of several blocks reads back entry by entry, with Snappy from fewer bytes. */
static void test_table_round_trip(void)
{
    gsize sizes[2];
    for (guint snappy = 0; snappy < 2; snappy++) {
        guint n = 0;
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) table = make_table(snappy == 1);
        gconstpointer bytes = g_bytes_get_data(table, &sizes[snappy]);
        g_assert_true(leuko_tf_table_read(bytes, sizes[snappy], "t", check_entry, &n, &error));
        g_assert_no_error(error);
        g_assert_cmpuint(n, ==, N_ENTRIES);
    }
#ifdef HAVE_SNAPPY
    g_assert_cmpuint(sizes[1], <, sizes[0] * 3 / 4);
#endif
}

static gboolean take_any(const guint8 *key, gsize n_key, const guint8 *value, gsize n_value,
                         gpointer user, GError **error)
{
    (void)key;
    (void)value;
    (void)error;
    *(gsize *)user += n_key + n_value;
    return TRUE;
}

static void refuse(const guint8 *bytes, gsize n_bytes, const char *said)
{
    gsize sum = 0;
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *exact =
        g_memdup2(bytes, n_bytes); /* a sanitizer sees what is read behind it */
    g_assert_false(leuko_tf_table_read(exact, n_bytes, "t.index", take_any, &sum, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT);
    g_test_message("%s", error->message);
    g_assert_true(g_str_has_prefix(error->message, "t.index: ") && !strchr(error->message, '\n'));
    g_assert_nonnull(strstr(error->message, said));
}

/* One wrong bit anywhere before the last 48 bytes, or a file cut anywhere, is an error. */
static void test_table_damaged(void)
{
    for (guint snappy = 0; snappy < 2; snappy++) {
        gsize n;
        g_autoptr(GBytes) table = make_table(snappy == 1);
        const guint8 *bytes = g_bytes_get_data(table, &n);
        for (gsize cut = 0; cut < n; cut += cut < n - 60 ? 97 : 1)
            refuse(bytes, cut, "");
        for (gsize at = 0; at < n - 48; at += at < n - 900 ? 53 : 1) {
            g_autofree guint8 *copy = g_memdup2(bytes, n);
            copy[at] ^= (guint8)(1u << at % 8);
            refuse(copy, n, "wrong checksum");
        }
    }
}

/* A table of one data block with these contents, sound otherwise. */
static GByteArray *table_of(const guint8 *contents, gsize n, guint index_entries)
{
    GByteArray *file = g_byte_array_new();
    g_autoptr(GByteArray) index = g_byte_array_new();
    static const guint8 restarts[] = {0, 0, 0, 0, 1, 0, 0, 0};
    leuko_tf_block_append(file, contents, n, FALSE);
    for (guint i = 0; i < index_entries; i++) {
        g_autoptr(GByteArray) handle = g_byte_array_new();
        guint8 key = (guint8)('a' + i), head[3] = {0, 1, 0};
        leuko_tf_put_varint(handle, 0);
        leuko_tf_put_varint(handle, n);
        head[2] = (guint8)handle->len;
        g_byte_array_append(index, head, 3);
        g_byte_array_append(index, &key, 1);
        g_byte_array_append(index, handle->data, handle->len);
    }
    g_byte_array_append(index, restarts, sizeof restarts);
    guint meta = file->len;
    leuko_tf_block_append(file, restarts, sizeof restarts, FALSE);
    guint at = file->len;
    gsize size = leuko_tf_block_append(file, index->data, index->len, FALSE);
    leuko_tf_table_append_footer(file, meta, sizeof restarts, at, size);
    return file;
}

/* Blocks that lie about themselves, with every checksum right, are each refused for what is
 * wrong. */
static void test_table_lies(void)
{
#define LIE(text) text, sizeof text - 1
    static const struct {
        const char *contents;
        gsize n;
        guint index_entries;
        const char *said;
    } lies[] = {
        {LIE("\0\0\0"), 1, "claims 0 restarts"},
        {LIE("\0\0\0\0\xff\xff\xff\xff"), 1, "claims 4294967295 restarts"},
        {LIE("\0\5\1abc\0\0\0\0\1\0\0\0"), 1, "longer than its block"},
        {LIE("\0\1\x7f"
             "abc\0\0\0\0\1\0\0\0"),
         1, "longer than its block"},
        {LIE("\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\1ab\0\0\0\0\1\0\0\0"), 1,
         "longer than its block"},
        {LIE("\0\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\1ab\0\0\0\0\1\0\0\0"), 1,
         "longer than its block"},
        {LIE("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f\1\1ab\0\0\0\0\1\0\0\0"), 1,
         "longer than its block"},
        {LIE("\1\1\1ab\0\0\0\0\1\0\0\0"), 1, "shares more bytes"},
        {LIE("\0\1\1ab\2\1\1ab\0\0\0\0\1\0\0\0"), 1, "shares more bytes"},
        {LIE("\0\1\1bx\0\1\1ax\0\0\0\0\1\0\0\0"), 1, "not in order"},
        {LIE("\0\1\1ax\0\1\1ax\0\0\0\0\1\0\0\0"), 1, "not in order"},
        {LIE("\0\1\1ax\1\0\1x\0\0\0\0\1\0\0\0"), 1, "not in order"},
        {LIE("\0\1\1ab\0\0\0\0\1\0\0\0"), 2, "overlapping or invalid block"},
    };
#undef LIE
    gsize sum = 0;
    g_autoptr(GByteArray) sound = table_of((const guint8 *)"\0\1\1ab\0\0\0\0\1\0\0\0", 13, 1);
    g_assert_true(leuko_tf_table_read(sound->data, sound->len, "t", take_any, &sum, NULL));
    g_assert_cmpuint(sum, ==, 2);
    for (gsize i = 0; i < G_N_ELEMENTS(lies); i++) {
        g_autoptr(GByteArray) file =
            table_of((const guint8 *)lies[i].contents, lies[i].n, lies[i].index_entries);
        refuse(file->data, file->len, lies[i].said);
    }
}

/* An index outside the file is refused, wherever and however long it claims to be. */
static void test_table_places(void)
{
    static const struct {
        guint64 offset, size;
        const char *said;
    } places[] = {{1u << 20, 8, "8 bytes at byte 1048576 lies outside"},
                  {0, G_MAXUINT64, "18446744073709551615 bytes at byte 0 lies outside"},
                  {G_MAXUINT64, 8, "8 bytes at byte 18446744073709551615 lies outside"},
                  {0, 9, "9 bytes at byte 0 lies outside"}};
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autoptr(GByteArray) file = g_byte_array_new();
        leuko_tf_block_append(file, "\0\0\0\0\1\0\0\0", 8, FALSE);
        leuko_tf_table_append_footer(file, 0, 8, places[i].offset, places[i].size);
        refuse(file->data, file->len, places[i].said);
    }
    refuse((const guint8 *)"", 0, "not a TensorFlow table");
}

/* --- keys ------------------------------------------------------------------------------------- */

/* Keys of slices are TensorFlow's: those of its own files, and of its ordered code where numbers
 * are long. */
static void test_keys(void)
{
    static const struct {
        const char *name;
        LeukoTfSlice slice;
        const char *hex;
    } known[] = {
        {"scalar", {0}, "007363616c6172000100"},
        {"part",
         {3, {2, 0, 0}, {2, 4, 3}},
         "00706172740001010382828084"
         "8083"},
        {"b",
         {1, {0}, {-1}},
         "0062000101"
         "01807f"},
        {"b",
         {1, {63}, {64}},
         "006200010101"
         "bf"
         "c040"},
        {"b",
         {1, {8191}, {8192}},
         "006200010101"
         "dfff"
         "e02000"},
        {"b",
         {1, {-64}, {-65}},
         "006200010101"
         "40"
         "3fbf"},
        {"b",
         {1, {G_GINT64_CONSTANT(1) << 62}, {1}},
         "006200010101"
         "ffc04000000000000000"
         "81"},
        {"\xff", {0}, "00ff00000100"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        g_autoptr(GByteArray) key = leuko_tf_slice_key(known[i].name, &known[i].slice);
        g_autoptr(GString) hex = g_string_new(NULL);
        for (guint b = 0; b < key->len; b++)
            g_string_append_printf(hex, "%02x", key->data[b]);
        g_assert_cmpstr(hex->str, ==, known[i].hex);
    }
}

/* --- models ----------------------------------------------------------------------------------- */

static LeukoModel *small_model(void)
{
    g_autoptr(GError) error = NULL;
    LeukoNetSpec spec = leuko_net_spec_default();
    spec.depth_multiplier = 0.1;
    spec.side_px = 139;
    spec.n_classes = 2;
    g_strlcpy(spec.endpoint, "Mixed_5c", sizeof spec.endpoint);
    LeukoModel *m = leuko_model_new(&spec);
    g_autoptr(LeukoNet) net = leuko_net_new(&spec, &error);
    m->params = leuko_params_new_random(net, 7, &error);
    g_assert_no_error(error);
    m->classes = g_strsplit("hem all", " ", -1);
    m->positive = 1;
    m->threshold = 0.25;
    m->temperature = 1.5;
    return m;
}

/* A model written as a checkpoint is the model it was, by its prefix or any of its files, and as
 * weights. */
static void test_model_round_trip(void)
{
    static const char *const endings[] = {"", ".index", ".data-00000-of-00001"};
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = small_model();
    g_autofree gchar *prefix = in_folder("m.ckpt"), *digest = leuko_params_digest(m->params);
    g_assert_true(leuko_tf_checkpoint_save(m, prefix, &error));
    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
        g_autofree gchar *path = g_strconcat(prefix, endings[i], NULL);
        g_autoptr(LeukoModel) ours = leuko_model_load(path, &error);
        g_assert_no_error(error);
        g_autoptr(LeukoModel) foreign = leuko_model_load_any(path, &error);
        g_assert_no_error(error);
        g_autofree gchar *digest_ours = leuko_params_digest(ours->params);
        g_assert_cmpstr(digest_ours, ==, digest);
        g_assert_cmpstr(ours->classes[1], ==, "all");
        g_assert_cmpstr(foreign->classes[1], ==, "all");
        g_assert_cmpuint(ours->spec.side_px, ==, 139);
        g_assert_cmpint(ours->positive, ==, 1);
        g_assert_true(ours->threshold == 0.25 && ours->temperature == 1.5);
        LeukoNetSpec spec = {0};
        g_autoptr(LeukoParams) weights = leuko_weights_load(path, &spec, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(spec.side_px, ==, 139);
        g_assert_cmpstr(spec.endpoint, ==, "Mixed_5c");
    }
}

/* Without its description the classes are numbered, and a note says so; that of another
 * checkpoint, and a file under the prefix's own name, are refused. */
static void test_model_alone(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = small_model();
    g_autofree gchar *prefix = in_folder("n.ckpt"), *json = in_folder("n.ckpt.json"),
                     *away = in_folder("away.json");
    g_assert_true(leuko_tf_checkpoint_save(m, prefix, &error));
    g_assert_cmpint(g_rename(json, away), ==, 0);
    g_autoptr(LeukoModel) alone = leuko_model_load(prefix, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(alone->classes[0], ==, "0");
    g_assert_nonnull(strstr(json_string_value(json_object_get(alone->provenance, "note")),
                            "classes are named 0 to 1"));
    m->params = (leuko_params_unref(m->params), leuko_params_ref(alone->params));
    float *bias;
    g_assert_true(leuko_params_add(m->params, LEUKO_HEAD_BIASES, 1, (gsize[]){2}, &bias, &error));
    bias[0] = 3;
    g_assert_true(leuko_tf_checkpoint_save(m, prefix, &error));
    g_assert_cmpint(g_rename(away, json), ==, 0);
    g_assert_null(leuko_model_load(prefix, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_DATA);
    g_assert_nonnull(strstr(error->message, "describes another checkpoint"));
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(prefix, "x", 1, NULL));
    g_assert_false(leuko_tf_checkpoint_save(m, prefix, &error));
    g_assert_error(error, LEUKO_ERROR, LEUKO_ERROR_ARGUMENT);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("leuko-tf-checkpoint-XXXXXX", NULL);
    g_test_add_func("/tf-table/round-trip", test_table_round_trip);
    g_test_add_func("/tf-table/damaged", test_table_damaged);
    g_test_add_func("/tf-table/lies", test_table_lies);
    g_test_add_func("/tf-table/places", test_table_places);
    g_test_add_func("/tf-checkpoint/keys", test_keys);
    g_test_add_func("/tf-checkpoint/model/round-trip", test_model_round_trip);
    g_test_add_func("/tf-checkpoint/model/alone", test_model_alone);
    int status = g_test_run();
    leuko_remove_tree(folder, NULL);
    g_free(folder);
    return status;
}
