/* Any bytes are read as an ONNX model, or an error is reported. */
#include "formats/onnx/onnx.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(LeukoModel) m = leuko_onnx_parse(data, size, "fuzz.onnx", &error);
    if (!m)
        fuzz_check_error(error);
    return 0;
}
