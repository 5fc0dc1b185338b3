/* Any bytes are read to the end as the data of a pickle, or an error of our domain whose message
 * is one line is reported. */
#include "formats/torch/pickle.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    gsize n_read = 0;
    g_autoptr(LeukoPickle) pickle = leuko_pickle_read(data, size, "fuzz", 0, &n_read, &error);
    g_assert_cmpuint(n_read, <=, size);
    if (!pickle) {
        fuzz_check_error(error);
        return 0;
    }
    g_assert_no_error(error);
    g_assert_nonnull(leuko_pickle_root(pickle));
    (void)leuko_pickle_get(leuko_pickle_root(pickle), "state_dict");
    const GPtrArray *storages = leuko_pickle_storages(pickle);
    for (guint i = 0; i < storages->len; i++) {
        const LeukoPickleValue *s = storages->pdata[i];
        g_assert_true(s->kind == LEUKO_PICKLE_STORAGE && s->text && s->n_values >= 0 &&
                      s->value_bytes > 0);
    }
    return 0;
}
