package publish_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"
	"sluice/ingest/parse"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// ways are the formats of sources and outputs, in the order of the table.
var ways = []string{"rss", "atom", "json"}

// TestFieldsGoThroughAsTheTableSays has a source of each format say all that it can,
// publishes it in all formats, and reads what became of each field. The table in
// docs is what it found.
func TestFieldsGoThroughAsTheTableSays(t *testing.T) {
	cells := map[string]string{} // by field, source and output
	for _, from := range ways {
		articles, published := republish(t, from)
		for _, to := range ways {
			out := published[to]
			again := readSource(t, out, "https://feeds.example.org/feeds/world."+to)
			for _, f := range fields {
				if !strings.Contains(f.said, from) {
					continue
				}
				want := f.want
				if of := f.of; of != nil {
					if got := of(articles[f.item]); !cmp.Equal(got, want) {
						t.Errorf("%s: of %s is read %q, want %q", from, f.name, got, want)
						continue
					}
				}
				place := f.in(to)
				cells[f.name+from+to] = cell(place, want, flat(t, to, out, f.item))
				if of := f.of; of != nil && place != "" && !strings.Contains(place, "_sluice") && !f.oneWay {
					if got := of(again[f.item]); !cmp.Equal(got, want) {
						t.Errorf("%s to %s: of %s is read back %q, want %q", from, to, f.name, got, want)
					}
				}
			}
		}
	}
	checkReasons(t, cells)
	checkGolden(t, filepath.Join("..", "..", "docs", "fields.md"), table(cells))
}

// checkReasons wants to be told why something is lost.
func checkReasons(t *testing.T, cells map[string]string) {
	t.Helper()
	for _, f := range fields {
		lost := false
		for _, from := range ways {
			for _, to := range ways {
				c := cells[f.name+from+to]
				lost = lost || c == no || c == part
			}
		}
		if lost != (f.why != "") {
			t.Errorf("%s: something is lost is %v, the reason %q", f.name, lost, f.why)
		}
	}
}

func checkGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(got, string(want)); d != "" {
		t.Errorf("%s is not what was found; -update writes it anew (got, want):\n%s", path, d)
	}
}

// republish reads the source of a format and publishes it in all.
func republish(t *testing.T, from string) ([]feed.Article, map[string][]byte) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join("testdata", "fields", "source."+from))
	if err != nil {
		t.Fatal(err)
	}
	articles := readSource(t, source, "https://harbour.example/feed.xml")
	r := &shelf{}
	for i, a := range articles {
		s := article(i+1, "a")
		s.Article, s.ID, s.Date = a, fmt.Sprintf("tag:feeds.example.org,2026:%d", i+1), a.Shown(s.FirstSeen)
		if s.Changed = a.Updated; s.Changed.IsZero() {
			s.Changed = s.Date
		}
		if strings.HasPrefix(a.GUID, "tag:") {
			s.ID = a.GUID
		}
		r.articles = append(r.articles, s)
	}
	r.articles = append(r.articles, copyOf(9, "b", r.articles[0]))
	o := output()
	o.Order = feed.OrderPublished
	said := infos()
	said["a"] = publish.SourceInfo{
		Name: "a", Title: "Harbour news", ID: "tag:harbour.example,2026:feed", URL: "https://harbour.example/feed.xml", Site: "https://harbour.example/",
	}
	doc, _, err := publish.Build(t.Context(), r, compile(t, o, "", nil), said, site, feed.Publication{Since: start}, start)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for to, rep := range representations(doc) {
		out[to] = rep.Body
	}
	return articles, out
}

func readSource(t *testing.T, body []byte, at string) []feed.Article {
	t.Helper()
	base, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := parse.Parse(body, parse.Meta{Source: "a", Base: base})
	if err != nil || len(doc.Articles) != 2 {
		t.Fatalf("%d articles, %v in %s", len(doc.Articles), err, body)
	}
	return doc.Articles
}

// What a cell says of a field.
const (
	yes  = "✓"
	ours = "`_sluice`"
	part = "in part"
	no   = "—"
)

// cell tells whether all values are at the place, which is a list of paths. One that
// ends in ~ holds the value among others.
func cell(place string, want []string, found map[string][]string) string {
	n := 0
	for _, w := range want {
		if slices.ContainsFunc(strings.Fields(place), func(path string) bool {
			name, loose := strings.CutSuffix(path, "~")
			return slices.ContainsFunc(found[name], func(s string) bool { return s == w || loose && strings.Contains(s, w) })
		}) {
			n++
		}
	}
	switch {
	case n == 0:
		return no
	case n < len(want):
		return part
	case strings.HasPrefix(place, "_sluice"):
		return ours
	}
	return yes
}

// flat returns the values of an item by their paths: an element's text by its name,
// an attribute behind @, a link with its relation.
func flat(t *testing.T, format string, doc []byte, item int) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	if format == "json" {
		var f struct{ Items []map[string]any }
		if err := json.Unmarshal(doc, &f); err != nil {
			t.Fatal(err)
		}
		flatJSON(out, "", f.Items[item])
		return out
	}
	dec, at, path := xml.NewDecoder(bytes.NewReader(doc)), -1, []string(nil)
	for {
		token, err := dec.Token()
		if err != nil {
			return out
		}
		switch x := token.(type) {
		case xml.StartElement:
			name := nameOf(format, x.Name)
			if name == "item" || name == "entry" {
				at, path, name = at+1, nil, ""
			}
			for _, a := range x.Attr {
				if a.Name.Local == "rel" {
					name += "[" + a.Value + "]"
				}
			}
			if name != "" {
				path = append(path, name)
			}
			for _, a := range x.Attr {
				if at == item {
					key := strings.Join(path, "/") + "@" + a.Name.Local
					out[key] = append(out[key], a.Value)
				}
			}
		case xml.CharData:
			if s := strings.TrimSpace(string(x)); at == item && s != "" {
				key := strings.Join(path, "/")
				out[key] = append(out[key], usual(format, key, s))
			}
		case xml.EndElement:
			path = path[:max(len(path)-1, 0)]
		}
	}
}

// usual writes a text as the table has it: RSS has its own form of dates, and of titles.
func usual(format, path, s string) string {
	if at, err := time.Parse(time.RFC1123Z, s); err == nil {
		return at.UTC().Format(time.RFC3339)
	}
	if format == "rss" && path == "title" {
		return html.UnescapeString(s)
	}
	return s
}

// nameOf is an element's name under the usual prefix.
func nameOf(format string, n xml.Name) string {
	prefix := map[string]string{
		"http://purl.org/rss/1.0/modules/content/": "content:", feed.SpaceDublinCore: "dc:", feed.SpaceMedia: "media:", feed.SpaceITunes: "itunes:",
		feed.SpacePodcast: "podcast:", feed.SpaceGeoRSS: "georss:", feed.SpaceGeo: "geo:", feed.SpaceThread: "thr:",
	}[n.Space]
	if n.Space == feed.SpaceAtom && format == "rss" {
		prefix = "atom:"
	}
	return prefix + n.Local
}

func flatJSON(out map[string][]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		if rel, ok := v["rel"].(string); ok {
			path += "[" + rel + "]"
		}
		for key, inner := range v {
			flatJSON(out, strings.TrimPrefix(path+"."+key, "."), inner)
		}
	case []any:
		for _, inner := range v {
			flatJSON(out, path, inner)
		}
	default:
		out[path] = append(out[path], fmt.Sprint(v))
	}
}
