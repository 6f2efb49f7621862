package sanitize

import "testing"

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
