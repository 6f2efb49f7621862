package near_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluice/feed/dedup/near"
)

// arrival is an item of the stream, in the order of arrival.
type arrival struct {
	ID, Title, Body, Cluster, Kind, Pub string
	Lang                                string
	TS                                  float64 // hours
}

// doc prepares it as a feed would bring it: plain text, escaped.
func (a arrival) doc() near.Doc {
	return near.Prepare(a.Title, "<p>"+strings.ReplaceAll(html.EscapeString(a.Body), "\n\n", "</p>\n<p>")+"</p>")
}

func readStream(t *testing.T, dir string) []arrival {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "dedup", "stream.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	var stream []arrival
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var a arrival
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		stream = append(stream, a)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return stream
}

// greys are pairs of clusters that people could not decide about.
type greys map[[2]string]bool

func readGreys(t *testing.T, dir string, stream []arrival) greys {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "dedup", "grey.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	cluster := map[string]string{}
	for _, a := range stream {
		cluster[a.ID] = a.Cluster
	}
	found := greys{}
	for line := range strings.Lines(string(text)) {
		a, b, _ := strings.Cut(strings.TrimSpace(line), "\t")
		found[[2]string{cluster[a], cluster[b]}] = true
		found[[2]string{cluster[b], cluster[a]}] = true
	}
	return found
}

// outcome is what came of an item.
type outcome struct {
	kind, cluster string
	copied        bool // an item of its cluster came before it
	end           ending
	refused       near.Reason // of a copy that was missed
	unmet         bool        // the index did not propose any root of its cluster
}

type ending int

const (
	alone ending = iota
	right
	wrong
	grey
)

// tally counts what came of the items of one kind.
type tally struct {
	items, copies      int // all, and those with an earlier item of their cluster
	right, wrong, grey int
	refused            map[near.Reason]int // of the copies that were missed
	unmet              int                 // of those, how many the index did not propose
}

func (t *tally) String() string {
	return fmt.Sprintf("items %4d copies %4d right %4d wrong %2d grey %2d  P %.4f R %.4f  missed %v, not proposed %d",
		t.items, t.copies, t.right, t.wrong, t.grey, t.precision(), t.recall(), t.refused, t.unmet)
}

func (t *tally) precision() float64 { return ratio(t.right, t.right+t.wrong) }
func (t *tally) recall() float64    { return ratio(t.right, t.copies) }

func ratio(a, b int) float64 {
	if b == 0 {
		return math.NaN()
	}
	return float64(a) / float64(b)
}

// evaluation lets a stream arrive: each item is compared with the roots that the
// index proposes, and joins the best, or becomes a root.
type evaluation struct {
	stream []arrival
	greys  greys
	docs   []near.Doc
	came   []outcome
	wrong  []string
	missed []string
	judged int
}

func (e *evaluation) run() {
	index := near.NewIndex(10, 0)
	var judge near.Judge
	roots := map[string][]int{} // by cluster
	seen := map[string]bool{}
	for i, a := range e.stream {
		d := a.doc()
		e.docs = append(e.docs, d)
		sketch := d.Sketch()
		best, found := -1, near.Verdict{}
		met := map[uint64]bool{}
		for _, c := range index.Query(sketch) {
			met[c.ID] = true
			e.judged++
			r := e.stream[c.ID]
			v := judge.Judge(d, e.docs[c.ID], near.Context{SamePublisher: r.Pub == a.Pub, Apart: hours(a.TS - r.TS)})
			if v.Copy && (best < 0 || v.Compare(found) < 0) {
				best, found = int(c.ID), v
			}
		}
		o := outcome{kind: a.Kind, cluster: a.Cluster, copied: seen[a.Cluster]}
		seen[a.Cluster] = true
		switch {
		case best < 0:
			index.Add(uint64(i), uint32(a.TS/24), sketch)
			if o.copied {
				e.miss(&judge, &o, roots[a.Cluster], i, met)
			}
			roots[a.Cluster] = append(roots[a.Cluster], i)
		case e.stream[best].Cluster == a.Cluster:
			o.end = right
		case e.greys[[2]string{e.stream[best].Cluster, a.Cluster}]:
			o.end = grey
		default:
			o.end = wrong
			e.wrong = append(e.wrong, e.line(best, i, found))
		}
		e.came = append(e.came, o)
	}
}

