package web

import (
	"cmp"
	"hash/maphash"
	"math"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxReaders bounds the memory of a Readers, and so what it can count.
	maxReaders = 100_000
	// maxAnnounced is the most subscribers that are believed of one service.
	maxAnnounced = 1_000_000
	countedFor   = 24 * time.Hour
)

// Readers estimates how many people read the outputs, so that publishers can be
// told, and who they are, for operators. A reader is who asks conditionally for a feed:
// that takes an earlier visit, which crawlers do not come back for. Readers are told apart by address and
// User-Agent, behind a proxy that is not trusted by the latter alone; a service that announces how many
// subscribers it reads for counts as so many, at its first visit already. Nothing of a reader is kept but a
// keyed hash, and that for a day and in memory alone.
//
// It may be used by many goroutines at a time, and who was seen today is known without
// a lock. The zero value counts nothing yet.
type Readers struct {
	day atomic.Pointer[readersDay] // nil: none began yet

	mu      sync.Mutex
	tallies map[string]*tally // by output
	last    int               // people of the last whole day
	counted bool              // there was a whole day
}

// readersDay is the day that is being counted.
type readersDay struct {
	began time.Time
	seed  maphash.Seed
	// noted holds some of the requests that told all they have to tell: at the place that
	// its hash says the last one's hash. What it forgets is only counted more slowly.
	noted [1 << 13]atomic.Uint64

	// Guarded by the mutex of Readers.
	people map[uint64]int          // by reader
	of     map[uint64]outputReader // by output and reader
}

// outputReader is a reader of one output.
type outputReader struct {
	tally  *tally
	family string
	people int
}

// tally is what is counted of one output.
type tally struct {
	id   uint64
	name string
	// Answers since the start.
	whole, notModified, deltas, refused, other, bytes atomic.Uint64

	last []FamilyReaders // of the last whole day; guarded by the mutex of Readers
}

// OutputReaders says who reads an output, and what they were answered since the start:
// by its feeds and their archives, not by its pages.
type OutputReaders struct {
	Output string
	// Counted says that a whole day was counted; else nobody knows yet.
	Counted bool
	// Subscribers is how many there were in the last whole day, of all families.
	Subscribers int
	// Families has those of each program or service that had any, the most first.
	Families []FamilyReaders

	Requests    uint64 // all, refused ones included
	NotModified uint64 // of these answered 304
	Deltas      uint64 // answered 226, with what is new alone
	Refused     uint64 // answered 429, see Options.Limit
	Bytes       uint64 // of bodies, as they were sent
}

// FamilyReaders is how many subscribers use a program or service. Family is one of a
// short list, whatever readers call themselves.
type FamilyReaders struct {
	Family      string
	Subscribers int
}

