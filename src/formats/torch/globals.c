#include "formats/torch/globals.h"
#include "base/error.h"
#include <string.h>

/* clang-format off */
#define STORAGE(name, type, bytes) \
    {"torch", name, LEUKO_GLOBAL_STORAGE, LEUKO_TORCH_##type, bytes}
#define INERT(module, name) \
    {module, name, LEUKO_GLOBAL_INERT, LEUKO_TORCH_OTHER, 0}
/* clang-format on */

const LeukoGlobal leuko_torch_globals[] = {
    {"torch._utils", "_rebuild_tensor_v2", LEUKO_GLOBAL_TENSOR},
    {"torch._utils", "_rebuild_tensor", LEUKO_GLOBAL_TENSOR},
    {"torch._utils", "_rebuild_parameter", LEUKO_GLOBAL_PARAMETER},
    {"torch._utils", "_rebuild_parameter_with_state", LEUKO_GLOBAL_PARAMETER},
    {"collections", "OrderedDict", LEUKO_GLOBAL_DICT},
    {"collections", "defaultdict", LEUKO_GLOBAL_DICT},
    {"torch", "Size", LEUKO_GLOBAL_LIST},
    {"builtins", "set", LEUKO_GLOBAL_LIST},
    {"__builtin__", "set", LEUKO_GLOBAL_LIST},
    STORAGE("FloatStorage", F32, 4),
    STORAGE("DoubleStorage", F64, 8),
    STORAGE("HalfStorage", F16, 2),
    STORAGE("BFloat16Storage", BF16, 2),
    STORAGE("LongStorage", OTHER, 8),
    STORAGE("IntStorage", OTHER, 4),
    STORAGE("ShortStorage", OTHER, 2),
    STORAGE("CharStorage", OTHER, 1),
    STORAGE("ByteStorage", OTHER, 1),
    STORAGE("BoolStorage", OTHER, 1),
    STORAGE("ComplexFloatStorage", OTHER, 8),
    STORAGE("ComplexDoubleStorage", OTHER, 16),
    INERT("torch", "device"),
    INERT("torch", "float32"),
    INERT("torch", "float64"),
    INERT("torch", "float16"),
    INERT("torch", "bfloat16"),
    INERT("torch", "int64"),
    INERT("torch", "int32"),
    INERT("torch", "uint8"),
    INERT("torch", "bool"),
    INERT("_codecs", "encode"), /* protocol 2 writes bytes with it */
    INERT("numpy", "dtype"),
    INERT("numpy.core.multiarray", "scalar"),
    INERT("numpy._core.multiarray", "scalar"),
};

gint leuko_torch_global_find(const char *module, const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(leuko_torch_globals); i++)
        if (strcmp(leuko_torch_globals[i].module, module) == 0 &&
            strcmp(leuko_torch_globals[i].name, name) == 0)
            return (gint)i;
    return -1;
}

gchar *leuko_torch_global_refusal(const char *module, const char *name)
{
    g_autofree gchar *joined = g_strconcat(module, ".", name, NULL),
                     *shown = leuko_one_line_cut(joined, 200);
    if (g_str_has_prefix(module, "__torch__"))
        return g_strdup_printf(
            "holds %s: a TorchScript program, not weights; save its state_dict()", shown);
    if (g_str_has_prefix(module, "torch") || g_str_has_prefix(module, "timm") ||
        strcmp(module, "__main__") == 0)
        return g_strdup_printf(
            "contains an object of %s: a network, not its weights; save its state_dict()", shown);
    return g_strdup_printf(
        "asks to call %s, which weights never need; refused, nothing was executed", shown);
}
