/* formats/torch/pickle.h: read a pickle that PyTorch wrote, as data. Nothing is executed.
 *
 * A pickle is a program of one-byte operations for a stack machine. The reader knows only the
 * operations that torch.save() writes; another one is an error that names it. It knows the imports
 * of formats/torch/globals.h. Any other import is a name, and a call of it gives an object of that
 * name, which is ignored: so the hyperparameters of a checkpoint may have any class. Imports that
 * start programs or run code (os, subprocess, eval, ...) are errors.
 *
 *   tensors    torch._utils _rebuild_tensor, _rebuild_tensor_v2, _rebuild_parameter[_with_state]
 *   storages   the persistent id ('storage', torch.XStorage, KEY, DEVICE, N[, VIEW]);
 *              VIEW (legacy): None or (KEY, OFFSET, N) in units of one value
 *   others     OrderedDict is a dictionary; torch.Size, torch.device, dtypes and NumPy
 *              scalars are inert
 * Source: CPython Lib/pickletools.py; PyTorch torch/serialization.py, torch/_utils.py.
 */
#pragma once
#include "formats/torch/globals.h"

typedef enum {
    LEUKO_PICKLE_INERT, /* None, a float, a class, ...: ignored, because weights do not need it */
    LEUKO_PICKLE_INT,   /* integer; booleans too */
    LEUKO_PICKLE_TEXT,  /* text or bytes */
    LEUKO_PICKLE_LIST,  /* list, tuple or set: items */
    LEUKO_PICKLE_DICT,  /* items: key, value, key, value, ... */
    LEUKO_PICKLE_GLOBAL,
    LEUKO_PICKLE_OPAQUE, /* another import, or an object that a call of it gives */
    LEUKO_PICKLE_STORAGE,
    LEUKO_PICKLE_TENSOR,
} LeukoPickleKind;

/* All memory of a value, its text and its items belongs to the pickle. */
typedef struct LeukoPickleValue LeukoPickleValue;
struct LeukoPickleValue {
    LeukoPickleKind kind;
    LeukoTorchType type; /* STORAGE */
    guint value_bytes;   /* STORAGE: bytes of one value */
    guint global;        /* GLOBAL: an index into leuko_torch_globals */
    const char *text; /* TEXT, STORAGE: with a NUL behind it; OPAQUE: "MODULE.NAME" of an import */
    gsize n_text;     /* TEXT */
    union {
        gint64 integer; /* INT */
        struct {        /* LIST, DICT */
            const LeukoPickleValue **items;
            guint n_items, n_room;
        };
        const LeukoPickleValue *of; /* OPAQUE: the import whose object it is, or NULL */
        struct {                    /* STORAGE */
            gint64 n_values;
            const LeukoPickleValue *view; /* VIEW or NULL */
        };
        struct {                                             /* TENSOR */
            const LeukoPickleValue *storage, *size, *stride; /* size, stride: LISTs */
            gint64 offset;                                   /* in values */
        };
    };
};

typedef struct LeukoPickle LeukoPickle;

/* Read one pickle from the start of `bytes`.
 * name         of the file, for messages
 * file_offset  position of `bytes` in the file, for messages
 * n_read       out: size of the pickle
 * Errors       LEUKO_ERROR_FORMAT with position and reason; LEUKO_ERROR_UNSUPPORTED: an import that
 *              runs code; the message names it; leuko_budget_fail()
 * Cost         a budget (base/budget.h) of the n_bytes, and one item for each of them */
LeukoPickle *leuko_pickle_read(gconstpointer bytes, gsize n_bytes, const char *name,
                               gsize file_offset, gsize *n_read, GError **error);
const LeukoPickleValue *leuko_pickle_root(const LeukoPickle *pickle);
/* Every storage in order of appearance (const LeukoPickleValue). */
const GPtrArray *leuko_pickle_storages(const LeukoPickle *pickle);
void leuko_pickle_free(LeukoPickle *pickle);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoPickle, leuko_pickle_free)

/* The number of items of a LIST or DICT; 0 for any other value. */
guint leuko_pickle_n_items(const LeukoPickleValue *value);
/* "MODULE.NAME" of an OPAQUE value, else NULL; borrowed. */
const char *leuko_pickle_class(const LeukoPickleValue *value);
/* The value of a dictionary under a text key, or NULL. */
const LeukoPickleValue *leuko_pickle_get(const LeukoPickleValue *dict, const char *key);
/* Item `index` of a LIST, or NULL. */
const LeukoPickleValue *leuko_pickle_item(const LeukoPickleValue *list, guint index);
