/* Any bytes are read as the tensors of a checkpoint, whose values all lie in its files; or an
 * error of our domain whose message is one line is reported.
 *
 * Input: one letter, u32 n, n bytes, data. 'r': the n bytes are a table as it lies on disk (a V1
 * checkpoint, or a V2 index with the data as its only shard). 'b': they are the contents of one
 * block, which is put into a table whose checksums are right, so that mutations reach the
 * parsers behind them. */
#include "base/stage.h"
#include "formats/tf/checkpoint.h"
#include "fuzz.h"
#include <stdlib.h>

static gchar *folder;

static void remove_folder(void)
{
    leuko_remove_tree(folder, NULL);
    g_free(folder);
}

static void put_file(const char *name, gconstpointer bytes, size_t n)
{
    g_autofree gchar *path = g_build_filename(folder, name, NULL);
    FILE *f = fopen(path, "wb");
    g_assert_true(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

static GByteArray *table_of(const uint8_t *contents, size_t n)
{
    static const guint8 restarts[] = {0, 0, 0, 0, 1, 0, 0, 0};
    GByteArray *file = g_byte_array_new();
    g_autoptr(GByteArray) handle = g_byte_array_new(), index = g_byte_array_new();
    gsize size = leuko_tf_block_append(file, contents, n, n % 2 == 1);
    leuko_tf_put_varint(handle, 0);
    leuko_tf_put_varint(handle, size);
    g_byte_array_append(index, (const guint8[]){0, 1, (guint8)handle->len, 255}, 4);
    g_byte_array_append(index, handle->data, handle->len);
    g_byte_array_append(index, restarts, sizeof restarts);
    guint meta = file->len;
    leuko_tf_block_append(file, restarts, sizeof restarts, FALSE);
    guint at = file->len;
    size = leuko_tf_block_append(file, index->data, index->len, FALSE);
    leuko_tf_table_append_footer(file, meta, sizeof restarts, at, size);
    return file;
}

static void read_all(const LeukoTfCheckpoint *c)
{
    double sum = 0; /* reads every value, so that a sanitizer detects a range that is too long */
    guint n_floating = 0;
    for (guint i = 0; i < c->tensors->len; i++) {
        const LeukoTfTensor *info = c->tensors->pdata[i];
        const LeukoTensor *t = leuko_params_find(c->params, info->name);
        g_assert_true(g_utf8_validate(info->name, -1, NULL));
        g_assert_true((t != NULL) == info->floating);
        n_floating += t ? 1 : 0;
        g_assert_true(!t || t->n_values == info->n_values);
        for (gsize k = 0; t && k < t->n_values; k++)
            sum += t->data[k];
    }
    g_assert_cmpuint(n_floating, ==, leuko_params_n_tensors(c->params));
    volatile double used = sum;
    (void)used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t n;
    if (!folder) {
        folder = g_dir_make_tmp("leuko-fuzz-XXXXXX", NULL);
        atexit(remove_folder);
    }
    if (size < 5)
        return 0;
    memcpy(&n, data + 1, sizeof n);
    n = GUINT32_FROM_LE(n);
    n = n < size - 5 ? n : (uint32_t)(size - 5);
    g_autoptr(GByteArray) table = data[0] == 'b' ? table_of(data + 5, n) : NULL;
    put_file("x.index", table ? table->data : data + 5, table ? table->len : n);
    put_file("x.data-00000-of-00001", data + 5 + n, size - 5 - n);
    g_autofree gchar *path = g_build_filename(folder, "x.index", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoTfCheckpoint) c = leuko_tf_checkpoint_open(path, &error);
    if (c) {
        g_assert_no_error(error);
        read_all(c);
    } else {
        fuzz_check_error(error);
    }
    return 0;
}
