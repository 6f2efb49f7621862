package web

import (
	"fmt"
	"testing"

	"sluice/feed"
	"sluice/feed/publish"
)

func TestWhatIsKeptOfPagesIsBounded(t *testing.T) {
	p := newPageSet()
	made := 0
	get := func(page int, tag string, keep bool) *publish.Representation {
		return p.draw(pageKey{place: place{name: "world", page: page}}, pageFrom{atom: tag}, keep, func() *publish.Representation {
			made++
			return &publish.Representation{ETag: fmt.Sprint(page, tag)}
		})
	}
	for page := range 10 * maxKept {
		get(page, "a", true)
		get(0, "a", true) // asked for all the time, and so never dropped
	}
	if made != 10*maxKept || len(p.kept.byPlace) != maxKept || p.kept.recent.Len() != maxKept {
		t.Errorf("made %d times, %d and %d are kept", made, len(p.kept.byPlace), p.kept.recent.Len())
	}
	if got := get(0, "b", true); got.ETag != "0b" || p.kept.recent.Len() != maxKept {
		t.Errorf("another build gives %s, and %d are kept", got.ETag, p.kept.recent.Len())
	}
	made = 0
	get(-1, "a", false)
	get(-1, "a", false)
	if made != 2 || p.kept.recent.Len() != maxKept {
		t.Errorf("a page that is not as it should be is made %d times for two requests", made)
	}
}

func TestAnArchiveIsEnteredWhereTheDocumentEnds(t *testing.T) {
	entries := func(names ...string) (list []publish.Entry) {
		for _, name := range names {
			e := publish.Entry{Stored: feed.Stored{ID: "urn:" + name}}
			e.Title = name[:1]
			list = append(list, e)
		}
		return list
	}
	tests := map[string]struct {
		archive, document []string
		want              int
	}{
		"nothing in common":            {[]string{"c", "d"}, []string{"a", "b"}, 0},
		"the beginning in common":      {[]string{"b", "c", "d"}, []string{"a", "b", "c"}, 2},
		"all in common":                {[]string{"b", "c"}, []string{"a", "b", "c"}, 1},
		"a folded one not in common":   {[]string{"b", "c", "c2", "d"}, []string{"b", "c"}, 1},
		"one between is not in common": {[]string{"b", "x", "c"}, []string{"b", "c"}, 1},
		"an empty archive":             {nil, []string{"a"}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := firstUnshown(entries(tt.archive...), entries(tt.document...)); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
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
