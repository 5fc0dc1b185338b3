#include "formats/torch/pickle.h"
#include "leuko/error.h"
#include <string.h>

struct LeukoPickle {
    GPtrArray *values; /* owns all of them */
    GPtrArray *storages;
    const LeukoPickleValue *root;
};

typedef struct {
    const guint8 *bytes;
    gsize n_bytes, at, file_offset;
    const char *name;
    LeukoPickle *pickle;
    GPtrArray *stack; /* NULL is a mark */
    GHashTable *memo; /* number -> value */
} Machine;

static void value_free(gpointer data)
{
    LeukoPickleValue *v = data;
    g_free((gchar *)v->text);
    if (v->items)
        g_ptr_array_unref(v->items);
    g_free(v);
}

void leuko_pickle_free(LeukoPickle *p)
{
    if (!p)
        return;
    g_ptr_array_unref(p->storages);
    g_ptr_array_unref(p->values);
    g_free(p);
}

const LeukoPickleValue *leuko_pickle_root(const LeukoPickle *p) { return p->root; }
const GPtrArray *leuko_pickle_storages(const LeukoPickle *p) { return p->storages; }

const LeukoPickleValue *leuko_pickle_get(const LeukoPickleValue *dict, const char *key)
{
    for (guint i = 0; dict && dict->kind == LEUKO_PICKLE_DICT && i + 1 < dict->items->len; i += 2) {
        const LeukoPickleValue *k = dict->items->pdata[i];
        if (k->kind == LEUKO_PICKLE_TEXT && strcmp(k->text, key) == 0)
            return dict->items->pdata[i + 1];
    }
    return NULL;
}

const LeukoPickleValue *leuko_pickle_item(const LeukoPickleValue *list, guint index)
{
    gboolean there = list && list->kind == LEUKO_PICKLE_LIST && index < list->items->len;
    return there ? list->items->pdata[index] : NULL;
}

static gboolean fail(const Machine *m, GError **error, const char *what)
{
    g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_FORMAT, "%s: byte %zu of its pickle: %s", m->name,
                m->file_offset + m->at, what);
    return FALSE;
}

/* --- the stack ------------------------------------------------------------------------------ */

static LeukoPickleValue *new_value(Machine *m, LeukoPickleKind kind)
{
    LeukoPickleValue *v = g_new0(LeukoPickleValue, 1);
    v->kind = kind;
    if (kind == LEUKO_PICKLE_LIST || kind == LEUKO_PICKLE_DICT)
        v->items = g_ptr_array_new();
    g_ptr_array_add(m->pickle->values, v);
    return v;
}

static LeukoPickleValue *push(Machine *m, LeukoPickleKind kind)
{
    LeukoPickleValue *v = new_value(m, kind);
    g_ptr_array_add(m->stack, v);
    return v;
}

static gboolean push_int(Machine *m, gint64 integer)
{
    push(m, LEUKO_PICKLE_INT)->integer = integer;
    return TRUE;
}

/* NULL at a mark or at the bottom. */
static LeukoPickleValue *peek(const Machine *m)
{
    return m->stack->len > 0 ? m->stack->pdata[m->stack->len - 1] : NULL;
}

static LeukoPickleValue *pop(Machine *m)
{
    LeukoPickleValue *v = peek(m);
    if (v)
        g_ptr_array_set_size(m->stack, (gint)m->stack->len - 1);
    return v;
}

/* Index after the last mark, or 0 if there is no mark. */
static guint last_mark(const Machine *m)
{
    for (guint i = m->stack->len; i > 0; i--)
        if (!m->stack->pdata[i - 1])
            return i;
    return 0;
}

/* --- the bytes ------------------------------------------------------------------------------ */

static const guint8 *take(Machine *m, gsize n)
{
    if (n > m->n_bytes - m->at)
        return NULL;
    m->at += n;
    return m->bytes + m->at - n;
}

/* Take an unsigned integer of n <= 8 bytes, little endian. */
static gboolean take_uint(Machine *m, guint n, guint64 *out)
{
    const guint8 *p = take(m, n);
    *out = 0;
    for (guint i = 0; p && i < n; i++)
        *out |= (guint64)p[i] << (8 * i);
    return p != NULL;
}

