"""The use cases, one module per noun; each opens its own transaction and passes plain values on."""
