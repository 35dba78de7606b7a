package rights

import (
	"os"
	"testing"

	"digitalpost/internal/testkit"
	"digitalpost/internal/web"
)

// Every key that a page or a handler names has its words in both languages.
func TestTexts(t *testing.T) {
	pages, err := web.NewPages(os.DirFS("templates"), texts)
	if err != nil {
		t.Fatal(err)
	}
	keys, _ := testkit.Keys(t)
	for _, key := range keys {
		for _, lang := range []web.Lang{web.Danish, web.English} {
			if pages.Words(lang).T(key) == key {
				t.Errorf("%q has no words in %s", key, lang)
			}
		}
	}
}
