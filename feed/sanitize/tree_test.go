package sanitize_test

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluice/feed/sanitize"

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

var quotes = strings.NewReplacer("\uE000", "&#34;", "\uE001", "'", "&#34;", `"`, "&#39;", "'", "/>", ">")

// plainQuotes marks the quotes of attributes, which Render cannot tell from
// those of texts.
func plainQuotes(n *html.Node) {
	for i := range n.Attr {
		n.Attr[i].Val = strings.ReplaceAll(n.Attr[i].Val, `"`, "\uE000")
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		plainQuotes(c)
	}
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
		switch n.Data {
		case "script", "style", "iframe", "object", "embed", "form", "input", "base", "meta", "link", "svg", "math",
			"template", "noscript", "textarea", "select", "button", "frame", "frameset", "applet":
			t.Errorf("<%s> passed", n.Data)
		}
	}
	for _, a := range n.Attr {
		checkAttr(t, n, a)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		checkNode(t, c, depth+1, count)
	}
}

func checkAttr(t *testing.T, n *html.Node, a html.Attribute) {
	t.Helper()
	switch a.Key {
	case "href", "src", "cite", "poster":
		u, err := url.Parse(a.Val)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" {
			t.Errorf("<%s %s=%q> passed", n.Data, a.Key, a.Val)
		}
	case "id", "class", "style", "name", "action", "formaction", "target", "srcdoc", "background":
		t.Errorf("<%s %s=%q> passed", n.Data, a.Key, a.Val)
	default:
		if strings.HasPrefix(a.Key, "on") || strings.Contains(a.Key, ":") {
			t.Errorf("<%s %s=%q> passed", n.Data, a.Key, a.Val)
		}
	}
}

func TestRealVectorsRunNothing(t *testing.T) {
	corpora := os.Getenv("SLUICE_CORPORA")
	if corpora == "" {
		t.Skip("SLUICE_CORPORA is not set: see make real")
	}
	data, err := os.ReadFile(filepath.Join(corpora, "xss", "dompurify_vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct{ Title, Payload string }
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) == 0 {
		t.Fatal("no vectors in the file")
	}
	for _, v := range vectors {
		t.Run(v.Title, func(t *testing.T) {
			got := sanitize.HTML(v.Payload)
			checkTree(t, got)
			if again := sanitize.HTML(got); again != got {
				t.Errorf("not idempotent:\nonce  %q\ntwice %q", got, again)
			}
		})
	}
	t.Logf("%d vectors", len(vectors))
}

func FuzzHTML(f *testing.F) {
	for _, s := range []string{
		"", "a&b", "<p>a<p>b", "<b><p>x</b>y</p>", "<table><tr>x<td>y</table>", "<a href=/x>a<a href=y>b",
		"<svg><style><img src=x onerror=1>", "<pre>\n\nx", "<ul><li>a<div><li>b", "<ruby>a<rp>(<rt>b</ruby>",
		"<img srcset='a 1x, b,c 2x'>", "</br></p><hr>", "<table><col><caption>x<table><th>y", "<!-->x-->", "<h1><b><h2>x</h3>",
		"<dl><dt>a<dd>b<dt>c", "<details><summary>a<p>b", "<video><source src=a><p>x</video>", "<noscript><p title=\"</noscript><img src=x>",
	} {
		f.Add(s)
	}
	base := &url.URL{Scheme: "https", Host: "e.org", Path: "/a/b"}
	f.Fuzz(func(t *testing.T, s string) {
		got := sanitize.Resolve(s, base)
		checkTree(t, got)
		if again := sanitize.Resolve(got, base); again != got {
			t.Errorf("not idempotent:\nonce  %q\ntwice %q", got, again)
		}
		if again := sanitize.HTML(got); again != got {
			t.Errorf("the result needs a base:\nonce  %q\ntwice %q", got, again)
		}
		if fast, slow := sanitize.TextOf(got), sanitize.Text(got); fast != slow {
			t.Errorf("the text of %q is %q by the short way and %q by the long", got, fast, slow)
		}
		if p := sanitize.Plain(got); p != got {
			t.Errorf("the result is not plain: %q", got)
		}
		for _, text := range []string{sanitize.Title(s), sanitize.Text(s)} {
			if p := sanitize.Plain(text); p != text {
				t.Errorf("the text is not plain: %q", text)
			}
		}
	})
}
