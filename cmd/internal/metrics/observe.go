package metrics

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Op is what a transaction of the store is for.
type Op string

// The operations.
const (
	OpRead  Op = "read"
	OpWrite Op = "write"
)

// txSeries are the series of an operation.
type txSeries struct {
	times  prometheus.Observer
	errors prometheus.Counter
}

// Transaction counts a transaction of the store. failed says that the store failed in it,
// and not that what it was asked cannot be.
func (m *Metrics) Transaction(op Op, took time.Duration, failed bool) {
	s, ok := m.tx[op]
	if !ok {
		return
	}
	s.times.Observe(took.Seconds())
	if failed {
		s.errors.Inc()
	}
}

// Built counts a build of an output.
func (m *Metrics) Built(took time.Duration, ok bool) {
	m.builds[ok].Inc()
	m.built.Observe(took.Seconds())
}

// Filtered counts articles that rules keep out of an output of the configuration.
func (m *Metrics) Filtered(output string, articles int) {
	m.filtered.WithLabelValues(output).Add(float64(articles))
}

// Unconfigured drops what is counted of an output that is configured no more.
func (m *Metrics) Unconfigured(output string) { m.filtered.DeleteLabelValues(output) }

// Why articles are removed.
const (
	reasonOld     = "old"
	reasonSurplus = "surplus"
)

// Removed counts articles that retention removed: for their age, and for their number.
func (m *Metrics) Removed(old, surplus int) {
	m.results[removed][reasonOld].Add(float64(old))
	m.results[removed][reasonSurplus].Add(float64(surplus))
}

// Delivered counts what a hub pushed, by what came of it.
func (m *Metrics) Delivered(result string) { m.count(deliveries, result) }

// Pinged counts a post to a hub, by what came of it.
func (m *Metrics) Pinged(result string) { m.count(pings, result) }

// Turned counts somebody who was turned away from a public listener, and why.
func (m *Metrics) Turned(reason string) { m.count(turnedAway, reason) }

// count adds one of a word; one that is not of the set is none.
func (m *Metrics) count(of id, word string) {
	if c := m.results[of][word]; c != nil {
		c.Inc()
	}
}

// maxCode is beyond all statuses of HTTP.
const maxCode = 600

// handler has the series of the requests that are for one thing. They are found once: a
// request costs no look-up by labels.
type handler struct {
	codes [maxCode]atomic.Pointer[prometheus.Counter]
	of    func(code int) prometheus.Counter
	times prometheus.Observer
	same  prometheus.Counter
	bytes prometheus.Counter
}

// newHandlers makes the series of requests: those of other codes than these when there
// is the first.
func (m *Metrics) newHandlers(names []string) {
	codes, times, same, sent := m.counter(requests), m.histogram(requestSeconds), m.counter(notModified), m.counter(responseBytes)
	m.handlers = make(map[string]*handler, len(names))
	for _, name := range names {
		h := &handler{
			of:    func(code int) prometheus.Counter { return codes.WithLabelValues(name, strconv.Itoa(code)) },
			times: times.WithLabelValues(name), same: same.WithLabelValues(name), bytes: sent.WithLabelValues(name),
		}
		for _, code := range []int{200, 304, 404} {
			h.code(code)
		}
		m.handlers[name] = h
	}
}

// code returns the counter of a status.
func (h *handler) code(code int) prometheus.Counter {
	slot := &h.codes[min(max(code, 0), maxCode-1)]
	if c := slot.Load(); c != nil {
		return *c
	}
	c := h.of(code)
	slot.Store(&c)
	return c
}

// Answered counts an answer of a public listener: the status, and the bytes of its body.
func (m *Metrics) Answered(name string, code, bytes int, took time.Duration) {
	h := m.handlers[name]
	if h == nil {
		return
	}
	h.code(code).Inc()
	h.times.Observe(took.Seconds())
	h.bytes.Add(float64(bytes))
	if code == 304 {
		h.same.Inc()
	}
}
