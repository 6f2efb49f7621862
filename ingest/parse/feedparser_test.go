package parse_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/sanitize"
	"sluice/ingest/parse"
)

// assertion is one of feedparser's, as data: a path into its result, an
// operator, a value.
type assertion struct {
	LHS []any `json:"lhs"`
	Op  string
	RHS any `json:"rhs"`
}

func (a assertion) path() string {
	var b strings.Builder
	for i, part := range a.LHS {
		if i > 0 {
			b.WriteByte('.')
		}
		if _, ok := part.(float64); ok {
			part = "N"
		}
		fmt.Fprint(&b, part)
	}
	return b.String()
}

// index returns the nth number of the path.
func (a assertion) index(n int) int {
	for _, part := range a.LHS {
		if f, ok := part.(float64); ok {
			if n == 0 {
				return int(f)
			}
			n--
		}
	}
	return 0
}

// feedparserFile is what feedparser's tests assert of one of their files.
type feedparserFile struct {
	File    string
	Headers map[string]string
	Conj    []assertion
}

// The server of feedparser's own tests, which some assertions name.
const feedparserHost = "http://127.0.0.1:8097/tests/"

func (f feedparserFile) parse(t *testing.T, dir string) (parse.Document, error) {
	t.Helper()
	m := parse.Meta{Source: "s"}
	var err error
	if m.Base, err = url.Parse(feedparserHost + f.File); err != nil {
		t.Fatal(err)
	}
	for name, value := range f.Headers {
		if strings.EqualFold(name, "Content-Type") {
			m.ContentType = value
		}
	}
	body := readFile(t, filepath.Join(dir, f.File))
	doc, err := parse.Parse(body, m)
	if errors.Is(err, parse.ErrNotFeed) {
		if doc, err := parse.Parse(withItem(body), m); err == nil {
			return doc, nil
		}
	}
	return doc, err
}

// withItem adds an item to a document. One without a title and without items is
// refused by design, and most of these tests are of a single element.
func withItem(body []byte) []byte {
	for end, item := range map[string]string{
		"</channel>": "<item><title>added</title></item>", "</feed>": "<entry><title>added</title></entry>",
		"</rdf:RDF>": "<item><title>added</title></item>",
	} {
		if i := bytes.LastIndex(body, []byte(end)); i >= 0 {
			return slices.Concat(body[:i], []byte(item), body[i:])
		}
	}
	return bytes.Replace(body, []byte("</rss>"), []byte("<channel><item><title>added</title></item></channel></rss>"), 1)
}