static gboolean push_text(Machine *m, guint length_bytes)
{
    guint64 n;
    if (!take_uint(m, length_bytes, &n) || n > m->n_bytes - m->at)
        return FALSE;
    LeukoPickleValue *v = push(m, LEUKO_PICKLE_TEXT);
    v->n_text = (gsize)n;
    v->text = g_strndup((const char *)take(m, (gsize)n), (gsize)n);
    return TRUE;
}

/* Push an integer in two's complement. Only its lowest 8 bytes are kept. PyTorch writes one longer
 * integer, the magic number of a legacy file, of which legacy.c compares the lowest 8 bytes. */
static gboolean push_long(Machine *m, guint length_bytes)
{
    guint64 n, integer = 0;
    if (!take_uint(m, length_bytes, &n) || n > m->n_bytes - m->at)
        return FALSE;
    const guint8 *p = take(m, (gsize)n);
    for (gsize i = 0; i < 8; i++) {
        guint64 byte = i < n ? p[i] : n > 0 && (p[n - 1] & 0x80) ? 0xff : 0;
        integer |= byte << (8 * i);
    }
    return push_int(m, (gint64)integer);
}

static gchar *take_line(Machine *m)
{
    const guint8 *end = memchr(m->bytes + m->at, '\n', m->n_bytes - m->at);
    if (!end)
        return NULL;
    gchar *line = g_strndup((const char *)m->bytes + m->at, (gsize)(end - m->bytes) - m->at);
    m->at = (gsize)(end - m->bytes) + 1;
    return line;
}

/* --- containers ----------------------------------------------------------------------------- */

/* Replace the last mark and all values above it by a LIST of these values. */
static gboolean make_list(Machine *m)
{
    guint from = last_mark(m);
    if (from == 0)
        return FALSE;
    LeukoPickleValue *list = new_value(m, LEUKO_PICKLE_LIST);
    for (guint i = from; i < m->stack->len; i++)
        g_ptr_array_add(list->items, m->stack->pdata[i]);
    g_ptr_array_set_size(m->stack, (gint)from - 1);
    g_ptr_array_add(m->stack, list);
    return TRUE;
}

static gboolean make_tuple(Machine *m, guint n)
{
    LeukoPickleValue *items[3];
    for (guint i = n; i > 0; i--)
        if (!(items[i - 1] = pop(m)))
            return FALSE;
    LeukoPickleValue *list = push(m, LEUKO_PICKLE_LIST);
    for (guint i = 0; i < n; i++)
        g_ptr_array_add(list->items, items[i]);
    return TRUE;
}

/* Move the values above index `from` into the container below them: a dictionary (pairs) or a list.
 * INERT objects accept and ignore values. */
static gboolean add_items(Machine *m, guint from, gboolean pairs)
{
    guint n = m->stack->len - from;
    if (pairs && n % 2 != 0)
        return FALSE;
    GPtrArray *items = g_ptr_array_new();
    for (guint i = from; i < m->stack->len; i++)
        g_ptr_array_add(items, m->stack->pdata[i]);
    g_ptr_array_set_size(m->stack, (gint)from);
    LeukoPickleValue *to = peek(m);
    LeukoPickleKind wanted = pairs ? LEUKO_PICKLE_DICT : LEUKO_PICKLE_LIST;
    gboolean marks = FALSE;
    for (guint i = 0; i < items->len; i++)
        marks = marks || !items->pdata[i];
    gboolean good = !marks && to && (to->kind == wanted || to->kind == LEUKO_PICKLE_INERT);
    if (good && to->kind == wanted)
        g_ptr_array_extend(to->items, items, NULL, NULL);
    g_ptr_array_unref(items);
    return good;
}

static gboolean add_marked(Machine *m, gboolean pairs)
{
    guint from = last_mark(m);
    if (from == 0)
        return FALSE;
    g_ptr_array_remove_index(m->stack, from - 1);
    return add_items(m, from - 1, pairs);
}

