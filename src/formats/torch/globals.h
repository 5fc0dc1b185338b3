/* formats/torch/globals.h: what a pickle of weights may import, and what each import makes of its
 * arguments. The list is the whole of what a file can ask for. */
#pragma once
#include "formats/torch/pickle.h"

typedef enum {
    LEUKO_GLOBAL_INERT,     /* called or not, it is nothing */
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
/* Why an import that is not in the list is refused: "imports os.system, ...". g_free. */
gchar *leuko_torch_global_refusal(const char *module, const char *name);
