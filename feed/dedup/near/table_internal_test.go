package near

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// unscatter makes of a product the key that has it.
func unscatter(product uint32) uint32 {
	inverse := uint32(1)
	for range 5 { // each round has twice as many of its bits right
		inverse *= 2 - scatter*inverse
	}
	return product * inverse
}

// TestATableIsAMap crowds keys at the end of a part, where they stand behind their places.
func TestATableIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		product := rapid.OneOf(
			rapid.Uint32(),
			rapid.Uint32Range(5<<restBits-60, 5<<restBits+60),
			rapid.Uint32Range(1<<32-40, 1<<32-1),
		)
		is, want := &table{}, map[uint32]uint32{}
		for range rapid.IntRange(0, 300).Draw(t, "steps") {
			key := unscatter(product.Draw(t, "product"))
			who := rapid.Uint32Range(gone, 1<<whoBits-1).Draw(t, "who")
			switch e := is.find(key); {
			case e.who != want[key] && (e.who > gone || want[key] > gone):
				t.Fatalf("%x has %d, want %d", key, e.who, want[key])
			case e.who > gone:
				e.set(who)
			case who > gone:
				e.take(who)
			default:
				continue
			}
			want[key] = who
		}
		for key, who := range want {
			if e := is.find(key); e.who != who && (e.who > gone || who > gone) {
				t.Fatalf("at the end %x has %d, want %d", key, e.who, who)
			}
		}
	})
}

func TestATableTakesLittleMoreThanItsKeys(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const keys = 500_000
	is := &table{}
	for range keys {
		if e := is.find(rng.Uint32()); e.who == free {
			e.take(gone + 1)
		}
	}
	bytes := 0
	for i := range is.parts {
		bytes += len(is.parts[i].slots)
	}
	if each := float64(bytes) / keys; each > 8 {
		t.Errorf("%.1f bytes a key", each)
	}
}

// TestAGenerationThatHasNoMoreNumbersTakesNoMore is of eight million articles.
func TestAGenerationThatHasNoMoreNumbersTakesNoMore(t *testing.T) {
	g := newGeneration(0)
	g.docs = make([]doc, maxDocs-1) // never touched, it takes no memory
	g.hits = make([]uint8, maxDocs-1)
	g.add(1, Sketch{1, 2, 3})
	g.add(2, Sketch{1, 2, 3})
	if g.count != 2 {
		t.Fatalf("%d articles, and there were numbers for two", g.count)
	}
	g.add(3, Sketch{1, 2, 3})
	if got := g.query(Sketch{1, 2, 3}, nil); len(got) != 2 || g.count != 2 {
		t.Errorf("found %v of %d", got, g.count)
	}
	g.lists.used = none - 1
	g.add(4, Sketch{1, 2, 3})
	if got := g.query(Sketch{1, 2, 3}, nil); len(got) != 2 {
		t.Errorf("found %v", got)
	}
}
