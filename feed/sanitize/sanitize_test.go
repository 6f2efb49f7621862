package sanitize_test

import (
	"net/url"
	"testing"

	"sluice/feed/sanitize"
)

func TestHTMLKeepsWhatIsSafe(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"plain text passes unchanged":                  {"it's plain", "it's plain"},
		"an ampersand in text is escaped":              {"AT&T", "AT&amp;T"},
		"escaped markup stays escaped":                 {"&lt;b&gt;", "&lt;b&gt;"},
		"a script goes with its content":               {"a<script>alert(1)</script>b", "ab"},
		"a handler goes, its element stays":            {`<p onclick="x()">a</p>`, "<p>a</p>"},
		"id, class and style go":                       {`<div id="location" class="c" style="x">a</div>`, "<div>a</div>"},
		"a link gets our rel and loses its target":     {`<a href="https://e.org/" target="_blank" rel="me">a</a>`, `<a href="https://e.org/" rel="noopener noreferrer nofollow ugc">a</a>`},
		"a javascript link leaves its text":            {`<a href="java&#9;script:x">a</a>`, "a"},
		"a data image goes":                            {`a<img src="data:image/png;base64,AAAA">b`, "ab"},
		"a form becomes a block without its fields":    {`<form action="https://e.org/"><input name="x">a</form>`, "<div>a</div>"},
		"an image of size keeps it":                    {`<img src="https://e.org/p.gif" width="10px" height="x">`, `<img src="https://e.org/p.gif" width="10">`},
		"unclosed elements are closed":                 {"<div><b>a", "<div><b>a</b></div>"},
		"an end tag without a start goes":              {"a</div></b>b", "ab"},
		"a block ends a paragraph":                     {"<p>a<div>b</div>", "<p>a</p><div>b</div>"},
		"crossed tags are nested":                      {"<p><b>a</p>b</b>", "<p><b>a</b></p>b"},
		"items close each other":                       {"<ul><li>a<li>b<ul><li>c</ul></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"},
		"a table's missing parts appear":               {"<table><td>a<td>b<tr><td>c</table>", "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>"},
		"text between the parts of a table is kept":    {"<table>a<tr><td>b</table>", "<table><tbody><tr><td>a</td></tr><tr><td>b</td></tr></tbody></table>"},
		"a cell without a table is text":               {"<td>a</td><td>b</td>", " a b"},
		"a link within a link ends the first":          {`<a href="https://e.org/1">a<a href="https://e.org/2">b</a>`, `<a href="https://e.org/1" rel="noopener noreferrer nofollow ugc">a</a><a href="https://e.org/2" rel="noopener noreferrer nofollow ugc">b</a>`},
		"a landmark becomes a block":                   {"<main>a</main><nav>b</nav>", "<div>a</div><div>b</div>"},
		"the author's first empty line of a pre stays": {"<pre>\n\na</pre>", "<pre>\n\na</pre>"},
		"a comment goes":                               {"a<!-- x --!><script>1</script> -->b", "a --&gt;b"},
		"a foreign element's text stays text":          {"<math><mtext><img src=x onerror=x></mtext></math>a", "a"},
		"a control character by reference goes":        {"<p>a&#1;b&#xFFFE;</p>", "<p>ab</p>"},
		"text direction is kept":                       {`<p dir="RTL" lang="he">a</p>`, `<p dir="rtl" lang="he">a</p>`},
		"a relative link without a base leaves text":   {`<a href="/x">a</a>`, "a"},
		"a mail link stays":                            {`<a href="mailto:a@e.org">a</a>`, `<a href="mailto:a@e.org" rel="noopener noreferrer nofollow ugc">a</a>`},
		"a repeated attribute counts once":             {`<img src="https://e.org/a" src="https://e.org/b">`, `<img src="https://e.org/a">`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := sanitize.HTML(tt.in)
			if got != tt.want {
				t.Errorf("HTML(%q)\n got %q\nwant %q", tt.in, got, tt.want)
			}
			if again := sanitize.HTML(got); again != got {
				t.Errorf("HTML is not idempotent:\nonce  %q\ntwice %q", got, again)
			}
		})
	}
}

