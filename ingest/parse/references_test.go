package parse_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/sanitize"
	"sluice/ingest/parse"
)

// reference is a document as another project's tests expect it, as far as it has
// a place in ours.
type reference struct {
	title string
	items []referenceItem
}

type referenceItem struct {
	title, id string
	links     []string // one of them is the item's address
	date      string   // RFC 3339; empty: not compared
	texts     []string // HTML or text, each of which must be in the content or the summary
}

// differences says in what a document is not as expected.
func (r reference) differences(doc parse.Document) []string {
	var all []string
	if !sameWords(doc.Info.Title, r.title) {
		all = append(all, fmt.Sprintf("title %q, want %q", doc.Info.Title, r.title))
	}
	if len(doc.Articles) != len(r.items) {
		return append(all, fmt.Sprintf("%d items, want %d", len(doc.Articles), len(r.items)))
	}
	for i, want := range r.items {
		if s := want.difference(doc.Articles[i]); s != "" {
			all = append(all, fmt.Sprintf("item %d: %s", i, s))
		}
	}
	return all
}

func (want referenceItem) difference(a feed.Article) string {
	switch {
	case !sameWords(a.Title, want.title):
		return fmt.Sprintf("title %q, want %q", a.Title, want.title)
	case want.id != "" && a.GUID != want.id:
		return fmt.Sprintf("id %q, want %q", a.GUID, want.id)
	case a.URL != "" && len(want.links) > 0 && !slices.ContainsFunc(want.links, func(s string) bool { return sameAddress(s, a.URL) }),
		a.URL == "" && len(want.links) > 0 && len(a.Links)+len(a.Enclosures) == 0:
		return fmt.Sprintf("address %q, want one of %q", a.URL, want.links)
	}
	if want.date != "" {
		at, err := time.Parse(time.RFC3339, want.date)
		if err != nil || !slices.ContainsFunc([]time.Time{a.Published, a.Updated}, at.Truncate(time.Second).Equal) &&
			!dateOf(a).Equal(at.Truncate(time.Second)) {
			return fmt.Sprintf("dates %v and %v, want %s", a.Published, a.Updated, want.date)
		}
	}
	for _, s := range want.texts {
		if !sameWords(sanitize.Text(a.Content), sanitize.Text(s)) && !sameWords(sanitize.Text(a.Summary), sanitize.Text(s)) {
			return fmt.Sprintf("content %.200q and %.200q, want %.200q", sanitize.Text(a.Content), sanitize.Text(a.Summary), sanitize.Text(s))
		}
	}
	return ""
}

// originalLink is why a link that FeedBurner's counter took the place of differs.
const originalLink = "the publisher's own link is taken"

// sameWords compares texts without white space, tags and escapes.
func sameWords(got, want string) bool {
	strip := func(s string) string { return strings.Join(strings.Fields(sanitize.Title(s)), "") }
	return got == want || strip(got) == strip(want)
}

// sameAddress compares addresses after resolving them and without the case of
// their hosts, which some parsers change.
func sameAddress(a, b string) bool {
	clean := func(s string) string {
		u, err := url.Parse(strings.ReplaceAll(strings.TrimSpace(s), " ", "%20"))
		if err != nil || s == "" {
			return s
		}
		u = (&url.URL{Scheme: "https", Host: "example.org", Path: "/feed"}).ResolveReference(u)
		u.Host = strings.ToLower(u.Host)
		return strings.TrimSuffix(u.String(), "/")
	}
	return clean(a) == clean(b)
}

// checkReferences parses each document and compares. It fails unless so many
// are as expected, and where another is not and no exception says why.
func checkReferences(t *testing.T, want map[string]reference, floor int, exceptions map[string]string) {
	t.Helper()
	good := 0
	names := make([]string, 0, len(want))
	for name := range want {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		doc, err := parseAt(readFile(t, name), "https://example.org/feed")
		for _, a := range doc.Articles {
			checkArticle(t, a)
		}
		differences := want[name].differences(doc)
		if err != nil || len(differences) > 0 {
			reason := exceptions[filepath.Base(name)]
			t.Logf("%s (%s): %v: %d differences, first: %s", filepath.Base(name), reason, err, len(differences), strings.Join(differences[:min(1, len(differences))], ""))
			if reason == "" {
				t.Errorf("%s is not read as expected", filepath.Base(name))
			}
			continue
		}
		good++
	}
	t.Logf("%d of %d documents are read as expected", good, len(want))
	if good < floor {
		t.Errorf("%d documents are read as expected, want %d", good, floor)
	}
}

