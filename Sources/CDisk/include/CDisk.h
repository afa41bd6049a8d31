#ifndef SHOAL_CDISK_H
#define SHOAL_CDISK_H

#include "shoal_idle.h"
#include "shoal_reserve.h"
#include "shoal_window.h"
#include "shoal_writeback.h"

#endif
