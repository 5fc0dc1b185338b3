/* Any bytes are read as the tensors of a torch.save() file, whose values all lie in the file,
 * with or without tf-slim's names; or an error of our domain whose message is one line is
 * reported. */
#include "formats/layer-names.h"
#include "formats/torch/torch.h"
#include "fuzz-params.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd;
    g_autofree gchar *path = fuzz_file(data, size, &fd);
    g_autoptr(GError) error = NULL, map_error = NULL;
    g_autoptr(LeukoParams) params = leuko_torch_tensors(path, &error);
    if (params) {
        LeukoForeign found;
        g_assert_no_error(error);
        fuzz_read_all(params);
        g_autoptr(LeukoParams) mapped =
            leuko_layer_names_to_slim(params, "fuzz", &found, &map_error);
        if (mapped)
            fuzz_read_all(mapped);
        else
            fuzz_check_error(map_error);
    } else {
        fuzz_check_error(error);
    }
    close(fd);
    return 0;
}
