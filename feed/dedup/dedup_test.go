package dedup_test

import (
	"errors"
	"strings"
	"testing"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/feed/fuzztest"
)

const (
	harbour = "The harbour of the old town was closed on Tuesday after a crane fell into the water beside the ferry pier."
	museum  = "A museum in the north has bought three hundred letters that a clockmaker wrote to his sister in the winter of 1794."
	orchard = "Growers expect half of last year's apples because frost came late in April and bees stayed away from the blossoms."
)

// item is an article in short: guid, address, title, text.
func item(guid, address, title, text string) feed.Article {
	return feed.Article{GUID: guid, URL: address, Title: title, Content: "<p>" + text + "</p>"}
}

func TestCoverageIsTheSharedPartOfTheShorterText(t *testing.T) {
	for name, test := range map[string]struct {
		a, b     string
		min, max float64
	}{
		"equal texts":                      {harbour, harbour, 1, 1},
		"case and punctuation":             {harbour, strings.ToUpper(strings.TrimSuffix(harbour, ".")), 1, 1},
		"a text within a longer":           {harbour, museum + " " + harbour + " " + orchard, 1, 1},
		"the order of arguments":           {museum + " " + harbour, harbour, 1, 1},
		"half of a text":                   {harbour + " " + museum, harbour + " " + orchard, 0.4, 0.6},
		"nothing in common":                {harbour, museum, 0, 0},
		"nothing":                          {"", harbour, 0, 0},
		"nothing at all":                   {"", "", 0, 0},
		"three words that are equal":       {"the crane fell", "The crane fell.", 1, 1},
		"three words within a text":        {"a crane fell", harbour, 0, 0},
		"the same words in another order":  {"one two three four five six", "six five four three two one", 0, 0},
		"scripts without blanks":           {"東京の港で火曜日にクレーンが海に落ちた", "東京の港で火曜日にクレーンが海に落ちたと警察が発表した", 1, 1},
		"formulas of scripts without them": {"東京の港でクレーンが落ちた", "大阪の港でトラックが止まった", 0, 0},
		"broken bytes":                     {"\xff\xfe", "\xff\xfe", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := dedup.Coverage(test.a, test.b); got < test.min || got > test.max {
				t.Errorf("got %.2f, want %.2f to %.2f", got, test.min, test.max)
			}
		})
	}
}

func TestTitlesAreComparedByTheirWords(t *testing.T) {
	for a, b := range map[string]string{
		"Crane  falls!":        "crane falls",
		"“Crane” – falls":      "\"Crane\" falls",
		"ｃｒａｎｅ falls":          "crane falls",
		"Über uns":             "ÜBER UNS",
		"हिन्दी समाचार":        "हिन्दी, समाचार",
		"???":                  " ??? ",
		"Crane falls: 3 hurt ": "Crane falls, 3 hurt",
	} {
		if got, want := dedup.NormalTitle(a), dedup.NormalTitle(b); got != want || got == "" {
			t.Errorf("%q is %q, %q is %q; want one", a, got, b, want)
		}
	}
	for a, b := range map[string]string{"C": "C++ 2", "???": "!!!", "3 hurt": "4 hurt"} {
		if got := dedup.NormalTitle(a); got == dedup.NormalTitle(b) {
			t.Errorf("%q and %q are both %q; want two", a, b, got)
		}
	}
}

