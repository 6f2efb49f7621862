package sanitize_test

import (
	"net/url"
	"strings"
	"testing"

	"sluice/feed/sanitize"
)

// rel is what every link gets; the tables below are easier to read without it.
const rel = ` rel="noopener noreferrer nofollow ugc"`

// What is written as we write it must come out as it went in.
func TestWhatFeedsUseStays(t *testing.T) {
	for name, in := range map[string]string{
		"headings":                 `<h1>a</h1><h2 lang="de">b</h2><h6>c</h6>`,
		"nested lists":             `<ul><li>a<ol start="3" reversed="reversed" type="a"><li value="7">b</li></ol></li></ul>`,
		"a list of terms":          `<dl><dt>a</dt><dd>b</dd><dd>c</dd></dl>`,
		"a table":                  `<table><caption>a</caption><colgroup><col span="2"><col></colgroup><thead><tr><th colspan="2" scope="col">b</th></tr></thead><tbody><tr><td rowspan="2" align="right">c</td><td>d</td></tr></tbody><tfoot><tr><td>e</td></tr></tfoot></table>`,
		"a table within a table":   `<table><tbody><tr><td><table><tbody><tr><td>a</td></tr></tbody></table></td></tr></tbody></table>`,
		"a figure":                 `<figure><img src="https://e.org/a.png" alt="A" width="640" height="360"><figcaption>b</figcaption></figure>`,
		"a picture":                `<picture><source srcset="https://e.org/a.avif 1x, https://e.org/b.avif 2x" type="image/avif" media="(min-width: 600px)"><img src="https://e.org/a.jpg" srcset="https://e.org/s.jpg 480w, https://e.org/l.jpg 1024w" sizes="100vw" alt=""></picture>`,
		"a film":                   `<video src="https://e.org/a.mp4" poster="https://e.org/a.png" controls="controls" width="640" height="360"></video>`,
		"a sound with sources":     `<audio controls="controls"><source src="https://e.org/a.opus" type="audio/ogg"><source src="https://e.org/a.mp3" type="audio/mpeg"></audio>`,
		"details":                  `<details open="open"><summary>a</summary><p>b</p></details>`,
		"a program":                "<pre><code>if a &lt; b {\n\treturn\n}</code></pre>",
		"a quotation":              `<blockquote cite="https://e.org/"><p>a <q>b</q></p><p><cite>c</cite></p></blockquote>`,
		"ruby":                     `<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>`,
		"small marks":              `H<sub>2</sub>O x<sup>2</sup> <abbr title="World Wide Web">WWW</abbr> <dfn>d</dfn> <kbd>k</kbd> <samp>s</samp> <var>v</var> <mark>m</mark> <small>s</small>`,
		"emphasis":                 `<b>a</b> <strong>b</strong> <i>c</i> <em>d</em> <u>e</u> <s>f</s> <tt>g</tt> <code>h</code>`,
		"an edit and its time":     `<del datetime="2026-01-02">a</del><ins cite="https://e.org/">b</ins> <time datetime="2026-01-02T03:04Z">c</time>`,
		"both directions of text":  `<p dir="rtl" lang="ar">a <bdi>b</bdi> <bdo dir="ltr">c</bdo></p>`,
		"lines":                    `a<br>b<wbr>c<hr>d`,
		"a page's parts":           `<article><header><h1>a</h1></header><section>b</section><aside>c</aside><footer>d</footer></article>`,
		"the writing of the world": "日本語 עברית हिन्दी 👩‍💻 a\u00a0b\u00adc",
	} {
		t.Run(name, func(t *testing.T) {
			if got := checkClean(t, in); got != in {
				t.Errorf("\n got %q\nwant %q", got, in)
			}
		})
	}
}

