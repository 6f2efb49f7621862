package near_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"sluice/feed/dedup/near"
	"sluice/feed/fuzztest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAnIndexForgetsByDays(t *testing.T) {
	s := bridge.doc().Sketch()
	x := near.NewIndex(5, 0)
	x.Add(1, 101, s)
	for _, test := range []struct {
		day   uint32
		found bool
	}{{102, true}, {105, true}, {109, true}, {110, false}} {
		x.Add(uint64(test.day), test.day, near.Sketch{uint32(test.day)})
		if found := len(x.Query(s)) == 1; found != test.found {
			t.Errorf("day %d: found %v", test.day, found)
		}
	}
	x.Add(2, 101, s)
	if len(x.Query(s)) != 0 {
		t.Error("a day that is forgotten was added")
	}
	x.Add(3, 400, s)
	if got := x.Query(s); len(got) != 1 || x.Len() != 1 {
		t.Errorf("after a long silence: %v of %d", got, x.Len())
	}
}

func TestACandidateSharesTwoKeysAndATenthOfThem(t *testing.T) {
	keys := func(from, n uint32) near.Sketch {
		s := make(near.Sketch, n)
		for i := range s {
			s[i] = from + uint32(i)
		}
		return s
	}
	x := near.NewIndex(5, 0)
	x.Add(1, 0, keys(0, 64))
	x.Add(2, 0, keys(60, 10))
	for name, test := range map[string]struct {
		ask  near.Sketch
		want []near.Candidate
	}{
		"best first":          {keys(40, 26), []near.Candidate{{ID: 1, Shared: 24}, {ID: 2, Shared: 6}}},
		"the lower id of two": {keys(60, 4), []near.Candidate{{ID: 1, Shared: 4}, {ID: 2, Shared: 4}}},
		"one key is chance":   {keys(69, 5), []near.Candidate{}},
		"two of few keys":     {keys(68, 5), []near.Candidate{{ID: 2, Shared: 2}}},
		"less than a tenth":   {append(keys(58, 6)[:6:6], keys(1000, 58)...), []near.Candidate{{ID: 2, Shared: 4}}},
		"nothing":             {nil, []near.Candidate{}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, x.Query(test.ask)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAQueryLooksAtTheNewestOfMany(t *testing.T) {
	x := near.NewIndex(5, 0)
	for id := range uint64(1000) {
		x.Add(id, 0, near.Sketch{1, 2, 3})
	}
	found := x.Query(near.Sketch{1, 2, 3})
	if len(found) != near.MaxCandidates {
		t.Fatalf("%d candidates", len(found))
	}
	if found[0].ID != 968 || found[19].ID != 987 {
		t.Errorf("from %d to %d", found[0].ID, found[19].ID)
	}
}

// model is an Index that is as simple as can be.
type model struct {
	sketches map[uint64]near.Sketch
	days     map[uint64]uint32
}

func drawSketch(t *rapid.T) near.Sketch {
	// Few different keys, so that articles share them.
	set := rapid.SliceOfNDistinct(rapid.Uint32Range(0, 60), 0, 12, rapid.ID).Draw(t, "keys")
	return near.Sketch(set)
}

// TestAnIndexThatIsBuiltAgainFindsTheSame adds and removes in a random order, and
// builds another of what is left, in a random order, too.
func TestAnIndexThatIsBuiltAgainFindsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := near.NewIndex(3, 0)
		m := model{map[uint64]near.Sketch{}, map[uint64]uint32{}}
		day, newest := uint32(10), uint32(0)
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			day += rapid.SampledFrom([]uint32{0, 0, 0, 0, 1}).Draw(t, "days on")
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				for id, s := range m.sketches {
					x.Remove(id, m.days[id], s)
					delete(m.sketches, id)
					break
				}
			default:
				id := rapid.Uint64Range(0, 500).Draw(t, "id")
				if _, there := m.sketches[id]; there {
					continue
				}
				m.sketches[id], m.days[id] = drawSketch(t), day-rapid.Uint32Range(0, 2).Draw(t, "late")
				newest = max(newest, m.days[id])
				x.Add(id, m.days[id], m.sketches[id])
			}
		}
		again := near.NewIndex(3, 0)
		again.Add(1<<60, newest, nil) // the newest day decides what is forgotten
		again.AddAll(func(yield func(near.Entry) bool) {
			for id, s := range m.sketches { // in the order of a map: any
				if !yield(near.Entry{ID: id, Day: m.days[id], Sketch: s}) {
					return
				}
			}
		})
		for range 5 {
			ask := drawSketch(t)
			if diff := cmp.Diff(x.Query(ask), again.Query(ask)); diff != "" {
				t.Fatal(diff)
			}
			for _, c := range x.Query(ask) {
				shared := 0
				for _, key := range m.sketches[c.ID] {
					for _, asked := range ask {
						if key == asked {
							shared++
						}
					}
				}
				if shared != c.Shared || shared < 2 {
					t.Fatalf("%d shares %d, not %d", c.ID, shared, c.Shared)
				}
			}
		}
	})
}

