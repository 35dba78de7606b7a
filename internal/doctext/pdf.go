package doctext

// pdf reads PDF.
func pdf(o *out, content []byte) {}
