/*
 * Target paths, between their files.
 */
#pragma once
#include "core/path.h"

/* Equal without regard to case, of any letters. */
gboolean path_same_text(const char *a, const char *b);
