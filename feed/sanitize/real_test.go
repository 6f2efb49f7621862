package sanitize_test

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluice/feed/sanitize"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"
)

// tally counts what stands in texts before and after they are cleaned.
type tally struct {
	texts, words, kept int
	before, after      map[string]int // elements by name
}

// floors are the shares that must be kept, as they were measured: 0.99984 of the
// words (labels of drawings and what stands in frames go), and of the elements
// all but tags in frames, pictures that are data or count readers, and links to
// places within the page. They may only rise.
var floors = map[string]float64{
	"a": 0.97, "blockquote": 1, "code": 1, "em": 1, "figure": 1, "h2": 1, "h3": 1, "img": 0.99, "li": 1, "pre": 1, "table": 1, "td": 1,
}

const floorOfWords = 0.9998

func TestRealTextsKeepWhatPeopleRead(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpora(t), "feeds", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no feeds", err)
	}
	sum := tally{before: map[string]int{}, after: map[string]int{}}
	base := &url.URL{Scheme: "https", Host: "base.example", Path: "/feed"}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := gofeed.NewParser().Parse(bytes.NewReader(data))
		if err != nil {
			continue // parsing is the matter of another package
		}
		for _, item := range doc.Items {
			for _, text := range []string{item.Description, item.Content} {
				if text != "" {
					sum.add(t, filepath.Base(file), text, base)
				}
			}
		}
	}
	if sum.texts < 6000 {
		t.Errorf("only %d texts", sum.texts)
	}
	share := float64(sum.kept) / float64(sum.words)
	t.Logf("%d texts keep %d of %d words: %.5f", sum.texts, sum.kept, sum.words, share)
	if share < floorOfWords {
		t.Errorf("%.5f of the words are kept, want %v", share, floorOfWords)
	}
	for name, floor := range floors {
		share := float64(sum.after[name]) / float64(sum.before[name])
		t.Logf("%s: %d of %d: %.4f", name, sum.after[name], sum.before[name], share)
		if share < floor {
			t.Errorf("%.4f of the elements %s are kept, want %v", share, name, floor)
		}
	}
}

func (s *tally) add(t *testing.T, name, text string, base *url.URL) {
	t.Helper()
	got := sanitize.Resolve(text, base)
	if again := sanitize.HTML(got); again != got {
		t.Errorf("%s: not idempotent:\nonce  %q\ntwice %q", name, got, again)
	}
	if !sanitize.Passes(got) {
		t.Errorf("%s: the two filters disagree: %q", name, got)
	}
	checkTree(t, got)
	s.texts++
	before, after := words(t, text, s.before), words(t, got, s.after)
	for word, n := range before {
		s.words += n
		s.kept += min(n, after[word])
	}
}

// blocks keep the words before, in and after them apart.
var blocks = setOf("address article aside blockquote br caption center dd details dialog div dl dt fieldset figcaption figure footer " +
	"form h1 h2 h3 h4 h5 h6 header hr img li main nav ol p pre section summary table tbody td tfoot th thead tr ul iframe embed object")

func setOf(names string) map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		m[name] = true
	}
	return m
}

// leads tells the address of a link to another place.
func leads(a html.Attribute) bool {
	return a.Key == "href" && a.Val != "" && !strings.HasPrefix(a.Val, "#")
}

// words counts the words that a browser would show, and the elements.
func words(t *testing.T, fragment string, elements map[string]int) map[string]int {
	t.Helper()
	var text strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			text.WriteString(sanitize.Plain(n.Data))
		}
		if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style" || n.Data == "noscript") {
			return
		}
		if n.Type == html.ElementNode {
			if n.Data != "a" || len(n.Attr) > 0 && slices.ContainsFunc(n.Attr, leads) {
				elements[n.Data]++
			}
		}
		apart := n.Type == html.ElementNode && blocks[n.Data]
		if apart {
			text.WriteByte(' ')
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
		if apart {
			text.WriteByte(' ')
		}
	}
	for _, n := range parseTree(t, fragment) {
		walk(n)
	}
	found := map[string]int{}
	for word := range strings.FieldsSeq(text.String()) {
		found[word]++
	}
	return found
}
