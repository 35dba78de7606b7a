package login

import (
	"net/url"
	"testing"
)

func FuzzLocalPath(f *testing.F) {
	for _, seed := range []string{"/", "/a?b=c", "//x", "/\\x", "https://x", "/\t/x", "/%2f/x", "/..//x", "/./\\x"} {
		f.Add(seed)
	}
	host, err := url.Parse("https://borger.example.dk/log-ind/svar")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, to string) {
		path := localPath(to)
		at, err := host.Parse(path)
		if err != nil || at.Host != host.Host || at.Scheme != "https" || len(path) > 1 && (path[1] == '/' || path[1] == '\\') {
			t.Errorf("%q leads to %v (%v)", to, at, err)
		}
	})
}
