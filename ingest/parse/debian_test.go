package parse_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
)

// The program asks feedparser for the items of the files named on its standard
// input. It gives the base that we use, and leaves HTML alone, which is not compared.
const feedparserProgram = `
import calendar, json, sys, feedparser
feedparser.SANITIZE_HTML = False
when = lambda t: calendar.timegm(t) if t else None
for line in sys.stdin:
    path = line.rstrip("\n")
    with open(path, "rb") as f:
        d = feedparser.parse(f.read(), response_headers={"content-location": "https://example.org/feed"})
    print(json.dumps({"file": path, "version": d.get("version", ""), "items": [{
        "id": e.get("id", ""), "link": e.get("link", ""), "title": e.get("title", ""),
        "published": when(e.get("published_parsed")), "updated": when(e.get("updated_parsed")),
    } for e in d.entries]}))
`

type feedparserResult struct {
	File    string
	Version string
	Items   []feedparserItem
}

type feedparserItem struct {
	ID, Link, Title    string
	Published, Updated *int64
}

// date is the one that an item is dated by.
func (i feedparserItem) date() time.Time {
	for _, at := range []*int64{i.Published, i.Updated} {
		if at != nil {
			return time.Unix(*at, 0).UTC()
		}
	}
	return time.Time{}
}

func dateOf(a feed.Article) time.Time {
	if a.Published.IsZero() {
		return a.Updated.Truncate(time.Second)
	}
	return a.Published.Truncate(time.Second)
}

// askFeedparser returns what Debian's feedparser makes of the files.
func askFeedparser(t *testing.T, files []string) []feedparserResult {
	t.Helper()
	const python = "/usr/bin/python3"
	if exec.CommandContext(t.Context(), python, "-c", "import feedparser").Run() != nil {
		t.Skip("python3-feedparser is not installed: see packaging/test-tools.sh")
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", feedparserProgram)
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var results []feedparserResult
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var r feedparserResult
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	return results
}

// feedparserCounts are the documents in which feedparser has another number of
// items, by the beginning of their names.
var feedparserCounts = map[string]string{
	"7ef13a42fa7e177a": "not well-formed: feedparser gives up, we read 35 items",
	"d4b7ab74da763119": "JSON Feed, which feedparser 6.0.10 cannot read",
}

// comparison counts the items that are equal, and the others by cause.
type comparison struct {
	items, equal, titles int
	causes               map[string]int
	examples             map[string]string
}

func (c *comparison) differ(cause, example string) {
	if c.causes[cause]++; c.examples[cause] == "" {
		c.examples[cause] = example
	}
}

func (c *comparison) compare(t *testing.T, r feedparserResult) {
	t.Helper()
	name := filepath.Base(r.File)
	doc, err := parseAt(readFile(t, r.File), "https://example.org/feed")
	if len(doc.Articles) != len(r.Items) {
		c.items += len(r.Items)
		c.differ("count", name)
		t.Logf("%s: %d items, feedparser has %d (%v %s)", name, len(doc.Articles), len(r.Items), err, doc.Partial)
		if feedparserCounts[name] == "" || len(doc.Articles) < len(r.Items) {
			t.Errorf("%s has %d items, feedparser reads %d", name, len(doc.Articles), len(r.Items))
		}
		return
	}
	for i, a := range doc.Articles {
		c.items++
		if cause := differenceOf(a, r.Items[i]); cause != "" {
			if c.causes[cause] < 3 {
				t.Logf("%s %s %d: %s: %q %q %v, feedparser %+v %v", name, doc.Info.Format, i, cause, a.GUID, a.URL, dateOf(a),
					r.Items[i], r.Items[i].date())
			}
			c.differ(cause, name)
			continue
		}
		c.equal++
		if sameWords(a.Title, r.Items[i].Title) {
			c.titles++
		} else if c.causes["title"]++; c.causes["title"] < 10 {
			t.Logf("%s %s %d: title %q, feedparser %q", name, doc.Info.Format, i, a.Title, r.Items[i].Title)
		}
	}
}

// check wants all items equal but one in a thousand: titles, which each program
// cleans in its own way, are counted apart.
func (c *comparison) check(t *testing.T) {
	t.Helper()
	t.Logf("%d of %d items have the id, link and date of feedparser's, %d the title; others %v, for example %v", c.equal, c.items, c.titles, c.causes, c.examples)
	if c.equal*1000 < c.items*999 || c.items == 0 {
		t.Errorf("%d of %d items are equal", c.equal, c.items)
	}
}

// differenceOf names the first thing in which an item is not as feedparser has it.
func differenceOf(a feed.Article, want feedparserItem) string {
	switch {
	case a.GUID != want.ID && (a.GUID == "" || !sameAddress(a.GUID, want.ID)):
		return "id"
	case !sameAddress(a.URL, want.Link):
		return "link"
	case !dateOf(a).Equal(want.date()):
		return "date"
	}
	return ""
}

func TestRealItemsAreThoseOfFeedparser(t *testing.T) {
	dir := corpora(t, "feeds")
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	files = slices.DeleteFunc(files, func(s string) bool { return filepath.Base(s) == "LICENSE" })
	c := comparison{causes: map[string]int{}, examples: map[string]string{}}
	for _, r := range askFeedparser(t, files) {
		c.compare(t, r)
	}
	c.check(t)
}

func TestRealSnapshotsHaveTheItemsOfFeedparser(t *testing.T) {
	dir := corpora(t, "series")
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.xml"))
	if err != nil {
		t.Fatal(err)
	}
	few := files[:0]
	for i, f := range files {
		if i%8 == 0 {
			few = append(few, f)
		}
	}
	c := comparison{causes: map[string]int{}, examples: map[string]string{}}
	for _, r := range askFeedparser(t, few) {
		c.compare(t, r)
	}
	c.check(t)
}