func TestWhatIsMeantIsWritten(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "e.org", Path: "/blog/post"}
	const (
		video = `<a href="https://www.video.example/embed/1"` + rel + `>`
		img   = `<img src="https://e.org/a.png">`
	)
	for name, tt := range map[string]struct{ in, want string }{
		"a frame becomes a link":                      {`a<iframe src="https://www.video.example/embed/1" allowfullscreen></iframe>b`, "a " + video + "video.example</a> b"},
		"its title is the link's":                     {`<iframe src="https://www.video.example/embed/1" title=" A <film> "></iframe>`, " " + video + "A &lt;film&gt;</a> "},
		"a frame without a scheme":                    {`<iframe src="//www.video.example/embed/1"></iframe>`, " " + video + "video.example</a> "},
		"a frame that is loaded late":                 {`<iframe src="about:blank" data-src="https://www.video.example/embed/1"></iframe>`, " " + video + "video.example</a> "},
		"a frame written as XHTML ends at once":       {`<iframe src="https://www.video.example/embed/1" />b`, " " + video + "video.example</a> b"},
		"what a frame holds is not shown":             {`<iframe src="https://www.video.example/embed/1"><p>no frames</p></iframe>b`, " " + video + "video.example</a> b"},
		"a narrow frame that is stretched":            {`<iframe src="https://www.video.example/embed/1" style="width: 1px; min-width: 100%"></iframe>`, " " + video + "video.example</a> "},
		"an object and its embed are one link":        {`<object data="https://www.video.example/embed/1"><param name="x" value="y"><embed src="https://www.video.example/embed/1">old</object>`, " " + video + "video.example</a> old"},
		"a picture that is loaded late":               {`<img class="lazy" src="data:image/gif;base64,R0" data-src="/a.png">`, img},
		"one whose place another holds":               {`<img src="/grey.png" data-lazy-src="/a.png">`, img},
		"one of several sizes":                        {`<img data-srcset="/a.png 1x" src="/a.png">`, `<img src="https://e.org/a.png" srcset="https://e.org/a.png 1x">`},
		"a flag is no address":                        {`<img data-original="true" src="/a.png">`, img},
		"a picture without scripts, after":            {`<img data-src="/a.png"><noscript><img src="/a.png"></noscript>`, img},
		"a picture without scripts, before":           {`<noscript><img src="/a.png"></noscript><img src="data:," data-src="/a.png">`, img},
		"a picture without scripts alone":             {`<img src="data:,"><noscript><img src="/a.png"></noscript>`, img},
		"the same picture twice on purpose":           {`<img src="/a.png"><img src="/a.png">`, img + img},
		"what is said to readers without scripts":     {`<noscript>a <a href="/p">b</a></noscript>`, `a <a href="https://e.org/p"` + rel + `>b</a>`},
		"a player without controls gets them":         {`<video autoplay loop muted src="/a.mp4"></video>`, `<video src="https://e.org/a.mp4" controls="controls"></video>`},
		"an old listing":                              {"<xmp>a <b></xmp><listing>c</listing>", "<pre>a &lt;b&gt;</pre><pre>c</pre>"},
		"an old menu and an acronym":                  {"<menu><li>a</menu><acronym title=x>b</acronym>", `<ul><li>a</li></ul><abbr title="x">b</abbr>`},
		"old presentation leaves its text":            {`<font color=red>a</font><big>b</big><center>c</center>`, "ab<div>c</div>"},
		"a page's head leaves nothing":                {`<html><head><title>x</title><meta name=a><style>y</style><body><p>a</body></html>`, "<p>a</p>"},
		"a head that never ends leaves the page":      {`<head><p>a`, "<p>a</p>"},
		"a script written as XHTML ends at once":      {`<script src="x"/>a`, "a"},
		"but not one with a slash in its address":     {`<script src=//e.org/>a</script>b`, "b"},
		"a drawing goes, and ends at the next block":  {`<svg><path d="M0"/><text>x</text><p>a</svg>`, "<p>a</p>"},
		"one drawing within another":                  {`<svg><svg>x</svg>y</svg>a`, "a"},
		"one drawing that ends too seldom":            {`<svg><svg>x</svg>a`, "a"},
		"a player called track":                       {`<iframe src="https://www.video.example/track?id=1"></iframe>`, ` <a href="https://www.video.example/track?id=1"` + rel + `>video.example</a> `},
		"an empty drawing hides nothing":              {`<svg/>a<canvas/>b`, "ab"},
		"choices go, what surrounds them stays":       {`a<select><option>x<option>y</select>b<label>c</label><button>d</button>`, "abcd"},
		"choices that never end hide nothing":         {`the <select> element <b>is`, "the  element <b>is</b>"},
		"nor does a title, or a frame":                {`a<title>b<iframe>c<p>d`, "abc<p>d</p>"},
		"a script that never ends hides all":          {`a<script>b<p>c`, "a"},
		"formulas leave their text":                   {`<math><mi>x</mi><mo>=</mo><mn>2</mn></math>`, "x=2"},
		"plaintext is only a block":                   {`a<plaintext>b<p>c`, "a<pre>b<p>c</p></pre>"},
		"alignment that is none":                      {`<table><td align="char">a<td align=" Center ">b</table>`, `<table><tbody><tr><td>a</td><td align="center">b</td></tr></tbody></table>`},
		"the first of two attributes counts, good or": {`<a href="javascript:x" href="https://e.org/">a</a>`, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			got := sanitize.Resolve(tt.in, base)
			if got != tt.want {
				t.Errorf("Resolve(%q)\n got %q\nwant %q", tt.in, got, tt.want)
			}
			checkTree(t, got)
			if again := sanitize.HTML(got); again != got {
				t.Errorf("not idempotent:\nonce  %q\ntwice %q", got, again)
			}
		})
	}
}

