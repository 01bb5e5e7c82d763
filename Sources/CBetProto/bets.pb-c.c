#include "bets.pb-c.h"
