package doctext

import (
	"bytes"
	"compress/flate"
	"encoding/ascii85"
	"io"
)

// unpack undoes the filters of a stream; what cannot be unpacked is left out.
func (f *pdfFile) unpack(s pdfStream) []byte {
	filters := f.array(s.dict["Filter"])
	if n := f.name(s.dict["Filter"]); n != "" {
		filters = pdfArray{n}
	}
	params := f.array(s.dict["DecodeParms"])
	if d := f.dict(s.dict["DecodeParms"]); d != nil {
		params = pdfArray{d}
	}
	body := s.raw
	for i, filter := range filters {
		if i == 4 {
			return nil
		}
		switch f.name(filter) {
		case "FlateDecode", "Fl":
			body = f.inflate(body)
			if i < len(params) {
				body = f.predicted(body, f.dict(params[i]))
			}
		case "ASCIIHexDecode", "AHx":
			if len(body) > maxPacked {
				return nil
			}
			f.fuel -= len(body)
			p := &pdfParser{f: f, b: append([]byte("<"), body...)}
			body = p.readHex()
		case "ASCII85Decode", "A85":
			if end := bytes.Index(body, []byte("~>")); end >= 0 {
				body = body[:end]
			}
			if len(body) > maxPacked {
				return nil
			}
			f.fuel -= len(body)
			out := make([]byte, 4*len(body)+8)
			n, _, err := ascii85.Decode(out, body, true)
			if err != nil {
				return nil
			}
			body = out[:n]
		default:
			return nil
		}
	}
	return body
}

// inflate unpacks as much as is there: the end of a stream is often damaged.
func (f *pdfFile) inflate(body []byte) []byte {
	if len(body) < 2 || f.fuel <= 0 || f.unpacked >= maxUnpacked {
		return nil
	}
	var out bytes.Buffer
	r := flate.NewReader(bytes.NewReader(body[2:]))                         // behind the two bytes that zlib begins with; its sum at the end is not looked at
	n, _ := io.Copy(&out, io.LimitReader(r, maxUnpacked-int64(f.unpacked))) //nolint:errcheck // as far as it can be read
	f.unpacked += int(n)
	f.fuel -= int(n) / 16
	return out.Bytes()
}

// predicted undoes the PNG predictors.
func (f *pdfFile) predicted(body []byte, params pdfDict) []byte {
	if f.int(params["Predictor"]) < 10 {
		return body
	}
	whole := func(name pdfName, otherwise int) int {
		if n := f.int(params[name]); n > 0 && n < 1<<15 {
			return n
		}
		return otherwise
	}
	pixel := max(1, whole("Colors", 1)*whole("BitsPerComponent", 8)/8)
	row := (whole("Columns", 1)*whole("Colors", 1)*whole("BitsPerComponent", 8) + 7) / 8
	if row > 1<<16 || pixel > row {
		return nil
	}
	f.fuel -= len(body)
	var out []byte
	above := make([]byte, row)
	for len(body) > 1 {
		kind := body[0]
		now := make([]byte, row)
		body = body[1+copy(now, body[1:min(len(body), row+1)]):]
		for i := range now {
			var left, corner byte
			if i >= pixel {
				left, corner = now[i-pixel], above[i-pixel]
			}
			switch kind {
			case 1:
				now[i] += left
			case 2:
				now[i] += above[i]
			case 3:
				now[i] += byte((int(left) + int(above[i])) / 2)
			case 4:
				now[i] += paeth(left, above[i], corner)
			}
		}
		if len(out)+row > maxUnpacked {
			return out
		}
		out = append(out, now...)
		above = now
	}
	return out
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	pa, pb, pc := max(p-int(a), int(a)-p), max(p-int(b), int(b)-p), max(p-int(c), int(c)-p)
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}
