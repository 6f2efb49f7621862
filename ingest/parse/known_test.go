package parse_test

import (
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluice/feed"
	"sluice/ingest/parse"

	"github.com/google/go-cmp/cmp"
)

// checkKnown reads a document as somebody does who knows none of its items, and then all,
// and wants the same of it as from a first reading. It returns how many were left out.
func checkKnown(t *testing.T, body []byte, m parse.Meta) int {
	t.Helper()
	whole, err := parse.Parse(body, m)
	if err != nil {
		return 0
	}
	m.Known = func(uint64) bool { return false }
	if doc, err := parse.Parse(body, m); err != nil || cmp.Diff(whole, doc) != "" {
		t.Errorf("no item is known: %v, (-first +again)\n%s", err, cmp.Diff(whole, doc))
		return 0
	}
	m.Known = func(sum uint64) bool { return slices.Contains(whole.Sums, sum) }
	doc, err := parse.Parse(body, m)
	if err != nil {
		t.Errorf("all are known: %v", err)
		return 0
	}
	unread := map[uint64]bool{0: false}
	for _, sum := range doc.Unread {
		if unread[sum] || sum == 0 {
			t.Errorf("sum %d is left out twice, or is none", sum)
		}
		unread[sum] = true
	}
	var rest []feed.Article
	var sums []uint64
	for i, a := range whole.Articles {
		if len(whole.Sums) == 0 || !unread[whole.Sums[i]] {
			rest = append(rest, a)
		}
		if len(whole.Sums) > 0 && !unread[whole.Sums[i]] {
			sums = append(sums, whole.Sums[i])
		}
	}
	if len(rest)+len(doc.Unread) != len(whole.Articles) {
		t.Errorf("%d read and %d left out of %d", len(rest), len(doc.Unread), len(whole.Articles))
	}
	want := whole
	want.Articles, want.Sums, want.Unread = rest, sums, doc.Unread
	if d := cmp.Diff(norm(want), norm(doc)); d != "" {
		t.Errorf("all are known: (-first +again)\n%s", d)
	}
	return len(doc.Unread)
}

// norm makes no difference between no articles and none.
func norm(d parse.Document) parse.Document {
	if len(d.Articles) == 0 {
		d.Articles, d.Sums = nil, nil
	}
	if len(d.Sums) == 0 {
		d.Sums = nil
	}
	return d
}

func TestKnownItemsAreLeftOutAndNothingElseChanges(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "e.example", Path: "/feed"}
	left := 0
	paths, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(paths) == 0 {
		t.Fatal(err, len(paths))
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			left += checkKnown(t, readFile(t, path), parse.Meta{Source: "s", Base: base})
		})
	}
	for name, c := range large {
		body := c.before + strings.ReplaceAll(c.item, "%[1]d", "1") + strings.ReplaceAll(c.item, "%[1]d", "2") + c.behind
		if n := checkKnown(t, []byte(body), parse.Meta{Source: "s", Base: base}); n != 2 {
			t.Errorf("%s: %d of 2 items were left out", name, n)
		}
	}
	if left < len(paths)/2 {
		t.Errorf("%d items of %d documents were left out", left, len(paths))
	}
}

func TestRealItemsThatAreKnownAreLeftOut(t *testing.T) {
	left, read, seen := 0, 0, 0
	for _, folder := range []string{"feeds", "series"} {
		err := filepath.WalkDir(corpora(t, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if seen++; folder == "series" && seen%10 != 0 {
				return nil // one document of a source is much like the next
			}
			body := readFile(t, path)
			m := parse.Meta{Source: "s", Base: &url.URL{Scheme: "https", Host: "example.org", Path: "/feed"}}
			doc, err := parse.Parse(body, m)
			if err == nil {
				read += len(doc.Articles)
				n := checkKnown(t, body, m)
				left += n
				if t.Failed() {
					t.Fatal(path)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d items were left out", left, read)
	if left*10 < read*8 {
		t.Error("that is few")
	}
}

// around is a document with one item, in which a thing may be said otherwise.
var around = strings.NewReplacer(
	"LANG", "de", "BASE", "https://e.example/a/", "DC", "http://purl.org/dc/elements/1.1/", "OWNER", "Ada", "TEXT", "Text", "DATE", "2026-11-02T10:00:00Z", "ID", "i",
)

func TestWhatAnItemIsReadFromIsInItsSum(t *testing.T) {
	const atom = `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:dc="DC" xml:lang="LANG" xml:base="BASE"><title>F</title><author><name>OWNER</name></author>FEED<entry ITEM><id>ID</id><title type="KIND">TEXT</title><published>DATE</published><link href="x"/></entry></feed>`
	sum := func(t *testing.T, body string) uint64 {
		t.Helper()
		doc := mustRead(t, around.Replace(strings.NewReplacer("FEED", "", "ITEM", "", "KIND", "text").Replace(body)))
		if len(doc.Sums) != 1 || doc.Sums[0] == 0 {
			t.Fatalf("sums %v, %v", doc.Sums, doc.Warnings)
		}
		return doc.Sums[0]
	}
	first := sum(t, atom)
	for name, c := range map[string]struct {
		old, is string
		same    bool
	}{
		"as it was":                         {"F", "F", true},
		"another title of the feed":         {"<title>F<", "<title>G<", true},
		"another date of the feed":          {"FEED", "<updated>2026-11-03T10:00:00Z</updated>", true},
		"another language of the feed":      {"LANG", "fr", false},
		"another base of the feed":          {"BASE", "https://e.example/b/", false},
		"another author of the feed":        {"OWNER", "Bob", false},
		"another vocabulary under a prefix": {"DC", "http://purl.org/dc/terms/", false},
		"another title":                     {"TEXT", "Texts", false},
		"a title of another type":           {"KIND", "html", false},
		"another date":                      {"DATE", "2026-11-02T10:00:01Z", false},
		"another id":                        {"ID", "j", false},
		"a base of its own":                 {"ITEM", `xml:base="c/"`, false},
		"a language of its own":             {"ITEM", `xml:lang="en"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := sum(t, strings.Replace(atom, c.old, c.is, 1)); (got == first) != c.same {
				t.Errorf("the sum is the same: %v", got == first)
			}
		})
	}
}

func TestAnItemHasItsSumAnywhere(t *testing.T) {
	for name, c := range large {
		one, two := strings.ReplaceAll(c.item, "%[1]d", "1"), strings.ReplaceAll(c.item, "%[1]d", "2")
		there, back := mustRead(t, c.before+one+two+c.behind).Sums, mustRead(t, c.before+two+one+c.behind).Sums
		if slices.Reverse(back); len(there) != 2 || there[0] == there[1] || !slices.Equal(there, back) {
			t.Errorf("%s: sums %x, and the other way round %x", name, there, back)
		}
	}
}

func TestAnItemThatNeedsARepairIsReadEachTime(t *testing.T) {
	const before, behind = `<rss version="2.0"><channel><title>F</title><item><guid>a</guid><pubDate>`, `</pubDate></item></channel></rss>`
	if doc := mustRead(t, before+"Mon, 02 Nov 2026 10:00:00 GMT"+behind); len(doc.Sums) != 1 || doc.Sums[0] == 0 {
		t.Errorf("an item without a fault: sums %v", doc.Sums)
	}
	if doc := mustRead(t, before+"yesterday or so"+behind); len(doc.Sums) != 1 || doc.Sums[0] != 0 || doc.Warnings["date-ignored"] != 1 {
		t.Errorf("an item with one: sums %v, warnings %v", doc.Sums, doc.Warnings)
	}
}
