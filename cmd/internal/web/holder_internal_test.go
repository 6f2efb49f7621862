package web

import (
	"strings"
	"testing"

	"sluice/feed/fuzztest"
	"sluice/feed/publish"
)

func TestLinksOfAFeedCarryTheTokenOfItsHolderButTheOneToItself(t *testing.T) {
	s := &site{base: "https://feeds.example.org/x"}
	const key = "?token=T"
	tests := map[string]struct {
		at       place
		was, now string
	}{
		"to itself":           {place{name: "a", ext: "atom"}, `<link rel="self" href="BASE/a.atom">`, `<link rel="self" href="BASE/a.atom">`},
		"to its page":         {place{name: "a", ext: "atom"}, `<link rel="alternate" href="BASE/a">`, `<link rel="alternate" href="BASE/a?token=T">`},
		"to its page, in RSS": {place{name: "a", ext: "rss"}, `<link>BASE/a</link>`, `<link>BASE/a?token=T</link>`},
		"to an archive":       {place{name: "a", ext: "atom"}, `<link rel="prev-archive" href="BASE/a/archive/2.atom">`, `<link rel="prev-archive" href="BASE/a/archive/2.atom?token=T">`},
		"of an archive to itself": {
			place{name: "a", archive: 2, ext: "atom"},
			`href="BASE/a/archive/2.atom" href="BASE/a/archive/3.atom" href="BASE/a.atom"`,
			`href="BASE/a/archive/2.atom" href="BASE/a/archive/3.atom?token=T" href="BASE/a.atom?token=T"`,
		},
		"of JSON": {
			place{name: "a", ext: "json"},
			`{"feed_url":"BASE/a.json","next_url":"BASE/a/archive/1.json","home_page_url":"BASE/a"}`,
			`{"feed_url":"BASE/a.json","next_url":"BASE/a/archive/1.json?token=T","home_page_url":"BASE/a?token=T"}`,
		},
		"to another output":    {place{name: "a", ext: "atom"}, `href="BASE/ab.rss" href="BASE/b.rss" href="BASE/b"`, `href="BASE/ab.rss" href="BASE/b.rss" href="BASE/b"`},
		"to what there is not": {place{name: "a", ext: "atom"}, `href="BASE/a.txt" href="BASE/a/archive/x" href="BASE/a?b" href="BASE/a#b"`, `href="BASE/a.txt" href="BASE/a/archive/x" href="BASE/a?b" href="BASE/a#b"`},
		"in a text":            {place{name: "a", ext: "atom"}, `<p>see BASE/a and BASE/a.rss, "BASE/a.rss and BASE/a"</p>`, `<p>see BASE/a and BASE/a.rss, "BASE/a.rss and BASE/a"</p>`},
		"cut at the end":       {place{name: "a", ext: "atom"}, `"BASE/a`, `"BASE/a`},
		"none":                 {place{name: "a", ext: "atom"}, `nothing`, `nothing`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			full := func(text string) string { return strings.ReplaceAll(text, "BASE", "https://feeds.example.org/x/feeds") }
			if got := string(s.keyed([]byte(full(tt.was)), tt.at, key)); got != full(tt.now) {
				t.Errorf("got  %s\nwant %s", got, full(tt.now))
			}
		})
	}
}

func TestAFeedForAHolderIsMadeOnceAndKeptWithinABound(t *testing.T) {
	s := &site{base: "https://feeds.example.org"}
	rep, err := publish.Represent("application/rss+xml", []byte(strings.Repeat(`<link>https://feeds.example.org/feeds/a</link>`, 100)))
	if err != nil {
		t.Fatal(err)
	}
	at := place{name: "a", ext: "rss"}
	one := s.forHolder(&rep, at, "?token=T")
	if s.forHolder(&rep, at, "?token=T") != one {
		t.Error("the same feed is made twice")
	}
	other := s.forHolder(&rep, at, "?token=U")
	if other == one || !strings.Contains(string(other.Body), "?token=U") || strings.Contains(string(other.Body), "?token=T") {
		t.Errorf("another holder got %.90s", other.Body)
	}
	if one.ETag != rep.ETag || len(one.Coded) != len(rep.Coded) || one.Coded[0].ETag != rep.Coded[0].ETag {
		t.Errorf("got tags %s %v, want those of the feed", one.ETag, one.Coded)
	}
	next, err := publish.Represent("application/rss+xml", []byte("another"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.forHolder(&next, at, "?token=T"); string(got.Body) != "another" {
		t.Errorf("of the next build: %s", got.Body)
	}
	for n := range 2 * maxHeld {
		s.forHolder(&rep, place{name: "a", archive: n + 1, ext: "rss"}, "?token=T")
	}
	if len(s.held.kept) > maxHeld {
		t.Errorf("%d are kept", len(s.held.kept))
	}
}

// FuzzATokenIsAddedToLinksAndNothingIsTaken has any document keyed: without the keys it is
// what it was, and no address but one of the output's own has one.
func FuzzATokenIsAddedToLinksAndNothingIsTaken(f *testing.F) {
	f.Add(`<link href="https://h.example/feeds/a.atom"><link>https://h.example/feeds/a</link>`)
	f.Add(`"https://h.example/feeds/a/archive/1.json""https://h.example/feeds/ahttps://h.example/feeds/a"`)
	s := &site{base: "https://h.example"}
	const key = "?token=T"
	f.Fuzz(func(t *testing.T, body string) {
		defer fuzztest.Within(t, len(body), fuzztest.Cost{Bytes: 4 << 20, Each: 4 << 10})()
		body = strings.ReplaceAll(body, key, "")
		if strings.Contains(body, key) {
			t.Skip("a key was put together by taking another away")
		}
		got := string(s.keyed([]byte(body), place{name: "a", ext: "atom"}, key))
		if strings.ReplaceAll(got, key, "") != body {
			t.Errorf("%q became %q", body, got)
		}
		parts := strings.Split(got, key)
		for _, before := range parts[:len(parts)-1] {
			if own := strings.LastIndex(before, "https://h.example/feeds/a"); own < 0 || !s.isPlaceOf("a", before[own:]) {
				t.Errorf("a key follows %q", before)
			}
		}
	})
}
