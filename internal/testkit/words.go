package testkit

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var named = regexp.MustCompile(`(?:\bt |words\.T\()"([a-z.]+)"|\b(?:n |words\.N\(|v\.spelled\()"([a-z.]+)"`)

// Keys are the keys of words that the pages and handlers of a portal name, in the folder
// of the test that asks; and all of their text.
func Keys(t testing.TB) (keys []string, used string) {
	t.Helper()
	var all strings.Builder
	for _, pattern := range []string{"*.go", "templates/*.html"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasPrefix(name, "texts") || strings.HasSuffix(name, "_test.go") {
				continue
			}
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(raw)
		}
	}
	for _, found := range named.FindAllStringSubmatch(all.String(), -1) {
		switch key := found[1] + found[2]; {
		case strings.HasSuffix(key, "."): // the rest of it is made
		case found[2] != "":
			keys = append(keys, key+".one", key+".many")
		default:
			keys = append(keys, key)
		}
	}
	return keys, all.String()
}
