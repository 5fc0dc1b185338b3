/* engine/graph-analysis.h: the analysis of a network that inference and training share: which
 * layers can be merged, swapped or written in place.
 *
 * - Pointwise convolutions (1x1, stride 1, with batch norm) that share an input can be computed as
 *   one.
 * - An average pool that keeps the size commutes with the pointwise convolution after it, because
 *   both are linear. The pool then runs on the convolution's output, which has fewer channels.
 * - A branch can write its output into its slice of the concat, so that a concat copies nothing.
 * - Physical channels: the outputs of each convolution are padded to whole blocks of channels.
 * Threads: immutable after building; any number of readers.
 */
#pragma once
#include "net/net.h"

/* Physical channels [first, first + n) of a root: a tensor that one or more layers write. */
typedef struct {
    guint root;
    guint first, n;
} LeukoSlice;

typedef struct {
    const LeukoNet *net; /* borrowed */
    guint n_layers;
    gboolean *active; /* (n_layers): layers to compute */
    gint *concat;     /* (n_layers): the active concat that reads this layer, or -1 */
    gint *pool;       /* (n_layers): the average pool that commutes with this convolution, or -1 */
    gboolean *moves;  /* (n_layers): an average pool that commutes with the convolution after it */
    guint **channel;  /* (n_layers)(out_channels): physical channel within the layer's slice */
    guint *physical;  /* (n_layers): number of physical channels */
} LeukoGraphAnalysis;

/* (n_layers), g_free: TRUE for `layer` and all layers that it depends on. */
gboolean *leuko_graph_ancestors(const LeukoNet *net, guint layer);
/* (n_layers), g_free: TRUE for all layers that depend on `layer`; FALSE for `layer`. */
gboolean *leuko_graph_descendants(const LeukoNet *net, guint layer);

/* active  (n_layers): layers to compute; taken over
 * align   a convolution's physical channels are a multiple of align; the input is not padded */
LeukoGraphAnalysis *leuko_graph_analysis_new(const LeukoNet *net, gboolean *active, guint align);
void leuko_graph_analysis_free(LeukoGraphAnalysis *analysis); /* NULL does nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeukoGraphAnalysis, leuko_graph_analysis_free)

/* The layer that a convolution reads; a commuting pool in between is skipped. */
guint leuko_graph_source(const LeukoGraphAnalysis *analysis, guint conv);
/* The active convolutions from `first` on that can be computed together with `first`: `first`
 * itself, and if it is pointwise, all pointwise ones of the same source. through_pools FALSE: only
 * those without a commuting pool. Returns their number, at most LEUKO_MAX_INPUTS. */
guint leuko_graph_merge(const LeukoGraphAnalysis *analysis, guint first, gboolean through_pools,
                        guint members[LEUKO_MAX_INPUTS]);
/* The outermost concat that contains `layer`, or `layer` itself. */
guint leuko_graph_outermost(const LeukoGraphAnalysis *analysis, guint layer);
/* Set slices[layer] to `slice`; for a concat, also divide `slice` among its inputs, in order. */
void leuko_graph_assign(const LeukoGraphAnalysis *analysis, guint layer, LeukoSlice slice,
                        LeukoSlice *slices);
