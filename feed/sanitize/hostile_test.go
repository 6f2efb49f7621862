package sanitize_test

import (
	"cmp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/feed/sanitize"

	"golang.org/x/net/html"
)

type shape struct{ open, repeat string }

// hostile are the shapes that blow up what builds trees, each repeated to a size.
var hostile = map[string]shape{
	"lesser-than signs":        {"", "<"},
	"ampersands":               {"", "&"},
	"references without end":   {"", "&amp"},
	"greater-than signs":       {"", ">"},
	"quotes":                   {"<p>", `"'`},
	"unclosed tags":            {"", "<a "},
	"unclosed end tags":        {"", "</"},
	"unclosed comments":        {"", "<!--"},
	"bogus comments":           {"", "<?"},
	"one tag of attributes":    {"<img ", "src=a alt=b "},
	"one tag of new names":     {"<p ", "a\x01b=c d "},
	"one endless value":        {`<a href="`, "http://e.org/"},
	"one srcset of candidates": {`<img srcset="`, "http://e.org/ 1x,"},
	"one srcset of commas":     {`<img srcset="`, ", "},
	"one style":                {`<img src=http://e.org/ style="`, "a:b;"},
	"nested blocks":            {"", "<div>"},
	"blocks that never end":    {"", "<p>x<section>"},
	"nested inline":            {"", "<span>"},
	"adopted formatting":       {"", "<a href=http://e.org/><b><i>"},
	"crossed formatting":       {"", "<b><p></b>"},
	"formatting over blocks":   {strings.Repeat("<b><i><u><s>", 50), "<p>x"},
	"nested tables":            {"", "<table><td>"},
	"misnested tables":         {"", "<table><tr><td></table><b>"},
	"text in tables":           {"<table>", "x<tr>"},
	"cells":                    {"<table>", "<td>x<tr>"},
	"captions":                 {"<table>", "<caption><table>"},
	"items":                    {"<ul>", "<li>x"},
	"items of nested lists":    {"", "<ul><li><div>"},
	"terms":                    {"<dl>", "<dt><dd>"},
	"ruby":                     {"<ruby>", "<rt>x<rp>"},
	"headings":                 {"", "<h1></h2><h3>"},
	"end tags":                 {"<div><p><table>", "</b>"},
	"breaks":                   {"", "</br>"},
	"nested svg":               {"", "<svg>"},
	"broken svg":               {"", "<svg><p>"},
	"noscript":                 {"", "<noscript>"},
	"plaintext":                {"", "<plaintext>"},
	"frames":                   {"", "<iframe src=http://e.org/></iframe>"},
	"different frames":         {"", "<embed src=http://e.org/><embed src=http://e.com/>"},
	"scripts":                  {"", "<script></script>"},
	"scripts that never end":   {"", "<script><!--"},
	"controls":                 {"<p>", "\x00"},
	"bytes that are no text":   {"<p>", "\xff"},
	"links":                    {"", "<a href=http://e.org/>x</a>"},
}

func (h shape) of(size int) string { return h.open + strings.Repeat(h.repeat, size/len(h.repeat)) }

func TestHostileSizeIsBounded(t *testing.T) {
	for name, h := range hostile {
		t.Run(name, func(t *testing.T) {
			in := h.of(1 << 16)
			got := checkClean(t, in)
			if limit := 5*len(in) + 1<<20; len(got) > limit { // "&" alone becomes five bytes
				t.Errorf("%d bytes grew to %d", len(in), len(got))
			}
		})
	}
}

// What grows with the square of the size is hundreds of times above the floor.
func TestCostIsLinear(t *testing.T) {
	const size = 1 << 17
	for name, h := range hostile {
		t.Run(name, func(t *testing.T) {
			if got := ratio(h, size); got > 25 {
				t.Errorf("costs %.0f times what a tokenizer does", got)
			}
			in := h.of(size)
			if sum := allocated(func() { sanitize.HTML(in) }); sum > 100*size {
				t.Errorf("allocates %d times its size", sum/size)
			}
		})
	}
}

// BenchmarkHostile says what a megabyte of the dearest shape costs, as a multiple
// of what a tokenizer does.
func BenchmarkHostile(b *testing.B) {
	for b.Loop() {
		dearest, worst := "", 0.0
		for name, h := range hostile {
			if got := ratio(h, 1<<20); got > worst {
				dearest, worst = name, got
			}
		}
		b.Logf("dearest: %s", dearest)
		b.ReportMetric(worst, "clean/tokenize")
	}
}

// ratio is what cleaning a shape of that size, or taking its text, costs beside
// the floor: what the tokenizer alone takes for it, or for as much prose where the
// shape is but a few tokens.
func ratio(h shape, size int) float64 {
	in, prose := h.of(size), strings.Repeat(paragraph, size/len(paragraph))
	least := max(cost(func() { tokenize(prose) }), cost(func() { tokenize(in) }))
	took := max(cost(func() { sanitize.HTML(in) }), cost(func() { sanitize.Text(in) }), cost(func() { sanitize.Title(in + ">") }))
	return took.Seconds() / least.Seconds()
}

const paragraph = `<p>Some words, <a href="https://e.org/x">a link</a> &amp; <em>more</em> of them.</p>` + "\n"

func BenchmarkHTML(b *testing.B) {
	prose := strings.Repeat(paragraph, 100)
	b.SetBytes(int64(len(prose)))
	b.ReportAllocs()
	for b.Loop() {
		sanitize.HTML(prose)
	}
}

func tokenize(s string) {
	for z := html.NewTokenizer(strings.NewReader(s)); z.Next() != html.ErrorToken; {
		_ = z.Token()
	}
}

// cost is the CPU time of the fastest of three runs, the collector's included.
func cost(f func()) time.Duration {
	var best []time.Duration
	for range 3 {
		before := spent()
		f()
		best = append(best, spent()-before)
	}
	return slices.MinFunc(best, cmp.Compare)
}

func spent() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		panic(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