static gboolean add_last(Machine *m, guint n, gboolean pairs)
{
    return m->stack->len > n && add_items(m, m->stack->len - n, pairs);
}

static gboolean memo_put(Machine *m, guint64 number)
{
    LeukoPickleValue *v = peek(m);
    if (v)
        g_hash_table_insert(m->memo, GUINT_TO_POINTER((guint)number), v);
    return v != NULL;
}

static gboolean memo_get(Machine *m, guint64 number)
{
    LeukoPickleValue *v = g_hash_table_lookup(m->memo, GUINT_TO_POINTER((guint)number));
    if (v)
        g_ptr_array_add(m->stack, v);
    return v != NULL;
}

/* --- imports and calls ---------------------------------------------------------------------- */

static gboolean push_global(Machine *m, const char *module, const char *name, GError **error)
{
    gint index = leuko_torch_global_find(module, name);
    if (index < 0) {
        g_autofree gchar *why = leuko_torch_global_refusal(module, name);
        g_set_error(error, LEUKO_ERROR, LEUKO_ERROR_UNSUPPORTED, "%s: its pickle %s", m->name, why);
        return FALSE;
    }
    push(m, LEUKO_PICKLE_GLOBAL)->global = (guint)index;
    return TRUE;
}

static gboolean op_global(Machine *m, GError **error)
{
    g_autofree gchar *module = take_line(m), *name = module ? take_line(m) : NULL;
    return name ? push_global(m, module, name, error) : fail(m, error, "it ends inside an import");
}

static gboolean op_stack_global(Machine *m, GError **error)
{
    LeukoPickleValue *name = pop(m), *module = pop(m);
    if (!name || !module || name->kind != LEUKO_PICKLE_TEXT || module->kind != LEUKO_PICKLE_TEXT)
        return fail(m, error, "an import without names");
    return push_global(m, module->text, name->text, error);
}

static gboolean make_tensor(Machine *m, const LeukoPickleValue *args, GError **error)
{
    const LeukoPickleValue *storage = leuko_pickle_item(args, 0),
                           *offset = leuko_pickle_item(args, 1), *size = leuko_pickle_item(args, 2),
                           *stride = leuko_pickle_item(args, 3);
    if (!storage || storage->kind != LEUKO_PICKLE_STORAGE || !offset ||
        offset->kind != LEUKO_PICKLE_INT || !size || size->kind != LEUKO_PICKLE_LIST || !stride ||
        stride->kind != LEUKO_PICKLE_LIST)
        return fail(m, error, "a tensor without storage, offset, size and stride");
    LeukoPickleValue *t = push(m, LEUKO_PICKLE_TENSOR);
    t->storage = storage;
    t->offset = offset->integer;
    t->size = size;
    t->stride = stride;
    return TRUE;
}

/* OrderedDict() and OrderedDict([(key, value), ...]). */
static gboolean make_dict(Machine *m, const LeukoPickleValue *args)
{
    const LeukoPickleValue *pairs = leuko_pickle_item(args, 0);
    LeukoPickleValue *dict = push(m, LEUKO_PICKLE_DICT);
    for (guint i = 0; pairs && pairs->kind == LEUKO_PICKLE_LIST && i < pairs->items->len; i++) {
        const LeukoPickleValue *key = leuko_pickle_item(pairs->items->pdata[i], 0),
                               *value = leuko_pickle_item(pairs->items->pdata[i], 1);
        if (key && value) {
            g_ptr_array_add(dict->items, (gpointer)key);
            g_ptr_array_add(dict->items, (gpointer)value);
        }
    }
    return TRUE;
}

