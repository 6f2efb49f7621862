package sanitize

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// Passes lets the tests see whether the library agrees with the writer. That it
// does not would otherwise show only as lost markup.
var Passes = passes

func TestTheLibraryRefusesWhatTheWriterMustNotWrite(t *testing.T) {
	const good = `<p>it's "good" &amp; <a href="https://e.org/?a=1&amp;b=2" rel="` + rel + `">here</a><br><img src="https://e.org/" alt="it's &#34;&lt;x&gt;&#34;"></p>`
	if !passes(good) {
		t.Fatalf("refused: %s", good)
	}
	for name, bad := range map[string]string{
		"a script":                  `<script>alert(1)</script>`,
		"an element of foreign":     `<p>a<svg></svg></p>`,
		"a handler":                 `<p onclick="x()">a</p>`,
		"a style":                   `<p style="color:red">a</p>`,
		"a name":                    `<p id="x">a</p>`,
		"a scheme that runs":        `<a href="javascript:alert(1)" rel="` + rel + `">a</a>`,
		"a page of data":            `<a href="data:text/html,x" rel="` + rel + `">a</a>`,
		"a mail as a picture":       `<img src="mailto:a@e.org">`,
		"a relative address":        `<img src="/x.png">`,
		"a scheme in a srcset":      `<img srcset="https://e.org/a 1x, javascript:x 2x">`,
		"a rel of another":          `<a href="https://e.org/" rel="me">a</a>`,
		"a size that is no number":  `<img src="https://e.org/" width="1e9">`,
		"a comment":                 `a<!-- b -->`,
		"a doctype":                 `<!doctype html>a`,
		"a quote that is not there": `<p title=x>a</p>`,
		"a bare ampersand":          `<a href="https://e.org/?a&b" rel="` + rel + `">a</a>`,
		"an end within a value":     `<img src="https://e.org/" alt="a>b">`,
		"a tag within a value":      `<img src="https://e.org/" alt="a><script>">`,
		"a lone sign":               `a < b`,
		"a text that is raw":        `<title>a</title><textarea>b</textarea>`,
		"a cut tag":                 `a<p`,
		"capitals":                  `<P>a</P>`,
	} {
		if passes(bad) {
			t.Errorf("%s passed: %s", name, bad)
		}
	}
}

func TestABareTagIsJudgedAsAmongOthers(t *testing.T) {
	known := bare()
	for _, never := range []string{"script", "style", "iframe", "object", "svg", "form", "plaintext", "xmp", "listing", "textarea", "title", "noscript"} {
		if known[never+">"] || known["/"+never+">"] {
			t.Errorf("%s may be written", never)
		}
	}
	// All that pass do so together, in any order, beside tags that are not bare.
	all := "<" + strings.Join(slices.Sorted(maps.Keys(known)), `<img src="https://e.org/x.png"><`)
	if len(known) < 100 || !judged(all) {
		t.Errorf("%d bare tags do not pass together: %s", len(known), all)
	}
	for _, bad := range []string{"<p x>", "<P>", "<p/>", "<p >", "</p >", "<>", "<", "<p", "<!-- -->", "<?p>"} {
		for _, around := range []string{"%", "<p>%</p>", `<img src="https://e.org/">%<br>`} {
			if s := strings.ReplaceAll(around, "%", bad); passes(s) != judged(s) {
				t.Errorf("%s passes: %v, by the library: %v", s, passes(s), judged(s))
			}
		}
	}
}
