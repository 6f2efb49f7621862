package near_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// Gates are what must hold of the stream before a change of the rules is good.
const (
	leastPrecision         = 0.995
	leastKindPrecision     = 0.99 // of each kind with manyAttached or more
	manyAttached           = 50
	leastRecall            = 0.82
	leastRecallOfSentences = 0.92 // without the summaries whose words were shuffled

	shuffled  = "syn_sumtitle"
	ofOneForm = "tpl_" // begins the kinds of which no two are copies
)

// leastKindRecall are the gates of single kinds.
var leastKindRecall = map[string]float64{"syn_summary": 0.93, "syn_heavy": 0.83, "ag": 0.83}

// gate is a share and what it must be at least, or a number and none may be.
type gate struct {
	name       string
	got, least float64
	none       bool
}

func (g gate) pass() bool { return g.got >= g.least && (!g.none || g.got == 0) }

// worse reports whether g is farther from passing than another of its name.
func (g gate) worse(o gate) bool { return g.none && g.got > o.got || !g.none && g.got < o.got }

func (g gate) String() string {
	said := "pass"
	if !g.pass() {
		said = "FAIL"
	}
	if g.none {
		return fmt.Sprintf("%s  %-28s %.0f, none may be", said, g.name, g.got)
	}
	return fmt.Sprintf("%s  %-28s %.4f, at least %.4f", said, g.name, g.got, g.least)
}

// gates measures the outcomes that a choice accepts. Of a kind that it leaves next to
// nothing of there is no gate.
func (e *evaluation) gates(accept func(o outcome) bool) []gate {
	all := e.tally(accept)
	whole := e.tally(func(o outcome) bool { return accept(o) && o.kind != shuffled })
	found := []gate{
		{name: "precision", got: all.precision(), least: leastPrecision},
		{name: "recall", got: all.recall(), least: leastRecall},
		{name: "recall without " + shuffled, got: whole.recall(), least: leastRecallOfSentences},
	}
	merged := 0
	for _, kind := range e.kinds() {
		k := e.tally(func(o outcome) bool { return accept(o) && o.kind == kind })
		if strings.HasPrefix(kind, ofOneForm) {
			merged += k.wrong + k.grey
		}
		if k.right+k.wrong >= manyAttached {
			found = append(found, gate{name: "precision of " + kind, got: k.precision(), least: leastKindPrecision})
		}
		if least := leastKindRecall[kind]; least > 0 {
			found = append(found, gate{name: "recall of " + kind, got: k.recall(), least: least})
		}
	}
	return append(found, gate{name: "merges of one form", got: float64(merged), none: true})
}

// kinds returns the kinds of all items.
func (e *evaluation) kinds() []string {
	found := map[string]bool{}
	for _, o := range e.came {
		found[o.kind] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// evaluated lets the stream arrive.
func evaluated(t *testing.T) *evaluation {
	t.Helper()
	dir := os.Getenv("SLUICE_CORPORA")
	if dir == "" {
		t.Skip("SLUICE_CORPORA is not set: see make dedup-eval")
	}
	e := &evaluation{stream: readStream(t, dir)}
	e.greys = readGreys(t, dir, e.stream)
	e.run()
	return e
}

func TestRealStreamIsJoinedWithinTheGates(t *testing.T) {
	e := evaluated(t)
	each := func(outcome) bool { return true }
	for _, kind := range e.kinds() {
		if k := e.tally(func(o outcome) bool { return o.kind == kind }); !strings.HasPrefix(kind, ofOneForm) || k.right+k.wrong+k.grey > 0 {
			t.Logf("%-14s %s", kind, k)
		}
	}
	all := e.tally(each)
	p, r := all.precision(), all.recall()
	t.Logf("%-14s %s", "all", all)
	t.Logf("F1 %.4f, %.2f compared for each item", 2*p*r/(p+r), float64(e.judged)/float64(len(e.stream)))
	for _, g := range e.gates(each) {
		t.Log(g)
		if !g.pass() {
			t.Errorf("%s: %.4f", g.name, g.got)
		}
	}
	e.halves(t)
	for _, line := range e.wrong {
		t.Log("wrong: " + line)
	}
	if os.Getenv("MISSED") != "" {
		for _, line := range e.missed {
			t.Log("missed: " + line)
		}
	}
}

// splits is into how many random halves of its events the stream is cut.
const splits = 10

// halves says how much the figures owe to chance: the least of each over random halves
// of the events. Where a half holds few copies of a kind, one more or less decides.
func (e *evaluation) halves(t *testing.T) {
	t.Helper()
	clusters := map[string]bool{}
	for _, o := range e.came {
		clusters[o.cluster] = true
	}
	names := slices.Sorted(maps.Keys(clusters))
	rng := rand.New(rand.NewPCG(5, 5))
	var order []string
	least, below := map[string]gate{}, map[string]int{}
	for range splits {
		rng.Shuffle(len(names), func(i, k int) { names[i], names[k] = names[k], names[i] })
		for side := range 2 {
			in := map[string]bool{}
			for _, name := range names[side*len(names)/2 : (side+1)*len(names)/2] {
				in[name] = true
			}
			for _, g := range e.gates(func(o outcome) bool { return in[o.cluster] }) {
				was, there := least[g.name]
				if !there {
					order = append(order, g.name)
				}
				if !there || g.worse(was) {
					least[g.name] = g
				}
				if !g.pass() && !math.IsNaN(g.got) {
					below[g.name]++
				}
			}
		}
	}
	for _, name := range order {
		t.Logf("the worst of %d halves: %s; %d fail", 2*splits, least[name], below[name])
	}
}