static gboolean op_reduce(Machine *m, GError **error)
{
    LeukoPickleValue *args = pop(m), *callee = pop(m);
    if (!args || args->kind != LEUKO_PICKLE_LIST || !callee || callee->kind != LEUKO_PICKLE_GLOBAL)
        return fail(m, error, "a call of something that is not callable");
    switch (leuko_torch_globals[callee->global].use) {
    case LEUKO_GLOBAL_TENSOR:
        return make_tensor(m, args, error);
    case LEUKO_GLOBAL_DICT:
        return make_dict(m, args);
    case LEUKO_GLOBAL_PARAMETER:
    case LEUKO_GLOBAL_LIST: {
        const LeukoPickleValue *first = leuko_pickle_item(args, 0);
        if (!first)
            return fail(m, error, "a call without arguments");
        g_ptr_array_add(m->stack, (gpointer)first);
        return TRUE;
    }
    case LEUKO_GLOBAL_STORAGE:
    case LEUKO_GLOBAL_INERT:
        break;
    }
    push(m, LEUKO_PICKLE_INERT);
    return TRUE;
}

/* ('storage', torch.XStorage, KEY, DEVICE, N[, VIEW]) */
static gboolean op_persistent(Machine *m, GError **error)
{
    const LeukoPickleValue *id = pop(m), *word = leuko_pickle_item(id, 0),
                           *class = leuko_pickle_item(id, 1), *key = leuko_pickle_item(id, 2),
                           *n = leuko_pickle_item(id, 4), *view = leuko_pickle_item(id, 5);
    const LeukoGlobal *global =
        class && class->kind == LEUKO_PICKLE_GLOBAL ? &leuko_torch_globals[class->global] : NULL;
    if (!word || word->kind != LEUKO_PICKLE_TEXT || strcmp(word->text, "storage") != 0 || !global ||
        global->use != LEUKO_GLOBAL_STORAGE || !key || key->kind != LEUKO_PICKLE_TEXT || !n ||
        n->kind != LEUKO_PICKLE_INT || n->integer < 0)
        return fail(m, error, "a persistent id that is not a torch storage");
    LeukoPickleValue *s = push(m, LEUKO_PICKLE_STORAGE);
    s->type = global->type;
    s->value_bytes = global->value_bytes;
    s->text = g_strdup(key->text);
    s->n_values = n->integer;
    s->view = view && view->kind == LEUKO_PICKLE_LIST ? view : NULL;
    g_ptr_array_add(m->pickle->storages, s);
    return TRUE;
}

/* --- the machine ---------------------------------------------------------------------------- */

static gboolean push_inert(Machine *m, gsize skip)
{
    push(m, LEUKO_PICKLE_INERT);
    return take(m, skip) != NULL;
}

static gboolean drop_state(Machine *m)
{
    return pop(m) != NULL && peek(m) != NULL; /* weights do not need _metadata and hooks */
}

static gboolean push_small_int(Machine *m, guint n_bytes)
{
    guint64 v;
    if (!take_uint(m, n_bytes, &v))
        return FALSE;
    return push_int(m, n_bytes == 4 ? (gint32)v : (gint64)v);
}

static gboolean memo_numbered(Machine *m, guint n_bytes, gboolean put)
{
    guint64 number;
    return take_uint(m, n_bytes, &number) && (put ? memo_put(m, number) : memo_get(m, number));
}

static gboolean push_container(Machine *m, LeukoPickleKind kind)
{
    push(m, kind);
    return TRUE;
}

