/* Whatever the bytes: the tensors of a torch.save(), every value of which lies in the file, mapped to
 * slim's names or not; or an error of our domain whose message is one line. */
#include "formats/foreign.h"
#include "fuzz.h"

static void read_all(const LeukoParams *params)
{
    double sum = 0; /* a sanitizer sees a range that is too long */
    for (guint i = 0; i < leuko_params_n_tensors(params); i++) {
        const LeukoTensor *t = leuko_params_nth(params, i);
        g_assert_true(g_utf8_validate(t->name, -1, NULL));
        for (gsize k = 0; k < t->n_values; k++)
            sum += t->data[k];
    }
    volatile double used = sum;
    (void)used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd;
    g_autofree gchar *path = fuzz_file(data, size, &fd);
    g_autoptr(GError) error = NULL, map_error = NULL;
    g_autoptr(LeukoParams) params = leuko_torch_tensors(path, &error);
    if (params) {
        LeukoForeign found;
        g_assert_no_error(error);
        read_all(params);
        g_autoptr(LeukoParams) mapped = leuko_names_to_slim(params, "fuzz", &found, &map_error);
        if (mapped)
            read_all(mapped);
        else
            fuzz_check_error(map_error);
    } else {
        fuzz_check_error(error);
    }
    close(fd);
    return 0;
}
