package near_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sluice/feed/dedup/near"
)

// held is how many articles the measurements are made at.
const held = 100_000

// writer writes articles in an invented language whose words and phrases are as
// unevenly frequent as real ones.
type writer struct {
	words   []string
	phrases []string
}

var prose = sync.OnceValue(func() *writer {
	rng := rand.New(rand.NewPCG(7, 7)) // the language is always the same
	onsets := strings.Fields("b br c ch d f g gr h l m n p pl r s st t th v w")
	rhymes := strings.Fields("a e i o u an en er in on or at est ing ound ea")
	w := &writer{words: make([]string, 40_000), phrases: make([]string, 3000)}
	for i := range w.words {
		for range 1 + rng.IntN(2) + i/4000%3 {
			w.words[i] += onsets[rng.IntN(len(onsets))] + rhymes[rng.IntN(len(rhymes))]
		}
	}
	common := rand.NewZipf(rng, 1.1, 2.7, 3000)
	for i := range w.phrases {
		var p []string
		for range 3 + rng.IntN(3) {
			p = append(p, w.words[common.Uint64()])
		}
		w.phrases[i] = strings.Join(p, " ")
	}
	return w
})

// write returns the n-th article: its title, and some 141 words of HTML. Each fifth
// is a copy of an earlier one, cut and under another title.
func (w *writer) write(n uint64) (title, body string) {
	rng := rand.New(rand.NewPCG(11, n))
	if n%5 == 4 {
		_, body = w.write(5*rng.Uint64N(max(min(n, held)/5, 1)) + rng.Uint64N(4)) // of those that are none
		paragraphs := strings.SplitAfter(body, "</p>\n")
		if drop := rng.IntN(len(paragraphs)); len(paragraphs) > 2 {
			paragraphs = append(paragraphs[:drop:drop], paragraphs[drop+1:]...)
		}
		body = "<p>Photo: an agency</p>\n" + strings.Join(paragraphs, "")
		return w.sentence(rng, 9), body
	}
	var b strings.Builder
	for range 2 + rng.IntN(4) {
		b.WriteString("<p>")
		for range 1 + rng.IntN(3) {
			b.WriteString(w.sentence(rng, 9+rng.IntN(20)))
			b.WriteString(". ")
		}
		fmt.Fprintf(&b, "“%s,” <a href=\"https://news.example/%d\">%s</a>.</p>\n", w.sentence(rng, 5), n, w.sentence(rng, 3))
	}
	return w.sentence(rng, 9), b.String()
}

func (w *writer) sentence(rng *rand.Rand, words int) string {
	often, common := rand.NewZipf(rng, 1.1, 2.7, uint64(len(w.words)-1)), rand.NewZipf(rng, 1.05, 5, uint64(len(w.phrases)-1))
	var b strings.Builder
	for i := 0; i < words; i++ {
		if i > 0 {
			b.WriteByte(' ')
		}
		switch x := rng.IntN(100); {
		case x < 3:
			p := w.phrases[common.Uint64()]
			b.WriteString(p)
			i += strings.Count(p, " ")
		case x < 6:
			fmt.Fprint(&b, rng.IntN(2000))
		case x < 16 || i == 0:
			word := w.words[often.Uint64()]
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		default:
			b.WriteString(w.words[often.Uint64()])
		}
	}
	return b.String()
}

// rows are the sketches of the first articles as a store keeps them.
var rows = sync.OnceValue(func() [][]byte {
	list := make([][]byte, held)
	for n := range list {
		row, err := near.Prepare(prose().write(uint64(n))).Sketch().AppendBinary(nil)
		if err != nil {
			panic(err)
		}
		list[n] = row
	}
	return list
})

// entries reads rows, as a start does.
func entries(list [][]byte) iter.Seq[near.Entry] {
	return func(yield func(near.Entry) bool) {
		var s near.Sketch
		for n, row := range list {
			var err error
			if s, err = near.AppendParse(s[:0], row); err != nil {
				panic(err)
			}
			if !yield(near.Entry{ID: uint64(n), Day: uint32(n / (held / 4)), Sketch: s}) {
				return
			}
		}
	}
}

func filled() *near.Index {
	x := near.NewIndex(5, held)
	x.AddAll(entries(rows()))
	return x
}