func TestResolveMakesAddressesAbsolute(t *testing.T) {
	base, err := url.Parse("https://e.org/blog/feed.xml")
	if err != nil {
		t.Fatal(err)
	}
	const rel = ` rel="noopener noreferrer nofollow ugc"`
	tests := map[string]struct{ in, want string }{
		"a path":                         {`<img src="/a.png">`, `<img src="https://e.org/a.png">`},
		"a name beside the document":     {`<a href="post">x</a>`, `<a href="https://e.org/blog/post"` + rel + `>x</a>`},
		"an address without its scheme":  {`<img src="//cdn.e.org/a.png">`, `<img src="https://cdn.e.org/a.png">`},
		"an absolute address stays":      {`<img src="http://e.com/a b.png">`, `<img src="http://e.com/a%20b.png">`},
		"each address of a srcset":       {`<img srcset="a.png 1x, /b.png 2x,c.png">`, `<img srcset="https://e.org/blog/a.png 1x, https://e.org/b.png 2x, https://e.org/blog/c.png">`},
		"a candidate with a comma":       {`<img srcset="/a,b.png 1x, http://,x 2x">`, `<img srcset="https://e.org/a%2Cb.png 1x">`},
		"a poster":                       {`<video poster="p.png" src="v.mp4"></video>`, `<video src="https://e.org/blog/v.mp4" poster="https://e.org/blog/p.png" controls="controls"></video>`},
		"a citation":                     {`<q cite="../c">x</q>`, `<q cite="https://e.org/c">x</q>`},
		"a place within the document":    {`<a href="#top">x</a>`, "x"},
		"a scheme that runs":             {`<a href="JavaScript:x">x</a>`, "x"},
		"an address that is none at all": {`<a href="http://[x">x</a>`, "x"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := sanitize.Resolve(tt.in, base); got != tt.want {
				t.Errorf("Resolve(%q)\n got %q\nwant %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestTextIsWhatPeopleRead(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"white space collapses":         {"  a \n\t b ", "a b"},
		"entities are decoded once":     {"a &amp;amp; b&nbsp;c", "a &amp; b c"},
		"blocks are kept apart":         {"<p>a</p><p>b</p>c<br>d", "a b c d"},
		"inline markup is not":          {"wo<b>r</b>d", "word"},
		"script and style are dropped":  {"a<script>x<b></script><style>y</style>b", "a b"},
		"a comment is dropped":          {"a<!-- x -->b", "ab"},
		"cells are kept apart":          {"<table><tr><td>a</td><td>b</td></tr></table>", "a b"},
		"what never ends is text too":   {"a <b", "a"},
		"nothing gives nothing":         {"", ""},
		"a lone sign is no markup":      {"1 < 2 & 3", "1 < 2 & 3"},
		"invalid text becomes readable": {"a\x00b", "ab"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := sanitize.Text(tt.in); got != tt.want {
				t.Errorf("Text(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestTitleIsOneLineOfText(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"text stays":                          {"Tom & Jerry", "Tom & Jerry"},
		"a known tag is stripped":             {"<b>a</b> <i class='x'>b</i>", "a b"},
		"what only looks like a tag stays":    {"if a < b and b > c: List<String>", "if a < b and b > c: List<String>"},
		"entities are decoded once":           {"AT&amp;T &amp;lt;b&amp;gt;", "AT&T &lt;b&gt;"},
		"an escaped tag becomes text":         {"the &lt;b&gt; tag", "the <b> tag"},
		"a script goes with its content":      {"a<script>alert(1)</script>b", "a b"},
		"lines become one":                    {"a\n  b\r\nc", "a b c"},
		"controls and overrides are dropped":  {"a\x1b]0;x\a\u202Egnp.exe\u2066", "a]0;xgnp.exe"},
		"a line break separates":              {"a<br/>b", "a b"},
		"joiners of scripts and emoji stay":   {"👩\u200d💻 نمی\u200cخواهم", "👩\u200d💻 نمی\u200cخواهم"},
		"an unclosed tag stays as it is":      {"a <b", "a <b"},
		"a sign before a tag stays":           {"1 << <b>2</b>>", "1 << 2>"},
		"a noncharacter by reference goes":    {"a&#xFFFE;b", "ab"},
		"white space beyond ASCII collapses":  {"a\u00a0\u2003b", "a b"},
		"an image in a title is not its text": {`<img src="x" alt="y">a`, "a"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := sanitize.Title(tt.in); got != tt.want {
				t.Errorf("Title(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestPlainHoldsOnlyCharactersOfXML(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"text stays":                 {"a\tb\nc é 👩", "a\tb\nc é 👩"},
		"controls go":                {"a\x00\x0b\x1bb", "ab"},
		"noncharacters go":           {"a\uFFFE\uFFFFb\uFFFD", "ab\uFFFD"},
		"bytes become a replacement": {"a\xffb", "a\uFFFDb"},
		"half a surrogate pair":      {"a\xed\xa0\x80b", "a\uFFFDb"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := sanitize.Plain(tt.in); got != tt.want {
				t.Errorf("Plain(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}
