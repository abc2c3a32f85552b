/*
 * Plans, for siblings only.
 */
#pragma once
#include "state/plan.h"
#include "state_internal.h"
