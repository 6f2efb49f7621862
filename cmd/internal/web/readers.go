package web

import (
	"hash/maphash"
	"math"
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"
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
// told. A reader is who asks conditionally for a feed: that takes an earlier visit,
// which crawlers do not come back for. Readers are told apart by address and
// User-Agent, behind a proxy that is not trusted by the latter alone; a service that announces how many
// subscribers it reads for counts as so many. Nothing of a reader is kept but a
// keyed hash, and that for a day and in memory alone.
//
// It may be used by many goroutines at a time. The zero value counts nothing yet.
type Readers struct {
	mu    sync.Mutex
	seed  maphash.Seed
	began time.Time      // of the day that is being counted
	today map[uint64]int // people by hash of their reader
	last  int            // of the day before
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

// Note counts the reader of a request for a feed that came from an address; the zero
// address: nobody knows from where.
func (c *Readers) Note(now time.Time, client netip.Addr, r *http.Request) {
	if r.Header.Get("If-None-Match") == "" && r.Header.Get("If-Modified-Since") == "" {
		return
	}
	agent, people, from := r.UserAgent(), 1, client.As16()
	if mayAnnounce(agent) {
		if m := announced().FindStringSubmatchIndex(agent); m != nil {
			n, _ := strconv.Atoi(agent[m[2]:m[3]]) // nine digits
			people = min(max(n, 1), maxAnnounced)
			agent, from = agent[:m[2]]+agent[m[3]:], [16]byte{} // from many addresses, with many numbers
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(now)
	var reader maphash.Hash
	reader.SetSeed(c.seed)
	_, _ = reader.Write(from[:]) // as it is documented, this cannot fail
	_, _ = reader.WriteString(agent)
	key := reader.Sum64()
	if had, ok := c.today[key]; ok || len(c.today) < maxReaders {
		c.today[key] = max(had, people)
	}
}

// Count returns how many people read the outputs in the last whole day; 0: none, or
// it is not known yet. It changes once a day.
func (c *Readers) Count(now time.Time) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn(now)
	return c.last
}

// turn begins a new day when the last is over, or when the clock was set back.
func (c *Readers) turn(now time.Time) {
	past := now.Sub(c.began)
	if !c.began.IsZero() && past >= 0 && past < countedFor {
		return
	}
	sum := 0
	for _, n := range c.today {
		sum = min(sum+n, math.MaxInt32)
	}
	if past >= 2*countedFor { // nobody came for a day, so nobody was counted
		sum = 0
	}
	if past >= 0 {
		c.last = sum
	}
	c.began, c.today, c.seed = now, map[uint64]int{}, maphash.MakeSeed()
}
