/* The operations of a pickle, one after another. */
#include "formats/torch/pickle-machine.h"
#include "leuko/error.h"

void leuko_pickle_free(LeukoPickle *p)
{
    if (!p)
        return;
    g_ptr_array_unref(p->storages);
    leuko_pile_free(p->pile);
    g_free(p);
}

const LeukoPickleValue *leuko_pickle_root(const LeukoPickle *p) { return p->root; }
const GPtrArray *leuko_pickle_storages(const LeukoPickle *p) { return p->storages; }

gboolean leuko_pickle_fail(const LeukoPickleMachine *m, GError **error, const char *what)
{
    if (leuko_budget_is_spent(&m->budget))
        return leuko_budget_fail(&m->budget, error);
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: byte %zu of its pickle: %s", m->name,
                m->file_offset + m->at, what);
    return FALSE;
}

/* --- the machine ---------------------------------------------------------------------------- */

static gboolean push_inert(LeukoPickleMachine *m, gsize skip)
{
    return leuko_pickle_push(m, LEUKO_PICKLE_INERT) && leuko_pickle_take(m, skip);
}

static gboolean drop_state(LeukoPickleMachine *m)
{
    return leuko_pickle_pop(m) != NULL &&
           leuko_pickle_peek(m) != NULL; /* weights do not need _metadata and hooks */
}

static gboolean push_small_int(LeukoPickleMachine *m, guint n_bytes)
{
    guint64 v;
    if (!leuko_pickle_take_uint(m, n_bytes, &v))
        return FALSE;
    return leuko_pickle_push_int(m, n_bytes == 4 ? (gint32)v : (gint64)v);
}

static gboolean memo_numbered(LeukoPickleMachine *m, guint n_bytes, gboolean put)
{
    guint64 number;
    return leuko_pickle_take_uint(m, n_bytes, &number) &&
           (put ? leuko_pickle_memo_put(m, number) : leuko_pickle_memo_get(m, number));
}

static gboolean push_container(LeukoPickleMachine *m, LeukoPickleKind kind)
{
    return leuko_pickle_push(m, kind) != NULL;
}

/* Run an operation that needs no message of its own. *known becomes FALSE for any other byte. */
static gboolean simple_op(LeukoPickleMachine *m, guint8 op, gboolean *known)
{
    switch (op) {
    case 0x80:
        return leuko_pickle_take(m, 1) != NULL; /* PROTO */
    case 0x95:
        return leuko_pickle_take(m, 8) != NULL; /* FRAME */
    case '(':
        return leuko_pickle_push_value(m, NULL); /* MARK */
    case 'N':
        return push_inert(m, 0); /* NONE */
    case 0x88:
        return leuko_pickle_push_int(m, 1); /* NEWTRUE */
    case 0x89:
        return leuko_pickle_push_int(m, 0); /* NEWFALSE */
    case 'G':
        return push_inert(m, 8); /* BINFLOAT */
    case 'J':
        return push_small_int(m, 4); /* BININT */
    case 'K':
        return push_small_int(m, 1); /* BININT1 */
    case 'M':
        return push_small_int(m, 2); /* BININT2 */
    case 0x8a:
        return leuko_pickle_push_long(m, 1); /* LONG1 */
    case 0x8b:
        return leuko_pickle_push_long(m, 4); /* LONG4 */
    case 'X':
    case 'T':
    case 'B':
        return leuko_pickle_push_text(m, 4); /* BINUNICODE, BINSTRING, BINBYTES */
    case 0x8d:
    case 0x8e:
    case 0x96:
        return leuko_pickle_push_text(m, 8); /* BINUNICODE8, BINBYTES8, BYTEARRAY8 */
    case '0':
        return leuko_pickle_pop(m) != NULL; /* POP */
    case '1':
        return leuko_pickle_drop_marked(m); /* POP_MARK */
    case 'U':
    case 'C':
    case 0x8c:
        return leuko_pickle_push_text(m, 1); /* the SHORT_ forms of these */
    case ')':
        return push_container(m, LEUKO_PICKLE_LIST); /* EMPTY_TUPLE */
    case ']':
        return push_container(m, LEUKO_PICKLE_LIST); /* EMPTY_LIST */
    case 0x8f:
        return push_container(m, LEUKO_PICKLE_LIST); /* EMPTY_SET */
    case '}':
        return push_container(m, LEUKO_PICKLE_DICT); /* EMPTY_DICT */
    case 't':
    case 0x91:
        return leuko_pickle_list_marked(m); /* TUPLE, FROZENSET */
    case 0x85:
        return leuko_pickle_list_last(m, 1); /* TUPLE1 */
    case 0x86:
        return leuko_pickle_list_last(m, 2);
    case 0x87:
        return leuko_pickle_list_last(m, 3);
    case 'a':
        return leuko_pickle_add_last(m, 1, FALSE); /* APPEND */
    case 'e':
    case 0x90:
        return leuko_pickle_add_marked(m, FALSE); /* APPENDS, ADDITEMS */
    case 's':
        return leuko_pickle_add_last(m, 2, TRUE); /* SETITEM */
    case 'u':
        return leuko_pickle_add_marked(m, TRUE); /* SETITEMS */
    case 'q':
        return memo_numbered(m, 1, TRUE); /* BINPUT */
    case 'r':
        return memo_numbered(m, 4, TRUE); /* LONG_BINPUT */
    case 'h':
        return memo_numbered(m, 1, FALSE); /* BINGET */
    case 'j':
        return memo_numbered(m, 4, FALSE); /* LONG_BINGET */
    case 0x94:
        return leuko_pickle_memo_put(m, m->n_memo); /* MEMOIZE */
    case 'b':
        return drop_state(m); /* BUILD */
    default:
        *known = FALSE;
        return FALSE;
    }
}

