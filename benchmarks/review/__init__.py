"""Systems that the field's review of disordered electrolytes names: computed beside measured."""
