/* formats/torch/globals.h: the imports of a pickle that weights need, and the result of calling
 * each. Other imports (the classes of a checkpoint's hyperparameters) stay names: nothing is
 * imported or called. */
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
    LEUKO_GLOBAL_TYPED,     /* (function, class, (arguments), ...): calls the function */
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
/* TRUE: an import that starts programs or runs code, and has no place in a checkpoint. */
gboolean leuko_torch_global_is_hostile(const char *module, const char *name);
/* Why a file is refused whose weights are not found but an object of the class "MODULE.NAME":
 * "contains an object of ...: a network, not its weights; ...". g_free. */
gchar *leuko_torch_global_refusal(const char *joined);

#define LEUKO_TORCH_SCRIPT_ADVICE                                                                  \
    "load it in Python with torch.jit.load() and save its state_dict() with torch.save()"
