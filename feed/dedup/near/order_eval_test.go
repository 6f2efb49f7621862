package near_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"sluice/feed/dedup/near"
)

// leastTogether is the share of sure pairs that are in one story in whichever order
// they arrive, if an article joins the best root alone, and if it joins the stories of
// all roots that it is surely a copy of: two cuts of one text may come before it.
const leastTogether, leastTogetherJoined = 0.85, 0.95

// TestRealStreamIsJoinedAlikeInAnyOrder measures how far stories depend on the order
// in which their articles arrive. A story is compared by its root alone, so a pair may
// be parted by the root that one of the two found first.
func TestRealStreamIsJoinedAlikeInAnyOrder(t *testing.T) {
	dir := os.Getenv("SLUICE_CORPORA")
	if dir == "" {
		t.Skip("SLUICE_CORPORA is not set: see make dedup-eval")
	}
	stream := readStream(t, dir)
	known := readGreys(t, dir, stream)
	docs := make([]near.Doc, len(stream))
	everything := near.NewIndex(100, 0)
	var j near.Judge
	type pair struct{ a, b int }
	var sure, likely []pair
	for i, a := range stream {
		docs[i] = a.doc()
		for _, c := range everything.Query(docs[i].Sketch()) {
			b := stream[c.ID]
			v := j.Judge(docs[i], docs[c.ID], near.Context{SamePublisher: a.Pub == b.Pub, Apart: hours(a.TS - b.TS)})
			switch {
			case v.Copy && v.Score >= v.Least+0.05:
				sure = append(sure, pair{i, int(c.ID)})
			case v.Copy:
				likely = append(likely, pair{i, int(c.ID)})
			}
		}
		everything.Add(uint64(i), uint32(a.TS/24), docs[i].Sketch())
	}
	for _, name := range []string{"as it came", "backwards", "shuffled", "shuffled again"} {
		order := indices(len(stream))
		switch name {
		case "as it came":
		case "backwards":
			for i := range order {
				order[i] = len(order) - 1 - i
			}
		default:
			rand.New(rand.NewPCG(uint64(len(name)), 1)).Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
		}
		best, joined, both := rootsIn(order, stream, docs)
		together := func(pairs []pair, root []int) (n int) {
			for _, p := range pairs {
				if root[p.a] == root[p.b] {
					n++
				}
			}
			return n
		}
		s, all := ratio(together(sure, best), len(sure)), ratio(together(sure, joined), len(sure))
		alone, united, careful := storiesOf(stream, known, best), storiesOf(stream, known, joined), storiesOf(stream, known, both)
		t.Logf("%-14s of the best root alone:         %s", name, alone)
		t.Logf("%-14s of all sure roots:              %s", name, united)
		t.Logf("%-14s of them if the best is sure:    %s", name, careful)
		if united.precision() < leastPairPrecision || careful.precision() < leastCarefulPrecision || careful.recall() < alone.recall() {
			t.Errorf("%s: joining roots costs too much", name)
		}
		t.Logf("%-14s of %d sure pairs %.4f together, %.4f if roots are joined; of %d others %d and %d", name, len(sure), s, all,
			len(likely), together(likely, best), together(likely, joined))
		if s < leastTogether || all < leastTogetherJoined {
			t.Errorf("%s: too many sure pairs are parted", name)
		}
	}
}

// leastPairPrecision is the share of the pairs within one story that are copies, if all
// sure roots are joined, and if they are only where the article is surely a copy of the
// best of them, too.
const leastPairPrecision, leastCarefulPrecision = 0.97, 0.985

// pairs counts the pairs of items by whether they are in one story.
type pairs struct{ right, wrong, parted, stories, mixed int }

func (p pairs) precision() float64 { return ratio(p.right, p.right+p.wrong) }
func (p pairs) recall() float64    { return ratio(p.right, p.right+p.parted) }

func (p pairs) String() string {
	return fmt.Sprintf("pairs right %5d wrong %3d parted %4d  P %.4f R %.4f; of %d stories %d mixed", p.right, p.wrong, p.parted, p.precision(), p.recall(), p.stories, p.mixed)
}

// storiesOf compares all pairs of a partition, given by a root of each item, with the
// clusters. Pairs that people could not decide about do not count.
func storiesOf(stream []arrival, known greys, root []int) pairs {
	var p pairs
	stories, clusters := map[int]map[string]int{}, map[string]int{}
	for i, a := range stream {
		if stories[root[i]] == nil {
			stories[root[i]] = map[string]int{}
		}
		stories[root[i]][a.Cluster]++
		clusters[a.Cluster]++
	}
	twice := func(n int) int { return n * (n - 1) / 2 }
	for _, n := range clusters {
		p.parted += twice(n)
	}
	p.stories = len(stories)
	for _, story := range stories {
		mixed := 0
		for a, n := range story {
			p.right += twice(n)
			for b, m := range story {
				if a < b && !known[[2]string{a, b}] {
					mixed += n * m
				}
			}
		}
		p.wrong += mixed
		if mixed > 0 {
			p.mixed++
		}
	}
	p.parted -= p.right
	return p
}

// rootsIn lets the stream arrive in an order and returns each item's root; its root if
// all are joined that an item is surely a copy of; and if they are only where the item
// is surely a copy of the best, too.
func rootsIn(order []int, stream []arrival, docs []near.Doc) (root, joined, both []int) {
	root = make([]int, len(order))
	all, careful := newUnion(len(order)), newUnion(len(order))
	x := near.NewIndex(100, 0)
	var j near.Judge
	for _, i := range order {
		best, found := i, near.Verdict{}
		var sure []int
		for _, c := range x.Query(docs[i].Sketch()) {
			a, b := stream[i], stream[c.ID]
			v := j.Judge(docs[i], docs[c.ID], near.Context{SamePublisher: a.Pub == b.Pub, Apart: hours(a.TS - b.TS)})
			if !v.Copy {
				continue
			}
			if v.Compare(found) < 0 {
				best, found = int(c.ID), v
			}
			if v.Score >= v.Least+0.05 {
				sure = append(sure, int(c.ID))
			}
		}
		root[i] = best
		if best == i {
			x.Add(uint64(i), 0, docs[i].Sketch())
			continue
		}
		all.join(i, best)
		careful.join(i, best)
		for _, other := range sure {
			all.join(i, other)
			if slices.Contains(sure, best) {
				careful.join(i, other)
			}
		}
	}
	return root, all.roots(), careful.roots()
}

// union is sets of items that were joined.
type union []int

func newUnion(n int) union { return indices(n) }

func (u union) find(i int) int {
	for u[i] != i {
		u[i] = u[u[i]]
		i = u[i]
	}
	return i
}

func (u union) join(a, b int) { u[u.find(a)] = u.find(b) }

func (u union) roots() []int {
	found := make([]int, len(u))
	for i := range u {
		found[i] = u.find(i)
	}
	return found
}
