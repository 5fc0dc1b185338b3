/* compile/held-out.h: which training images take the place of an absent validation split. All
 * copies of one original are on one side, and any process finds the same images. */
#pragma once
#include "leuko/dataset.h"

G_BEGIN_DECLS

/* TRUE if the shards in `path` have training images but no validation images. */
gboolean leuko_held_out_applies(const char *path);
/* TRUE for about half of the originals of a training split: they are compared on, and the others
 * calibrate. */
gboolean leuko_held_out_is(const LeukoRecord *record);

G_END_DECLS
