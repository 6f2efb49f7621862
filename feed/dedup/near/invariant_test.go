package near_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed/dedup/near"
	"sluice/feed/fuzztest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// mostWords is how many words of an article are compared at most, in any script.
const mostWords = 12_000

func FuzzPrepare(f *testing.F) {
	f.Add("A title", "<p>Some <b>text</b>, “quoted” &amp; <q>more</q>.</p><figcaption>no</figcaption>", "A title", "Some text.")
	f.Add("", "PARIS, May 5 (AFP) — U.S. prices rose 1,5 % to 3.14, O’Neill's aide said.\n\nAlso read: more", "x", "<")
	f.Add("橋", "港の橋が<ruby>閉<rt>と</rt></ruby>じる。ﾌｪﾘｰ", "ا", "\xff\xfe&#x1F600;&#0;&bogus;&")
	whole, part := strings.Join(bridge.text, "\n\n"), strings.Join(bridge.text[1:3], "\n\n")
	f.Add(bridge.title, whole, bridge.title, whole)
	f.Add(bridge.title, whole, "Cracks close a bridge", part)
	f.Add("Tides on 5 May", bridge.text[0], "Tides on 6 May", bridge.text[0]+bridge.text[1])
	f.Add(languages["ja"].title, strings.Join(languages["ja"].text, "\n\n"), "", languages["ja"].text[1])
	f.Fuzz(func(t *testing.T, title, body, otherTitle, otherBody string) {
		defer fuzztest.Within(t, len(title)+len(body)+len(otherTitle)+len(otherBody), fuzztest.Cost{Bytes: 8 << 20, Each: 4 << 10})()
		a, b := near.Prepare(title, body), near.Prepare(otherTitle, otherBody)
		if a.Words() > mostWords {
			t.Fatalf("%d words", a.Words())
		}
		s := a.Sketch()
		if len(s) > near.MaxKeys || !slices.IsSorted(s) || len(slices.Compact(slices.Clone(s))) != len(s) {
			t.Fatalf("sketch %v", s)
		}
		if diff := cmp.Diff(s, near.Prepare(title, body).Sketch()); diff != "" {
			t.Fatalf("made twice: %s", diff)
		}
		var j, k near.Judge
		for _, c := range []near.Context{{}, {SamePublisher: true}, {OneDocument: true}, {Apart: 100 * time.Hour}} {
			v := j.Judge(a, b, c)
			if back := k.Judge(b, a, c); back != v {
				t.Fatalf("%+v one way, %+v the other", v, back)
			}
			if v.Copy && v.Score < v.Least || v.Score < 0 || v.Score > 1 || v.Reason == "" {
				t.Fatalf("%+v", v)
			}
			if v.Copy && c.OneDocument && v.Score < 0.9 {
				t.Fatalf("one document, and merged: %+v", v)
			}
		}
	})
}

// TestTextsThatAreMadeToTakeLongDoNot would take hours if anything in it were not
// linear.
func TestTextsThatAreMadeToTakeLongDoNot(t *testing.T) {
	const size = 4 << 20
	for _, unit := range []string{
		"<", "<p", "<p>", "</", "<q>", "&", "&amp", "&#", "(", ")", "“", `"`, "'", "’s", "-", " - ", "a.", "a.b", "1,", "1.", ":", "a", "A", "a ", "the ",
		"Photo: <p>", "AP - ", "橋", "é", "ﷺ", "ก็", "\u0301", "\xff", "\n\n", "<figcaption>", "AA: ", "Also read<br>",
	} {
		text := strings.Repeat(unit, size/len(unit))
		d := near.Prepare(text, text)
		if d.Words() > mostWords {
			t.Errorf("%q: %d words", unit, d.Words())
		}
		var j near.Judge
		x := near.NewIndex(5, 0)
		for id := range uint64(300) {
			x.Add(id, 0, d.Sketch())
		}
		if found := x.Query(d.Sketch()); len(found) > near.MaxCandidates {
			t.Errorf("%q: %d candidates", unit, len(found))
		}
		j.Judge(d, near.Prepare("", text+"x"), near.Context{})
	}
}