/* Run an operation that needs no message of its own. *known becomes FALSE for any other byte. */
static gboolean simple_op(Machine *m, guint8 op, gboolean *known)
{
    switch (op) {
    case 0x80:
        return take(m, 1) != NULL; /* PROTO */
    case 0x95:
        return take(m, 8) != NULL; /* FRAME */
    case '(':
        g_ptr_array_add(m->stack, NULL);
        return TRUE; /* MARK */
    case 'N':
        return push_inert(m, 0); /* NONE */
    case 0x88:
        return push_int(m, 1); /* NEWTRUE */
    case 0x89:
        return push_int(m, 0); /* NEWFALSE */
    case 'G':
        return push_inert(m, 8); /* BINFLOAT */
    case 'J':
        return push_small_int(m, 4); /* BININT */
    case 'K':
        return push_small_int(m, 1); /* BININT1 */
    case 'M':
        return push_small_int(m, 2); /* BININT2 */
    case 0x8a:
        return push_long(m, 1); /* LONG1 */
    case 0x8b:
        return push_long(m, 4); /* LONG4 */
    case 'X':
    case 'T':
    case 'B':
        return push_text(m, 4); /* BINUNICODE, BINSTRING, BINBYTES */
    case 'U':
    case 'C':
    case 0x8c:
        return push_text(m, 1); /* the SHORT_ forms of these */
    case ')':
        return push_container(m, LEUKO_PICKLE_LIST); /* EMPTY_TUPLE */
    case ']':
        return push_container(m, LEUKO_PICKLE_LIST); /* EMPTY_LIST */
    case 0x8f:
        return push_container(m, LEUKO_PICKLE_LIST); /* EMPTY_SET */
    case '}':
        return push_container(m, LEUKO_PICKLE_DICT); /* EMPTY_DICT */
    case 't':
        return make_list(m); /* TUPLE */
    case 0x85:
        return make_tuple(m, 1); /* TUPLE1 */
    case 0x86:
        return make_tuple(m, 2);
    case 0x87:
        return make_tuple(m, 3);
    case 'a':
        return add_last(m, 1, FALSE); /* APPEND */
    case 'e':
    case 0x90:
        return add_marked(m, FALSE); /* APPENDS, ADDITEMS */
    case 's':
        return add_last(m, 2, TRUE); /* SETITEM */
    case 'u':
        return add_marked(m, TRUE); /* SETITEMS */
    case 'q':
        return memo_numbered(m, 1, TRUE); /* BINPUT */
    case 'r':
        return memo_numbered(m, 4, TRUE); /* LONG_BINPUT */
    case 'h':
        return memo_numbered(m, 1, FALSE); /* BINGET */
    case 'j':
        return memo_numbered(m, 4, FALSE); /* LONG_BINGET */
    case 0x94:
        return memo_put(m, g_hash_table_size(m->memo)); /* MEMOIZE */
    case 'b':
        return drop_state(m); /* BUILD */
    default:
        *known = FALSE;
        return FALSE;
    }
}

static gboolean step(Machine *m, guint8 op, GError **error)
{
    switch (op) {
    case 'c':
        return op_global(m, error);
    case 0x93:
        return op_stack_global(m, error);
    case 'R':
        return op_reduce(m, error);
    case 0x81:
        return op_reduce(m, error); /* NEWOBJ: a class and its arguments */
    case 'Q':
        return op_persistent(m, error);
    default:
        break;
    }
    gboolean known = TRUE;
    if (simple_op(m, op, &known))
        return TRUE;
    if (known)
        return fail(m, error, "damaged or truncated (an operation without its operands)");
    g_autofree gchar *what =
        g_strdup_printf("operation 0x%02x, which torch.save() does not write", op);
    return fail(m, error, what);
}

static gboolean run(Machine *m, GError **error)
{
    while (m->at < m->n_bytes) {
        guint8 op = m->bytes[m->at++];
        if (op == '.') {
            m->pickle->root = pop(m);
            return m->pickle->root ? TRUE : fail(m, error, "it has no result");
        }
        if (!step(m, op, error))
            return FALSE;
    }
    return fail(m, error, "it ends without its end mark");
}

LeukoPickle *leuko_pickle_read(gconstpointer bytes, gsize n_bytes, const char *name,
                               gsize file_offset, gsize *n_read, GError **error)
{
    g_autoptr(LeukoPickle) pickle = g_new0(LeukoPickle, 1);
    pickle->values = g_ptr_array_new_with_free_func(value_free);
    pickle->storages = g_ptr_array_new();
    Machine m = {.bytes = bytes,
                 .n_bytes = n_bytes,
                 .file_offset = file_offset,
                 .name = name,
                 .pickle = pickle};
    m.stack = g_ptr_array_new();
    m.memo = g_hash_table_new(NULL, NULL);
    gboolean good = run(&m, error);
    *n_read = m.at;
    g_ptr_array_unref(m.stack);
    g_hash_table_unref(m.memo);
    return good ? g_steal_pointer(&pickle) : NULL;
}
