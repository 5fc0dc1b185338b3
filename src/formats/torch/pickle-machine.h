/* formats/torch/pickle-machine.h: the stack machine that a pickle drives, for pickle*.c only.
 *
 * All memory and steps are drawn from a budget of the pickle's size (base/budget.h). The containers
 * together hold at most as many items as the pickle has bytes: a call can copy a list
 * (OrderedDict), so that without this limit a short pickle could hold much.
 */
#pragma once
#include "base/budget.h"
#include "formats/torch/pickle.h"

struct LeukoPickle {
    LeukoPile *pile; /* all values, texts and items */
    GPtrArray *storages;
    const LeukoPickleValue *root;
};

/* An array of values that grows. */
typedef struct {
    LeukoPickleValue **values;
    gsize n, n_room;
} LeukoPickleArray;

typedef struct {
    const guint8 *bytes;
    gsize n_bytes, at, file_offset;
    gsize n_items; /* of all containers */
    const char *name;
    LeukoPickle *pickle;
    LeukoBudget budget;
    LeukoPickleArray stack; /* NULL is a mark */
    LeukoPickleArray memo;  /* by number; NULL: none */
    gsize n_memo;           /* numbers that have a value */
} LeukoPickleMachine;

/* Set an error with the position, and return FALSE. */
gboolean leuko_pickle_fail(const LeukoPickleMachine *m, GError **error, const char *what);

/* --- pickle-stack.c: all return FALSE or NULL if the stack, the bytes or the budget do not
 * suffice -------------------------------------------------------------------------------------- */

gboolean leuko_pickle_push_value(LeukoPickleMachine *m, const LeukoPickleValue *value);
LeukoPickleValue *leuko_pickle_new_value(LeukoPickleMachine *m, LeukoPickleKind kind);
LeukoPickleValue *leuko_pickle_push(LeukoPickleMachine *m, LeukoPickleKind kind);
gboolean leuko_pickle_push_int(LeukoPickleMachine *m, gint64 integer);
/* A text, or bytes, behind its length of length_bytes bytes. */
gboolean leuko_pickle_push_text(LeukoPickleMachine *m, guint length_bytes);
/* An integer in two's complement behind its length. Only its lowest 8 bytes are kept. */
gboolean leuko_pickle_push_long(LeukoPickleMachine *m, guint length_bytes);
LeukoPickleValue *leuko_pickle_peek(const LeukoPickleMachine *m); /* NULL at a mark */
LeukoPickleValue *leuko_pickle_pop(LeukoPickleMachine *m);

const guint8 *leuko_pickle_take(LeukoPickleMachine *m, gsize n);
/* An unsigned integer of n <= 8 bytes, little endian. */
gboolean leuko_pickle_take_uint(LeukoPickleMachine *m, guint n, guint64 *out);
gchar *leuko_pickle_take_line(LeukoPickleMachine *m); /* g_free */

/* Append to a container. FALSE: more items than the pickle has bytes, or the budget is spent. */
gboolean leuko_pickle_append(LeukoPickleMachine *m, LeukoPickleValue *to,
                             const LeukoPickleValue *item);
/* Replace the last mark and all values above it by a LIST of these values. */
gboolean leuko_pickle_list_marked(LeukoPickleMachine *m);
/* Replace the last n <= 3 values by a LIST of them. */
gboolean leuko_pickle_list_last(LeukoPickleMachine *m, guint n);
/* Move the values above the last mark, or the last n, into the container below them: a dictionary
 * (pairs) or a list. INERT and OPAQUE objects accept and ignore values. */
gboolean leuko_pickle_add_marked(LeukoPickleMachine *m, gboolean pairs);
gboolean leuko_pickle_add_last(LeukoPickleMachine *m, guint n, gboolean pairs);
/* Remove the last mark and all values above it. */
gboolean leuko_pickle_drop_marked(LeukoPickleMachine *m);
gboolean leuko_pickle_memo_put(LeukoPickleMachine *m, guint64 number);
gboolean leuko_pickle_memo_get(LeukoPickleMachine *m, guint64 number);

/* --- pickle-objects.c: imports and calls; every failure sets an error ------------------------- */

gboolean leuko_pickle_import(LeukoPickleMachine *m, GError **error);       /* GLOBAL */
gboolean leuko_pickle_import_stack(LeukoPickleMachine *m, GError **error); /* STACK_GLOBAL */
/* A callable and its arguments: REDUCE, NEWOBJ; has_keywords: NEWOBJ_EX. */
gboolean leuko_pickle_call(LeukoPickleMachine *m, gboolean has_keywords, GError **error);
gboolean leuko_pickle_persistent(LeukoPickleMachine *m, GError **error); /* BINPERSID */