static gboolean step(LeukoPickleMachine *m, guint8 op, GError **error)
{
    switch (op) {
    case 'c':
        return leuko_pickle_import(m, error);
    case 0x93:
        return leuko_pickle_import_stack(m, error);
    case 'R':
        return leuko_pickle_call(m, FALSE, error);
    case 0x81:
        return leuko_pickle_call(m, FALSE, error); /* NEWOBJ: a class and its arguments */
    case 0x92:
        return leuko_pickle_call(m, TRUE, error); /* NEWOBJ_EX: and keyword arguments */
    case 'Q':
        return leuko_pickle_persistent(m, error);
    default:
        break;
    }
    gboolean known = TRUE;
    if (simple_op(m, op, &known))
        return TRUE;
    if (known)
        return leuko_pickle_fail(m, error,
                                 "damaged or truncated (an operation without its operands)");
    g_autofree gchar *what =
        g_strdup_printf("operation 0x%02x, which torch.save() does not write", op);
    return leuko_pickle_fail(m, error, what);
}

static gboolean run(LeukoPickleMachine *m, GError **error)
{
    while (m->at < m->n_bytes) {
        guint8 op = m->bytes[m->at++];
        if (!leuko_budget_steps(&m->budget, 1))
            return leuko_budget_fail(&m->budget, error);
        if (op == '.') {
            m->pickle->root = leuko_pickle_pop(m);
            return m->pickle->root ? TRUE : leuko_pickle_fail(m, error, "it has no result");
        }
        if (!step(m, op, error))
            return FALSE;
    }
    return leuko_pickle_fail(m, error, "it ends without its end mark");
}

LeukoPickle *leuko_pickle_read(gconstpointer bytes, gsize n_bytes, const char *name,
                               gsize file_offset, gsize *n_read, GError **error)
{
    g_autoptr(LeukoPickle) pickle = g_new0(LeukoPickle, 1);
    pickle->pile = leuko_pile_new();
    pickle->storages = g_ptr_array_new();
    LeukoPickleMachine m = {.bytes = bytes,
                            .n_bytes = n_bytes,
                            .file_offset = file_offset,
                            .name = name,
                            .pickle = pickle};
    leuko_budget_start(&m.budget, name, n_bytes);
    gboolean good = run(&m, error);
    *n_read = m.at;
    g_free(m.stack.values);
    g_free(m.memo.values);
    leuko_budget_end(&m.budget);
    return good ? g_steal_pointer(&pickle) : NULL;
}
