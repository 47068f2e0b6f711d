"""What goes over the wire: frozen, lossless values, codecs for three dialects, canonical JSON, the prefix chain."""
