package publish_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/publish"

	"github.com/klauspost/compress/gzip"
)

// prose writes an article's text of about n bytes: paragraphs with links and
// emphasis, of words that come as often as words do.
func prose(r *rand.Rand, n int) string {
	const syllables = "ta ke mo ri su lan der vi po ca ing est or ul ne sha tion ver al be"
	parts := strings.Fields(syllables)
	word := func() string {
		k := int(2000 * r.Float64() * r.Float64() * r.Float64()) // few words are most of a text
		w := parts[k%20] + parts[k/20%20]
		if k > 400 {
			w += parts[k/400]
		}
		return w
	}
	var b strings.Builder
	for b.Len() < n {
		b.WriteString("<p>")
		for range 20 + r.IntN(60) {
			switch r.IntN(40) {
			case 0:
				fmt.Fprintf(&b, `<a href="https://%s.example/%s-%d">%s</a> `, word(), word(), r.IntN(100000), word())
			case 1:
				fmt.Fprintf(&b, "<b>%s</b> ", word())
			default:
				b.WriteString(word() + " ")
			}
		}
		b.WriteString("</p>\n")
	}
	return b.String()
}

// hundred is an output of a hundred entries of 4 KiB each.
func hundred() *shelf {
	r := rand.New(rand.NewPCG(1, 2))
	s := &shelf{}
	for n := range 100 {
		a := article(n+1, string(rune('a'+n%3)))
		a.Title, a.Content = prose(r, 40)[3:40], prose(r, 4<<10)
		a.GUID = a.ID
		a.Authors = []feed.Person{{Name: "Ada Lund", Email: "ada@harbour.example"}}
		a.Categories = []feed.Category{{Term: "boats"}, {Term: "sea"}}
		s.articles = append(s.articles, a)
	}
	return s
}

// cpu is the processor time that the process has taken, or the thread.
func cpu(b *testing.B, who int) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

const thread = 1 // RUSAGE_THREAD

// BenchmarkAChange is what it costs that one entry of a hundred changes, in all formats,
// beside a floor: what gzip alone takes for the same bytes. What others wait for is
// build-ms; all-ms has the codings that are made behind that, and the collection of
// garbage.
func BenchmarkAChange(b *testing.B) {
	for name, change := range map[string]func(s *shelf, r *rand.Rand){
		"edit": func(s *shelf, r *rand.Rand) {
			a := &s.articles[r.IntN(len(s.articles))]
			a.Content, a.Form = prose(r, 4<<10), a.Form+1
		},
		"news": func(s *shelf, r *rand.Rand) {
			a := s.articles[len(s.articles)-1]
			a.Seq, a.Identity, a.ID, a.Content = a.Seq+1, a.Identity+1, a.ID+"x", prose(r, 4<<10)
			a.Place, a.GUID, a.Form = a.Place.Add(time.Second), a.ID, a.Form+1
			s.articles = append(s.articles[1:], a)
		},
	} {
		b.Run(name, func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			s, out := hundred(), compile(b, output(), "", nil)
			r := rand.New(rand.NewPCG(3, 4))
			builder := publish.NewBuilder(s, out, site, 1000)
			doc, pub, err := builder.Build(b.Context(), infos(), feed.Publication{Since: start}, start.Add(time.Hour))
			if err != nil {
				b.Fatal(err)
			}
			var build, floor time.Duration
			n, all := 0, cpu(b, syscall.RUSAGE_SELF)
			for b.Loop() {
				change(s, r)
				n++
				from := cpu(b, thread)
				if doc, pub, err = builder.Build(b.Context(), infos(), pub, start.Add(time.Hour+time.Duration(n)*time.Second)); err != nil {
					b.Fatal(err)
				}
				build += cpu(b, thread) - from
			}
			all = cpu(b, syscall.RUSAGE_SELF) - all
			for range n {
				from := cpu(b, thread)
				for _, rep := range representations(doc) {
					zip(b, rep.Body)
				}
				floor += cpu(b, thread) - from
			}
			ms := func(d time.Duration) float64 { return float64(d) / float64(n) / 1e6 }
			b.ReportMetric(ms(build), "build-ms")
			b.ReportMetric(ms(all), "all-ms")
			b.ReportMetric(ms(floor), "gzip-ms")
			b.ReportMetric(ms(build)/ms(floor), "of-gzip")
		})
	}
}

// zip is the floor: gzip of a whole body.
func zip(b *testing.B, body []byte) {
	b.Helper()
	z, err := gzip.NewWriterLevel(io.Discard, 6)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := z.Write(body); err != nil {
		b.Fatal(err)
	}
	if err := z.Close(); err != nil {
		b.Fatal(err)
	}
}
