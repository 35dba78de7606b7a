package memo

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

// MBX-19: what is shown is what it says it is, and programs never come in.
func TestSniff(t *testing.T) {
	archive := func(first string) string {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		w.Create(first)
		w.Close()
		return b.String()
	}
	exe := "MZ\x90\x00" + strings.Repeat("\x00", 56) + "\x80\x00\x00\x00" + strings.Repeat("\x00", 64) + "PE\x00\x00"
	for _, c := range []struct {
		name, content, detected string
		matches, dangerous      bool
	}{
		{"brev.pdf", "%PDF-1.7\n", "application/pdf", true, false},
		{"brev.pdf", "\n\n%PDF-1.4", "application/pdf", true, false},
		{"brev.pdf", "This is a test", "text/plain", false, false},
		{"brev.pdf", "<html><script>", "text/html", false, false},
		{"brev.html", "<!DOCTYPE html><p>", "text/html", true, false},
		{"brev.html", "\uFEFF \n<p>Kære Mette", "text/html", true, false},
		{"brev.html", "<script>alert(1)</script>", "text/html", true, false},
		{"brev.html", `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">`, "text/html", true, false},
		{"brev.txt", "K\xE6re Mette", "text/plain", true, false}, // Latin-1
		{"brev.txt", "\xFF\xFEK\x00", "text/plain", true, false},
		{"brev.txt", "MZ er to bogstaver, som en tekst godt kan begynde med, uden at det er et program.", "text/plain", true, false},
		{"brev.txt", "\x00\x01", "application/octet-stream", false, false},
		{"data.xml", "<?xml version='1.0'?><a/>", "text/xml", true, false},
		{"data.xml", "<a/>", "text/xml", true, false},
		{"data.xml", "<memo:Message/>", "text/xml", true, false},
		{"brev.doc", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "application/x-ole-storage", true, false},
		{"brev.doc", `{\rtf1`, "application/rtf", true, false},
		{"brev.docx", archive("[Content_Types].xml"), "application/zip", true, false},
		{"brev.odt", archive("mimetype"), "application/zip", true, false},
		{"foto.png", "\x89PNG\r\n\x1a\n", "image/png", true, false},
		{"foto.png", "\xFF\xD8\xFF\xE0", "image/jpeg", false, false},
		{"foto.JPG", "\xFF\xD8\xFF\xE0", "image/jpeg", true, false},
		{"foto.gif", "GIF89a", "image/gif", true, false},
		{"foto.tif", "II*\x00", "image/tiff", true, false},
		{"foto.bmp", "BM\x10\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00", "image/bmp", true, false},
		{"brev.pdf", exe, "application/x-msdownload", false, true},
		{"brev.pdf", exe[:100], "application/x-msdownload", false, true},
		{"brev.pdf", "\x7fELF\x02", "application/x-executable", false, true},
		{"brev.pdf", "\xCF\xFA\xED\xFE", "application/x-mach-binary", false, true},
		{"brev.pdf", "\xCA\xFE\xBA\xBE", "application/java-vm", false, true},
		{"brev.pdf", "\x4C\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut", false, true},
		{"brev.txt", "#!/bin/sh\n", "text/x-script", false, true},
		{"brev.txt", "\r\n@ECHO OFF\r\n", "text/x-script", false, true},
		{"brev.docx", archive("META-INF/MANIFEST.MF"), "application/java-archive", false, true},
		{"brev.vbs", "hej", "text/plain", false, true},
		{"brev.pdf.lnk", "hej", "text/plain", false, true},
		{"brev.zip", archive("a"), "application/zip", false, false},
		{"brev", "", "text/plain", false, false},
		{"x", "<", "text/plain", false, false},
	} {
		t.Run(c.name+" "+c.detected, func(t *testing.T) {
			if got, want := Sniff(c.name, []byte(c.content)), (Sniffed{c.detected, c.matches, c.dangerous}); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

// What is dangerous is refused whatever it is called.
func TestDangerousContent(t *testing.T) {
	m := letter()
	m.Body.MainDocument.Files[0] = file("brev.pdf", "application/pdf", "#!/bin/sh\nrm -rf /")
	_, err := Read(strings.NewReader(xmlOf(t, m)), ReadOptions{Rules: &Rules{}})
	wantProblems(t, err, "/Message/MessageBody/MainDocument/File[1]/content file.content.not.allowed")
}