func TestAnIndexOfManyArticlesFindsEachByItsSketch(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	x := near.NewIndex(5, 0)
	var list []near.Sketch
	for id := range uint64(5000) {
		s := near.Sketch{}
		for range 10 {
			s = append(s, rng.Uint32())
		}
		list = append(list, s)
		x.Add(id, 0, s)
	}
	for id, s := range list {
		if id%3 == 0 {
			x.Remove(uint64(id), 0, s)
		}
	}
	for id, s := range list {
		found := x.Query(s)
		if want := id%3 != 0; len(found) == 1 != want {
			t.Fatalf("%d: %v", id, found)
		}
	}
	if x.Len() != 5000-1667 {
		t.Errorf("holds %d", x.Len())
	}
}

func TestASketchIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.StringN(0, 4000, -1).Draw(t, "body") + fmt.Sprint(rapid.SliceOfN(rapid.IntRange(0, 1000), 0, 400).Draw(t, "words"))
		s := near.Prepare("One two three four five six seven", body).Sketch()
		b, err := s.AppendBinary([]byte("x"))
		if err != nil || len(b)-1 > near.MaxSketchBytes || near.MaxSketchBytes > 400 {
			t.Fatalf("%d bytes, %v", len(b), err)
		}
		read, err := near.ParseSketch(b[1:])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, read); diff != "" {
			t.Fatal(diff)
		}
		behind, err := near.AppendParse(near.Sketch{7, 8}, b[1:])
		if diff := cmp.Diff(append(near.Sketch{7, 8}, s...), behind); diff != "" || err != nil {
			t.Fatal(diff, err)
		}
	})
}

func TestBytesThatAreNoSketchAreRefused(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":               {},
		"another version":       {2, 0},
		"a key too few":         {1, 2, 0, 0, 0, 1},
		"a byte too many":       {1, 0, 0},
		"more keys than may be": append([]byte{1, 65}, make([]byte, 4*65)...),
		"keys that fall":        {1, 2, 0, 0, 0, 2, 0, 0, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if s, err := near.ParseSketch(b); !errors.Is(err, near.ErrSketch) {
				t.Errorf("%v, %v", s, err)
			}
			had := near.Sketch{7, 8}
			if s, err := near.AppendParse(had, b); !errors.Is(err, near.ErrSketch) || !slices.Equal(s, had) {
				t.Errorf("read behind others: %v, %v", s, err)
			}
		})
	}
	if _, err := make(near.Sketch, 65).AppendBinary(nil); !errors.Is(err, near.ErrSketch) {
		t.Errorf("65 keys were written: %v", err)
	}
}

func FuzzParseSketch(f *testing.F) {
	for _, s := range []near.Sketch{nil, {1, 2, 3}, bridge.doc().Sketch()} {
		b, err := s.AppendBinary(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		defer fuzztest.Within(t, len(b), fuzztest.Cost{Bytes: 8 << 20, Each: 4 << 10})()
		s, err := near.ParseSketch(b)
		if err != nil {
			return
		}
		again, err := s.AppendBinary(nil)
		if err != nil || !bytes.Equal(b, again) {
			t.Fatalf("%x became %x, %v", b, again, err)
		}
	})
}

// TestSketchesStay holds the keys of an article as the first release made them:
// stored sketches would find nothing if they changed.
func TestSketchesStay(t *testing.T) {
	want := near.Sketch{148424120, 301980446, 349646924, 560378038, 703925632, 1147477836, 1272056504, 1332688152}
	if diff := cmp.Diff(want, bridge.doc().Sketch()[:8]); diff != "" {
		t.Error(diff)
	}
}
