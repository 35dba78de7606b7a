package memo

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// Sniffed is what a file's name and first bytes tell about it.
type Sniffed struct {
	// Detected is the media type that the bytes look like: one of a few, and
	// application/octet-stream for the rest.
	Detected string
	// Matches tells whether Detected is what the file's name promises. Letters
	// with other bytes are delivered, the official examples are such; but a file
	// that does not match must never be shown inside a page.
	Matches bool
	// Dangerous is set for programs and scripts, by their bytes or their name.
	Dangerous bool
}

// Media types of what a file can be besides a document.
const (
	typeUnknown = "application/octet-stream"
	typeZIP     = "application/zip" // also docx, xlsx, odt, ods
	typeOLE     = "application/x-ole-storage"
	typeRTF     = "application/rtf"
)

// promises has what the bytes may look like for each extension. HTML is not
// told from text without its usual start.
var promises = map[string][]string{
	"pdf":  {"application/pdf"},
	"html": {"text/html", "text/xml", "text/plain"},
	"htm":  {"text/html", "text/xml", "text/plain"},
	"txt":  {"text/plain", "text/html", "text/xml"},
	"xml":  {"text/xml", "text/plain"},
	"csv":  {"text/plain"},
	"ics":  {"text/plain"},
	"doc":  {typeOLE, typeRTF},
	"xls":  {typeOLE},
	"rtf":  {typeRTF},
	"docx": {typeZIP},
	"xlsx": {typeZIP},
	"odt":  {typeZIP},
	"ods":  {typeZIP},
	"bmp":  {"image/bmp"},
	"gif":  {"image/gif"},
	"jpg":  {"image/jpeg"},
	"jpeg": {"image/jpeg"},
	"png":  {"image/png"},
	"tif":  {"image/tiff"},
	"tiff": {"image/tiff"},
}

// magic has the first bytes of formats. The longer of two comes first.
var magic = []struct {
	prefix, mediaType string
	dangerous         bool
}{
	{"\x89PNG\r\n\x1a\n", "image/png", false},
	{"GIF87a", "image/gif", false},
	{"GIF89a", "image/gif", false},
	{"\xFF\xD8\xFF", "image/jpeg", false},
	{"II*\x00", "image/tiff", false},
	{"MM\x00*", "image/tiff", false},
	{"{\\rtf", typeRTF, false},
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", typeOLE, false},
	{"PK\x03\x04", typeZIP, false},
	{"PK\x05\x06", typeZIP, false},
	{"\x7fELF", "application/x-executable", true},
	{"\xFE\xED\xFA\xCE", "application/x-mach-binary", true},
	{"\xFE\xED\xFA\xCF", "application/x-mach-binary", true},
	{"\xCE\xFA\xED\xFE", "application/x-mach-binary", true},
	{"\xCF\xFA\xED\xFE", "application/x-mach-binary", true},
	{"\xCA\xFE\xBA\xBE", "application/java-vm", true}, // and Mach-O for several processors
	{"\x4C\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut", true},
	{"\x00asm", "application/wasm", true},
	{"dex\n", "application/x-dex", true},
	{"#!", "text/x-script", true},
}

// Sniff looks at a file's name and its first bytes.
func Sniff(filename string, head []byte) Sniffed {
	extension := Extension(filename)
	mediaType, dangerous := detect(head)
	s := Sniffed{Detected: mediaType, Dangerous: dangerous || programs[extension]}
	for _, promised := range promises[extension] {
		s.Matches = s.Matches || promised == mediaType
	}
	return s
}

func detect(head []byte) (mediaType string, dangerous bool) {
	body := bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF"))
	for _, m := range magic {
		if bytes.HasPrefix(body, []byte(m.prefix)) {
			if m.mediaType == typeZIP && isJavaArchive(head) {
				return "application/java-archive", true
			}
			return m.mediaType, m.dangerous
		}
	}
	switch {
	case isWindowsProgram(head):
		return "application/x-msdownload", true
	case bytes.Contains(head, []byte("%PDF-")): // readers find it within the first 1,024 bytes
		return "application/pdf", false
	case bytes.HasPrefix(head, []byte("BM")) && len(head) >= 14 && binary.LittleEndian.Uint32(head[6:]) == 0:
		return "image/bmp", false
	case !isText(head):
		return typeUnknown, false
	}
	return textType(body)
}

// isWindowsProgram finds MZ and, where the header says, PE. A text may well
// start with the two letters alone.
func isWindowsProgram(head []byte) bool {
	if len(head) < 64 || string(head[:2]) != "MZ" {
		return false
	}
	at := int64(binary.LittleEndian.Uint32(head[60:]))
	return at+4 > int64(len(head)) && !isText(head[:64]) || at+4 <= int64(len(head)) && string(head[at:at+2]) == "PE" ||
		bytes.IndexByte(head[:64], 0) >= 0
}

// isJavaArchive looks at the name of a ZIP file's first entry.
func isJavaArchive(head []byte) bool {
	return len(head) > 39 && string(head[30:39]) == "META-INF/"
}

// isText tells whether bytes can be a text: UTF-8, or one byte for a letter, or
// UTF-16 with its mark, and no control characters.
func isText(b []byte) bool {
	if bytes.HasPrefix(b, []byte("\xFF\xFE")) || bytes.HasPrefix(b, []byte("\xFE\xFF")) {
		return true
	}
	for _, c := range b {
		if c < ' ' && !isSpace(c) && c != '\f' && c != 0x1B || c == 0x7F {
			return false
		}
	}
	return true
}

// textType tells HTML and XML from other texts, and finds batch files.
func textType(b []byte) (mediaType string, dangerous bool) {
	start := strings.ToLower(string(bytes.TrimLeft(b[:min(len(b), 512)], " \t\r\n\f")))
	switch {
	case strings.HasPrefix(start, "@echo off"):
		return "text/x-script", true
	case !strings.HasPrefix(start, "<") || len(start) < 2:
		return "text/plain", false
	case strings.Contains(start, "<!doctype html"), strings.Contains(start, "<html"):
		return "text/html", false
	case strings.HasPrefix(start, "<?xml"):
		return "text/xml", false
	}
	for _, tag := range []string{"head", "body", "script", "style", "title", "meta", "table", "div", "font", "img", "h1", "p", "b", "br", "!--"} {
		if after, ok := strings.CutPrefix(start[1:], tag); ok && (after == "" || !isName(after[0]) || tag == "!--") {
			return "text/html", false
		}
	}
	if c := start[1]; isName(c) && c < utf8.RuneSelf {
		return "text/xml", false
	}
	return "text/plain", false
}