func TestRealFeedparserAssertionsHold(t *testing.T) {
	dir := corpora(t, "parsers/feedparser")
	mapped, held, wellformed, wellformedHeld := 0, 0, 0, 0
	unmapped, failed := map[string]int{}, map[string]int{}
	lines := bufio.NewScanner(bytes.NewReader(readFile(t, filepath.Join(dir, "expect.jsonl"))))
	for lines.Scan() {
		var f feedparserFile
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			t.Fatal(err)
		}
		doc, err := f.parse(t, dir)
		for _, article := range doc.Articles {
			checkArticle(t, article)
		}
		for _, a := range f.Conj {
			if a.path() == "bozo" {
				if a.Op == "not" {
					wellformed++
					if err == nil && doc.Partial == "" {
						wellformedHeld++
					} else {
						t.Logf("%s is well-formed: %v %s", f.File, err, doc.Partial)
					}
				}
				continue
			}
			read, ok := feedparserPaths[a.path()]
			if !ok {
				unmapped[a.path()]++
				continue
			}
			mapped++
			got, want := any(nil), a.RHS
			if err == nil {
				got = read(&doc, a)
			}
			if err == nil && holds(a, got) {
				held++
				continue
			}
			cause := feedparserCause(f, a)
			failed[cause]++
			t.Logf("%-14s %s: %s %s %q, got %q, %v", cause, f.File, a.path(), a.Op, want, got, err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d mapped assertions hold (%.1f %%), the others by cause: %v", held, mapped, 100*float64(held)/float64(max(mapped, 1)), failed)
	if held < 384 || mapped < 406 {
		t.Errorf("%d of %d mapped assertions hold, want 384 of 406", held, mapped)
	}
	if failed["unexplained"] > 0 || wellformedHeld < 511 {
		t.Errorf("%d failures are unexplained, %d well-formed documents are read, want 511", failed["unexplained"], wellformedHeld)
	}
	t.Logf("%d of %d documents that feedparser calls well-formed are read whole", wellformedHeld, wellformed)
	t.Logf("not mapped: %v", unmapped)
}

// holds compares what we read with what feedparser expects.
func holds(a assertion, got any) bool {
	switch a.Op {
	case "==", "is":
		return sameValue(got, a.RHS)
	case "!=":
		return !sameValue(got, a.RHS)
	case "len==":
		n, ok := got.(int)
		return ok && float64(n) == a.RHS
	case "not":
		return got == nil || got == false || got == ""
	case "truthy":
		return got != nil && got != false && got != ""
	}
	return false
}

// markup is HTML, which we sanitise and feedparser does, too, but not alike: the
// rules are feed/sanitize's, and what is compared is what they leave.
type markup string

func sameValue(got, want any) bool {
	switch g := got.(type) {
	case string:
		w, ok := want.(string)
		return ok && (g == w || sanitize.Title(g) == sanitize.Title(w)) || want == nil && g == ""
	case markup:
		w, ok := want.(string)
		clean := sanitize.HTML(w)
		return ok && (sameMarkup(string(g), clean) || sanitize.Text(string(g)) == foldSpace(w))
	case time.Time:
		return sameTime(g, want)
	case map[string]string:
		w, ok := want.(map[string]any)
		if !ok {
			return false
		}
		for key, value := range w {
			if g[key] != value {
				return false
			}
		}
		return true
	}
	return got == want
}

// sameMarkup compares HTML. Atom's div is not part of what is in it (RFC 4287,
// 3.1.1.3), though feedparser keeps it where the document is of Atom 0.3.
func sameMarkup(got, want string) bool {
	undressed := strings.TrimSuffix(strings.TrimPrefix(want, "<div>"), "</div>")
	return foldSpace(got) == foldSpace(want) || foldSpace(got) == foldSpace(undressed)
}

func foldSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

// sameTime compares with Python's struct_time, or with a text that is a date.
func sameTime(t time.Time, want any) bool {
	if parts, ok := want.([]any); ok && len(parts) >= 6 {
		n := make([]int, 6)
		for i := range n {
			f, ok := parts[i].(float64)
			if !ok {
				return false
			}
			n[i] = int(f)
		}
		return t.Truncate(time.Second).Equal(time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC))
	}
	if want == nil {
		return t.IsZero()
	}
	for _, layout := range []string{time.RFC1123, time.RFC3339, time.RFC1123Z} {
		if w, err := time.Parse(layout, fmt.Sprint(want)); err == nil {
			return w.Equal(t)
		}
	}
	return false
}

// feedparserPaths are the left sides that are mapped, with what they are with
// us. What feedparser keeps and a feed.Article has no place for is not among
// them: rights, generators, contributors of the feed, encodings, geometry,
// chapters and each text's own base and language.
var feedparserPaths = func() map[string]func(*parse.Document, assertion) any {
	type doc = parse.Document
	paths := map[string]func(*doc, assertion) any{
		"version":                 func(d *doc, _ assertion) any { return feedparserVersion(d.Info.Format) },
		"feed.title":              func(d *doc, _ assertion) any { return d.Info.Title },
		"feed.title_detail.value": func(d *doc, _ assertion) any { return d.Info.Title },
		"feed.link":               func(d *doc, _ assertion) any { return d.Info.Link },
		"feed.id":                 func(d *doc, _ assertion) any { return d.Info.ID },
		"feed.guid":               func(d *doc, _ assertion) any { return d.Info.ID },
		"feed.language":           func(d *doc, _ assertion) any { return d.Info.Language },
		"feed.logo":               func(d *doc, _ assertion) any { return d.Info.Image },
		"feed.image.href":         func(d *doc, _ assertion) any { return d.Info.Image },
	}
	for _, name := range []string{"tagline", "description", "subtitle", "tagline_detail.value"} {
		paths["feed."+name] = func(d *doc, _ assertion) any { return d.Info.Description }
	}
	entry := func(name string, read func(feed.Article, assertion) any) {
		paths["entries.N."+name] = func(d *doc, a assertion) any {
			if i := a.index(0); i < len(d.Articles) {
				return read(d.Articles[i], a)
			}
			return nil
		}
	}
	for name, read := range feedparserEntry {
		entry(name, read)
	}
	return paths
}()

func feedparserVersion(format string) string {
	switch format {
	case "RSS 0.90", "RSS 0.9":
		return "rss090"
	case "RSS 0.91":
		return "rss091u"
	case "RSS 0.92", "RSS 0.93", "RSS 0.94":
		return "rss09" + format[len("RSS 0.9"):]
	case "RSS":
		return "rss"
	case "RSS 2.01":
		return "rss20"
	case "CDF":
		return "cdf"
	}
	name, version, _ := strings.Cut(format, " ")
	return strings.ToLower(name) + strings.ReplaceAll(version, ".", "")
}

// feedparserCause names why an assertion does not hold.
func feedparserCause(f feedparserFile, a assertion) string {
	switch {
	case strings.HasPrefix(f.File, "wellformed/cdf/"):
		return "CDF is refused"
	case strings.Contains(f.File, "content_location"):
		return "Content-Location is no base since RFC 7231"
	case strings.HasSuffix(a.path(), ".id") && strings.Contains(f.File, "base"):
		return "ids stay as written"
	}
	if cause, ok := feedparserCauses[f.File]; ok {
		return cause
	}
	return "unexplained"
}

var feedparserCauses = map[string]string{
	"entities/lang.xml":                                 "entities are HTML 5's",
	"wellformed/atom10/entry_content_base64_2.xml":      "a binary content is no text",
	"wellformed/atom10/tag_in_attr.xml":                 "a picture is no title",
	"wellformed/itunes/itunes_item_category_scheme.xml": "a scheme is not invented",
	"wellformed/lang/item_dc_language.xml":              "an item with a language alone says nothing",
}
