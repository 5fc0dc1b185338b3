/* formats/torch/globals.h: the imports that a pickle of weights may contain, and the result of
 * calling each. Any other import is an error. */
#pragma once
#include <glib.h>

/* The type of a storage's numbers. */
typedef enum {
    LEUKO_TORCH_F32,
    LEUKO_TORCH_F64,
    LEUKO_TORCH_F16,
    LEUKO_TORCH_BF16,
    LEUKO_TORCH_OTHER
} LeukoTorchType;

typedef enum {
    LEUKO_GLOBAL_INERT,     /* ignored, and so is its result */
    LEUKO_GLOBAL_DICT,      /* OrderedDict(), OrderedDict([(key, value), ...]) */
    LEUKO_GLOBAL_TENSOR,    /* (storage, offset, size, stride, ...) */
    LEUKO_GLOBAL_PARAMETER, /* (tensor, ...) */
    LEUKO_GLOBAL_LIST,      /* torch.Size((..)), set([..]): its first argument */
    LEUKO_GLOBAL_STORAGE,   /* a class of storages */
} LeukoGlobalUse;

typedef struct {
    const char *module, *name;
    LeukoGlobalUse use;
    LeukoTorchType type; /* STORAGE */
    guint value_bytes;   /* STORAGE */
} LeukoGlobal;

extern const LeukoGlobal leuko_torch_globals[];

/* Index in the list, or -1. */
gint leuko_torch_global_find(const char *module, const char *name);
/* Why an import that is not in the list is refused: "asks to call os.system, ...". g_free. */
gchar *leuko_torch_global_refusal(const char *module, const char *name);
