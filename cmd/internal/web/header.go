package web

import (
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// field is a header as it is sent. Its name is canonical and its value shared by all
// answers, so that to set one costs no more than a look-up. It is never written to.
type field struct {
	name  string
	value []string
}

func newField(name, value string) field {
	return field{http.CanonicalHeaderKey(name), []string{value}}
}

// single is the first value of a header, which stands there once; empty: it does not.
func single(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func put(h http.Header, fields []field) {
	for _, f := range fields {
		h[f.name] = f.value
	}
}

// varies is the value of Vary of what negotiates by its coding, and by what else.
func varies(by string) []string {
	if by != "" {
		by += ", "
	}
	return []string{by + "Accept-Encoding"}
}

var (
	variesByCoding = varies("")
	variesByAccept = varies("Accept")
)

// constant is what the answers with one feed of an output have in common: what follows
// from its address and its hubs, and what changes with its content alone.
type constant struct {
	at       place
	hubs     []string
	links    []string // Link
	tally    *tally   // of the output; nil: its answers are not counted
	modified atomic.Pointer[dated]
}

// dated is a time and how HTTP writes it.
type dated struct {
	at   time.Time
	text []string
}

// lastModified is the value of Last-Modified. It is written out once a change.
func (c *constant) lastModified(at time.Time) []string {
	if d := c.modified.Load(); d != nil && d.at.Equal(at) {
		return d.text
	}
	d := &dated{at, []string{at.UTC().Format(http.TimeFormat)}}
	c.modified.Store(d)
	return d.text
}

// constants are those of all feeds that were asked for, by their address below /feeds/.
// They are looked up at every request and added once, so readers of the map take no lock.
type constants struct {
	known atomic.Pointer[map[string]*constant]
	mu    sync.Mutex // held while one is added
}

// find returns the constant of a feed; nil: none was made yet.
func (c *constants) find(file string) *constant {
	known := c.known.Load()
	if known == nil {
		return nil
	}
	return (*known)[file]
}

// of returns the constant of a feed, which must be one that exists, or has it made: also
// when the hubs are others, as those of a document from before a start may be.
func (c *constants) of(file string, hubs []string, make func() *constant) *constant {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := map[string]*constant{}
	if known := c.known.Load(); known != nil {
		next = maps.Clone(*known)
	}
	if found := next[file]; found == nil || !slices.Equal(found.hubs, hubs) {
		next[file] = make()
	}
	c.known.Store(&next)
	return next[file]
}
