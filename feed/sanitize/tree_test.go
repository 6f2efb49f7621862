package sanitize_test

import (
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluice/feed/sanitize"
	"sluice/feed/sanitize/sanitizetest"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// checkTree parses a result as a browser would and fails on anything that
// could run, on more than the bounds, and on tags that a parser had to move.
func checkTree(t *testing.T, fragment string) {
	t.Helper()
	count := 0
	for _, n := range parseTree(t, fragment) {
		checkNode(t, n, 1, &count)
	}
	if count > sanitize.MaxNodes {
		t.Errorf("%d nodes, want at most %d", count, sanitize.MaxNodes)
	}
	if read := reparse(t, fragment); read != fragment {
		t.Errorf("a parser changes the result:\nwritten %q\nread    %q", fragment, read)
	}
}

func parseTree(t *testing.T, fragment string) []*html.Node {
	t.Helper()
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(fragment), body)
	if err != nil {
		t.Fatalf("result does not parse: %v", err)
	}
	return nodes
}

// reparse returns the fragment as a parser's tree renders it, with quotes and
// void tags as we write them.
func reparse(t *testing.T, fragment string) string {
	t.Helper()
	var out strings.Builder
	for _, n := range parseTree(t, fragment) {
		plainQuotes(n)
		if err := html.Render(&out, n); err != nil {
			t.Fatalf("result does not render: %v", err)
		}
	}
	return quotes.Replace(out.String())
}

// mark stands for a quote; no result holds it, for it is no character.
const mark = "\uFFFE"

var quotes = strings.NewReplacer(mark, "&#34;", "&#34;", `"`, "&#39;", "'", "/>", ">")

// plainQuotes marks the quotes of attributes, which Render cannot tell from
// those of texts.
func plainQuotes(n *html.Node) {
	for i := range n.Attr {
		n.Attr[i].Val = strings.ReplaceAll(n.Attr[i].Val, `"`, mark)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		plainQuotes(c)
	}
}

// written is the allow-list once more, by hand: elements with the attributes that
// they alone may have.
var written = map[string]string{
	"a": "href title rel", "abbr": "title", "dfn": "title", "details": "open", "li": "value", "ol": "start reversed type",
	"td": "colspan rowspan scope align", "th": "colspan rowspan scope align", "col": "span",
	"blockquote": "cite", "q": "cite", "del": "cite datetime", "ins": "cite datetime", "time": "datetime",
	"img": "src srcset sizes alt title width height", "source": "src srcset sizes type media",
	"audio": "src poster controls width height", "video": "src poster controls width height",
	"b": "", "code": "", "em": "", "i": "", "picture": "", "rp": "", "rt": "", "ruby": "", "s": "", "small": "", "strike": "",
	"strong": "", "tt": "", "u": "", "bdi": "", "bdo": "", "cite": "", "kbd": "", "mark": "", "samp": "", "span": "", "sub": "",
	"sup": "", "var": "", "dd": "", "dt": "", "address": "", "article": "", "aside": "", "div": "", "dl": "", "figcaption": "",
	"figure": "", "footer": "", "h1": "", "h2": "", "h3": "", "h4": "", "h5": "", "h6": "", "header": "", "p": "", "pre": "",
	"section": "", "summary": "", "table": "", "ul": "", "caption": "", "colgroup": "", "tbody": "", "tfoot": "", "thead": "",
	"tr": "", "br": "", "wbr": "", "hr": "",
}

func checkNode(t *testing.T, n *html.Node, depth int, count *int) {
	t.Helper()
	*count++
	if depth > sanitize.MaxDepth+1 { // text may stand in the innermost element
		t.Fatalf("nested deeper than %d", sanitize.MaxDepth)
	}
	if n.Type != html.TextNode && n.Type != html.ElementNode {
		t.Fatalf("a node of type %d passed: %q", n.Type, n.Data)
	}
	if n.Namespace != "" {
		t.Errorf("a foreign element passed: %s:%s", n.Namespace, n.Data)
	}
	if n.Type == html.ElementNode {
		attrs, ok := written[n.Data]
		if !ok {
			t.Errorf("<%s> passed", n.Data)
		}
		for _, a := range n.Attr {
			if a.Namespace != "" || !slices.Contains(strings.Fields(attrs+" dir lang"), a.Key) {
				t.Errorf("<%s %s:%s=%q> passed", n.Data, a.Namespace, a.Key, a.Val)
			}
			checkValue(t, n, a)
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		checkNode(t, c, depth+1, count)
	}
}

func checkValue(t *testing.T, n *html.Node, a html.Attribute) {
	t.Helper()
	addresses := []string{a.Val}
	switch a.Key {
	case "href", "src", "cite", "poster":
	case "srcset":
		addresses = nil
		for candidate := range strings.SplitSeq(a.Val, ",") {
			addresses = append(addresses, strings.Fields(candidate)[0])
		}
	default:
		return
	}
	for _, address := range addresses {
		u, err := url.Parse(address)
		mail := err == nil && u.Scheme == "mailto" && (a.Key == "href" || a.Key == "cite")
		if err != nil || !mail && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
			t.Errorf("<%s %s=%q> passed", n.Data, a.Key, a.Val)
		}
	}
}

func checkClean(t *testing.T, fragment string) string {
	t.Helper()
	got := sanitize.HTML(fragment)
	checkTree(t, got)
	if again := sanitize.HTML(got); again != got {
		t.Errorf("not idempotent:\nonce  %q\ntwice %q", got, again)
	}
	return got
}

func TestVectorsRunNothing(t *testing.T) {
	vectors := sanitizetest.Vectors()
	if len(vectors) < 120 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, v := range vectors {
		t.Run(v.Title, func(t *testing.T) { checkClean(t, v.HTML) })
	}
}

func TestRealVectorsRunNothing(t *testing.T) {
	vectors, err := sanitizetest.Read(filepath.Join(corpora(t), "xss", "dompurify_vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 223 {
		t.Errorf("%d vectors, want 223", len(vectors))
	}
	for _, v := range vectors {
		t.Run(v.Title, func(t *testing.T) { checkClean(t, v.HTML) })
	}
}

// corpora is the folder of the feeds and vectors that nobody on the project wrote.
func corpora(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("SLUICE_CORPORA")
	if dir == "" {
		t.Skip("SLUICE_CORPORA is not set: see make real")
	}
	return dir
}