func TestWhatStandsBehindTheBoundIsNotRead(t *testing.T) {
	var b strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&b, "word%d ", i)
	}
	if diff := cmp.Diff(near.Prepare("T", b.String()).Sketch(), near.Prepare("T", b.String()+"and more").Sketch()); diff != "" {
		t.Error(diff)
	}
}

// story writes an article of its own, and copies of it as editors make them: any of
// its paragraphs but one may go, and a lead or a note may come.
func story(t *rapid.T, n int) []article {
	w, rng := prose(), rand.New(rand.NewPCG(uint64(n), rapid.Uint64().Draw(t, "seed")))
	root := article{title: w.sentence(rng, 8)}
	for range 6 {
		root.text = append(root.text, w.sentence(rng, 30)+". "+w.sentence(rng, 12)+".")
	}
	family := []article{root}
	for range rapid.IntRange(0, 3).Draw(t, "copies") {
		text := slices.Clone(root.text)
		if rapid.Bool().Draw(t, "cut") {
			at := rapid.IntRange(0, len(text)-1).Draw(t, "paragraph")
			text = slices.Delete(text, at, at+1)
		}
		if rapid.Bool().Draw(t, "noted") {
			text = append(text, "Also read: "+w.sentence(rng, 6))
		}
		family = append(family, article{root.title, text})
	}
	return family
}

// partition lets articles arrive, each to be compared with the roots alone, and
// returns for each the stories that it makes, as the set of their members.
func partition(docs []near.Doc, order []int) map[string]bool {
	x := near.NewIndex(5, 0)
	var j near.Judge
	members := map[uint64][]int{}
	for at, i := range order {
		joined, best := uint64(0), near.Verdict{}
		for _, c := range x.Query(docs[i].Sketch()) {
			if v := j.Judge(docs[i], docs[order[c.ID-1]], near.Context{}); v.Copy && v.Compare(best) < 0 {
				joined, best = c.ID, v
			}
		}
		if joined == 0 {
			joined = uint64(at) + 1
			x.Add(joined, 0, docs[i].Sketch())
		}
		members[joined] = append(members[joined], i)
	}
	stories := map[string]bool{}
	for _, list := range members {
		slices.Sort(list)
		stories[fmt.Sprint(list)] = true
	}
	return stories
}

func TestStoriesAreTheSameInWhicheverOrderTheirArticlesArrive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var docs []near.Doc
		want := map[string]bool{}
		var j near.Judge
		for n := range rapid.IntRange(1, 6).Draw(t, "stories") {
			from := len(docs)
			var members []int
			for _, a := range story(t, n) {
				members = append(members, len(docs))
				docs = append(docs, a.doc())
			}
			for a := from; a < len(docs); a++ {
				for b := from; b < a; b++ {
					if v := j.Judge(docs[a], docs[b], near.Context{}); !v.Copy || v.Score < v.Least+0.05 {
						t.Fatalf("the test's own copies are too far apart: %+v", v)
					}
				}
			}
			want[fmt.Sprint(members)] = true
		}
		order := rapid.Permutation(indices(len(docs))).Draw(t, "order")
		if diff := cmp.Diff(want, partition(docs, order)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func indices(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestAJudgeThatWasUsedBeforeSaysTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var used near.Judge
		var docs []near.Doc
		for n := range 4 {
			for _, a := range story(t, n) {
				docs = append(docs, a.doc())
			}
		}
		for range 20 {
			a, b := rapid.SampledFrom(docs).Draw(t, "a"), rapid.SampledFrom(docs).Draw(t, "b")
			var fresh near.Judge
			if x, y := used.Judge(a, b, near.Context{}), fresh.Judge(a, b, near.Context{}); x != y {
				t.Fatalf("%+v, and %+v by a new judge", x, y)
			}
		}
	})
}