func TestIDTakesOverWhatMayBeAnIRI(t *testing.T) {
	free := func(string) (bool, error) { return false, nil }
	for guid, own := range map[string]bool{
		"https://a.example/1":                           true,
		"HTTP://a.example/1?p=2#x":                      true,
		"urn:uuid:6d1c2b8e-8a0f-4f6e-9a53-3f1f9f1e0c01": true,
		"tag:a.example,2026:posts/1":                    true,
		"tag:a.example,2026-03-01:":                     false,
		"https://a.example/ü":                           true,
		"":                                              false,
		"12345":                                         false,
		"a.example/1":                                   false,
		"/posts/1":                                      false,
		"https:///1":                                    false,
		"https://":                                      false,
		"urn:uuid":                                      false,
		"tag:a.example:1":                               false,
		"made-up:1":                                     false,
		"javascript:alert(1)":                           false,
		"yt:video:abc":                                  false,
		"https://a.example/a b":                         false,
		"https://a.example/\u00a0b":                     false,
		"https://a.example/\"b":                         false,
		"https://a.example/<b>":                         false,
		"https://a.example/\u202eb":                     false,
		"https://a.example/100%":                        false,
		"https://a.example/1#2#3":                       false,
		"https://a.example/\xff":                        false,
		"https://a.example/" + strings.Repeat("x", 2000): false,
	} {
		it := dedup.Prepare("", []feed.Article{{Source: "news", GUID: guid, Title: "Crane"}})[0]
		id, err := dedup.ID(it, "feeds.example", 2026, free)
		if err != nil {
			t.Fatal(err)
		}
		if made := strings.HasPrefix(id, "tag:feeds.example,2026:news/"); (id == guid) != own || made == own {
			t.Errorf("guid %.60q gives id %.60q; own: %v", guid, id, own)
		}
	}
}

func TestIDIsNeverAnothers(t *testing.T) {
	used := map[string]bool{"https://a.example/1": true}
	it := dedup.Prepare("", []feed.Article{{Source: "news", GUID: "https://a.example/1"}})[0]
	for range 3 {
		id, err := dedup.ID(it, "[2001:db8::1]", 2026, func(id string) (bool, error) { return used[id], nil })
		if err != nil || used[id] || !dedup.IsIRI(id) {
			t.Fatalf("got %q, %v", id, err)
		}
		used[id] = true
	}
	broken := errors.New("broken")
	if _, err := dedup.ID(it, "feeds.example", 2026, func(string) (bool, error) { return false, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of the look-up", err)
	}
}

// TestStoredFormsStay guards what databases hold: were marks made differently, every
// article would come back as new, and were digests, each would be read once more.
func TestStoredFormsStay(t *testing.T) {
	it := dedup.Prepare("", []feed.Article{{
		Source: "news", GUID: "https://a.example/g/1", URL: "https://www.a.example/1", Title: "Crane falls", Content: "<p>" + harbour + "</p>",
	}})[0]
	if got, want := it.Marks, []dedup.Mark{
		dedup.NewMark(dedup.KindGUID, "https://a.example/g/1"),
		dedup.NewMark(dedup.KindPath, "/g/1"),
		dedup.NewMark(dedup.KindURL, "a.example/1"),
	}; len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("marks: got %v, want %v", got, want)
	}
	if got, want := dedup.NewMark(dedup.KindURL, "a.example/1").Sum, goldenSum; got != want {
		t.Errorf("sum: got %#v", got)
	}
	if got := it.Digest; got != goldenDigest {
		t.Errorf("digest: got %#v", got)
	}
}

func FuzzCoverage(f *testing.F) {
	f.Add(harbour, museum)
	f.Add("東京", "\xff")
	f.Fuzz(func(t *testing.T, a, b string) {
		defer fuzztest.Within(t, len(a)+len(b), fuzztest.Cost{Bytes: 8 << 20, Each: 4 << 10})()
		c := dedup.Coverage(a, b)
		if c < 0 || c > 1 || c != dedup.Coverage(b, a) {
			t.Errorf("%v one way, %v the other", c, dedup.Coverage(b, a))
		}
	})
}

func BenchmarkPrepare(b *testing.B) {
	var doc []feed.Article
	for i := range 30 {
		a := item(strings.Repeat("g", i+1), "https://a.example/"+strings.Repeat("p", i+1), "Title", strings.Repeat(harbour+" ", 20))
		doc = append(doc, a)
	}
	b.ReportAllocs()
	for b.Loop() {
		dedup.Prepare(feed.IdentityAuto, doc)
	}
}