// feedRS is what feed-rs serialises.
type feedRS struct {
	Title   *feedRSText
	Entries []struct {
		ID                 string
		Title              *feedRSText
		Links              []struct{ Href, Rel string }
		Published, Updated string
		Content            *struct{ Body string }
		Summary            *feedRSText
	}
}

type feedRSText struct{ Content string }

func (x *feedRSText) String() string {
	if x == nil {
		return ""
	}
	return x.Content
}

// feedRSInvented matches the ids that feed-rs makes of a hash or at random.
var feedRSInvented = regexp.MustCompile(`^[0-9a-f]{32}$|^[0-9a-f-]{36}$`)

func (f feedRS) reference() reference {
	r := reference{title: f.Title.String()}
	for _, e := range f.Entries {
		i := referenceItem{title: e.Title.String(), date: e.Published}
		if i.date == "" {
			i.date = e.Updated
		}
		if !feedRSInvented.MatchString(e.ID) {
			i.id = e.ID
		}
		for _, k := range e.Links {
			i.links = append(i.links, k.Href)
		}
		if e.Content != nil && e.Content.Body != "" {
			i.texts = append(i.texts, e.Content.Body)
		}
		if s := e.Summary.String(); s != "" {
			i.texts = append(i.texts, s)
		}
		r.items = append(r.items, i)
	}
	return r
}

func TestRealFeedRSResultsAreOurs(t *testing.T) {
	dir := corpora(t, "parsers/feed-rs")
	want := map[string]reference{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		base, found := strings.CutSuffix(path, ".serde.json")
		if err != nil || e.IsDir() || !found {
			return err
		}
		var f feedRS
		if err := json.Unmarshal(readFile(t, path), &f); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, ext := range []string{".xml", ".json"} {
			if matches, _ := filepath.Glob(base + ext); len(matches) == 1 {
				want[base+ext] = f.reference()
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	checkReferences(t, want, 60, map[string]string{
		"atom_entry_1.xml":    "a document of one entry is no feed",
		"atom_example_3.xml":  originalLink,
		"rss_2.0_rps.xml":     originalLink,
		"rss_0.91_spec_1.xml": "an id of 31 digits that feed-rs made up",
	})
}

// rssParser is what rss-parser returns.
type rssParser struct {
	Feed struct {
		Title string
		Items []struct {
			Title, GUID, ID, Link, IsoDate, Content string
		}
	}
}

func TestRealRSSParserResultsAreOurs(t *testing.T) {
	dir := corpora(t, "parsers/rss-parser")
	outputs, err := filepath.Glob(filepath.Join(dir, "output", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]reference{}
	for _, path := range outputs {
		inputs, err := filepath.Glob(filepath.Join(dir, "input", strings.TrimSuffix(filepath.Base(path), ".json")+".*"))
		if err != nil || len(inputs) == 0 {
			continue
		}
		var f rssParser
		var wrong *json.UnmarshalTypeError
		if err := json.Unmarshal(readFile(t, path), &f); err != nil && !errors.As(err, &wrong) {
			t.Fatalf("%s: %v", path, err)
		}
		r := reference{title: f.Feed.Title}
		for _, e := range f.Feed.Items {
			i := referenceItem{title: e.Title, id: e.GUID + e.ID, date: e.IsoDate}
			if e.Link != "" {
				i.links = []string{e.Link}
			}
			if e.Content != "" {
				i.texts = []string{e.Content}
			}
			r.items = append(r.items, i)
		}
		want[inputs[0]] = r
	}
	checkReferences(t, want, 20, map[string]string{
		"encoding.rss":           "read there without its encoding",
		"uolNoticias.rss":        "read there without its encoding",
		"feedburner.atom":        originalLink,
		"many-links.rss":         originalLink,
		"incomplete-fields.atom": "its only entry says nothing",
		"itunes-href.rss":        "a line end before the id is no part of it",
		"reddit-atom.rss":        "XHTML is shuffled there",
		"reddit-home.rss":        "XHTML is shuffled there",
		"xml2js-options.rss":     "what is expected are values of an option",
	})
}