func TestWhatOnlyCountsReadersGoes(t *testing.T) {
	for name, in := range map[string]string{
		"one by one":                    `<img src="https://e.org/p" width="1" height="1">`,
		"one by one in pixels":          `<img src="https://e.org/p" width=" 1PX" height="01.0">`,
		"no height":                     `<img src="https://e.org/p" height="0">`,
		"a line":                        `<img src="https://e.org/p" width="600" height="1" alt="x">`,
		"tiny by style":                 `<img src="https://e.org/p" style="Width:1px; height : 0 !important">`,
		"hidden by style":               `<img src="https://e.org/p" style="border:0;DISPLAY: none">`,
		"invisible by style":            `<img src="https://e.org/p" style="visibility:hidden!important; position:absolute">`,
		"hidden":                        `<img src="https://e.org/p" hidden>`,
		"hidden and loaded late":        `<img data-src="https://e.org/p" width=0>`,
		"a file called pixel":           `<img src="https://e.org/t/pixel.gif?id=1">`,
		"a file called one by one":      `<img src="https://e.org/1x1.png" alt="">`,
		"a counter with a query":        `<img src="https://e.org/b.gif?host=e.org&amp;post=1">`,
		"an address called track":       `<img src="https://e.org/track?u=1">`,
		"a frame of no size":            `<iframe src="https://e.org/ns.html?id=1" height="0" width="0"></iframe>`,
		"a frame that is not displayed": `<iframe src="https://e.org/ns.html" style="display:none;visibility:hidden"></iframe>`,
		"one within a noscript":         `<noscript><img height="1" width="1" style="display:none" src="https://e.org/tr?id=1"></noscript>`,
	} {
		if got := sanitize.HTML("a" + in); got != "a" {
			t.Errorf("%s: %s gave %q", name, in, got)
		}
	}
	for name, in := range map[string]string{
		"a picture":                            `<img src="https://e.org/p.gif">`,
		"a small picture":                      `<img src="https://e.org/p.gif" width="16" height="16">`,
		"a pixel with a text":                  `<img src="https://e.org/pixel.png" alt="A phone">`,
		"a pixel with a size":                  `<img src="https://e.org/pixel.png" width="640">`,
		"a picture without an ending":          `<img src="https://e.org/track">`,
		"a picture with a short name":          `<img src="https://e.org/b.png">`,
		"a picture whose name begins that way": `<img src="https://e.org/tracks.jpg">`,
	} {
		if got := sanitize.HTML(in); got != in {
			t.Errorf("%s: %s gave %q", name, in, got)
		}
	}
	// Sizes that a style gives are not kept, and hide nothing.
	if got := sanitize.HTML(`<img src="https://e.org/p" style="height:1em;max-height:1em;display:block">`); !strings.Contains(got, "<img") {
		t.Errorf("a picture as high as the text went: %q", got)
	}
}