// announced finds how services say for how many they ask.
var announced = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b([0-9]{1,9}) (?:subscriber|reader)s?\b`)
})

// mayAnnounce reports whether a User-Agent has a number before a word such as announced
// wants. Few have, and an expression takes long to say so.
func mayAnnounce(agent string) bool {
	for i := 1; i+1 < len(agent); i++ {
		if agent[i] == ' ' && agent[i-1] >= '0' && agent[i-1] <= '9' && strings.IndexByte("SsRr", agent[i+1]) >= 0 {
			return true
		}
	}
	return false
}

// of returns the tally of an output. It takes a lock: whoever asks keeps what he gets.
func (c *Readers) of(output string) *tally {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tallies[output]
	if t == nil {
		if c.tallies == nil {
			c.tallies = map[string]*tally{}
		}
		t = &tally{id: uint64(len(c.tallies)), name: output}
		c.tallies[output] = t
	}
	return t
}

// toldOf is a request that told all it has to tell, as a connection remembers it.
type toldOf struct {
	day    *readersDay
	client netip.Addr
	agent  string
	tally  *tally
	format string
}

// note counts the reader of a request for a feed of an output in a format, which came
// from an address; the zero address: nobody knows from where. last, if not nil, is the
// visit before on the same connection, and becomes this one when that was counted.
func (c *Readers) note(now time.Time, client netip.Addr, header http.Header, t *tally, format string, last *toldOf) {
	agent := single(header["User-Agent"])
	d := c.day.Load()
	if d == nil || d.over(now) {
		c.mu.Lock()
		d = c.turn(now)
		c.mu.Unlock()
	}
	is := toldOf{d, client, agent, t, format}
	if last != nil && *last == is {
		return
	}
	service, returns := mayAnnounce(agent), single(header["If-None-Match"]) != "" || single(header["If-Modified-Since"]) != ""
	if !service && !returns {
		return
	}
	from := client.As16()
	mark := d.hash(from, agent, t.id, format)
	slot := &d.noted[mark%uint64(len(d.noted))]
	if slot.Load() == mark {
		if last != nil {
			*last = is
		}
		return
	}
	people := 1
	if !service {
		format = "" // who takes two formats is one reader
	} else if m := announced().FindStringSubmatchIndex(agent); m != nil {
		n, _ := strconv.Atoi(agent[m[2]:m[3]]) // nine digits
		people = min(max(n, 1), maxAnnounced)
		agent, from = agent[:m[2]]+agent[m[3]:], [16]byte{} // from many addresses, with many numbers
	} else if !returns {
		return
	}
	family := familyOf(agent)
	c.mu.Lock()
	defer c.mu.Unlock()
	if d != c.turn(now) { // its hashes mean nothing any more; there will be another visit
		return
	}
	reader := d.hash(from, agent, math.MaxUint64, "")
	if had, ok := d.people[reader]; ok || len(d.people) < maxReaders {
		d.people[reader] = max(had, people)
	}
	reader = d.hash(from, agent, t.id, format)
	if had, ok := d.of[reader]; ok || len(d.of) < maxReaders {
		d.of[reader] = outputReader{t, family, max(had.people, people)}
	}
	slot.Store(mark)
}

// hash is what is kept of a reader.
func (d *readersDay) hash(from [16]byte, agent string, output uint64, format string) uint64 {
	var h maphash.Hash
	h.SetSeed(d.seed)
	_, _ = h.Write(from[:]) // as it is documented, this cannot fail
	for range 8 {
		_ = h.WriteByte(byte(output)) // neither can this
		output >>= 8
	}
	_, _ = h.WriteString(format)
	_ = h.WriteByte(0)
	_, _ = h.WriteString(agent)
	return h.Sum64()
}

// Count returns how many people read the outputs in the last whole day; 0: none, or
// it is not known yet. It changes once a day.
func (c *Readers) Count(now time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(now)
	return c.last
}

// Outputs returns what is known of the outputs that somebody asked for since the start,
// by name. Also one that is configured no more is among them.
func (c *Readers) Outputs(now time.Time) []OutputReaders {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(now)
	all := make([]OutputReaders, 0, len(c.tallies))
	for _, t := range c.tallies {
		o := OutputReaders{
			Output: t.name, Counted: c.counted, Families: slices.Clone(t.last),
			NotModified: t.notModified.Load(), Deltas: t.deltas.Load(), Refused: t.refused.Load(), Bytes: t.bytes.Load(),
		}
		o.Requests = o.NotModified + o.Deltas + o.Refused + t.whole.Load() + t.other.Load()
		for _, f := range t.last {
			o.Subscribers += f.Subscribers
		}
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b OutputReaders) int { return strings.Compare(a.Output, b.Output) })
	return all
}

// over reports whether the day has ended, or the clock was set back.
func (d *readersDay) over(now time.Time) bool {
	past := now.Sub(d.began)
	return past < 0 || past >= countedFor
}

// turn begins a new day when the last is over, or when the clock was set back, and
// returns the day. It is called with the lock.
func (c *Readers) turn(now time.Time) *readersDay {
	d := c.day.Load()
	if d != nil && !d.over(now) {
		return d
	}
	if d != nil && !now.Before(d.began) {
		if now.Sub(d.began) >= 2*countedFor { // nobody came for a day, so nobody was counted
			d.people, d.of = nil, nil
		}
		c.sum(d)
	}
	d = &readersDay{began: now, seed: maphash.MakeSeed(), people: map[uint64]int{}, of: map[uint64]outputReader{}}
	c.day.Store(d)
	return d
}

// sum keeps what was counted on a day that is over.
func (c *Readers) sum(d *readersDay) {
	c.last, c.counted = 0, true
	for _, n := range d.people {
		c.last = min(c.last+n, math.MaxInt32)
	}
	families := map[*tally]map[string]int{}
	for _, r := range d.of {
		if families[r.tally] == nil {
			families[r.tally] = map[string]int{}
		}
		families[r.tally][r.family] = min(families[r.tally][r.family]+r.people, math.MaxInt32)
	}
	for _, t := range c.tallies {
		t.last = nil
		for family, n := range families[t] {
			t.last = append(t.last, FamilyReaders{family, n})
		}
		slices.SortFunc(t.last, func(a, b FamilyReaders) int {
			return cmp.Or(cmp.Compare(b.Subscribers, a.Subscribers), strings.Compare(a.Family, b.Family))
		})
	}
}

// answered counts an answer with a feed.
func (t *tally) answered(status, bytes int) {
	switch status {
	case http.StatusOK:
		t.whole.Add(1)
	case http.StatusNotModified:
		t.notModified.Add(1)
	case http.StatusIMUsed:
		t.deltas.Add(1)
	case http.StatusTooManyRequests:
		t.refused.Add(1)
	default:
		t.other.Add(1)
	}
	if bytes > 0 {
		t.bytes.Add(uint64(bytes))
	}
}
