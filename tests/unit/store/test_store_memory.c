/* The store's suite over the reference engine. */
#include "store/engine.h"

static const _Bool keeps_data = 0;

static enum err open_engine(struct engine **out, _Bool fresh)
{
    (void)fresh;
    return engine_open_memory(out);
}

#include "tests/unit/store/suite.h"

int main(void)
{
    run_suite();
    return test_end();
}
