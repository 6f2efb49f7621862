package dedup

import (
	"fmt"
	"strings"
	"testing"

	"sluice/feed"
)

// mostWords is how many words of a text are compared at most.
const mostWords = 4000

// prose of so many words that no other number shares.
func words(n int, seed string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s%d ", seed, i)
	}
	return b.String()
}

func TestADocumentCannotMakePreparingCostMoreThanItsBound(t *testing.T) {
	var doc []feed.Article
	for i := range maxCompared {
		doc = append(doc, feed.Article{GUID: "g", URL: fmt.Sprintf("https://a.example/%d", i), Title: "T", Content: words(50_000, fmt.Sprint("x", i, "-"))})
	}
	for i := range 20_000 {
		doc = append(doc, feed.Article{GUID: "g", URL: fmt.Sprintf("https://a.example/s%d", i), Title: "T", Content: words(5, fmt.Sprint("y", i, "-"))})
	}
	var j Judge
	items := prepare(&j, feed.IdentityAuto, doc)
	if len(items) != len(doc) {
		t.Errorf("%d items of %d different ones", len(items), len(doc))
	}
	if most := maxWork + 2*mostWords + comparisonWork; j.work < maxWork || j.work > most {
		t.Errorf("compared for %d, want the bound of %d to be reached and kept", j.work, maxWork)
	}
}

func TestAnItemListedUnderManyAddressesKeepsFewMarks(t *testing.T) {
	var doc []feed.Article
	for i := range 5000 {
		doc = append(doc, feed.Article{GUID: "g", URL: fmt.Sprintf("https://a.example/%d", i), Title: "T", Content: "the same few words each time"})
	}
	items := Prepare(feed.IdentityAuto, doc)
	if len(items) != 1 || len(items[0].Marks) != maxListed {
		t.Errorf("%d items, the first with %d marks", len(items), len(items[0].Marks))
	}
}

func TestAJudgeReadsEachArticleOnceAndNotBeyondItsBound(t *testing.T) {
	doc := []feed.Article{
		{GUID: "x", URL: "https://a.example/1", Title: "T", Content: words(20, "x")},
		{GUID: "y", URL: "https://a.example/2", Title: "T", Content: words(20, "y")},
	}
	items := Prepare(feed.IdentityAuto, doc)
	loads := 0
	long := words(100_000, "z")
	known := func(seq uint64, it Item) Known {
		stored := feed.Stored{Article: feed.Article{GUID: "other", URL: it.Article.URL, Title: "U", Content: long}}
		return Known{
			Mark: NewMark(KindURL, it.url), Seq: seq, Digest: Digest{GUID: 1, URL: it.Digest.URL},
			Head: func() (feed.Stored, error) { return stored, nil },
			Load: func() (feed.Stored, error) { loads++; return stored, nil },
		}
	}
	var j Judge
	nobody := func(uint64) bool { return false }
	for range 3 {
		if seq, err := j.Likely(items[0], []Known{known(1, items[0])}, nobody); seq != 0 || err != nil {
			t.Fatalf("got %d, %v", seq, err)
		}
	}
	if loads != 1 {
		t.Errorf("read %d times, want once", loads)
	}
	for seq := uint64(2); seq < 10_000; seq++ {
		if _, err := j.Likely(items[1], []Known{known(seq, items[1])}, nobody); err != nil {
			t.Fatal(err)
		}
	}
	if j.work > 2*maxWork || loads > 100 {
		t.Errorf("read %d articles for %d, want to stop near %d", loads, j.work, maxWork)
	}
}

func TestTagsHashTheSameByLinesAndAtOnce(t *testing.T) {
	for _, html := range []string{
		"", "words", "a <b>b</b> c", "<p>one <a href=\"https://a.example/?utm_source=x\">two</a></p>three<br/><img src=\"https://a.example/p.png?1\">",
		"<ul><li>a<p></p></li></ul> ", "<p <b>nonsense> <i", "a<",
	} {
		once, beside := newHash(), newHash()
		once.tags(html, nil)
		linesInto(html, &beside)
		if once.sum() != beside.sum() {
			t.Errorf("%q: %x at once, %x by lines", html, once.sum(), beside.sum())
		}
	}
}
