/* Any answer of the process that reads HDF5 gives tensors with all their values, with or without
 * tf-slim's names; or an error of our domain whose message is one line.
 *
 * The .h5 file itself is not fuzzed: only libhdf5, in that process, reads its bytes. The process
 * exists to contain crashes of libhdf5. tests/cli/test-keras.py damages files bit by bit and
 * reads them. */
#include "formats/keras/keras.h"
#include "formats/layer-names.h"
#include "fuzz-params.h"
#include "fuzz.h"

typedef struct {
    const uint8_t *data;
    size_t n_left;
} Bytes;

static gboolean next_bytes(gpointer user, gpointer to, gsize n, GError **error)
{
    Bytes *b = user;
    (void)error;
    if (n > b->n_left)
        return FALSE;
    memcpy(to, b->data, n);
    b->data += n;
    b->n_left -= n;
    return TRUE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Bytes bytes = {data, size};
    g_autoptr(GError) error = NULL, map_error = NULL;
    g_autoptr(GHashTable) types = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    LeukoKerasFound told;
    gboolean cut_short;
    g_autoptr(LeukoParams) params =
        leuko_keras_answer_read(next_bytes, &bytes, size, "fuzz", types, &told, &cut_short, &error);
    if (!params) {
        fuzz_check_error(error);
        return 0;
    }
    LeukoForeign found;
    g_assert_no_error(error);
    g_assert_false(cut_short);
    g_assert_true(g_utf8_validate(told.writer, -1, NULL));
    fuzz_read_all(params);
    g_autoptr(LeukoParams) mapped = leuko_layer_names_to_slim(params, "fuzz", &found, &map_error);
    if (mapped)
        fuzz_read_all(mapped);
    else
        fuzz_check_error(map_error);
    return 0;
}