// cpu returns the CPU time that the process has used: others may be busy, too.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkNearNewArticle is what an article costs that arrives beside 100,000
// others: it is prepared and sketched, the index is asked, and what it proposes is
// prepared from its text and compared, so that it joins the best.
func BenchmarkNearNewArticle(b *testing.B) {
	x := filled()
	type text struct{ title, body string }
	arriving := make([]text, 5000)
	candidates := map[uint64]text{}
	words, proposed := 0, 0
	for i := range arriving {
		arriving[i].title, arriving[i].body = prose().write(uint64(held + i))
		d := near.Prepare(arriving[i].title, arriving[i].body)
		words += d.Words()
		for _, c := range x.Query(d.Sketch()) {
			t, body := prose().write(c.ID)
			candidates[c.ID] = text{t, body}
			proposed++
		}
	}
	var j near.Judge
	copies, compared := 0, 0
	b.ReportAllocs()
	runtime.GC()
	start, i := cpu(b), 0
	for b.Loop() {
		a := arriving[i%len(arriving)]
		i++
		d, best := near.Prepare(a.title, a.body), near.Verdict{}
		for _, c := range x.Query(d.Sketch()) {
			t := candidates[c.ID]
			compared++
			if v := j.Judge(d, near.Prepare(t.title, t.body), near.Context{Apart: time.Hour}); v.Copy && v.Compare(best) < 0 {
				best = v
			}
		}
		if best.Copy {
			copies++
		}
	}
	used := cpu(b) - start
	n := float64(i)
	b.ReportMetric(float64(used.Nanoseconds())/1e3/n, "cpu-µs/article")
	b.ReportMetric(float64(words)/float64(len(arriving)), "words/article")
	b.ReportMetric(float64(proposed)/float64(len(arriving)), "proposed/article")
	b.ReportMetric(float64(compared)/n, "compared/article")
	b.ReportMetric(float64(copies)/n, "copies/article")
}

// BenchmarkNearIndex is what the index takes for 100,000 articles: CPU time to build
// it from the rows of their sketches, the mean and, as others may be busy, the least;
// memory, and what a sketch takes on disk.
func BenchmarkNearIndex(b *testing.B) {
	list := rows()
	var used time.Duration
	least := time.Hour
	var memory uint64
	rounds := 0
	for b.Loop() {
		took, holds := build(b, list)
		used, memory, rounds = used+took, holds, rounds+1
		least = min(least, took)
	}
	size, most := 0, 0
	for _, row := range list {
		size, most = size+len(row), max(most, len(row))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(used.Microseconds())/1e3/float64(rounds), "cpu-ms/100k")
	b.ReportMetric(float64(least.Microseconds())/1e3, "least-cpu-ms/100k")
	b.ReportMetric(float64(memory)/held, "B/article")
	b.ReportMetric(float64(size)/held, "disk-B/article")
	b.ReportMetric(float64(most), "most-disk-B")
}

// build returns the CPU time and the memory that an index takes.
func build(b *testing.B, list [][]byte) (used time.Duration, memory uint64) {
	b.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := cpu(b)
	x := near.NewIndex(5, held)
	x.AddAll(entries(list))
	used = cpu(b) - start
	runtime.GC()
	runtime.ReadMemStats(&after)
	if x.Len() != len(list) {
		b.Fatalf("holds %d", x.Len())
	}
	return used, after.HeapAlloc - before.HeapAlloc
}

// BenchmarkNearSteps takes an article's cost apart.
func BenchmarkNearSteps(b *testing.B) {
	x := filled()
	title, body := prose().write(held + 1)
	copied, copiedBody := prose().write(held + 4)
	d, e := near.Prepare(title, body), near.Prepare(copied, copiedBody)
	s := d.Sketch()
	var j near.Judge
	b.Run("prepare", func(b *testing.B) {
		b.SetBytes(int64(len(title) + len(body)))
		b.ReportAllocs()
		for b.Loop() {
			near.Prepare(title, body)
		}
	})
	b.Run("sketch", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d.Sketch()
		}
	})
	b.Run("query", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x.Query(s)
		}
	})
	b.Run("judge", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			j.Judge(d, e, near.Context{})
		}
	})
}