func hours(h float64) time.Duration { return time.Duration(math.Abs(h) * float64(time.Hour)) }

// miss notes why a copy was not attached, by the root that comes nearest.
func (e *evaluation) miss(judge *near.Judge, o *outcome, roots []int, i int, met map[uint64]bool) {
	best, nearest := near.Verdict{Score: -1}, -1
	o.unmet = len(roots) > 0
	for _, r := range roots {
		v := judge.Judge(e.docs[i], e.docs[r], near.Context{SamePublisher: e.stream[r].Pub == e.stream[i].Pub, Apart: hours(e.stream[i].TS - e.stream[r].TS)})
		if v.Score > best.Score {
			best, nearest = v, r
		}
		o.unmet = o.unmet && !met[uint64(r)]
	}
	o.refused = best.Reason
	if nearest >= 0 {
		e.missed = append(e.missed, e.line(nearest, i, best)+fmt.Sprintf(" proposed=%v", met[uint64(nearest)]))
	}
}

func (e *evaluation) line(a, b int, v near.Verdict) string {
	x, y := e.stream[a], e.stream[b]
	return fmt.Sprintf("%s <- %s %s %.2f (%.2f) %d/%d words %v h\n   %q\n   %q", x.ID, y.ID, v.Reason, v.Score, v.Least,
		e.docs[a].Words(), e.docs[b].Words(), math.Round(y.TS-x.TS), x.Title, y.Title)
}

// tally counts the outcomes that a choice accepts.
func (e *evaluation) tally(accept func(o outcome) bool) *tally {
	t := &tally{refused: map[near.Reason]int{}}
	for _, o := range e.came {
		if !accept(o) {
			continue
		}
		t.items++
		if o.copied {
			t.copies++
		}
		switch o.end {
		case right:
			t.right++
		case wrong:
			t.wrong++
		case grey:
			t.grey++
		case alone:
			if o.copied {
				t.refused[o.refused]++
			}
			if o.unmet {
				t.unmet++
			}
		}
	}
	return t
}

// TestRealArticleFindsItsCopiesAndNoOther judges the seed, an agency's text as one
// site printed it, beside copies and near misses.
func TestRealArticleFindsItsCopiesAndNoOther(t *testing.T) {
	dir := os.Getenv("SLUICE_CORPORA")
	if dir == "" {
		t.Skip("SLUICE_CORPORA is not set: see make dedup-eval")
	}
	text, err := os.ReadFile(filepath.Join(dir, "seed", "variants.json"))
	if err != nil {
		t.Fatal(err)
	}
	var variants []struct {
		arrival
		Same bool
	}
	if err := json.Unmarshal(text, &variants); err != nil || len(variants) < 2 {
		t.Fatalf("%d variants, %v", len(variants), err)
	}
	seed := variants[0]
	var judge near.Judge
	index := near.NewIndex(5, 0)
	index.Add(0, 0, seed.doc().Sketch())
	for _, v := range variants[1:] {
		d := v.doc()
		c := near.Context{SamePublisher: v.Pub == seed.Pub, Apart: hours(v.TS - seed.TS)}
		verdict := judge.Judge(seed.doc(), d, c)
		t.Logf("%-36s %+v", v.ID, verdict)
		if verdict.Copy != v.Same {
			t.Errorf("%s: %+v, want same=%v", v.ID, verdict, v.Same)
		}
		if v.Same && len(index.Query(d.Sketch())) == 0 {
			t.Errorf("%s: the index does not propose the seed", v.ID)
		}
	}
}
