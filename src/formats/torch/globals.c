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
    {"torch._tensor", "_rebuild_from_type_v2", LEUKO_GLOBAL_TYPED},
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
    STORAGE("QInt8Storage", OTHER, 1),
    STORAGE("QUInt8Storage", OTHER, 1),
    STORAGE("QInt32Storage", OTHER, 4),
    STORAGE("ComplexFloatStorage", OTHER, 8),
    STORAGE("ComplexDoubleStorage", OTHER, 16),
    {"torch.storage", "UntypedStorage", LEUKO_GLOBAL_STORAGE, LEUKO_TORCH_OTHER, 1},
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

gboolean leuko_torch_global_is_hostile(const char *module, const char *name)
{
    static const char *const modules[] = {"os",     "posix",  "nt",  "subprocess", "pty",
                                          "socket", "ctypes", "sys", "runpy",      "importlib"};
    static const char *const functions[] = {"eval",    "exec", "execfile",
                                            "compile", "open", "__import__"};
    for (gsize i = 0; i < G_N_ELEMENTS(modules); i++)
        if (strcmp(module, modules[i]) == 0)
            return TRUE;
    gboolean builtin = strcmp(module, "builtins") == 0 || strcmp(module, "__builtin__") == 0;
    for (gsize i = 0; builtin && i < G_N_ELEMENTS(functions); i++)
        if (strcmp(name, functions[i]) == 0)
            return TRUE;
    return FALSE;
}

gchar *leuko_torch_global_refusal(const char *joined)
{
    static const char *const networks[] = {"torch.nn.", "torchvision.", "timm.", "__main__."};
    g_autofree gchar *shown = leuko_one_line_cut(joined, 200);
    if (g_str_has_prefix(joined, "__torch__"))
        return g_strdup_printf("holds %s: a TorchScript program, not weights; %s", shown,
                               LEUKO_TORCH_SCRIPT_ADVICE);
    for (gsize i = 0; i < G_N_ELEMENTS(networks); i++)
        if (g_str_has_prefix(joined, networks[i]))
            return g_strdup_printf("contains an object of %s: a network, not its weights; load it "
                                   "in Python and save model.state_dict() with torch.save()",
                                   shown);
    return g_strdup_printf(
        "asks to call %s, which weights never need; refused, nothing was executed", shown);
}
