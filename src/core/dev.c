#include "core/dev.h"

void dev_init(struct dev *d, const char *name, const struct field_table *fields, void *state,
              void *owner, void (*reset)(void *owner), void (*restored)(void *owner))
{
    *d = (struct dev){
        .name = name,
        .fields = fields,
        .state = state,
        .owner = owner,
        .reset = reset,
        .restored = restored,
    };
}

void dev_add(struct dev_list *list, struct dev *d)
{
    struct dev **end = &list->first;
    while (*end) {
        end = &(*end)->next;
    }
    *end = d;
    d->next = NULL;
    list->count++;
}

void dev_reset_all(struct dev_list *list)
{
    for (struct dev *d = list->first; d; d = d->next) {
        if (d->reset) {
            d->reset(d->owner);
        }
    }
}

void dev_digest_all(const struct dev_list *list, struct digest *digest)
{
    for (const struct dev *d = list->first; d; d = d->next) {
        if (d->fields) {
            fields_digest(d->fields, d->state, digest);
        }
    }
}
