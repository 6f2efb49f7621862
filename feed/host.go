package feed

import "time"

// HostState is what a host asked for when it limited us (RFC 6585, section 4). It
// holds for whatever is polled there, whichever source heard of it, and so is
// remembered of the host and not of a source. All zero but the name says nothing.
type HostState struct {
	Host      string    // as Source.Host
	Throttled time.Time // when it last answered 429
	Rests     time.Time // nothing is asked there before; zero: no 429 named a time
	// Spacing is the time between the starts of two requests as it was learned with
	// the last 429. The longer the host is quiet since, the less of it holds.
	Spacing time.Duration
}

// Silent reports whether nothing is remembered of the host.
func (h HostState) Silent() bool { return h == HostState{Host: h.Host} }
