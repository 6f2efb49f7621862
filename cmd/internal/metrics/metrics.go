// Package metrics turns reports and states into Prometheus series. It is the only door to
// the Prometheus libraries, whose types do not leave it.
//
// It owns names, labels, buckets and what is said of them (catalog.go), and knows nothing
// of when anything happens: events are told to it as they occur, and everything else is
// in the Snapshot that a scrape is given. No label has anything of what strangers send:
// each is from a set that the program or the configuration fixes.
package metrics

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"

	"sluice/ingest"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"
)

// ContentType is the type of what Write writes.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Options name the build, and the sets that others fix.
type Options struct {
	Version, Commit string
	Handlers        []string // what requests are for
	Deliveries      []string // what may come of what hubs push
	Pings           []string // and of telling hubs
	TurnedAway      []string // why somebody is turned away from the public listeners
}

// Metrics counts. It is made by New, and may be used by many goroutines at a time.
type Metrics struct {
	registry *prometheus.Registry
	descs    [seriesCount]*prometheus.Desc // of what a scrape is given

	polls    polls
	tx       map[Op]txSeries
	builds   map[bool]prometheus.Counter
	built    prometheus.Observer
	filtered *prometheus.CounterVec
	handlers map[string]*handler
	results  map[id]map[string]prometheus.Counter

	scrape sync.Mutex
	now    *Snapshot // guarded by scrape; nil between scrapes
}

// New returns metrics that have counted nothing yet. All series that are no affair of the
// configuration are there from the beginning, at 0.
func New(opt Options) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), results: map[id]map[string]prometheus.Counter{}}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	m.gauge(buildInfo).WithLabelValues(opt.Version, opt.Commit, runtime.Version()).Set(1)
	m.polls = m.newPolls()
	m.tx = map[Op]txSeries{}
	times, errs := m.histogram(txSeconds), m.counter(dbErrors)
	for _, op := range []Op{OpRead, OpWrite} {
		m.tx[op] = txSeries{times.WithLabelValues(string(op)), errs.WithLabelValues(string(op))}
	}
	builds := m.counter(outputBuilds)
	m.builds = map[bool]prometheus.Counter{true: builds.WithLabelValues("ok"), false: builds.WithLabelValues("failed")}
	m.built = m.histogram(buildSeconds).WithLabelValues()
	m.filtered = m.counter(filtered)
	m.newHandlers(opt.Handlers)
	m.fixed(removed, []string{reasonOld, reasonSurplus})
	m.fixed(deliveries, opt.Deliveries)
	m.fixed(pings, opt.Pings)
	m.fixed(turnedAway, opt.TurnedAway)
	for _, of := range scraped {
		m.descs[of] = prometheus.NewDesc(catalog[of].name, catalog[of].help, catalog[of].labels, nil)
	}
	m.registry.MustRegister(current{m})
	return m
}

func (m *Metrics) counter(of id) *prometheus.CounterVec {
	s := catalog[of]
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: s.name, Help: s.help}, s.labels)
	m.registry.MustRegister(v)
	return v
}

func (m *Metrics) gauge(of id) *prometheus.GaugeVec {
	s := catalog[of]
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: s.name, Help: s.help}, s.labels)
	m.registry.MustRegister(v)
	return v
}

func (m *Metrics) histogram(of id) *prometheus.HistogramVec {
	s := catalog[of]
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: s.name, Help: s.help, Buckets: s.buckets}, s.labels)
	m.registry.MustRegister(v)
	return v
}

// fixed makes the counters of a set of words.
func (m *Metrics) fixed(of id, words []string) map[string]prometheus.Counter {
	v, all := m.counter(of), make(map[string]prometheus.Counter, len(words))
	for _, word := range words {
		all[word] = v.WithLabelValues(word)
	}
	m.results[of] = all
	return all
}

// Write writes all series in the text format 0.0.4, those of the snapshot as it says. One
// scrape waits for another; nothing else waits for either.
func (m *Metrics) Write(w io.Writer, snap *Snapshot) error {
	m.scrape.Lock()
	defer m.scrape.Unlock()
	m.now = snap
	families, err := m.registry.Gather()
	m.now = nil
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(w, f); err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
	}
	return nil
}

// polls are the series of polls.
type polls struct {
	results                           map[ingest.Result]prometheus.Counter
	shared, received, saved, document prometheus.Counter
	stored, updated, duplicate        prometheus.Counter
	asked, lag                        prometheus.Observer
	warnings                          map[string]prometheus.Counter
}

func (m *Metrics) newPolls() polls {
	one := func(of id) prometheus.Counter { return m.counter(of).WithLabelValues() }
	p := polls{
		results: map[ingest.Result]prometheus.Counter{},
		shared:  one(fetchesShared), received: one(fetchBytes), saved: one(savedBytes), document: one(documentBytes),
		stored: one(stored), updated: one(updated), duplicate: one(duplicate),
		asked: m.histogram(fetchSeconds).WithLabelValues(), lag: m.histogram(lagSeconds).WithLabelValues(),
		warnings: m.fixed(warnings, slices.Compact(slices.Sorted(slices.Values(ingest.WarningKinds())))),
	}
	results := m.counter(fetches)
	for _, r := range ingest.Results() {
		p.results[r] = results.WithLabelValues(string(r))
	}
	return p
}

// Polled counts a poll, or what a hub pushed. It is ingest's Observe.
func (m *Metrics) Polled(rep ingest.Report) {
	p := &m.polls
	if c := p.results[rep.Result]; c != nil {
		c.Inc()
		if rep.Asked > 0 {
			p.asked.Observe(rep.Asked.Seconds())
		} else if rep.Result != ingest.ResultStopped {
			p.shared.Inc()
		}
		p.received.Add(float64(rep.Received))
		p.saved.Add(float64(rep.Saved))
		p.document.Add(float64(rep.Bytes))
		if lag, ok := rep.Lag(); ok {
			p.lag.Observe(lag.Seconds())
		}
	}
	p.stored.Add(float64(rep.Merged.New))
	p.updated.Add(float64(rep.Merged.Updated))
	p.duplicate.Add(float64(rep.Merged.Duplicates))
	for kind, n := range rep.Warnings {
		if c := p.warnings[kind]; c != nil {
			c.Add(float64(n))
		}
	}
}
