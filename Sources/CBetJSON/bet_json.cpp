#include "bet_json.h"
