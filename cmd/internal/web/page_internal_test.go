package web

import (
	"fmt"
	"testing"

	"sluice/feed/publish"
)

func TestWhatIsKeptOfPagesIsBounded(t *testing.T) {
	var k keptPages
	made := 0
	get := func(page int, tag string) *publish.Representation {
		return k.get(pageKey{place: place{name: "world", page: page}}, pageFrom{atom: tag}, func() *publish.Representation {
			made++
			return &publish.Representation{ETag: fmt.Sprint(page, tag)}
		})
	}
	for page := range 10 * maxKept {
		get(page, "a")
		get(0, "a") // asked for all the time, and so never dropped
	}
	if made != 10*maxKept || len(k.byPlace) != maxKept || k.recent.Len() != maxKept {
		t.Errorf("made %d times, %d and %d are kept", made, len(k.byPlace), k.recent.Len())
	}
	if got := get(0, "b"); got.ETag != "0b" || k.recent.Len() != maxKept {
		t.Errorf("another build gives %s, and %d are kept", got.ETag, k.recent.Len())
	}
	k.get(pageKey{key: "none"}, pageFrom{}, func() *publish.Representation { return nil })
	if k.recent.Len() != maxKept {
		t.Errorf("a page that there is not is kept")
	}
}

func TestASummaryDoesNotRepeatTheTitleThatWasMadeOfIt(t *testing.T) {
	tests := map[string]struct{ title, summary, want string }{
		"a title of its own":          {"Boats", "Boats are back.", "Boats are back."},
		"a title cut from the text":   {"Boats are…", "Boats are back.", "…back."},
		"cut before a comma":          {"Boats…", "Boats, are back.", "…are back."},
		"the text is the title":       {"Boats are back", "Boats are back", ""},
		"another title with the mark": {"And then…", "Boats are back.", "Boats are back."},
		"no text":                     {"Boats", "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := restOf(tt.title, tt.summary); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestALanguageThatIsNoneIsUnknown(t *testing.T) {
	for tag, want := range map[string]string{
		"de": "de", "pt-BR": "pt-BR", "": "", "en_US": "", `de" onload="x`: "", "abcdefghijklmnopqrstuvwxyz-0123456789": "", "enm": "enm",
	} {
		if got := langOf(tag); string(got) != ` lang="`+want+`"` {
			t.Errorf("%q: got %s", tag, got)
		}
	}
	for _, tag := range []string{"en", "en-GB", "EN-us"} {
		if got := langOf(tag); got != "" {
			t.Errorf("%q: got %s, and the page is in English", tag, got)
		}
	}
}
